//! A connection to Active Directory or another directory: TLS that can't be turned off, a bind, a search, and a whole
//! subtree read page by page.
//!
//! What is asked is given by the caller, who escapes what becomes part of a filter or a name; what is answered is bytes
//! that nobody has believed yet. Aliases and referrals are never followed: whoever sends one sends to a stranger.

mod address;
mod connection;
mod name;
mod reading;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;

pub use address::{Account, BadServer, SERVERS_MAX, ServerAddress, Transport};
pub use connection::{Answered, Connection, Found, Trouble, connect, open, resolve, secure};
pub use name::{BadName, DistinguishedName, Part};
pub use reading::{
    ENTRIES_OF_PAGE_MAX, Elsewhere, Entry, PAGE_SECONDS_MAX, Page, Servers, Subtree, is_filter,
};
pub use tls::{BadAuthorities, client_config};

use portner_domain::Millis;

/// How long name, connection and TLS may take together.
pub const CONNECT_SECONDS_MAX: Millis = Millis::seconds(3);

/// How long a directory may take to answer one search or bind.
pub const ANSWER_SECONDS_MAX: Millis = Millis::seconds(5);
