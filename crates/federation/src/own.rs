//! Our own pages as a place to log in: "where am I logged in".

use portner_domain::assurance::{Assessment, assess};
use portner_domain::flow::{Afresh, Demand, Login};
use portner_domain::session::Session;
use portner_domain::throttle::{BEGINNINGS, network};
use portner_domain::{FlowId, Moment, ServiceProviderId};

use crate::answer::Reply;
use crate::choice::Aim;
use crate::flows::Flow;
use crate::standing::Extent;
use crate::{Error, Federation, Visit};

/// What the start page says.
#[derive(Clone, Debug)]
pub struct StartView {
    /// Who is logged in.
    pub display_name: String,
    /// At what level, and why.
    pub assessment: Assessment,
    /// Where, newest first.
    pub services: Vec<Service>,
    /// Since when.
    pub started: Moment,
    /// Until when, if nothing happens.
    pub ends: Moment,
}

/// A service provider that was told.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its front page.
    pub home: Option<String>,
    /// When it was last told.
    pub at: Moment,
}

impl Federation {
    /// What the start page says; nothing if nobody is logged in here.
    pub async fn start_view(&self, visit: &Visit) -> Result<Option<StartView>, Error> {
        let now = self.log.now();
        let Some(live) = self.session_of(visit, Extent::Login, now).await? else { return Ok(None) };
        let rules = &self.settings.rules;
        let services = self.services_of(&live.session).await?;
        Ok(Some(StartView {
            display_name: live.standing.identity.full_name(),
            assessment: assess(&live.standing, &live.session.proofs, rules.notified, &rules.limits, now),
            services,
            started: live.session.started,
            ends: live.session.ends(&rules.limits),
        }))
    }

    /// What a service provider is called, if it is one of ours.
    pub async fn service_name(&self, id: ServiceProviderId) -> Result<Option<String>, Error> {
        Ok(self.registry.readable(id).await?.map(|sp| sp.name().to_owned()))
    }

    /// Who was told in a session, newest first.
    pub(crate) async fn services_of(&self, session: &Session) -> Result<Vec<Service>, Error> {
        let mut services = Vec::new();
        for told in session.participants.iter().rev() {
            if let Some(sp) = self.registry.readable(told.service_provider).await? {
                services.push(Service { name: sp.name().to_owned(), home: sp.home_url(), at: told.at });
            }
        }
        Ok(services)
    }

    /// A login for our own pages.
    pub async fn begin_own(&self, visit: &mut Visit) -> Result<Reply, Error> {
        self.begin_own_login(Afresh::No, Aim::Start, visit).await
    }

    /// A login that no service provider asked for, and what it is for.
    pub(crate) async fn begin_own_login(
        &self,
        afresh: Afresh,
        aim: Aim<'_>,
        visit: &mut Visit,
    ) -> Result<Reply, Error> {
        let now = self.log.now();
        let key = format!("beginnings/{}", network(visit.address));
        if !BEGINNINGS.admits(self.volatile.increment(&key, now.plus(BEGINNINGS.window), now).await?) {
            return Ok(Reply::TooManyLogins);
        }
        let id = FlowId::new(now, &*self.entropy);
        let demand = Demand { level: None, afresh };
        let (login, wanted, back_to) = match aim {
            // Whatever the session here has proved, it proved for another.
            Aim::Identity(wanted) => {
                (Login::begin(demand, None, &self.settings.rules, now), Some(wanted), None)
            }
            Aim::Page(page) => (self.begun(demand, &self.own_terms(), visit, now).await?.0, None, Some(page)),
            Aim::Start => (self.begun(demand, &self.own_terms(), visit, now).await?.0, None, None),
        };
        let flow = Flow {
            login,
            request: None,
            browser: Some(visit.browser(&*self.entropy).hash()),
            user_name: wanted.map(|wanted| wanted.user_name.to_string()).unwrap_or_default(),
            problem: None,
            password_due: None,
            wanted: wanted.map(|wanted| wanted.id),
            back_to,
        };
        self.open_flow(id, &flow, now).await?;
        Ok(Reply::GoTo(id))
    }
}
