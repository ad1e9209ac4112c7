//! What is said about keys: all of them, and what an activation would do.

use std::process::ExitCode;

use portner_domain::Moment;
use portner_domain::signing_key::{
    ANNOUNCED_MIN, KeyState, Pin, Urgency, activate as may_activate, days_left, signs_for,
};
use portner_federation::keys::life::{Record, Recorded, date};
use portner_federation::registry::all;
use portner_federation::{Registered, SpState};

use super::{Office, say_steps};
use crate::done;
use crate::node::{audit_signer, configured_key};
use crate::problem::Problem;
use crate::say::{printable, say};

impl Office<'_> {
    pub(super) async fn list(&self) -> Result<ExitCode, Problem> {
        let (record, now) = (self.record().await?, self.log.now());
        let sps = all(self.log.database()).await?;
        for key in &record.keys {
            say_key(key, now);
            let pinned = record.pins.iter().filter(|pin| pin.key == key.life.id && pin.stands(now));
            for pin in pinned {
                say(&format!("          pinned: {} {}", name_of(&sps, pin), until(pin)));
            }
        }
        if record.keys.is_empty() {
            let (certificate, _) = configured_key(self.config)?;
            say(&format!("signing   {} (configured; active from the first start)", certificate.key_id()));
            say(&format!("          {}", certificate.fingerprint()));
        }
        Ok(done(&format!("audit     {}", audit_signer(self.config)?.key())))
    }

    /// Say what activation would do, and what speaks against it.
    pub(super) async fn rehearse(&self, urgency: Urgency) -> Result<ExitCode, Problem> {
        let (record, now) = (self.record().await?, self.log.now());
        let lives = record.lives();
        // Forced, the steps are known whether or not it is time.
        let steps = may_activate(&lives, Urgency::Forced, now)?;
        let mut after = lives.clone();
        for (step, life) in steps.iter().flat_map(|step| {
            let fitting = lives.iter().position(|life| life.id == step.key);
            fitting.map(|place| (step, place))
        }) {
            if let Some(life) = after.get_mut(life) {
                life.state = step.to;
            }
        }
        say("nothing is changed; `portner key activate` would do this:");
        say_steps(&steps);
        let next = record.keys.iter().find(|key| key.life.state == KeyState::Next);
        let announced = next.map_or(now, |key| key.life.announced);
        for sp in all(self.log.database()).await? {
            let key = |lives: &[_]| signs_for(lives, &record.pins, sp.id, now).map(|life| life.id.clone());
            let (Some(before), Some(then)) = (key(&lives), key(&after)) else { continue };
            let remark = remark(&sp, &record, (&before, &then), (announced, now));
            say(&format!("  {}: {remark}", printable(&sp.metadata.entity_id)));
        }
        Ok(done(&match may_activate(&lives, urgency, now) {
            Ok(_) => "nothing speaks against it".to_owned(),
            Err(refusal) => format!("it would be refused: {refusal}"),
        }))
    }
}

fn say_key(key: &Recorded, now: Moment) {
    let (life, certificate) = (&key.life, &key.certificate);
    let left = days_left(life.not_after, now);
    say(&format!("signing   {} {} since {}", life.id, life.state.word(), date(life.since)));
    say(&format!("          {}", certificate.fingerprint()));
    say(&format!("          {}", printable(certificate.subject())));
    say(&format!("          {} to {}: {left} days left", date(life.not_before), date(life.not_after)));
    say(&format!("          {}", key.place));
}

fn name_of(sps: &[Registered], pin: &Pin) -> String {
    let sp = sps.iter().find(|sp| sp.id == pin.service_provider);
    sp.map_or_else(|| pin.service_provider.to_string(), |sp| printable(&sp.metadata.entity_id))
}

fn until(pin: &Pin) -> String {
    pin.until.map_or("until further notice".to_owned(), |until| format!("until {}", date(until)))
}

/// What activation is for one service provider, and what it may not know.
fn remark(
    sp: &Registered,
    record: &Record,
    (before, then): (&str, &str),
    (announced, now): (Moment, Moment),
) -> String {
    if sp.state == SpState::Disabled {
        return "gets no answers".to_owned();
    }
    if before == then {
        let pin = record.pins.iter().find(|pin| pin.service_provider == sp.id && pin.stands(now));
        return format!("stays with {before} {}", pin.map(until).unwrap_or_default());
    }
    let day = date(announced);
    let doubt = if sp.policy.profile == "nemlog-in" {
        format!("takes a file: was one of {day} or later uploaded in MitID Erhverv?")
    } else if now.since(announced).is_none_or(|age| age < ANNOUNCED_MIN) {
        format!("can't have read it everywhere: published {announced} only")
    } else {
        format!("has it if it reads our metadata, or was given a file, since {day}; if not, pin it")
    };
    format!("goes from {before} to {then}; {doubt}")
}
