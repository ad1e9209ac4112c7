//! A user name on its way into a name or a filter of the directory: what would mean something there does not.

use std::str::FromStr;

use ldap3::{dn_escape, ldap_escape, parse_filter};
use portner_domain::identity::UserName;

/// Where the user name goes.
const USER: &str = "{user}";

/// What a name like `anna@ad.example.dk` can't have in its first half (the signs that Active Directory refuses in a
/// logon name, and the one that begins the second half).
const NOT_IN_A_LOGON_NAME: &[char] =
    &['"', '/', '\\', '[', ']', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@'];

/// How the name of a user's entry follows from the user name: `{user}@ad.example.dk`, or
/// `uid={user},ou=people,dc=example,dc=dk`.
#[derive(Clone, Debug)]
pub struct BindName(String);

/// What a user's entry is like: `(&(objectCategory=person)(sAMAccountName={user}))`.
#[derive(Clone, Debug)]
pub struct SearchFilter(String);

/// A template that can't be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadTemplate {
    /// The user name does not appear.
    #[error("it does not say where the user name goes; write {USER} there")]
    NoUser,
    /// Not a filter.
    #[error(
        "it is no LDAP filter (RFC 4515); write one like \"(&(objectCategory=person)(sAMAccountName={{user}}))\""
    )]
    NoFilter,
}

impl FromStr for BindName {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        if text.contains(USER) { Ok(Self(text.to_owned())) } else { Err(BadTemplate::NoUser) }
    }
}

impl BindName {
    /// The name for this user; none if the user name can't be part of one.
    pub fn of(&self, user: &UserName) -> Option<String> {
        let is_distinguished = self.0.contains('=');
        if is_distinguished {
            return Some(self.0.replace(USER, &dn_escape(user.as_str())));
        }
        // Alone, the user name is the whole of it and may have its own second half.
        let plain = |name: &str| !name.is_empty() && !name.contains(NOT_IN_A_LOGON_NAME);
        let fits = match user.as_str().split_once('@') {
            Some((first, second)) if self.0 == USER => plain(first) && plain(second),
            _ => plain(user.as_str()),
        };
        fits.then(|| self.0.replace(USER, user.as_str()))
    }
}

impl FromStr for SearchFilter {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        if !text.contains(USER) {
            return Err(BadTemplate::NoUser);
        }
        parse_filter(text.replace(USER, "x")).map_err(|()| BadTemplate::NoFilter)?;
        Ok(Self(text.to_owned()))
    }
}

impl SearchFilter {
    /// The filter for this user (RFC 4515 3: what would end or widen an assertion is written in hexadecimal).
    pub fn of(&self, user: &UserName) -> String {
        self.0.replace(USER, &ldap_escape(user.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use ldap3::parse_filter;
    use portner_domain::identity::UserName;

    use super::{BadTemplate, BindName, SearchFilter};

    fn user(name: &str) -> UserName {
        name.parse().unwrap()
    }

    #[test]
    fn t_inj_01_a_user_name_never_leaves_its_place_in_a_filter() {
        let filter: SearchFilter = "(&(objectClass=person)(uid={user}))".parse().unwrap();
        let check = |name: &str, expected: &str| {
            let filled = filter.of(&user(name));
            assert_eq!(filled, format!("(&(objectClass=person)(uid={expected}))"));
            parse_filter(&filled).unwrap();
        };
        check("anna", "anna");
        check("*", "\\2a");
        check("anna)(uid=*", "anna\\29\\28uid=\\2a");
        check("anna)(|(a=b", "anna\\29\\28|\\28a=b");
        check("\\2a", "\\5c2a");
        check("bjørn-åse", "bjørn-åse");
    }

    #[test]
    fn t_inj_01_a_user_name_never_leaves_its_place_in_a_name() {
        let check = |template: &str, name: &str, expected: Option<&str>| {
            let template: BindName = template.parse().unwrap();
            assert_eq!(template.of(&user(name)).as_deref(), expected, "{name}");
        };
        let entry = "uid={user},ou=people,dc=example,dc=dk";
        check(entry, "anna", Some("uid=anna,ou=people,dc=example,dc=dk"));
        check(entry, "admin,ou=service", Some("uid=admin\\2cou\\3dservice,ou=people,dc=example,dc=dk"));
        check(entry, "a+cn=b", Some("uid=a\\2bcn\\3db,ou=people,dc=example,dc=dk"));
        let principal = "{user}@ad.example.dk";
        check(principal, "anna", Some("anna@ad.example.dk"));
        check(principal, "bjørn.åse-1", Some("bjørn.åse-1@ad.example.dk"));
        check(principal, "anna@other.example.dk", None);
        check(principal, "ad\\anna", None);
        check(principal, "cn=anna", None);
        check("{user}", "anna@example.dk", Some("anna@example.dk"));
        check("{user}", "anna@example.dk@other", None);
        check("{user}", "@example.dk", None);
    }

    #[test]
    fn a_template_that_can_not_work_is_refused() {
        assert_eq!("anna@ad.example.dk".parse::<BindName>().err(), Some(BadTemplate::NoUser));
        assert_eq!("(uid=anna)".parse::<SearchFilter>().err(), Some(BadTemplate::NoUser));
        assert_eq!("(uid={user}".parse::<SearchFilter>().err(), Some(BadTemplate::NoFilter));
        assert_eq!("uid={user})(a=b".parse::<SearchFilter>().err(), Some(BadTemplate::NoFilter));
    }
}
