//! Binding a key to somebody (WebAuthn 7.1): what kind of thing it is, is settled here for as long as it lives.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use crypto_glue::x509::Certificate;
use portner_audit_log::{Actor, Event, Tx};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::identity::Identity;
use portner_domain::{IdentityId, Moment};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use webauthn_rs_core::internals::AuthenticatorData;
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, AuthenticatorTransport, Credential, ParsedAttestation,
    ParsedAttestationData, PublicKeyCredentialHints, RegisterPublicKeyCredential, Registration,
    RegistrationState, UserVerificationPolicy,
};

use super::models::Presented;
use super::response::{KeyFault, parse_new};
use super::{Evidence, Fido, KEYS_MAX, Wish, broken, json, names_of, user_handle};
use crate::store::fido::{self as store, NewRow};
use crate::{AuthenticatorName, Error};

/// Ways to reach a key that are kept.
const TRANSPORTS_MAX: usize = 6;

/// Why a key is not bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Declined {
    /// What it sent is not in order.
    Fault(KeyFault),
    /// Somebody has it already; which is not told whom.
    Taken,
    /// Its model is not among those that are accepted, or nobody vouches that it is what it says.
    ModelNotAccepted,
    /// Its model is known to be broken.
    ModelWithdrawn,
    /// It can't say by itself whose it is, which is what a passkey is for.
    NotDiscoverable,
    /// There are [`KEYS_MAX`] already.
    TooMany,
}

impl Declined {
    /// A stable word for the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.code(),
            Self::Taken => "key-taken",
            Self::ModelNotAccepted => "key-model-not-accepted",
            Self::ModelWithdrawn => "key-model",
            Self::NotDiscoverable => "key-not-discoverable",
            Self::TooMany => "keys-too-many",
        }
    }
}

/// A key that was verified and can be bound.
#[derive(Debug)]
pub struct NewKey {
    owner: IdentityId,
    kind: Kind,
    credential: Credential,
    evidence: Evidence,
}

impl NewKey {
    /// What it will be.
    pub const fn kind(&self) -> Kind {
        self.kind
    }
}

/// A question as it waits for its answer.
#[derive(Deserialize, Serialize)]
struct Question {
    owner: IdentityId,
    wish: Wish,
    state: RegistrationState,
}

impl Fido {
    /// Ask somebody to make a key: the options for the browser, as JSON. The answer has to come in the same
    /// session; an earlier question of it about the same wish is forgotten.
    pub async fn ask_new(
        &self,
        session: &str,
        identity: &Identity,
        wish: Wish,
    ) -> Result<Result<String, Declined>, Error> {
        let keys = self.keys_of(identity.id).await?;
        if keys.len() >= KEYS_MAX {
            return Ok(Err(Declined::TooMany));
        }
        let known = keys.iter().map(|key| credential_id(&key.credential_id)).collect::<Result<_, _>>()?;
        self.ask_excluding(session, identity, wish, known).await.map(Ok)
    }

    /// The same of somebody who begins anew: what they had is about to go, so any key will do.
    pub async fn ask_first(&self, session: &str, identity: &Identity, wish: Wish) -> Result<String, Error> {
        self.ask_excluding(session, identity, wish, Vec::new()).await
    }

    async fn ask_excluding(
        &self,
        session: &str,
        identity: &Identity,
        wish: Wish,
        known: Vec<Vec<u8>>,
    ) -> Result<String, Error> {
        let (name, full_name) = names_of(identity);
        let builder = self
            .core
            .new_challenge_register_builder(&user_handle(identity.id), &name, &full_name)
            .map_err(|error| broken(&error))?
            .attestation(AttestationConveyancePreference::Direct)
            .exclude_credentials(Some(known));
        let builder = match wish {
            Wish::SecurityKey => builder
                .user_verification_policy(UserVerificationPolicy::Discouraged_DO_NOT_USE)
                .hints(Some(vec![PublicKeyCredentialHints::SecurityKey])),
            Wish::Passkey => builder
                .user_verification_policy(UserVerificationPolicy::Required)
                .require_resident_key(true)
                .extensions(Some(webauthn_rs_core::proto::RequestRegistrationExtensions {
                    uvm: None,
                    ..Default::default()
                })),
        };
        let (options, state) =
            self.core.generate_challenge_register(builder).map_err(|error| broken(&error))?;
        self.keep(&place(session, wish), &Question { owner: identity.id, wish, state }).await?;
        json(&options)
    }

    /// Was the key made as it was asked for, and is it one that is accepted? `by` is as whom its owner is known to us.
    pub async fn verify_new(
        &self,
        session: &str,
        identity: IdentityId,
        wish: Wish,
        response: &str,
        by: Actor,
    ) -> Result<Result<NewKey, Declined>, Error> {
        let now = self.authenticators.log.now();
        let Some(question) = self.take::<Question>(&place(session, wish)).await? else {
            return Ok(Err(Declined::Fault(KeyFault::Over)));
        };
        let judged = match parse_new(response) {
            Ok(made) if question.owner == identity => self.judge_new(&question, &made, now),
            Ok(_) => Err((Declined::Fault(KeyFault::Foreign), None)),
            Err(fault) => Err((Declined::Fault(fault), None)),
        };
        let (why, model) = match judged {
            Ok(new) => {
                let name = URL_SAFE_NO_PAD.encode(&new.credential.cred_id);
                if !store::is_known(self.authenticators.log.database(), &name).await? {
                    return Ok(Ok(new));
                }
                (Declined::Taken, Some(new.evidence.aaguid))
            }
            Err(refused) => refused,
        };
        let event = Event::FidoCredentialDeclined {
            identity,
            aaguid: model.map(|aaguid| aaguid.to_string()),
            why: why.code().to_owned(),
        };
        self.authenticators.log.append(by, event).await?;
        Ok(Err(why))
    }

    /// Bind a verified key. Its level is settled by what it is and how it came to its owner.
    pub async fn bind(
        &self,
        tx: &mut Tx,
        new: NewKey,
        name: &AuthenticatorName,
        ceremony: Ceremony,
    ) -> Result<Result<Authenticator, Declined>, Error> {
        let NewKey { owner, kind, credential, evidence } = new;
        let auth = &self.authenticators;
        let now = tx.now();
        let bound = auth.new_authenticator(now, kind, ceremony);
        let credential_id = URL_SAFE_NO_PAD.encode(&credential.cred_id);
        let place = bound.id.to_string();
        let plain = json(&credential)?;
        let sealed = auth.envelope.seal(&*auth.entropy, &crate::store::place(&place), plain.as_bytes())?;
        tx.write(Event::AuthenticatorBound {
            authenticator: bound.id,
            identity: owner,
            authenticator_kind: kind,
            ceremony,
            level: bound.registered,
        });
        let recorded = tx.write(Event::FidoCredentialRecorded {
            authenticator: bound.id,
            aaguid: evidence.aaguid.to_string(),
            attestation: evidence.vouched.word().to_owned(),
            user_verified: evidence.user_verified,
            backup_eligible: evidence.backup_eligible,
        });
        let row = NewRow {
            owner,
            authenticator: &bound,
            name,
            credential_id: &credential_id,
            sealed: &sealed,
            count: credential.counter,
            evidence: &evidence,
        };
        let added = store::add(recorded, &row, now).await?;
        Ok(if added { Ok(bound) } else { Err(Declined::Taken) })
    }

    /// Every step that a new credential has to pass.
    fn judge_new(
        &self,
        question: &Question,
        made: &RegisterPublicKeyCredential,
        now: Moment,
    ) -> Result<NewKey, (Declined, Option<Uuid>)> {
        let fault = |fault| (Declined::Fault(fault), None);
        let verified = self.core.register_credential(made, &question.state, None);
        let credential = verified.map_err(|error| fault(KeyFault::of(&error)))?;
        let aaguid = model_of(made, &credential).ok_or_else(|| fault(KeyFault::Id))?;
        let refused = |why| (why, Some(aaguid));
        let discoverable = made.extensions.cred_props.as_ref().and_then(|props| props.rk) != Some(false);
        if question.wish == Wish::Passkey && !discoverable {
            return Err(refused(Declined::NotDiscoverable));
        }
        let presented = Presented {
            wish: question.wish,
            aaguid,
            chain: chain(&credential.attestation.data),
            backup_eligible: credential.backup_eligible,
        };
        let (kind, vouched) = self.models.judge(&presented, now).map_err(refused)?;
        let evidence = Evidence {
            aaguid,
            vouched,
            attestation_object: STANDARD.encode(&made.response.attestation_object),
            client_data: STANDARD.encode(&made.response.client_data_json),
            transports: transports(made),
            user_verified: credential.user_verified,
            backup_eligible: credential.backup_eligible,
            backed_up: credential.backup_state,
        };
        // What vouches for it is in the evidence, and is not needed to verify it.
        let credential = Credential { attestation: ParsedAttestation::default(), ..credential };
        Ok(NewKey { owner: question.owner, kind, credential, evidence })
    }
}

/// The credential's name as bytes, from the row.
pub(super) fn credential_id(text: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Corrupt("the name of a FIDO credential".to_owned()))
}

/// Its model, from the same bytes that the library has verified and by the same parsers: it hands the model out only
/// if somebody vouches for it. `None` if those bytes are of another credential than the answer's name.
fn model_of(made: &RegisterPublicKeyCredential, credential: &Credential) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct AttestationObject<'a> {
        #[serde(rename = "authData")]
        auth_data: &'a [u8],
    }
    let object: AttestationObject<'_> = serde_cbor_2::from_slice(&made.response.attestation_object).ok()?;
    let data = AuthenticatorData::<Registration>::try_from(object.auth_data).ok()?;
    let attested = data.acd?;
    let same = attested.credential_id == credential.cred_id && made.raw_id == credential.cred_id;
    same.then(|| Uuid::from_bytes(attested.aaguid))
}

/// How a browser may reach it: what it says itself, of no use but as a hint in later questions.
fn transports(made: &RegisterPublicKeyCredential) -> Vec<String> {
    let known =
        made.response.transports.iter().flatten().filter(|it| **it != AuthenticatorTransport::Unknown);
    known.take(TRANSPORTS_MAX).map(ToString::to_string).collect()
}

/// The certificates that vouch for it, if there are any.
fn chain(data: &ParsedAttestationData) -> &[Certificate] {
    match data {
        ParsedAttestationData::Basic(chain)
        | ParsedAttestationData::AttCa(chain)
        | ParsedAttestationData::AnonCa(chain) => chain,
        ParsedAttestationData::Self_
        | ParsedAttestationData::ECDAA
        | ParsedAttestationData::None
        | ParsedAttestationData::Uncertain => &[],
    }
}

/// Where the question waits. A session has one owner and is one browser's.
fn place(session: &str, wish: Wish) -> String {
    format!("fido/new/{session}/{}", wish.word())
}
