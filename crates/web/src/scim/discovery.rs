//! What there is (RFC 7644, 4): the same for every client.

use axum::extract::{Path, RawQuery};
use axum::response::{IntoResponse, Response};
use portner_directory::scim::read::RESULTS_MAX;
use portner_directory::scim::schema::{resource_types as all_types, schemas as all_schemas};
use serde_json::{Value, json};

use super::bulk::BULK_OPERATIONS_MAX;
use super::told::{listed, not_served, unreadable};
use super::{PAYLOAD_BYTES_MAX, Told, Welcome};

pub async fn config(welcome: Welcome) -> Response {
    let Some(scim) = welcome.scim() else { return not_served() };
    Told::new(
        200,
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": { "supported": true },
            "bulk": {
                "supported": true,
                "maxOperations": BULK_OPERATIONS_MAX,
                "maxPayloadSize": PAYLOAD_BYTES_MAX,
            },
            "filter": { "supported": true, "maxResults": RESULTS_MAX },
            "changePassword": { "supported": false },
            "sort": { "supported": false },
            "etag": { "supported": true },
            "authenticationSchemes": [{
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token for each client, from `portner scim client add`.",
                "primary": true,
            }],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": format!("{}/ServiceProviderConfig", scim.base),
            },
        }),
    )
    .into_response()
}

pub async fn schemas(welcome: Welcome, query: RawQuery) -> Response {
    all(&welcome, query, all_schemas)
}

pub async fn schema(welcome: Welcome, Path(id): Path<String>) -> Response {
    one(&welcome, &id, all_schemas)
}

pub async fn resource_types(welcome: Welcome, query: RawQuery) -> Response {
    all(&welcome, query, all_types)
}

pub async fn resource_type(welcome: Welcome, Path(id): Path<String>) -> Response {
    one(&welcome, &id, all_types)
}

/// A filter is refused here (RFC 7644, 4): whoever filters would believe to have seen all.
fn all(welcome: &Welcome, RawQuery(query): RawQuery, make: fn(&str) -> Vec<Value>) -> Response {
    let Some(scim) = welcome.scim() else { return not_served() };
    if query.is_some_and(|query| query.split('&').any(|pair| pair.starts_with("filter="))) {
        return unreadable(403, "no filter is used here; ask for all, or for one by its id");
    }
    listed(make(&scim.base)).into_response()
}

fn one(welcome: &Welcome, id: &str, make: fn(&str) -> Vec<Value>) -> Response {
    let Some(scim) = welcome.scim() else { return not_served() };
    let found = make(&scim.base).into_iter().find(|one| one["id"].as_str() == Some(id));
    match found {
        Some(found) => Told::new(200, found).into_response(),
        None => unreadable(404, "there is none of that id; ask for all of them"),
    }
}
