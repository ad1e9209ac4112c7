//! The link for the first administrator.

use portner_audit_log::testing::{Stage, for_each_engine};
use portner_directory::{SETUP_LINK_LIFE, SetupToken, check_setup_link, make_setup_link, use_setup_link};
use portner_domain::{Clock, Millis};

use crate::stage::{begin, count, events};

async fn a_link(stage: &Stage) -> SetupToken {
    let mut tx = begin(stage).await;
    let token = make_setup_link(&mut tx, &*stage.entropy).await.unwrap();
    tx.commit().await.unwrap();
    token
}

async fn works(stage: &Stage, token: &SetupToken) -> bool {
    check_setup_link(&stage.database, token, stage.clock.now()).await.unwrap()
}

async fn is_used(stage: &Stage, token: &SetupToken) -> bool {
    let mut tx = begin(stage).await;
    let used = use_setup_link(&mut tx, token).await.unwrap();
    if used {
        tx.commit().await.unwrap();
    }
    used
}

#[tokio::test]
async fn t_once_01_of_fifty_who_use_a_setup_link_at_once_one_can() {
    for_each_engine(|stage| async move {
        let token = a_link(&stage).await;
        let tries: Vec<_> = (0..50)
            .map(|_| {
                let (stage, token) = (stage.clone(), SetupToken::received(token.expose()));
                tokio::spawn(async move { is_used(&stage, &token).await })
            })
            .collect();
        let mut won = 0;
        for one in tries {
            won += usize::from(one.await.unwrap());
        }
        assert_eq!(won, 1);
        assert!(!works(&stage, &token).await);
        let used = events(&stage).await.iter().filter(|event| event.kind() == "setup-link-used").count();
        assert_eq!(used, 1);
    })
    .await;
}

#[tokio::test]
async fn t_tok_01_a_setup_link_is_kept_hashed_and_no_other_text_matches_it() {
    for_each_engine(|stage| async move {
        let token = a_link(&stage).await;
        let kept: String = sqlx::query_scalar("SELECT token_hash FROM setup_link")
            .fetch_one(stage.database.reader())
            .await
            .unwrap();
        assert_ne!(kept, token.expose());
        let shorter = &token.expose()[1..];
        for wrong in ["", " ", "%", &kept, shorter, &token.expose().to_uppercase()] {
            assert!(!works(&stage, &SetupToken::received(wrong)).await, "{wrong:?}");
            assert!(!is_used(&stage, &SetupToken::received(wrong)).await, "{wrong:?}");
        }
        assert!(works(&stage, &SetupToken::received(token.expose())).await);
    })
    .await;
}

#[tokio::test]
async fn a_setup_link_expires_and_looking_at_it_does_not_use_it_up() {
    for_each_engine(|stage| async move {
        let token = a_link(&stage).await;
        stage.clock.advance(Millis(SETUP_LINK_LIFE.0 - 1));
        assert!(works(&stage, &token).await && works(&stage, &token).await);
        stage.clock.advance(Millis(1));
        assert!(!works(&stage, &token).await);
        assert!(!is_used(&stage, &token).await);
        assert_eq!(count(&stage, "SELECT COUNT(*) FROM setup_link WHERE used_at IS NOT NULL").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_link_whose_use_comes_to_nothing_still_works() {
    for_each_engine(|stage| async move {
        let token = a_link(&stage).await;
        let mut tx = begin(&stage).await;
        assert!(use_setup_link(&mut tx, &token).await.unwrap());
        drop(tx);
        assert!(works(&stage, &token).await);
        assert!(is_used(&stage, &token).await);
    })
    .await;
}
