//! Finding people, a page at a time.

use portner_audit_log::testing::{Stage, for_each_engine};
use portner_directory::{About, Listed, NewEmployee, Sought, describe, end, erase, find, register};
use portner_domain::identity::State;

use crate::stage::{begin, employee, with_organisation};

const PEOPLE: [(&str, &str, &str, &str); 6] = [
    ("anna", "Anna", "Andersen", "Skole/Nord"),
    ("aage", "Åge", "Østergård", "Skole/Syd"),
    ("bo", "Bo", "Andersen", "Skolen"),
    ("carl", "Carl Emil", "von Bülow", "Vej og Park"),
    ("dorte_x", "Dorte", "100%", "skole"),
    ("eva", "Eva", "Andersen", ""),
];

async fn town(stage: &Stage) {
    with_organisation(stage).await;
    for (user_name, first, last, unit) in PEOPLE {
        let employee = NewEmployee {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: None,
            ..employee(user_name)
        };
        let mut tx = begin(stage).await;
        let identity = register(&mut tx, &*stage.entropy, &employee).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        if !unit.is_empty() {
            let about = About { unit: Some(unit.parse().unwrap()), ..About::default() };
            let mut tx = begin(stage).await;
            describe(&stage.database, &mut tx, identity.id, &about).await.unwrap().unwrap();
            tx.commit().await.unwrap();
        }
    }
}

async fn found(stage: &Stage, sought: &Sought) -> Vec<String> {
    let page = find(&stage.database, sought, None, 100).await.unwrap();
    let mut names: Vec<String> = page.rows.into_iter().map(|row| row.user_name.to_string()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_any_of_their_words() {
    for_each_engine(|stage| async move {
        town(&stage).await;
        for (typed, expected) in [
            ("andersen", &["anna", "bo", "eva"][..]),
            ("AND anna", &["anna"]),
            ("ÅGE", &["aage"]),
            ("østerg", &["aage"]),
            ("emil bül", &["carl"]),
            ("ndersen", &[]),
            ("%", &[]),
            ("100%", &["dorte_x"]),
            ("dorte_", &["dorte_x"]),
            ("dorteex", &[]),
            ("\\", &[]),
            ("", &["aage", "anna", "bo", "carl", "dorte_x", "eva"]),
        ] {
            let sought = Sought::typed(typed, vec![None]);
            assert_eq!(found(&stage, &sought).await, expected, "{typed}");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_administers_a_part_finds_those_in_it() {
    for_each_engine(|stage| async move {
        town(&stage).await;
        let within = |paths: &[&str]| {
            Sought::typed("", paths.iter().map(|path| Some(path.parse().unwrap())).collect())
        };
        assert_eq!(found(&stage, &within(&["SKOLE"])).await, ["aage", "anna", "dorte_x"]);
        assert_eq!(found(&stage, &within(&["Skole/Nord", "Vej og Park"])).await, ["anna", "carl"]);
        assert_eq!(found(&stage, &within(&[])).await, [""; 0]);
        assert_eq!(found(&stage, &within(&["Ingen"])).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    for_each_engine(|stage| async move {
        town(&stage).await;
        let sought = Sought::typed("", vec![None]);
        let all: Vec<Listed> = find(&stage.database, &sought, None, 100).await.unwrap().rows;
        let mut paged = Vec::new();
        let mut after = None;
        loop {
            let page = find(&stage.database, &sought, after, 2).await.unwrap();
            paged.extend(page.rows);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((paged.len(), &paged), (PEOPLE.len(), &all));
    })
    .await;
}

#[tokio::test]
async fn a_protected_name_is_not_in_lists_and_who_was_erased_is_in_none() {
    for_each_engine(|stage| async move {
        town(&stage).await;
        let eva = find(&stage.database, &Sought::typed("eva", vec![None]), None, 1).await.unwrap();
        let eva = eva.rows.first().unwrap().id;
        let about = About { is_protected: true, ..About::default() };
        let mut tx = begin(&stage).await;
        describe(&stage.database, &mut tx, eva, &about).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let page = find(&stage.database, &Sought::typed("eva", vec![None]), None, 1).await.unwrap();
        assert_eq!(page.rows.first().map(|row| row.name.clone()), Some(None));
        let mut tx = begin(&stage).await;
        end(&mut tx, eva, "left").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let ended = Sought { state: Some(State::Ended), ..Sought::typed("", vec![None]) };
        assert_eq!(found(&stage, &ended).await, ["eva"]);
        let mut tx = begin(&stage).await;
        erase(&mut tx, eva).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(found(&stage, &ended).await, [""; 0]);
        assert_eq!(found(&stage, &Sought::typed("eva", vec![None])).await, [""; 0]);
    })
    .await;
}
