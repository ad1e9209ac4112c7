//! Every call: its verb, its address and its body.

use portner_domain::Level;
use portner_domain::right::Scope;
use portner_sync::wire::{
    Activate, AllowSigning, Asked, Changed, NonSensitive, Profile, RequestCredentials, RoleChange,
};
use serde_json::{Value, json};

use crate::failures::somebody;
use crate::server::{Stage, answer};

const UUID: &str = "8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55";

/// That one call was heard, with this line and this body; without a body, without a content type.
#[track_caller]
fn heard(stage: &Stage, line: &str, body: &Value) {
    let heard = stage.server.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].line, format!("{line} HTTP/1.1"));
    let is_json = heard[0].head.to_lowercase().contains("content-type: application/json\r\n");
    if body.is_null() {
        assert!(heard[0].body.is_empty() && !is_json, "{heard:?}");
    } else {
        assert_eq!(serde_json::from_str::<Value>(&heard[0].body).unwrap(), *body);
        assert!(is_json);
    }
}

#[tokio::test]
async fn what_is_asked() {
    let stage = Stage::new().await;
    let who = UUID.parse().unwrap();
    let employee = format!("/api/administration/identity/employee/{UUID}");
    let list = r#"{"employees":[{"uuid":"8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55","x":1}]}"#;
    stage.server.says([answer(200, list)]);
    assert_eq!(stage.client.list().await.unwrap().employees.read.len(), 1);
    let all = json!({ "maxCount": 0, "removeUuidFromResultSet": false });
    heard(&stage, "POST /api/administration/identity/employee/search", &all);
    stage.server.says([answer(200, list)]);
    assert_eq!(stage.client.imported().await.unwrap().employees.read.len(), 1);
    heard(&stage, "GET /api/admin/organization-activation/migrated-identities/0", &Value::Null);
    stage.server.says([answer(200, "{}")]);
    assert!(stage.client.read(who).await.unwrap().uuid.is_none());
    heard(&stage, &format!("GET {employee}"), &Value::Null);
    stage.server.says([answer(200, "{}")]);
    assert!(stage.client.authenticators(who).await.unwrap().authenticators.read.is_empty());
    heard(&stage, &format!("GET {employee}/authenticators"), &Value::Null);
    stage.server.says([answer(200, r#"{"roles":[]}"#)]);
    assert!(stage.client.catalogue().await.unwrap().roles.read.is_empty());
    heard(&stage, "GET /api/administration/rights/categorizedRoles", &Value::Null);
    stage.server.says([answer(200, "[]")]);
    assert!(stage.client.rights(who).await.unwrap().read.is_empty());
    heard(&stage, &format!("GET /api/administration/rights/identity/{UUID}/roles"), &Value::Null);
    stage.server.says([answer(200, r#"[{"seNumber":"12345678"}]"#)]);
    assert_eq!(stage.client.se_numbers().await.unwrap().read.len(), 1);
    heard(&stage, "GET /api/administration/organization/senumber", &Value::Null);
    stage.server.says([answer(200, r#"[{"pNumber":1012345678}]"#)]);
    assert_eq!(stage.client.production_units().await.unwrap().read.len(), 1);
    heard(&stage, "GET /api/administration/organization/productionunits", &Value::Null);
}

#[tokio::test]
async fn what_is_said_of_an_identity() {
    let stage = Stage::new().await;
    let who = UUID.parse().unwrap();
    let employee = format!("/api/administration/identity/employee/{UUID}");
    stage.server.says([answer(200, &format!(r#"{{"employeeUuid":"{UUID}"}}"#))]);
    stage.client.create(&somebody()).await.unwrap();
    let body = serde_json::to_value(somebody()).unwrap();
    assert_eq!(body["identityProfile"]["givenName"], "Åse");
    heard(&stage, "POST /api/administration/identity/employee", &body);
    let changed = Changed {
        given_name: "Åse".to_owned(),
        surname: "Hansen".to_owned(),
        cpr_number: "0101701234".parse().unwrap(),
        email_address: "aase@example.dk".to_owned(),
    };
    let profile = Profile { registered_ial: None, target_ial: Level::Substantial, changed };
    let body = serde_json::to_value(&profile).unwrap();
    // Any success is one, with or without a body.
    stage.server.says([answer(200, "null"), answer(204, ""), answer(200, "{}"), answer(202, "<html>")]);
    stage.client.change_profile(who, &profile).await.unwrap();
    heard(&stage, &format!("PUT {employee}/profile"), &body);
    stage.client.describe_draft(who, &profile).await.unwrap();
    heard(&stage, &format!("PUT {employee}/profile/draft"), &body);
    let email = NonSensitive { email_address: "ny@example.dk".to_owned() };
    stage.client.change_email(who, &email).await.unwrap();
    let body = json!({ "emailAddress": "ny@example.dk" });
    heard(&stage, &format!("PUT {employee}/profile/nonsensitive"), &body);
    let private = RequestCredentials::private();
    stage.client.request_credentials(who, &private).await.unwrap();
    heard(&stage, &format!("POST {employee}/requestcredentials"), &serde_json::to_value(&private).unwrap());
}

#[tokio::test]
async fn what_is_done_to_an_identity() {
    let stage = Stage::new().await;
    let who = UUID.parse().unwrap();
    let employee = format!("/api/administration/identity/employee/{UUID}");
    stage.server.says((0..8).map(|_| answer(204, "")));
    stage.client.suspend(who).await.unwrap();
    heard(&stage, &format!("PUT {employee}/suspend"), &Value::Null);
    stage.client.reactivate(who).await.unwrap();
    heard(&stage, &format!("PUT {employee}/reactivate"), &Value::Null);
    stage.client.delete(who).await.unwrap();
    heard(&stage, &format!("DELETE {employee}"), &Value::Null);
    stage.client.revoke_credential(who, UUID.parse().unwrap()).await.unwrap();
    heard(&stage, &format!("POST {employee}/revokecredential/{UUID}"), &Value::Null);
    stage.client.allow_signing(who, AllowSigning { allow_signing: true }).await.unwrap();
    heard(&stage, &format!("PUT {employee}/allowsigning"), &json!({ "allowSigning": true }));
    let order =
        Activate { authenticator_setting_types: vec![Asked::LocalIdentityProvider], user_uuids: vec![who] };
    stage.client.order_activation(&order).await.unwrap();
    let body = json!({ "authenticatorSettingTypes": ["LocalIdentityProvider"], "userUuids": [UUID] });
    heard(&stage, "POST /api/admin/organization-activation/activation-orders", &body);
    let scope = (&"production-unit:1012345678".parse::<Scope>().unwrap()).into();
    let change = RoleChange { scope, role_uuids: vec![UUID.parse().unwrap()] };
    let body = json!({ "scope": { "type": "PU", "value": "1012345678" }, "roleUuids": [UUID] });
    stage.client.give(who, &change).await.unwrap();
    heard(&stage, &format!("POST /api/administration/rights/identity/{UUID}/roles"), &body);
    stage.client.take(who, &change).await.unwrap();
    heard(&stage, &format!("DELETE /api/administration/rights/identity/{UUID}/roles"), &body);
}
