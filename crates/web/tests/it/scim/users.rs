//! One user: made, read, changed, gone.

use portner_directory::{by_user_name, card};
use portner_domain::identity::State;
use serde_json::json;

use super::{ENTERPRISE, NSIS, Program, log, user};
use crate::stage::for_each_world;

#[tokio::test]
async fn what_is_said_is_on_record_and_told_again() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let anna = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, NSIS],
            "userName": "Anna@Example.dk",
            "externalId": "7a",
            "name": { "givenName": "Anna", "familyName": "Ågård", "formatted": "ignored" },
            "displayName": "Ann",
            "title": "Leder",
            "active": true,
            "password": "never kept",
            "emails": [{ "value": "anna@example.dk", "type": "work", "primary": true }],
            ENTERPRISE: { "employeeNumber": "701984", "department": "Børn/Nord", "manager": { "value": "x" } },
            NSIS: { "productionUnit": "1003388394", "protected": true, "permitted": true, "cpr": "010170-1234",
                    "validUntil": "2030-12-31T23:00:00Z" },
        });
        let heard = entra.post("/Users", &anna).await;
        assert_eq!(heard.status, 201, "{heard:?}");
        let at = format!("https://login.example.dk/scim/v2/Users/{}", heard.id());
        assert_eq!((heard.header("location"), &heard.body["meta"]["location"]), (at.as_str(), &json!(at)));
        assert_eq!(heard.header("etag"), heard.body["meta"]["version"].as_str().unwrap());
        assert_eq!(heard.header("content-type"), "application/scim+json");
        assert_eq!(heard.body["userName"], "anna@example.dk");
        assert_eq!(heard.body["emails"], anna["emails"]);
        assert_eq!(heard.body["name"], json!({ "givenName": "Anna", "familyName": "Ågård" }));
        let expected = json!({ "employeeNumber": "701984", "department": "Børn/Nord" });
        assert_eq!(heard.body[ENTERPRISE], expected);
        assert_eq!(
            heard.body[NSIS],
            json!({ "unit": "Børn/Nord", "productionUnit": "1003388394", "protected": true, "permitted": true,
                    "validUntil": "2030-12-31T23:00:00.000Z" })
        );
        let asked = entra.get(&format!("/Users/{}?attributes={NSIS}", heard.id())).await.body;
        let facts = ["unit", "productionUnit", "protected", "permitted", "validUntil"];
        let facts = asked[NSIS].as_object().unwrap().iter().filter(|(name, _)| !facts.contains(&name.as_str()));
        assert_eq!(
            serde_json::Value::Object(facts.map(|(name, value)| (name.clone(), value.clone())).collect()),
            json!({ "organisation": "Eksempel Kommune", "organisationNumber": "12345678", "state": "active",
                    "employmentProofing": "Substantial", "reproofingDue": false })
        );
        let found = by_user_name(&world.stage.database, &"anna@example.dk".parse().unwrap()).await.unwrap().unwrap();
        let card = card(&world.stage.database, found.id).await.unwrap().unwrap();
        assert!(card.has_cpr && card.about.is_protected);
        assert_eq!(card.about.email.as_deref(), Some("anna@example.dk"));
        assert_eq!(card.source.unwrap().feed, "entra");
        let again = entra.get(&format!("/Users/{}", heard.id())).await;
        assert_eq!((again.status, &again.body), (200, &heard.body));
        let same = entra.with("if-none-match", heard.header("etag")).get(&format!("/Users/{}", heard.id())).await;
        assert_eq!((same.status, same.text.as_str()), (304, ""));
        // The same said again changes nothing, and writes nothing down.
        let before = log(&world).await.lines().count();
        let put = entra.put(&format!("/Users/{}", heard.id()), &anna).await;
        assert_eq!((put.status, &put.body["meta"]["version"]), (200, &heard.body["meta"]["version"]), "{put:?}");
        assert_eq!(log(&world).await.lines().count(), before);
    })
    .await;
}

#[tokio::test]
async fn a_cpr_number_goes_in_and_never_out_nor_into_any_log() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let mut anna = user("anna");
        anna[NSIS] = json!({ "cpr": "0101701234" });
        let made = entra.post("/Users", &anna).await;
        let at = format!("/Users/{}", made.id());
        let mut said = vec![made.text.clone(), entra.get(&at).await.text];
        let set = json!([{ "op": "replace", "path": format!("{NSIS}:cpr"), "value": "020270-4321" }]);
        said.push(entra.patch(&at, &set).await.text);
        said.push(entra.get(&format!("/Users?filter={NSIS}:cpr%20eq%20%220202704321%22")).await.text);
        said.push(entra.get(&format!("/Users?attributes={NSIS}:cpr")).await.text);
        said.push(entra.put(&at, &user("anna")).await.text);
        let mut other = user("bo");
        other[NSIS] = json!({ "cpr": "0202704321" });
        let taken = entra.post("/Users", &other).await;
        said.push(taken.text);
        other[NSIS] = json!({ "cpr": "020270-432x" });
        said.push(entra.post("/Users", &other).await.text);
        other["externalId"] = json!("0202704321");
        other[NSIS] = json!({});
        said.push(entra.post("/Users", &other).await.text);
        said.push(log(&world).await);
        for text in said {
            for part in ["0101701234", "010170-1234", "0202704321", "020270-4321", "020270", "010170-"] {
                let hint = "0101701234 or 010170-1234";
                assert!(!text.replace(hint, "").contains(part), "{part} in {text}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_word_and_what_to_do() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let at = entra.has("anna").await;
        entra.post("/Users", &user("ANNA")).await.is_error(409, "uniqueness");
        entra.post("/Users", &json!({ "userName": "x" })).await.is_error(400, "invalidValue");
        entra.sends("POST", "/Users", "{").await.is_error(400, "invalidSyntax");
        entra.sends("POST", "/Users", "[]").await.is_error(400, "invalidSyntax");
        entra
            .sends("POST", "/Users", "{\"userName\":\"a\",\"username\":\"b\"}")
            .await
            .is_error(400, "invalidSyntax");
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(500), "]".repeat(500));
        entra.sends("POST", "/Users", &deep).await.is_error(400, "invalidSyntax");
        entra.sends("POST", "/Users", "{\"a\":1e999}").await.is_error(400, "invalidSyntax");
        let big = format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024));
        entra.sends("POST", "/Users", &big).await.is_error(413, "");
        entra.with("content-type", "text/plain").post("/Users", &user("x")).await.is_error(415, "");
        entra.put(&at, &json!({ "name": {} })).await.is_error(400, "invalidValue");
        entra
            .patch(&at, &json!([{ "op": "replace", "path": "id", "value": "x" }]))
            .await
            .is_error(400, "mutability");
        entra
            .patch(&at, &json!([{ "op": "replace", "path": "no", "value": "x" }]))
            .await
            .is_error(400, "invalidPath");
        entra
            .patch(&at, &json!([{ "op": "remove", "path": "userName" }]))
            .await
            .is_error(400, "invalidValue");
        let past =
            json!([{ "op": "add", "path": format!("{NSIS}:validUntil"), "value": "2020-01-01T00:00:00Z" }]);
        entra.patch(&at, &past).await.is_error(400, "invalidValue");
        for path in ["/Users/none", "/Users/00000000-0000-7000-8000-000000000001", "/Nothing", "/Users/a/b"] {
            entra.get(path).await.is_error(404, "");
        }
        entra.get("/Me").await.is_error(501, "");
        entra.delete("/Users").await.is_error(405, "");
        entra.post("/Schemas", &json!({})).await.is_error(405, "");
        entra.get("/Users?filter=userName%20is%20x").await.is_error(400, "invalidFilter");
        entra.get("/Users?count=many").await.is_error(400, "invalidValue");
    })
    .await;
}

#[tokio::test]
async fn whoever_saw_an_older_version_changes_nothing() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let at = entra.has("anna").await;
        let seen = entra.get(&at).await.header("etag").to_owned();
        let title = |title: &str| json!([{ "op": "add", "path": "title", "value": title }]);
        let first = entra.with("if-match", &seen).patch(&at, &title("Leder")).await;
        assert_eq!((first.status, first.header("etag") != seen), (200, true));
        entra.with("if-match", &seen).patch(&at, &title("Chef")).await.is_error(412, "");
        entra.with("if-match", &seen).put(&at, &user("anna")).await.is_error(412, "");
        entra.with("if-match", &seen).delete(&at).await.is_error(412, "");
        assert_eq!(entra.get(&at).await.body["title"], "Leder");
        assert_eq!(entra.with("if-match", "*").delete(&at).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn of_changes_at_the_same_moment_none_is_lost() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let at = entra.has("anna").await;
        let paths = ["title", "displayName", "externalId", "name.givenName"];
        let changes = paths.map(|path| {
            let (entra, at) = (entra.clone(), at.clone());
            tokio::spawn(async move {
                entra.patch(&at, &json!([{ "op": "add", "path": path, "value": "Ny" }])).await
            })
        });
        for change in changes {
            let heard = change.await.unwrap();
            assert_eq!(heard.status, 200, "{heard:?}");
        }
        let now = entra.get(&at).await.body;
        assert_eq!(
            [&now["title"], &now["displayName"], &now["externalId"], &now["name"]["givenName"]],
            ["Ny"; 4]
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_is_deleted_has_ended_and_comes_back_as_themselves() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let mut anna = user("anna");
        anna["externalId"] = json!("7a");
        let made = entra.post("/Users", &anna).await;
        let at = format!("/Users/{}", made.id());
        assert_eq!(entra.delete(&at).await.status, 204);
        entra.get(&at).await.is_error(404, "");
        entra.delete(&at).await.is_error(404, "");
        assert_eq!(entra.get("/Users").await.body["totalResults"], 0);
        let found = by_user_name(&world.stage.database, &"anna".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(found.state, State::Ended);
        let written = log(&world).await;
        assert!(written.contains("identity-registered") && written.contains("identity-ended"), "{written}");
        // Another person is not let in by the name of one who left.
        entra.post("/Users", &user("anna")).await.is_error(409, "uniqueness");
        let back = entra.post("/Users", &anna).await;
        assert_eq!((back.status, back.id()), (201, made.id()), "{back:?}");
        assert!(log(&world).await.contains("identity-resumed"));
    })
    .await;
}

#[tokio::test]
async fn whoever_ends_logs_in_with_nothing_any_more() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let anna = world.anna().await;
        let mut tx = world.begin().await;
        let database = &world.stage.database;
        portner_directory::scim::adopt(database, &mut tx, "entra", (anna.identity.id, Some("7a")))
            .await
            .unwrap()
            .unwrap();
        tx.commit().await.unwrap();
        let at = format!("/Users/{}", anna.identity.id);
        let shown = entra.get(&format!("{at}?attributes=externalId,{NSIS}:identityProofing")).await.body;
        assert_eq!(
            (&shown["externalId"], &shown[NSIS]["identityProofing"]),
            (&json!("7a"), &json!("Substantial"))
        );
        assert_eq!(entra.delete(&at).await.status, 204);
        let node = world.node().await;
        assert_eq!(node.authenticators.of(anna.identity.id).await.unwrap().len(), 0);
        assert!(!world.events("authenticator-removed").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_changes_nothing() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let at = entra.has("anna").await;
        let group = entra.post("/Groups", &json!({ "displayName": "skole" })).await;
        let group = format!("/Groups/{}", group.id());
        let before = (entra.get(&at).await.body, log(&world).await, entra.get(&group).await.body);
        let member = json!([{ "op": "add", "path": "members", "value": [{ "value": before.0["id"] }] }]);
        let off = json!([{ "op": "replace", "path": "active", "value": "False" }]);
        for (heard, says) in [
            (entra.post("/Users?dryRun=true", &user("bo")).await, "register"),
            (entra.put(&format!("{at}?dryRun=True"), &user("anna2")).await, "user_name"),
            (entra.patch(&format!("{at}?dryrun=true"), &off).await, "stop"),
            (entra.delete(&format!("{at}?dryRun=true")).await, "end"),
            (entra.post("/Groups?dryRun=true", &json!({ "displayName": "leder" })).await, "make"),
            (entra.patch(&format!("{group}?dryRun=true"), &member).await, "1 in"),
            (entra.delete(&format!("{group}?dryRun=true")).await, "remove"),
        ] {
            assert_eq!(heard.status, 200, "{heard:?}");
            assert!(heard.body["steps"].to_string().contains(says), "{heard:?}");
        }
        entra.post("/Users?dryRun=true", &user("anna")).await.is_error(409, "uniqueness");
        let bulk = json!({ "Operations": [{ "method": "DELETE", "path": at }] });
        let heard = entra.post("/Bulk?dryRun=true", &bulk).await;
        assert!(heard.body["Operations"][0]["response"]["steps"].to_string().contains("end"), "{heard:?}");
        assert_eq!((entra.get(&at).await.body, log(&world).await, entra.get(&group).await.body), before);
        assert_eq!(entra.get("/Users").await.body["totalResults"], 1);
    })
    .await;
}
