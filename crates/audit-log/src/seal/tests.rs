//! Sealing, alone and beside other nodes, on both engines.

use std::sync::Arc;
use std::time::Duration;

use portner_domain::life::Locker;
use portner_domain::{IdentityId, Millis};

use super::{LEASE, SEAL_EVENTS_MAX, Sealed, Sealer, run_sealer};
use crate::note::NoteSigner;
use crate::testing::{START, Stage, for_each_engine};
use crate::tree::{verify_consistency, verify_inclusion};
use crate::verify::{Verdict, Verified, verify};
use crate::{Actor, AuditLog, Database, Engine, Error, Event, EventId};

fn sealer(stage: &Stage, node: &str) -> Sealer {
    let signer = NoteSigner::new("log.example/audit", &[1; 32]).unwrap();
    Sealer::new(node, signer, &[], &stage.folder.path().join("checkpoints")).unwrap()
}

async fn append(stage: &Stage, log: &AuditLog, count: usize) -> Vec<EventId> {
    let mut ids = Vec::new();
    for n in 0..count {
        let event = Event::IdentityLocked {
            identity: IdentityId::new(START, &*stage.entropy),
            locker: Locker::Support,
            why: n.to_string(),
        };
        ids.push(log.append(Actor::system("test"), event).await.unwrap());
    }
    ids
}

async fn sound(stage: &Stage, sealer: &Sealer) -> Verified {
    let file = stage.folder.path().join("checkpoints");
    match verify(&stage.database, sealer.keys(), Some(&file)).await.unwrap() {
        Verdict::Sound(verified) => verified,
        Verdict::Unsound(finding) => panic!("{finding}"),
    }
}

async fn second_node(stage: &Stage) -> AuditLog {
    let database = Database::open(&stage.settings).await.unwrap();
    AuditLog::new(database, Arc::clone(&stage.clock) as _, Arc::clone(&stage.entropy) as _)
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_sealed_in_the_order_they_were_written() {
    for_each_engine(|stage| async move {
        let sealer = sealer(&stage, "a");
        assert_eq!(stage.log.seal_once(&sealer).await.unwrap(), Sealed::Nothing);
        let mut ids = append(&stage, &stage.log, 5).await;
        assert_eq!(stage.log.seal_once(&sealer).await.unwrap(), Sealed::Events { count: 5, size: 5 });
        ids.extend(append(&stage, &stage.log, 3).await);
        assert_eq!(stage.log.seal_once(&sealer).await.unwrap(), Sealed::Events { count: 3, size: 8 });
        assert_eq!(stage.log.seal_once(&sealer).await.unwrap(), Sealed::Nothing);
        let sealed: Vec<(i64, String)> = sqlx::query_as("SELECT seq, id FROM audit_event ORDER BY seq")
            .fetch_all(stage.database.reader())
            .await
            .unwrap();
        let expected: Vec<_> = (0..).zip(ids.iter().map(EventId::to_string)).collect();
        assert_eq!(sealed, expected);
        let verified = sound(&stage, &sealer).await;
        assert_eq!(
            (verified.events, verified.checkpoints, verified.remembered, verified.unsealed),
            (8, 2, 2, 0)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sealing_is_bounded_so_that_writers_do_not_wait_long() {
    for_each_engine(|stage| async move {
        let (sealer, most) = (sealer(&stage, "a"), SEAL_EVENTS_MAX as u64);
        let mut tx = stage.log.begin(Actor::system("test")).await.unwrap();
        for n in 0..most + 7 {
            let identity = IdentityId::new(START, &*stage.entropy);
            tx.write(Event::IdentityLocked { identity, locker: Locker::Support, why: n.to_string() });
        }
        tx.commit().await.unwrap();
        assert_eq!(stage.log.seal_once(&sealer).await.unwrap(), Sealed::Events { count: most, size: most });
        assert_eq!(stage.log.seal_once(&sealer).await.unwrap(), Sealed::Events { count: 7, size: most + 7 });
        sound(&stage, &sealer).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_seals_only_when_the_first_is_silent() {
    for_each_engine(|stage| async move {
        let (one, two, other) = (sealer(&stage, "a"), sealer(&stage, "b"), second_node(&stage).await);
        append(&stage, &stage.log, 1).await;
        stage.log.seal_once(&one).await.unwrap();
        append(&stage, &other, 1).await;
        assert_eq!(other.seal_once(&two).await.unwrap(), Sealed::ByAnother);
        stage.clock.advance(LEASE);
        assert_eq!(other.seal_once(&two).await.unwrap(), Sealed::Events { count: 1, size: 2 });
        append(&stage, &stage.log, 1).await;
        assert_eq!(stage.log.seal_once(&one).await.unwrap(), Sealed::ByAnother);
        sound(&stage, &two).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_seal_and_write_all_at_once_seal_every_event_once() {
    for_each_engine(|stage| async move {
        let nodes = futures_util::future::join_all((0..4).map(|n| {
            let stage = stage.clone();
            async move {
                let log = second_node(&stage).await;
                // Each in a process of its own would have its own identifiers and its own file.
                let signer = NoteSigner::new("log.example/audit", &[1; 32]).unwrap();
                let file = stage.folder.path().join(format!("checkpoints-{n}"));
                (log, Sealer::new(&n.to_string(), signer, &[], &file).unwrap())
            }
        }))
        .await;
        let work = nodes.into_iter().map(|(log, sealer)| {
            let stage = stage.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    append(&stage, &log, 5).await;
                    // Leases expire at once: only the row lock keeps them apart.
                    stage.clock.advance(LEASE);
                    log.seal_once(&sealer).await.unwrap();
                }
            })
        });
        futures_util::future::join_all(work).await.into_iter().for_each(Result::unwrap);
        let last = Sealer {
            file: super::CheckpointFile::open("/dev/null".as_ref(), &[]).unwrap(),
            ..sealer(&stage, "x")
        };
        stage.clock.advance(LEASE);
        while let Sealed::Events { .. } = stage.log.seal_once(&last).await.unwrap() {}
        let Verdict::Sound(verified) = verify(&stage.database, last.keys(), None).await.unwrap() else {
            panic!()
        };
        assert_eq!((verified.events, verified.unsealed), (400, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_sealer_seals_by_itself_and_the_rest_when_stopped() {
    for_each_engine(|stage| async move {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let keys = sealer(&stage, "a");
        let running = tokio::spawn(run_sealer(stage.log.clone(), sealer(&stage, "a"), async {
            drop(stopped.await);
        }));
        append(&stage, &stage.log, 3).await;
        while sound(&stage, &keys).await.events < 3 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        append(&stage, &stage.log, 2).await;
        stop.send(()).unwrap();
        running.await.unwrap();
        assert_eq!(sound(&stage, &keys).await.events, 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_onto_a_log_that_was_tampered_with() {
    for_each_engine(|stage| async move {
        let one = sealer(&stage, "a");
        append(&stage, &stage.log, 3).await;
        stage.log.seal_once(&one).await.unwrap();
        append(&stage, &stage.log, 1).await;
        let set = async |sql: &'static str| {
            sqlx::query(sql).execute(stage.danger_writer()).await.map(drop).unwrap()
        };
        let refused = async |sealer: &Sealer| {
            let answer = stage.log.seal_once(sealer).await;
            assert!(matches!(answer, Err(Error::Tampered(_))), "{answer:?}");
        };
        let frontier: String = sqlx::query_scalar("SELECT frontier FROM audit_sealer")
            .fetch_one(stage.database.reader())
            .await
            .unwrap();
        for sql in [
            "UPDATE audit_sealer SET frontier = ''",
            "UPDATE audit_sealer SET frontier = 'x y'",
            "UPDATE audit_sealer SET size = 2",
            "UPDATE audit_sealer SET size = 0, frontier = ''",
        ] {
            set(sql).await;
            refused(&one).await;
            sqlx::query("UPDATE audit_sealer SET size = 3, frontier = $1")
                .bind(frontier.as_str())
                .execute(stage.danger_writer())
                .await
                .unwrap();
        }
        assert_eq!(stage.log.seal_once(&one).await.unwrap(), Sealed::Events { count: 1, size: 4 });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_and_its_checkpoints_are_append_only() {
    for_each_engine(|stage| async move {
        append(&stage, &stage.log, 2).await;
        stage.log.seal_once(&sealer(&stage, "a")).await.unwrap();
        append(&stage, &stage.log, 1).await;
        for sql in [
            "UPDATE audit_event SET body = 'x'",
            "DELETE FROM audit_event",
            "UPDATE audit_checkpoint SET note = 'x'",
            "DELETE FROM audit_checkpoint",
            "UPDATE audit_pending SET body = 'x'",
        ] {
            let refusal = sqlx::query(sql).execute(stage.danger_writer()).await.unwrap_err();
            assert!(refusal.to_string().contains("append-only"), "{sql}: {refusal}");
        }
        sqlx::query("INSERT INTO audit_event (seq, id, body, leaf_hash) VALUES (0, 'x', 'x', 'x')")
            .execute(stage.danger_writer())
            .await
            .unwrap_err();
        if stage.engine == Engine::Sqlite {
            let replace =
                "INSERT OR REPLACE INTO audit_event (seq, id, body, leaf_hash) VALUES (0, 'x', 'x', 'x')";
            let refusal = sqlx::query(replace).execute(stage.danger_writer()).await.unwrap_err();
            assert!(refusal.to_string().contains("append-only"), "{refusal}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolled_key_continues_the_log_of_the_one_before() {
    for_each_engine(|stage| async move {
        let old = sealer(&stage, "a");
        append(&stage, &stage.log, 1).await;
        stage.log.seal_once(&old).await.unwrap();
        append(&stage, &stage.log, 1).await;
        let file = stage.folder.path().join("checkpoints");
        let signer = || NoteSigner::new("log.example/audit", &[2; 32]).unwrap();
        assert!(Sealer::new("a", signer(), &[], &file).is_err(), "a file by a key nobody vouches for");
        let new = Sealer::new("a", signer(), old.keys(), &file).unwrap();
        assert_eq!(stage.log.seal_once(&new).await.unwrap(), Sealed::Events { count: 1, size: 2 });
        assert_eq!(sound(&stage, &new).await.checkpoints, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_from_the_database_hold() {
    for_each_engine(|stage| async move {
        let (sealer, mut roots) = (sealer(&stage, "a"), Vec::new());
        let mut ids = Vec::new();
        for count in [1, 6, 13, 64] {
            ids.extend(append(&stage, &stage.log, count).await);
            stage.log.seal_once(&sealer).await.unwrap();
            roots.push((ids.len() as u64, sound(&stage, &sealer).await.root));
        }
        let (size, root) = roots[3];
        for (index, id) in (0..).zip(&ids) {
            let body: String = sqlx::query_scalar("SELECT body FROM audit_event WHERE id = $1")
                .bind(id.to_string())
                .fetch_one(stage.database.reader())
                .await
                .unwrap();
            let proof = stage.log.prove_inclusion(*id, size).await.unwrap();
            assert_eq!(proof.index, index);
            assert!(verify_inclusion(
                crate::tree::leaf_hash(body.as_bytes()),
                index,
                size,
                &proof.hashes,
                root
            ));
        }
        for old in &roots {
            let proof = stage.log.prove_consistency(old.0, size).await.unwrap();
            assert!(verify_consistency(*old, (size, root), &proof), "{} in {size}", old.0);
        }
        assert!(matches!(stage.log.prove_inclusion(ids[0], size + 1).await, Err(Error::NoSuchEvent)));
        assert!(matches!(stage.log.prove_consistency(1, size + 1).await, Err(Error::NoSuchEvent)));
        let unknown = EventId(IdentityId::new(START.plus(Millis(1)), &*stage.entropy).0);
        assert!(matches!(stage.log.prove_inclusion(unknown, size).await, Err(Error::NoSuchEvent)));
    })
    .await;
}
