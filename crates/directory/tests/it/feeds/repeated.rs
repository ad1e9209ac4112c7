//! Runs that are repeated, killed, or at the same time as another; and whatever two files say, done once is done.

use std::sync::Arc;

use portner_audit_log::Tx;
use portner_audit_log::testing::for_each_engine;
use portner_directory::feed::{LEASE_LIFE, Mapping, Outcome, Unusable, under_way};
use portner_domain::{Clock, IdentityId, Millis};
use proptest::prelude::{Just, Strategy, any, prop};
use proptest::prop_oneof;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::sync::Notify;

use super::play::{HEADER, MAPPING, Noted, Play, applied, csv, people};
use crate::stage::count;

#[tokio::test]
async fn a_run_that_was_killed_goes_on_when_it_is_run_again() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let file = people(0..1_000);
        let mapping = Mapping::parse("payroll", MAPPING).unwrap();
        {
            let stop = Arc::new(Notify::new());
            let mut watch = Noted { stop_after: Some((500, Arc::clone(&stop))), ..Noted::default() };
            let strip = async |_: &mut Tx, _: IdentityId| Ok(());
            let (importer, mut source) = (play.importer(), csv(&mapping, &file));
            tokio::select! {
                outcome = importer.import(&mapping.feed, &mut source, &mut watch, &strip) => panic!("{outcome:?}"),
                () = stop.notified() => {}
            }
        }
        let half = count(&stage, "SELECT COUNT(*) FROM identity").await;
        assert!((250..1_000).contains(&half), "{half}");
        let now = stage.clock.now();
        assert!(under_way(&*play.volatile, "payroll", now).await.unwrap().is_some());
        let outcome = play.import(&file).await.unwrap();
        assert!(matches!(outcome, Outcome::Unusable(Unusable::Busy)), "it may still be alive: {outcome:?}");
        stage.clock.advance(LEASE_LIFE);
        let counts = applied(play.import(&file).await);
        assert_eq!(counts.registered, u64::try_from(1_000 - half).unwrap());
        assert_eq!(count(&stage, "SELECT COUNT(*) FROM identity").await, 1_000);
        assert_eq!(count(&stage, "SELECT COUNT(*) FROM feed_run WHERE state = 'finished'").await, 1);
        assert_eq!(count(&stage, "SELECT COUNT(*) FROM feed_run").await, 1, "it is the same run");
        assert!(under_way(&*play.volatile, "payroll", now.plus(LEASE_LIFE)).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn of_two_runs_of_a_feed_at_once_one_is_refused_and_another_feed_is_free() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let (one, other) = (people(0..600), people(0..600));
        let (first, second) = tokio::join!(play.import(&one), play.import(&other));
        let busy = |outcome: &Outcome| matches!(outcome, Outcome::Unusable(Unusable::Busy));
        let outcomes = [first.unwrap(), second.unwrap()];
        assert_eq!(outcomes.iter().filter(|outcome| busy(outcome)).count(), 1, "{outcomes:?}");
        let now = stage.clock.now();
        let until = now.plus(Millis::minutes(1));
        assert!(play.volatile.put_if_absent("feed/payroll", "another", until, now).await.unwrap());
        assert!(busy(&play.import(&one).await.unwrap()));
        let free = people(900..910);
        applied(play.import_as("students", MAPPING, &free).await);
    })
    .await;
}

/// What two files say of somebody. Whose status ends has no number: an end hands on who says the name, which the next
/// run sees.
#[derive(Clone, Debug)]
struct Said {
    user_name: u8,
    last_name: u8,
    title: bool,
    cpr: Option<u8>,
    group: u8,
    until: u8,
    status: &'static str,
    nsis: &'static str,
    damage: bool,
}

fn said() -> impl Strategy<Value = Option<Said>> {
    let status = prop_oneof![4 => Just(""), 1 => Just("orlov"), 1 => Just("gone"), 1 => Just("back")];
    let fields =
        (0..12_u8, 0..3_u8, any::<bool>(), 0..3_u8, 0..4_u8, status, prop_oneof![Just("ja"), Just("nej")]);
    let fields = (fields, prop::bool::weighted(0.1)).prop_map(|(it, damage)| Said {
        user_name: it.0,
        last_name: it.1,
        title: it.2,
        cpr: None,
        group: it.3,
        until: it.4,
        status: it.5,
        nsis: it.6,
        damage,
    });
    prop::option::weighted(0.8, fields)
}

fn file(case: usize, all: &[Option<Said>], numbers: &[Option<u8>]) -> String {
    let mut file = format!("{HEADER}\n");
    for (key, (said, number)) in all.iter().zip(numbers).enumerate() {
        let Some(it) = said else { continue };
        let cpr = it.cpr.or(*number).filter(|_| it.status != "gone" && it.until != 1);
        let cpr = cpr.map_or(String::new(), |n| format!("0101{:02}{:02}{n:02}", case % 100, case / 100));
        let until = ["", "01-01-2020", "01-01-2030"].get(usize::from(it.until)).unwrap_or(&"01-01-2031");
        let first = if it.damage { "" } else { "Anna" };
        file.push_str(&format!(
            "{key};u{case}-{};{first};L{};;;;{};;;{cpr};;{until};{};g{};{}\n",
            it.user_name,
            it.last_name,
            if it.title { "Leder" } else { "" },
            it.nsis,
            it.group,
            it.status,
        ));
    }
    file
}

#[tokio::test]
async fn what_two_files_say_after_each_other_is_done_and_then_there_is_nothing_to_do() {
    const CASES: usize = 40;
    const KEYS: usize = 10;
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let mapping = format!("{MAPPING}[brake]\npercent = 100\nidentities = 1000\nfloor = 1000\n");
        let mut runner = TestRunner::deterministic();
        let files = (
            prop::collection::vec(said(), KEYS),
            prop::collection::vec(said(), KEYS),
            prop::collection::vec(prop::option::weighted(0.5, 0..4_u8), KEYS),
        );
        for case in 0..CASES {
            let (first, second, numbers) = files.new_tree(&mut runner).unwrap().current();
            let feed = format!("feed-{case}");
            for said in [first, second] {
                let file = file(case, &said, &numbers);
                if said.iter().all(Option::is_none) {
                    continue;
                }
                let outcome = play.import_as(&feed, &mapping, &file).await;
                let counts = applied(outcome);
                let failed = play.told().len();
                assert_eq!(counts.failed, u64::try_from(failed).unwrap(), "{file}");
                let left = play.look_as(&feed, &mapping, &file).await.unwrap();
                assert!(left.is_empty(), "case {case}: {left:?}\n{file}\n{:?}", play.told());
            }
        }
    })
    .await;
}
