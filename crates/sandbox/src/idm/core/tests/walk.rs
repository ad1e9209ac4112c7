//! A client that does anything at all, and what is true after each of its calls.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::faults::Sequence;
use super::{EMPLOYEES, FULL, LIGHT, LOCAL, NOBODY, Stage, body_of, creation};

const CALLS: usize = 3_000;
const ROLE: &str = "10000000-0000-4000-8000-000000000000";

/// Any call, about anybody of those who were ever there.
fn any_call(dice: &mut Sequence, uuids: &[String], authenticators: &[String]) -> (Method, String, Value) {
    let mut any = |among: &[String]| {
        let place = usize::try_from(dice.below(among.len() as u64 + 1)).unwrap();
        among.get(place).cloned().unwrap_or_else(|| NOBODY.to_owned())
    };
    let (uuid, authenticator) = (any(uuids), any(authenticators));
    let name = ["anna", "Anna", "bo", "carl", "ditte"][usize::try_from(dice.below(5)).unwrap()];
    let types = [json!(["LocalIdentityProvider"]), json!(["PrivateNemIdMitId"]), json!(["Other"]), json!([])]
        [usize::try_from(dice.below(4)).unwrap()]
    .clone();
    let one = |path: &str| format!("{EMPLOYEES}/{uuid}{path}");
    let roles = format!("/api/administration/rights/identity/{uuid}/roles");
    let role = json!({ "scope": { "type": "Cvr", "value": FULL }, "roleUuids": [ROLE] });
    let credentials =
        json!({ "authenticatorSettingTypes": types, "subjectNameId": name, "userUuids": [uuid] });
    let profile =
        json!({ "surname": name, "emailAddress": if name == "bo" { "bo " } else { "x@example.dk" } });
    match dice.below(14) {
        0 | 1 => (Method::POST, EMPLOYEES.to_owned(), creation(name)),
        2 => (Method::PUT, one("/suspend"), Value::Null),
        3 => (Method::PUT, one("/reactivate"), Value::Null),
        4 => (Method::DELETE, one(""), Value::Null),
        5 | 6 => (Method::POST, one("/requestcredentials"), credentials),
        7 => (Method::POST, one(&format!("/revokecredential/{authenticator}")), Value::Null),
        8 => (Method::PUT, one("/profile"), profile),
        9 => (Method::PUT, one("/profile/draft"), profile),
        10 => (Method::POST, "/api/admin/organization-activation/activation-orders".to_owned(), credentials),
        11 => (Method::POST, roles, role),
        12 => (Method::DELETE, roles, role),
        _ => (Method::PUT, one("/allowsigning"), json!({ "allowSigning": name == "anna" })),
    }
}

/// Names belong to those who have them, and to nobody twice.
fn names_are_told_apart(stage: &Stage) {
    let people = &stage.world.organisations[FULL].people;
    let mut seen = std::collections::BTreeSet::new();
    for identity in people.all() {
        for name in identity.authenticators.iter().filter_map(|it| it.subject_name_id.as_ref()) {
            assert!(seen.insert(name.to_lowercase()), "{name} is there twice");
            assert_eq!(people.holder(name), Some(identity.uuid.as_str()), "{name}");
        }
    }
    for name in ["anna", "bo", "carl", "ditte"] {
        assert_eq!(people.holder(name).is_some(), seen.contains(name), "{name}");
    }
}

#[test]
fn whatever_a_client_does_names_stay_apart_refusals_change_nothing_and_the_journal_tells_it_all() {
    let mut stage = Stage::new();
    let mut dice = Sequence::new(42);
    let mut uuids = vec![stage.somebody("Draft"), stage.somebody("Draft")];
    let mut states = std::collections::BTreeMap::new();
    let mut statuses = std::collections::BTreeSet::new();
    for number in 0..CALLS {
        let before = stage.world.identities();
        let authenticators: Vec<String> = stage.world.organisations[FULL]
            .people
            .all()
            .flat_map(|it| it.authenticators.iter().map(|one| one.uuid.clone()))
            .collect();
        let (method, path, body) = any_call(&mut dice, &uuids, &authenticators);
        let answer = stage.call(method.clone(), &path, &body);
        statuses.insert(answer.status);
        names_are_told_apart(&stage);
        if answer.status >= 400 {
            assert_eq!(stage.world.identities(), before, "call {number}: {method} {path} {body}");
        }
        if path == EMPLOYEES && answer.status == 200 {
            uuids.push(body_of(&answer)["employeeUuid"].as_str().unwrap().to_owned());
        }
        for touched in &stage.world.journal.after(0).last().unwrap().touched {
            if let Some(known) = states.insert(touched.identity.clone(), touched.after) {
                assert_eq!(touched.before, known, "call {number}: {method} {path}");
            }
        }
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [200, 204, 400, 404, 409, 500]);
    let everybody = stage.world.identities();
    let of = |cvr: &str| everybody.as_array().unwrap().iter().find(|it| it["organisation"] == cvr).unwrap();
    assert!(of(FULL)["gone"].as_array().unwrap().len() > 20);
    assert_eq!((&of(LIGHT)["identities"], &of(LOCAL)["identities"]), (&json!([]), &json!([])));
}
