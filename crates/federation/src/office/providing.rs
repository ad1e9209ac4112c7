//! Service providers added and their policies changed by officers. What lets in somebody new, or lets out more than before,
//! is a proposal: a second person agrees to what was written, and it happens in the transaction of the agreement.

use portner_audit_log::{Event, Tx};
use portner_directory::{Refusal as DirectoryRefusal, propose};
use portner_domain::role::{Action, Proposal};
use portner_domain::{Millis, Moment, ServiceProviderId};
use portner_saml::encryption::EncryptionTarget;
use portner_saml::metadata::change::Change;
use portner_saml::{Certificate, ServiceProvider};

use super::{NotDone, Warrant};
use crate::draft::Draft;
use crate::fetch::{FetchFault, Fetched, MetadataUrl};
use crate::policy::{Policy, PolicyError, changes};
use crate::registry::{self, Brought, Concerns, Refusal, sha256};
use crate::source::{Held, Source, Verdict, judge};
use crate::{Error, Federation, Visit, kept, store};

/// Largest metadata that is typed or pasted, in bytes: ten times what services have. Logos are the rest.
pub const METADATA_TYPED_BYTES_MAX: usize = 512 * 1024;
/// A certificate that ends this soon is worth a word before it is trusted.
const ENDS_SOON: Millis = Millis::hours(30 * 24);

/// Metadata as it was read, before anybody said a word for it.
#[derive(Clone, Debug)]
pub struct MetadataSeen {
    /// What it says.
    pub metadata: ServiceProvider,
    /// The service provider of that entityID that is registered, with what would differ.
    pub known: Option<(ServiceProviderId, Vec<Change>)>,
    /// What somebody should know before they say yes.
    pub doubts: Vec<Doubt>,
}

/// Something about metadata that keeps nobody from using it, and that somebody should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Doubt {
    /// A certificate is over; its key counts all the same.
    CertificateOver(String),
    /// A certificate ends soon.
    CertificateEnds(String, Moment),
    /// There is no way to encrypt for it: nobody could log in.
    NoEncryption,
    /// It can't be asked to log somebody out.
    NoLogout,
    /// It may be used until then, and no longer.
    UntilSoon(Moment),
}

/// Why metadata or a policy is not taken, in a sentence for whoever brought it.
#[derive(Debug, thiserror::Error)]
pub enum NotBrought {
    /// This installation fetches nothing.
    #[error("metadata is not fetched here; paste it instead")]
    NothingFetched,
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchFault),
    /// What was fetched or typed is no metadata of a service provider, or may not be used.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is too large.
    #[error("the metadata is larger than {METADATA_TYPED_BYTES_MAX} bytes; add it with `portner sp add`")]
    TooLarge,
    /// The policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// A service provider that somebody brings.
#[derive(Clone, Copy, Debug)]
pub struct NewProvider<'a> {
    /// Its metadata, as it was shown.
    pub metadata: &'a str,
    /// Where it is fetched from henceforth; brought by hand if empty.
    pub url: &'a str,
    /// Which profile its policy is.
    pub profile: &'a str,
    /// Why.
    pub why: &'a str,
}

/// A policy as it was read, held against the one in force.
#[derive(Clone, Debug)]
pub struct PolicySeen {
    /// It.
    pub policy: Policy,
    /// What differs, a line each.
    pub changes: Vec<String>,
    /// Does a second person have to agree?
    pub needs_second: bool,
    /// SHA-256 of the one in force.
    pub was: String,
}

/// What became of a policy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kept {
    /// It is in force.
    InForce,
    /// A second person is asked.
    Proposed,
}

/// What somebody proposed of a service provider, to be read by whoever is to agree.
#[derive(Clone, Debug)]
pub enum Drafted {
    /// Somebody new.
    New {
        /// The metadata.
        seen: Box<MetadataSeen>,
        /// Where it is fetched from henceforth.
        url: Option<String>,
        /// The policy.
        policy: Box<Policy>,
    },
    /// Another policy.
    Policy {
        /// Whose.
        service_provider: ServiceProviderId,
        /// What differs from the one in force.
        seen: Box<PolicySeen>,
        /// Was it written over the one in force? Else nobody can agree to it any more.
        is_current: bool,
    },
}

impl Federation {
    /// Fetch metadata that an officer gives the address of. What comes is shown before it is anything.
    pub async fn fetch_metadata(
        &self,
        warrant: &Warrant,
        url: &str,
    ) -> Result<Result<String, NotBrought>, Error> {
        warrant.for_any(Action::ChangeServiceProviders)?;
        let url = match MetadataUrl::parse(url) {
            Ok(url) => url,
            Err(fault) => return Ok(Err(fault.into())),
        };
        let Some(fetcher) = &self.fetcher else { return Ok(Err(NotBrought::NothingFetched)) };
        let bytes = match fetcher.fetch(&url, None).await {
            Ok(Fetched::Document(bytes, _)) => bytes,
            Ok(Fetched::Unchanged) => Vec::new(),
            Err(fault) => return Ok(Err(fault.into())),
        };
        Ok(String::from_utf8(bytes).map_err(|_| Refusal::NotText.into()))
    }

    /// Read metadata that an officer brings. Nothing is kept.
    pub async fn look_at_metadata(
        &self,
        warrant: &Warrant,
        (text, profile): (&str, &str),
    ) -> Result<Result<MetadataSeen, NotBrought>, Error> {
        warrant.for_any(Action::ChangeServiceProviders)?;
        let policy = match Policy::of_profile(profile) {
            Ok(policy) => policy,
            Err(wrong) => return Ok(Err(wrong.into())),
        };
        self.seen(text, &policy).await
    }

    async fn seen(&self, text: &str, policy: &Policy) -> Result<Result<MetadataSeen, NotBrought>, Error> {
        if text.len() > METADATA_TYPED_BYTES_MAX {
            return Ok(Err(NotBrought::TooLarge));
        }
        let (database, now) = (self.log.database(), self.log.now());
        let entity_id = match ServiceProvider::parse(text.as_bytes()) {
            Ok(parsed) => parsed.entity_id,
            Err(error) => return Ok(Err(Refusal::from(error).into())),
        };
        let stored = store::sp_by_entity_id(database, &entity_id).await?;
        let (old, certificate) = match &stored {
            Some(stored) => (Some(stored.parsed()?), Source::of(database, stored.id).await?.certificate),
            None => (None, None),
        };
        let judged = match judge(old.as_ref(), certificate.as_ref(), text.as_bytes(), now) {
            Ok(judged) => judged,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let known = stored.map(|stored| (stored.id, judged.changes));
        let doubts = doubts(&judged.metadata, policy, now);
        Ok(Ok(MetadataSeen { metadata: judged.metadata, known, doubts }))
    }

    /// Propose to answer somebody new, or to use other metadata of somebody who is known.
    pub async fn propose_service_provider(
        &self,
        warrant: &Warrant,
        new: NewProvider<'_>,
        visit: &Visit,
    ) -> Result<Result<(), NotBrought>, Error> {
        warrant.for_any(Action::ChangeServiceProviders)?;
        let policy = match Policy::of_profile(new.profile) {
            Ok(policy) => policy,
            Err(wrong) => return Ok(Err(wrong.into())),
        };
        let url = Some(new.url.trim()).filter(|url| !url.is_empty());
        let url = match url.map(MetadataUrl::parse).transpose() {
            Ok(url) => url.map(|url| url.to_string()),
            Err(fault) => return Ok(Err(fault.into())),
        };
        let seen = match self.seen(new.metadata, &policy).await? {
            Ok(seen) => seen,
            Err(not) => return Ok(Err(not)),
        };
        let entity_id = seen.metadata.entity_id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        let proposal = if let Some((service_provider, differs)) = seen.known {
            if differs.is_empty() {
                return Ok(Err(Refusal::NothingToChange.into()));
            }
            let sha256 = hold(&mut tx, (service_provider, &differs), new.metadata).await?;
            Proposal::UseMetadata { service_provider, sha256 }
        } else {
            let draft = Draft::New { metadata: new.metadata.to_owned(), url, policy: Box::new(policy) };
            let sha256 = draft.keep(&mut tx, &entity_id).await?;
            Proposal::AddServiceProvider { entity_id, sha256 }
        };
        propose(&mut tx, &*self.entropy, &proposal, new.why).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Read a policy that an officer wrote, and hold it against the one in force. Nothing if there is no such service
    /// provider.
    pub async fn look_at_policy(
        &self,
        warrant: &Warrant,
        (id, policy): (ServiceProviderId, Policy),
    ) -> Result<Option<PolicySeen>, Error> {
        warrant.for_any(Action::ChangeServiceProviders)?;
        self.held_against(id, policy).await
    }

    async fn held_against(&self, id: ServiceProviderId, policy: Policy) -> Result<Option<PolicySeen>, Error> {
        let Some(sp) = registry::by_id(self.log.database(), id).await? else { return Ok(None) };
        let changes = changes(&sp.policy.to_toml(), &policy.to_toml());
        let needs_second = !policy.only_tightens(&sp.policy);
        let was = sha256(&kept::write(&sp.policy)?);
        Ok(Some(PolicySeen { policy, changes, needs_second, was }))
    }

    /// Put a policy in the place of the one that was read: at once if it only tightens, or as a proposal.
    pub async fn keep_policy(
        &self,
        warrant: &Warrant,
        (id, policy, was, why): (ServiceProviderId, Policy, &str, &str),
        visit: &Visit,
    ) -> Result<Result<Kept, NotDone>, Error> {
        warrant.for_any(Action::ChangeServiceProviders)?;
        let Some(sp) = registry::by_id(self.log.database(), id).await? else {
            return Ok(Err(NotDone::NothingWaits));
        };
        if sha256(&kept::write(&sp.policy)?) != was {
            return Ok(Err(NotDone::ChangedMeanwhile));
        }
        if policy == sp.policy {
            return Ok(Err(DirectoryRefusal::NothingToChange.into()));
        }
        let entity_id = &sp.metadata.entity_id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        if policy.only_tightens(&sp.policy) {
            tx.write(Event::ReasonGiven { identity: None, why: why.to_owned() });
            let done = registry::change_policy(self.log.database(), &mut tx, entity_id, &policy).await?;
            if done.is_err() {
                return Ok(Err(NotDone::ChangedMeanwhile));
            }
            tx.commit().await?;
            return Ok(Ok(Kept::InForce));
        }
        let draft = Draft::Policy { service_provider: id, was: was.to_owned(), policy: Box::new(policy) };
        let sha256 = draft.keep(&mut tx, entity_id).await?;
        let proposal = Proposal::ChangePolicy { service_provider: id, sha256 };
        propose(&mut tx, &*self.entropy, &proposal, why).await?;
        tx.commit().await?;
        Ok(Ok(Kept::Proposed))
    }

    /// What somebody proposed, as whoever is to agree reads it. Nothing if it is gone, or can't be read any more.
    pub async fn drafted(&self, warrant: &Warrant, name: &str) -> Result<Option<Drafted>, Error> {
        warrant.for_any(Action::SeeServiceProviders)?;
        Ok(match Draft::read(self.log.database(), name).await? {
            None => None,
            Some(Draft::New { metadata, url, policy }) => {
                let seen = self.seen(&metadata, &policy).await?.ok();
                seen.map(|seen| Drafted::New { seen: Box::new(seen), url, policy })
            }
            Some(Draft::Policy { service_provider, was, policy }) => {
                let seen = self.held_against(service_provider, *policy).await?;
                seen.map(|seen| {
                    let is_current = seen.was == was;
                    Drafted::Policy { service_provider, seen: Box::new(seen), is_current }
                })
            }
        })
    }

    /// A second person agreed to a draft.
    pub(super) async fn use_draft(
        &self,
        tx: &mut Tx,
        name: &str,
    ) -> Result<Result<(), DirectoryRefusal>, Error> {
        let database = self.log.database();
        Ok(match Draft::read(database, name).await? {
            None => Err(DirectoryRefusal::NotWaiting),
            Some(Draft::New { metadata, url, policy }) => {
                let url = url.as_deref().map(MetadataUrl::parse).transpose();
                let Ok(url) = url else { return Ok(Err(DirectoryRefusal::NotWaiting)) };
                let is_new = match ServiceProvider::parse(metadata.as_bytes()) {
                    Ok(parsed) => store::sp_by_entity_id(database, &parsed.entity_id).await?.is_none(),
                    Err(_) => false,
                };
                if !is_new {
                    return Ok(Err(DirectoryRefusal::NotWaiting));
                }
                let source = url.map(|url| Source { url: Some(url), certificate: None });
                let concerns = Concerns::Refused;
                let brought = Brought { metadata: metadata.as_bytes(), policy: &policy, source, concerns };
                let added = registry::bring(database, tx, &*self.entropy, &brought).await?;
                added.map(|_| ()).map_err(|_| DirectoryRefusal::NotWaiting)
            }
            Some(Draft::Policy { service_provider, was, policy }) => {
                let Some(sp) = registry::by_id(database, service_provider).await? else {
                    return Ok(Err(DirectoryRefusal::NotWaiting));
                };
                if sha256(&kept::write(&sp.policy)?) != was {
                    return Ok(Err(DirectoryRefusal::NotWaiting));
                }
                let done = registry::change_policy(database, tx, &sp.metadata.entity_id, &policy).await?;
                done.map_err(|_| DirectoryRefusal::NotWaiting)
            }
        })
    }
}

/// Hold metadata that an officer brought for somebody who is known, until a second person has agreed to it.
async fn hold(
    tx: &mut Tx,
    (service_provider, differs): (ServiceProviderId, &[Change]),
    metadata: &str,
) -> Result<String, Error> {
    let held = Held {
        service_provider,
        metadata: metadata.to_owned(),
        url: BY_HAND.to_owned(),
        verdict: Verdict::Waiting,
        found_at: tx.now(),
    };
    let concerns = differs.iter().filter_map(|change| change.concern).map(|it| it.code().to_owned());
    let event = Event::MetadataHeld {
        service_provider,
        metadata_sha256: held.sha256(),
        concerns: concerns.collect::<std::collections::BTreeSet<_>>().into_iter().collect(),
    };
    store::metadata::hold(tx.write(event), &held).await?;
    Ok(held.sha256())
}

/// What stands where the address of fetched metadata does.
const BY_HAND: &str = "/office/service-providers/new";

fn doubts(metadata: &ServiceProvider, policy: &Policy, now: Moment) -> Vec<Doubt> {
    let soon = |at: Moment| at <= now.plus(ENDS_SOON);
    let of = |certificate: &Certificate| {
        let (fingerprint, ends) = (certificate.fingerprint(), certificate.not_after());
        match ends <= now {
            true => Some(Doubt::CertificateOver(fingerprint)),
            false => soon(ends).then_some(Doubt::CertificateEnds(fingerprint, ends)),
        }
    };
    let encrypting = metadata.encryption_keys.iter().map(|key| key.certificate());
    let mut doubts: Vec<Doubt> = metadata.signing_keys.iter().chain(encrypting).filter_map(of).collect();
    doubts.dedup();
    let can_encrypt = EncryptionTarget::choose(metadata, policy.encryption.preference(), now).is_ok();
    doubts.extend((!can_encrypt).then_some(Doubt::NoEncryption));
    doubts.extend(metadata.logout.is_empty().then_some(Doubt::NoLogout));
    doubts.extend(metadata.valid_until.filter(|until| soon(*until)).map(Doubt::UntilSoon));
    doubts
}
