//! SCIM, tried by a client of others that shares no code with us, and by hand.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Portner, Storage, run, tests_folder};

/// What the tester found, but for what went well.
fn tried_by_others(portner: &Portner, token: &str) -> (usize, Vec<Value>) {
    let python = tests_folder().join("run/scim-tester/bin/python");
    let mut tester = Command::new(python);
    tester.arg(tests_folder().join("programs/scim-tester.py"));
    tester.args([&format!("{}/scim/v2", portner.url), token]);
    let said = run(&mut tester, "").unwrap_or_else(|error| panic!("{error}"));
    let all: Vec<Value> = serde_json::from_str(&said).expect("JSON");
    let well = all.iter().filter(|one| one["status"] == "SUCCESS").count();
    let fine = ["SUCCESS", "COMPLIANT", "ACCEPTABLE", "SKIPPED"];
    (
        well,
        all.into_iter().filter(|one| !fine.contains(&one["status"].as_str().unwrap_or_default())).collect(),
    )
}

async fn tried(storage: Storage) {
    let mut portner = Portner::install(storage).await;
    // The tester ends whomever it made.
    portner.configure("\n[scim]\n[scim.brake]\npercent = 100\nidentities = 1000\nfloor = 1000\n").await;
    let token = portner.cli.add_scim_client("tester");
    let (well, wrong) = tried_by_others(&portner, &token);
    assert_eq!(wrong, [] as [Value; 0]);
    assert!(well > 60, "only {well} checks");

    let http = reqwest::Client::new();
    let users = format!("{}/scim/v2/Users", portner.url);
    let anna = json!({
        "userName": "anna", "name": { "givenName": "Anna", "familyName": "Berg" },
        "urn:ietf:params:scim:schemas:extension:dk:nsis:2.0:User": { "cpr": "0101701234" },
    });
    let made = http.post(&users).bearer_auth(&token).json(&anna).send().await.unwrap();
    assert_eq!(made.status().as_u16(), 201);
    assert!(!made.text().await.unwrap().contains("0101701234"));
    let refused =
        http.get(&users).bearer_auth(token.replace(|c: char| c.is_ascii_digit(), "0")).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 401);
    let written =
        portner.serve_log() + &portner.cli.events("scim-asked") + &portner.cli.events("scim-refused");
    assert!(written.contains("\"steps\"") && written.contains("no client has this token"), "{written}");
    for secret in ["0101701234", token.trim_start_matches("portner-scim-")] {
        assert!(!written.contains(secret), "{written}");
    }
    portner.cli.verify_audit_log();
}

#[tokio::test]
async fn a_client_of_others_finds_nothing_wrong_on_sqlite() {
    tried(Storage::Sqlite).await;
}

#[tokio::test]
async fn a_client_of_others_finds_nothing_wrong_on_postgresql() {
    tried(Storage::PostgresAndRedis).await;
}
