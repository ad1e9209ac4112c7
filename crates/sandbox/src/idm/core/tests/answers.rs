//! What stands in answers, and what requests have to have in them.

use axum::http::Method;
use serde_json::{Value, json};

use super::{EMPLOYEES, FULL, LIGHT, LOCAL, NOBODY, Stage, body_of, creation, text};

const ROLE: &str = "10000000-0000-4000-8000-000000000000";

fn search(stage: &mut Stage, body: Value) -> Vec<Value> {
    let answer = stage.post(&format!("{EMPLOYEES}/search"), body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    body_of(&answer)["employees"].as_array().unwrap().clone()
}

#[test]
fn one_kind_of_authenticator_has_three_spellings() {
    let mut stage = Stage::new();
    let mut request = creation("anna");
    request["identityAuthenticators"]["authenticatorTypes"] =
        json!(["LocalIdentityProvider", "PrivateNemIdMitId"]);
    let uuid = text(&stage.post(EMPLOYEES, request), "/employeeUuid");
    let read = body_of(&stage.get(&format!("{EMPLOYEES}/{uuid}/authenticators")));
    let kinds: Vec<_> =
        read["authenticators"].as_array().unwrap().iter().map(|it| it["type"].clone()).collect();
    assert_eq!(kinds, ["LocalIdentityProvider", "PrivateMitId"]);
    let found = search(&mut stage, json!({ "maxCount": 0 }));
    let ids: Vec<_> =
        found[0]["employeeCredentials"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, ["Local", "PrivateMitID"]);
}

#[test]
fn names_of_properties_are_read_in_any_case_and_nulls_and_strangers_are_ignored() {
    let mut stage = Stage::new();
    let uuid = stage.created("anna");
    let update = json!({ "registeredIAL": "low", "targetIal": "Substantial", "SURNAME": "Holm", "givenName": null, "x": 1 });
    assert_eq!(stage.put(&format!("{EMPLOYEES}/{uuid}/profile"), update).status, 204);
    let read = body_of(&stage.get(&format!("{EMPLOYEES}/{uuid}")));
    let profile = &read["identityProfile"];
    assert_eq!(profile["registeredIal"], "Low");
    assert_eq!((&profile["givenName"], &profile["surname"]), (&json!("Anders Bo"), &json!("Holm")));
}

#[test]
fn a_search_shows_all_or_so_many_in_the_order_of_their_numbers() {
    let mut stage = Stage::new();
    for number in 0..25 {
        stage.created(&format!("user-{number}"));
    }
    stage.somebody("Suspended");
    stage.somebody("Draft");
    let ids = |found: &[Value]| found.iter().map(|it| it["id"].as_i64().unwrap()).collect::<Vec<_>>();
    let all = search(&mut stage, json!({ "maxCount": 0, "removeUuidFromResultSet": false }));
    assert_eq!(all.len(), 26);
    assert!(ids(&all).is_sorted());
    let ten = search(&mut stage, json!({ "maxCount": 10, "removeUuidFromResultSet": true }));
    assert_eq!(ids(&ten), ids(&all)[..10]);
    assert!(all.iter().all(|it| it["uuid"].is_string()) && ten.iter().all(|it| it.get("uuid").is_none()));
    assert!(all[0]["emailAddress"].is_string() && all[0]["profile"]["cprNumber"].is_string());
    assert!(all[0]["profile"].get("emailAddress").is_none());
    let imported = stage.get("/api/admin/organization-activation/migrated-identities/0");
    assert_eq!(body_of(&imported)["employees"].as_array().unwrap().len(), 1);
    assert_eq!(search(&mut stage, json!({ "status": "Suspended" })).len(), 26);
    stage.switch(json!({ "search_filters": true }));
    assert_eq!(search(&mut stage, json!({ "status": "Suspended" })).len(), 1);
    assert_eq!(stage.post(&format!("{EMPLOYEES}/search"), json!({ "maxCount": -1 })).status, 400);
}

#[test]
fn what_is_wrong_in_a_request_is_named() {
    let mut stage = Stage::new();
    let profile = [
        ("givenName", json!("Anna "), "givenName"),
        ("surname", json!(" "), "surname"),
        ("emailAddress", json!(null), "emailAddress"),
        ("emailAddress", json!("anna"), "emailAddress"),
        ("cprNumber", json!("010170-1234"), "cprNumber"),
        ("cprNumber", json!("3201701234"), "cprNumber"),
        ("status", json!("Sleeping"), "status"),
        ("registeredIal", json!("High"), "registeredIal"),
        ("targetIal", json!("Huge"), "targetIal"),
        ("pseudonym", json!(true), "pseudonym"),
        ("pseudonym", json!("no"), "pseudonym"),
    ];
    for (field, value, named) in profile {
        let mut request = creation("anna");
        request["identityProfile"][field] = value.clone();
        let answer = stage.post(EMPLOYEES, request);
        assert_eq!(answer.status, 400, "{field} {value}");
        assert!(answer.body.contains(named), "{}", answer.body);
    }
    let asked = [
        json!({ "authenticatorTypes": [], "subjectNameId": "anna" }),
        json!({ "authenticatorTypes": ["LocalIdentityProvider"] }),
        json!({ "authenticatorTypes": ["PrivateMitId"], "subjectNameId": "anna" }),
    ];
    for authenticators in asked {
        let mut request = creation("anna");
        request["identityAuthenticators"] = authenticators.clone();
        assert_eq!(stage.post(EMPLOYEES, request).status, 400, "{authenticators}");
    }
    assert_eq!(stage.call(Method::POST, EMPLOYEES, &json!([])).status, 400);
    assert!(search(&mut stage, json!({})).is_empty());
    assert_eq!(stage.create("anna").status, 200);
}

#[test]
fn nemhandel_wants_an_invoice_method_in_the_services_own_words() {
    const METHOD: &str = "4e2e9c1a-6d0d-4c7e-9d0b-0c2d6a1f7b11";
    let mut stage = Stage::new();
    stage.settings().invoice_channel = super::super::organisation::InvoiceChannel::NemHandel;
    let refused = stage.create("anna");
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("has chosen NemHandel as invoice method"), "{}", refused.body);
    stage.settings().invoice_methods = vec![METHOD.to_owned()];
    let mut request = creation("anna");
    request["identityOrganizationProfile"]["invoiceMethodUuid"] = json!(METHOD);
    assert_eq!(stage.post(EMPLOYEES, request).status, 200);
    stage.settings().default_invoice_method = Some(METHOD.to_owned());
    assert_eq!(stage.create("bo").status, 200);
}

#[test]
fn the_three_models_differ_in_what_may_be_asked_for() {
    for (cvr, ial, kind, status) in [
        (FULL, "Substantial", "LocalIdentityProvider", 200),
        (LOCAL, "Low", "LocalIdentityProvider", 200),
        (LOCAL, "Substantial", "LocalIdentityProvider", 400),
        (LIGHT, "Low", "LocalIdentityProvider", 400),
        (LIGHT, "Low", "PrivateNemIdMitId", 200),
        (LIGHT, "Substantial", "PrivateNemIdMitId", 400),
    ] {
        let mut stage = Stage::of(cvr);
        let mut request = creation("anna");
        request["identityProfile"]["registeredIal"] = json!(ial);
        request["identityAuthenticators"]["authenticatorTypes"] = json!([kind]);
        assert_eq!(stage.post(EMPLOYEES, request).status, status, "{cvr} {ial} {kind}");
        let letters = usize::from(status == 200 && cvr != FULL);
        assert_eq!(stage.world.letters.len(), letters, "{cvr} {ial} {kind}");
    }
}

#[test]
fn roles_hold_somewhere_and_are_assigned_and_removed_as_often_as_one_likes() {
    let mut stage = Stage::new();
    let uuid = stage.created("anna");
    let path = format!("/api/administration/rights/identity/{uuid}/roles");
    let role = |kind: &str, value: &str, role: &str| json!({ "scope": { "type": kind, "value": value }, "roleUuids": [role] });
    for (body, status) in [
        (role("Cvr", FULL, ROLE), 204),
        (role("Cvr", FULL, ROLE), 204),
        (role("PU", "1000000001", ROLE), 204),
        (role("SE", "90000001", ROLE), 204),
        (role("Cvr", LIGHT, ROLE), 400),
        (role("PU", "1999999999", ROLE), 400),
        (role("Unit", "1", ROLE), 400),
        (role("Cvr", FULL, NOBODY), 400),
    ] {
        assert_eq!(stage.post(&path, body.clone()).status, status, "{body}");
    }
    let held = body_of(&stage.get(&path));
    assert_eq!(held.as_array().unwrap().len(), 3);
    assert_eq!((&held[1]["scope"]["type"], &held[1]["scope"]["value"]), (&json!("PU"), &json!("1000000001")));
    assert_eq!(
        (&held[0]["isInternal"], &held[0]["from"]),
        (&json!(false), &json!("2026-11-22T12:00:00.000+00:00"))
    );
    for _ in 0..2 {
        assert_eq!(stage.call(Method::DELETE, &path, &role("PU", "1000000001", ROLE)).status, 204);
    }
    stage.put(&format!("{EMPLOYEES}/{uuid}/suspend"), Value::Null);
    assert_eq!(body_of(&stage.get(&path)).as_array().unwrap().len(), 2);
}

#[test]
fn places_of_work_are_numbered_in_numbers_and_have_nothing_unknown_in_them() {
    let mut stage = Stage::new();
    let units = body_of(&stage.get("/api/administration/organization/productionunits"));
    let names: Vec<_> = units[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["cvrNumber", "name", "pNumber", "streetBuildingIdentifier", "streetName"]);
    assert_eq!((&units[0]["pNumber"], &units[0]["cvrNumber"]), (&json!(1_000_000_001_u64), &json!(FULL)));
    let numbers = stage.get("/api/administration/organization/senumber");
    assert_eq!(body_of(&numbers), json!([{ "seNumber": "90000001" }]));
    let roles = body_of(&stage.get("/api/administration/rights/categorizedRoles"));
    assert_eq!(roles["roles"].as_array().unwrap().len(), 3);
    assert!(roles.get("simulatedExtra").is_some());
}

#[test]
fn a_group_has_a_scope_and_roles() {
    let mut stage = Stage::new();
    let body = json!({ "name": "Skole", "description": "", "organizationGroupIdentifier": "s", "mainGroupType": "Regular",
        "scope": { "type": "Cvr", "value": FULL } });
    let groups = "/api/administration/rights/group";
    let uuid = text(&stage.post(groups, body.clone()), "/uuid");
    assert_eq!(stage.call(Method::POST, &format!("{groups}/{uuid}/role/{ROLE}"), &Value::Null).status, 204);
    let read = body_of(&stage.get(&format!("{groups}/{uuid}")));
    assert_eq!((&read["roles"][0]["uuid"], &read["scope"]["type"]), (&json!(ROLE), &json!("Cvr")));
    assert_eq!(stage.put(&format!("{groups}/{uuid}"), body).status, 204);
    assert_eq!(stage.call(Method::DELETE, &format!("{groups}/{uuid}/role/{ROLE}"), &Value::Null).status, 204);
    assert_eq!(body_of(&stage.get(&format!("{groups}/{uuid}")))["roles"], json!([]));
    assert_eq!(stage.call(Method::DELETE, &format!("{groups}/{uuid}"), &Value::Null).status, 204);
    assert_eq!(stage.get(&format!("{groups}/{uuid}")).status, 404);
}

#[test]
fn errors_and_successes_come_in_other_forms_where_switches_say_so() {
    let mut stage = Stage::new();
    let uuid = stage.created("anna");
    let forms = [
        ("json", "application/json; charset=utf-8"),
        ("text", "text/plain; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
    ];
    for (format, content_type) in forms {
        stage.switch(json!({ "error_format": format }));
        assert_eq!(stage.create("anna").content_type, content_type);
    }
    stage.switch(json!({ "success_code_fuzz": true }));
    let path = format!("{EMPLOYEES}/{uuid}/allowsigning");
    let mut seen: Vec<u16> =
        (0..60).map(|_| stage.put(&path, json!({ "allowSigning": false })).status).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [200, 202, 204]);
}
