//! `portner sync …`: MitID Erhverv, and the same by itself while `portner serve` runs.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use portner_audit_log::Actor;
use portner_directory::by_user_name;
use portner_domain::identity::UserName;
use portner_domain::{Clock, IdentityId, Millis, Moment, Reference};
use portner_sync::client::{Client, Pair};
use portner_sync::plan::{IdentityPlan, Survey};
use portner_sync::wire::EmployeeUuid;
use portner_sync::{CaughtUp, Depth, Follower, Liaison, Losing, Mode, NotDone, Parts, Read, ReadBy, Status};
use tokio::sync::watch;

use crate::args::Sync;
use crate::config::{Config, MitIdErhverv};
use crate::done;
use crate::node::{Node, envelope, operator};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::{printable, say};
use crate::serve::until;

/// How often it is measured how long certificates last.
const BETWEEN_MEASURES: Millis = Millis::hours(1);

/// Do what the command says.
pub async fn run(config: &Config, command: Sync) -> Result<ExitCode, Problem> {
    let section = config.mitid_erhverv.as_ref().ok_or_else(|| {
        Problem::new("the configuration has no [mitid_erhverv]; docs/how-to/connect-mitid-erhverv.md says how to begin")
    })?;
    let node = Node::open(config, 1).await?;
    let liaison = liaison(config, section, &node, operator())?;
    match command {
        Sync::Status => tell_status(&liaison).await,
        Sync::Read { list_only } => read(follower(config, section, &liaison)?, list_only).await,
        Sync::Plan { json } => plan(&liaison, json).await,
        Sync::Apply { approve } => apply(config, section, &liaison, approve.as_deref()).await,
        Sync::Approve { digest } => {
            let many = let_go(&liaison, &digest).await?;
            Ok(done(&format!("{many} may lose their login in MitID Erhverv within a day")))
        }
        Sync::Live => set_mode(&liaison, Mode::Live).await,
        Sync::DryRun => set_mode(&liaison, Mode::DryRun).await,
        Sync::Pause => set_mode(&liaison, Mode::Paused).await,
        Sync::Tie { user_name, employee } => {
            let identity = identity(&node, &user_name).await?;
            liaison.tie(identity, EmployeeUuid(employee), None).await??;
            Ok(done(&format!("{user_name} is {employee} from now on; `portner sync plan` says what follows")))
        }
        Sync::Untie { user_name } => {
            let was_tied = liaison.untie(identity(&node, &user_name).await?, None).await??;
            let nothing = "is tied to nobody in MitID Erhverv";
            let gone = "is tied to nobody in MitID Erhverv any more; nothing was said there";
            Ok(done(&format!("{user_name} {}", if was_tied { gone } else { nothing })))
        }
    }
}

/// What stands between the directory and MitID Erhverv.
pub fn liaison(
    config: &Config,
    section: &MitIdErhverv,
    node: &Node,
    actor: Actor,
) -> Result<Liaison, Problem> {
    let (data, cvr) = (&config.storage.data, &config.organisation.cvr);
    let settings = section.client(data).map_err(Problem::new)?;
    let client = Client::new(settings, Arc::new(RealClock), Arc::new(RealEntropy))?;
    Ok(Liaison::new(Parts {
        actor,
        log: node.log.clone(),
        volatile: Arc::clone(&node.volatile),
        personal: node.personal.clone(),
        envelope: Arc::new(envelope(config)?),
        entropy: Arc::new(RealEntropy),
        client: Arc::new(client),
        scheme: section.scheme(cvr, config.nsis.scheme_level).map_err(Problem::new)?,
    }))
}

/// Keep in step until it is to stop, if there is anything to keep in step with.
pub async fn follow(config: Config, node: Arc<Node>, stopping: watch::Receiver<bool>) {
    let Some(section) = &config.mitid_erhverv else { return };
    let made = liaison(&config, section, &node, Actor::system("sync"))
        .and_then(|liaison| Ok((follower(&config, section, &liaison)?, liaison)));
    match made {
        Ok((follower, liaison)) => {
            let measuring = async {
                loop {
                    measure(liaison.client().pairs());
                    tokio::time::sleep(BETWEEN_MEASURES.as_duration()).await;
                }
            };
            tokio::select! { () = follower.run(until(stopping)) => {}, () = measuring => {} }
        }
        Err(problem) => tracing::error!("MitID Erhverv is not kept in step: {problem}"),
    }
}

fn follower(config: &Config, section: &MitIdErhverv, liaison: &Liaison) -> Result<Follower, Problem> {
    let name = Reference::new(RealClock.now(), &RealEntropy).to_string();
    let night = section.read_at(&config.entity_id).map_err(Problem::new)?;
    Ok(Follower::new(liaison.clone(), name, night))
}

/// How long the best of them lasts.
fn measure<'a>(pairs: impl Iterator<Item = &'a Pair>) {
    let now = RealClock.now();
    let last = pairs.map(Pair::expires).max();
    if let Some(left) = last.map(|end| end.0.saturating_sub(now.0)) {
        let days = i32::try_from(left / 86_400_000).unwrap_or(i32::MAX);
        metrics::gauge!("portner_sync_certificate_days_left").set(f64::from(days));
        if days <= 60 {
            tracing::warn!(days, "the certificate for MitID Erhverv expires; order the next one");
        }
    }
}

async fn identity(node: &Node, name: &UserName) -> Result<IdentityId, Problem> {
    let found = by_user_name(node.log.database(), name).await?;
    Ok(found.ok_or_else(|| Problem::new(format!("there is no user {name}")))?.id)
}

async fn set_mode(liaison: &Liaison, mode: Mode) -> Result<ExitCode, Problem> {
    liaison.set_mode(mode, None).await?;
    Ok(done(match mode {
        Mode::Live => "from now on MitID Erhverv is kept in step",
        Mode::DryRun => "from now on MitID Erhverv is read and planned for, and nothing is said there",
        Mode::Paused => "from now on nothing is done about MitID Erhverv, not even suspensions",
    }))
}

async fn read(follower: Follower, list_only: bool) -> Result<ExitCode, Problem> {
    let depth = if list_only { Depth::Lists } else { Depth::Everything };
    match follower.read_once(depth).await? {
        ReadBy::Us(read) => tell_read(&read),
        ReadBy::Another(None) => Ok(done("`portner serve` has read who is there")),
        ReadBy::Another(Some(why)) => Err(Problem::new(format!("{why}; nothing was changed"))),
    }
}

fn another_does() -> Problem {
    Problem::new(
        "`portner serve`, or another command, keeps MitID Erhverv in step at this moment; see `portner sync status`",
    )
}

fn tell_read(read: &Read) -> Result<ExitCode, Problem> {
    match read {
        Read::Done(it) => Ok(done(&format!(
            "{} identities are there, {} differ from what was seen before; {} were looked at alone, {} of them in vain; {} \
             can't be understood",
            it.listed, it.changed, it.looked_at, it.failed, it.unreadable
        ))),
        Read::Untrusted(why) => Err(Problem::new(format!("{why}; nothing was changed"))),
        Read::Failed(failure) => Err(Problem::new(format!("MitID Erhverv: {failure}"))),
    }
}

async fn plan(liaison: &Liaison, json: bool) -> Result<ExitCode, Problem> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut losing = Vec::new();
    let survey = liaison
        .plan_all(|plan| {
            if plan.loses() {
                losing.push(plan.clone());
            }
            if !plan.is_empty() {
                // Whoever closed the pipe does not want to know.
                drop(writeln!(out, "{}", if json { as_json(plan) } else { in_words(plan) }));
            }
        })
        .await?;
    let losing = liaison.losing(&losing).await?;
    let sum = if json { as_json(&survey) } else { summed_up(&survey) };
    drop(writeln!(out, "{sum}"));
    drop(out.flush());
    drop(out);
    if liaison.holds(&losing) && !json {
        say(&held(&losing));
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn in_words(plan: &IdentityPlan) -> String {
    let there = plan.employee.map_or_else(|| "-".to_owned(), |it| it.to_string());
    let steps = plan.steps.iter().map(|step| format!("\n  {step}"));
    let findings = plan.findings.iter().map(|found| format!("\n  look: {found}"));
    let lines: String = steps.chain(findings).collect();
    printable_lines(&format!("{}\t{there}{lines}", plan.identity))
}

fn printable_lines(text: &str) -> String {
    text.split('\n')
        .map(|line| line.split('\t').map(printable).collect::<Vec<_>>().join("\t"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn summed_up(of: &Survey) -> String {
    format!(
        "{} users, {} tied to an identity in MitID Erhverv; {} with something to do, {} of them lose their login; {} \
         things for a person to look at",
        of.identities, of.tied, of.to_do, of.losing, of.findings
    )
}

fn held(losing: &Losing) -> String {
    format!(
        "held: {} would lose their login, besides {} since yesterday, of {}. If that is right: portner sync approve {}",
        losing.identities.len(),
        losing.lately,
        losing.of,
        losing.digest()
    )
}

async fn let_go(liaison: &Liaison, digest: &str) -> Result<usize, Problem> {
    let losing = liaison.all_losing().await?;
    if losing.digest() != digest {
        let why = "these are not those who would lose their login now; look at `portner sync plan` again";
        return Err(Problem::new(format!("{why}: {}", held(&losing))));
    }
    liaison.approve(&losing, None).await?;
    Ok(losing.identities.len())
}

async fn apply(
    config: &Config,
    section: &MitIdErhverv,
    liaison: &Liaison,
    approve: Option<&str>,
) -> Result<ExitCode, Problem> {
    if liaison.mode().await? != Mode::Live {
        return Err(Problem::new("nothing is said to MitID Erhverv until `portner sync live`"));
    }
    if let Some(digest) = approve {
        let_go(liaison, digest).await?;
    }
    match follower(config, section, liaison)?.catch_up(Depth::Lists).await? {
        CaughtUp::Unread(read) => tell_read(&read),
        CaughtUp::AnotherDoes => Err(another_does()),
        CaughtUp::Done(status) => {
            tell(&status);
            if status.held.is_some() {
                say(&held(&liaison.all_losing().await?));
            }
            Ok(if status.due == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

async fn tell_status(liaison: &Liaison) -> Result<ExitCode, Problem> {
    say(&format!("mode: {}", liaison.mode().await?.word()));
    if liaison.waits_for_form().await? {
        say(
            "the form is another than when it was made live: read `portner sync plan`, then `portner sync live`",
        );
    }
    for pair in liaison.client().pairs() {
        say(&format!("certificate: until {}", pair.expires().xs_date_time()));
    }
    match liaison.status().await? {
        Some(status) => tell(&status),
        None => say("nothing was done yet"),
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(status: &Status) {
    let when = |at: Option<Moment>| at.map_or_else(|| "never".to_owned(), Moment::xs_date_time);
    say(&format!("as of: {}", when(status.at)));
    say(&format!("read: {}", when(status.read_at)));
    if let Some(why) = &status.unread {
        say(&format!("last reading: {}", printable(why)));
    }
    say(&format!("waiting: {}", status.due));
    if status.due > 0 {
        say(&format!("waiting since: {}", when(status.oldest)));
    }
    if let Some((losing, of)) = status.held {
        say(&format!("held: {losing} of {of} would lose their login, and wait until somebody has looked"));
    }
    for trouble in &status.troubles {
        let NotDone { identity, at, step, why, .. } = trouble;
        say(&printable_lines(&format!("{}\t{identity}\t{step}\t{why}", when(Some(*at)))));
    }
}
