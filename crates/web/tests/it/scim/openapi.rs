//! Which requests there are, found by asking for all of them: nobody gets in without a token, and the document that
//! describes them (OpenAPI 3.1) says what is there and no more.

use std::collections::BTreeMap;

use portner_directory::scim::revoke_client;
use portner_web::scim::PATHS;
use serde_json::{Map, Value, json};

use super::Program;
use crate::stage::{World, for_each_world};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const NOBODY: &str = "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";
const BASE: &str = "/scim/v2";

/// Every path below the base, as it stands in the router.
fn paths() -> impl Iterator<Item = &'static str> {
    PATHS.iter().filter_map(|path| path.strip_prefix(BASE)).filter(|path| !path.contains('*'))
}

fn at(path: &str) -> String {
    path.replace("{id}", NOBODY)
}

/// What the router answers to a client whose token works: method and path.
async fn served(program: &Program) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    for path in paths() {
        for method in METHODS {
            let heard = program.sends(method, &at(path), "{}").await;
            if !matches!(heard.status, 405 | 501) {
                found.push((method, path));
            }
        }
    }
    found
}

#[tokio::test]
async fn t_del_01_no_request_of_any_kind_is_heard_without_a_token_that_works() {
    for_each_world(|world| async move {
        let program = Program::named(&world, "entra").await;
        let served = served(&program).await;
        assert_eq!(served.len(), 21, "{served:?}");
        let revoked = program.beside(&world, "okta").await;
        let mut tx = world.begin().await;
        revoke_client(&mut tx, "okta").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let wrong = Program { token: "0".repeat(program.token.len()), ..program.clone() };
        let none = Program { token: String::new(), ..program.clone() };
        for (name, stranger) in [("revoked", revoked), ("wrong", wrong), ("none", none)] {
            // Each from its own hour: whoever only guesses is not heard at all after a while.
            world.pass(60);
            for (n, (method, path)) in served.iter().enumerate() {
                if n % 10 == 9 {
                    world.pass(60);
                }
                let heard = stranger.sends(method, &at(path), "{}").await;
                assert_eq!(heard.status, 401, "{name} {method} {path}: {heard:?}");
                assert!(heard.header("www-authenticate").starts_with("Bearer"), "{heard:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_document_of_scim_says_what_is_served() {
    for_each_world(|world| async move {
        let said = document(&world).await;
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/scim-openapi.json");
        if std::env::var("PORTNER_TIDY_WRITE").is_ok() {
            std::fs::write(path, &said).unwrap();
        }
        let on_disk = std::fs::read_to_string(path).unwrap_or_default();
        assert!(said == on_disk, "write it anew with PORTNER_TIDY_WRITE=1");
    })
    .await;
}

async fn document(world: &World) -> String {
    let program = Program::named(world, "entra").await;
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (method, path) in served(&program).await {
        paths.entry(path).or_default().insert(method.to_lowercase(), operation(method, path));
    }
    let mut schemas = Map::new();
    for schema in program.get("/Schemas").await.body["Resources"].as_array().unwrap() {
        schemas.insert(schema["id"].as_str().unwrap().replace(':', "."), object(&schema["attributes"]));
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Portner SCIM",
            "version": "2.0",
            "description": "SCIM 2.0 (RFC 7643, RFC 7644). A client sees and changes its own people and groups only.",
        },
        "servers": [{ "url": BASE }],
        "security": [{ "client": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "client": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas,
        },
    });
    serde_json::to_string_pretty(&document).unwrap() + "\n"
}

fn operation(method: &str, path: &str) -> Value {
    let mut parameters = Vec::new();
    let query = |name: &str, kind: &str| json!({ "name": name, "in": "query", "schema": { "type": kind } });
    if path.contains("{id}") {
        parameters
            .push(json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }));
    }
    let is_list = matches!(path, "/Users" | "/Groups") && method == "GET";
    if is_list {
        parameters.extend([
            query("filter", "string"),
            query("startIndex", "integer"),
            query("count", "integer"),
        ]);
    }
    if path.starts_with("/Users") || path.starts_with("/Groups") {
        parameters.extend([query("attributes", "string"), query("excludedAttributes", "string")]);
    }
    let is_write = method != "GET" && !path.ends_with(".search");
    if is_write {
        parameters.push(query("dryRun", "boolean"));
    }
    let is_versioned = path.ends_with("{id}") && (path.starts_with("/Users") || path.starts_with("/Groups"));
    if is_versioned {
        let name = if method == "GET" { "If-None-Match" } else { "If-Match" };
        parameters.push(json!({ "name": name, "in": "header", "schema": { "type": "string" } }));
    }
    let scim = || json!({ "application/scim+json": { "schema": { "type": "object" } } });
    let done = match (method, path) {
        ("POST", "/Users" | "/Groups") => "201",
        ("DELETE", _) => "204",
        _ => "200",
    };
    let answer = if done == "204" {
        json!({ "description": "Done." })
    } else {
        json!({ "description": "Done.", "content": scim() })
    };
    let mut operation = json!({
        "parameters": parameters,
        "responses": {
            done: answer,
            "default": { "description": "An error as RFC 7644 section 3.12 has it; `detail` says what to do.", "content": scim() },
        },
    });
    if matches!(method, "POST" | "PUT" | "PATCH") {
        operation["requestBody"] = json!({ "required": true, "content": scim() });
    }
    operation
}

/// The attributes of a schema (RFC 7643, section 7) as JSON Schema has them.
fn object(attributes: &Value) -> Value {
    let mut properties = Map::new();
    for attribute in attributes.as_array().into_iter().flatten() {
        let mut one = match attribute["type"].as_str().unwrap_or_default() {
            "complex" => object(&attribute["subAttributes"]),
            "boolean" => json!({ "type": "boolean" }),
            "integer" => json!({ "type": "integer" }),
            "decimal" => json!({ "type": "number" }),
            "dateTime" => json!({ "type": "string", "format": "date-time" }),
            _ => json!({ "type": "string" }),
        };
        if attribute["multiValued"] == true {
            one = json!({ "type": "array", "items": one });
        }
        one["description"] = attribute["description"].clone();
        match attribute["mutability"].as_str() {
            Some("readOnly") => one["readOnly"] = json!(true),
            Some("writeOnly") => one["writeOnly"] = json!(true),
            _ => {}
        }
        properties.insert(attribute["name"].as_str().unwrap().to_owned(), one);
    }
    json!({ "type": "object", "properties": properties })
}
