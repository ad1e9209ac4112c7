//! Groups: the client's own, in the directory under the client's name.

use portner_directory::GROUPS_MAX;
use portner_domain::Millis;
use serde_json::{Value, json};

use super::{Program, log};
use crate::stage::for_each_world;

fn ids(group: &Value) -> Vec<&str> {
    let members = group["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    members.iter().map(|member| member["value"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn members_come_and_go_and_the_group_goes_by_its_name() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let anna = entra.has("anna").await;
        world.stage.clock.advance(Millis(1));
        let bo = entra.has("bo").await;
        let [anna, bo] = [&anna, &bo].map(|at| at.strip_prefix("/Users/").unwrap().to_owned());
        let made = entra.post("/Groups", &json!({ "displayName": "Skole", "externalId": "g1" })).await;
        assert_eq!((made.status, made.body.get("members")), (201, None), "{made:?}");
        let at = format!("/Groups/{}", made.id());
        let add = json!([{ "op": "Add", "path": "members", "value": [{ "value": anna }, { "value": bo }] }]);
        let both = entra.patch(&at, &add).await;
        assert_eq!((both.status, ids(&both.body)), (200, vec![anna.as_str(), bo.as_str()]), "{both:?}");
        assert_ne!(both.header("etag"), made.header("etag"));
        let written = log(&world).await.lines().count();
        assert_eq!(entra.patch(&at, &add).await.header("etag"), both.header("etag"), "again changes nothing");
        assert_eq!(log(&world).await.lines().count(), written);
        let shown = entra.get(&format!("/Users/{anna}")).await.body;
        assert_eq!(
            (&shown["groups"][0]["value"], &shown["groups"][0]["display"]),
            (&json!(made.id()), &json!("Skole"))
        );
        let one = json!([{ "op": "remove", "path": format!("members[value eq \"{anna}\"]") }]);
        assert_eq!(ids(&entra.patch(&at, &one).await.body), [bo.as_str()]);
        let renamed = json!([{ "op": "replace", "value": { "id": made.id(), "displayName": "Nordskolen" } }]);
        assert_eq!(entra.patch(&at, &renamed).await.body["displayName"], "Nordskolen");
        let names: Vec<String> = sqlx::query_scalar("SELECT name FROM group_member")
            .fetch_all(world.stage.danger_writer())
            .await
            .unwrap();
        assert_eq!(names, ["entra/Nordskolen"]);
        let put = json!({ "displayName": "Nordskolen", "members": [{ "value": anna }] });
        let put = entra.put(&at, &put).await;
        assert_eq!((ids(&put.body), put.body.get("externalId")), (vec![anna.as_str()], None));
        entra.post("/Groups", &json!({ "displayName": "nordskolen" })).await.is_error(409, "uniqueness");
        assert_eq!(entra.delete(&format!("/Users/{anna}")).await.status, 204);
        assert_eq!(ids(&entra.get(&at).await.body), [""; 0], "whoever ends leaves");
        assert_eq!(entra.delete(&at).await.status, 204);
        entra.get(&at).await.is_error(404, "");
        let kinds = log(&world).await;
        for kind in ["scim-group-changed", "group-joined", "group-left"] {
            assert!(kinds.contains(kind), "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn groups_are_found_as_clients_look_for_them() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let anna = entra.has("anna").await;
        let anna = anna.strip_prefix("/Users/").unwrap();
        let make = |name: &str, members: Value| json!({ "displayName": name, "externalId": name, "members": members });
        let a = entra.post("/Groups", &make("Alfa", json!([{ "value": anna }]))).await;
        world.stage.clock.advance(Millis(1));
        entra.post("/Groups", &make("Beta", json!([]))).await;
        let total = async |filter: &str| {
            let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
            let heard = entra.get(&format!("/Groups?filter={filter}&excludedAttributes=members")).await;
            assert_eq!(heard.status, 200, "{heard:?}");
            assert!(heard.body["Resources"].as_array().unwrap().iter().all(|one| one.get("members").is_none()));
            heard.body["totalResults"].as_u64().unwrap()
        };
        assert_eq!(total("displayName eq \"ALFA\"").await, 1);
        assert_eq!(total("externalId eq \"Beta\"").await, 1);
        assert_eq!(total("externalId eq \"beta\"").await, 0);
        assert_eq!(total(&format!("id eq \"{}\" and members eq \"{anna}\"", a.id())).await, 1);
        assert_eq!(total(&format!("members[value eq \"{anna}\"]")).await, 1);
        assert_eq!(total("displayName sw \"b\" or members pr").await, 2);
        assert_eq!(total("displayName eq \"\\u0000\"").await, 0);
        assert_eq!(entra.get("/Groups?count=1&startIndex=2").await.body["Resources"][0]["displayName"], "Beta");
    })
    .await;
}

#[tokio::test]
async fn of_changes_of_members_at_the_same_moment_none_is_lost() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let group = entra.post("/Groups", &json!({ "displayName": "skole" })).await;
        let at = format!("/Groups/{}", group.id());
        let mut changes = Vec::new();
        for n in 0..4 {
            let user = entra.has(&format!("user{n}")).await;
            let add = json!([{ "op": "add", "path": "members", "value": { "value": user.strip_prefix("/Users/") } }]);
            let (entra, at) = (entra.clone(), at.clone());
            changes.push(tokio::spawn(async move { entra.patch(&at, &add).await }));
        }
        for change in changes {
            let heard = change.await.unwrap();
            assert_eq!(heard.status, 200, "{heard:?}");
        }
        assert_eq!(ids(&entra.get(&at).await.body).len(), 4);
    })
    .await;
}

#[tokio::test]
async fn nobody_belongs_to_more_groups_than_anybody_may() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let anna = entra.has("anna").await;
        let anna = anna.strip_prefix("/Users/").unwrap();
        for n in 0..GROUPS_MAX {
            sqlx::query("INSERT INTO group_member (identity, name, joined_at) VALUES ($1, $2, 0)")
                .bind(anna)
                .bind(format!("g{n}"))
                .execute(world.stage.danger_writer())
                .await
                .unwrap();
        }
        let group = json!({ "displayName": "one more", "members": [{ "value": anna }] });
        entra.post("/Groups", &group).await.is_error(400, "invalidValue");
        assert_eq!(entra.get("/Groups").await.body["totalResults"], 0);
    })
    .await;
}
