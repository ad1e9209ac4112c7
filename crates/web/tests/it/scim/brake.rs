//! The brake: whoever takes too many logins in a day waits for a second person.

use portner_audit_log::Event;
use portner_directory::feed::{Brake, RunState, approve, discard, runs};
use portner_domain::role::Proposal;
use serde_json::json;

use super::{Program, log};
use crate::stage::{World, for_each_world};

const BRAKE: Brake = Brake { percent: 100, identities: 2, floor: 2 };

async fn crowd(world: &World, many: usize) -> (Program, Vec<String>) {
    let entra = Program::of(world, "entra", BRAKE).await;
    let mut all = Vec::new();
    for n in 0..many {
        all.push(entra.has(&format!("user{n}")).await);
    }
    (entra, all)
}

async fn stop(entra: &Program, at: &str) -> super::Heard {
    entra.patch(at, &json!([{ "op": "Replace", "path": "active", "value": "False" }])).await
}

#[tokio::test]
async fn one_too_many_is_held_until_a_second_person_agrees() {
    for_each_world(|world| async move {
        let (entra, all) = crowd(&world, 6).await;
        assert_eq!(stop(&entra, &all[0]).await.status, 200);
        assert_eq!(entra.delete(&all[1]).await.status, 204);
        let held = stop(&entra, &all[2]).await;
        held.is_error(503, "");
        assert!(held.text.contains("held for approval"), "{held:?}");
        assert_eq!(held.header("retry-after"), "3600");
        assert_eq!(entra.get(&all[2]).await.body.get("active"), None, "nothing happened");
        entra.delete(&all[3]).await.is_error(503, "");
        stop(&entra, &all[2]).await.is_error(503, "");
        // What takes nothing from anybody goes on.
        let title = json!([{ "op": "add", "path": "title", "value": "Leder" }]);
        assert_eq!(entra.patch(&all[2], &title).await.status, 200);
        assert_eq!(stop(&entra, &all[0]).await.status, 200, "whoever is stopped is stopped");
        assert_eq!(entra.delete(&all[0]).await.status, 204, "and counted once, though they end");
        let database = &world.stage.database;
        let [run] = &runs(database, 9).await.unwrap()[..] else { panic!("one run") };
        assert_eq!((run.state, run.losing, run.feed.as_str()), (RunState::Held, 2, "entra"));
        world.stage.seal().await;
        let proposed = world.events("proposed").await;
        let asked = Proposal::ReleaseFeed { run: run.id.to_string() };
        assert!(
            matches!(&proposed[..], [Event::Proposed { proposal, .. }] if *proposal == asked),
            "{proposed:?}"
        );
        assert!(world.refused_to_clients().await.iter().all(|why| why == "held for approval"));
        let mut tx = world.begin().await;
        approve(database, &mut tx, run.id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(stop(&entra, &all[2]).await.status, 200);
        assert_eq!(entra.delete(&all[3]).await.status, 204);
        // Counting begins anew, and nobody else was agreed to for good.
        assert_eq!(stop(&entra, &all[4]).await.status, 200);
        let [run] = &runs(database, 9).await.unwrap()[..] else { panic!("one run") };
        assert_eq!(run.state, RunState::Finished);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_declined_stays_and_is_asked_about_anew() {
    for_each_world(|world| async move {
        let (entra, all) = crowd(&world, 5).await;
        for at in &all[..2] {
            assert_eq!(stop(&entra, at).await.status, 200);
        }
        stop(&entra, &all[2]).await.is_error(503, "");
        let database = &world.stage.database;
        let run = runs(database, 9).await.unwrap().remove(0);
        let mut tx = world.begin().await;
        discard(database, &mut tx, run.id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        stop(&entra, &all[2]).await.is_error(503, "");
        let again = runs(database, 9).await.unwrap();
        assert_eq!(again.iter().filter(|run| run.state == RunState::Held).count(), 1);
        assert_eq!(again.len(), 2);
        // A day later nobody counts any more.
        world.pass(24 * 60 + 1);
        assert_eq!(stop(&entra, &all[3]).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn nobody_asks_in_time_and_another_run_takes_its_place() {
    for_each_world(|world| async move {
        let (entra, all) = crowd(&world, 5).await;
        for at in &all[..2] {
            assert_eq!(stop(&entra, at).await.status, 200);
        }
        stop(&entra, &all[2]).await.is_error(503, "");
        world.pass(8 * 24 * 60);
        for at in &all[3..] {
            assert_eq!(stop(&entra, at).await.status, 200);
        }
        stop(&entra, &all[2]).await.is_error(503, "");
        let states: Vec<RunState> =
            runs(&world.stage.database, 9).await.unwrap().iter().map(|run| run.state).collect();
        assert_eq!(states, [RunState::Held, RunState::Void]);
        assert_eq!(log(&world).await.matches("\"feed-held\"").count(), 2);
    })
    .await;
}

#[tokio::test]
async fn of_many_at_the_same_moment_no_more_pass_than_one_by_one() {
    for_each_world(|world| async move {
        let (entra, all) = crowd(&world, 8).await;
        let tried = all.into_iter().map(|at| {
            let entra = entra.clone();
            tokio::spawn(async move { stop(&entra, &at).await.status })
        });
        let mut passed = 0;
        for one in tried.collect::<Vec<_>>() {
            let status = one.await.unwrap();
            assert!([200, 503].contains(&status), "{status}");
            passed += usize::from(status == 200);
        }
        assert_eq!(passed, 2);
    })
    .await;
}
