//! The simulator over the wire, as a client meets it.

use std::path::Path;
use std::sync::Arc;

use reqwest::{Certificate, Client, Identity};
use serde_json::{Value, json};

use super::{Idm, Mode, Wanted, start};
use crate::real::RealClock;

const CVR: &str = "90000001";

/// A running simulator.
struct Running {
    data: tempfile::TempDir,
    api: String,
    control: String,
}

fn wishes(data: &Path, listen: &str) -> Idm {
    Idm {
        listen: listen.parse().unwrap(),
        control: "127.0.0.1:0".parse().unwrap(),
        data: data.to_owned(),
        organisations: vec![Wanted { mode: Mode::Full, cvr: CVR.to_owned() }],
        seed: Some(1),
    }
}

impl Running {
    async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let started = start(&wishes(data.path(), "127.0.0.1:0"), Arc::new(RealClock)).await.unwrap();
        let (api, control) = (started.api.clone(), started.control.clone());
        tokio::spawn(started.serve());
        Self { data, api, control }
    }

    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.data.path().join(name)).unwrap()
    }

    /// A client with one of the certificates, or without.
    fn client(&self, name: Option<&str>) -> Client {
        let authority = Certificate::from_pem(&self.file("ca.pem")).unwrap();
        let mut client = Client::builder().tls_certs_only([authority]).no_proxy();
        if let Some(name) = name {
            let both =
                [self.file(&format!("client-{name}.pem")), self.file(&format!("client-{name}-key.pem"))];
            client = client.identity(Identity::from_pem(&both.concat()).unwrap());
        }
        client.build().unwrap()
    }

    async fn token(&self, client: &Client) -> reqwest::Result<reqwest::Response> {
        client.post(format!("{}/api/administration/idmlogin/tls/authenticate", self.api)).send().await
    }

    async fn control(&self, path: &str, body: Value) -> Value {
        let sent = Client::builder().no_proxy().build().unwrap().post(format!("{}{path}", self.control));
        let answer = sent.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    async fn look(&self, path: &str) -> Value {
        let sent = Client::builder().no_proxy().build().unwrap().get(format!("{}{path}", self.control));
        sent.send().await.unwrap().json().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_let_in_by_its_certificate_and_not_without_one() {
    let running = Running::start().await;
    assert!(running.token(&running.client(None)).await.is_err());
    let without_right = running.token(&running.client(Some("without-right"))).await.unwrap();
    assert_eq!(without_right.status(), 403);
    let client = running.client(Some(CVR));
    let given = running.token(&client).await.unwrap();
    assert_eq!(given.status(), 200);
    let token: Value = given.json().await.unwrap();
    assert_eq!((&token["tokenType"], &token["expiresIn"]), (&json!("Bearer"), &json!(3600)));

    // Where only a token needs a certificate, the rest goes without.
    running.control("/switches", json!({ "mtls_on_all_calls": false })).await;
    let numbers = format!("{}/api/administration/organization/senumber", running.api);
    let bearer = token["accessToken"].as_str().unwrap();
    let read = running.client(None).get(numbers).bearer_auth(bearer).send().await.unwrap();
    assert_eq!(read.json::<Value>().await.unwrap(), json!([{ "seNumber": "90000001" }]));
    assert_eq!(running.token(&running.client(None)).await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_may_get_lost_though_what_was_asked_is_done() {
    let running = Running::start().await;
    let client = running.client(Some(CVR));
    let token: Value = running.token(&client).await.unwrap().json().await.unwrap();
    let person = json!({ "given_name": "Anna", "surname": "Holm", "subject_name_id": "anna" });
    let seeded = running.control("/seed", json!({ "organisation": CVR, "people": [person] })).await;
    let uuid = seeded["uuids"][0].as_str().unwrap();
    running.control("/faults", json!({ "next": ["drop_after"] })).await;
    let suspend = format!("{}/api/administration/identity/employee/{uuid}/suspend", running.api);
    let ask = || client.put(&suspend).bearer_auth(token["accessToken"].as_str().unwrap()).send();
    assert!(ask().await.is_err());
    assert_eq!(running.look("/identities").await[0]["identities"][0]["state"], "Suspended");
    let again = ask().await.unwrap();
    assert_eq!(again.status(), 409);
    assert_eq!(again.json::<Value>().await.unwrap()["code"], "InvalidState");
    let journal = running.look("/journal?after=1").await;
    let told: Vec<_> = journal.as_array().unwrap().iter().map(|it| (&it["fault"], &it["legal"])).collect();
    assert_eq!(told, [(&json!("drop_after"), &json!(true)), (&Value::Null, &json!(false))]);
    running.control("/portal/reactivate", json!({ "uuid": uuid })).await;
    assert_eq!(ask().await.unwrap().status(), 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_turned_from_outside() {
    let running = Running::start().await;
    let set = running.control("/clock", json!({ "set": "2030-01-01T00:00:00Z" })).await;
    assert_eq!(set["now"], "2030-01-01T00:00:00.000Z");
    let advanced = running.control("/clock", json!({ "advance_seconds": 60 })).await;
    assert_eq!(advanced["now"], "2030-01-01T00:01:00.000Z");
    let runs = running.control("/clock", json!("run")).await;
    assert_ne!(runs["now"].as_str().unwrap().get(..4), Some("2030"));
}

#[tokio::test]
async fn an_address_that_others_reach_is_refused() {
    let data = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "192.0.2.1:443", "[::]:0"] {
        let refused =
            start(&wishes(data.path(), address), Arc::new(RealClock)).await.err().unwrap().to_string();
        assert!(refused.contains(address) && refused.contains("--listen"), "{refused}");
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0);
}
