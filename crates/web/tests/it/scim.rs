//! SCIM as programs speak it, with nothing between them and the directory.

mod brake;
mod bulk;
mod clients;
mod groups;
mod lists;
mod openapi;
mod reach;
mod users;
mod vendors;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request};
use portner_audit_log::envelope::Envelope;
use portner_directory::feed::Brake;
use portner_directory::scim::{NewClient, Scim, Token, add_client};
use portner_directory::{Personal, name_organisation};
use portner_domain::Moment;
use portner_domain::identity::Employment;
use portner_federation::Stripper;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::browser::{Besides, HOST_NAME, ORIGIN, router_with};
use crate::stage::World;

pub const NSIS: &str = "urn:ietf:params:scim:schemas:extension:dk:nsis:2.0:User";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A program that feeds the directory.
#[derive(Clone)]
pub struct Program {
    router: Router,
    pub token: String,
    /// What is sent with every request besides.
    pub headers: Vec<(&'static str, String)>,
}

/// What it hears.
#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Program {
    /// One that is let in under this name.
    pub async fn named(world: &World, name: &str) -> Self {
        Self::of(world, name, Brake::default()).await
    }

    pub async fn of(world: &World, name: &str, brake: Brake) -> Self {
        let token = let_in(world, name, None).await;
        Self { router: serving(world, brake).await, token: token.expose().to_owned(), headers: Vec::new() }
    }

    /// Another one, at the same node.
    pub async fn beside(&self, world: &World, name: &str) -> Self {
        let token = let_in(world, name, None).await;
        Self { token: token.expose().to_owned(), ..self.clone() }
    }

    pub async fn sends(&self, method: &str, path: &str, body: &str) -> Heard {
        let mut request = Request::builder().method(method).uri(format!("/scim/v2{path}"));
        request = request.header("host", HOST_NAME);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if !self.headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/scim+json");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4711))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Heard { status: parts.status.as_u16(), headers: parts.headers, body, text }
    }

    pub async fn get(&self, path: &str) -> Heard {
        self.sends("GET", path, "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Heard {
        self.sends("POST", path, &body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Heard {
        self.sends("PUT", path, &body.to_string()).await
    }

    pub async fn patch(&self, path: &str, operations: &Value) -> Heard {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        self.sends("PATCH", path, &body.to_string()).await
    }

    pub async fn delete(&self, path: &str) -> Heard {
        self.sends("DELETE", path, "").await
    }

    /// The same with another header.
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name, value.to_owned()));
        other
    }

    /// Register somebody; where they are.
    pub async fn has(&self, user_name: &str) -> String {
        let heard = self.post("/Users", &user(user_name)).await;
        assert_eq!(heard.status, 201, "{heard:?}");
        format!("/Users/{}", heard.id())
    }
}

impl Heard {
    pub fn id(&self) -> &str {
        self.body["id"].as_str().unwrap_or_else(|| panic!("an id was due: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub fn is_error(&self, status: u16, scim_type: &str) {
        let found = (self.status, self.body["scimType"].as_str().unwrap_or_default());
        assert_eq!(found, (status, scim_type), "{self:?}");
        assert_eq!(self.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{self:?}");
        assert_eq!(self.body["status"], json!(status.to_string()));
        assert!(self.body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{self:?}");
        assert_eq!(self.header("content-type"), "application/scim+json");
    }
}

/// The least that a user is.
pub fn user(user_name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "name": { "givenName": "Anna", "familyName": "Berg" },
    })
}

pub async fn let_in(world: &World, name: &str, until: Option<Moment>) -> Token {
    let cvr: portner_domain::identity::Cvr = "12345678".parse().unwrap();
    let mut tx = world.begin().await;
    name_organisation(&world.stage.database, &mut tx, &cvr, "Eksempel Kommune").await.unwrap();
    let employment = Employment::Verified { source: "payroll".to_owned() };
    let new = NewClient { name: name.to_owned(), cvr, employment, until };
    let token =
        add_client(&world.stage.database, &mut tx, &*world.stage.entropy, &new).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    token
}

/// A node that speaks SCIM.
pub async fn serving(world: &World, brake: Brake) -> Router {
    let node = world.node().await;
    let entropy = Arc::clone(&world.stage.entropy) as Arc<dyn portner_domain::Entropy>;
    let personal = Personal::open(node.log.clone(), envelope(), Arc::clone(&entropy)).await.unwrap();
    let scim = Scim {
        log: node.log.clone(),
        volatile: Arc::clone(&node.volatile),
        personal,
        entropy,
        strip: Arc::new(Stripper(node.authenticators.clone())),
        brake,
        base: format!("{ORIGIN}/scim/v2"),
    };
    router_with(world, &node, Besides { scim: Some(Arc::new(scim)), ..Besides::default() })
}

/// The world's.
pub fn envelope() -> Arc<Envelope> {
    Arc::new(Envelope::new("k1", &[7; 32]).unwrap())
}

/// All that is written down, as one text.
pub async fn log(world: &World) -> String {
    world.stage.seal().await;
    world.written().await.join("\n")
}
