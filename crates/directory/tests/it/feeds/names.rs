//! User names that change hands in one file, and people whom somebody entered by hand.

use portner_audit_log::testing::for_each_engine;
use portner_directory::{by_user_name, register};

use super::play::{HEADER, Play, applied};
use crate::stage::{begin, employee};

fn file(people: &[(u32, &str)]) -> String {
    let line = |(key, user_name): &(u32, &str)| format!("{key};{user_name};Anna;Andersen{key};;;;;;;;;;;;\n");
    format!("{HEADER}\n{}", people.iter().map(line).collect::<String>())
}

#[tokio::test]
async fn two_people_may_swap_user_names_and_a_third_take_one_that_became_free() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(file(&[(1, "a"), (2, "b"), (3, "c")])).await);
        let swapped = file(&[(1, "b"), (2, "a"), (3, "d"), (4, "c")]);
        let survey = play.look(&swapped).await.unwrap();
        assert_eq!((survey.failed, survey.losing), (0, 3));
        let counts = applied(play.import(&swapped).await);
        assert_eq!((counts.changed, counts.registered, counts.failed), (3, 1, 0), "{:?}", play.told());
        for (key, name) in [("1", "b"), ("2", "a"), ("3", "d"), ("4", "c")] {
            assert_eq!(play.known(key).await.unwrap().user_name, name);
        }
        assert!(play.look(&swapped).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_keeps_a_name_keeps_it_from_all_who_wait_behind() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(file(&[(1, "a"), (2, "b"), (3, "c")])).await);
        // 2 wants c, which 3 keeps; so 1 does not get b, and the newcomer not a.
        let waiting = file(&[(1, "b"), (2, "c"), (3, "c3\u{7}"), (4, "a")]);
        let counts = applied(play.import(&waiting).await);
        assert_eq!((counts.failed, counts.registered), (4, 0), "{:?}", play.told());
        for (key, name) in [("1", "a"), ("2", "b"), ("3", "c")] {
            assert_eq!(play.known(key).await.unwrap().user_name, name);
        }
    })
    .await;
}

#[tokio::test]
async fn who_was_entered_by_hand_comes_from_the_feed_if_the_number_is_theirs() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let mut tx = begin(&stage).await;
        let bo = register(&mut tx, &*stage.entropy, &employee("bo")).await.unwrap().unwrap();
        play.personal.set_cpr(&mut tx, bo.person, &"0101701234".parse().unwrap()).await.unwrap().unwrap();
        register(&mut tx, &*stage.entropy, &employee("carla")).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let file = format!(
            "{HEADER}\n1;bo;Bo;Berg;;;;Leder;;;0101701234;;;;;\n2;carla;Carla;C;;;;;;;0202701234;;;;;\n"
        );
        let counts = applied(play.import(&file).await);
        assert_eq!((counts.changed, counts.failed), (1, 1));
        assert!(play.told().join("").contains("not from this feed"), "{:?}", play.told());
        let known = play.known("1").await.unwrap();
        assert_eq!((known.full_name.as_str(), known.title.as_deref()), ("Bo Berg", Some("Leder")));
        let bo_now = by_user_name(&stage.database, &"bo".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(bo_now.id, bo.id);
        assert!(play.look(&file).await.unwrap().is_empty());
    })
    .await;
}
