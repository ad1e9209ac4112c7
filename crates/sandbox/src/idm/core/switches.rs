//! What nobody outside knows of the real service: a default for each, and a switch to try the other possibility.

use serde::{Deserialize, Serialize};

use super::states::State;

/// How errors are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorFormat {
    /// An object with `code`, `message` and `traceId`.
    #[default]
    Json,
    /// The message alone.
    Text,
    /// A page.
    Html,
}

/// What stands in a 401.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthErrors {
    /// Nothing.
    #[default]
    Empty,
    /// The same as in other errors.
    Body,
}

/// What a certificate without the right hears when it asks for a token.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CertPolicy {
    /// 403.
    #[default]
    Forbidden,
    /// 401.
    Unauthorized,
}

/// When an identity with a local authenticator becomes active.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LocalIdpActivation {
    /// At its first login.
    #[default]
    OnFirstLogin,
    /// When it is made.
    Immediate,
}

/// What a field that an update does not send becomes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PutSemantics {
    /// It stays.
    #[default]
    Patch,
    /// It is missing, and names and address may not be.
    Replace,
}

/// When a private MitID is active.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivateConsent {
    /// When its owner agreed.
    #[default]
    Needed,
    /// At once.
    Immediate,
}

/// All of them, by the names of the specification that the simulator was made from.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch with a name, and is set by it")]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// How errors are written.
    pub error_format: ErrorFormat,
    /// Is a client certificate demanded on every connection, or only for a token?
    pub mtls_on_all_calls: bool,
    /// What stands in a 401.
    pub auth_errors: AuthErrors,
    /// What a certificate without the right hears.
    pub cert_policy: CertPolicy,
    /// Are blanks around values and impossible CPR numbers refused?
    pub strict_validation: bool,
    /// The least age, if there is one.
    pub min_age: Option<u8>,
    /// Are names held against the register that `/register` filled?
    pub cpr_register: bool,
    /// Does the name of a deleted identity stay taken?
    pub tombstone_subject_name: bool,
    /// Is a second identity with the same CPR number and e-mail address refused?
    pub dup_person_conflict: bool,
    /// When an identity with a local authenticator becomes active.
    pub local_idp_activation: LocalIdpActivation,
    /// Is a call in the wrong state refused, or answered and ignored?
    pub strict_state: bool,
    /// What a field that an update does not send becomes.
    pub put_semantics: PutSemantics,
    /// Are successes that nobody knows the code of answered with 200, 202 and 204 in turn?
    pub success_code_fuzz: bool,
    /// Do answers have fields that no client knows?
    pub extra_fields: bool,
    /// Which states a search shows.
    pub search_states: Vec<State>,
    /// Does a search look at `status`, `cprNumber`, `emailAddress` and `rid`?
    pub search_filters: bool,
    /// When a private MitID is active.
    pub private_consent: PrivateConsent,
    /// Does asking for a local authenticator again change its name, or is it refused?
    pub local_id_upsert: bool,
    /// Is a token only good on the connection it was given on?
    pub bind_token: bool,
    /// How long a token is good for.
    pub token_ttl_seconds: u64,
    /// Does leave to sign let an identity have qualified certificates, where its organisation was assessed for them?
    pub allowsigning_links_qc: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            error_format: ErrorFormat::default(),
            mtls_on_all_calls: true,
            auth_errors: AuthErrors::default(),
            cert_policy: CertPolicy::default(),
            strict_validation: true,
            min_age: None,
            cpr_register: false,
            tombstone_subject_name: false,
            dup_person_conflict: false,
            local_idp_activation: LocalIdpActivation::default(),
            strict_state: true,
            put_semantics: PutSemantics::default(),
            success_code_fuzz: false,
            extra_fields: true,
            search_states: vec![State::Pending, State::Active, State::Suspended],
            search_filters: false,
            private_consent: PrivateConsent::default(),
            local_id_upsert: true,
            bind_token: false,
            token_ttl_seconds: 3_600,
            allowsigning_links_qc: true,
        }
    }
}
