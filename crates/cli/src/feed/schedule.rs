//! Feeds that are read by themselves while `portner serve` runs, and `portner import status`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use portner_audit_log::{Actor, Tx};
use portner_directory::feed::{
    Csv, DirectoryReading, Extent, Going, Importer, Outcome, RunState, runs, under_way,
};
use portner_domain::{Clock, IdentityId, Millis, Moment};
use portner_federation::strip;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::directory::{place, servers, spool};
use super::progress::Telling;
use super::{RUNS_TOLD, importer};
use crate::config::{Config, Feed, FeedKind};
use crate::done;
use crate::node::{Node, current_database, volatile};
use crate::problem::Problem;
use crate::real::RealClock;
use crate::say::{printable, say};
use crate::serve::until;

/// How often it is looked whether a feed is due.
const BETWEEN_LOOKS: Millis = Millis::minutes(1);

/// Read each feed when it is due, until it is to stop. Every node does; of several, one reads.
pub async fn run(config: Config, node: Arc<Node>, stopping: watch::Receiver<bool>) {
    let reading = async {
        loop {
            for feed in &config.feeds {
                read_if_due(&config, &node, feed, &stopping).await;
            }
            tokio::time::sleep(BETWEEN_LOOKS.as_duration()).await;
        }
    };
    tokio::select! { () = until(stopping.clone()) => {}, () = reading => {} }
}

/// In a thread of its own: files are waited for there, and what a source says could end it, but not the others. A run
/// that is stopped in the middle goes on with the next.
async fn read_if_due(config: &Config, node: &Arc<Node>, feed: &Feed, stopping: &watch::Receiver<bool>) {
    let (config, node, stopping) = (config.clone(), Arc::clone(node), stopping.clone());
    let (name, feed, runtime) = (feed.name.clone(), feed.clone(), Handle::current());
    let looking = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            tokio::select! { () = until(stopping) => Ok(()), looked = look(&config, &node, &feed) => looked }
        })
    });
    match looking.await {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => tracing::error!(feed = name, "a feed can't be looked at: {problem}"),
        Err(error) => tracing::error!(feed = name, %error, "a feed was not read: its thread ended"),
    }
}

async fn look(config: &Config, node: &Node, feed: &Feed) -> Result<(), Problem> {
    let now = node.log.now();
    let going = Going::of(&*node.volatile, &feed.name, now).await?;
    measure(&feed.name, &going);
    let schedule = feed.schedule().map_err(Problem::new)?;
    let is_released = going.is_held && is_released(node, &feed.name).await?;
    let Some(extent) = schedule.due(&going, is_released, now) else { return Ok(()) };
    if !going.claim(&*node.volatile, &feed.name, now).await? {
        return Ok(());
    }
    let came = read(config, node, feed, extent).await;
    let words = came.as_ref().err().map(ToString::to_string).unwrap_or_default();
    note(&feed.name, came.as_ref().map_err(|_| words.as_str()));
    let now = node.log.now();
    let going = going.after(extent, came.as_ref().map_err(|_| words.as_str()), now);
    measure(&feed.name, &going);
    Ok(going.keep(&*node.volatile, &feed.name, now).await?)
}

/// Has a second person agreed to what was held?
async fn is_released(node: &Node, feed: &str) -> Result<bool, Problem> {
    let runs = runs(node.log.database(), RUNS_TOLD).await?;
    Ok(runs.iter().any(|run| run.feed == feed && run.state == RunState::Held && run.is_approved))
}

async fn read(config: &Config, node: &Node, feed: &Feed, extent: Extent) -> Result<Outcome, Problem> {
    let data = &config.storage.data;
    let mapping = feed.mapping(data).map_err(Problem::new)?;
    let errors = error_file(data, &feed.name);
    let importer = Importer { actor: Actor::system("feeds"), ..importer(config, node, &errors).await? };
    let mut telling = Telling::silent(Arc::new(RealClock), &errors);
    let strip = async |tx: &mut Tx, identity: IdentityId| strip(&node.authenticators, tx, identity).await;
    let outcome = match feed.kind {
        FeedKind::Ldap => {
            let servers = servers(config, place(&mapping)?)?;
            let reading = DirectoryReading { mapping: &mapping, servers: &servers, extent };
            importer.import_directory(reading, spool(config)?, &mut telling, &strip).await?
        }
        FeedKind::Csv => {
            let path = feed.file(data).map_err(Problem::new)?;
            let file = File::open(&path).map_err(|error| Problem::file("the file", &path, &error))?;
            let mut source = Csv::new(&mapping, file)?;
            importer.import(&mapping.feed, &mut source, &mut telling, &strip).await?
        }
    };
    telling.close()?;
    Ok(outcome)
}

fn error_file(data: &Path, feed: &str) -> PathBuf {
    data.join(format!("feed-{feed}.errors.csv"))
}

fn note(feed: &str, came: Result<&Outcome, &str>) {
    let outcome = match came {
        Ok(Outcome::Applied(run, _, counts)) => {
            tracing::info!(feed, %run, ?counts, "a feed was read");
            "done"
        }
        Ok(Outcome::Unchanged) => "unchanged",
        Ok(Outcome::Held(run, survey)) => {
            tracing::warn!(feed, %run, losing = survey.losing, of = survey.of, "a feed is held for a second person");
            "held"
        }
        Ok(Outcome::Unusable(why)) => {
            tracing::warn!(feed, "a feed can't be used: {why}");
            "failed"
        }
        Err(why) => {
            tracing::warn!(feed, "a feed can't be read: {why}");
            "failed"
        }
    };
    let labels = [("feed", feed.to_owned()), ("outcome", outcome.to_owned())];
    metrics::counter!("portner_feed_runs_total", &labels).increment(1);
}

fn measure(feed: &str, going: &Going) {
    let labels = [("feed", feed.to_owned())];
    metrics::gauge!("portner_feed_held", &labels).set(if going.is_held { 1.0 } else { 0.0 });
    if let Some(read) = going.read {
        let seconds = u32::try_from(read.unix_seconds()).unwrap_or(u32::MAX);
        metrics::gauge!("portner_feed_read_timestamp_seconds", &labels).set(f64::from(seconds));
    }
}

/// `portner import status`: each feed of the configuration, how it goes and when it is read next.
pub async fn status(config: &Config) -> Result<ExitCode, Problem> {
    if config.feeds.is_empty() {
        return Ok(done(
            "the configuration has no [[feeds]]; `portner import runs` tells of those run by hand",
        ));
    }
    current_database(config).await?;
    let (volatile, now) = (volatile(config).await?, RealClock.now());
    for feed in &config.feeds {
        let going = Going::of(&*volatile, &feed.name, now).await?;
        let next = feed.schedule().map_err(Problem::new)?.next(&going, now);
        let state = match (under_way(&*volatile, &feed.name, now).await?, &going.failure, going.is_held) {
            (Some(counts), ..) => format!("under way: {}", super::sum(&counts)),
            (None, Some(why), _) => format!("failed: {}", printable(why)),
            (None, None, true) => "held".to_owned(),
            (None, None, false) if going.read.is_some() => "well".to_owned(),
            (None, None, false) => "not read yet".to_owned(),
        };
        let (read, everything) = (when(going.read), when(going.everything));
        let (name, kind, next) = (&feed.name, feed.kind.word(), when(next));
        say(&format!("{name}\t{kind}\t{state}\tread {read}\teverything {everything}\tnext {next}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn when(at: Option<Moment>) -> String {
    at.map_or_else(|| "never".to_owned(), Moment::xs_date_time)
}
