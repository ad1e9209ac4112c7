//! Lists of the office as files. That one is handed out is durable before the first line of it is.

use std::collections::BTreeMap;

use portner_audit_log::own::{Cursor, EventPage, own_events};
use portner_audit_log::sealed::sealed_events;
use portner_audit_log::{Actor, Database, Event, Recorded};
use portner_directory::{Card, Held, PeopleFile, by_id, card, csv_lines, export_holdings, held_by_all};
use portner_domain::role::{Action, Grant, Proposal};
use portner_domain::{IdentityId, Moment};

use super::{Asking, LogSought, Warrant};
use crate::{Error, Federation, Visit};

/// Events in one file, at most: the newest. All of them are in what `portner audit export` writes, with the proofs.
pub const LOG_FILE_EVENTS_MAX: usize = 100_000;

/// The log as a file, a part at a time.
pub struct LogFile {
    db: Database,
    kind: Option<String>,
    about: Option<IdentityId>,
    /// Where the next part begins; nothing at the end.
    next: Option<Option<Cursor>>,
    written: usize,
    names: BTreeMap<IdentityId, String>,
}

impl Federation {
    /// Groups and rights of everybody where this officer may change them.
    pub async fn rights_as_file(&self, warrant: &Warrant, visit: &Visit) -> Result<PeopleFile, Error> {
        warrant.for_any(Action::ChangeRights)?;
        self.handed_out(warrant, "rights", visit).await?;
        let units = self.units_for(warrant.officer(), Action::ChangeRights);
        Ok(export_holdings(self.log.database(), units))
    }

    /// Who holds which role.
    pub async fn roles_as_file(&self, warrant: &Warrant, visit: &Visit) -> Result<Vec<u8>, Error> {
        warrant.for_any(Action::SeeRoles)?;
        self.handed_out(warrant, "roles", visit).await?;
        let mut rows = vec![words(&["user_name", "name", "role", "unit", "until"])];
        for Held { identity, grant } in held_by_all(self.log.database(), self.log.now()).await? {
            let who = card(self.log.database(), identity).await?;
            let who = who.ok_or_else(|| Error::Corrupt(format!("a role of {identity}")))?;
            let Grant { role, unit, until } = grant;
            let unit = unit.map(String::from).unwrap_or_default();
            let [user_name, name] = named(&who);
            rows.push(vec![user_name, name, role.word().to_owned(), unit, when(until)]);
        }
        Ok(csv_lines(rows)?)
    }

    /// The service providers. There is nothing about people in it.
    pub async fn service_providers_as_file(
        &self,
        warrant: &Warrant,
        visit: &Visit,
    ) -> Result<Vec<u8>, Error> {
        let providers = self.service_providers(warrant).await?;
        self.handed_out(warrant, "service-providers", visit).await?;
        let mut rows = vec![words(&["entity_id", "name", "out_of_service", "metadata_waits", "profile"])];
        rows.extend(providers.iter().map(|it| {
            let sp = &it.registered;
            let waits = if it.waits { "yes" } else { "no" };
            words(&[
                &sp.metadata.entity_id,
                sp.name(),
                it.out_of_service.unwrap_or_default(),
                waits,
                &sp.policy.profile,
            ])
        }));
        Ok(csv_lines(rows)?)
    }

    /// What waits for a second person, as far as this officer may read it.
    pub async fn proposals_as_file(&self, warrant: &Warrant, visit: &Visit) -> Result<Vec<u8>, Error> {
        let proposals = self.proposals(warrant).await?;
        self.handed_out(warrant, "proposals", visit).await?;
        let mut rows = vec![words(&["id", "what", "about", "detail", "asked_by", "asked_at", "why"])];
        rows.extend(proposals.iter().map(proposal));
        Ok(csv_lines(rows)?)
    }

    /// The meetings that wait for a second registrar, where this one may proof.
    pub async fn meetings_as_file(&self, warrant: &Warrant, visit: &Visit) -> Result<Vec<u8>, Error> {
        let meetings = self.meetings_that_wait(warrant).await?;
        self.handed_out(warrant, "meetings", visit).await?;
        let mut rows = vec![words(&["user_name", "name", "at", "registrar"])];
        for (meeting, who) in meetings {
            let registrar = by_id(self.log.database(), meeting.officer).await?;
            let registrar = registrar.map(|it| it.user_name.to_string()).unwrap_or_default();
            let [user_name, name] = named(&who);
            rows.push(vec![user_name, name, when(Some(meeting.at)), registrar]);
        }
        Ok(csv_lines(rows)?)
    }

    /// What the page of the log finds, the newest [`LOG_FILE_EVENTS_MAX`] of it; nothing if nobody has that user name.
    pub async fn log_as_file(
        &self,
        warrant: &Warrant,
        sought: &LogSought,
        visit: &Visit,
    ) -> Result<Option<LogFile>, Error> {
        warrant.for_any(Action::ReadLog)?;
        let db = self.log.database().clone();
        let about = match &sought.about {
            None => None,
            Some(name) => match portner_directory::by_user_name(&db, name).await? {
                Some(identity) => Some(identity.id),
                None => return Ok(None),
            },
        };
        let kind = sought.kind.clone();
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::LogRead { of_kind: kind.clone(), about });
        tx.write(Event::ListExported { list: "log".to_owned() });
        tx.commit().await?;
        let (next, names) = (Some(sought.before), BTreeMap::new());
        Ok(Some(LogFile { db, kind, about, next, written: 0, names }))
    }

    /// What waits for a decision about MitID Erhverv is about to be handed out: the list is made where its plans are.
    pub async fn sync_findings_handed_out(&self, warrant: &Warrant, visit: &Visit) -> Result<(), Error> {
        warrant.for_any(Action::SeeHealth)?;
        self.handed_out(warrant, "mitid-erhverv", visit).await
    }

    async fn handed_out(&self, warrant: &Warrant, list: &str, visit: &Visit) -> Result<(), Error> {
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::ListExported { list: list.to_owned() });
        tx.commit().await?;
        Ok(())
    }
}

impl LogFile {
    /// The next part; nothing at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let Some(before) = self.next.take() else { return Ok(None) };
        let EventPage { mut events, older } = match self.about {
            Some(id) => own_events(&self.db, id, before).await?,
            None => sealed_events(&self.db, self.kind.as_deref(), before).await?,
        };
        events.retain(|it| self.kind.as_ref().is_none_or(|kind| it.event.kind() == kind));
        events.truncate(LOG_FILE_EVENTS_MAX.saturating_sub(self.written));
        let mut rows = Vec::with_capacity(events.len().saturating_add(1));
        if self.written == 0 {
            rows.push(words(&["id", "at", "kind", "by", "event"]));
        }
        for recorded in &events {
            rows.push(self.row(recorded).await?);
        }
        // One for the line with the names, so that it stands there once.
        self.written = self.written.saturating_add(rows.len());
        self.next = older.filter(|_| self.written < LOG_FILE_EVENTS_MAX).map(Some);
        Ok(Some(csv_lines(rows)?))
    }

    async fn row(&mut self, recorded: &Recorded) -> Result<Vec<String>, Error> {
        let by = match &recorded.actor {
            Actor::Identity(id) => self.name_of(*id).await?,
            Actor::Operator { name } => format!("operator {name}"),
            Actor::System { component } => format!("system {component}"),
            Actor::Anonymous { address } => format!("anonymous {address}"),
        };
        let event = serde_json::to_string(&recorded.event).map_err(|it| Error::Corrupt(it.to_string()))?;
        let kind = recorded.event.kind().to_owned();
        Ok(vec![recorded.id.to_string(), when(Some(recorded.at)), kind, by, event])
    }

    async fn name_of(&mut self, id: IdentityId) -> Result<String, Error> {
        if let Some(name) = self.names.get(&id) {
            return Ok(name.clone());
        }
        let who = by_id(&self.db, id).await?;
        let name = who.map_or_else(|| id.to_string(), |who| who.user_name.to_string());
        self.names.insert(id, name.clone());
        Ok(name)
    }
}

/// What somebody is called in a file: a name that is protected stands in none.
fn named(who: &Card) -> [String; 2] {
    let name = if who.about.is_protected { String::new() } else { who.identity.full_name() };
    [who.identity.user_name.to_string(), name]
}

fn proposal(asking: &Asking) -> Vec<String> {
    let Asking { waiting, about, by, run, .. } = asking;
    let name = |who: &Option<portner_domain::identity::Identity>| {
        who.as_ref().map(|who| who.user_name.to_string()).unwrap_or_default()
    };
    let (what, detail) = match &waiting.asked.proposal {
        Proposal::GrantRole { role, unit, until, .. } => {
            let unit = unit.as_ref().map(|unit| format!(" in {}", unit.as_str())).unwrap_or_default();
            let until = until.map(|until| format!(" until {}", when(Some(until)))).unwrap_or_default();
            ("grant-role", format!("{}{unit}{until}", role.word()))
        }
        Proposal::LiftLock { .. } => ("lift-lock", String::new()),
        Proposal::Erase { .. } => ("erase", String::new()),
        Proposal::ReleaseFeed { .. } => {
            let run = run.as_ref().map(|run| format!("{}: {} lose login or level", run.feed, run.losing));
            ("release-feed", run.unwrap_or_default())
        }
        Proposal::UseMetadata { service_provider, sha256 } => {
            ("use-metadata", format!("{service_provider} {sha256}"))
        }
        Proposal::AddServiceProvider { entity_id, sha256 } => {
            ("add-service-provider", format!("{entity_id} {sha256}"))
        }
        Proposal::ChangePolicy { service_provider, sha256 } => {
            ("change-policy", format!("{service_provider} {sha256}"))
        }
    };
    let (asked_at, why) = (when(Some(waiting.asked.at)), waiting.why.clone());
    vec![waiting.id.to_string(), what.to_owned(), name(about), detail, name(by), asked_at, why]
}

fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(|&word| word.to_owned()).collect()
}

fn when(at: Option<Moment>) -> String {
    at.map(Moment::xs_date_time).unwrap_or_default()
}
