//! Whoever changes something tells of it, once, and nobody who did not.

use std::collections::BTreeSet;

use portner_domain::authenticator::{Ceremony, Kind};
use portner_domain::life::Locker;
use portner_domain::{AuthenticatorId, Clock, IdentityId, Millis};
use uuid::Uuid;

use super::{CLAIM_LIFE, CLAIM_NOTICES_MAX, NOTICE_LIFE};
use crate::events::Reader;
use crate::testing::{START, Stage, for_each_engine};
use crate::{Actor, AuditLog, Database, Event, Recorded};

const ANNA: IdentityId = IdentityId(Uuid::from_u128(1));

fn bound(identity: IdentityId) -> Event {
    let authenticator = AuthenticatorId(Uuid::from_u128(7));
    let (authenticator_kind, ceremony) = (Kind::Password, Ceremony::Unvouched);
    Event::AuthenticatorBound { authenticator, identity, authenticator_kind, ceremony, level: None }
}

fn locked() -> Event {
    Event::IdentityLocked { identity: ANNA, locker: Locker::Support, why: "asked for it".to_owned() }
}

async fn commit(log: &AuditLog, events: impl IntoIterator<Item = Event>) {
    let mut tx = log.begin(Actor::Identity(ANNA)).await.unwrap();
    for event in events {
        tx.write(event);
    }
    tx.commit().await.unwrap();
}

async fn kinds(stage: &Stage) -> Vec<String> {
    let mut reader = Reader::new(&stage.database);
    let mut kinds = Vec::new();
    while let Some(page) = reader.next_page().await.unwrap() {
        kinds.extend(page.iter().map(|body| body.parse::<Recorded>().unwrap().event.kind().to_owned()));
    }
    kinds
}

/// Another node of the same installation.
async fn node(stage: &Stage) -> AuditLog {
    let database = Database::open(&stage.settings).await.unwrap();
    AuditLog::new(database, stage.clock.clone(), stage.entropy.clone())
}

#[tokio::test]
async fn what_one_transaction_does_to_somebody_is_one_notice_that_says_when_and_from_where() {
    for_each_engine(|stage| async move {
        let other = IdentityId(Uuid::from_u128(2));
        let log = stage.log.from_address("192.0.2.7".parse().unwrap());
        let silent =
            Event::InvitationUsed { invitation: portner_domain::InvitationId(Uuid::nil()), identity: ANNA };
        commit(&log, [bound(ANNA), silent, bound(other), locked()]).await;
        let claimed = stage.log.claim_notices().await.unwrap();
        let annas = &claimed.iter().find(|one| one.notice.identity == ANNA).unwrap().notice;
        assert_eq!(annas.events, [bound(ANNA), locked()]);
        assert_eq!((annas.at, annas.address.as_deref()), (START, Some("192.0.2.7")));
        assert_eq!((claimed.len(), &annas.actor), (2, &Actor::Identity(ANNA)));
    })
    .await;
}

#[tokio::test]
async fn what_did_not_happen_is_not_told_and_what_happened_is() {
    for_each_engine(|stage| async move {
        let mut tx = stage.log.begin(Actor::system("test")).await.unwrap();
        tx.write(locked());
        drop(tx);
        assert_eq!(stage.log.notices_waiting().await.unwrap().length, 0);
        commit(&stage.log, [locked()]).await;
        let waiting = stage.log.notices_waiting().await.unwrap();
        assert_eq!((waiting.length, waiting.oldest), (1, Some(START)));
    })
    .await;
}

#[tokio::test]
async fn of_two_nodes_one_sends_a_notice() {
    for_each_engine(|stage| async move {
        let nodes = [node(&stage).await, node(&stage).await];
        for _ in 0..2 * CLAIM_NOTICES_MAX {
            commit(&stage.log, [locked()]).await;
        }
        let claims: Vec<_> = (0..8)
            .map(|n| {
                let node = nodes[n % 2].clone();
                tokio::spawn(async move { node.claim_notices().await.unwrap() })
            })
            .collect();
        let mut ids = Vec::new();
        for claim in claims {
            ids.extend(claim.await.unwrap().into_iter().map(|one| one.notice.id.to_string()));
        }
        // Those who ask at once may go away with less than there is; whoever asks next gets the rest.
        ids.extend(nodes[0].claim_notices().await.unwrap().into_iter().map(|one| one.notice.id.to_string()));
        ids.extend(nodes[1].claim_notices().await.unwrap().into_iter().map(|one| one.notice.id.to_string()));
        assert_eq!(ids.len(), usize::try_from(2 * CLAIM_NOTICES_MAX).unwrap(), "none is lost");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "none is claimed twice");
    })
    .await;
}

#[tokio::test]
async fn a_notice_whose_sender_died_is_sent_by_the_next_and_settled_once() {
    for_each_engine(|stage| async move {
        commit(&stage.log, [locked()]).await;
        let first = stage.log.claim_notices().await.unwrap().remove(0);
        stage.clock.advance(Millis(CLAIM_LIFE.0 - 1));
        assert!(stage.log.claim_notices().await.unwrap().is_empty(), "it is still claimed");
        stage.clock.advance(Millis(1));
        let second = stage.log.claim_notices().await.unwrap().remove(0);
        assert_eq!((first.notice.id, second.tries), (second.notice.id, 2));
        assert!(stage.log.notice_sent(&second.notice).await.unwrap());
        assert!(!stage.log.notice_sent(&first.notice).await.unwrap(), "the first was not dead after all");
        assert_eq!(kinds(&stage).await, ["identity-locked", "notice-sent"]);
        assert_eq!(stage.log.notices_waiting().await.unwrap().oldest, None);
    })
    .await;
}

#[tokio::test]
async fn tries_grow_rarer_and_end_after_a_day() {
    for_each_engine(|stage| async move {
        commit(&stage.log, [locked()]).await;
        let mut waits = Vec::new();
        let last = loop {
            let claimed = stage.log.claim_notices().await.unwrap().remove(0);
            let now = stage.clock.now();
            let Some(due) = claimed.next_try(now) else { break claimed };
            stage.log.notice_postponed(&claimed.notice, due).await.unwrap();
            stage.clock.set(due.minus(Millis(1)));
            assert!(stage.log.claim_notices().await.unwrap().is_empty(), "not due yet");
            stage.clock.set(due);
            waits.push(due.since(now).unwrap().whole_minutes());
        };
        assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        let age = stage.clock.now().since(last.notice.at).unwrap();
        assert!(age <= NOTICE_LIFE && age > Millis(NOTICE_LIFE.0 - 2 * 3_600_000), "{age:?}");
        assert!(stage.log.notice_given_up(&last.notice, "not-delivered").await.unwrap());
        assert_eq!(kinds(&stage).await, ["identity-locked", "notice-given-up"]);
        assert_eq!(stage.log.notices_waiting().await.unwrap().length, 0);
    })
    .await;
}
