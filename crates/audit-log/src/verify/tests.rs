//! An intruder with all rights on the database, and what is found afterwards.

use std::path::PathBuf;

use portner_domain::IdentityId;
use portner_domain::life::Locker;
use sqlx::AssertSqlSafe;

use super::{Flaw, Verdict, Verified, verify};
use crate::note::{Checkpoint, NoteSigner};
use crate::testing::{START, Stage, for_each_engine};
use crate::tree::leaf_hash;
use crate::{Actor, Engine, Event, Sealer};

/// Checkpoints cover so many events each.
const CHECKPOINTS: [usize; 4] = [3, 1, 6, 2];

struct Scene {
    stage: Stage,
    file: PathBuf,
    sealer: Sealer,
    ids: Vec<String>,
}

/// A sealed log of twelve events under four checkpoints, without its triggers.
async fn scene(stage: Stage) -> Scene {
    let file = stage.folder.path().join("checkpoints");
    let sealer = Sealer::new("a", signer(1), &[], &file).unwrap();
    for count in CHECKPOINTS {
        for n in 0..count {
            let event = Event::IdentityLocked {
                identity: IdentityId::new(START, &*stage.entropy),
                locker: Locker::Support,
                why: n.to_string(),
            };
            stage.log.append(Actor::system("test"), event).await.unwrap();
        }
        stage.log.seal_once(&sealer).await.unwrap();
    }
    let ids = sqlx::query_scalar("SELECT id FROM audit_event ORDER BY seq")
        .fetch_all(stage.database.reader())
        .await
        .unwrap();
    let scene = Scene { stage, file, sealer, ids };
    scene.drop_triggers().await;
    assert!(matches!(
        scene.verdict().await,
        Verdict::Sound(Verified { events: 12, checkpoints: 4, remembered: 4, .. })
    ));
    scene
}

fn signer(seed: u8) -> NoteSigner {
    NoteSigner::new("log.example/audit", &[seed; 32]).unwrap()
}

impl Scene {
    async fn drop_triggers(&self) {
        let sql = match self.stage.engine {
            Engine::Sqlite => {
                "DROP TRIGGER audit_event_is_not_updated; DROP TRIGGER audit_event_is_not_deleted;
                 DROP TRIGGER audit_checkpoint_is_not_updated; DROP TRIGGER audit_checkpoint_is_not_deleted"
            }
            Engine::Postgres => "DROP FUNCTION audit_is_append_only CASCADE",
        };
        self.tamper(sql).await;
    }

    async fn tamper(&self, sql: impl Into<String>) {
        sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(self.stage.danger_writer()).await.unwrap();
    }

    async fn body(&self, seq: i64) -> String {
        sqlx::query_scalar("SELECT body FROM audit_event WHERE seq = $1")
            .bind(seq)
            .fetch_one(self.stage.database.reader())
            .await
            .unwrap()
    }

    async fn set_body(&self, seq: i64, body: &str, hash_too: bool) {
        let hash = leaf_hash(body.as_bytes()).to_string();
        sqlx::query("UPDATE audit_event SET body = $1 WHERE seq = $2")
            .bind(body)
            .bind(seq)
            .execute(self.stage.danger_writer())
            .await
            .unwrap();
        if hash_too {
            self.tamper(format!("UPDATE audit_event SET leaf_hash = '{hash}' WHERE seq = {seq}")).await;
        }
    }

    async fn set_note(&self, number: i64, note: &str) {
        sqlx::query("UPDATE audit_checkpoint SET note = $1 WHERE number = $2")
            .bind(note)
            .bind(number)
            .execute(self.stage.danger_writer())
            .await
            .unwrap();
    }

    async fn verdict(&self) -> Verdict {
        verify(&self.stage.database, self.sealer.keys(), Some(&self.file)).await.unwrap()
    }

    async fn verdict_without_file(&self) -> Verdict {
        verify(&self.stage.database, self.sealer.keys(), None).await.unwrap()
    }

    /// It is found, at this event, by this flaw.
    async fn finds(&self, seq: usize, named: bool, flaw: Flaw) {
        let Verdict::Unsound(finding) = self.verdict().await else { panic!("{flaw:?} was not found") };
        assert_eq!((finding.seq, &finding.flaw), (seq as i64, &flaw), "{finding}");
        assert_eq!(finding.id.as_ref(), named.then(|| &self.ids[seq]), "{finding}");
    }
}

/// Runs one act of tampering on each engine, each on a log of its own.
macro_rules! tampering {
    ($($(#[$doc:meta])* $name:ident: |$scene:ident| $act:block)*) => {$(
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            for_each_engine(|stage| async move {
                let $scene = scene(stage).await;
                $act
            })
            .await;
        }
    )*};
}

tampering! {
    tampering_with_one_character_of_an_event_is_found: |scene| {
        let body = scene.body(6).await;
        scene.set_body(6, &body.replace("test", "tess"), false).await;
        scene.finds(6, true, Flaw::Altered).await;
    }

    tampering_with_the_identifier_of_an_event_is_found: |scene| {
        scene.tamper("UPDATE audit_event SET id = '019a0000-0000-7000-8000-000000000000' WHERE seq = 11").await;
        let Verdict::Unsound(finding) = scene.verdict().await else { panic!() };
        assert_eq!((finding.seq, finding.flaw), (11, Flaw::Altered));
    }

    tampering_with_an_event_and_its_hash_is_found: |scene| {
        let body = scene.body(6).await;
        scene.set_body(6, &body.replace("test", "tess"), true).await;
        scene.finds(4, true, Flaw::Replaced { last: 9 }).await;
    }

    tampering_with_an_event_alone_under_its_checkpoint_and_its_hash_names_it: |scene| {
        let body = scene.body(3).await;
        scene.set_body(3, &body.replace("test", "tess"), true).await;
        scene.finds(3, true, Flaw::Replaced { last: 3 }).await;
    }

    tampering_that_only_rewrites_the_json_is_found: |scene| {
        let body = scene.body(6).await;
        scene.set_body(6, &body.replacen(',', ", ", 1), true).await;
        scene.finds(6, true, Flaw::Altered).await;
    }

    tampering_by_deleting_an_event_is_found: |scene| {
        scene.tamper("DELETE FROM audit_event WHERE seq = 5").await;
        scene.finds(5, false, Flaw::Missing).await;
    }

    tampering_by_deleting_the_first_event_is_found: |scene| {
        scene.tamper("DELETE FROM audit_event WHERE seq = 0").await;
        scene.finds(0, false, Flaw::Missing).await;
    }

    tampering_by_deleting_an_event_and_closing_the_gap_is_found: |scene| {
        scene.tamper("DELETE FROM audit_event WHERE seq = 5").await;
        for seq in 6..12 {
            scene.tamper(format!("UPDATE audit_event SET seq = {} WHERE seq = {seq}", seq - 1)).await;
        }
        // The six events up to 9 now end with the former event 10.
        scene.finds(4, true, Flaw::Replaced { last: 9 }).await;
    }

    tampering_by_swapping_two_bodies_is_found: |scene| {
        let (one, two) = (scene.body(5).await, scene.body(7).await);
        scene.set_body(5, &two, false).await;
        scene.set_body(7, &one, false).await;
        scene.finds(5, true, Flaw::Reordered).await;
    }

    tampering_by_swapping_two_events_is_found: |scene| {
        scene.tamper("UPDATE audit_event SET seq = -1 WHERE seq = 5").await;
        scene.tamper("UPDATE audit_event SET seq = 5 WHERE seq = 7").await;
        scene.tamper("UPDATE audit_event SET seq = 7 WHERE seq = -1").await;
        let Verdict::Unsound(finding) = scene.verdict().await else { panic!() };
        assert_eq!((finding.seq, finding.id.as_ref(), finding.flaw), (5, Some(&scene.ids[7]), Flaw::Reordered));
    }

    tampering_by_swapping_neighbours_is_found: |scene| {
        scene.tamper("UPDATE audit_event SET seq = -1 WHERE seq = 8").await;
        scene.tamper("UPDATE audit_event SET seq = 8 WHERE seq = 9").await;
        scene.tamper("UPDATE audit_event SET seq = 9 WHERE seq = -1").await;
        let Verdict::Unsound(finding) = scene.verdict().await else { panic!() };
        assert_eq!((finding.seq, finding.id.as_ref(), finding.flaw), (8, Some(&scene.ids[9]), Flaw::Reordered));
    }

    tampering_by_inserting_an_event_before_all_others_is_found: |scene| {
        scene.tamper("INSERT INTO audit_event (seq, id, body, leaf_hash) VALUES (-5, 'x', 'x', 'x')").await;
        let Verdict::Unsound(finding) = scene.verdict().await else { panic!() };
        assert_eq!((finding.seq, finding.flaw), (-5, Flaw::Unsigned));
    }

    tampering_by_adding_an_event_very_far_on_is_found_at_once: |scene| {
        scene
            .tamper("INSERT INTO audit_event (seq, id, body, leaf_hash) VALUES (9223372036854775807, 'x', 'x', 'x')")
            .await;
        let Verdict::Unsound(finding) = scene.verdict().await else { panic!() };
        assert_eq!((finding.seq, finding.flaw), (12, Flaw::Missing));
    }

    tampering_by_adding_an_event_is_found: |scene| {
        let body = scene.body(11).await.replace(&scene.ids[11], "fffa0000-0000-7000-8000-000000000000");
        let hash = leaf_hash(body.as_bytes());
        scene.tamper(format!(
            "INSERT INTO audit_event (seq, id, body, leaf_hash) \
             VALUES (12, 'fffa0000-0000-7000-8000-000000000000', '{body}', '{hash}')"
        )).await;
        let Verdict::Unsound(finding) = scene.verdict().await else { panic!() };
        assert_eq!((finding.seq, finding.flaw), (12, Flaw::Unsigned));
    }

    tampering_by_cutting_off_the_last_events_is_found: |scene| {
        scene.tamper("DELETE FROM audit_event WHERE seq >= 11").await;
        scene.finds(11, false, Flaw::Truncated { size: 12 }).await;
        assert!(matches!(scene.verdict_without_file().await, Verdict::Unsound(_)));
    }

    /// What is left is sound by itself: only the file outside the database knows more.
    tampering_by_cutting_off_the_last_events_and_checkpoints_is_found: |scene| {
        scene.tamper("DELETE FROM audit_event WHERE seq >= 10; DELETE FROM audit_checkpoint WHERE size > 10").await;
        assert!(matches!(scene.verdict_without_file().await, Verdict::Sound(Verified { events: 10, .. })));
        scene.finds(10, false, Flaw::Truncated { size: 12 }).await;
    }

    tampering_by_emptying_the_log_is_found: |scene| {
        scene.tamper("DELETE FROM audit_event; DELETE FROM audit_checkpoint").await;
        scene.finds(0, false, Flaw::Truncated { size: 3 }).await;
    }

    tampering_by_removing_the_last_checkpoint_is_found: |scene| {
        scene.tamper("DELETE FROM audit_checkpoint WHERE number = 3").await;
        scene.finds(10, true, Flaw::Unsigned).await;
    }

    tampering_by_removing_a_checkpoint_in_between_is_found: |scene| {
        scene.tamper("DELETE FROM audit_checkpoint WHERE number = 1").await;
        scene.finds(3, true, Flaw::CheckpointMissing { number: 1 }).await;
    }

    tampering_with_an_event_under_a_checkpoint_forged_with_another_key_is_found: |scene| {
        let body = scene.body(11).await.replace("test", "tess");
        scene.set_body(11, &body, true).await;
        let hashes: Vec<String> = sqlx::query_scalar("SELECT leaf_hash FROM audit_event ORDER BY seq")
            .fetch_all(scene.stage.database.reader())
            .await
            .unwrap();
        let tree: crate::tree::Frontier = hashes.iter().map(|hash| hash.parse().unwrap()).collect();
        scene.set_note(3, &Checkpoint::sign(12, tree.root(), &signer(9))).await;
        scene.finds(10, true, Flaw::CheckpointForged { size: 12 }).await;
    }

    tampering_by_putting_an_older_checkpoint_in_place_of_another_is_found: |scene| {
        let older: String = sqlx::query_scalar("SELECT note FROM audit_checkpoint WHERE number = 1")
            .fetch_one(scene.stage.database.reader())
            .await
            .unwrap();
        scene.set_note(2, &older).await;
        scene.finds(4, true, Flaw::CheckpointForged { size: 10 }).await;
    }

    /// Whoever has the key can sign another past, but not make the file forget.
    tampering_with_the_signing_key_is_found_by_the_file: |scene| {
        let body = scene.body(11).await.replace("test", "tess");
        scene.set_body(11, &body, true).await;
        let hashes: Vec<String> = sqlx::query_scalar("SELECT leaf_hash FROM audit_event ORDER BY seq")
            .fetch_all(scene.stage.database.reader())
            .await
            .unwrap();
        let tree: crate::tree::Frontier = hashes.iter().map(|hash| hash.parse().unwrap()).collect();
        scene.set_note(3, &Checkpoint::sign(12, tree.root(), &signer(1))).await;
        assert!(matches!(scene.verdict_without_file().await, Verdict::Sound(_)));
        let Verdict::Unsound(finding) = scene.verdict().await else { panic!() };
        assert_eq!(finding.flaw, Flaw::NotAsRemembered { size: 12 });
    }

    tampering_with_the_checkpoint_file_is_found: |scene| {
        let forged = Checkpoint::sign(12, leaf_hash(b"x"), &signer(9));
        std::fs::write(&scene.file, serde_json::to_string(&forged).unwrap()).unwrap();
        let Verdict::Unsound(finding) = scene.verdict().await else { panic!() };
        assert_eq!((finding.seq, finding.flaw), (11, Flaw::CheckpointForged { size: 12 }));
    }

    a_line_of_the_checkpoint_file_that_a_crash_cut_short_is_passed_over: |scene| {
        let text = std::fs::read_to_string(&scene.file).unwrap();
        std::fs::write(&scene.file, &text[..text.len() - 20]).unwrap();
        assert!(matches!(scene.verdict().await, Verdict::Sound(Verified { remembered: 3, .. })));
        let sealer = Sealer::new("a", signer(1), &[], &scene.file).unwrap();
        let event = Event::IdentityLocked { identity: IdentityId::new(START, &*scene.stage.entropy), locker: Locker::Support, why: String::new() };
        scene.stage.log.append(Actor::system("test"), event).await.unwrap();
        scene.stage.log.seal_once(&sealer).await.unwrap();
        assert!(matches!(scene.verdict().await, Verdict::Sound(Verified { events: 13, remembered: 4, .. })));
    }

    a_log_may_grow_while_it_is_verified: |scene| {
        let writing = async {
            for n in 0..60 {
                let identity = IdentityId::new(START, &*scene.stage.entropy);
                let event = Event::IdentityLocked { identity, locker: Locker::Support, why: n.to_string() };
                scene.stage.log.append(Actor::system("test"), event).await.unwrap();
                scene.stage.log.seal_once(&scene.sealer).await.unwrap();
            }
        };
        let verifying = async {
            for _ in 0..20 {
                let verdict = scene.verdict().await;
                assert!(matches!(verdict, Verdict::Sound(_)), "{verdict:?}");
            }
        };
        tokio::join!(writing, verifying);
    }
}
