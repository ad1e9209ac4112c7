//! `portner user invite` and `proof`: how somebody comes to a login of their own.

use std::process::ExitCode;

use portner_authenticators::PaperCode;
use portner_authenticators::invitation::{INVITATION_LIFE_MAX, Invitation, invite as make};
use portner_directory::record_proofing;
use portner_domain::authenticator::Ceremony;
use portner_domain::identity::{Standing, UserName};
use portner_domain::proofing::Proofing;
use portner_domain::{Clock, Millis, Moment, ProofingId};
use portner_federation::standing_of_name;

use super::{evidence, known};
use crate::args::{Invite, Proof};
use crate::config::Config;
use crate::done;
use crate::node::{current_database, log, operator};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::say;

/// Invite somebody, and print the code this once.
pub async fn invite(config: &Config, wishes: &Invite) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    let standing = known(standing_of_name(&database, &wishes.user_name).await?, &wishes.user_name)?;
    let proofing = wishes.with_proofing.map(|id| of(&standing, id)).transpose()?;
    let mut tx = log(database).begin(operator()).await?;
    let life = Millis::hours(wishes.hours);
    let made = make(&mut tx, &RealEntropy, standing.identity.id, proofing, life).await??;
    tx.commit().await?;
    let told = Told { user_name: &wishes.user_name, proofings: &standing.proofings, json: wishes.json };
    told.code(config, &made)
}

/// How an invitation is told of.
pub struct Told<'a> {
    /// Who is invited.
    pub user_name: &'a UserName,
    /// What vouches for them.
    pub proofings: &'a [Proofing],
    /// As JSON?
    pub json: bool,
}

impl Told<'_> {
    /// The code, which nobody can read again, and what it is worth.
    pub fn code(
        &self,
        config: &Config,
        (invitation, code): &(Invitation, PaperCode),
    ) -> Result<ExitCode, Problem> {
        let (code, origin) = (code.expose(), config.public().map_err(Problem::new)?.origin);
        let link = format!("{origin}/welcome/{}", *code);
        let level = match invitation.ceremony(self.proofings, RealClock.now()) {
            Ceremony::WithProofing(level) => Some(level.word()),
            Ceremony::InSession(_) | Ceremony::Unvouched => None,
        };
        if self.json {
            let (user_name, expires) = (self.user_name.as_str(), invitation.expires.xs_date_time());
            let told = serde_json::json!({
                "user_name": user_name, "code": *code, "link": link, "expires": expires, "level": level,
            });
            return Ok(done(&told.to_string()));
        }
        say(&format!("code    {}", *code));
        say(&format!("link    {link}"));
        say(&format!("or type the code at {origin}/welcome"));
        say(&format!(
            "works until {}; earlier invitations of {} work no more",
            invitation.expires, self.user_name
        ));
        say(match level {
            Some(_) => {
                "hand it over in person now, to whom the proofing is about: what is bound with it carries its level"
            }
            None => "what is bound with it carries no level, because nobody vouches for who uses it",
        });
        Ok(ExitCode::SUCCESS)
    }
}

/// Record a proofing, and print its name.
pub async fn proof(config: &Config, wishes: &Proof) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    let standing = known(standing_of_name(&database, &wishes.user_name).await?, &wishes.user_name)?;
    let evidence = evidence(&wishes.route).ok_or_else(|| Problem::new("there is no such route"))?;
    let mut tx = log(database).begin(operator()).await?;
    let proofing = record_proofing(&mut tx, &RealEntropy, standing.identity.person, evidence).await?;
    tx.commit().await?;
    Ok(done(&format!("proofing  {} ({})", proofing.id, proofing.evidence.level().word())))
}

/// What is handed over with a proofing comes to somebody so.
pub fn ceremony(standing: &Standing, with: Option<ProofingId>, now: Moment) -> Result<Ceremony, Problem> {
    let Some(proofing) = with.map(|id| of(standing, id)).transpose()? else { return Ok(Ceremony::Unvouched) };
    let fresh = now.age_of(proofing.at).is_some_and(|age| age < INVITATION_LIFE_MAX);
    match proofing.level(now).filter(|_| fresh) {
        Some(level) => Ok(Ceremony::WithProofing(level)),
        None => {
            Err(Problem::new("the proofing is older than 48 hours, or withdrawn; proof the person again"))
        }
    }
}

fn of(standing: &Standing, id: ProofingId) -> Result<&Proofing, Problem> {
    standing.proofings.iter().find(|proofing| proofing.id == id).ok_or_else(|| {
        Problem::new("that is no proofing of this person; `portner user show` says which there are")
    })
}
