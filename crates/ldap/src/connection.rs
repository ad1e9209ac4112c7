//! One connection to one server: from its name to TLS, then searches and binds, each within its time.

use std::net::SocketAddr;
use std::sync::Arc;

use ldap3::asn1::parse_tag;
use ldap3::{
    DerefAliases, Ldap, LdapConnAsync, LdapConnSettings, Scope, SearchEntry, SearchOptions, StdStream,
};
use rustls::ClientConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::address::{Account, ServerAddress, Transport};
use crate::{ANSWER_SECONDS_MAX, CONNECT_SECONDS_MAX};

/// The extended request 1.3.6.1.4.1.1466.20037 (RFC 4511 4.14.1) as message 1.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// The longest answer to it: whoever sends it is nobody yet.
const START_TLS_ANSWER_BYTES_MAX: usize = 512;

/// The tag of an extended response, an application's.
const EXTENDED_RESPONSE: u64 = 24;

/// More than one entry is as bad as a hundred.
const ENTRIES_MAX: i32 = 2;

/// Why a directory said nothing that counts.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Its name leads nowhere.
    #[error("the name can't be resolved: {0}")]
    Name(std::io::Error),
    /// Nobody listens.
    #[error("no connection: {0}")]
    Connect(std::io::Error),
    /// It would not go on with TLS.
    #[error("StartTLS was not accepted: {0}")]
    StartTls(String),
    /// The certificate, or the handshake.
    #[error("TLS: {0}")]
    Tls(String),
    /// Too slow.
    #[error("no answer in time: {0}")]
    TimedOut(&'static str),
    /// The connection is gone.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// An answer that is of no use.
    #[error("the directory answered {0}")]
    Answer(String),
    /// Our own account was not let in.
    #[error("the search account was refused: {0}")]
    SearchAccount(String),
    /// All servers were out of reach a moment ago.
    #[error("no server answered a moment ago")]
    Down,
}

/// A result code, and what was said with it.
#[derive(Debug)]
pub struct Answered {
    /// RFC 4511 4.1.9
    pub code: u32,
    /// For people.
    pub text: String,
}

impl std::fmt::Display for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "result code {} {:?}", self.code, self.text)
    }
}

/// What a search found.
#[derive(Debug, Eq, PartialEq)]
pub enum Found {
    /// One entry, of this name.
    One(String),
    /// None.
    Nothing,
    /// More than one.
    Several,
}

/// A connection under TLS. Used by one task at a time, and not again after any trouble.
pub struct Connection(pub(crate) Ldap);

/// Where a server's name leads.
pub async fn resolve(server: &ServerAddress) -> Result<Vec<SocketAddr>, Trouble> {
    let found = tokio::net::lookup_host((server.host.as_str(), server.port)).await.map_err(Trouble::Name)?;
    Ok(found.collect())
}

/// The first address where somebody listens.
pub async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Trouble> {
    TcpStream::connect(addresses).await.map_err(Trouble::Connect)
}

/// TLS, with the certificate verified. StartTLS is asked for here, byte by byte and no further than its answer:
/// what somebody slips in before TLS is part of the handshake, which fails.
pub async fn secure(
    mut stream: TcpStream,
    server: &ServerAddress,
    tls: &Arc<ClientConfig>,
) -> Result<Connection, Trouble> {
    if server.transport == Transport::StartTls {
        start_tls(&mut stream).await?;
    }
    let url = Url::parse(&format!("ldaps://{}:{}", server.host, server.port));
    let url = url.map_err(|error| Trouble::Tls(error.to_string()))?;
    let stream = StdStream::Tcp(stream.into_std().map_err(Trouble::Connect)?);
    let settings = LdapConnSettings::new().set_config(Arc::clone(tls)).set_std_stream(stream);
    let opened = LdapConnAsync::from_url_with_settings(settings, &url).await;
    let (driver, ldap) = opened.map_err(|error| Trouble::Tls(told(&error)))?;
    tokio::spawn(async move {
        if let Err(error) = driver.drive().await {
            tracing::debug!(error = %told(&error), "a connection to the directory ended");
        }
    });
    Ok(Connection(ldap))
}

/// All of it, within the time for it.
pub async fn open(server: &ServerAddress, tls: &Arc<ClientConfig>) -> Result<Connection, Trouble> {
    let opening = async { secure(connect(&resolve(server).await?).await?, server, tls).await };
    let opened = tokio::time::timeout(CONNECT_SECONDS_MAX.as_duration(), opening).await;
    opened.unwrap_or(Err(Trouble::TimedOut("connecting")))
}

impl Connection {
    /// Is it over, as far as is known here?
    pub fn is_closed(&mut self) -> bool {
        self.0.is_closed()
    }

    /// From now on be this user, if the directory agrees (RFC 4511 4.2.1: a failed bind leaves nobody).
    pub async fn bind(&mut self, name: &str, password: &str) -> Result<Answered, Trouble> {
        // With either of them empty, the directory's yes means nothing (RFC 4513 5.1).
        if name.is_empty() || password.is_empty() {
            return Err(Trouble::Answer("nothing, since there was nothing to ask".to_owned()));
        }
        let asked = self.0.simple_bind(name, password);
        let result = within("bind", asked).await?;
        Ok(Answered { code: result.rc, text: result.text })
    }

    /// Be the account that searches.
    pub async fn be(&mut self, account: &Account) -> Result<(), Trouble> {
        match self.bind(&account.name, &account.password).await? {
            Answered { code: 0, .. } => Ok(()),
            refused => Err(Trouble::SearchAccount(refused.to_string())),
        }
    }

    /// The entry below `base` that fits. Aliases and referrals are not followed.
    pub async fn find(&mut self, base: &str, filter: &str) -> Result<Found, Trouble> {
        self.search(base, Scope::Subtree, filter).await
    }

    /// The entry of this name, which is there.
    pub async fn touch(&mut self, base: &str) -> Result<(), Trouble> {
        self.search(base, Scope::Base, "(objectClass=*)").await.map(drop)
    }

    async fn search(&mut self, base: &str, scope: Scope, filter: &str) -> Result<Found, Trouble> {
        let seconds = i32::try_from(ANSWER_SECONDS_MAX.as_duration().as_secs()).unwrap_or(i32::MAX);
        let options =
            SearchOptions::new().deref(DerefAliases::Never).sizelimit(ENTRIES_MAX).timelimit(seconds);
        // No attributes (RFC 4511 4.5.1.8): the name is enough.
        let asked = self.0.with_search_options(options).search(base, scope, filter, ["1.1"]);
        let result = within("search", asked).await?;
        let (entries, done) = (result.0, result.1);
        // sizeLimitExceeded
        if entries.len() > 1 || done.rc == 4 {
            return Ok(Found::Several);
        }
        if done.rc != 0 {
            return Err(Trouble::Answer(Answered { code: done.rc, text: done.text }.to_string()));
        }
        let entry = entries.into_iter().next().filter(|entry| !entry.is_ref() && !entry.is_intermediate());
        let name = entry.map(|entry| SearchEntry::construct(entry).dn);
        // The entry without a name is the server itself.
        Ok(name.filter(|name| !name.is_empty()).map_or(Found::Nothing, Found::One))
    }
}

pub(crate) async fn within<T>(
    what: &'static str,
    asked: impl Future<Output = Result<T, ldap3::LdapError>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(ANSWER_SECONDS_MAX.as_duration(), asked).await {
        Ok(answer) => answer.map_err(|error| Trouble::Lost(told(&error))),
        Err(_) => Err(Trouble::TimedOut(what)),
    }
}

async fn start_tls(stream: &mut TcpStream) -> Result<(), Trouble> {
    let lost = |error: std::io::Error| Trouble::StartTls(error.to_string());
    stream.write_all(START_TLS).await.map_err(lost)?;
    let answer = one_message(stream).await?;
    match extended_result(&answer) {
        Some(0) => Ok(()),
        Some(code) => Err(Trouble::StartTls(format!("result code {code}"))),
        None => Err(Trouble::StartTls("the answer is no LDAP".to_owned())),
    }
}

/// One message, tag and length and all (X.690 8.1.3), and not a byte of the next.
async fn one_message(stream: &mut TcpStream) -> Result<Vec<u8>, Trouble> {
    let lost = |error: std::io::Error| Trouble::StartTls(error.to_string());
    let mut message = vec![stream.read_u8().await.map_err(lost)?, stream.read_u8().await.map_err(lost)?];
    let short = message.last().copied().unwrap_or_default();
    let mut length = usize::from(short);
    if short >= 0x80 {
        length = 0;
        for _ in 0..(short & 0x7f).min(4) {
            let next = stream.read_u8().await.map_err(lost)?;
            message.push(next);
            length = (length << 8) | usize::from(next);
        }
    }
    if length > START_TLS_ANSWER_BYTES_MAX {
        return Err(Trouble::StartTls("the answer is too long".to_owned()));
    }
    let head = message.len();
    message.resize(head.saturating_add(length), 0);
    let body = message.get_mut(head..).unwrap_or_default();
    stream.read_exact(body).await.map_err(lost)?;
    Ok(message)
}

/// The result code of an extended response (RFC 4511 4.12).
fn extended_result(message: &[u8]) -> Option<u64> {
    let (rest, message) = parse_tag(message).ok()?;
    let parts = message.expect_constructed().filter(|_| rest.is_empty())?;
    let response = parts.into_iter().nth(1)?.match_id(EXTENDED_RESPONSE)?;
    let code = response.expect_constructed()?.into_iter().next()?.expect_primitive()?;
    Some(code.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
}

/// An error with its causes: "I/O error" alone helps nobody.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = error.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::{START_TLS, extended_result};

    #[test]
    fn the_answer_to_start_tls_is_read_in_either_form_of_length() {
        let check = |message: &[u8], code| assert_eq!(extended_result(message), code, "{message:02x?}");
        check(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", Some(0));
        check(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00", Some(52));
        // As Active Directory writes lengths.
        check(
            b"\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00",
            Some(0),
        );
        check(b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00", None);
        check(b"\x30\x00", None);
        check(b"HTTP/1.1 400 Bad Request", None);
        assert_eq!(START_TLS.len(), 2 + 0x1d);
    }
}
