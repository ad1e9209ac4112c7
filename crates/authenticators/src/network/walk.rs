//! Asking the servers step by step, for whoever sets it up: what works, and what to do about the first that does not.

use std::net::SocketAddr;

use portner_domain::identity::UserName;
use portner_ldap::{
    CONNECT_SECONDS_MAX, Connection, Found, ServerAddress, Trouble, connect, resolve, secure,
};

use super::reason::of_bind;
use super::settings::Finder;
use super::{NetworkPasswords, Outcome};

/// A step, in the order in which they are taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// The server's name leads to an address.
    Resolve,
    /// Somebody listens there.
    Connect,
    /// It has a certificate that is trusted, for this name.
    Tls,
    /// It lets the search account in.
    SearchAccount,
    /// It knows one entry of the user's.
    Entry,
    /// It accepts the password.
    Password,
}

impl Step {
    /// A word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resolve => "name",
            Self::Connect => "connection",
            Self::Tls => "TLS and certificate",
            Self::SearchAccount => "search account",
            Self::Entry => "entry of the user",
            Self::Password => "password of the user",
        }
    }

    /// What to look at if it fails.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Resolve => "does this machine use the DNS servers of the directory?",
            Self::Connect => "is the port right, and does a firewall let this machine through?",
            Self::Tls => {
                "is network_password.ca_file the authority that issued the server's certificate, is the name in \
                 network_password.servers one of those in the certificate, and is the certificate still valid?"
            }
            Self::SearchAccount => {
                "are network_password.search_account and the password in its file right, and is the account enabled?"
            }
            Self::Entry => "are network_password.search_base and search_filter right, or bind_name?",
            Self::Password => {
                "if it is right, the account may be disabled, expired or locked; see the reason"
            }
        }
    }
}

/// One step at one server, and what came of it.
#[derive(Debug)]
pub struct Walk {
    /// Where.
    pub server: ServerAddress,
    /// What was tried.
    pub step: Step,
    /// What was found, or what went wrong.
    pub came_of_it: Result<String, String>,
}

impl NetworkPasswords {
    /// Take every step at every server, and tell of each. A password is sent to the first server only that gets so
    /// far: each may count it against the account.
    pub async fn walk(
        &self,
        user: &UserName,
        typed: Option<&str>,
        tell: &mut (dyn FnMut(Walk) + Send),
    ) -> bool {
        let mut typed = typed;
        let mut well = true;
        for server in &self.0.servers {
            let address = server.address.clone();
            let mut told = |step, came_of_it: &Result<String, String>| {
                tell(Walk { server: address.clone(), step, came_of_it: came_of_it.clone() });
            };
            well &= self.walk_to(&server.address, user, &mut typed, &mut told).await.is_some();
        }
        well
    }

    async fn walk_to(
        &self,
        server: &ServerAddress,
        user: &UserName,
        typed: &mut Option<&str>,
        tell: &mut (dyn FnMut(Step, &Result<String, String>) + Send),
    ) -> Option<()> {
        let mut taken = |step, came_of_it: Result<String, String>| {
            tell(step, &came_of_it);
            came_of_it.ok()
        };
        let found = timely(resolve(server)).await;
        let addresses = found.clone().unwrap_or_default();
        let list = |addresses: Vec<SocketAddr>| {
            addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ")
        };
        taken(Step::Resolve, found.map(list))?;
        let stream = timely(connect(&addresses)).await;
        let (stream, why) = parted(stream);
        taken(Step::Connect, why.map(|()| format!("port {} answers", server.port)))?;
        let (connection, why) = parted(timely(secure(stream?, server, &self.0.tls)).await);
        taken(Step::Tls, why.map(|()| format!("the certificate is trusted, for {}", server.host)))?;
        let mut connection = connection?;
        let name = match &self.0.finder {
            Finder::Named(template) => {
                let name = template.of(user);
                taken(
                    Step::Entry,
                    name.ok_or_else(|| "the user name can't be part of a name there".to_owned()),
                )?
            }
            Finder::Searched(search) => {
                let let_in = connection.be(&search.account).await.map_err(told);
                taken(Step::SearchAccount, let_in.map(|()| search.account.name.clone()))?;
                let found = connection.find(&search.base, &search.filter.of(user)).await.map_err(told);
                taken(Step::Entry, found.and_then(one))?
            }
        };
        let Some(typed) = typed.take() else { return Some(()) };
        taken(Step::Password, password(&mut connection, &name, typed).await).map(drop)
    }
}

async fn password(connection: &mut Connection, name: &str, typed: &str) -> Result<String, String> {
    let answered = connection.bind(name, typed).await.map_err(told)?;
    match of_bind(&answered).map_err(told)? {
        Outcome::Right => Ok("accepted".to_owned()),
        Outcome::AccountProblem(problem) => Err(format!("{}: {answered}", problem.code())),
        _ => Err(format!("wrong: {answered}")),
    }
}

async fn timely<T>(step: impl Future<Output = Result<T, Trouble>>) -> Result<T, String> {
    match tokio::time::timeout(CONNECT_SECONDS_MAX.as_duration(), step).await {
        Ok(taken) => taken.map_err(told),
        Err(_) => Err(format!("no answer within {} seconds", CONNECT_SECONDS_MAX.as_duration().as_secs())),
    }
}

fn one(found: Found) -> Result<String, String> {
    match found {
        Found::One(name) => Ok(name),
        Found::Nothing => Err("no entry fits the filter".to_owned()),
        Found::Several => Err("more than one entry fits the filter".to_owned()),
    }
}

fn parted<T>(result: Result<T, String>) -> (Option<T>, Result<(), String>) {
    match result {
        Ok(value) => (Some(value), Ok(())),
        Err(why) => (None, Err(why)),
    }
}

fn told(trouble: Trouble) -> String {
    trouble.to_string()
}
