//! Each switch, thrown.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::{Call, Caller, handle};
use super::{EMPLOYEES, NOON, Stage, body_of, creation, text};

#[test]
fn a_profile_is_sent_whole_where_it_replaces() {
    let mut stage = Stage::new();
    let uuid = stage.created("anna");
    let path = format!("{EMPLOYEES}/{uuid}/profile");
    let whole = json!({ "givenName": "A", "surname": "B", "emailAddress": "a@example.dk", "cprNumber": "0101701234" });
    stage.switch(json!({ "put_semantics": "replace" }));
    assert_eq!(stage.put(&path, json!({ "surname": "Holm" })).status, 400);
    assert_eq!(stage.put(&path, whole).status, 204);
    let read = body_of(&stage.get(&format!("{EMPLOYEES}/{uuid}")));
    assert_eq!(
        (&read["identityProfile"]["surname"], &read["identityProfile"]["registeredIal"]),
        (&json!("B"), &Value::Null)
    );
}

#[test]
fn blanks_and_impossible_numbers_pass_where_validation_is_not_strict() {
    let mut stage = Stage::new();
    let mut request = creation("anna");
    request["identityProfile"]["surname"] = json!("Jensen ");
    request["identityProfile"]["cprNumber"] = json!("9999999999");
    assert_eq!(stage.post(EMPLOYEES, request.clone()).status, 400);
    stage.switch(json!({ "strict_validation": false }));
    assert_eq!(stage.post(EMPLOYEES, request).status, 200);
}

#[test]
fn a_private_mitid_is_active_at_once_where_nobody_is_asked() {
    let mut stage = Stage::new();
    let uuid = stage.created("anna");
    let private = json!({ "authenticatorSettingTypes": ["PrivateNemIdMitId"] });
    for (consent, status) in [("needed", "Pending"), ("immediate", "Active")] {
        stage.switch(json!({ "private_consent": consent }));
        for _ in 0..2 {
            let asked = stage.post(&format!("{EMPLOYEES}/{uuid}/requestcredentials"), private.clone());
            assert_eq!(asked.status, 204);
        }
        let read = stage.get(&format!("{EMPLOYEES}/{uuid}/authenticators"));
        assert_eq!(text(&read, "/authenticators/1/status"), status);
        assert!(body_of(&read)["authenticators"].get(2).is_none());
        let authenticator = text(&read, "/authenticators/1/uuid");
        let revoke = format!("{EMPLOYEES}/{uuid}/revokecredential/{authenticator}");
        assert_eq!(stage.post(&revoke, Value::Null).status, 204);
        assert_eq!(stage.post(&revoke, Value::Null).status, 404);
    }
    stage.settings().allow_private_mitid = false;
    assert_eq!(stage.post(&format!("{EMPLOYEES}/{uuid}/requestcredentials"), private).status, 400);
}

#[test]
fn a_search_shows_other_states_and_answers_say_less_where_switches_say_so() {
    let mut stage = Stage::new();
    stage.somebody("Active");
    stage.somebody("Suspended");
    stage.switch(json!({ "search_states": ["Active"], "extra_fields": false }));
    let found = body_of(&stage.post(&format!("{EMPLOYEES}/search"), json!({})));
    assert_eq!(found["employees"].as_array().unwrap().len(), 1);
    assert!(!found.to_string().contains("simulatedExtra"), "{found}");
}

#[test]
fn who_is_not_let_in_hears_it_in_other_ways() {
    let mut stage = Stage::new();
    stage.switch(json!({ "auth_errors": "body", "cert_policy": "unauthorized" }));
    stage.token = "null".to_owned();
    let refused = stage.get(&format!("{EMPLOYEES}/x"));
    assert_eq!((refused.status, text(&refused, "/code").as_str()), (401, "Unauthorized"));
    let call = Call {
        at: NOON,
        caller: Caller::WithoutRight,
        connection: 1,
        method: Method::POST,
        path: "/api/administration/idmlogin/tls/authenticate".to_owned(),
        authorization: None,
        body: Vec::new(),
    };
    assert_eq!(handle(&mut stage.world, &call).status, 401);
}

#[test]
fn leave_to_sign_stays_apart_from_certificates_where_they_are_not_linked() {
    let mut stage = Stage::new();
    stage.settings().eidas_assessed = true;
    stage.switch(json!({ "allowsigning_links_qc": false }));
    let uuid = stage.created("anna");
    stage.put(&format!("{EMPLOYEES}/{uuid}/allowsigning"), json!({ "allowSigning": true }));
    let read = body_of(&stage.get(&format!("{EMPLOYEES}/{uuid}")));
    assert_eq!(read["identityPermissions"]["allowSigning"], true);
    assert_eq!(read["identityProfile"]["allowQualifiedCertificateIssuance"], false);
}

#[test]
fn the_other_faults_are_what_they_say() {
    let mut stage = Stage::new();
    let uuid = stage.created("anna");
    let (one, search) = (format!("{EMPLOYEES}/{uuid}"), format!("{EMPLOYEES}/search"));
    stage.forecast(json!({ "slow_search_ms": [5000, 5000],
        "next": ["internal", "rate_limit", "drop_before", "empty_search", "slow_search", "optimistic", "token_expiry"] }));
    assert!(stage.get(&one).body.contains("See log for exception details"));
    let limited = stage.get(&one);
    assert_eq!((limited.status, limited.header), (429, Some(("retry-after", "5".to_owned()))));
    let dropped = stage.put(&format!("{one}/suspend"), Value::Null);
    assert_eq!((dropped.cut, stage.state(&uuid).as_str()), (true, "Pending"));
    assert_eq!(body_of(&stage.post(&search, json!({})))["employees"], json!([]));
    let slow = stage.post(&search, json!({}));
    assert_eq!((slow.delay.0, body_of(&slow)["employees"].as_array().unwrap().len()), (5_000, 1));
    let collided = stage.put(&format!("{one}/suspend"), Value::Null);
    assert!(collided.status == 409 && collided.body.contains("OptimisticConcurrency"), "{}", collided.body);
    assert_eq!(stage.get(&one).status, 401);
    assert_eq!(stage.get(&one).status, 401);
    stage.authenticate();
    assert_eq!(stage.get(&one).status, 200);
}
