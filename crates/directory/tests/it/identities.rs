//! Registering, locking and unlocking.

use portner_audit_log::testing::for_each_engine;
use portner_directory::{
    Refusal, by_id, by_user_name, grant, identity_in, lift, lock, name_organisation, proofing_in,
    record_proofing, register,
};
use portner_domain::identity::State;
use portner_domain::life::{Lifter, Locker};
use portner_domain::proofing::Evidence;
use portner_domain::role::{Grant, Role};
use portner_domain::{Clock, IdentityId, Level, Millis};

use crate::stage::{anna, begin, count, employee, events, with_organisation};

#[tokio::test]
async fn who_is_registered_is_found_however_the_name_is_typed() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        for typed in ["anna", " ANNA "] {
            let found = by_user_name(&stage.database, &typed.parse().unwrap()).await.unwrap();
            assert_eq!(found.as_ref(), Some(&anna), "{typed:?}");
        }
        assert_eq!(by_id(&stage.database, anna.id).await.unwrap().as_ref(), Some(&anna));
        assert_eq!(by_user_name(&stage.database, &"bo".parse().unwrap()).await.unwrap(), None);
        assert_eq!(
            (anna.organisation.as_str(), anna.full_name().as_str()),
            ("Eksempel Kommune", "Anna Andersen")
        );
        assert_eq!((anna.state, anna.subject_name_id().as_str()), (State::Active, "anna@12345678"));
    })
    .await;
}

#[tokio::test]
async fn a_user_name_that_is_taken_leaves_nothing_behind() {
    for_each_engine(|stage| async move {
        anna(&stage).await;
        let before = events(&stage).await;
        let mut tx = begin(&stage).await;
        let again = register(&mut tx, &*stage.entropy, &employee("ANNA")).await.unwrap();
        assert_eq!(again, Err(Refusal::UserNameTaken));
        drop(tx);
        assert_eq!(events(&stage).await, before, "nothing happened, so nothing is written down");
        assert_eq!(count(&stage, "SELECT COUNT(*) FROM person").await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_take_a_user_name_at_once_one_gets_it() {
    for_each_engine(|stage| async move {
        with_organisation(&stage).await;
        let tries: Vec<_> = (0..10)
            .map(|_| {
                let stage = stage.clone();
                tokio::spawn(async move {
                    let mut tx = begin(&stage).await;
                    let registered = register(&mut tx, &*stage.entropy, &employee("anna")).await.unwrap();
                    if registered.is_ok() {
                        tx.commit().await.unwrap();
                    }
                    registered.is_ok()
                })
            })
            .collect();
        let mut won = 0;
        for one in tries {
            won += usize::from(one.await.unwrap());
        }
        assert_eq!(won, 1);
        assert_eq!(count(&stage, "SELECT COUNT(*) FROM person").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_lock_ends_what_was_begun_and_an_unlock_does_not_bring_it_back() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let locked_at = stage.clock.now();
        let mut tx = begin(&stage).await;
        lock(&mut tx, anna.id, Locker::Support, "lost badge").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let found = by_id(&stage.database, anna.id).await.unwrap().unwrap();
        assert_eq!((found.state, found.sessions_ended), (State::Locked, locked_at));

        stage.clock.advance(Millis::minutes(1));
        let mut tx = begin(&stage).await;
        lift(&mut tx, anna.id, Locker::Support, Lifter::Support, "found it").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let found = by_id(&stage.database, anna.id).await.unwrap().unwrap();
        assert_eq!((found.state, found.sessions_ended), (State::Active, locked_at));
        let kinds: Vec<_> =
            events(&stage).await.iter().rev().take(2).map(portner_audit_log::Event::kind).collect();
        assert_eq!(kinds, ["identity-unlocked", "identity-locked"]);
    })
    .await;
}

#[tokio::test]
async fn what_did_not_happen_is_not_in_the_log() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let before = events(&stage).await;
        let nobody = IdentityId::new(stage.clock.now(), &*stage.entropy);
        let mut tx = begin(&stage).await;
        let lifted = lift(&mut tx, anna.id, Locker::Support, Lifter::Support, "not locked").await.unwrap();
        assert_eq!(lifted, Err(Refusal::NothingToChange));
        let locked = lock(&mut tx, nobody, Locker::Support, "nobody").await.unwrap();
        assert_eq!(locked, Err(Refusal::NoSuchIdentity));
        drop(tx);
        let mut tx = begin(&stage).await;
        lock(&mut tx, anna.id, Locker::Support, "changed my mind").await.unwrap().unwrap();
        drop(tx);
        assert_eq!(events(&stage).await, before);
        assert_eq!(by_id(&stage.database, anna.id).await.unwrap().unwrap().state, State::Active);
        let mut tx = begin(&stage).await;
        name_organisation(&stage.database, &mut tx, &anna.cvr, "Eksempel Kommune").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(events(&stage).await, before, "it has that name");
    })
    .await;
}

#[tokio::test]
async fn a_proofing_and_a_role_are_kept_as_they_were_told() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let evidence = Evidence::PrivateMitId { ial: Level::High, aal: Level::Substantial };
        let mut tx = begin(&stage).await;
        let made = record_proofing(&mut tx, &*stage.entropy, anna.person, evidence).await.unwrap();
        let everywhere = Grant { role: Role::SecurityAdministrator, unit: None, until: None };
        grant(&mut tx, anna.id, &everywhere).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let row = sqlx::query("SELECT * FROM standing").fetch_one(stage.database.reader()).await.unwrap();
        let found = proofing_in(&row).unwrap().unwrap();
        assert_eq!(found.level(stage.clock.now()), Some(Level::Substantial));
        assert_eq!((identity_in(&row).unwrap(), found), (anna, made));
        let roles =
            count(&stage, "SELECT COUNT(*) FROM role_held WHERE role = 'security-administrator'").await;
        assert_eq!(roles, 1);
    })
    .await;
}
