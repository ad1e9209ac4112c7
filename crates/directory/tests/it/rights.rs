//! Groups joined and left, rights granted and withdrawn.

use portner_audit_log::testing::{Stage, for_each_engine};
use portner_audit_log::{Engine, Event};
use portner_directory::{
    GROUPS_MAX, ListedGroup, MEMBERS_COUNTED_MAX, Refusal, Sought, find, find_groups, grant_right,
    group_called, holdings_in, holdings_of, join, leave, withdraw_right,
};
use portner_domain::IdentityId;
use portner_domain::right::{Constraint, Constraints, Group, Holdings, Right};
use sqlx::Row;

use crate::stage::{anna, begin, events};

fn group(name: &str) -> Group {
    name.parse().unwrap()
}

fn right(privilege: &str, constraints: &[&str]) -> Right {
    let constraints: Vec<Constraint> = constraints.iter().map(|text| text.parse().unwrap()).collect();
    let constraints = Constraints::try_from(constraints).unwrap();
    Right { privilege: privilege.parse().unwrap(), scope: "cvr:12345678".parse().unwrap(), constraints }
}

async fn holdings(stage: &Stage) -> Holdings {
    let row = sqlx::query("SELECT * FROM standing").fetch_one(stage.database.reader()).await.unwrap();
    holdings_in(&row).unwrap()
}

async fn joins(stage: &Stage, identity: IdentityId, name: &str) -> Result<(), Refusal> {
    let mut tx = begin(stage).await;
    let done = join(&mut tx, identity, &group(name)).await.unwrap();
    if done.is_ok() {
        tx.commit().await.unwrap();
    }
    done
}

#[tokio::test]
async fn groups_and_rights_are_read_as_they_were_given() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        assert_eq!(holdings(&stage).await, Holdings::default());
        for name in ["Ældre & Omsorg", "sag <læs>", "a b"] {
            joins(&stage, anna.id, name).await.unwrap();
        }
        let hostile = "urn:dk:kombit:KLE=27.39 \"x\" \\n ' \u{1F600} <&]]>";
        let rights = [right("urn:a:1", &[]), right("urn:a:1", &[hostile, "urn:b=2"]), right("urn:a:2", &[])];
        let mut tx = begin(&stage).await;
        for one in rights.iter().rev() {
            grant_right(&mut tx, anna.id, one).await.unwrap().unwrap();
        }
        tx.commit().await.unwrap();
        let groups = ["a b", "sag <læs>", "Ældre & Omsorg"].map(group).to_vec();
        assert_eq!(holdings(&stage).await, Holdings { groups, rights: rights.to_vec() });
    })
    .await;
}

#[tokio::test]
async fn what_is_given_is_taken_back_and_both_are_written_down() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let (reader, writer) = (right("urn:a:read", &[]), right("urn:a:write", &["urn:k=1"]));
        joins(&stage, anna.id, "sag").await.unwrap();
        let before = events(&stage).await.len();
        assert_eq!(joins(&stage, anna.id, "sag").await, Err(Refusal::NothingToChange));
        assert_eq!(events(&stage).await.len(), before, "nothing happened, so nothing is written down");
        let mut tx = begin(&stage).await;
        leave(&mut tx, anna.id, &group("sag")).await.unwrap().unwrap();
        assert_eq!(leave(&mut tx, anna.id, &group("sag")).await.unwrap(), Err(Refusal::NothingToChange));
        drop(tx);
        assert_eq!(holdings(&stage).await.groups, [group("sag")], "not committed");

        let mut tx = begin(&stage).await;
        leave(&mut tx, anna.id, &group("sag")).await.unwrap().unwrap();
        for one in [&reader, &writer] {
            grant_right(&mut tx, anna.id, one).await.unwrap().unwrap();
        }
        tx.commit().await.unwrap();
        let mut tx = begin(&stage).await;
        let unconstrained = right("urn:a:write", &[]);
        let other = withdraw_right(&mut tx, anna.id, &unconstrained).await.unwrap();
        assert_eq!(other, Err(Refusal::NothingToChange), "another right");
        drop(tx);
        let mut tx = begin(&stage).await;
        withdraw_right(&mut tx, anna.id, &writer).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(holdings(&stage).await, Holdings { groups: Vec::new(), rights: vec![reader.clone()] });
        let identity = anna.id;
        assert_eq!(
            events(&stage).await.split_off(before - 1),
            [
                Event::GroupJoined { identity, group: group("sag") },
                Event::GroupLeft { identity, group: group("sag") },
                Event::RightGranted { identity, right: reader },
                Event::RightGranted { identity, right: writer.clone() },
                Event::RightWithdrawn { identity, right: writer },
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_belongs_to_everything() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let mut tx = begin(&stage).await;
        for n in 0..GROUPS_MAX {
            join(&mut tx, anna.id, &group(&format!("g{n}"))).await.unwrap().unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(joins(&stage, anna.id, "one more").await, Err(Refusal::TooMany));
        assert_eq!(holdings(&stage).await.groups.len(), GROUPS_MAX);
    })
    .await;
}

/// A town of `people`, all of them in `Alle` and each tenth in a group of its own, made by one statement each.
async fn town(stage: &Stage, people: i64) {
    anna(stage).await;
    let numbers =
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {people}) ");
    let [identities, everybody, some] = [
        "INSERT INTO identity (id, person, cvr, user_name, employment, state, sessions_ended, registered_at, \
         sort_name, words) SELECT '00000000-0000-7000-8000-' || substr('000000000000' || i, -12), person, cvr, \
         'u' || i, employment, 'active', 0, 0, 'name ' || substr('000000' || i, -6), ' u' || i FROM identity, n \
         WHERE user_name = 'anna'",
        "INSERT INTO group_member SELECT id, 'Alle', 0 FROM identity WHERE sessions_ended >= 0 AND 0 < (SELECT COUNT(*) FROM n)",
        "INSERT INTO group_member SELECT '00000000-0000-7000-8000-' || substr('000000000000' || i, -12), \
         'gruppe ' || i, 0 FROM n WHERE i % 10 = 0",
    ]
    .map(|statement| match stage.engine {
        // The last so many signs of a text.
        Engine::Postgres => format!("{numbers}{}", statement.replace("substr(", "right(").replace(", -", ", ")),
        Engine::Sqlite => format!("{numbers}{statement}"),
    });
    for sql in [identities, everybody, some] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(stage.danger_writer()).await.unwrap();
    }
    sqlx::query("ANALYZE").execute(stage.danger_writer()).await.unwrap();
}

#[tokio::test]
async fn groups_are_listed_by_name_and_large_ones_are_not_counted_to_the_end() {
    for_each_engine(|stage| async move {
        let people = i64::from(MEMBERS_COUNTED_MAX) + 20;
        town(&stage, people).await;
        let db = &stage.database;
        let page = find_groups(db, "all", None, 50).await.unwrap();
        let alle = ListedGroup { group: group("Alle"), members: MEMBERS_COUNTED_MAX + 1 };
        assert_eq!((page.rows, page.next), (vec![alle], None));
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = find_groups(db, "GRUPPE", after.as_ref(), 30).await.unwrap();
            seen.extend(page.rows.into_iter().map(|row| (row.group, row.members)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let names: std::collections::BTreeSet<_> = seen.iter().map(|(group, _)| group.clone()).collect();
        assert_eq!((seen.len(), names.len()), (102, 102), "each once");
        assert!(seen.iter().all(|(_, members)| *members == 1));
        assert_eq!(find_groups(db, "nothing", None, 30).await.unwrap().rows, []);
        assert_eq!(group_called(db, &group("aLLE")).await.unwrap(), Some(group("Alle")));
        assert_eq!(group_called(db, &group("All")).await.unwrap(), None);

        let everybody = Sought { group: Some(group("Alle")), ..Sought::typed("", vec![None]) };
        let first = find(db, &everybody, None, 50).await.unwrap();
        let second = find(db, &everybody, first.next, 50).await.unwrap();
        assert!(first.rows.len() == 50 && second.rows.len() == 50 && first.rows != second.rows);
        let of_one = Sought { group: Some(group("gruppe 20")), ..Sought::typed("u2", vec![None]) };
        assert_eq!(find(db, &of_one, None, 50).await.unwrap().rows.len(), 1);
        let elsewhere = Sought { group: Some(group("gruppe 20")), ..Sought::typed("u30", vec![None]) };
        assert_eq!(find(db, &elsewhere, None, 50).await.unwrap().rows, []);
    })
    .await;
}

#[tokio::test]
async fn what_somebody_holds_is_read_by_itself() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        assert_eq!(holdings_of(&stage.database, anna.id).await.unwrap(), Holdings::default());
        joins(&stage, anna.id, "sag").await.unwrap();
        let held = holdings_of(&stage.database, anna.id).await.unwrap();
        assert_eq!(held, Holdings { groups: vec![group("sag")], rights: Vec::new() });
        let nobody = IdentityId(uuid::Uuid::from_u128(1));
        assert_eq!(holdings_of(&stage.database, nobody).await.unwrap(), Holdings::default());
    })
    .await;
}

/// The view is read at every use of a session; who needs no groups does not pay for them.
#[tokio::test]
async fn groups_and_rights_cost_nothing_where_nobody_asks_for_them() {
    for_each_engine(|stage| async move {
        anna(&stage).await;
        let plan = async |columns: &str| {
            let explain = if stage.engine == Engine::Postgres { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
            let sql = format!("{explain} SELECT id, {columns} FROM standing WHERE id = 'x' ORDER BY kind");
            let rows =
                sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(stage.database.reader()).await.unwrap();
            let column = if stage.engine == Engine::Postgres { 0 } else { 3 };
            rows.iter().map(|row| row.get::<String, _>(column)).collect::<Vec<_>>().join("\n")
        };
        // The engines name a table by its alias, or by an index of it.
        let looks =
            |plan: &str| ["group_member", "right_held", " g ", " r "].iter().any(|name| plan.contains(name));
        let (without, with) = (plan("kind").await, plan("member_of, rights_held").await);
        assert!(looks(&with), "{with}");
        assert!(!looks(&without), "{without}");
    })
    .await;
}
