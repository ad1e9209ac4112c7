//! Lists: pages, filters, attributes; and what is not looked at.

use portner_audit_log::Engine;
use portner_domain::Millis;
use serde_json::json;

use super::{NSIS, Program, user};
use crate::stage::{World, for_each_world};

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn a_page_at_a_time_with_what_is_asked_for() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        for n in 0..5 {
            entra.has(&format!("user{n}")).await;
            // Those of one millisecond have no order of age.
            world.stage.clock.advance(Millis(1));
        }
        let page = entra.get("/Users?startIndex=2&count=2&attributes=userName").await.body;
        assert_eq!((&page["totalResults"], &page["startIndex"], &page["itemsPerPage"]), (&json!(5), &json!(2), &json!(2)));
        let names: Vec<_> = page["Resources"].as_array().unwrap().iter().map(|one| one["userName"].clone()).collect();
        assert_eq!(names, ["user1", "user2"]);
        assert!(page["Resources"][0].get("name").is_none() && page["Resources"][0]["id"].is_string());
        assert_eq!(entra.get("/Users?count=0").await.body["Resources"], json!([]));
        assert_eq!(entra.get("/Users?startIndex=-7&count=1").await.body["Resources"][0]["userName"], "user0");
        assert_eq!(entra.get("/Users?startIndex=9").await.body["itemsPerPage"], 0);
        assert_eq!(entra.get("/Users?sortBy=userName").await.status, 200, "the order is ours, and that is no error");
        let found = async |filter: &str| {
            let heard = entra.get(&format!("/Users?filter={}", escaped(filter))).await;
            assert_eq!(heard.status, 200, "{filter}: {heard:?}");
            heard.body["totalResults"].as_u64().unwrap()
        };
        assert_eq!(found("userName eq \"USER3\"").await, 1);
        assert_eq!(found("userName eq \"user3\" and name.givenName eq \"Bo\"").await, 0);
        assert_eq!(found("userName sw \"user\" and not (userName eq \"user3\")").await, 4);
        assert_eq!(found("id eq \"x\"").await, 0);
        assert_eq!(found("userName eq \"\\u0000\"").await, 0);
        assert_eq!(found("externalId eq \"\\u0000\"").await, 0);
        assert_eq!(found("userName eq \"x' OR '1'='1\"").await, 0);
        assert_eq!(found(&format!("{NSIS}:state eq \"active\"")).await, 5);
        let search = json!({ "filter": "name.familyName eq \"berg\"", "startIndex": 4, "count": 9, "attributes": ["userName"] });
        for path in ["/Users/.search", "/.search"] {
            let heard = entra.post(path, &search).await;
            assert_eq!((heard.status, &heard.body["totalResults"]), (200, &json!(5)), "{heard:?}");
            assert_eq!(heard.body["Resources"].as_array().map(Vec::len), Some(2), "{heard:?}");
        }
        entra.post("/Groups", &json!({ "displayName": "skole" })).await;
        let all = entra.post("/.search", &json!({ "startIndex": 5, "count": 3 })).await.body;
        let kinds: Vec<_> = all["Resources"].as_array().unwrap().iter().map(|one| one["meta"]["resourceType"].clone()).collect();
        assert_eq!((kinds, &all["totalResults"]), (vec![json!("User"), json!("Group")], &json!(6)));
    })
    .await;
}

/// Ten thousand and one of them, without any of the ceremony.
async fn crowd(world: &World) {
    let numbers = match world.stage.engine {
        Engine::Sqlite => "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10001) ",
        Engine::Postgres => "WITH n AS (SELECT generate_series(1, 10001) AS n) ",
    };
    let id = "'10000000-0000-7000-8000-' || substr('000000000000' || CAST(n AS TEXT), length(CAST(n AS TEXT)) + 1)";
    let people = format!(
        "{numbers} INSERT INTO person (id, first_name, last_name, registered_at) SELECT {id}, 'A', 'B', 0 FROM n"
    );
    let identities = format!(
        "{numbers} INSERT INTO identity (id, person, cvr, user_name, employment, state, sessions_ended, registered_at, \
         source, source_key) SELECT {id}, {id}, '12345678', 'crowd' || CAST(n AS TEXT), '{{\"kind\":\"entered\"}}', \
         'active', 0, 0, 'entra', {id} FROM n"
    );
    // SQLite wants the WITH of an INSERT before it.
    for sql in [people, identities] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(world.stage.danger_writer()).await.unwrap();
    }
    sqlx::query("ANALYZE").execute(world.stage.danger_writer()).await.unwrap();
}

#[tokio::test]
async fn however_many_there_are_only_some_are_looked_at() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        crowd(&world).await;
        let anna = entra.has("anna").await;
        let scanned = entra.get("/Users?filter=name.familyName%20eq%20%22Berg%22").await;
        scanned.is_error(400, "tooMany");
        for filter in
            ["userName eq \"anna\"", &format!("id eq \"{}\"", anna.strip_prefix("/Users/").unwrap())]
        {
            let found = entra.get(&format!("/Users?filter={}", escaped(filter))).await;
            assert_eq!(found.body["totalResults"], 1, "{filter}");
        }
        let mut bo = user("bo");
        bo["externalId"] = json!("b0");
        entra.post("/Users", &bo).await;
        let found = entra.get(&format!("/Users?filter={}", escaped("externalId eq \"b0\""))).await;
        assert_eq!(found.body["totalResults"], 1);
        let last = entra.get("/Users?startIndex=10003&count=100").await.body;
        assert_eq!((&last["totalResults"], &last["itemsPerPage"]), (&json!(10_003), &json!(1)));
        assert_eq!(entra.get("/Users").await.body["itemsPerPage"], 200, "never more at once");
    })
    .await;
}

#[tokio::test]
async fn a_page_is_chosen_in_the_index() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        crowd(&world).await;
        entra.has("anna").await;
        let explain = match world.stage.engine {
            Engine::Sqlite => "EXPLAIN QUERY PLAN ",
            Engine::Postgres => "EXPLAIN ",
        };
        let ours = "i.source = 'entra' AND i.state IN ('active', 'locked')";
        for sql in [
            format!("SELECT COUNT(*) FROM identity i WHERE {ours}"),
            format!(
                "SELECT i.id FROM identity i WHERE {ours} AND i.id > '' ORDER BY i.id LIMIT 200 OFFSET 5000"
            ),
            format!("SELECT i.id FROM identity i WHERE {ours} AND i.id > '1' ORDER BY i.id LIMIT 500"),
        ] {
            let sql = sqlx::AssertSqlSafe(format!("{explain}{sql}"));
            let rows = sqlx::query(sql).fetch_all(world.stage.danger_writer()).await.unwrap();
            let column = if world.stage.engine == Engine::Sqlite { 3 } else { 0 };
            let plan: Vec<String> = rows.iter().map(|row| sqlx::Row::get(row, column)).collect();
            let plan = plan.join("\n");
            // PostgreSQL may read all of a table that belongs to one client only; SQLite never needs to.
            let is_indexed = plan.contains("identity_of_source");
            assert!(is_indexed || world.stage.engine == Engine::Postgres, "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    })
    .await;
}
