//! MitID Erhverv, simulated: the program, its control port, and what it remembers of every call.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};

use super::process::{Folder, Process, built, eventually, folder};

const START_SECONDS_MAX: u64 = 20;

/// The organisation of every test.
const CVR: &str = "12345678";

pub struct Erhverv {
    control: String,
    api: String,
    http: reqwest::Client,
    _process: Process,
    folder: Folder,
}

/// An identity over there.
#[derive(Clone, Debug, Deserialize)]
pub struct Employee {
    pub uuid: String,
    rid: String,
    roles: Vec<Value>,
    pub surname: String,
    pub email_address: String,
    pub state: String,
    authenticators: Vec<Authenticator>,
}

#[derive(Clone, Debug, Deserialize)]
struct Authenticator {
    subject_name_id: Option<String>,
}

impl Employee {
    /// The NameID that it logs in with here.
    pub fn name_id(&self) -> Option<&str> {
        self.authenticators.iter().find_map(|it| it.subject_name_id.as_deref())
    }
}

/// One call.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub status: u16,
    pub legal: Option<bool>,
    pub fault: Option<String>,
    #[serde(default)]
    pub request: Value,
}

impl Call {
    /// Is something to be done by it?
    pub fn changes(&self) -> bool {
        self.method != "GET" && !self.path.ends_with("/search") && !self.path.ends_with("/authenticate")
    }

    /// Was something done, whether or not the answer came?
    pub fn was_done(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Erhverv {
    /// For one organisation in this form: `full`, `light` or `light-with-local-idp`.
    pub async fn start(form: &str) -> Self {
        let folder = folder("erhverv");
        let mut command = Command::new(built("portner-sandbox"));
        command.args(["idm", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--seed", "7"]);
        command.arg("--organisation").arg(format!("{form}={CVR}")).arg("--data").arg(folder.path());
        let process = Process::start(&mut command, &folder.join("idm.log"));
        let ready: Value = eventually("the simulator is ready", START_SECONDS_MAX, async || {
            let text = std::fs::read_to_string(folder.join("ready.json")).ok()?;
            serde_json::from_str(&text).ok()
        })
        .await;
        let text = |key: &str| ready[key].as_str().expect("an address").to_owned();
        let (control, api) = (text("control"), text("api"));
        Self { control, api, http: reqwest::Client::new(), _process: process, folder }
    }

    /// What Portner's configuration says of it; `more` stands in the section.
    pub fn section(&self, form: &str, more: &str) -> String {
        let file = |name: String| -> PathBuf { self.folder.join(&name) };
        let (certificate, key) = (file(format!("client-{CVR}.pem")), file(format!("client-{CVR}-key.pem")));
        let (ca, api) = (file("ca.pem".to_owned()), &self.api);
        format!(
            "\n[mitid_erhverv]\nform = \"{form}\"\nurl = \"{api}\"\ncertificate_file = {certificate:?}\nkey_file = {key:?}\n\
             ca_file = {ca:?}\n{more}\n"
        )
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.control)).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.http.post(format!("{}{path}", self.control)).json(&body).send().await;
        let answer = answer.expect("an answer");
        let (status, text) = (answer.status(), answer.text().await.expect("text"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// How often what goes wrong.
    pub async fn goes_wrong(&self, probability: Value) {
        self.post("/faults", json!({ "seed": 7, "probability": probability, "slow_search_ms": [200, 600] }))
            .await;
    }

    pub async fn is_fair(&self) {
        self.post("/faults", json!({})).await;
    }

    /// Everybody who is there.
    pub async fn people(&self) -> Vec<Employee> {
        let all = self.get("/identities").await;
        serde_json::from_value(all[0]["identities"].clone()).unwrap_or_else(|error| panic!("{error}: {all}"))
    }

    /// Everybody's number from before MitID, by UUID.
    pub async fn rids(&self) -> BTreeMap<String, String> {
        self.people().await.into_iter().map(|it| (it.uuid, it.rid)).collect()
    }

    /// The NameIDs of whoever holds a role.
    pub async fn holders(&self, role: &str) -> Vec<String> {
        let holds = |it: &Employee| it.roles.iter().any(|held| held["role"] == role);
        let people = self.people().await;
        people.iter().filter(|it| holds(it)).filter_map(|it| Some(it.name_id()?.to_owned())).collect()
    }

    pub async fn uuid_of(&self, name_id: &str) -> String {
        let people = self.people().await;
        let found = people.into_iter().find(|it| it.name_id() == Some(name_id));
        found.unwrap_or_else(|| panic!("{name_id} is not there")).uuid
    }

    /// Every call, from the first on.
    pub async fn calls(&self) -> Vec<Call> {
        serde_json::from_value(self.get("/journal").await).expect("a journal")
    }
}
