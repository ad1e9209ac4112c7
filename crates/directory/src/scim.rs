//! SCIM (RFC 7643, 7644): the feed whose client speaks first, one record at a time.
//!
//! What a client says of a user is a record of its feed; what has to happen is planned and done as for any other feed, and
//! its brake holds what would take too many logins. A client sees, changes and groups its own people only. What is spoken
//! over HTTP is for `web`.

pub mod client;
pub mod filter;
pub mod group;
mod hold;
pub mod json;
pub mod patch;
pub mod read;
pub mod refusal;
pub mod schema;
pub mod user;
mod write;

pub use client::{
    Client, ClientRefusal, NewClient, Token, Unwelcome, add_client, adopt, clients, is_client, revoke_client,
};
pub use hold::BRAKE_WINDOW;
pub use read::{Listing, Projection, Query};
pub use refusal::{Kind, Refused};

use std::pin::Pin;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::volatile::Volatile;
use portner_audit_log::{AuditLog, Tx};
use portner_domain::{Entropy, IdentityId};
use serde_json::{Map, Value};

use crate::feed::Brake;
use crate::{Error, Personal};

/// How often a change is tried that others are in the way of.
const TRIES_MAX: u32 = 5;

/// What it takes to answer.
pub struct Scim {
    /// Where what happens is written.
    pub log: AuditLog,
    /// Where requests are counted.
    pub volatile: Arc<dyn Volatile>,
    /// CPR numbers.
    pub personal: Personal,
    /// Identifiers.
    pub entropy: Arc<dyn Entropy>,
    /// What takes away what somebody logs in with.
    pub strip: Arc<dyn Strip>,
    /// How much a client may take in a day.
    pub brake: Brake,
    /// Where all this is: `https://login.example.dk/scim/v2`.
    pub base: String,
}

/// Takes away what an identity logs in with, when it ends or begins anew, in the same transaction.
pub trait Strip: Send + Sync {
    /// Do it.
    fn strip<'a>(&'a self, tx: &'a mut Tx, identity: IdentityId) -> Stripping<'a>;
}

/// Under way.
pub type Stripping<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// What was asked for, or why not.
pub type Answer<T> = Result<Result<T, Refused>, Error>;

/// How a change is to be made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner<'a> {
    /// Only if it is still what the client saw.
    pub if_match: Option<&'a str>,
    /// Only say what would be done.
    pub is_rehearsal: bool,
}

/// What came of a change.
#[derive(Clone, Debug)]
pub enum Done {
    /// It is on record, so.
    Stored(Map<String, Value>),
    /// It is gone.
    Removed,
    /// Nothing happened. This would.
    Rehearsed(Vec<String>),
}

/// The version of a resource: what it says, and how often it was changed.
fn tag(resource: &Value, version: i64) -> String {
    const BYTES: usize = 8;
    let whole = digest(&SHA256, format!("{version} {resource}").as_bytes());
    let short: Vec<u8> = whole.as_ref().iter().take(BYTES).copied().collect();
    format!("W/\"{}\"", hex::encode(short))
}

/// Is one of the versions in a header this one? Weak and strong are the same here.
pub fn is_version(header: &str, version: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    header.split(',').any(|tag| tag.trim() == "*" || plain(tag) == plain(version))
}

fn version_of(resource: &Map<String, Value>) -> &str {
    resource.get("meta").and_then(|meta| meta.get("version")).and_then(Value::as_str).unwrap_or_default()
}

/// Is it what the client saw?
fn as_seen(manner: Manner<'_>, version: &str) -> Result<(), Refused> {
    match manner.if_match {
        Some(header) if !is_version(header, version) => Err(Refused::new(
            Kind::Changed,
            "it is not as in If-Match any more; read it again and decide anew",
        )),
        _ => Ok(()),
    }
}
