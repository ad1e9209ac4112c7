//! `portner import …`: people from the register of staff, as it writes them.

mod directory;
mod progress;
pub mod schedule;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use portner_audit_log::Tx;
use portner_directory::feed::{
    Counts, Csv, Importer, Kind, MAPPING_BYTES_MAX, Mapping, Outcome, Run, RunState, Survey, approve,
    discard, runs,
};
use portner_directory::scim::is_client;
use portner_directory::{Personal, name_organisation};
use portner_domain::{FeedRunId, IdentityId};
use portner_federation::strip;

use crate::args::{Import, ImportCsv};
use crate::config::Config;
use crate::done;
use crate::feed::progress::Telling;
use crate::node::{Node, current_database, log, operator};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::{printable, say};

/// What `runs` tells, at most.
const RUNS_TOLD: u32 = 20;
/// What a run that is held answers: nothing failed, and somebody has to look.
const HELD: u8 = 3;

/// Do what the command says.
pub async fn run(config: &Config, command: Import) -> Result<ExitCode, Problem> {
    match command {
        Import::Csv(wishes) => import(config, &wishes).await,
        Import::Ldap(wishes) => directory::import(config, &wishes).await,
        Import::Status => schedule::status(config).await,
        Import::Runs => list(config).await,
        Import::Approve { run } => release(config, run).await,
        Import::Drop { run } => drop_run(config, run).await,
    }
}

async fn import(config: &Config, wishes: &ImportCsv) -> Result<ExitCode, Problem> {
    let mapping = Mapping::parse(&wishes.feed, &text(&wishes.mapping)?)?;
    if mapping.place.is_some() {
        return Err(Problem::new("the mapping is of a directory ([ldap]); run `portner import ldap`"));
    }
    let file = File::open(&wishes.file).map_err(|error| Problem::file("the file", &wishes.file, &error))?;
    let mut source =
        Csv::new(&mapping, file).map_err(|error| Problem::file("the file", &wishes.file, &error))?;
    if wishes.errors.as_ref() == Some(&wishes.file) {
        return Err(Problem::new("--errors names the file itself; name another"));
    }
    let node = Node::open(config, 1).await?;
    let errors = wishes.errors.clone().unwrap_or_else(|| error_file(&wishes.file));
    if is_client(node.log.database(), &mapping.feed.name).await? {
        return Err(Problem::new(
            "a SCIM client is called so, and nobody else feeds in its name; choose another --feed",
        ));
    }
    let importer = importer(config, &node, &errors).await?;
    let mut telling = Telling::new(Arc::new(RealClock), &errors);
    if wishes.dry_run {
        let survey = importer.look(&mapping.feed, &mut source, &mut telling).await??;
        telling.close()?;
        return Ok(show(wishes.json, "nothing was done", None, &survey, None));
    }
    organisation(config, &node).await?;
    let strip = async |tx: &mut Tx, identity: IdentityId| strip(&node.authenticators, tx, identity).await;
    let outcome = importer.import(&mapping.feed, &mut source, &mut telling, &strip).await?;
    telling.close()?;
    tell(wishes.json, outcome, "import the same file again")
}

fn tell(json: bool, outcome: Outcome, again: &str) -> Result<ExitCode, Problem> {
    match outcome {
        Outcome::Applied(run, survey, counts) => Ok(show(json, "done", Some(run), &survey, Some(&counts))),
        Outcome::Held(run, survey) => {
            let words = format!(
                "held: {} of {} would lose their login or their level; nothing was done. Have a second person approve \
                 it, or run `portner import approve {run}`, and then {again}",
                survey.losing, survey.of
            );
            show(json, &words, Some(run), &survey, None);
            Ok(ExitCode::from(HELD))
        }
        Outcome::Unchanged => Ok(show(json, "nothing has changed", None, &Survey::default(), None)),
        Outcome::Unusable(unusable) => Err(unusable.into()),
    }
}

/// What a run of a feed needs of a node.
pub async fn importer(config: &Config, node: &Node, errors: &Path) -> Result<Importer, Problem> {
    let envelope = Arc::new(crate::node::envelope(config)?);
    Ok(Importer {
        log: node.log.clone(),
        volatile: Arc::clone(&node.volatile),
        personal: Personal::open(node.log.clone(), envelope, Arc::new(RealEntropy)).await?,
        entropy: Arc::new(RealEntropy),
        actor: operator(),
        error_file: Some(errors.display().to_string()),
    })
}

/// Whoever is registered works somewhere that has a name.
pub async fn organisation(config: &Config, node: &Node) -> Result<(), Problem> {
    let mut tx = node.log.begin(operator()).await?;
    let organisation = &config.organisation;
    name_organisation(node.log.database(), &mut tx, &organisation.cvr, &organisation.name).await?;
    Ok(tx.commit().await?)
}

async fn list(config: &Config) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    let runs = runs(&database, RUNS_TOLD).await?;
    if runs.is_empty() {
        return Ok(done("no feed has been imported yet"));
    }
    for run in runs {
        let Run { id, feed, state, started, counts, losing, .. } = run;
        let what = match state {
            RunState::Held if run.is_approved => "approved; import it again".to_owned(),
            RunState::Held => format!("{losing} would lose their login or their level"),
            RunState::Running | RunState::Finished | RunState::Void => sum(&counts),
        };
        say(&format!("{id}\t{feed}\t{}\t{started}\t{what}", state.word()));
    }
    Ok(ExitCode::SUCCESS)
}

async fn release(config: &Config, id: FeedRunId) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    let mut tx = log(database.clone()).begin(operator()).await?;
    let run = approve(&database, &mut tx, id).await??;
    tx.commit().await?;
    if is_client(&database, &run.feed).await? {
        return Ok(done(&format!("approved: what {} tried so far is done when it tries again", run.feed)));
    }
    Ok(done(&format!("approved: import {} again, with the same mapping; of a file, the same file", run.feed)))
}

async fn drop_run(config: &Config, id: FeedRunId) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    let mut tx = log(database.clone()).begin(operator()).await?;
    let run = discard(&database, &mut tx, id).await??;
    tx.commit().await?;
    Ok(done(&format!("that run of {} came to nothing", run.feed)))
}

fn show(
    json: bool,
    words: &str,
    run: Option<FeedRunId>,
    survey: &Survey,
    counts: Option<&Counts>,
) -> ExitCode {
    if json {
        let told = serde_json::json!({ "run": run, "outcome": words, "plan": survey, "done": counts });
        return done(&told.to_string());
    }
    for kind in Kind::ALL.into_iter().filter(|kind| survey.count(*kind) > 0) {
        say(&format!("{} {}", survey.count(kind), kind.words()));
        for one in survey.first.get(&kind).into_iter().flatten() {
            say(&format!("  {}: {}", printable(&one.key), printable(&one.what)));
        }
    }
    if survey.left_alone > 0 {
        let count = survey.left_alone;
        say(&format!(
            "{count} not in the source, and left alone: some records have no key, and may be theirs"
        ));
    }
    if survey.failed > 0 {
        say(&format!("{} records can't be used; see the error file", survey.failed));
    }
    match counts {
        Some(counts) => done(&format!("{words}: {}", sum(counts))),
        None => done(words),
    }
}

fn sum(counts: &Counts) -> String {
    let Counts { records, registered, changed, locked, lifted, ended, failed } = counts;
    format!(
        "{records} read, {registered} registered, {changed} changed, {locked} stopped, {lifted} let go on, {ended} \
         ended, {failed} failed"
    )
}

/// Beside the file, in the folder that the command is run in.
fn error_file(file: &Path) -> PathBuf {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    PathBuf::from(format!("{name}.errors.csv"))
}

fn text(file: &Path) -> Result<String, Problem> {
    let cannot = |error: std::io::Error| Problem::file("the mapping", file, &error);
    let bytes = std::fs::metadata(file).map_err(cannot)?.len();
    if usize::try_from(bytes).is_ok_and(|bytes| bytes <= MAPPING_BYTES_MAX) {
        return std::fs::read_to_string(file).map_err(cannot);
    }
    Err(Problem::new(format!("the mapping has more than {MAPPING_BYTES_MAX} bytes")))
}
