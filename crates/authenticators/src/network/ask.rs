//! A check, from the place in the queue to the answer of the first server that gives one.

use std::sync::Arc;

use portner_domain::identity::UserName;
use portner_ldap::{ANSWER_SECONDS_MAX, Found, Trouble};
use tokio::sync::{OwnedSemaphorePermit, SemaphorePermit};

use super::reason::of_bind;
use super::servers::Server;
use super::{AccountProblem, Finder, Inner, Outcome};

/// A server's trouble, and whether the password had been sent to it by then.
struct Failed {
    trouble: Trouble,
    sent: bool,
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, sent: false }
    }
}

impl Inner {
    /// Check, and say how it went to whoever reads the metrics.
    pub async fn counted(&self, user: &UserName, typed: &str) -> Outcome {
        let begun = self.clock.now();
        let outcome = self.check(user, typed).await;
        let took = self.clock.now().since(begun).unwrap_or_default().as_duration();
        let label = outcome.word();
        metrics::counter!("portner_network_password_checks_total", "outcome" => label).increment(1);
        metrics::histogram!("portner_network_password_check_seconds").record(took.as_secs_f64());
        self.count_servers();
        outcome
    }

    async fn check(&self, user: &UserName, typed: &str) -> Outcome {
        let Some(_place) = self.place().await else { return Outcome::Busy };
        let mut last = Trouble::Down;
        for server in &self.servers {
            if !server.admits(self.clock.now()) {
                continue;
            }
            match self.check_at(server, user, typed).await {
                Ok(outcome) => {
                    server.answered();
                    return outcome;
                }
                Err(Failed { trouble, sent }) => {
                    self.note(server, &trouble);
                    if sent {
                        return Outcome::Unavailable(trouble);
                    }
                    last = trouble;
                }
            }
        }
        Outcome::Unavailable(last)
    }

    async fn check_at(&self, server: &Server, user: &UserName, typed: &str) -> Result<Outcome, Failed> {
        let name = match self.name_of(server, user).await? {
            Ok(name) => name,
            Err(problem) => return Ok(Outcome::AccountProblem(problem)),
        };
        let mut connection = server.checker(&self.tls, self.clock.now()).await?;
        let sent = |trouble| Failed { trouble, sent: true };
        let outcome = of_bind(&connection.bind(&name, typed).await.map_err(sent)?).map_err(sent)?;
        server.keep_checker(connection, self.clock.now());
        Ok(outcome)
    }

    /// The name to bind with.
    async fn name_of(
        &self,
        server: &Server,
        user: &UserName,
    ) -> Result<Result<String, AccountProblem>, Trouble> {
        let search = match &self.finder {
            Finder::Named(template) => return Ok(template.of(user).ok_or(AccountProblem::UnusableName)),
            Finder::Searched(search) => search,
        };
        let mut connection = server.searcher(&search.account, &self.tls, self.clock.now()).await?;
        let found = connection.find(&search.base, &search.filter.of(user)).await?;
        server.keep_searcher(connection, self.clock.now());
        Ok(match found {
            Found::One(name) => Ok(name),
            Found::Nothing => Err(AccountProblem::NoEntry),
            Found::Several => Err(AccountProblem::SeveralEntries),
        })
    }

    /// All of that, but for the user's name and password.
    pub async fn stand_in(&self) -> Outcome {
        let Some(_place) = self.place().await else { return Outcome::Busy };
        let mut last = Trouble::Down;
        for server in &self.servers {
            if !server.admits(self.clock.now()) {
                continue;
            }
            match self.stand_in_at(server).await {
                Ok(()) => {
                    server.answered();
                    self.count_servers();
                    return Outcome::Wrong;
                }
                Err(trouble) => {
                    self.note(server, &trouble);
                    last = trouble;
                }
            }
        }
        self.count_servers();
        Outcome::Unavailable(last)
    }

    async fn stand_in_at(&self, server: &Server) -> Result<(), Trouble> {
        if let Finder::Searched(search) = &self.finder {
            let mut connection = server.searcher(&search.account, &self.tls, self.clock.now()).await?;
            connection.touch(&search.base).await?;
            server.keep_searcher(connection, self.clock.now());
        }
        let connection = server.checker(&self.tls, self.clock.now()).await?;
        server.keep_checker(connection, self.clock.now());
        Ok(())
    }

    /// An odd answer is about one user, who shall not be able to keep the others out.
    fn note(&self, server: &Server, trouble: &Trouble) {
        match trouble {
            Trouble::Answer(_) => tracing::warn!(server = %server.address, "{trouble}"),
            _ => server.failed(trouble, self.clock.now()),
        }
    }

    /// A place in the queue, and then the turn.
    async fn place(&self) -> Option<(OwnedSemaphorePermit, SemaphorePermit<'_>)> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().ok()?;
        let turn = tokio::time::timeout(ANSWER_SECONDS_MAX.as_duration(), self.at_once.acquire()).await;
        Some((place, turn.ok()?.ok()?))
    }

    fn count_servers(&self) {
        let down = self.servers.iter().filter(|server| server.is_down()).count();
        let down = u32::try_from(down).unwrap_or(u32::MAX);
        metrics::gauge!("portner_network_password_servers_down").set(f64::from(down));
    }
}
