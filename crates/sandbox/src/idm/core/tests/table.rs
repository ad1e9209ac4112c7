//! Every call in every state.

use axum::http::Method;
use serde_json::{Value, json};

use super::{EMPLOYEES, NOBODY, Stage};

const STATES: [&str; 5] = ["Draft", "Pending", "Active", "Suspended", "gone"];
const ROLE: &str = "10000000-0000-4000-8000-000000000000";

/// A call, and what is answered to it in each of the states.
type Row = (&'static str, Method, &'static str, Value, [u16; 5]);

fn rows() -> Vec<Row> {
    let role = || json!({ "scope": { "type": "Cvr", "value": "90000001" }, "roleUuids": [ROLE] });
    let person = || json!({ "givenName": "Bo", "surname": "Holm", "cprNumber": "0202802345", "emailAddress": "b@example.dk" });
    let private =
        || json!({ "authenticatorSettingTypes": ["PrivateNemIdMitId"], "authenticatorTypesToShip": [] });
    vec![
        ("", Method::GET, "", Value::Null, [200, 200, 200, 200, 404]),
        ("", Method::GET, "/authenticators", Value::Null, [200, 200, 200, 200, 404]),
        ("", Method::PUT, "/profile/draft", person(), [204, 409, 409, 409, 404]),
        ("", Method::PUT, "/profile", person(), [409, 204, 204, 204, 404]),
        ("", Method::PUT, "/profile/nonsensitive", person(), [409, 200, 200, 200, 404]),
        ("activate", Method::POST, "", Value::Null, [204, 409, 409, 409, 404]),
        ("", Method::POST, "/requestcredentials", private(), [409, 204, 204, 204, 404]),
        ("", Method::POST, "/revokecredential/{local}", Value::Null, [409, 204, 204, 204, 404]),
        ("", Method::PUT, "/allowsigning", json!({ "allowSigning": true }), [409, 204, 204, 204, 404]),
        ("", Method::PUT, "/suspend", Value::Null, [409, 204, 204, 409, 404]),
        ("", Method::PUT, "/reactivate", Value::Null, [409, 409, 409, 204, 404]),
        ("", Method::DELETE, "", Value::Null, [204, 204, 204, 204, 404]),
        ("rights", Method::GET, "/roles", Value::Null, [200, 200, 200, 200, 500]),
        ("rights", Method::POST, "/roles", role(), [409, 204, 204, 204, 500]),
        ("rights", Method::DELETE, "/roles", role(), [409, 204, 204, 204, 500]),
    ]
}

fn asked(stage: &mut Stage, (family, method, path, body, _): &Row, state: &str) -> (u16, String) {
    let uuid = match state {
        "gone" => {
            let uuid = stage.somebody("Active");
            assert_eq!(stage.call(Method::DELETE, &format!("{EMPLOYEES}/{uuid}"), &Value::Null).status, 204);
            uuid
        }
        _ => stage.somebody(state),
    };
    let local = stage.world.organisations[stage.cvr].people.find(&uuid);
    let local = local.map_or(NOBODY.to_owned(), |identity| identity.authenticators[0].uuid.clone());
    let (path, body) = match *family {
        "activate" => (
            "/api/admin/organization-activation/activation-orders".to_owned(),
            json!({ "authenticatorSettingTypes": ["LocalIdentityProvider"], "userUuids": [uuid] }),
        ),
        "rights" => (format!("/api/administration/rights/identity/{uuid}{path}"), body.clone()),
        _ => (format!("{EMPLOYEES}/{uuid}{path}").replace("{local}", &local), body.clone()),
    };
    (stage.call(method.clone(), &path, &body).status, uuid)
}

#[test]
fn every_call_is_answered_as_its_state_has_it() {
    let mut stage = Stage::new();
    for row in rows() {
        for (state, due) in STATES.into_iter().zip(row.4) {
            let (status, _) = asked(&mut stage, &row, state);
            assert_eq!(status, due, "{} {}{} in {state}", row.1, row.0, row.2);
            let entry = stage.world.journal.after(0).last().unwrap();
            assert_eq!(entry.legal, Some(due < 300), "{} {}{} in {state}", row.1, row.0, row.2);
        }
    }
}

#[test]
fn an_identity_that_was_never_there_is_not_found_and_under_rights_that_is_an_error() {
    let mut stage = Stage::new();
    assert_eq!(stage.get(&format!("{EMPLOYEES}/{NOBODY}")).status, 404);
    let rights = stage.get(&format!("/api/administration/rights/identity/{NOBODY}/roles"));
    assert_eq!(rights.status, 500);
    assert!(rights.body.contains("See log for exception details"), "{}", rights.body);
}

#[test]
fn a_lenient_simulator_answers_yes_changes_nothing_and_still_calls_it_illegal() {
    let mut stage = Stage::new();
    stage.switch(json!({ "strict_state": false }));
    let uuid = stage.somebody("Active");
    assert_eq!(stage.put(&format!("{EMPLOYEES}/{uuid}/reactivate"), Value::Null).status, 204);
    assert_eq!(stage.state(&uuid), "Active");
    assert_eq!(stage.world.journal.after(0).last().unwrap().legal, Some(false));
}

#[test]
fn who_is_let_go_on_is_where_they_were_before() {
    let mut stage = Stage::new();
    for state in ["Pending", "Active"] {
        let uuid = stage.somebody(state);
        stage.put(&format!("{EMPLOYEES}/{uuid}/suspend"), Value::Null);
        assert_eq!(stage.state(&uuid), "Suspended");
        stage.put(&format!("{EMPLOYEES}/{uuid}/reactivate"), Value::Null);
        assert_eq!(stage.state(&uuid), state);
    }
}

#[test]
fn verbs_that_clients_once_got_wrong_are_refused() {
    let mut stage = Stage::new();
    let uuid = stage.somebody("Active");
    for (method, path) in [
        (Method::GET, format!("{EMPLOYEES}/{uuid}/revokecredential/{NOBODY}")),
        (Method::POST, format!("{EMPLOYEES}/{uuid}/allowsigning")),
        (Method::POST, format!("{EMPLOYEES}/{uuid}/suspend")),
        (Method::GET, format!("{EMPLOYEES}/search/")),
    ] {
        let status = stage.call(method.clone(), &path, &json!({})).status;
        assert_eq!(status, if path.ends_with("search/") { 404 } else { 405 }, "{method} {path}");
    }
}
