//! What an entry of a directory says, as the texts that a record is read from.

use std::collections::BTreeMap;

use portner_domain::Moment;
use portner_ldap::{DistinguishedName, Entry};
use uuid::Uuid;

use super::place::{ACCOUNT_CONTROL, DISABLED, NAME, Place};
use super::record::{Field, Wrong};

/// Identifiers in Active Directory's order of bytes (MS-DTYP 2.3.4.2), without which they can't be a text.
const GUIDS: [&str; 2] = ["objectGUID", "mS-DS-ConsistencyGuid"];
/// Attributes that name groups by their distinguished names.
const GROUPS: [&str; 2] = ["memberOf", "isMemberOf"];
/// The bit that disables an account (MS-ADTS 2.2.16, `ADS_UF_ACCOUNT_DISABLE`).
const ACCOUNT_DISABLED: u64 = 0x2;
/// Active Directory's times begin in 1601 and count tenths of microseconds (MS-DTYP 2.3.3).
const BEFORE_1970_MILLIS: u64 = 11_644_473_600_000;
const UNITS_OF_A_MILLI: u64 = 10_000;
/// From here on a time is never; what means never is `i64::MAX`.
const NEVER_MILLIS: u64 = 253_402_300_800_000;

/// What stands between groups where a name can't have it.
pub const BETWEEN_GROUPS: char = '\n';

/// Each field that the mapping takes from the directory, as a text; an empty one where there is nothing.
pub fn texts(
    place: &Place,
    columns: &BTreeMap<Field, String>,
    entry: &Entry,
) -> BTreeMap<Field, Result<String, Wrong>> {
    columns.iter().map(|(field, attribute)| (*field, text(place, *field, attribute, entry))).collect()
}

fn text(place: &Place, field: Field, attribute: &str, entry: &Entry) -> Result<String, Wrong> {
    if entry.is_cut(attribute) {
        return Err(wrong(field, "the directory gives only some of its values"));
    }
    if attribute.eq_ignore_ascii_case(NAME) {
        return if field == Field::Unit { unit(place, &entry.name) } else { Ok(entry.name.clone()) };
    }
    let values = entry.values(attribute);
    if is_one_of(&GUIDS, attribute) {
        return guid(field, values);
    }
    let mut texts = values
        .iter()
        .map(|value| String::from_utf8(value.clone()).map_err(|_| wrong(field, "it is not text")))
        .collect::<Result<Vec<String>, Wrong>>()?;
    // A directory keeps values in no order (RFC 4511 4.1.7).
    texts.sort_unstable();
    if attribute.eq_ignore_ascii_case(ACCOUNT_CONTROL) {
        return account_control(field, &texts);
    }
    if field == Field::Groups {
        return groups(place, attribute, &texts);
    }
    let text = match place.joints.get(&field) {
        Some(joint) => texts.join(joint),
        None => texts.into_iter().next().unwrap_or_default(),
    };
    match field {
        Field::ValidFrom | Field::ValidUntil => Ok(moment(&text).unwrap_or(text)),
        _ => Ok(text),
    }
}

fn wrong(field: Field, why: &str) -> Wrong {
    Wrong::Unreadable(field, why.to_owned())
}

fn is_one_of(names: &[&str], attribute: &str) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(attribute))
}

fn guid(field: Field, values: &[Vec<u8>]) -> Result<String, Wrong> {
    let [value] = values else { return Err(Wrong::Missing(field)) };
    let bytes: [u8; 16] =
        value.as_slice().try_into().map_err(|_| wrong(field, "it has not the 16 bytes of an identifier"))?;
    Ok(Uuid::from_bytes_le(bytes).to_string())
}

/// Without it nobody knows whether the account may be used: the entry says nothing then, rather than yes.
fn account_control(field: Field, texts: &[String]) -> Result<String, Wrong> {
    let [text] = texts else { return Err(Wrong::Missing(field)) };
    let bits: i64 = text.parse().map_err(|_| wrong(field, "it is no number"))?;
    let is_disabled = bits.cast_unsigned() & ACCOUNT_DISABLED != 0;
    Ok(if is_disabled { DISABLED } else { "enabled" }.to_owned())
}

/// The organisational units that the entry is in, from below the base downwards. A stroke in a name would be another
/// unit, over which somebody else may be set.
fn unit(place: &Place, name: &str) -> Result<String, Wrong> {
    let unreadable = || wrong(Field::Unit, "the entry's name is not below the base");
    let name: DistinguishedName = name.parse().map_err(|_| unreadable())?;
    let below = name.below(&place.base_name).ok_or_else(unreadable)?;
    let units = below.iter().rev().filter(|part| part.kind == "ou");
    Ok(units.map(|part| part.value.replace('/', "-")).collect::<Vec<_>>().join("/"))
}

fn groups(place: &Place, attribute: &str, texts: &[String]) -> Result<String, Wrong> {
    let unreadable = || wrong(Field::Groups, "a group's name can't be read");
    let mut names = Vec::new();
    for text in texts {
        if !is_one_of(&GROUPS, attribute) {
            names.push(text.clone());
            continue;
        }
        let name: DistinguishedName = text.parse().map_err(|_| unreadable())?;
        let counts = place.groups_base.as_ref().is_none_or(|base| name.below(base).is_some());
        if let Some(first) = name.parts().first().filter(|_| counts) {
            names.push(first.value.clone());
        }
    }
    // What is between two names is no part of one: nobody joins two groups by being in one.
    if names.iter().any(|name| name.contains(char::is_control)) {
        return Err(unreadable());
    }
    Ok(names.join(&BETWEEN_GROUPS.to_string()))
}

/// A moment, as RFC 3339 writes it, if the text is one as directories write them: Active Directory's count, where both
/// 0 and the greatest number are never (MS-ADA1 2.1), or a generalized time (RFC 4517 3.3.13).
fn moment(text: &str) -> Option<String> {
    if text.chars().all(|c| c.is_ascii_digit()) && (text == "0" || text.len() > 14) {
        let millis = text.parse::<u64>().ok()? / UNITS_OF_A_MILLI;
        let since_1970 = millis.saturating_sub(BEFORE_1970_MILLIS);
        let is_never = millis == 0 || since_1970 >= NEVER_MILLIS;
        let at = Moment(i64::try_from(since_1970).ok()?);
        return Some(if is_never { String::new() } else { at.xs_date_time() });
    }
    generalized(text).map(Moment::xs_date_time)
}

/// A generalized time in UTC, to the second; parts of a second are left out.
pub fn generalized(text: &str) -> Option<Moment> {
    let digits = text.strip_suffix('Z')?;
    let digits = digits.split_once('.').map_or(digits, |(whole, _)| whole);
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let (date, time) = ((part(0, 4), part(4, 6), part(6, 8)), (part(8, 10), part(10, 12), part(12, 14)));
    let written = format!("{}-{}-{}T{}:{}:{}Z", date.0, date.1, date.2, time.0, time.1, time.2);
    Moment::parse_xs_date_time(&written)
}

/// As a filter writes it.
pub fn written(at: Moment) -> String {
    let text = at.xs_date_time();
    let whole = text.split('.').next().unwrap_or_default();
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{digits}Z")
}

#[cfg(test)]
mod tests {
    use portner_ldap::Entry;

    use super::super::mapping::Mapping;
    use super::super::record::Field;
    use super::{generalized, texts, written};

    const MAPPING: &str = r#"
load = "full"
[ldap]
servers = ["ldaps://dc1.ad.example.dk"]
account = "portner"
password_file = "ad.txt"
base = "OU=Kommune,DC=ad,DC=dk"
groups_base = "OU=Grupper,DC=ad,DC=dk"
[ldap.join]
title = ", "
[columns]
key = "objectGUID"
user_name = "sAMAccountName"
first_name = "givenName"
last_name = "sn"
title = "title"
email = "mail"
unit = "dn"
valid_until = "accountExpires"
status = "userAccountControl"
groups = "memberOf"
[groups]
prefix = "ad/"
[constants]
cvr = "12345678"
"#;

    fn said(name: &str, attributes: &[(&str, &[&[u8]])], field: Field) -> String {
        let mapping = Mapping::parse("ad", MAPPING).unwrap();
        let attributes = attributes
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| value.to_vec()).collect()));
        let entry = Entry { name: name.to_owned(), attributes: attributes.collect() };
        let mut texts = texts(mapping.place.as_ref().unwrap(), &mapping.columns, &entry);
        texts.remove(&field).unwrap().unwrap_or_else(|wrong| format!("wrong: {wrong}"))
    }

    #[test]
    fn values_are_read_as_the_directory_means_them() {
        let check = |attribute: &str, values: &[&[u8]], field, expected: &str| {
            assert_eq!(said("cn=x", &[(attribute, values)], field), expected, "{attribute}");
        };
        let guid = b"\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
        check("objectGUID", &[guid], Field::Key, "00112233-4455-6677-8899-aabbccddeeff");
        check("objectGUID", &[b"short"], Field::Key, "wrong: key: it has not the 16 bytes of an identifier");
        check("objectguid", &[], Field::Key, "wrong: key is empty");
        check("userAccountControl", &[b"512"], Field::Status, "enabled");
        check("userAccountControl", &[b"66050"], Field::Status, "disabled");
        check("userAccountControl", &[b"-2147483646"], Field::Status, "disabled");
        check("userAccountControl", &[], Field::Status, "wrong: status is empty");
        check("title", &[b"Pedel", b"Chef"], Field::Title, "Chef, Pedel");
        check("mail", &[b"b@x.dk", b"a@x.dk"], Field::Email, "a@x.dk");
        check("mail", &[b"\xff"], Field::Email, "wrong: email: it is not text");
        for never in [b"0".as_slice(), b"9223372036854775807"] {
            check("accountExpires", &[never], Field::ValidUntil, "");
        }
        check("accountExpires", &[b"134274168000000000"], Field::ValidUntil, "2026-07-01T22:00:00.000Z");
        check("accountExpires", &[b"20261231230000.0Z"], Field::ValidUntil, "2026-12-31T23:00:00.000Z");
        check("accountExpires", &[b"2026-12-31"], Field::ValidUntil, "2026-12-31");
    }

    #[test]
    fn an_entry_is_in_the_units_above_it_and_no_name_is_two() {
        let unit = |name: &str| said(name, &[], Field::Unit);
        assert_eq!(unit("CN=Anna,OU=Nord,OU=Skole,ou=kommune,dc=AD,dc=dk"), "Skole/Nord");
        assert_eq!(
            unit("CN=Anna,OU=Nord/Syd,OU=B\\C3\\B8rn\\, Unge,OU=Kommune,DC=ad,DC=dk"),
            "Børn, Unge/Nord-Syd"
        );
        assert_eq!(unit("CN=Anna,OU=Kommune,DC=ad,DC=dk"), "");
        assert!(unit("CN=Anna,OU=Skole,DC=ad,DC=dk").starts_with("wrong: unit"));
    }

    #[test]
    fn t_inj_01_a_groups_name_is_one_name() {
        let groups = |values: &[&[u8]]| said("cn=x", &[("memberOf", values)], Field::Groups);
        assert_eq!(
            groups(&[
                b"CN=Alle|Admin,OU=Grupper,DC=ad,DC=dk",
                b"CN=Domain Admins,CN=Users,DC=ad,DC=dk",
                b"CN=a\\,OU=Grupper,OU=grupper,dc=ad,dc=dk",
            ]),
            "Alle|Admin\na,OU=Grupper"
        );
        assert!(groups(&[b"CN=a\\0ab,OU=Grupper,DC=ad,DC=dk"]).starts_with("wrong: groups"));
        let cut: &[(&str, &[&[u8]])] = &[("memberOf;range=0-1499", &[b"CN=a,OU=Grupper,DC=ad,DC=dk"])];
        assert!(said("cn=x", cut, Field::Groups).contains("only some of its values"));
    }

    #[test]
    fn a_time_is_read_as_it_is_written() {
        let at = generalized("20261122110813Z").unwrap();
        assert_eq!(written(at), "20261122110813Z");
        for bad in ["", "Z", "20261122Z", "20261122110813", "2026112211081éZ", "20261322110813Z"] {
            assert_eq!(generalized(bad), None, "{bad}");
        }
    }
}
