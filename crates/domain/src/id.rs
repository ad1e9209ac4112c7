//! Identifiers: opaque, sortable by time, and never mixed up.

use uuid::Uuid;

use crate::input::bytes;
use crate::{Entropy, Moment};

/// Kinds of UUID that are never mixed up, with what each is. Whoever uses it has `serde` and `uuid`.
#[macro_export]
macro_rules! uuid_names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )*};
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        uuid_names! { $($(#[$doc])* $name;)* }

        $(impl $name {
            /// A new one: a UUID of version 7 (RFC 9562), so that rows sort by age.
            pub fn new(now: Moment, entropy: &dyn Entropy) -> Self {
                Self(version_7(now, entropy))
            }
        })*
    };
}

identifiers! {
    /// A natural person.
    PersonId;
    /// A professional identity: a person in the service of an organisation.
    IdentityId;
    /// One proofing of a person's identity.
    ProofingId;
    /// One authenticator bound to an identity.
    AuthenticatorId;
    /// One invitation to choose a first password.
    InvitationId;
    /// Something that waits for a second person.
    ProposalId;
    /// One run of a feed.
    FeedRunId;
    /// A group that a program keeps.
    GroupId;
    /// A registered service provider.
    ServiceProviderId;
    /// A login in progress.
    FlowId;
    /// A logout in progress.
    LogoutId;
    /// What a person reads out to the support desk; also the correlation id of the log lines behind it.
    Reference;
}

fn version_7(now: Moment, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(now.0).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes(entropy)).into_uuid()
}

/// A random UUID (RFC 9562, version 4), which says nothing at all, not even its age.
pub fn random_uuid(entropy: &dyn Entropy) -> Uuid {
    uuid::Builder::from_random_bytes(bytes(entropy)).into_uuid()
}
