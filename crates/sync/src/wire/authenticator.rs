//! What identities log in with, and whether they may sign.

use serde::{Deserialize, Serialize};

use super::word::words;
use super::{AuthenticatorUuid, EmployeeUuid, Items, lenient};

/// What is asked for. The words are those of requests; answers have others.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Asked {
    /// The organisation's own IdP, under a NameID.
    LocalIdentityProvider,
    /// The person's own MitID, if they agree.
    PrivateNemIdMitId,
}

words! {
    /// What is there, in the words of answers: those of authenticators, and those of the summary in lists.
    AuthenticatorKind {
        /// The organisation's own IdP.
        Local = "LocalIdentityProvider" | "Local",
        /// The person's own MitID.
        PrivateMitId = "PrivateMitId",
    }
}

/// `GET …/authenticators`. No list, or none: there are none.
#[derive(Clone, Debug, Deserialize)]
pub struct Authenticators {
    /// Each of them.
    #[serde(default)]
    pub authenticators: Items<Authenticator>,
}

/// One authenticator.
#[derive(Clone, Debug, Deserialize)]
pub struct Authenticator {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: AuthenticatorKind,
    /// Which.
    #[serde(default, deserialize_with = "lenient")]
    pub uuid: Option<AuthenticatorUuid>,
    /// Words of which none is known.
    #[serde(default, deserialize_with = "lenient")]
    pub status: Option<String>,
    /// Of a local one: the NameID.
    #[serde(default, deserialize_with = "lenient")]
    pub id: Option<String>,
}

/// `POST …/requestcredentials`: one kind in each call.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestCredentials {
    authenticator_setting_types: [Asked; 1],
    authenticator_types_to_ship: [(); 0],
    shared_credential_uuids: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_name_id: Option<String>,
}

impl RequestCredentials {
    /// Let the Local IdP log it in under this NameID from now on.
    pub const fn local(subject_name_id: String) -> Self {
        Self::of(Asked::LocalIdentityProvider, Some(subject_name_id))
    }

    /// Let the person use their own MitID.
    pub const fn private() -> Self {
        Self::of(Asked::PrivateNemIdMitId, None)
    }

    const fn of(kind: Asked, subject_name_id: Option<String>) -> Self {
        Self {
            authenticator_setting_types: [kind],
            authenticator_types_to_ship: [],
            shared_credential_uuids: [],
            subject_name_id,
        }
    }
}

/// `PUT …/allowsigning`.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowSigning {
    /// May it?
    pub allow_signing: bool,
}

/// `POST …/activation-orders`: take imported identities into use. Each is told by mail, every time.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Activate {
    /// What they are to log in with.
    pub authenticator_setting_types: Vec<Asked>,
    /// Which.
    pub user_uuids: Vec<EmployeeUuid>,
}
