//! Tokens, the clock, the portal, and what is written down.

use axum::http::Method;
use portner_domain::{Millis, Moment};
use serde_json::{Value, json};

use super::super::{Call, Caller, handle};
use super::{EMPLOYEES, FULL, LOCAL, NOON, Stage, body_of, creation, text};

#[test]
fn a_token_is_good_for_an_hour_and_several_are_at_once() {
    let mut stage = Stage::new();
    let first = stage.token.clone();
    stage.world.advance_clock(Millis::minutes(30));
    stage.authenticate();
    assert_ne!(first, stage.token);
    let search = format!("{EMPLOYEES}/search");
    let second = std::mem::replace(&mut stage.token, first);
    assert_eq!(stage.post(&search, json!({})).status, 200);
    stage.world.advance_clock(Millis::minutes(30));
    let late = stage.post(&search, json!({}));
    assert_eq!((late.status, late.body.as_str()), (401, ""));
    assert_eq!(late.header, Some(("www-authenticate", "Bearer".to_owned())));
    stage.token = second;
    assert_eq!(stage.post(&search, json!({})).status, 200);
    for garbage in ["null", "", "x"] {
        stage.token = garbage.to_owned();
        assert_eq!(stage.post(&search, json!({})).status, 401, "{garbage}");
    }
}

#[test]
fn a_token_that_is_bound_is_good_on_its_own_connection_alone() {
    let mut stage = Stage::new();
    let call = |stage: &Stage, connection| Call {
        at: NOON,
        caller: Caller::Organisation(FULL.to_owned()),
        connection,
        method: Method::GET,
        path: "/api/administration/organization/senumber".to_owned(),
        authorization: Some(format!("Bearer {}", stage.token)),
        body: Vec::new(),
    };
    let (here, elsewhere) = (call(&stage, 1), call(&stage, 2));
    assert_eq!(handle(&mut stage.world, &elsewhere).status, 200);
    stage.switch(json!({ "bind_token": true }));
    assert_eq!(handle(&mut stage.world, &elsewhere).status, 401);
    assert_eq!(handle(&mut stage.world, &here).status, 200);
}

#[test]
fn a_certificate_without_the_right_or_without_an_agreement_gets_no_token() {
    let mut stage = Stage::new();
    let ask = |stage: &mut Stage, caller: Caller| {
        let call = Call {
            at: NOON,
            caller,
            connection: 1,
            method: Method::POST,
            path: "/api/administration/idmlogin/tls/authenticate".to_owned(),
            authorization: None,
            body: Vec::new(),
        };
        handle(&mut stage.world, &call).status
    };
    let own = || Caller::Organisation(FULL.to_owned());
    assert_eq!(ask(&mut stage, Caller::WithoutRight), 403);
    assert_eq!(ask(&mut stage, Caller::Nobody), 403);
    assert_eq!(ask(&mut stage, own()), 200);
    stage.settings().agreement = false;
    assert_eq!(ask(&mut stage, own()), 403);
}

#[test]
fn the_first_login_makes_an_identity_active_and_a_stopped_one_can_not_log_in() {
    let mut stage = Stage::new();
    let uuid = stage.created("anna");
    assert_eq!(stage.state(&uuid), "Pending");
    let login = json!({ "organisation": FULL, "subject_name_id": "ANNA" });
    let done = stage.edit("login", login.clone()).unwrap();
    assert_eq!((&done["before"], &done["after"]), (&json!("Pending"), &json!("Active")));
    stage.edit("suspend", json!({ "uuid": uuid })).unwrap();
    assert!(stage.edit("login", login.clone()).unwrap_err().contains("Suspended"));
    stage.edit("delete", json!({ "uuid": uuid })).unwrap();
    assert!(stage.edit("login", login).unwrap_err().contains("nobody"));
    stage.switch(json!({ "local_idp_activation": "immediate" }));
    let bo = stage.created("bo");
    assert_eq!(stage.state(&bo), "Active");
}

#[test]
fn where_the_organisation_does_not_proof_a_person_activates_before_they_log_in() {
    let mut stage = Stage::of(LOCAL);
    let mut request = creation("anna");
    request["identityProfile"]["registeredIal"] = json!("Low");
    request["identityAuthenticators"]["authenticatorTypes"] =
        json!(["LocalIdentityProvider", "PrivateNemIdMitId"]);
    let uuid = text(&stage.post(EMPLOYEES, request), "/employeeUuid");
    let login = json!({ "organisation": LOCAL, "subject_name_id": "anna" });
    assert!(stage.edit("login", login.clone()).is_err());
    let path = format!("{EMPLOYEES}/{uuid}/authenticators");
    assert_eq!(text(&stage.get(&path), "/authenticators/1/status"), "Pending");
    stage.edit("activate", json!({ "uuid": uuid })).unwrap();
    assert_eq!(text(&stage.get(&path), "/authenticators/1/status"), "Active");
    assert!(stage.edit("login", login).is_ok());
}

#[test]
fn somebody_brought_over_gets_a_profile_then_an_order_then_a_name() {
    let mut stage = Stage::new();
    let seed = json!({ "organisation": FULL, "people": [{ "state": "Draft", "given_name": "", "surname": "" , "rid": "123" }] });
    let seeded = stage.world.seed(serde_json::from_value(seed).unwrap(), NOON).unwrap();
    let uuid = seeded["uuids"][0].as_str().unwrap().to_owned();
    let order = json!({ "authenticatorSettingTypes": ["LocalIdentityProvider"], "userUuids": [uuid] });
    let orders = "/api/admin/organization-activation/activation-orders";
    assert_eq!(stage.post(orders, order.clone()).status, 400);
    let profile = creation("x")["identityProfile"].clone();
    assert_eq!(stage.put(&format!("{EMPLOYEES}/{uuid}/profile/draft"), profile).status, 204);
    assert_eq!(stage.post(orders, order.clone()).status, 204);
    assert_eq!((stage.state(&uuid).as_str(), stage.world.letters.len()), ("Pending", 1));
    assert_eq!(stage.post(orders, order).status, 409);
    let local = json!({ "authenticatorSettingTypes": ["LocalIdentityProvider"], "subjectNameId": "anna" });
    assert_eq!(stage.post(&format!("{EMPLOYEES}/{uuid}/requestcredentials"), local).status, 204);
    assert!(stage.edit("login", json!({ "organisation": FULL, "subject_name_id": "anna" })).is_ok());
}

#[test]
fn leave_to_sign_reaches_certificates_where_the_organisation_was_assessed() {
    let mut stage = Stage::new();
    let uuid = stage.created("anna");
    let (path, sign) = (format!("{EMPLOYEES}/{uuid}"), json!({ "allowSigning": true }));
    let qualified = |stage: &mut Stage| {
        body_of(&stage.get(&path))["identityProfile"]["allowQualifiedCertificateIssuance"].as_bool().unwrap()
    };
    stage.put(&format!("{path}/allowsigning"), sign.clone());
    assert_eq!((qualified(&mut stage), stage.world.letters.len()), (false, 1));
    stage.edit("validate-signing", json!({ "uuid": uuid })).unwrap();
    assert!(qualified(&mut stage));
    stage.settings().eidas_assessed = true;
    stage.put(&format!("{path}/allowsigning"), json!({ "allowSigning": false }));
    assert!(!qualified(&mut stage));
    stage.put(&format!("{path}/allowsigning"), sign);
    assert!(qualified(&mut stage));
}

#[test]
fn the_journal_has_no_cpr_number_in_it_and_says_who_was_where() {
    let mut stage = Stage::new();
    let uuid = stage.created("anna");
    stage.call(
        Method::PUT,
        &format!("{EMPLOYEES}/0101701234/suspend"),
        &json!("ring 010170-1234 nu, eller 010170 1234"),
    );
    stage.call(
        Method::PUT,
        &format!("{EMPLOYEES}/{uuid}/suspend"),
        &json!({ "0101701234": 3_112_701_234_u64 }),
    );
    let journal = json!(stage.world.journal.after(0).collect::<Vec<_>>());
    let text = journal.to_string();
    for number in ["0101701234", "010170-1234", "010170 1234", "3112701234"] {
        assert!(!text.contains(number), "{text}");
    }
    assert!(text.contains("010170••••"), "{text}");
    let last = journal.as_array().unwrap().last().unwrap();
    assert_eq!(last["touched"], json!([{ "identity": uuid, "before": "Pending", "after": "Suspended" }]));
    assert_eq!(
        (&last["status"], &last["legal"], &last["time"]),
        (&json!(204), &json!(true), &json!("2026-11-22T12:00:00.000Z"))
    );
}

#[test]
fn people_are_seeded_all_or_none_and_shown_as_they_were_seeded() {
    let mut stage = Stage::new();
    let seed = |names: [&str; 2]| {
        let people = names.map(|name| json!({ "given_name": "A", "surname": "B", "subject_name_id": name }));
        serde_json::from_value(json!({ "organisation": FULL, "people": people })).unwrap()
    };
    assert!(stage.world.seed(seed(["anna", "Anna"]), NOON).is_err());
    assert!(stage.world.seeded().to_string().find("surname").is_none());
    stage.world.seed(seed(["anna", "bo"]), NOON).unwrap();
    let shown = stage.world.seeded();
    let people =
        shown.as_array().unwrap().iter().find(|it| it["organisation"] == FULL).unwrap()["people"].clone();
    stage.world.reset();
    let again = json!({ "organisation": FULL, "people": people });
    stage.world.seed(serde_json::from_value(again).unwrap(), NOON).unwrap();
    assert_eq!(stage.world.seeded(), shown);
}

#[test]
fn a_switch_or_a_forecast_that_is_misspelt_is_refused() {
    assert!(serde_json::from_value::<super::super::Switches>(json!({ "strict_stat": true })).is_err());
    let forecast = |value: Value| serde_json::from_value::<super::super::Forecast>(value);
    assert!(forecast(json!({ "probability": { "snow": 0.1 } })).is_err());
    for bad in [json!({ "probability": { "internal": 1.5 } }), json!({ "latency_ms": [3, 2] })] {
        assert!(forecast(bad).unwrap().mistake().is_some());
    }
}

#[test]
fn a_least_age_and_a_register_are_there_for_whoever_switches_them_on() {
    let mut stage = Stage::new();
    stage.switch(json!({ "min_age": 13 }));
    let mut child = creation("child");
    child["identityProfile"]["cprNumber"] = json!("2311134123");
    assert_eq!(stage.post(EMPLOYEES, child.clone()).status, 400);
    stage.at = Moment(NOON.0 + 24 * 3_600_000);
    stage.authenticate();
    assert_eq!(stage.post(EMPLOYEES, child).status, 200);
    stage.switch(json!({ "cpr_register": true }));
    assert_eq!(stage.create("anna").status, 400);
    stage.world.register.insert("0101701234".to_owned(), "Anders Bo Jensen".to_owned());
    assert_eq!(stage.create("anna").status, 200);
}
