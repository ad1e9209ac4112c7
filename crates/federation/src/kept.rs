//! What is kept in the session store: as JSON, and under names that can't be taken twice.

use aws_lc_rs::digest::{SHA256, digest};
use portner_domain::ServiceProviderId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Error;

/// A value as it is kept.
pub fn write(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

/// A value as it was kept; `what` says in the log whose text it was.
pub fn read<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(format!("{what}: {error}")))
}

/// The name of what a request begins: a name-based UUID (RFC 9562 5.8) over who asks and the request's ID. Storing
/// something under it is the guard against a replay: the same request can't begin two.
pub fn begun_by_request(kind: &str, service_provider: ServiceProviderId, request_id: &str) -> Uuid {
    let name = digest(&SHA256, format!("{kind}\0{service_provider}\0{request_id}").as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(name.as_ref()).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
