//! The HTTP-POST binding: a message in a form, with its signature inside (SAML bindings 3.5).

use crate::metadata::Binding;
use crate::redirect::RELAY_STATE_BYTES_MAX;
use crate::refusal::Refusal;
use crate::request::Received;
use crate::signature;
use crate::xml::{self, Kind};

/// Base64 of the largest message we read, line breaks included.
pub(crate) const FIELD_BYTES_MAX: usize = 360 * 1024;

/// Read a request from the fields of a form.
pub fn receive(saml_request: &str, relay_state: Option<&str>) -> Result<Received, Refusal> {
    let relay_state = self::relay_state(relay_state)?;
    let text = message(saml_request)?;
    let document = xml::parse(&text, Kind::Message)?;
    let root = document.root_element();
    let sealed = signature::examine(root)?;
    Received::new(root, sealed, Binding::Post, relay_state)
}

/// The state that travels beside a message.
pub(crate) fn relay_state(field: Option<&str>) -> Result<Option<String>, Refusal> {
    match field {
        Some(state) if state.len() > RELAY_STATE_BYTES_MAX => Err(Refusal::TooLarge),
        _ => Ok(field.map(str::to_owned)),
    }
}

/// The XML in a form field. The limit is on what came, before anything is decoded (T-DOS-01).
pub(crate) fn message(field: &str) -> Result<String, Refusal> {
    if field.is_empty() {
        return Err(Refusal::NoMessage);
    }
    if field.len() > FIELD_BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    let bytes = xml::base64(field).ok_or(Refusal::Undecodable)?;
    String::from_utf8(bytes).map_err(|_| Refusal::Undecodable)
}
