//! Reading a whole subtree, a page at a time (RFC 2696): all of it, or word that it was not all.

use std::sync::Arc;

use ldap3::asn1::{PL, StructureTag, parse_tag};
use ldap3::controls::{PagedResults, RawControl};
use ldap3::{DerefAliases, ResultEntry, Scope, SearchOptions, parse_filter};
use portner_domain::Millis;
use rustls::ClientConfig;

use crate::address::{Account, ServerAddress};
use crate::connection::{Answered, Connection, Trouble, open, told};
use crate::tls::{BadAuthorities, client_config};

/// Entries on one page: what Active Directory gives at most is 1,000.
pub const ENTRIES_OF_PAGE_MAX: usize = 500;
/// How long a directory may take over one page.
pub const PAGE_SECONDS_MAX: Millis = Millis::minutes(1);

/// The control of RFC 2696, in an answer.
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// A server is not to say what of the subtree is elsewhere (MS-ADTS 3.1.1.3.4.1.4).
const DOMAIN_SCOPE: &str = "1.2.840.113556.1.4.1339";
/// What Active Directory says that it is (MS-ADTS 3.1.1.3.4.3.1).
const ACTIVE_DIRECTORY: &[u8] = b"1.2.840.113556.1.4.800";
/// An entry, in the answer to a search (RFC 4511 4.5.2).
const SEARCH_RESULT_ENTRY: u64 = 4;

/// Servers that all hold the same directory, and who we are there.
pub struct Servers {
    addresses: Vec<ServerAddress>,
    tls: Arc<ClientConfig>,
    account: Account,
}

/// What is read.
#[derive(Clone, Copy, Debug)]
pub struct Subtree<'a> {
    /// Below which entry.
    pub base: &'a str,
    /// What an entry has to be like.
    pub filter: &'a str,
    /// What is wanted of each.
    pub attributes: &'a [&'a str],
    /// What may be at other servers.
    pub elsewhere: Elsewhere,
}

/// What of a subtree is at other servers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Elsewhere {
    /// Nothing: that something is, is trouble.
    Nothing,
    /// Other domains of Active Directory, which are below its own by name only and always pointed to. They are none of
    /// ours.
    OtherDomains,
}

/// Some entries, and what the next page is asked with.
#[derive(Debug)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// For [`Connection::page`]; nothing if these are the last.
    pub next: Option<Vec<u8>>,
}

/// An entry, as it was sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Entry {
    /// Its distinguished name.
    pub name: String,
    /// Attributes, as they are called in the answer, and their values.
    pub attributes: Vec<(String, Vec<Vec<u8>>)>,
}

/// Is it a filter (RFC 4515)?
pub fn is_filter(text: &str) -> bool {
    parse_filter(text).is_ok()
}

impl Servers {
    /// Connects to nobody yet.
    pub fn new(
        addresses: Vec<ServerAddress>,
        authorities: Option<&[u8]>,
        account: Account,
    ) -> Result<Self, BadAuthorities> {
        Ok(Self { addresses, tls: client_config(authorities)?, account })
    }

    /// The first server that lets us in, and a connection to it.
    pub async fn reach(&self) -> Result<(&ServerAddress, Connection), Trouble> {
        let mut last = Trouble::Down;
        for address in &self.addresses {
            match self.reach_one(address).await {
                Ok(connection) => return Ok((address, connection)),
                Err(trouble) => {
                    tracing::warn!(server = %address, error = %trouble, "the directory server is of no use");
                    last = trouble;
                }
            }
        }
        Err(last)
    }

    async fn reach_one(&self, address: &ServerAddress) -> Result<Connection, Trouble> {
        let mut connection = open(address, &self.tls).await?;
        connection.be(&self.account).await?;
        Ok(connection)
    }
}

impl Connection {
    /// A page of a subtree: the first, or the one after the page whose [`Page::next`] is given. Anything but all of it
    /// is trouble: a limit of the server's, a referral, an entry that can't be read.
    pub async fn page(&mut self, what: &Subtree<'_>, after: Option<Vec<u8>>) -> Result<Page, Trouble> {
        let asked = self.ask_page(what, after);
        match tokio::time::timeout(PAGE_SECONDS_MAX.as_duration(), asked).await {
            Ok(page) => page,
            Err(_) => Err(Trouble::TimedOut("a page of entries")),
        }
    }

    /// One entry by its name; an empty name is the server's own (RFC 4512 5.1).
    pub async fn entry(&mut self, name: &str, attributes: &[&str]) -> Result<Entry, Trouble> {
        let elsewhere = Elsewhere::Nothing;
        let what = Subtree { base: name, filter: "(objectClass=*)", attributes, elsewhere };
        let asked = self.search_entries(Scope::Base, &what, Vec::new(), 2);
        let (entries, _) = match tokio::time::timeout(PAGE_SECONDS_MAX.as_duration(), asked).await {
            Ok(found) => found?,
            Err(_) => return Err(Trouble::TimedOut("an entry")),
        };
        entries.into_iter().next().ok_or_else(|| Trouble::Answer(format!("nothing about {name:?}")))
    }

    /// What of a subtree may be elsewhere, at a server of this kind.
    pub async fn elsewhere(&mut self) -> Result<Elsewhere, Trouble> {
        let says = self.entry("", &["supportedCapabilities"]).await?;
        let is_one = says.values("supportedCapabilities").iter().any(|value| value == ACTIVE_DIRECTORY);
        Ok(if is_one { Elsewhere::OtherDomains } else { Elsewhere::Nothing })
    }

    async fn ask_page(&mut self, what: &Subtree<'_>, after: Option<Vec<u8>>) -> Result<Page, Trouble> {
        let size = i32::try_from(ENTRIES_OF_PAGE_MAX).unwrap_or(i32::MAX);
        let paged = PagedResults { size, cookie: after.unwrap_or_default() };
        // Critical: a server that does not know it would answer with all at once, or with as many as it likes.
        let mut controls = vec![RawControl { crit: true, ..paged.into() }];
        if what.elsewhere == Elsewhere::OtherDomains {
            controls.push(RawControl { ctype: DOMAIN_SCOPE.to_owned(), crit: true, val: None });
        }
        let found = self.search_entries(Scope::Subtree, what, controls, ENTRIES_OF_PAGE_MAX).await?;
        let (entries, controls) = found;
        let paged = controls.into_iter().find(|control| control.ctype == PAGED_RESULTS);
        let cookie = paged.and_then(|control| cookie(&control.val?));
        let cookie =
            cookie.ok_or_else(|| Trouble::Answer("without saying whether that was all".to_owned()))?;
        Ok(Page { entries, next: Some(cookie).filter(|cookie| !cookie.is_empty()) })
    }

    async fn search_entries(
        &mut self,
        scope: Scope,
        what: &Subtree<'_>,
        controls: Vec<RawControl>,
        most: usize,
    ) -> Result<(Vec<Entry>, Vec<RawControl>), Trouble> {
        let lost = |error: ldap3::LdapError| Trouble::Lost(told(&error));
        let seconds = i32::try_from(PAGE_SECONDS_MAX.as_duration().as_secs()).unwrap_or(i32::MAX);
        let options = SearchOptions::new().deref(DerefAliases::Never).timelimit(seconds);
        self.0.with_search_options(options).with_controls(controls);
        let asked = self.0.streaming_search(what.base, scope, what.filter, what.attributes.to_vec());
        let mut stream = asked.await.map_err(lost)?;
        let mut entries = Vec::new();
        while let Some(sent) = stream.next().await.map_err(lost)? {
            if sent.is_ref() {
                return Err(Trouble::Answer("that part of it is at another server (a referral)".to_owned()));
            }
            if sent.is_intermediate() {
                continue;
            }
            let unreadable = || Trouble::Answer("an entry that can't be read".to_owned());
            entries.push(entry(sent).ok_or_else(unreadable)?);
            if entries.len() > most {
                return Err(Trouble::Answer("more entries than a page may have".to_owned()));
            }
        }
        let result = stream.finish().await;
        if result.rc != 0 || !result.refs.is_empty() {
            return Err(Trouble::Answer(Answered { code: result.rc, text: result.text }.to_string()));
        }
        Ok((entries, result.ctrls.into_iter().map(|control| control.1).collect()))
    }
}

impl Entry {
    /// The values of an attribute; none if it has none. Names of attributes know no case (RFC 4512 2.5).
    pub fn values(&self, attribute: &str) -> &[Vec<u8>] {
        let named = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        named.map_or(&[], |(_, values)| values)
    }

    /// Did the server give only some of its values (MS-ADTS 3.1.1.3.1.3.3: `member;range=0-1499`)?
    pub fn is_cut(&self, attribute: &str) -> bool {
        let cut = |name: &str| {
            name.split_once(';').is_some_and(|(plain, options)| {
                plain.eq_ignore_ascii_case(attribute) && options.to_ascii_lowercase().contains("range=")
            })
        };
        self.attributes.iter().any(|(name, _)| cut(name))
    }
}

/// Taken apart here, since the library's own way ends the task over an entry that is not as it should be.
fn entry(sent: ResultEntry) -> Option<Entry> {
    let parts = children(sent.0.match_id(SEARCH_RESULT_ENTRY)?)?;
    let mut parts = parts.into_iter();
    let name = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
    let mut attributes = Vec::new();
    for attribute in children(parts.next()?)? {
        let mut parts = children(attribute)?.into_iter();
        let kind = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
        let values = children(parts.next()?)?.into_iter().map(StructureTag::expect_primitive);
        attributes.push((kind, values.collect::<Option<Vec<Vec<u8>>>>()?));
    }
    Some(Entry { name, attributes })
}

fn children(of: StructureTag) -> Option<Vec<StructureTag>> {
    match of.payload {
        PL::C(children) => Some(children),
        PL::P(_) => None,
    }
}

/// What the next page is asked with (RFC 2696 2): the second of size and cookie.
fn cookie(value: &[u8]) -> Option<Vec<u8>> {
    let (_, value) = parse_tag(value).ok()?;
    children(value)?.into_iter().nth(1)?.expect_primitive()
}

#[cfg(test)]
mod tests {
    use super::{Entry, cookie};

    #[test]
    fn a_cookie_is_read_or_there_is_none() {
        assert_eq!(cookie(b"\x30\x05\x02\x01\x00\x04\x00"), Some(Vec::new()));
        assert_eq!(cookie(b"\x30\x07\x02\x01\x00\x04\x02ab"), Some(b"ab".to_vec()));
        for odd in [b"".as_slice(), b"\x30\x03\x02\x01\x00", b"\x04\x02ab", b"\x30\xff\xff", b"\x02\x01\x00"]
        {
            assert_eq!(cookie(odd), None, "{odd:02x?}");
        }
    }

    #[test]
    fn names_of_attributes_know_no_case_and_what_is_cut_is_noticed() {
        let entry = Entry {
            name: String::new(),
            attributes: vec![
                ("mail".to_owned(), vec![b"a".to_vec()]),
                ("memberOf;range=0-1499".to_owned(), vec![b"x".to_vec()]),
            ],
        };
        assert_eq!(entry.values("Mail"), [b"a".to_vec()]);
        assert!(entry.values("memberOf").is_empty() && entry.is_cut("memberof") && !entry.is_cut("mail"));
    }
}
