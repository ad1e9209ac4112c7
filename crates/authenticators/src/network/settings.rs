//! What an operator says about the directory, understood.

use portner_domain::throttle::Allowance;
use portner_ldap::{Account, ServerAddress};

use super::names::{BindName, SearchFilter};

/// Everything about the directory.
pub struct NetworkSettings {
    /// Asked in this order.
    pub servers: Vec<ServerAddress>,
    /// Authorities (PEM) that vouch for them; the machine's if absent.
    pub authorities: Option<Vec<u8>>,
    /// How a user's entry is found.
    pub finder: Finder,
    /// Whose passwords are looked for there.
    pub whose: For,
    /// How often an account's passwords may be wrong: less often than the directory takes.
    pub limit: Allowance,
}

/// Whose network password is taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum For {
    /// Everybody's: also of those who have a password here, if that does not fit.
    Everybody,
    /// Of those who have no password here.
    WithoutLocalPassword,
}

/// How a user's entry is found.
pub enum Finder {
    /// Its name follows from the user name.
    Named(BindName),
    /// It is searched for.
    Searched(Search),
}

/// Looking for a user's entry.
pub struct Search {
    /// Who may look.
    pub account: Account,
    /// Below which entry.
    pub base: String,
    /// What it has to be like.
    pub filter: SearchFilter,
}
