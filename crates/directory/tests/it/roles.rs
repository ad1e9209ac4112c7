//! Roles, what nobody may hold together, and what needs a second person.

use portner_audit_log::testing::{Stage, for_each_engine};
use portner_audit_log::{Actor, Tx};
use portner_directory::{
    Refusal, agree, decline, grant, grants_of, held_by_all, is_officer, proposal, propose, register,
    register_another, waiting, withdraw,
};
use portner_domain::identity::Identity;
use portner_domain::role::{APPROVAL_LIFE, Grant, Proposal, Role};
use portner_domain::{Clock, IdentityId, Millis};

use crate::stage::{anna, begin, employee, events};

fn everywhere(role: Role) -> Grant {
    Grant { role, unit: None, until: None }
}

async fn given(stage: &Stage, who: IdentityId, role: &Grant) -> Result<(), Refusal> {
    let mut tx = begin(stage).await;
    let done = grant(&mut tx, who, role).await.unwrap();
    if done.is_ok() {
        tx.commit().await.unwrap();
    }
    done
}

async fn also(stage: &Stage, user_name: &str) -> Identity {
    let mut tx = begin(stage).await;
    let made = register(&mut tx, &*stage.entropy, &employee(user_name)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    made
}

#[tokio::test]
async fn what_does_not_go_together_is_not_given_by_any_identity_of_a_person() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let mut tx = begin(&stage).await;
        let entropy = &*stage.entropy;
        let other =
            register_another(&mut tx, entropy, anna.person, &employee("anna2")).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        given(&stage, anna.id, &everywhere(Role::Support)).await.unwrap();
        for id in [anna.id, other.id] {
            let both = given(&stage, id, &everywhere(Role::Registrar)).await;
            assert_eq!(both, Err(Refusal::Conflict(Role::Support)));
        }
        given(&stage, other.id, &everywhere(Role::UserAdministrator)).await.unwrap();
        assert!(is_officer(&stage.database, anna.person, stage.clock.now()).await.unwrap());
        let mut tx = begin(&stage).await;
        withdraw(&mut tx, anna.id, Role::Support, None).await.unwrap().unwrap();
        let again = withdraw(&mut tx, anna.id, Role::Support, None).await.unwrap();
        assert_eq!(again, Err(Refusal::NothingToChange));
    })
    .await;
}

#[tokio::test]
async fn of_two_roles_given_at_once_that_do_not_go_together_one_is() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        for _ in 0..10 {
            let tries: Vec<_> = [Role::Support, Role::Registrar]
                .map(|role| {
                    let (stage, id) = (stage.clone(), anna.id);
                    tokio::spawn(async move { given(&stage, id, &everywhere(role)).await.is_ok() })
                })
                .into_iter()
                .collect();
            let mut won = 0;
            for one in tries {
                won += usize::from(one.await.unwrap());
            }
            assert_eq!(won, 1);
            for held in grants_of(&stage.database, anna.id).await.unwrap() {
                let mut tx = begin(&stage).await;
                withdraw(&mut tx, anna.id, held.role, None).await.unwrap().unwrap();
                tx.commit().await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_role_is_held_somewhere_and_until_some_time() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let now = stage.clock.now();
        let school = Grant {
            role: Role::Support,
            unit: Some("Skole".parse().unwrap()),
            until: Some(now.plus(Millis::hours(1))),
        };
        given(&stage, anna.id, &school).await.unwrap();
        let nowhere = Grant { unit: school.unit.clone(), ..everywhere(Role::Auditor) };
        assert_eq!(given(&stage, anna.id, &nowhere).await, Err(Refusal::NoUnits));
        assert_eq!(grants_of(&stage.database, anna.id).await.unwrap(), std::slice::from_ref(&school));
        let all = held_by_all(&stage.database, now).await.unwrap();
        assert_eq!(
            all.iter().map(|held| (held.identity, &held.grant)).collect::<Vec<_>>(),
            [(anna.id, &school)]
        );
        let later = now.plus(Millis::hours(1));
        assert!(held_by_all(&stage.database, later).await.unwrap().is_empty());
        assert!(!is_officer(&stage.database, anna.person, later).await.unwrap());
    })
    .await;
}

async fn as_identity(stage: &Stage, who: &Identity) -> Tx {
    stage.log.begin(Actor::Identity(who.id)).await.unwrap()
}

#[tokio::test]
async fn t_del_01_a_proposal_is_decided_once_and_remembers_the_person_who_asked() {
    for_each_engine(|stage| async move {
        let (anna, bo) = (anna(&stage).await, also(&stage, "bo").await);
        let wish = Proposal::GrantRole { identity: bo.id, role: Role::Support, unit: None, until: None };
        let mut tx = as_identity(&stage, &anna).await;
        let id = propose(&mut tx, &*stage.entropy, &wish, "new at the desk").await.unwrap();
        tx.commit().await.unwrap();
        let now = stage.clock.now();
        let waits = waiting(&stage.database, now).await.unwrap();
        let one = waits.first().unwrap();
        assert_eq!(
            (one.id, &one.asked.proposal, one.by, one.why.as_str()),
            (id, &wish, Some(anna.id), "new at the desk")
        );
        assert_eq!((one.asked.by, one.asked.about), (Some(anna.person), Some(bo.person)));
        let tries: Vec<_> = (0..8)
            .map(|n| {
                let (stage, waiting, bo) = (stage.clone(), one.clone(), bo.clone());
                tokio::spawn(async move {
                    let mut tx = as_identity(&stage, &bo).await;
                    let done = if n % 2 == 0 {
                        agree(&mut tx, &waiting).await
                    } else {
                        decline(&mut tx, &waiting).await
                    };
                    let won = done.unwrap().is_ok();
                    if won {
                        tx.commit().await.unwrap();
                    }
                    won
                })
            })
            .collect();
        let mut won = 0;
        for one in tries {
            won += usize::from(one.await.unwrap());
        }
        assert_eq!(won, 1);
        assert!(waiting(&stage.database, now).await.unwrap().is_empty());
        assert!(proposal(&stage.database, id, now).await.unwrap().is_none());
        let decided = events(&stage).await;
        let decided = decided.iter().filter(|event| matches!(event.kind(), "agreed" | "declined")).count();
        assert_eq!(decided, 1);
    })
    .await;
}

#[tokio::test]
async fn a_proposal_that_nobody_decided_is_void_after_a_week() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let mut tx = begin(&stage).await;
        let lift = Proposal::LiftLock { identity: anna.id };
        let id = propose(&mut tx, &*stage.entropy, &lift, "found innocent").await.unwrap();
        tx.commit().await.unwrap();
        let last = stage.clock.now().plus(APPROVAL_LIFE);
        assert!(proposal(&stage.database, id, last).await.unwrap().is_some());
        assert!(proposal(&stage.database, id, last.plus(Millis(1))).await.unwrap().is_none());
        assert!(waiting(&stage.database, last.plus(Millis(1))).await.unwrap().is_empty());
    })
    .await;
}
