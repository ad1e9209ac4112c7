//! What well-known clients send, in the order in which they send it.

use serde_json::json;

use super::{ENTERPRISE, Program, log};
use crate::stage::for_each_world;

#[tokio::test]
async fn as_entra_id_sends_it() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        // The connection is tried with somebody whom nobody is called like.
        let nobody = entra.get("/Users?filter=userName+eq+%22non-existent-7c1a%22").await;
        assert_eq!((nobody.status, &nobody.body["totalResults"]), (200, &json!(0)));
        assert_eq!(nobody.body["Resources"], json!([]));
        let anna = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
            "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
            "userName": "Anna.Berg@kommune.example",
            "active": true,
            "displayName": "Anna Berg",
            "emails": [{ "primary": true, "type": "work", "value": "anna.berg@kommune.example" }],
            "meta": { "resourceType": "User" },
            "name": { "formatted": "Anna Berg", "familyName": "Berg", "givenName": "Anna" },
            "roles": [],
            "title": "Leder",
            ENTERPRISE: { "department": "Nord" },
        });
        let made = entra.post("/Users", &anna).await;
        assert_eq!((made.status, &made.body["displayName"]), (201, &json!("Anna Berg")), "{made:?}");
        let at = format!("/Users/{}", made.id());
        let changes = json!([
            { "op": "Replace", "path": "displayName", "value": "Anna B. Berg" },
            { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "anna@kommune.example" },
            { "op": "Replace", "path": "name.familyName", "value": "Bergmann" },
            { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "12345678" },
            { "op": "Replace", "path": format!("{ENTERPRISE}:department"), "value": "Syd" },
            { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "x" },
        ]);
        let changed = entra.patch(&at, &changes).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!(changed.body["emails"][0]["value"], "anna@kommune.example");
        assert_eq!((&changed.body["name"]["familyName"], &changed.body[ENTERPRISE]["department"]), (&json!("Bergmann"), &json!("Syd")));
        let off = entra.patch(&at, &json!([{ "op": "Replace", "path": "active", "value": "False" }])).await;
        assert_eq!((off.status, &off.body["active"]), (200, &json!(false)));
        assert!(log(&world).await.contains("identity-locked"));
        let on = entra.patch(&at, &json!([{ "op": "Replace", "value": { "active": "True" } }])).await;
        assert_eq!((on.status, &on.body["active"]), (200, &json!(true)));
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
            "displayName": "Sagsbehandlere",
            "meta": { "resourceType": "Group" },
        });
        let group = entra.post("/Groups", &group).await;
        let group_at = format!("/Groups/{}", group.id());
        let add = entra.patch(&group_at, &json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": made.id() }] }])).await;
        assert_eq!(add.status, 200, "{add:?}");
        let filter = format!("id+eq+%22{}%22+and+members+eq+%22{}%22", group.id(), made.id());
        let is_in = entra.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).await;
        assert_eq!(is_in.body["totalResults"], 1, "{is_in:?}");
        let out = entra.patch(&group_at, &json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": made.id() }] }])).await;
        assert_eq!(out.body.get("members"), None, "{out:?}");
        assert_eq!(entra.delete(&group_at).await.status, 204);
        assert_eq!(entra.delete(&at).await.status, 204);
        entra.get(&at).await.is_error(404, "");
    })
    .await;
}

#[tokio::test]
async fn as_okta_sends_it() {
    for_each_world(|world| async move {
        let okta =
            Program::named(&world, "okta").await.with("content-type", "application/scim+json; charset=utf-8");
        assert_eq!(okta.get("/Users?startIndex=1&count=2").await.body["totalResults"], 0);
        let nobody =
            okta.get("/Users?filter=userName%20eq%20%22anna%40example.dk%22&startIndex=1&count=100").await;
        assert_eq!(nobody.body["totalResults"], 0);
        let mut anna = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "anna@example.dk",
            "name": { "givenName": "Anna", "familyName": "Berg" },
            "emails": [{ "primary": true, "value": "anna@example.dk", "type": "work" }],
            "displayName": "Anna Berg",
            "locale": "da-DK",
            "externalId": "00ujl29u0le5T6Aj10h7",
            "groups": [],
            "password": "1mz050nq",
            "active": true,
        });
        let made = okta.post("/Users", &anna).await;
        assert_eq!(made.status, 201, "{made:?}");
        let at = format!("/Users/{}", made.id());
        anna["id"] = json!(made.id());
        anna["name"]["givenName"] = json!("Ann");
        anna["meta"] = made.body["meta"].clone();
        let put = okta.put(&at, &anna).await;
        assert_eq!((put.status, &put.body["name"]["givenName"]), (200, &json!("Ann")), "{put:?}");
        let off = okta.patch(&at, &json!([{ "op": "replace", "value": { "active": false } }])).await;
        assert_eq!((off.status, &off.body["active"]), (200, &json!(false)));
        assert_eq!(okta.get(&at).await.body["active"], false);
        anna["active"] = json!(true);
        assert_eq!(okta.put(&at, &anna).await.body["active"], true);
        let members = json!([{ "value": made.id(), "display": "anna@example.dk" }]);
        let group = okta.post("/Groups", &json!({ "displayName": "Test SCIMv2", "members": members })).await;
        assert_eq!(group.status, 201, "{group:?}");
        let renamed =
            json!([{ "op": "replace", "value": { "id": group.id(), "displayName": "Test SCIMv3" } }]);
        let renamed = okta.patch(&format!("/Groups/{}", group.id()), &renamed).await;
        assert_eq!(
            (renamed.status, renamed.body["members"].as_array().map(Vec::len)),
            (200, Some(1)),
            "{renamed:?}"
        );
        let written = log(&world).await;
        assert!(!written.contains("1mz050nq"), "a password is neither kept nor written down");
        assert_eq!(world.events("authenticator-bound").await, []);
    })
    .await;
}
