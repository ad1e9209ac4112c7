//! Runs that would take too much: held, approved, declined, overtaken.

use portner_audit_log::testing::{Stage, for_each_engine};
use portner_directory::feed::{Outcome, RunState, Survey, approve, discard, run, runs};
use portner_directory::{Refusal, waiting};
use portner_domain::role::{APPROVAL_LIFE, Proposal};
use portner_domain::{Clock, FeedRunId, Millis};

use super::play::{MAPPING, Play, applied, people};
use crate::stage::{begin, count};

async fn held(play: &Play, file: &str) -> (FeedRunId, Survey) {
    match play.import(file).await.unwrap() {
        Outcome::Held(id, survey) => (id, survey),
        other => panic!("not held: {other:?}"),
    }
}

async fn locked(stage: &Stage) -> i64 {
    count(stage, "SELECT COUNT(*) FROM identity WHERE state = 'locked'").await
}

async fn state(stage: &Stage, id: FeedRunId) -> RunState {
    run(&stage.database, id).await.unwrap().unwrap().state
}

async fn approved(stage: &Stage, id: FeedRunId) -> Result<(), Refusal> {
    let mut tx = begin(stage).await;
    let done = approve(&stage.database, &mut tx, id).await.unwrap().map(drop);
    if done.is_ok() {
        tx.commit().await.unwrap();
    }
    done
}

#[tokio::test]
async fn who_would_stop_a_fifth_is_asked_about_and_does_nothing_until_then() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(0..100)).await);
        let file = people(20..101);
        let (id, survey) = held(&play, &file).await;
        assert_eq!((survey.losing, survey.of), (20, 100));
        assert_eq!((locked(&stage).await, count(&stage, "SELECT COUNT(*) FROM identity").await), (0, 100));
        let now = stage.clock.now();
        let asked = waiting(&stage.database, now).await.unwrap();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].asked.proposal, Proposal::ReleaseFeed { run: id.to_string() });
        assert_eq!(held(&play, &file).await.0, id, "nobody is asked twice");
        assert_eq!(waiting(&stage.database, now).await.unwrap().len(), 1);

        approved(&stage, id).await.unwrap();
        assert_eq!(approved(&stage, id).await, Err(Refusal::NotWaiting));
        assert_eq!(locked(&stage).await, 0, "it is done when the source is read again");
        let counts = applied(play.import(&file).await);
        assert_eq!((counts.locked, counts.registered, state(&stage, id).await), (20, 1, RunState::Finished));
        assert_eq!(locked(&stage).await, 20);
        assert_eq!(applied(play.import(people(0..101)).await).lifted, 20);
        assert_eq!(locked(&stage).await, 0);
        let (again, _) = held(&play, &file).await;
        assert_ne!(again, id, "an approval is for one time");
    })
    .await;
}

#[tokio::test]
async fn what_was_approved_is_that_file_and_no_other() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(0..100)).await);
        let (id, _) = held(&play, &people(20..100)).await;
        approved(&stage, id).await.unwrap();
        let (other, _) = held(&play, &people(30..100)).await;
        assert_ne!(other, id);
        assert_eq!(state(&stage, id).await, RunState::Void);
        held(&play, &people(20..100)).await;
        assert_eq!(locked(&stage).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_dropped_or_overtaken_is_void_and_asks_nobody_any_more() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(0..100)).await);
        let file = people(20..100);
        let (id, _) = held(&play, &file).await;
        let mut tx = begin(&stage).await;
        discard(&stage.database, &mut tx, id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!((state(&stage, id).await, locked(&stage).await), (RunState::Void, 0));
        assert!(waiting(&stage.database, stage.clock.now()).await.unwrap().is_empty());
        let mut tx = begin(&stage).await;
        assert!(discard(&stage.database, &mut tx, id).await.unwrap().is_err());
        drop(tx);
        let (next, _) = held(&play, &file).await;
        applied(play.import(people(1..100)).await);
        assert_eq!((state(&stage, next).await, locked(&stage).await), (RunState::Void, 1));
        assert!(waiting(&stage.database, stage.clock.now()).await.unwrap().is_empty());
        assert_eq!(approved(&stage, next).await, Err(Refusal::NotWaiting));
    })
    .await;
}

#[tokio::test]
async fn whom_nobody_answers_is_asked_about_anew() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(0..100)).await);
        let (id, _) = held(&play, &people(20..100)).await;
        stage.clock.advance(APPROVAL_LIFE);
        stage.clock.advance(Millis::seconds(1));
        assert_eq!(approved(&stage, id).await, Err(Refusal::NotWaiting));
        let (next, _) = held(&play, &people(20..100)).await;
        assert_ne!(next, id);
        approved(&stage, next).await.unwrap();
        applied(play.import(people(20..100)).await);
        assert_eq!(locked(&stage).await, 20);
    })
    .await;
}

#[tokio::test]
async fn at_the_boundary_one_more_is_held() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(0..120)).await);
        held(&play, &people(7..120)).await;
        assert_eq!(applied(play.import(people(6..120)).await).locked, 6);
        let strict = format!("{MAPPING}[brake]\npercent = 0\nidentities = 2\nfloor = 2\n");
        let look =
            async |from: usize| play.look_as("payroll", &strict, people(from..120)).await.unwrap().held;
        assert_eq!((look(8).await, look(9).await), (false, true));
    })
    .await;
}

#[tokio::test]
async fn a_shifted_column_is_held_too() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(0..20)).await);
        let mangled = people(0..20).replace("Anna", "AnnÃ¦");
        let (_, survey) = held(&play, &mangled).await;
        assert_eq!(survey.losing, 20, "another name takes the level");
        let renamed = people(0..20).replace(";user", ";bruger");
        assert_eq!(held(&play, &renamed).await.1.losing, 20, "another user name takes the login");
    })
    .await;
}

#[tokio::test]
async fn a_run_is_on_record_with_what_it_did() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(0..10) + "x;user1;;;;;;;;;;;;;;\n").await);
        let runs = runs(&stage.database, 10).await.unwrap();
        assert_eq!(runs.len(), 1);
        let counts = runs[0].counts;
        assert_eq!((counts.records, counts.registered, counts.failed), (11, 10, 1));
        assert!(runs[0].finished.is_some() && runs[0].plan.contains("\"register\":10"), "{}", runs[0].plan);
        assert!(!runs[0].plan.contains("Andersen"), "{}", runs[0].plan);
    })
    .await;
}
