//! What a browser sends after a ceremony, read before anything is believed, and what can be wrong with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{CollectedClientData, PublicKeyCredential, RegisterPublicKeyCredential};

/// The longest answer: a certificate chain of a platform module takes some ten thousand.
pub const RESPONSE_BYTES_MAX: usize = 48 * 1024;
/// The longest name of a credential (WebAuthn 4, credential ID).
const CREDENTIAL_ID_BYTES_MAX: usize = 1023;

/// Why the answer of a key is not accepted. Named after the step that it failed at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyFault {
    /// It can't be read, or is too long.
    Unreadable,
    /// It is no public key credential, or its name is given in two ways.
    Id,
    /// It answers another kind of question.
    Type,
    /// It answers another question.
    Challenge,
    /// It was made for another site, or inside another site's page.
    Origin,
    /// It was made for another relying party.
    RelyingParty,
    /// Nobody touched it.
    NotPresent,
    /// It did not ask its owner, and was to.
    NotVerified,
    /// It is not signed with the credential's key.
    Signature,
    /// The credential is nobody's.
    Unknown,
    /// The credential is somebody else's.
    Foreign,
    /// The credential is not of the kind that was asked for, or not among those.
    NotAsked,
    /// It says that it is somebody else's, or not whose.
    UserHandle,
    /// It may be copied now, and could not when it was bound; or the other way.
    Backup,
    /// Its count of signatures goes backwards: there may be two of it.
    Count,
    /// Its model is known to be broken.
    Model,
    /// What vouches for its model is not in order.
    Attestation,
    /// There is no question that it could answer: too late, or answered before.
    Over,
}

impl KeyFault {
    /// A stable word for the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "key-unreadable",
            Self::Id => "key-id",
            Self::Type => "key-type",
            Self::Challenge => "key-challenge",
            Self::Origin => "key-origin",
            Self::RelyingParty => "key-relying-party",
            Self::NotPresent => "key-not-present",
            Self::NotVerified => "key-not-verified",
            Self::Signature => "key-signature",
            Self::Unknown => "key-unknown",
            Self::Foreign => "key-foreign",
            Self::NotAsked => "key-not-asked",
            Self::UserHandle => "key-user-handle",
            Self::Backup => "key-backup",
            Self::Count => "key-count",
            Self::Model => "key-model",
            Self::Attestation => "key-attestation",
            Self::Over => "key-over",
        }
    }

    /// The step that the library failed at.
    pub(super) fn of(error: &WebauthnError) -> Self {
        match error {
            WebauthnError::InvalidClientDataType => Self::Type,
            WebauthnError::MismatchedChallenge => Self::Challenge,
            WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => Self::Origin,
            WebauthnError::InvalidRPIDHash => Self::RelyingParty,
            WebauthnError::UserNotPresent => Self::NotPresent,
            WebauthnError::UserNotVerified => Self::NotVerified,
            WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => Self::Signature,
            WebauthnError::CredentialBackupEligibilityInconsistent
            | WebauthnError::CredentialMayNotBeHardwareBound => Self::Backup,
            WebauthnError::CredentialPossibleCompromise => Self::Count,
            WebauthnError::ParseBase64Failure(_)
            | WebauthnError::ParseCBORFailure(_)
            | WebauthnError::ParseJSONFailure(_)
            | WebauthnError::ParseNOMFailure
            | WebauthnError::ParseInsufficientBytesAvailable => Self::Unreadable,
            WebauthnError::CredentialNotFound => Self::Unknown,
            _ => Self::Attestation,
        }
    }
}

/// The answer to "prove that you have this key", not verified yet.
#[derive(Clone, Debug)]
pub struct KeyResponse(pub(super) PublicKeyCredential);

impl KeyResponse {
    /// As a browser sent it.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let it: PublicKeyCredential = read(text)?;
        check_name(&it.id, &it.raw_id, &it.type_)?;
        check_frame(&it.response.client_data_json)?;
        Ok(Self(it))
    }

    /// The credential that it says it is of, as it is called in the table.
    pub(super) fn credential_id(&self) -> &str {
        &self.0.id
    }
}

/// The answer to "make a key", not verified yet.
pub(super) fn parse_new(text: &str) -> Result<RegisterPublicKeyCredential, KeyFault> {
    let it: RegisterPublicKeyCredential = read(text)?;
    check_name(&it.id, &it.raw_id, &it.type_)?;
    check_frame(&it.response.client_data_json)?;
    Ok(it)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, KeyFault> {
    if text.len() > RESPONSE_BYTES_MAX {
        return Err(KeyFault::Unreadable);
    }
    serde_json::from_str(text).map_err(|_| KeyFault::Unreadable)
}

/// Both names are the same bytes (WebAuthn 5.1, `rawId`); the library reads only one of them.
fn check_name(id: &str, raw_id: &[u8], kind: &str) -> Result<(), KeyFault> {
    let fits = (1..=CREDENTIAL_ID_BYTES_MAX).contains(&raw_id.len());
    let same = id == URL_SAFE_NO_PAD.encode(raw_id);
    if fits && same && kind == "public-key" { Ok(()) } else { Err(KeyFault::Id) }
}

/// It was not made inside another site's page (WebAuthn 7.1 and 7.2, `crossOrigin`); the library looks at that only
/// when a credential is made.
fn check_frame(client_data: &[u8]) -> Result<(), KeyFault> {
    let data: CollectedClientData = serde_json::from_slice(client_data).map_err(|_| KeyFault::Unreadable)?;
    let framed = data.cross_origin.unwrap_or(false) || data.unknown_keys.contains_key("topOrigin");
    if framed { Err(KeyFault::Origin) } else { Ok(()) }
}
