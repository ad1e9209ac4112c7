//! How fast the log is, and the store of what is short-lived, on every engine the environment names:
//! `cargo run --release --features testing --example measure`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement reads the clock, prints, and may panic"
)]

use std::fs;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portner_audit_log::note::NoteSigner;
use portner_audit_log::testing::{REDIS, START, Stage, for_each_engine, server, unique_name};
use portner_audit_log::verify::{Verdict, verify};
use portner_audit_log::volatile::{Volatile, VolatileDatabase, VolatileRedis};
use portner_audit_log::{Actor, Event, Sealed, Sealer};
use portner_domain::life::Locker;
use portner_domain::{IdentityId, Millis};

const CALLERS: usize = 256;
const APPENDS_EACH: usize = 100;
const EVENTS: usize = 200_000;
const OPERATIONS: u64 = 10_000;

#[tokio::main]
async fn main() {
    for_each_engine(|stage| async move {
        println!("\n{:?}", stage.engine);
        measure_log(&stage).await;
        measure_volatile(Arc::new(VolatileDatabase::open(&stage.settings).await.unwrap())).await;
    })
    .await;
    if let Some(url) = server(REDIS) {
        println!("\nRedis");
        measure_volatile(Arc::new(VolatileRedis::open(&url, &unique_name()).await.unwrap())).await;
    }
}

async fn measure_log(stage: &Stage) {
    let appending = async {
        let callers = (0..CALLERS).map(|_| {
            let stage = stage.clone();
            tokio::spawn(async move {
                for _ in 0..APPENDS_EACH {
                    stage.log.append(Actor::system("measure"), event(&stage)).await.unwrap();
                }
            })
        });
        futures_util::future::join_all(callers).await;
    };
    report("append, 256 callers", CALLERS * APPENDS_EACH, appending).await;

    for _ in 0..EVENTS / 1_000 {
        let mut tx = stage.log.begin(Actor::system("measure")).await.unwrap();
        for _ in 0..1_000 {
            tx.write(event(stage));
        }
        tx.commit().await.unwrap();
    }
    let file = stage.folder.path().join("checkpoints");
    let signer = NoteSigner::new("measure.example/audit", &[1; 32]).unwrap();
    let sealer = Sealer::new("measure", signer, &[], &file).unwrap();
    let all = CALLERS * APPENDS_EACH + EVENTS;
    let mut longest = Duration::ZERO;
    let sealing = async {
        loop {
            let began = Instant::now();
            if stage.log.seal_once(&sealer).await.unwrap() == Sealed::Nothing {
                break;
            }
            longest = longest.max(began.elapsed());
        }
    };
    report("seal", all, sealing).await;
    println!("  longest sealing {longest:?}");
    let verifying = async {
        let verdict = verify(&stage.database, sealer.keys(), Some(&file)).await.unwrap();
        assert!(matches!(verdict, Verdict::Sound(_)), "{verdict:?}");
    };
    report("verify", all, verifying).await;
}

async fn measure_volatile(store: Arc<dyn Volatile>) {
    let (now, expires, value) = (START, START.plus(Millis::hours(1)), "x".repeat(500));
    let all = 0..OPERATIONS;
    let count = OPERATIONS as usize;
    let key = |n: u64| format!("session:{n:032}");
    report("put", count, async {
        for n in all.clone() {
            store.put(&key(n), &value, expires, now).await.unwrap();
        }
    })
    .await;
    report("get", count, async {
        for n in all.clone() {
            store.get(&key(n), now).await.unwrap().unwrap();
        }
    })
    .await;
    report("put_if_absent", count, async {
        for n in all.clone() {
            assert!(store.put_if_absent(&format!("r{n}"), "", expires, now).await.unwrap());
        }
    })
    .await;
    report("increment", count, async {
        for n in all.clone() {
            store.increment(&format!("c{}", n % 100), expires, now).await.unwrap();
        }
    })
    .await;
    report("take", count, async {
        for n in all.clone() {
            store.take(&key(n), now).await.unwrap().unwrap();
        }
    })
    .await;
}

fn event(stage: &Stage) -> Event {
    let identity = IdentityId::new(START, &*stage.entropy);
    Event::IdentityLocked {
        identity,
        locker: Locker::Support,
        why: "a reason of ordinary length, in the words of an administrator".to_owned(),
    }
}

async fn report(what: &str, count: usize, work: impl Future<Output = ()>) {
    let (began, cpu) = (Instant::now(), cpu_ticks());
    work.await;
    let (took, cpu) = (began.elapsed(), (cpu_ticks() - cpu) * 10_000);
    let (rate, cpu_each) = (count as f64 / took.as_secs_f64(), cpu as f64 / count as f64);
    println!("  {what:22} {rate:>9.0}/s  {cpu_each:>7.1} µs CPU each");
}

/// CPU time of this process, in hundredths of a second.
fn cpu_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(") ").unwrap().1.split(' ');
    fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}
