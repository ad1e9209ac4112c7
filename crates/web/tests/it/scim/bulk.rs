//! Many requests in one.

use serde_json::{Value, json};

use super::{Heard, Program, user};
use crate::stage::for_each_world;

fn statuses(heard: &Heard) -> Vec<&str> {
    let all = heard.body["Operations"].as_array().unwrap_or_else(|| panic!("{heard:?}"));
    all.iter().map(|one| one["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_is_made_in_it_is_named_in_it() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let members =
            json!({ "displayName": "skole", "members": [{ "value": "bulkId:a" }, { "value": "bulkId:b" }] });
        let off = json!({ "Operations": [{ "op": "replace", "path": "active", "value": "False" }] });
        let heard = entra
            .post(
                "/Bulk",
                &json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                    "Operations": [
                        { "method": "POST", "path": "/Groups", "bulkId": "g", "data": members },
                        { "method": "post", "path": "/Users", "bulkId": "a", "data": user("anna") },
                        { "method": "POST", "path": "/Users", "bulkId": "b", "data": user("bo") },
                        { "method": "PATCH", "path": "/Users/bulkId:b", "data": off },
                        { "method": "DELETE", "path": "/Users/bulkId:nobody" },
                    ],
                }),
            )
            .await;
        assert_eq!(heard.status, 200, "{heard:?}");
        assert_eq!(statuses(&heard), ["201", "201", "201", "200", "409"], "{heard:?}");
        let all = heard.body["Operations"].as_array().unwrap();
        assert_eq!((&all[0]["bulkId"], &all[1]["bulkId"]), (&json!("g"), &json!("a")));
        let at = all[0]["location"].as_str().unwrap().rsplit_once("/scim/v2").unwrap().1;
        let group = entra.get(at).await.body;
        assert_eq!(group["members"].as_array().map(Vec::len), Some(2), "{group}");
        assert!(all[1]["version"].as_str().unwrap().starts_with("W/"));
        assert_eq!(entra.get("/Users?filter=active%20eq%20false").await.body["totalResults"], 1);
    })
    .await;
}

#[tokio::test]
async fn it_stops_after_as_many_errors_as_are_allowed() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        entra.has("anna").await;
        let wrong = |n: u8| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user("anna") });
        let right = json!({ "method": "POST", "path": "/Users", "bulkId": "r", "data": user("bo") });
        let bulk = |fail: Value| json!({ "failOnErrors": fail, "Operations": [wrong(1), wrong(2), right] });
        let stopped = entra.post("/Bulk", &bulk(json!(2))).await;
        assert_eq!(statuses(&stopped), ["409", "409"]);
        assert_eq!(stopped.body["Operations"][0]["response"]["scimType"], "uniqueness");
        assert_eq!(entra.get("/Users").await.body["totalResults"], 1);
        assert_eq!(statuses(&entra.post("/Bulk", &bulk(json!(null))).await), ["409", "409", "201"]);
    })
    .await;
}

#[tokio::test]
async fn it_has_limits_and_a_form() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let one = json!({ "method": "DELETE", "path": "/Users/x" });
        entra.post("/Bulk", &json!({ "Operations": vec![one; 501] })).await.is_error(413, "");
        entra.post("/Bulk", &json!({})).await.is_error(400, "invalidSyntax");
        for one in [
            json!(7),
            json!({ "method": "GET", "path": "/Users" }),
            json!({ "method": "POST", "path": "/Users", "data": user("a") }),
            json!({ "method": "DELETE" }),
        ] {
            entra.post("/Bulk", &json!({ "Operations": [one] })).await.is_error(400, "invalidSyntax");
        }
        let odd = json!({ "Operations": [
            { "method": "DELETE", "path": "/Schemas/x" },
            { "method": "PATCH", "path": "/Users/x", "data": 7 },
            { "method": "DELETE", "path": "/Users" },
        ] });
        assert_eq!(statuses(&entra.post("/Bulk", &odd).await), ["404", "400", "405"]);
        let config = entra.get("/ServiceProviderConfig").await.body;
        assert_eq!(
            (&config["bulk"]["maxOperations"], &config["sort"]["supported"]),
            (&json!(500), &json!(false))
        );
    })
    .await;
}
