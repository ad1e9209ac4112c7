//! Stands between the directory and MitID Erhverv: holds the one against the other, and plans.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use portner_audit_log::envelope::Envelope;
use portner_audit_log::volatile::Volatile;
use portner_audit_log::{Actor, AuditLog, Database, Event, Tx};
use portner_directory::{Personal, Registered, Which};
use portner_domain::{Entropy, IdentityId, Millis, Moment};

use crate::Error;
use crate::client::Client;
use crate::mirror::{Kept, Mirror};
use crate::plan::{
    Around, Bond, Desired, Finding, IdentityPlan, Places, Rules, Step, Survey, needs_others, plan,
};
use crate::scheme::Scheme;
use crate::status::{Status, status};
use crate::store;
use crate::wire::{EmployeeUuid, ScopeKind};

/// How long a login that was taken counts for the brake.
pub const BRAKE_WINDOW: Millis = Millis::hours(24);
/// Plans that are shown at once.
pub const PLANS_ON_A_PAGE: usize = 50;
/// So many pages of people are looked at for them, at most.
const PAGES_LOOKED_AT_MAX: usize = 20;
/// The row that says what is done.
const MODE: &str = "mode";
/// … and for which form that was said.
const FORM: &str = "form";

/// What it works with.
pub struct Parts {
    /// Who does it, in the log.
    pub actor: Actor,
    /// The log, and through it the database.
    pub log: AuditLog,
    /// The session store: of several nodes one does it.
    pub volatile: Arc<dyn Volatile>,
    /// What opens people's numbers.
    pub personal: Personal,
    /// What seals the numbers seen there.
    pub envelope: Arc<Envelope>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The way there.
    pub client: Arc<Client>,
    /// What is wanted.
    pub scheme: Scheme,
}

/// Keeps MitID Erhverv in step with the directory. Cheap to clone.
#[derive(Clone)]
pub struct Liaison {
    pub(crate) actor: Actor,
    pub(crate) mirror: Mirror,
    pub(crate) volatile: Arc<dyn Volatile>,
    pub(crate) client: Arc<Client>,
    pub(crate) scheme: Arc<Scheme>,
}

/// What is done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It is read and planned, and nothing is said. A new installation begins so.
    #[default]
    DryRun,
    /// What is planned is done.
    Live,
    /// Nothing at all.
    Paused,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DryRun, Self::Live, Self::Paused];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::DryRun => "dry-run",
            Self::Live => "live",
            Self::Paused => "paused",
        }
    }
}

impl std::str::FromStr for Mode {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|mode| mode.word() == word).ok_or(())
    }
}

/// Which plans are looked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Plans {
    /// All with something in them.
    #[default]
    All,
    /// Those that wait for a person.
    ToDecide,
}

/// Who would lose their login, and has not been let.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Losing {
    /// Who.
    pub identities: BTreeSet<IdentityId>,
    /// How many lost it since yesterday.
    pub lately: u64,
    /// How many are there.
    pub of: u64,
}

impl Liaison {
    /// Put together.
    pub fn new(parts: Parts) -> Self {
        let Parts { actor, log, volatile, personal, envelope, entropy, client, scheme } = parts;
        let mirror = Mirror { log, personal, envelope, entropy };
        Self { actor, mirror, volatile, client, scheme: Arc::new(scheme) }
    }

    /// What is done. After a change of the form nothing is said until somebody has read what that does.
    pub async fn mode(&self) -> Result<Mode, Error> {
        Ok(if self.waits_for_form().await? { Mode::DryRun } else { self.said_mode().await? })
    }

    /// Is nothing said only because the form is another than when it was made live?
    pub async fn waits_for_form(&self) -> Result<bool, Error> {
        Ok(self.said_mode().await? == Mode::Live && self.is_another_form().await?)
    }

    async fn said_mode(&self) -> Result<Mode, Error> {
        let word = store::state(self.db(), MODE).await?;
        word.map_or(Ok(Mode::default()), |word| word.parse().map_err(|()| Error::Stored("mode")))
    }

    async fn is_another_form(&self) -> Result<bool, Error> {
        let before = store::state(self.db(), FORM).await?;
        Ok(before.as_deref() != Some(self.scheme.form.word()))
    }

    /// Do something else from now on; and why, if somebody said.
    pub async fn set_mode(&self, mode: Mode, why: Option<&str>) -> Result<(), Error> {
        let mut tx = self.begin_because(why).await?;
        let event = Event::SyncModeChanged { mode: mode.word().to_owned() };
        let conn = tx.write(event);
        store::put_state(conn, MODE, mode.word()).await?;
        store::put_state(conn, FORM, self.scheme.form.word()).await?;
        Ok(tx.commit().await?)
    }

    /// The same, done by somebody else.
    #[must_use]
    pub fn by(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }

    /// How it goes, if anybody ever did it.
    pub async fn status(&self) -> Result<Option<Status>, Error> {
        status(&*self.volatile, self.now()).await
    }

    async fn begin_because(&self, why: Option<&str>) -> Result<Tx, Error> {
        let mut tx = self.mirror.log.begin(self.actor.clone()).await?;
        if let Some(why) = why {
            tx.write(Event::ReasonGiven { identity: None, why: why.to_owned() });
        }
        Ok(tx)
    }

    /// The certificates by which we are let in, for whoever warns before they expire.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Plans for everybody, from what was last read. Nothing is asked of the other side.
    pub async fn plan_all(&self, mut each: impl FnMut(&IdentityPlan)) -> Result<Survey, Error> {
        let (rules, mut survey, mut after) = (self.rules().await?, Survey::default(), None);
        let mut adopted = BTreeSet::new();
        loop {
            let page = self.mirror.personal.registered(Which::After(after)).await?;
            let Some(last) = page.last() else { return Ok(survey) };
            after = Some(last.standing.identity.id);
            for mut plan in self.plans(&page, &rules).await? {
                once(&mut plan, &mut adopted);
                survey.count(&plan);
                each(&plan);
            }
        }
    }

    /// The next of these plans, and after whom there may be more. Not everybody is looked at in one go.
    pub async fn plan_page(
        &self,
        which: Plans,
        mut after: Option<IdentityId>,
    ) -> Result<(Vec<IdentityPlan>, Option<IdentityId>), Error> {
        let (rules, mut found) = (self.rules().await?, Vec::new());
        for _ in 0..PAGES_LOOKED_AT_MAX {
            let page = self.mirror.personal.registered(Which::After(after)).await?;
            let Some(last) = page.last() else { return Ok((found, None)) };
            after = Some(last.standing.identity.id);
            for plan in self.plans(&page, &rules).await? {
                let is_sought = match which {
                    Plans::All => !plan.is_empty(),
                    Plans::ToDecide => plan.waits_for_a_person(),
                };
                if is_sought {
                    let identity = plan.identity;
                    found.push(plan);
                    if found.len() == PLANS_ON_A_PAGE {
                        return Ok((found, Some(identity)));
                    }
                }
            }
        }
        Ok((found, after))
    }

    /// Everybody who would lose their login, and nobody has let them.
    pub async fn all_losing(&self) -> Result<Losing, Error> {
        let mut losing = Vec::new();
        self.plan_all(|plan| losing.extend(plan.loses().then(|| plan.clone()))).await?;
        self.losing(&losing).await
    }

    /// Plans for some.
    pub(crate) async fn plan_these(&self, of: &[IdentityId]) -> Result<Vec<IdentityPlan>, Error> {
        let (rules, mut plans) = (self.rules().await?, Vec::new());
        for some in of.chunks(store::PARAMETERS_MAX) {
            let page = self.mirror.personal.registered(Which::These(some)).await?;
            plans.extend(self.plans(&page, &rules).await?);
        }
        Ok(plans)
    }

    /// Who of these would lose their login, and nobody has let them.
    pub async fn losing(&self, of: &[IdentityPlan]) -> Result<Losing, Error> {
        let since = self.now().minus(BRAKE_WINDOW);
        let mut identities: BTreeSet<_> = of.iter().filter(|it| it.loses()).map(|it| it.identity).collect();
        let all: Vec<_> = identities.iter().copied().collect();
        for passed in store::losses(self.db(), &all, since).await? {
            identities.remove(&passed);
        }
        let (tied, _) = store::count_bonds(self.db()).await?;
        Ok(Losing { identities, lately: store::count_losses(self.db(), since).await?, of: tied })
    }

    /// Are they so many that somebody has to look first?
    pub fn holds(&self, losing: &Losing) -> bool {
        let new = u64::try_from(losing.identities.len()).unwrap_or(u64::MAX);
        new > 0
            && self
                .scheme
                .brake
                .holds(new.saturating_add(losing.lately), losing.of.saturating_add(losing.lately))
    }

    /// Somebody has looked: these may lose their login within a day.
    pub async fn approve(&self, losing: &Losing, why: Option<&str>) -> Result<(), Error> {
        let mut tx = self.begin_because(why).await?;
        let now = tx.now();
        let many = u64::try_from(losing.identities.len()).unwrap_or(u64::MAX);
        let conn = tx.write(Event::SyncApproved { losing: many, digest: losing.digest() });
        for identity in &losing.identities {
            store::put_loss(conn, *identity, true, now, BRAKE_WINDOW).await?;
        }
        Ok(tx.commit().await?)
    }

    pub(crate) async fn plans(&self, page: &[Registered], rules: &Rules) -> Result<Vec<IdentityPlan>, Error> {
        let bonds = self.mirror.bonds(&ids(page)).await?;
        self.plans_with(page, bonds, rules).await
    }

    /// The same, if they were tied like this.
    pub(crate) async fn plans_with(
        &self,
        page: &[Registered],
        mut bonds: HashMap<IdentityId, Kept>,
        rules: &Rules,
    ) -> Result<Vec<IdentityPlan>, Error> {
        let now = self.now();
        let desired: Vec<(Desired, bool)> = page
            .iter()
            .map(|it| {
                let kept = bonds.remove(&it.standing.identity.id).unwrap_or(Kept::NOTHING);
                (self.scheme.desired(it, kept.bond, now), kept.look_first)
            })
            .collect();
        let employees: Vec<_> = desired.iter().filter_map(|(it, _)| it.bond.employee()).collect();
        let seen = self.mirror.seen(&employees).await?;
        let own = |of: &Desired| of.bond.employee().and_then(|it| seen.get(&it)).map(|(own, _)| own);
        let all = desired.iter().map(|(it, _)| it);
        let needing: Vec<&Desired> = all.filter(|it| needs_others(it, own(it))).collect();
        let others = self.mirror.others(&needing).await?;
        let planned = |(desired, look_first): &(Desired, bool)| {
            let own = own(desired);
            let others = match needs_others(desired, own) {
                true => self.mirror.others_of(desired, &others),
                false => Vec::new(),
            };
            let mut plan = plan(desired, Around { own, others: &others }, rules);
            // What a private MitID is taken away by is told by nobody but itself.
            let private = own.and_then(|own| own.authenticators.as_ref()?.private_mitid);
            let is_nameless = private.is_some_and(|it| it.authenticator.is_none());
            let lacks_name = is_nameless && !desired.wants_private_mitid(&rules.quirks);
            if desired.bond.employee().is_some() && (*look_first || lacks_name) {
                plan.look_first();
            }
            plan
        };
        Ok(desired.iter().map(planned).collect())
    }

    pub(crate) async fn rules(&self) -> Result<Rules, Error> {
        let mut places = Places::default();
        places.put(ScopeKind::Cvr, self.scheme.cvr.as_str().to_owned());
        for (kind, number) in store::places_there(self.db()).await? {
            places.put(ScopeKind::from(kind.as_str()), number);
        }
        Ok(Rules {
            quirks: self.scheme.quirks.clone(),
            reading: self.mirror.reading().await?,
            listed_at: self.mirror.listed_at().await?,
            made_within: self.scheme.between_readings,
            catalogue: store::roles(self.db()).await?.into_keys().collect(),
            places,
        })
    }

    /// What one of ours is to be over there now.
    pub(crate) fn desired(&self, it: &Registered, bond: Bond) -> Desired {
        self.scheme.desired(it, bond, self.now())
    }

    pub(crate) fn db(&self) -> &Database {
        self.mirror.db()
    }

    pub(crate) fn now(&self) -> Moment {
        self.mirror.log.now()
    }
}

impl Losing {
    /// Who they are, as a sum: what is approved is what was looked at.
    pub fn digest(&self) -> String {
        let mut text = String::new();
        for identity in &self.identities {
            text.push_str(&identity.to_string());
        }
        hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()))
    }
}

fn ids(page: &[Registered]) -> Vec<IdentityId> {
    page.iter().map(|it| it.standing.identity.id).collect()
}

/// One of theirs is tied to one of ours: the second that finds the same waits for a person.
fn once(plan: &mut IdentityPlan, adopted: &mut BTreeSet<EmployeeUuid>) {
    let found = plan.steps.iter().find_map(|planned| match planned.step {
        Step::Adopt { employee } => Some(employee),
        _ => None,
    });
    if let Some(employee) = found
        && !adopted.insert(employee)
    {
        plan.steps.clear();
        plan.findings = vec![Finding::Candidates { employees: vec![employee] }];
    }
}
