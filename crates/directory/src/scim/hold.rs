//! The brake on a client: whoever loses login or level counts for a day, and who would be one too many waits until a second
//! person has looked.

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::Event;
use portner_domain::{FeedRunId, IdentityId, Millis, Moment};
use sqlx::AnyConnection;

use super::Scim;
use super::client::Client;
use super::refusal::{Kind, Refused};
use crate::feed::run::{hold, void_others};
use crate::feed::{Counts, Run, RunState, Survey};
use crate::{Error, store};

/// How long a loss counts.
pub const BRAKE_WINDOW: Millis = Millis::hours(24);

/// The words for what is on record of one identity.
const TAKEN: &str = "taken";
const ASKED: &str = "asked";
const ALLOWED: &str = "allowed";

/// May it go on?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Weighed {
    /// It may.
    Passes,
    /// It would be one too many, of so many.
    Holds(u64),
}

impl Scim {
    /// Hold a loss against those of the day, and count it.
    pub(super) async fn weigh(
        &self,
        conn: &mut AnyConnection,
        client: &Client,
        identity: IdentityId,
        now: Moment,
    ) -> Result<Weighed, Error> {
        let name = &client.name;
        store::scim::take_client(conn, name).await?;
        let since = Moment(now.0.saturating_sub(i64::try_from(BRAKE_WINDOW.0).unwrap_or(i64::MAX)));
        match store::scim::loss(conn, name, identity).await? {
            Some((state, at)) if state == ALLOWED && at > since => {
                store::scim::forget_loss(conn, name, identity).await?;
                return Ok(Weighed::Passes);
            }
            // Whoever was stopped this morning and ends this afternoon counts once.
            Some((state, at)) if state == TAKEN && at > since => return Ok(Weighed::Passes),
            _ => {}
        }
        store::scim::forget_losses(conn, name, since).await?;
        let others = store::scim::count_losses(conn, name, (TAKEN, since), identity).await?;
        let left = store::feed::count_in_use(self.log.database(), name).await?;
        let of = left.saturating_add(others);
        if self.brake.holds(others.saturating_add(1), of) {
            return Ok(Weighed::Holds(of));
        }
        store::scim::put_loss(conn, name, identity, TAKEN, now).await?;
        Ok(Weighed::Passes)
    }

    /// It waits: that it was asked is on record, and a second person is asked about all that wait.
    pub(super) async fn hold(
        &self,
        client: &Client,
        identity: IdentityId,
        of: u64,
    ) -> Result<Refused, Error> {
        let (db, name, now) = (self.log.database(), &client.name, self.log.now());
        let open = store::feed_run::open_runs(db, name).await?;
        let run = self.new_run(client, identity);
        let waits = match open.first().and_then(|run| run.proposal) {
            Some(proposal) => crate::proposal(db, proposal, now).await?.is_some(),
            None => false,
        };
        if !waits {
            // Nobody answered in time.
            void_others(&self.log, &client.actor(), &run).await?;
        }
        let mut tx = self.log.begin(client.actor()).await?;
        let why = "held for approval".to_owned();
        let refused = Event::ScimRefused { client: Some(name.clone()), identity: Some(identity), why };
        let conn = tx.write(refused);
        store::scim::take_client(conn, name).await?;
        if !waits {
            // Nobody is asked about those again whom somebody declined.
            store::scim::forget_asked(conn, name).await?;
        }
        store::scim::put_loss(conn, name, identity, ASKED, now).await?;
        let asked = store::scim::count_losses(conn, name, (ASKED, Moment(0)), identity).await? + 1;
        let run = match open.first().filter(|_| waits) {
            Some(run) => {
                store::scim::set_losing(conn, run.id, asked).await?;
                run.id
            }
            None => {
                let mut survey = Survey::default();
                (survey.losing, survey.of, survey.held) = (asked, of, true);
                let run = Run { losing: asked, plan: store::to_json(&survey)?, ..run };
                hold(&mut tx, &*self.entropy, run, of).await?.id
            }
        };
        tx.commit().await?;
        Ok(Refused::new(
            Kind::Held,
            format!(
                "held for approval: this client has taken the login or the level of as many as it may in a day. Have a \
                 second person approve run {run}, then send it again"
            ),
        ))
    }

    /// If a second person agreed, whoever was asked about may go on.
    pub(super) async fn follow_approval(&self, client: &Client) -> Result<(), Error> {
        let open = store::feed_run::open_runs(self.log.database(), &client.name).await?;
        let Some(run) = open.into_iter().find(|run| run.is_approved && run.state == RunState::Held) else {
            return Ok(());
        };
        let mut tx = self.log.begin(client.actor()).await?;
        let now = tx.now();
        let conn = tx.write(Event::FeedBegun { run: run.id, feed: run.feed, digest: run.digest });
        store::scim::take_client(conn, &client.name).await?;
        if store::scim::release(conn, &client.name, run.id, now).await? {
            tx.commit().await?;
        }
        Ok(())
    }

    fn new_run(&self, client: &Client, identity: IdentityId) -> Run {
        let now = self.log.now();
        let id = FeedRunId::new(now, &*self.entropy);
        Run {
            id,
            feed: client.name.clone(),
            digest: hex::encode(digest(&SHA256, format!("scim {id} {identity}").as_bytes())),
            state: RunState::Held,
            started: now,
            finished: None,
            counts: Counts::default(),
            losing: 1,
            plan: String::new(),
            error_file: None,
            proposal: None,
            is_approved: false,
        }
    }
}
