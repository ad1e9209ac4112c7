//! The section `[ldap]` of a mapping: which directory, and what of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use portner_ldap::{
    Account, BadAuthorities, DistinguishedName, SERVERS_MAX, ServerAddress, Servers, is_filter,
};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::record::{Field, Status};

/// Longest text between two values, in characters.
const JOINT_CHARS_MAX: usize = 8;
/// People of Active Directory, and of others.
const PEOPLE: &str = "(|(&(objectCategory=person)(objectClass=user))(objectClass=inetOrgPerson))";
/// What stands where an entry's name does (no attribute has that name).
pub const NAME: &str = "dn";
/// Whether an account of Active Directory may be used (MS-ADTS 2.2.16).
pub const ACCOUNT_CONTROL: &str = "userAccountControl";
/// What is said of one that may not.
pub const DISABLED: &str = "disabled";

/// Which directory, and what of it.
#[derive(Clone, Debug)]
pub struct Place {
    /// Tried in this order.
    pub servers: Vec<ServerAddress>,
    /// Authorities (PEM) that vouch for them, and nobody else does; the machine's if absent.
    pub ca_file: Option<PathBuf>,
    /// Who reads.
    pub account: String,
    /// The file of its password.
    pub password_file: PathBuf,
    /// Below which entry.
    pub base: String,
    /// The same, taken apart.
    pub base_name: DistinguishedName,
    /// What an entry has to be like.
    pub filter: String,
    /// Below which entry the groups are that count; all if absent.
    pub groups_base: Option<DistinguishedName>,
    /// How the directory tells what changed, if it is asked.
    pub changes: Option<Changes>,
    /// What is put between the values of a field; where nothing is, the first in alphabetical order counts.
    pub joints: BTreeMap<Field, String>,
}

/// How a directory tells what changed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Changes {
    /// By numbers of its own at each server: Active Directory's `uSNChanged`.
    Usn,
    /// By the time of the change (RFC 4512 3.4.2).
    ModifyTimestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenPlace {
    servers: Vec<String>,
    ca_file: Option<PathBuf>,
    account: String,
    password_file: PathBuf,
    base: String,
    filter: Option<String>,
    groups_base: Option<String>,
    changes: Option<Changes>,
    #[serde(default)]
    join: BTreeMap<Field, String>,
}

impl Place {
    /// The servers, with the account's password and the authorities (PEM) that the files hold.
    pub fn servers(
        &self,
        password: Zeroizing<String>,
        authorities: Option<&[u8]>,
    ) -> Result<Servers, BadAuthorities> {
        let account = Account { name: self.account.clone(), password };
        Servers::new(self.servers.clone(), authorities, account)
    }
}

impl WrittenPlace {
    pub(super) fn understood(self, columns: &BTreeMap<Field, String>) -> Result<Place, String> {
        if !(1..=SERVERS_MAX).contains(&self.servers.len()) {
            return Err(format!("ldap.servers names none, or more than {SERVERS_MAX}"));
        }
        let address =
            |text: &String| text.parse().map_err(|error| format!("ldap.servers has {text:?}; {error}"));
        let filter = self.filter.unwrap_or_else(|| PEOPLE.to_owned());
        if !is_filter(&filter) {
            return Err(format!("ldap.filter = {filter:?} is no filter (RFC 4515)"));
        }
        if self.account.trim().is_empty() {
            return Err("ldap.account is empty; name the account that reads".to_owned());
        }
        if let Some((field, name)) = columns.iter().find(|(_, name)| !is_attribute(name)) {
            return Err(format!("{}: {name:?} is no attribute of a directory", field.word()));
        }
        let joint =
            |text: &String| text.chars().count() <= JOINT_CHARS_MAX && !text.contains(char::is_control);
        if let Some((field, _)) = self.join.iter().find(|(_, text)| !joint(text)) {
            return Err(format!("ldap.join.{} has at most {JOINT_CHARS_MAX} characters", field.word()));
        }
        let name = |key: &str, text: &str| {
            text.parse::<DistinguishedName>().map_err(|error| format!("ldap.{key} = {text:?}: {error}"))
        };
        Ok(Place {
            servers: self.servers.iter().map(address).collect::<Result<_, String>>()?,
            ca_file: self.ca_file,
            account: self.account,
            password_file: self.password_file,
            base_name: name("base", &self.base)?,
            base: self.base,
            filter,
            groups_base: self.groups_base.map(|text| name("groups_base", &text)).transpose()?,
            changes: self.changes,
            joints: self.join,
        })
    }
}

/// Whoever is disabled in Active Directory is stopped, unless the mapping says that it means something else.
pub(super) fn with_usual_status(statuses: &mut BTreeMap<String, Status>, columns: &BTreeMap<Field, String>) {
    let is_control = |name: &String| name.eq_ignore_ascii_case(ACCOUNT_CONTROL);
    if columns.get(&Field::Status).is_some_and(is_control) {
        statuses.entry(DISABLED.to_owned()).or_insert(Status::Stopped);
    }
}

/// A description without options but for languages (RFC 4512 2.5).
fn is_attribute(name: &str) -> bool {
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ';');
    (1..=128).contains(&name.len()) && name.chars().all(sound)
}
