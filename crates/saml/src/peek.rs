//! What a message that came to nothing says, for people who look into it. Nothing here is verified: it is shown,
//! and never acted upon. The limits of the readers hold.

use crate::message::issuer;
use crate::post;
use crate::redirect;
use crate::xml::{self, Kind};

/// A look at a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Glimpse {
    /// The message as text, if it can be decoded at all.
    pub xml: Option<String>,
    /// Whom it says it is from, if it can be read that far.
    pub claimed_issuer: Option<String>,
}

/// At a query, exactly as the browser sent it.
pub fn redirect(raw_query: &str) -> Glimpse {
    at(redirect::message(raw_query))
}

/// At the field of a form.
pub fn post(field: &str) -> Glimpse {
    at(post::message(field).ok())
}

fn at(xml: Option<String>) -> Glimpse {
    let claimed_issuer = xml.as_deref().and_then(|text| {
        let document = xml::parse(text, Kind::Message).ok()?;
        issuer(document.root_element()).ok()
    });
    Glimpse { xml, claimed_issuer }
}
