//! The local network password: one that is kept in Active Directory or another directory, and checked there by an
//! LDAP bind.
//!
//! The directory is asked over TLS only, and only about identities that are known here. What it answers is a value,
//! [`Outcome`]; that it does not answer is one, too, and not a wrong password. Nobody knows who set the password or
//! how often it was told to others, so a right one is registered at no level whatever it is worth elsewhere.

mod ask;
mod limit;
mod names;
mod pool;
mod reason;
mod servers;
mod settings;
mod walk;

pub use names::{BadTemplate, BindName, SearchFilter};
pub use portner_ldap::{
    ANSWER_SECONDS_MAX, Account, BadAuthorities, BadServer, CONNECT_SECONDS_MAX, SERVERS_MAX, ServerAddress,
    Transport, Trouble,
};
pub use reason::AccountProblem;
pub use settings::{Finder, For, NetworkSettings, Search};
pub use walk::{Step, Walk};

pub(crate) use limit::{admits, forgive, take_back};

use std::sync::Arc;

use portner_domain::identity::UserName;
use portner_domain::throttle::Allowance;
use portner_domain::{Clock, Millis};
use rustls::ClientConfig;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use self::servers::Server;
use crate::password::PASSWORD_BYTES_MAX;

/// Checks at a time, and so connections of either kind to one server.
pub const CHECKS_AT_ONCE_MAX: usize = 16;

/// Checks that wait for one of those to end; who comes when as many wait is told to come back.
pub const CHECKS_WAITING_MAX: usize = 64;

/// A refusal is given no sooner than this after the attempt, whether a directory was asked or not: an answer that
/// was waited for can't be told from one that was not needed, unless the directory is slower than this.
pub(crate) const REFUSAL_AFTER: Millis = Millis(500);

/// What became of a check.
#[derive(Debug)]
pub enum Outcome {
    /// The directory accepted it.
    Right,
    /// The directory did not.
    Wrong,
    /// The directory would not say, or says that the account can't be used.
    AccountProblem(AccountProblem),
    /// No directory answered. Whether it was right is not known.
    Unavailable(Trouble),
    /// So many are being checked that this one was not taken.
    Busy,
}

impl Outcome {
    /// A stable word for the metrics.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::AccountProblem(_) => "account-problem",
            Self::Unavailable(_) => "unavailable",
            Self::Busy => "busy",
        }
    }
}

/// Where network passwords are checked.
#[derive(Clone)]
pub struct NetworkPasswords(Arc<Inner>);

struct Inner {
    servers: Vec<Server>,
    finder: Finder,
    tls: Arc<ClientConfig>,
    whose: For,
    limit: Allowance,
    waiting: Arc<Semaphore>,
    at_once: Semaphore,
    clock: Arc<dyn Clock>,
}

impl NetworkPasswords {
    /// From settings; connects to nobody yet.
    pub fn new(settings: NetworkSettings, clock: Arc<dyn Clock>) -> Result<Self, BadAuthorities> {
        let NetworkSettings { servers, authorities, finder, whose, limit } = settings;
        Ok(Self(Arc::new(Inner {
            servers: servers.into_iter().map(Server::new).collect(),
            finder,
            tls: portner_ldap::client_config(authorities.as_deref())?,
            whose,
            limit,
            waiting: Arc::new(Semaphore::new(CHECKS_AT_ONCE_MAX + CHECKS_WAITING_MAX)),
            at_once: Semaphore::new(CHECKS_AT_ONCE_MAX),
            clock,
        })))
    }

    /// Whose passwords are looked for here.
    pub fn whose(&self) -> For {
        self.0.whose
    }

    /// How often an account's passwords may be wrong.
    pub fn limit(&self) -> Allowance {
        self.0.limit
    }

    /// Does the directory accept this password for this user? Asked at most once: of two servers that did not
    /// answer, each may have counted it against the account.
    pub async fn check(&self, user: &UserName, typed: &str) -> Outcome {
        // A directory takes an empty password for no wish to be authenticated at all, and says yes (RFC 4513 5.1.2).
        if typed.is_empty() || typed.contains('\0') || typed.len() > PASSWORD_BYTES_MAX {
            return Outcome::Wrong;
        }
        let this = Arc::clone(&self.0);
        let (user, typed) = (user.clone(), Zeroizing::new(typed.to_owned()));
        // A task of its own: what the directory sends could end it, but not the login; and a browser that does not
        // wait does not leave a connection in the middle of an answer.
        let asked = tokio::spawn(async move { this.counted(&user, &typed).await }).await;
        asked.unwrap_or_else(|_| unreadable())
    }

    /// What a check does before it names anybody, and never right: for those who are not asked about, so that in a
    /// crowd and during an outage they hear what everybody hears.
    pub async fn stand_in(&self) -> Outcome {
        let this = Arc::clone(&self.0);
        let asked = tokio::spawn(async move { this.stand_in().await }).await;
        asked.unwrap_or_else(|_| unreadable())
    }
}

fn unreadable() -> Outcome {
    Outcome::Unavailable(Trouble::Answer("what can't be read".to_owned()))
}
