//! `portner bench …`: what this machine can do, beside what its arithmetic alone could.
//!
//! The whole of Portner answers in this process, through its HTTP router but without sockets, on a database in
//! a temporary folder. Rates are per second of processor time, so they are per core and care little what else
//! the machine is doing. What the processor gives changes from second to second all the same: the raw rate and ours
//! are measured in turns, round by round, and the share is the median of the rounds.

mod arrivals;
mod browser;
mod enumeration;
mod import;
mod stage;

use std::ops::Range;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portner_authenticators::{Cost, HashPool, Password};
use portner_domain::Clock;
use portner_saml::Signer;
use rustix::time::ClockId;

use crate::args::Bench;
use crate::bench::arrivals::Waits;
use crate::bench::browser::Browser;
use crate::bench::stage::{Stage, Terms, USERS_AT_SSO};
use crate::done;
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::say;

/// Odd, so that one of them is the median.
const ROUNDS: usize = 9;
/// Signatures of the raw measurement, per core and round.
const RAW_SIGNATURES: usize = 1_000;
/// Hashes of the raw measurement, per core and round.
const RAW_HASHES: usize = 40;
/// Do what the command says.
pub async fn run(command: &Bench) -> Result<ExitCode, Problem> {
    match command {
        Bench::Sso { count, at_once, bits, database } => {
            sso(*count, *at_once, &Terms { bits: *bits, database: database.clone() }).await
        }
        Bench::Login { count, at_once, at } => login(*count, *at_once, *at).await,
        Bench::Enum { count } => enumeration::measure(*count).await,
        Bench::Import { count, database } => import::measure(*count, database.as_deref()).await,
    }
}

async fn sso(count: usize, at_once: usize, terms: &Terms) -> Result<ExitCode, Problem> {
    let stage = Arc::new(Stage::set(USERS_AT_SSO, terms).await?);
    let mut sessions = Vec::new();
    for user in 0..USERS_AT_SSO {
        let mut browser = Browser::new(Arc::clone(&stage));
        browser.log_in(&stage.request_url()?, user).await?;
        sessions.push(browser.cookies());
    }
    // Signed before the measurement: a service provider's signature is not our work.
    let requests = (0..count).map(|_| stage.request_url()).collect::<Result<Vec<_>, _>>()?;
    let work = move |stage: Arc<Stage>, n: usize| {
        let (url, cookies) = (requests.get(n).cloned(), sessions.get(n % USERS_AT_SSO).cloned());
        async move {
            let (Some(url), Some(cookies)) = (url, cookies) else {
                return Err(Problem::new("too few requests"));
            };
            Browser::with(stage, cookies).open_expecting_answer(&url).await
        }
    };
    let raw = || raw_signatures(&stage.signer);
    let rounds = Rounds::of(&stage, count, at_once, raw, work).await?;
    rounds.say(&format!("raw {} signatures", stage.signer_bits()), "single sign-on answers");
    say(&format!("memory                 {:8.0} MiB resident at most", memory_mib_most()?));
    Ok(done(&format!("audit log              {} events durable", stage.events().await?)))
}

/// First as many as can be at once, which says what the machine can do; then others, arriving at a share of that.
async fn login(count: usize, at_once: usize, percent: u8) -> Result<ExitCode, Problem> {
    let users = count.saturating_mul(2);
    let stage = Arc::new(Stage::set(users, &Terms::default()).await?);
    let requests = (0..users).map(|_| stage.request_url()).collect::<Result<Vec<_>, _>>()?;
    let requests = Arc::new(requests);
    let work = |first: usize| {
        let requests = Arc::clone(&requests);
        move |stage: Arc<Stage>, n: usize| {
            let user = first.saturating_add(n);
            let url = requests.get(user).cloned();
            async move {
                let url = url.ok_or_else(|| Problem::new("too few requests"))?;
                Browser::new(stage).log_in(&url, user).await
            }
        }
    };
    let pool = HashPool::start(cores(), Cost::DEFAULT, &RealEntropy)?;
    let rounds = Rounds::of(&stage, count, at_once, || raw_hashes(&pool), work(0)).await?;
    let Cost { memory_kib, passes } = Cost::DEFAULT;
    rounds.say(&format!("raw Argon2id hashes (m={memory_kib} KiB, t={passes}, p=1)"), "complete logins");
    let per_second = rounds.median(|round| round.ours.per_second) * f64::from(percent) / 100.0;
    Waits::of(&stage, count, per_second, work(count)).await?.say(percent, per_second);
    Ok(done(&format!("audit log              {} events durable", stage.events().await?)))
}

/// The raw rate and ours, one right after the other.
struct Round {
    raw_per_core_second: f64,
    ours: Rate,
}

impl Round {
    fn share(&self) -> f64 {
        100.0 * self.ours.per_core_second / self.raw_per_core_second
    }
}

struct Rounds(Vec<Round>);

impl Rounds {
    /// Do `work` so many times in all, so many at once, and the raw measurement before each round.
    async fn of<R, W, F>(
        stage: &Arc<Stage>,
        count: usize,
        at_once: usize,
        raw: impl Fn() -> R,
        work: W,
    ) -> Result<Self, Problem>
    where
        R: Future<Output = Result<f64, Problem>>,
        W: Fn(Arc<Stage>, usize) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Problem>> + Send,
    {
        let work = Arc::new(work);
        let mut rounds = Vec::with_capacity(ROUNDS);
        for round in 0..ROUNDS {
            let raw_per_core_second = raw().await?;
            let numbers = round * count / ROUNDS..(round + 1) * count / ROUNDS;
            let ours = Rate::of(stage, numbers, at_once, Arc::clone(&work)).await?;
            rounds.push(Round { raw_per_core_second, ours });
        }
        Ok(Self(rounds))
    }

    fn sorted(&self, figure: impl Fn(&Round) -> f64) -> Vec<f64> {
        let mut all: Vec<f64> = self.0.iter().map(figure).collect();
        all.sort_unstable_by(f64::total_cmp);
        all
    }

    fn median(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        self.sorted(figure).get(ROUNDS / 2).copied().unwrap_or_default()
    }

    fn say(&self, raw: &str, ours: &str) {
        let shares = self.sorted(Round::share);
        let (least, most) = shares.first().zip(shares.last()).unwrap_or((&0.0, &0.0));
        let per_second = |figure: fn(&Round) -> f64| format!("{:8.1} per second", self.median(figure));
        say(&format!("{raw:44} {} and core", per_second(|round| round.raw_per_core_second)));
        say(&format!("{ours:44} {} and core", per_second(|round| round.ours.per_core_second)));
        say(&format!("{:44} {} by the clock, all cores", "", per_second(|round| round.ours.per_second)));
        say(&format!(
            "{:44} {:8.0} % of raw, the median of {ROUNDS} rounds between {least:.0} and {most:.0} %",
            "",
            self.median(Round::share)
        ));
    }
}

/// What was measured.
struct Rate {
    per_core_second: f64,
    per_second: f64,
}

impl Rate {
    /// Do `work` once for each number, so many at once.
    async fn of<W, F>(
        stage: &Arc<Stage>,
        numbers: Range<usize>,
        at_once: usize,
        work: Arc<W>,
    ) -> Result<Self, Problem>
    where
        W: Fn(Arc<Stage>, usize) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Problem>> + Send,
    {
        let Range { start, end } = numbers;
        let next = Arc::new(AtomicUsize::new(start));
        let (began, used) = (RealClock.now(), processor_seconds());
        let workers: Vec<_> = (0..at_once.max(1))
            .map(|_| {
                let (stage, work, next) = (Arc::clone(stage), Arc::clone(&work), Arc::clone(&next));
                tokio::spawn(async move {
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= end {
                            return Ok::<(), Problem>(());
                        }
                        work(Arc::clone(&stage), n).await?;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await??;
        }
        let used = processor_seconds() - used;
        let wall = RealClock.now().since(began).map_or(0.0, |millis| as_f64(millis.0) / 1_000.0);
        let count = as_f64((end - start) as u64);
        Ok(Self { per_core_second: count / used.max(0.01), per_second: count / wall.max(0.001) })
    }
}

/// Signatures and nothing else, on all cores at once as in the measurement: two that share one arithmetic unit
/// are slower than one alone.
async fn raw_signatures(signer: &Arc<dyn Signer>) -> Result<f64, Problem> {
    let (cores, used) = (cores(), processor_seconds());
    let sign = |signer: Arc<dyn Signer>| {
        move || (0..RAW_SIGNATURES).try_for_each(|_| signer.sign(b"what is signed does not matter").map(drop))
    };
    let tasks: Vec<_> = (0..cores).map(|_| tokio::task::spawn_blocking(sign(Arc::clone(signer)))).collect();
    for task in tasks {
        task.await??;
    }
    Ok(as_f64((cores * RAW_SIGNATURES) as u64) / (processor_seconds() - used).max(0.01))
}

/// Hashes and nothing else, on all cores at once.
async fn raw_hashes(pool: &HashPool) -> Result<f64, Problem> {
    let cores = cores();
    let hash = |pool: HashPool, count: usize| async move {
        for _ in 0..count {
            pool.verify(pool.slot()?, &Password::typed("what is hashed does not matter")?, None).await?;
        }
        Ok::<(), Problem>(())
    };
    let used = processor_seconds();
    let tasks: Vec<_> = (0..cores).map(|_| tokio::spawn(hash(pool.clone(), RAW_HASHES))).collect();
    for task in tasks {
        task.await??;
    }
    Ok(as_f64((cores * RAW_HASHES) as u64) / (processor_seconds() - used).max(0.01))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Processor time of this process so far, in and out of the kernel.
fn processor_seconds() -> f64 {
    let used = rustix::time::clock_gettime(ClockId::ProcessCPUTime);
    let used = Duration::try_from(used).unwrap_or_default();
    used.as_secs_f64()
}

/// The most memory this process has had resident so far.
fn memory_mib_most() -> Result<f64, Problem> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<f64>().ok());
    kib.map(|kib| kib / 1_024.0).ok_or_else(|| Problem::new("/proc/self/status does not say how much memory"))
}

/// Exact for everything that is counted here.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
const fn as_f64(count: u64) -> f64 {
    count as f64
}
