//! Proving that somebody has a key of theirs (WebAuthn 7.2).

use portner_audit_log::Event;
use portner_domain::authenticator::{Authenticator, Kind, Proof};
use portner_domain::identity::{Identity, UserName};
use portner_domain::{FlowId, IdentityId, Moment};
use serde::{Deserialize, Serialize};
use webauthn_rs_core::proto::{AllowCredentials, AuthenticationState, Credential, UserVerificationPolicy};

use super::response::{KeyFault, KeyResponse};
use super::{Fido, Key, Site, broken, json, user_handle};
use crate::store::fido::{self as store, FidoRow};
use crate::{Attempt, Error, Refusal, accepted, actor};

/// Who is asked for a key.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// Whoever it is: the key says who. The question names no credential, so it tells nothing about anybody.
    Anybody,
    /// Somebody who has proved something else already, for a key of one of these kinds.
    Owner(IdentityId, &'a [Kind]),
}

/// A question as it waits for its answer.
#[derive(Deserialize, Serialize)]
struct Question {
    /// Whose key it has to be; anybody's if absent.
    owner: Option<IdentityId>,
    /// The credentials it may be, if it has to be somebody's.
    among: Vec<String>,
    state: AuthenticationState,
}

impl Fido {
    /// Ask for a key: the options for the browser, as JSON. An earlier question of the same login is forgotten.
    /// Nothing if somebody is asked who has no such key.
    pub async fn ask(&self, flow: FlowId, asked: Asked<'_>) -> Result<Option<String>, Error> {
        let keys = match asked {
            Asked::Anybody => Vec::new(),
            Asked::Owner(owner, kinds) => {
                let mut keys = self.keys_of(owner).await?;
                keys.retain(|key| kinds.contains(&key.kind));
                keys
            }
        };
        let nobody_could = keys.is_empty() && matches!(asked, Asked::Owner(..));
        if nobody_could || self.site == Site::Nameless {
            return Ok(None);
        }
        let builder = self.core.new_challenge_authenticate_builder(Vec::new(), Some(verification(&keys)));
        let builder = builder.map_err(|error| broken(&error))?;
        let asked_for = self.core.generate_challenge_authenticate(builder);
        let (mut options, state) = asked_for.map_err(|error| broken(&error))?;
        options.public_key.allow_credentials = keys.iter().map(allowed).collect::<Result<_, _>>()?;
        let owner = match asked {
            Asked::Anybody => None,
            Asked::Owner(owner, _) => Some(owner),
        };
        let among = keys.into_iter().map(|key| key.credential_id).collect();
        self.keep(&place(flow), &Question { owner, among, state }).await?;
        json(&options).map(Some)
    }

    /// Whose key an answer says it is of. Nothing is proved by that.
    pub async fn owner(&self, response: &KeyResponse) -> Result<Option<IdentityId>, Error> {
        let row = store::find(self.authenticators.log.database(), response.credential_id()).await?;
        Ok(row.map(|row| row.owner))
    }

    /// Is this the right answer to what was asked in this login, by this identity's key? `identity` is who has
    /// proved something else already, or else the [`Self::owner`].
    pub async fn verify(
        &self,
        attempt: &Attempt,
        identity: Option<&Identity>,
        response: &KeyResponse,
    ) -> Result<Result<Proof, Refusal>, Error> {
        let Some(question) = self.take::<Question>(&place(attempt.flow)).await? else {
            return Ok(Err(Refusal::Key(KeyFault::Over)));
        };
        let auth = &self.authenticators;
        let now = auth.log.now();
        let row = store::find(auth.log.database(), response.credential_id()).await?;
        let kind = row.as_ref().map_or(Kind::Passkey, |row| row.authenticator.kind);
        let name = identity.map_or_else(|| nobody(response), |identity| Ok(identity.user_name.clone()))?;
        if let Err(refusal) = auth.admitted(attempt, &name, identity, kind, now).await? {
            return Ok(Err(refusal));
        }
        let fault = match (row, identity) {
            (Some(row), Some(identity)) => {
                let judged = match self.judge(&question, identity, &row, response)? {
                    Ok(count) => self.accept(attempt, &row, count, now).await?,
                    Err(fault) => Err(fault),
                };
                match judged {
                    Ok(proof) => return Ok(Ok(proof)),
                    Err(fault) => self.suspect(&row, fault).await?,
                }
            }
            _ => KeyFault::Unknown,
        };
        auth.refused(attempt, identity, kind, Refusal::Key(fault), now).await.map(Err)
    }

    /// Every step that the answer has to pass; its count of signatures.
    fn judge(
        &self,
        question: &Question,
        identity: &Identity,
        row: &FidoRow,
        response: &KeyResponse,
    ) -> Result<Result<u32, KeyFault>, Error> {
        if row.owner != identity.id || !identity.is_usable(self.authenticators.log.now()) {
            return Ok(Err(KeyFault::Foreign));
        }
        let asked = match question.owner {
            Some(owner) => {
                owner == identity.id && question.among.iter().any(|id| id == response.credential_id())
            }
            None => row.authenticator.kind.begins_a_login(),
        };
        if !asked {
            return Ok(Err(KeyFault::NotAsked));
        }
        // Whoever nobody knew before has to be named by the key as well (WebAuthn 7.2, step 6).
        let named = response.0.get_user_unique_id().filter(|handle| !handle.is_empty());
        let right = named.map_or(question.owner.is_some(), |handle| handle == user_handle(identity.id));
        if !right {
            return Ok(Err(KeyFault::UserHandle));
        }
        if self.models.withdrawn(row.aaguid).is_some() {
            return Ok(Err(KeyFault::Model));
        }
        let credential = self.open(row)?;
        let verified = self.core.authenticate_single_credential(&response.0, &question.state, &credential);
        Ok(match verified {
            // Said again here: without it, such a key proves one factor and would count for two.
            Ok(result) if row.authenticator.kind.begins_a_login() && !result.user_verified() => {
                Err(KeyFault::NotVerified)
            }
            Ok(result) => Ok(result.counter()),
            Err(error) => Err(KeyFault::of(&error)),
        })
    }

    /// The credential as it was bound, with its last count.
    fn open(&self, row: &FidoRow) -> Result<Credential, Error> {
        let place = row.authenticator.id.to_string();
        let opened = self.authenticators.envelope.open(&crate::store::place(&place), &row.sealed)?;
        let credential: Credential = serde_json::from_slice(&opened)
            .map_err(|error| Error::Corrupt(format!("a FIDO credential: {error}")))?;
        Ok(Credential { counter: row.count, ..credential })
    }

    /// The count is taken note of in one conditional update: of answers with the same count, one wins.
    async fn accept(
        &self,
        attempt: &Attempt,
        row: &FidoRow,
        count: u32,
        now: Moment,
    ) -> Result<Result<Proof, KeyFault>, Error> {
        let auth = &self.authenticators;
        let mut tx = auth.log.begin(actor(row.owner)).await?;
        let conn = tx.write(accepted(attempt, row.owner, &row.authenticator));
        if !store::count(&mut *conn, row.authenticator.id, count).await? {
            return Ok(Err(KeyFault::Count));
        }
        crate::store::touch(conn, row.authenticator.id, now).await?;
        tx.commit().await?;
        let Authenticator { id, kind, .. } = row.authenticator;
        auth.forgiven(row.owner, kind).await?;
        Ok(Ok(Proof { authenticator: id, kind, at: now }))
    }

    /// A count that goes backwards, and a model that is withdrawn, are written down under the credential's name.
    async fn suspect(&self, row: &FidoRow, fault: KeyFault) -> Result<KeyFault, Error> {
        let why = match fault {
            KeyFault::Count => format!("its count of signatures is not above {}", row.count),
            KeyFault::Model => {
                let status = self.models.withdrawn(row.aaguid).unwrap_or_default();
                format!("its model is reported as {status}")
            }
            _ => return Ok(fault),
        };
        let (authenticator, identity) = (row.authenticator.id, row.owner);
        let event = Event::FidoCredentialSuspected { authenticator, identity, why };
        self.authenticators.log.append(actor(identity), event).await?;
        Ok(fault)
    }
}

/// How sure a key has to be of its owner. One that was bound as a passkey has to be, whatever the browser is told
/// here: that is in the credential.
fn verification(keys: &[Key]) -> UserVerificationPolicy {
    let touched = keys.iter().filter(|key| key.kind == Kind::SecurityKey).count();
    match touched {
        0 => UserVerificationPolicy::Required,
        all if all == keys.len() => UserVerificationPolicy::Discouraged_DO_NOT_USE,
        _ => UserVerificationPolicy::Preferred,
    }
}

fn allowed(key: &Key) -> Result<AllowCredentials, Error> {
    Ok(AllowCredentials {
        type_: "public-key".to_owned(),
        id: super::enrolment::credential_id(&key.credential_id)?,
        transports: Some(key.transports.iter().filter_map(|word| word.parse().ok()).collect()),
    })
}

/// Credentials of nobody are counted like names of nobody, each by itself.
fn nobody(response: &KeyResponse) -> Result<UserName, Error> {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, response.credential_id().as_bytes());
    let name = format!("fido/{}", hex::encode(hash));
    name.parse().map_err(|_| Error::Corrupt("a name for nobody".to_owned()))
}

/// Where the question of a login waits. The login is one browser's.
fn place(flow: FlowId) -> String {
    format!("fido/login/{flow}")
}
