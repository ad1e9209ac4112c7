//! What an officer has before them when they begin: what waits, who was stopped today, and whom they had before them last.

use portner_directory::{Listed, Sought, card, listed, stopped_since};
use portner_domain::role::{Action, Target};
use portner_domain::{IdentityId, Millis, Moment};
use serde::{Deserialize, Serialize};

use super::{Officer, Warrant};
use crate::{Error, Federation, kept};

/// People whom an officer had before them last.
const LATELY_MAX: usize = 8;
/// How long that is remembered: a working week and the one before.
const LATELY_LIFE: Millis = Millis::hours(14 * 24);
/// People stopped today that stand on the page; the list of people has them all.
const STOPPED_MAX: u32 = 10;
/// What "today" is for a page that is read at any time of the day: since yesterday at this time.
const TODAY: Millis = Millis::hours(24);

/// What an officer has before them.
#[derive(Clone, Debug, Default)]
pub struct Desktop {
    /// Meetings that wait for this officer to agree to; nothing if they never do.
    pub meetings: Option<usize>,
    /// Proposals that this officer may agree to; nothing if they never may.
    pub proposals: Option<usize>,
    /// Who was stopped today where this officer helps, the last first; nothing if they help nobody.
    pub stopped: Option<Vec<Listed>>,
    /// Whom they had before them, the last first; nothing if they may see nobody.
    pub lately: Option<Vec<Listed>>,
}

#[derive(Default, Deserialize, Serialize)]
struct Lately(Vec<IdentityId>);

impl Federation {
    /// What this officer has before them now. It is read for whoever asks, and shows nothing that they may not see.
    pub async fn desktop(&self, officer: &Officer) -> Result<Desktop, Error> {
        let now = self.log.now();
        let meetings = match officer.warranted(Action::Proof, now) {
            Some(warrant) => Some(self.meetings_that_wait(&warrant).await?.len()),
            None => None,
        };
        let proposals = match officer.warranted(Action::SeeProposals, now) {
            Some(warrant) => {
                let all = self.proposals(&warrant).await?;
                Some(all.iter().filter(|asking| asking.may_agree.is_ok()).count())
            }
            None => None,
        };
        let may = |action| officer.mandate.may(action, now).is_ok();
        let stopped = match may(Action::Block) {
            true => {
                let sought = Sought { units: self.units_for(officer, Action::Block), ..Sought::default() };
                let since = now.minus(TODAY);
                Some(stopped_since(self.log.database(), &sought, since, STOPPED_MAX).await?)
            }
            false => None,
        };
        let lately = match may(Action::SeePerson) {
            true => Some(self.lately(officer, now).await?),
            false => None,
        };
        Ok(Desktop { meetings, proposals, stopped, lately })
    }

    async fn lately(&self, officer: &Officer, now: Moment) -> Result<Vec<Listed>, Error> {
        let database = self.log.database();
        let mut found = Vec::new();
        for id in self.remembered(officer, now).await?.0 {
            let (Some(row), Some(card)) = (listed(database, id).await?, card(database, id).await?) else {
                continue;
            };
            let person = card.identity.person;
            let is_officer = portner_directory::is_officer(database, person, now).await?;
            let target = Target { identity: id, person, unit: card.about.unit, is_officer };
            // What they could see then may be none of their business now.
            if officer.mandate.may_to(Action::SeePerson, &target, now).is_ok() {
                found.push(row);
            }
        }
        Ok(found)
    }

    async fn remembered(&self, officer: &Officer, now: Moment) -> Result<Lately, Error> {
        let text = self.volatile.get(&key(officer), now).await?;
        text.map_or_else(|| Ok(Lately::default()), |text| kept::read("a list of people", &text))
    }

    /// An officer has this person before them. If two pages are opened at the same moment, one of them may be forgotten.
    pub(crate) async fn note_seen(&self, officer: &Officer, seen: IdentityId) -> Result<(), Error> {
        let now = self.log.now();
        let Lately(mut lately) = self.remembered(officer, now).await?;
        lately.retain(|known| *known != seen);
        lately.insert(0, seen);
        lately.truncate(LATELY_MAX);
        let text = kept::write(&Lately(lately))?;
        Ok(self.volatile.put(&key(officer), &text, now.plus(LATELY_LIFE), now).await?)
    }
}

impl Officer {
    /// A warrant to look at what waits, in the request for which this officer was just read. Nothing if they may not.
    fn warranted(&self, action: Action, now: Moment) -> Option<Warrant> {
        self.mandate.may(action, now).ok()?;
        Some(Warrant { officer: self.clone(), action, card: None })
    }
}

fn key(officer: &Officer) -> String {
    format!("lately/{}", officer.mandate.identity)
}
