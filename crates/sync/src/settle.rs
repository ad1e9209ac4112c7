//! One identity made as it is to be, step by step. Before anything is asked for it is written down that it will be, and
//! afterwards what came of it; whoever was killed between the two looks first. Each step is planned anew from what is then
//! on record, so that nothing is done that was decided in other circumstances.

use std::collections::HashMap;

use portner_audit_log::{Event, Tx};
use portner_directory::Which;
use portner_domain::IdentityId;

use crate::client::{Done, Failure};
use crate::liaison::{BRAKE_WINDOW, Liaison};
use crate::plan::{Bond, Desired, Finding, IdentityPlan, Observed, Rules, State, Step, bodies};
use crate::store::{BondRow, SeenRow};
use crate::wire::{
    Activate, AllowSigning, Asked, EmployeeUuid, NonSensitive, RequestCredentials, RoleChange,
};
use crate::{Error, store};

/// No identity needs more: a right each, and some.
const STEPS_MAX: usize = 2_100;

/// How often an answer may be lost before the rest waits.
const LOST_MAX: u32 = 3;

/// What became of an identity.
#[derive(Debug)]
pub enum Settled {
    /// It is as it is to be, but for what a person has to look at.
    Done(Vec<Finding>),
    /// It would lose its login, and may not.
    Held,
    /// Something else than that is to be done first, and only that may be.
    Waits,
    /// Whether it was made is not clear before the other side is read again.
    Unclear,
    /// The other side did not do something.
    Failed {
        /// What.
        step: Step,
        /// Why.
        failure: Failure,
    },
}

/// What may be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum May {
    /// All that is planned.
    Anything,
    /// … unless it takes a login.
    LoseNothing,
    /// Only what takes a login, and what changes nothing there: while lists are on their way, nobody is made who then is on none of them.
    OnlyLose,
}

impl Liaison {
    /// Do what is planned for one, as far as it may be done.
    pub async fn settle(&self, of: IdentityId, may: May) -> Result<Settled, Error> {
        let (rules, mut lost, mut has_looked) = (self.rules().await?, 0, false);
        for _ in 0..STEPS_MAX {
            let page = self.mirror.personal.registered(Which::These(&[of])).await?;
            let Some(it) = page.first() else { return Ok(Settled::Done(Vec::new())) };
            let kept = self.mirror.bond(of).await?;
            let bonds = HashMap::from([(of, kept.clone())]);
            let plans = self.plans_with(&page, bonds, &rules).await?;
            let Some(IdentityPlan { steps, findings, .. }) = plans.into_iter().next() else {
                return Ok(Settled::Done(Vec::new()));
            };
            // Once is enough, until something else is asked for: what that did not tell is not to be had now.
            let Some(next) = steps.iter().find(|it| !has_looked || it.step != Step::Look).cloned() else {
                let is_unclear = findings.contains(&Finding::Unclear);
                return Ok(if is_unclear { Settled::Unclear } else { Settled::Done(findings) });
            };
            if may == May::LoseNothing && steps.iter().any(|it| it.step.loses()) {
                return Ok(Settled::Held);
            }
            let changes_nothing = matches!(next.step, Step::Look | Step::Adopt { .. } | Step::Forget);
            if may == May::OnlyLose && !next.step.loses() && !changes_nothing {
                return Ok(Settled::Waits);
            }
            let desired = self.desired(it, kept.bond);
            match self.take(&desired, &next.step, &rules).await? {
                Ok(()) => has_looked = next.step == Step::Look,
                // Whoever may not be used is suspended, however little is known of them.
                Err(_) if next.step == Step::Look && steps.iter().any(|it| it.step.loses()) => {
                    has_looked = true
                }
                Err(failure) if failure.may_be_done() && next.step == Step::Create => {
                    return Ok(Settled::Unclear);
                }
                // It is marked, so it is looked at first, and what then is to be done is.
                Err(failure) if failure.leaves_open() && next.step != Step::Look && lost < LOST_MAX => {
                    (lost, has_looked) = (lost + 1, false);
                }
                Err(failure) => return Ok(Settled::Failed { step: next.step, failure }),
            }
        }
        Err(Error::Endless)
    }

    async fn take(
        &self,
        desired: &Desired,
        step: &Step,
        rules: &Rules,
    ) -> Result<Result<(), Failure>, Error> {
        match (step, desired.bond.employee()) {
            (Step::Look, Some(employee)) => Ok(self.look(Some(desired.identity), employee).await?.map(drop)),
            (Step::Create, _) => self.create(desired, rules).await,
            (Step::Adopt { employee }, _) => self.adopt(desired, *employee, rules).await,
            (Step::Forget, employee) => {
                let is_done = self.forget(desired.identity, employee, Forget::Gone).await?;
                Ok(if is_done { Ok(()) } else { Err(Failure::Overtaken) })
            }
            (_, Some(employee)) => self.change(desired, employee, step, rules).await,
            (_, None) => Err(Error::Stored("bond")),
        }
    }

    /// What is about to be asked for is on record before it is: whoever comes after looks for it and does not ask again.
    async fn create(&self, desired: &Desired, rules: &Rules) -> Result<Result<(), Failure>, Error> {
        let identity = desired.identity;
        let Ok(body) = bodies::create(desired, &rules.quirks) else { return Err(Error::Stored("plan")) };
        let mut tx = self.begin().await?;
        let unsure = Bond::about_to_create(desired, rules.reading, &rules.quirks, tx.now());
        let row = self.mirror.bond_row(identity, &unsure, false)?;
        if !store::begin_bond(tx.write(asked(identity, None, &Step::Create)), &row).await? {
            return Ok(Err(Failure::Overtaken));
        }
        tx.commit().await?;
        let answer = self.client.create(&body).await;
        let mut tx = self.begin().await?;
        let told = answer.as_ref().ok().map(|made| made.employee_uuid);
        let conn = tx.write(answered(identity, told, &Step::Create, answer.as_ref().err()));
        match &answer {
            Ok(made) => {
                let seen = Observed::made(made.employee_uuid, desired, &rules.quirks);
                let row = self.mirror.bond_row(identity, &unsure.tied(&seen), false)?;
                // Somebody may have found out meanwhile that it is another: then this one is nobody's.
                store::tie_bond(conn, &row, Some(rules.reading)).await?;
                store::put_seen(conn, &self.mirror.seen_row(&seen)?).await?;
            }
            Err(failure) if failure.may_be_done() => {}
            Err(_) => drop(store::delete_bond(conn, identity, None).await?),
        }
        tx.commit().await?;
        Ok(answer.map(drop))
    }

    /// Whoever decided at the same moment who it is goes first.
    async fn adopt(
        &self,
        desired: &Desired,
        employee: EmployeeUuid,
        rules: &Rules,
    ) -> Result<Result<(), Failure>, Error> {
        let seen = self.mirror.seen(&[employee]).await?;
        let Some((seen, None)) = seen.get(&employee) else { return Ok(Err(Failure::Overtaken)) };
        let bond = met(desired.bond.tied(seen), desired, seen, rules);
        let row = self.mirror.bond_row(desired.identity, &bond, false)?;
        let mut tx = self.begin().await?;
        let event = Event::SyncTied { identity: desired.identity, employee: employee.to_string(), why: None };
        if !store::tie_bond(tx.write(event), &row, desired.bond.unsure_since()).await? {
            return Ok(Err(Failure::Overtaken));
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    pub(crate) async fn forget(
        &self,
        identity: IdentityId,
        employee: Option<EmployeeUuid>,
        as_it: Forget<'_>,
    ) -> Result<bool, Error> {
        let why = match as_it {
            Forget::Another { why } => why.map(str::to_owned),
            Forget::Gone => None,
        };
        let mut tx = self.begin().await?;
        let employee_text = employee.map(|it| it.to_string());
        let conn = tx.write(Event::SyncUntied { identity, employee: employee_text, why });
        if !store::delete_bond(conn, identity, employee).await? {
            return Ok(false);
        }
        if let Some(employee) = employee.filter(|_| as_it == Forget::Gone) {
            store::delete_seen(conn, employee).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Everything that is done to one that is there.
    async fn change(
        &self,
        desired: &Desired,
        employee: EmployeeUuid,
        step: &Step,
        rules: &Rules,
    ) -> Result<Result<(), Failure>, Error> {
        let identity = desired.identity;
        let intent = self.intent(desired, step, rules)?;
        let mut tx = self.begin().await?;
        let now = tx.now();
        let conn = tx.write(asked(identity, Some(employee), step));
        // A loss passes a mark: what was never answered does not keep anybody's login alive.
        if !store::mark_bond(conn, identity, employee, step.loses()).await? {
            return Ok(Err(Failure::Overtaken));
        }
        if step.loses() {
            store::put_loss(conn, identity, false, now, BRAKE_WINDOW).await?;
        }
        if let Some(intent) = &intent {
            store::renew_bond(conn, intent).await?;
        }
        tx.commit().await?;
        let answer = self.say(desired, employee, step, rules).await?;
        let kept = self.kept_after(desired, employee, (step, &answer), rules).await?;
        let mut tx = self.begin().await?;
        let conn = tx.write(answered(identity, Some(employee), step, answer.as_ref().err()));
        match kept {
            After::Unclear => {}
            After::Gone => {
                store::delete_bond(conn, identity, Some(employee)).await?;
                store::delete_seen(conn, employee).await?;
            }
            After::There(it) => {
                let (bond, seen) = &*it;
                // Somebody may have found out meanwhile that they are not one.
                store::renew_bond(conn, bond).await?;
                store::put_seen(conn, seen).await?;
            }
        }
        tx.commit().await?;
        Ok(match (step, answer) {
            (Step::RevokePrivateMitId { .. }, Ok(_)) | (_, Ok(Done::Done)) => Ok(()),
            // It seems not to be there: it is marked, and looked at next.
            (_, Ok(Done::NotThere)) => Err(Failure::NotThere),
            (_, Err(failure)) => Err(failure),
        })
    }

    /// That we suspend is said before it is: whoever finds it suspended after a lost answer knows that it was us.
    fn intent(&self, desired: &Desired, step: &Step, rules: &Rules) -> Result<Option<BondRow>, Error> {
        let mut bond = desired.bond.clone();
        match (&mut bond, step) {
            (Bond::With { agreed, .. }, Step::Suspend) => agreed.said(step, desired, &rules.quirks),
            _ => return Ok(None),
        }
        self.mirror.bond_row(desired.identity, &bond, true).map(Some)
    }

    async fn say(
        &self,
        desired: &Desired,
        who: EmployeeUuid,
        step: &Step,
        rules: &Rules,
    ) -> Result<Result<Done, Failure>, Error> {
        let client = &self.client;
        let profile = || bodies::profile(desired, &rules.quirks).map_err(|_| Error::Stored("plan"));
        let said = match step {
            Step::Suspend => return Ok(client.suspend(who).await),
            Step::Delete => return Ok(client.delete(who).await),
            Step::RevokePrivateMitId { authenticator } => {
                return Ok(client.revoke_credential(who, *authenticator).await);
            }
            Step::DescribeDraft => client.describe_draft(who, &profile()?).await,
            Step::ChangeProfile => client.change_profile(who, &profile()?).await,
            Step::OrderActivation => {
                let local = desired.model.has_local_idp().then_some(Asked::LocalIdentityProvider);
                let kind = local.unwrap_or(Asked::PrivateNemIdMitId);
                let order = Activate { authenticator_setting_types: vec![kind], user_uuids: vec![who] };
                client.order_activation(&order).await
            }
            Step::ChangeEmail => {
                let email = desired.person.email.as_deref().unwrap_or_default().trim();
                client.change_email(who, &NonSensitive { email_address: email.to_owned() }).await
            }
            Step::SetLocalName => {
                let name = desired.local_name().unwrap_or_default().to_owned();
                client.request_credentials(who, &RequestCredentials::local(name)).await
            }
            Step::AllowPrivateMitId => client.request_credentials(who, &RequestCredentials::private()).await,
            Step::Reactivate => client.reactivate(who).await,
            Step::AllowSigning { allowed } => {
                client.allow_signing(who, AllowSigning { allow_signing: *allowed }).await
            }
            Step::GiveRight { right } | Step::TakeRight { right } => {
                let change = RoleChange { scope: right.scope.clone(), role_uuids: vec![right.role] };
                match step {
                    Step::GiveRight { .. } => client.give(who, &change).await,
                    _ => client.take(who, &change).await,
                }
            }
            Step::Look | Step::Create | Step::Adopt { .. } | Step::Forget => {
                return Err(Error::Stored("plan"));
            }
        };
        Ok(said.map(|()| Done::Done))
    }

    /// What is on record after an answer.
    async fn kept_after(
        &self,
        desired: &Desired,
        employee: EmployeeUuid,
        (step, answer): (&Step, &Result<Done, Failure>),
        rules: &Rules,
    ) -> Result<After, Error> {
        let (mut bond, mut seen) = (desired.bond.clone(), self.known(employee).await?);
        match (step, answer) {
            (Step::Delete, Ok(Done::Done)) => return Ok(After::Gone),
            (Step::RevokePrivateMitId { .. }, Ok(_)) | (_, Ok(Done::Done)) => {
                seen.done(step, desired);
                if let Bond::With { agreed, .. } = &mut bond {
                    agreed.said(step, desired, &rules.quirks);
                }
            }
            // One answer is too little to forget somebody by: it is asked for by its UUID first.
            (_, Ok(Done::NotThere) | Err(Failure::NotThere)) => return Ok(After::Unclear),
            (_, Err(failure)) if failure.may_be_done() || failure.is_about_its_state() => {
                return Ok(After::Unclear);
            }
            (_, Err(_)) => {}
        }
        let bond = self.mirror.bond_row(desired.identity, &bond, false)?;
        Ok(After::There(Box::new((bond, self.mirror.seen_row(&seen)?))))
    }

    /// Look at one alone, and write down what there is.
    pub(crate) async fn look(
        &self,
        whose: Option<IdentityId>,
        employee: EmployeeUuid,
    ) -> Result<Result<Observed, Failure>, Error> {
        let before = self.known(employee).await?;
        let seen = match self.seen_now(before).await {
            Ok(seen) => seen,
            Err(failure) => return Ok(Err(failure)),
        };
        let bond = match whose {
            Some(identity) => self.met_now(identity, &seen).await?,
            None => None,
        };
        let row = self.mirror.seen_row(&seen)?;
        let mut tx = self.begin().await?;
        let conn = tx.write(Event::SyncSeen { identity: whose, employee: employee.to_string() });
        store::put_seen(conn, &row).await?;
        if let Some(bond) = &bond {
            store::renew_bond(conn, bond).await?;
        }
        tx.commit().await?;
        Ok(Ok(seen))
    }

    /// What both sides have in common, if it is still tied to this one.
    async fn met_now(&self, identity: IdentityId, seen: &Observed) -> Result<Option<BondRow>, Error> {
        let page = self.mirror.personal.registered(Which::These(&[identity])).await?;
        let mut bond = self.mirror.bond(identity).await?.bond;
        if bond.employee() != Some(seen.employee) {
            return Ok(None);
        }
        if let Some(it) = page.first() {
            let desired = self.desired(it, bond.clone());
            bond = met(bond, &desired, seen, &self.rules().await?);
        }
        self.mirror.bond_row(identity, &bond, false).map(Some)
    }

    async fn seen_now(&self, before: Observed) -> Result<Observed, Failure> {
        let (who, was_draft) = (before.employee, before.state == State::Draft);
        let mut seen = match self.client.read(who).await {
            Ok(employee) => before.with_employee(&employee),
            Err(Failure::NotThere) => return Ok(Observed { state: State::Gone, ..before }),
            Err(failure) => return Err(failure),
        };
        // That one is imported and not in use is told by a list of its own only.
        if was_draft && !matches!(seen.state, State::Active | State::Suspended) {
            seen.state = State::Draft;
        }
        seen = match self.client.authenticators(who).await {
            Ok(held) => seen.with_authenticators(&held),
            Err(failure) => return Err(failure),
        };
        if self.scheme.roles.is_empty() {
            return Ok(seen);
        }
        Ok(match self.client.rights(who).await {
            Ok(held) => seen.with_rights(&held),
            // Rights wait for better times; whether somebody may be in use does not.
            Err(_) => Observed { rights: None, ..seen },
        })
    }

    async fn known(&self, employee: EmployeeUuid) -> Result<Observed, Error> {
        let mut seen = self.mirror.seen(&[employee]).await?;
        Ok(seen.remove(&employee).map_or_else(|| Observed::unread(employee), |(seen, _)| seen))
    }

    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        Ok(self.mirror.log.begin(self.actor.clone()).await?)
    }
}

/// Why ours and one there are no longer one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Forget<'a> {
    /// It is not there any more, and nothing is kept of it.
    Gone,
    /// It is not theirs, as a person found out.
    Another {
        /// By what, if they said so.
        why: Option<&'a str>,
    },
}

/// What is on record of one there after it was asked for something.
enum After {
    /// It is not clear what was done: it stays marked, and is looked at first.
    Unclear,
    /// There is none any more.
    Gone,
    /// It is there, so.
    There(Box<(BondRow, SeenRow)>),
}

/// What both have in common is agreed upon.
pub(crate) fn met(mut bond: Bond, desired: &Desired, seen: &Observed, rules: &Rules) -> Bond {
    if let Bond::With { agreed, .. } = &mut bond {
        agreed.met(desired, seen, &rules.quirks);
    }
    bond
}

fn asked(identity: IdentityId, employee: Option<EmployeeUuid>, step: &Step) -> Event {
    Event::SyncAsked { identity, employee: employee.map(|it| it.to_string()), step: step.to_string() }
}

fn answered(
    identity: IdentityId,
    employee: Option<EmployeeUuid>,
    step: &Step,
    failure: Option<&Failure>,
) -> Event {
    Event::SyncAnswered {
        identity,
        employee: employee.map(|it| it.to_string()),
        step: step.to_string(),
        failure: failure.map(Failure::brief),
    }
}
