//! The core walked through: each test has a world of its own and says what a client would see.

mod answers;
mod conflicts;
mod control;
mod switches;
mod table;
mod walk;

use axum::http::Method;
use portner_domain::Moment;
use serde_json::{Value, json};

use super::{Answer, Call, Caller, Mode, Settings, World, handle};

/// 2026-11-22T12:00:00Z
const NOON: Moment = Moment(1_795_348_800_000);
const FULL: &str = "90000001";
const LIGHT: &str = "90000002";
const LOCAL: &str = "90000003";
const EMPLOYEES: &str = "/api/administration/identity/employee";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A client with a token.
struct Stage {
    world: World,
    cvr: &'static str,
    token: String,
    at: Moment,
    made: u32,
}

impl Stage {
    fn new() -> Self {
        Self::of(FULL)
    }

    fn of(cvr: &'static str) -> Self {
        let modes = [(FULL, Mode::Full), (LIGHT, Mode::Light), (LOCAL, Mode::LightWithLocalIdp)];
        let settings = modes.map(|(cvr, mode)| Settings::example(cvr, mode)).to_vec();
        let mut stage = Self { world: World::new(settings, 1), cvr, token: String::new(), at: NOON, made: 0 };
        stage.authenticate();
        stage
    }

    fn authenticate(&mut self) {
        let answer = self.post("/api/administration/idmlogin/tls/authenticate", json!({}));
        self.token = text(&answer, "/accessToken");
    }

    fn call(&mut self, method: Method, path: &str, body: &Value) -> Answer {
        let call = Call {
            at: self.at,
            caller: Caller::Organisation(self.cvr.to_owned()),
            connection: 1,
            method,
            path: path.to_owned(),
            authorization: Some(format!("Bearer {}", self.token)),
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        handle(&mut self.world, &call)
    }

    fn get(&mut self, path: &str) -> Answer {
        self.call(Method::GET, path, &Value::Null)
    }

    fn post(&mut self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &body)
    }

    fn put(&mut self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, &body)
    }

    fn create(&mut self, subject: &str) -> Answer {
        self.post(EMPLOYEES, creation(subject))
    }

    /// The identifier of somebody new.
    fn created(&mut self, subject: &str) -> String {
        let answer = self.create(subject);
        assert_eq!(answer.status, 200, "{}", answer.body);
        text(&answer, "/employeeUuid")
    }

    /// Somebody new in a state.
    fn somebody(&mut self, state: &str) -> String {
        self.made += 1;
        let person = json!({
            "state": state, "given_name": "Anders Bo", "surname": "Jensen", "cpr_number": "0101701234",
            "email_address": "abj@example.dk", "subject_name_id": format!("somebody-{}", self.made),
        });
        let seed = json!({ "organisation": self.cvr, "people": [person] });
        let seeded = self.world.seed(serde_json::from_value(seed).unwrap(), self.at).unwrap();
        seeded["uuids"][0].as_str().unwrap().to_owned()
    }

    fn state(&self, uuid: &str) -> String {
        let state = self.world.organisations[self.cvr].people.state(uuid);
        state.map_or("unknown", |state| state.name()).to_owned()
    }

    fn switch(&mut self, change: Value) {
        let mut switches = json!(self.world.switches);
        for (name, value) in change.as_object().unwrap() {
            switches[name] = value.clone();
        }
        self.world.switches = serde_json::from_value(switches).unwrap();
    }

    fn forecast(&mut self, forecast: Value) {
        let forecast: super::Forecast = serde_json::from_value(forecast).unwrap();
        assert_eq!(forecast.mistake(), None);
        self.world.weather = forecast.into();
    }

    fn settings(&mut self) -> &mut Settings {
        &mut self.world.organisations.get_mut(self.cvr).unwrap().settings
    }

    fn edit(&mut self, edit: &str, mut fields: Value) -> Result<Value, String> {
        fields["edit"] = json!(edit);
        self.world.edit(serde_json::from_value(fields).unwrap(), self.at)
    }
}

fn creation(subject: &str) -> Value {
    json!({
        "identityProfile": {
            "status": "Pending", "registeredIal": "Substantial", "targetIal": "Substantial",
            "givenName": "Anders Bo", "surname": "Jensen", "emailAddress": "abj@example.dk",
            "cprNumber": "0101701234", "rid": null, "pseudonym": false,
            "allowQualifiedCertificateIssuance": false,
        },
        "identityOrganizationProfile": { "invoiceMethodUuid": null },
        "identityAuthenticators": { "authenticatorTypes": ["LocalIdentityProvider"], "subjectNameId": subject },
    })
}

fn body_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

fn text(answer: &Answer, pointer: &str) -> String {
    body_of(answer).pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
