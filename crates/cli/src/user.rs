//! `portner user …`: users.

mod import;
pub mod invite;

use std::io::BufRead;
use std::process::ExitCode;

use portner_audit_log::{Database, Tx};
use portner_authenticators::invitation::{INVITATION_LIFE_MAX, invite as make_invitation};
use portner_authenticators::{HashedPassword, Owner, Password, Reopening, TotpSecret};
use portner_directory::{
    NewEmployee, end_sessions, grant_right, join, leave, lift_all, lock, name_organisation, record_proofing,
    register, withdraw_right,
};
use portner_domain::assurance::within_reach;
use portner_domain::authenticator::Ceremony;
use portner_domain::identity::{Employment, Identity, Standing, UserName};
use portner_domain::life::{Admission, Lifter, Locker};
use portner_domain::proofing::{Evidence, Proofing};
use portner_domain::right::{Constraints, Right};
use portner_domain::session::Limits;
use portner_domain::{Clock, Entropy, IdentityId, Level};
use portner_federation::standing_of_name;
use portner_web::Language;
use zeroize::Zeroizing;

use crate::args::{AddUser, Entitlement, Reasoned, User};
use crate::config::Config;
use crate::done;
use crate::node::{Node, current_database, log, operator};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::say;

/// Random bytes of a password that is made here: in letters of 5 bits they are 100 bits in 20. More where passwords
/// have to be longer.
const PASSWORD_BYTES: usize = 13;

/// Do what the command says.
pub async fn run(config: &Config, command: User) -> Result<ExitCode, Problem> {
    match command {
        User::Add(wishes) => add_user(config, &wishes).await,
        User::Invite(wishes) => invite::invite(config, &wishes).await,
        User::Proof(wishes) => invite::proof(config, &wishes).await,
        User::Show(named) => show(config, &named.user_name).await,
        User::Lock(reasoned) => {
            let (mut tx, identity) = change(config, &reasoned.user_name).await?;
            lock(&mut tx, identity, Locker::Administrator, &reasoned.why).await??;
            tx.commit().await?;
            Ok(done(&format!("{} is locked; their sessions are over", reasoned.user_name)))
        }
        User::Unlock(reasoned) => {
            let (mut tx, identity) = change(config, &reasoned.user_name).await?;
            let database = current_database(config).await?;
            lift_all(&database, &mut tx, identity, Lifter::Operator, &reasoned.why).await??;
            tx.commit().await?;
            Ok(done(&format!("{} can log in again", reasoned.user_name)))
        }
        User::Logout(reasoned) => {
            let (mut tx, identity) = change(config, &reasoned.user_name).await?;
            end_sessions(&mut tx, identity, &reasoned.why).await??;
            tx.commit().await?;
            Ok(done(&format!("the sessions of {} are over", reasoned.user_name)))
        }
        User::UnlockFactors(reasoned) => unlock_factors(config, &reasoned).await,
        User::ImportPasswords(wishes) => import::import(config, &wishes).await,
        User::Join(it) => {
            let (mut tx, identity) = change(config, &it.user_name).await?;
            join(&mut tx, identity, &it.group).await??;
            tx.commit().await?;
            Ok(done(&format!("{} belongs to {}", it.user_name, it.group.as_str())))
        }
        User::Leave(it) => {
            let (mut tx, identity) = change(config, &it.user_name).await?;
            leave(&mut tx, identity, &it.group).await??;
            tx.commit().await?;
            Ok(done(&format!("{} belongs to {} no more", it.user_name, it.group.as_str())))
        }
        User::Grant(it) => {
            let (mut tx, identity) = change(config, &it.user_name).await?;
            grant_right(&mut tx, identity, &right(&it)?).await??;
            tx.commit().await?;
            Ok(done(&format!("{} has the right {}", it.user_name, right(&it)?)))
        }
        User::Withdraw(it) => {
            let (mut tx, identity) = change(config, &it.user_name).await?;
            withdraw_right(&mut tx, identity, &right(&it)?).await??;
            tx.commit().await?;
            Ok(done(&format!("{} has the right {} no more", it.user_name, right(&it)?)))
        }
    }
}

async fn unlock_factors(config: &Config, reasoned: &Reasoned) -> Result<ExitCode, Problem> {
    let node = Node::open(config, 1).await?;
    let name = &reasoned.user_name;
    let identity = known(standing_of_name(node.log.database(), name).await?, name)?.identity.id;
    let why = Reopening::Support(reasoned.why.clone());
    node.authenticators.reopen(operator(), identity, why).await?;
    Ok(done(&format!("the attempts of {name} are looked at again")))
}

fn right(it: &Entitlement) -> Result<Right, Problem> {
    let constraints = Constraints::try_from(it.constraints.clone())?;
    Ok(Right { privilege: it.privilege.clone(), scope: it.scope.clone(), constraints })
}

/// Begin to change what is on record about somebody.
pub async fn change(config: &Config, name: &UserName) -> Result<(Tx, IdentityId), Problem> {
    let database = current_database(config).await?;
    let standing = known(standing_of_name(&database, name).await?, name)?;
    Ok((log(database).begin(operator()).await?, standing.identity.id))
}

pub fn known(standing: Option<Standing>, name: &UserName) -> Result<Standing, Problem> {
    standing.ok_or_else(|| Problem::new(format!("there is no user {name}; check the spelling")))
}

/// What a new user logs in with.
struct Means {
    /// None for those whose password the directory of the network knows.
    password: Option<Zeroizing<String>>,
    secret: Option<TotpSecret>,
}

async fn add_user(config: &Config, wishes: &AddUser) -> Result<ExitCode, Problem> {
    if wishes.invite {
        return add_and_invite(config, wishes).await;
    }
    let node = Node::open(config, 1).await?;
    let means = means(wishes, node.authenticators.rules().chars_min())?;
    let hashed = match &means.password {
        Some(password) => Some(hashed(&node, wishes, password).await?),
        None => None,
    };
    let mut tx = node.log.begin(operator()).await?;
    let (identity, proofing) = registered(config, wishes, node.log.database(), &mut tx).await?;
    // What is bound in the same process as the proofing is worth what the proofing is worth, and no more.
    let ceremony =
        proofing.map_or(Ceremony::Unvouched, |proofing| Ceremony::WithProofing(proofing.evidence.level()));
    if let Some(password) = &hashed {
        node.authenticators.bind_password(&mut tx, identity.id, password, ceremony).await?;
    }
    if let Some(secret) = &means.secret {
        node.authenticators.bind_totp(&mut tx, identity.id, secret, ceremony).await?;
    }
    tx.commit().await?;
    tell(wishes, &means)
}

/// Somebody who chooses for themselves what to log in with.
async fn add_and_invite(config: &Config, wishes: &AddUser) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    let mut tx = log(database.clone()).begin(operator()).await?;
    let (identity, proofing) = registered(config, wishes, &database, &mut tx).await?;
    let made = make_invitation(&mut tx, &RealEntropy, identity.id, proofing.as_ref(), INVITATION_LIFE_MAX);
    let made = made.await??;
    tx.commit().await?;
    if !wishes.json {
        say(&format!("registered {}", wishes.user_name));
    }
    let told =
        invite::Told { user_name: &wishes.user_name, proofings: proofing.as_slice(), json: wishes.json };
    told.code(config, &made)
}

async fn hashed(node: &Node, wishes: &AddUser, password: &str) -> Result<HashedPassword, Problem> {
    let password = Password::typed(password)?;
    let email = wishes.email.as_deref().unwrap_or_default();
    let owner = Owner::called([wishes.user_name.as_str(), &wishes.first_name, &wishes.last_name, email]);
    node.authenticators.choose_first_password(&owner, &password).await?.map_err(|weakness| {
        let least = node.authenticators.rules().chars_min();
        Problem::new(format!("{weakness} (at least {least} characters)"))
    })
}

/// Who they are, and how that was checked, if it was.
async fn registered(
    config: &Config,
    wishes: &AddUser,
    database: &Database,
    tx: &mut Tx,
) -> Result<(Identity, Option<Proofing>), Problem> {
    let organisation = &config.organisation;
    name_organisation(database, tx, &organisation.cvr, &organisation.name).await?;
    let employment = match &wishes.employment_source {
        Some(source) => Employment::Verified { source: source.clone() },
        None => Employment::Entered,
    };
    let employee = NewEmployee {
        user_name: wishes.user_name.clone(),
        first_name: wishes.first_name.clone(),
        last_name: wishes.last_name.clone(),
        email: wishes.email.clone(),
        cvr: organisation.cvr.clone(),
        employment,
        admission: Admission::Permitted,
    };
    let identity = register(tx, &RealEntropy, &employee).await??;
    let proofing = match evidence(&wishes.route) {
        Some(evidence) => Some(record_proofing(tx, &RealEntropy, identity.person, evidence).await?),
        None => None,
    };
    Ok((identity, proofing))
}

/// The evidence that a route stands for at the command line, at the level that the route is named after.
fn evidence(route: &str) -> Option<Evidence> {
    match route {
        "R1" => Some(Evidence::Register),
        "R2" => Some(Evidence::DigitalPost),
        "R3" => Some(Evidence::PrivateMitId { ial: Level::Substantial, aal: Level::Substantial }),
        "R4" => Some(Evidence::PrivateMitId { ial: Level::High, aal: Level::High }),
        "R5" => Some(Evidence::ProfessionalMitId { ial: Level::Substantial }),
        "R6" => Some(Evidence::PassportChip),
        "R7" => Some(Evidence::InPerson),
        "R8" => Some(Evidence::InPersonByTwo),
        _ => None,
    }
}

fn means(wishes: &AddUser, chars_min: usize) -> Result<Means, Problem> {
    let mut lines = std::io::stdin().lock().lines();
    let mut line = |what: &str| match lines.next() {
        Some(Ok(line)) => Ok(Zeroizing::new(line)),
        _ => Err(Problem::new(format!("standard input ended before the {what}; give it a line of its own"))),
    };
    let password = match (wishes.no_password, wishes.password_stdin) {
        (true, _) => None,
        (false, true) => Some(line("password")?),
        (false, false) => Some(new_password(chars_min)),
    };
    let secret = match (wishes.no_totp, wishes.totp_stdin) {
        (true, _) => None,
        (false, true) => Some(TotpSecret::from_base32(&line("one-time code secret")?)?),
        (false, false) => Some(TotpSecret::generate(&RealEntropy)),
    };
    Ok(Means { password, secret })
}

fn new_password(chars_min: usize) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(vec![0_u8; PASSWORD_BYTES.max((chars_min * 5).div_ceil(8))]);
    RealEntropy.fill(&mut bytes);
    let letters = Zeroizing::new(data_encoding::BASE32_NOPAD.encode(&bytes).to_lowercase());
    let groups: Vec<String> =
        letters.as_bytes().chunks(5).map(|five| String::from_utf8_lossy(five).into_owned()).collect();
    Zeroizing::new(groups.join("-"))
}

/// What was read from standard input is not said again.
fn tell(wishes: &AddUser, means: &Means) -> Result<ExitCode, Problem> {
    let secret = means.secret.as_ref().map(TotpSecret::expose);
    let password = means.password.as_ref().filter(|_| !wishes.password_stdin).map(|it| it.as_str());
    let secret = secret.as_ref().filter(|_| !wishes.totp_stdin).map(|secret| secret.as_str());
    if wishes.json {
        let told = serde_json::json!({
            "user_name": wishes.user_name.as_str(), "password": password, "totp_secret": secret,
        });
        return Ok(done(&told.to_string()));
    }
    say(&format!("registered {}", wishes.user_name));
    if let Some(password) = password {
        say(&format!("password              {password}"));
    }
    if let Some(secret) = secret {
        say(&format!("one-time code secret  {secret}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(config: &Config, name: &UserName) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    let standing = known(standing_of_name(&database, name).await?, name)?;
    let identity = &standing.identity;
    let reach = within_reach(&standing, config.notified(), &Limits::NSIS, RealClock.now());
    say(&format!("user name      {}", identity.user_name));
    say(&format!("name           {}", crate::say::printable(&identity.full_name())));
    say(&format!("organisation   {} ({})", identity.organisation, identity.cvr.as_str()));
    say(&format!("subjectNameId  {}", identity.subject_name_id()));
    say(&format!("state          {}", identity.state.word()));
    for bound in &standing.authenticators {
        let level = bound.registered.map_or("no level", Level::word);
        say(&format!("authenticator  {} ({level})", bound.kind.word()));
    }
    for proofing in &standing.proofings {
        let level = proofing.level(RealClock.now()).map_or("withdrawn", Level::word);
        let route = proofing.evidence.route();
        say(&format!("proofing       {} {route} ({level}) {}", proofing.id, proofing.at));
    }
    let holdings = standing.holdings.unwrap_or_default();
    for group in &holdings.groups {
        say(&format!("group          {}", group.as_str()));
    }
    for right in &holdings.rights {
        say(&format!("right          {right}"));
    }
    say(&format!("can reach      {}", reach.loa.map_or("no level", Level::word)));
    for reason in &reach.because {
        say(&format!("  because      {}", Language::English.explain(reason)));
    }
    Ok(ExitCode::SUCCESS)
}
