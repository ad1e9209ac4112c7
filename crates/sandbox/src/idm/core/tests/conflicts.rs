//! What collides: names, changes that overlap, weather.

use axum::http::Method;
use portner_domain::Moment;
use serde_json::{Value, json};

use super::{EMPLOYEES, NOON, Stage, body_of, creation, text};

#[test]
fn a_name_at_the_local_idp_belongs_to_one_identity_whatever_its_case_and_state() {
    let mut stage = Stage::new();
    let uuid = stage.created("abj@example.dk");
    assert_eq!(stage.create("ABJ@example.dk").status, 409);
    stage.put(&format!("{EMPLOYEES}/{uuid}/suspend"), Value::Null);
    assert_eq!(stage.create("abj@example.dk").status, 409);
    stage.call(Method::DELETE, &format!("{EMPLOYEES}/{uuid}"), &Value::Null);
    assert_eq!(stage.create("abj@example.dk").status, 200);
}

#[test]
fn the_name_of_a_deleted_identity_stays_taken_where_the_switch_says_so() {
    let mut stage = Stage::new();
    stage.switch(json!({ "tombstone_subject_name": true }));
    let uuid = stage.created("abj");
    stage.call(Method::DELETE, &format!("{EMPLOYEES}/{uuid}"), &Value::Null);
    assert_eq!(stage.create("abj").status, 409);
}

#[test]
fn another_organisation_may_have_the_same_name_and_sees_nobody_else() {
    let mut stage = Stage::new();
    let uuid = stage.created("abj");
    stage.cvr = super::LOCAL;
    stage.authenticate();
    assert_eq!(stage.get(&format!("{EMPLOYEES}/{uuid}")).status, 404);
    let mut request = creation("abj");
    request["identityProfile"]["registeredIal"] = json!("Low");
    assert_eq!(stage.post(EMPLOYEES, request).status, 200);
}

#[test]
fn asking_for_a_local_authenticator_again_renames_it_and_frees_the_old_name() {
    let mut stage = Stage::new();
    let (anna, path) = (stage.created("anna"), |uuid: &str| format!("{EMPLOYEES}/{uuid}/requestcredentials"));
    let local =
        |name: &str| json!({ "authenticatorSettingTypes": ["LocalIdentityProvider"], "subjectNameId": name });
    let before = text(&stage.get(&format!("{EMPLOYEES}/{anna}/authenticators")), "/authenticators/0/uuid");
    assert_eq!(stage.post(&path(&anna), local("anna.holm")).status, 204);
    assert_eq!(stage.post(&path(&anna), local("Anna.Holm")).status, 204);
    let after = stage.get(&format!("{EMPLOYEES}/{anna}/authenticators"));
    assert_eq!(text(&after, "/authenticators/0/uuid"), before);
    assert_eq!(text(&after, "/authenticators/0/id"), "Anna.Holm");
    let bo = stage.created("anna");
    assert_eq!(stage.post(&path(&bo), local("anna.holm")).status, 409);
    stage.switch(json!({ "local_id_upsert": false }));
    assert_eq!(stage.post(&path(&bo), local("bo")).status, 409);
}

#[test]
fn a_change_that_overlaps_another_of_the_same_identity_is_to_be_tried_again() {
    let mut stage = Stage::new();
    let (anna, bo) = (stage.created("anna"), stage.created("bo"));
    stage.forecast(json!({ "latency_ms": [200, 200] }));
    let address = json!({ "emailAddress": "new@example.dk" });
    let path = |uuid: &str| format!("{EMPLOYEES}/{uuid}/profile/nonsensitive");
    assert_eq!(stage.put(&path(&anna), address.clone()).status, 200);
    let second = stage.put(&path(&anna), address.clone());
    assert_eq!((second.status, second.body.contains("OptimisticConcurrency")), (409, true));
    assert_eq!(stage.put(&path(&bo), address.clone()).status, 200);
    assert_eq!(stage.get(&format!("{EMPLOYEES}/{anna}")).status, 200);
    stage.at = Moment(NOON.0 + 200);
    assert_eq!(stage.put(&path(&anna), address).status, 200);
}

#[test]
fn an_old_rid_is_carried_over_once_and_new_ones_are_eight_digits() {
    let mut stage = Stage::new();
    let mut request = creation("anna");
    request["identityProfile"]["rid"] = json!("12345678");
    assert_eq!(stage.post(EMPLOYEES, request.clone()).status, 200);
    request["identityAuthenticators"]["subjectNameId"] = json!("bo");
    assert_eq!(stage.post(EMPLOYEES, request).status, 409);
    let uuid = stage.created("bo");
    let rid = text(&stage.get(&format!("{EMPLOYEES}/{uuid}")), "/identityProfile/rid");
    assert!(rid.len() == 8 && rid.parse::<u32>().is_ok(), "{rid}");
}

#[test]
fn faults_come_one_by_one_and_wait_for_a_call_that_they_can_befall() {
    let mut stage = Stage::new();
    stage.forecast(json!({ "next": ["html_search", "drop_after", "unavailable"] }));
    let uuid = stage.created("anna");
    let search = stage.post(&format!("{EMPLOYEES}/search"), json!({ "maxCount": 0 }));
    assert_eq!((search.status, search.content_type), (200, "text/html; charset=utf-8"));
    let lost = stage.put(&format!("{EMPLOYEES}/{uuid}/suspend"), Value::Null);
    assert_eq!((lost.cut, stage.state(&uuid).as_str()), (true, "Suspended"));
    let refused = stage.put(&format!("{EMPLOYEES}/{uuid}/reactivate"), Value::Null);
    assert_eq!((refused.status, stage.state(&uuid).as_str()), (503, "Suspended"));
    assert_eq!(stage.world.journal.after(0).last().unwrap().legal, None);
    assert_eq!(stage.put(&format!("{EMPLOYEES}/{uuid}/reactivate"), Value::Null).status, 204);
}

#[test]
fn the_same_seed_brings_the_same_weather() {
    let night = |seed: u64| {
        let mut stage = Stage::new();
        let uuid = stage.created("anna");
        stage.forecast(json!({ "seed": seed, "probability": { "unavailable": 0.3, "drop_before": 0.2 } }));
        let mut night = Vec::new();
        for _ in 0..200 {
            let answer = stage.get(&format!("{EMPLOYEES}/{uuid}"));
            night.push((answer.status, answer.cut));
        }
        night
    };
    let first = night(7);
    assert_eq!(first, night(7));
    assert_ne!(first, night(8));
    let fair = first.iter().filter(|it| **it == (200, false)).count();
    assert!((70..160).contains(&fair), "{fair} of 200 were fair");
}

#[test]
fn a_person_may_have_two_identities_unless_the_switch_forbids_it() {
    let mut stage = Stage::new();
    stage.created("one");
    stage.created("two");
    stage.switch(json!({ "dup_person_conflict": true }));
    assert_eq!(stage.create("three").status, 409);
    let search = stage.post(&format!("{EMPLOYEES}/search"), json!({}));
    assert_eq!(body_of(&search)["employees"].as_array().unwrap().len(), 2);
}
