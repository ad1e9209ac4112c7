//! A request to log somebody in: from received to verified, and what it asks for.
//!
//! The issuer of a request must be read before its signature can be verified, to find the keys. So a
//! [`Received`] request shows its claimed issuer and nothing else; [`Received::verify`] is the only way to
//! an [`AuthnRequest`].

use portner_domain::{Level, Millis, Moment};
use roxmltree::Node;
use serde::{Deserialize, Serialize};

use crate::message::{Head, NAME_BYTES_MAX};
use crate::metadata::{Binding, NameIdFormat, ServiceProvider};
use crate::names::{BINDING_POST, SAML, SAMLP};
use crate::refusal::Refusal;
use crate::signature::Sealed;
use crate::status::Status;
use crate::xml::{self, Unprefixed as _};

/// More authentication contexts than this is not a question.
const CLASS_REFS_MAX: usize = 32;
/// A chain of brokers is two or three long.
const REQUESTER_IDS_MAX: usize = 16;

/// A request whose signature has not been verified.
pub struct Received {
    draft: Draft,
    sealed: Sealed,
    binding: Binding,
    relay_state: Option<String>,
}

/// What the receiver knows.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The address the request was sent to, from configuration.
    pub destination: &'a str,
    /// The time now.
    pub now: Moment,
    /// How far the clocks may be apart: three to five minutes (OIO-GE-01).
    pub skew: Millis,
    /// How long a request is good for.
    pub lifetime: Millis,
}

/// A verified request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthnRequest {
    /// Its identifier; the caller refuses to see it twice.
    pub id: String,
    /// The service provider that signed it.
    pub issuer: String,
    /// When it was made.
    pub issue_instant: Moment,
    /// Where the response goes: one of the addresses in metadata, never one from the request.
    pub acs: String,
    /// Must the user prove anew who they are?
    pub force_authn: bool,
    /// Must the user not be asked anything?
    pub is_passive: bool,
    /// How sure the service provider wants to be.
    pub required: RequestedLevel,
    /// What kind of name it wants.
    pub name_id_policy: Option<NameIdPolicy>,
    /// Whom it expects; a hint that must come true or be answered with `UnknownPrincipal`.
    pub subject: Option<String>,
    /// On whose behalf it asks, nearest last; not to be trusted beyond display and record.
    pub requester_ids: Vec<String>,
    /// How many more identity providers may be asked.
    pub proxy_count: Option<u32>,
    /// The identity providers it would accept; empty is any.
    pub idp_list: Vec<String>,
    /// To be returned as it came.
    pub relay_state: Option<String>,
    /// How it came.
    pub binding: Binding,
    /// Why it can only be answered with an error, if so.
    pub objection: Option<Status>,
}

/// What kind of name identifier is wanted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NameIdPolicy {
    /// Of this kind, if it says.
    pub format: Option<NameIdFormat>,
    /// Within this group of service providers, if it says.
    pub sp_name_qualifier: Option<String>,
    /// May one be made for the purpose?
    pub allow_create: bool,
}

/// The parts of `RequestedAuthnContext` (OIO-SP-06 and OIO-SP-07).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct RequestedLevel {
    /// The lowest of the levels listed: any of them will do.
    pub level: Option<Level>,
    /// The kind of person wanted, if it says.
    pub profile: Option<Profile>,
    /// Does it ask for several factors in one of the older ways?
    pub multi_factor: bool,
    /// Everything else it lists, in order.
    pub others: Vec<String>,
    /// All that it lists, as it is written and in order.
    #[serde(default)]
    pub listed: Vec<String>,
    /// How the level is to be compared.
    pub comparison: Comparison,
}

/// The attribute profiles of OIOSAML 3.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Profile {
    /// A person in their own right.
    Person,
    /// A person in the service of an organisation.
    Professional,
}

/// How the context reached compares to the contexts listed (SAML core 3.3.2.2.1).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Comparison {
    /// One of them.
    #[default]
    Exact,
    /// At least one of them.
    Minimum,
    /// At most one of them.
    Maximum,
    /// Above all of them.
    Better,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").field("claimed_issuer", &self.draft.head.issuer).finish_non_exhaustive()
    }
}

impl Received {
    pub(crate) fn new(
        root: Node<'_, '_>,
        sealed: Sealed,
        binding: Binding,
        relay_state: Option<String>,
    ) -> Result<Self, Refusal> {
        Ok(Self { draft: Draft::read(root)?, sealed, binding, relay_state })
    }

    /// Who the request says it is from: good for a look-up, and for nothing else.
    pub fn claimed_issuer(&self) -> &str {
        &self.draft.head.issuer
    }

    /// The request, if it is `provider`'s, signed by it, meant for us and of the present.
    pub fn verify(
        self,
        provider: &ServiceProvider,
        expected: &Expected<'_>,
    ) -> Result<AuthnRequest, Refusal> {
        let draft = self.draft;
        draft.head.check(&provider.entity_id, &provider.signing_keys, &self.sealed, expected)?;
        Ok(AuthnRequest {
            acs: draft.assertion_consumer(provider)?,
            objection: draft.objection(provider),
            id: draft.head.id,
            issuer: draft.head.issuer,
            issue_instant: draft.head.issue_instant,
            force_authn: draft.force_authn,
            is_passive: draft.is_passive,
            required: draft.required,
            name_id_policy: draft.name_id_policy,
            subject: draft.subject.flatten(),
            requester_ids: draft.requester_ids,
            proxy_count: draft.proxy_count,
            idp_list: draft.idp_list,
            relay_state: self.relay_state,
            binding: self.binding,
        })
    }
}

/// Everything a request says, which until verification may be anybody's words.
struct Draft {
    head: Head,
    acs_url: Option<String>,
    acs_index: Option<u16>,
    protocol_binding: Option<String>,
    force_authn: bool,
    is_passive: bool,
    required: RequestedLevel,
    declarations_only: bool,
    name_id_policy: Option<NameIdPolicy>,
    /// Some(None) is a subject we cannot read.
    subject: Option<Option<String>>,
    requester_ids: Vec<String>,
    proxy_count: Option<u32>,
    idp_list: Vec<String>,
}

impl Draft {
    fn read(root: Node<'_, '_>) -> Result<Self, Refusal> {
        if !xml::is(root, SAMLP, "AuthnRequest") {
            return Err(Refusal::NotAnAuthnRequest);
        }
        let own = |name: &str| root.unprefixed(name).map(str::to_owned);
        let index = root.unprefixed("AssertionConsumerServiceIndex").map(str::parse).transpose();
        let scoping = xml::child(root, SAMLP, "Scoping")?;
        let (required, declarations_only) = requested(root)?;
        Ok(Self {
            head: Head::read(root)?,
            acs_url: own("AssertionConsumerServiceURL"),
            acs_index: index.map_err(|_| Refusal::UnknownAcs)?,
            protocol_binding: own("ProtocolBinding"),
            force_authn: xml::boolean(root, "ForceAuthn")?.unwrap_or(false),
            is_passive: xml::boolean(root, "IsPassive")?.unwrap_or(false),
            required,
            declarations_only,
            name_id_policy: name_id_policy(root)?,
            subject: subject(root)?,
            requester_ids: requester_ids(scoping)?,
            proxy_count: scoping
                .and_then(|node| node.unprefixed("ProxyCount"))
                .map(str::parse)
                .transpose()
                .map_err(|_| Refusal::Malformed)?,
            idp_list: idp_list(scoping)?,
        })
    }

    /// The address in metadata that the request means: the same string, the same number, or the default.
    fn assertion_consumer(&self, provider: &ServiceProvider) -> Result<String, Refusal> {
        let all = &provider.assertion_consumers;
        let found = match (&self.acs_url, self.acs_index) {
            (Some(_), Some(_)) => None,
            (Some(url), None) => all.iter().find(|one| one.location == *url),
            (None, Some(index)) => all.iter().find(|one| one.index == Some(index)),
            (None, None) => provider.default_assertion_consumer(),
        };
        found.map(|one| one.location.clone()).ok_or(Refusal::UnknownAcs)
    }

    /// Why a request in order can still only be answered with an error.
    fn objection(&self, provider: &ServiceProvider) -> Option<Status> {
        if self.head.version != "2.0" {
            let older = self.head.version.starts_with("1.") || self.head.version.starts_with("0.");
            return Some(if older { Status::VERSION_TOO_LOW } else { Status::VERSION_TOO_HIGH });
        }
        if self.protocol_binding.as_deref().is_some_and(|binding| binding != BINDING_POST) {
            return Some(Status::UNSUPPORTED_BINDING);
        }
        if self.name_id_policy.as_ref().is_some_and(|policy| !policy.is_possible(provider)) {
            return Some(Status::INVALID_NAME_ID_POLICY);
        }
        if self.subject == Some(None) {
            return Some(Status::UNKNOWN_PRINCIPAL);
        }
        if self.is_passive && self.force_authn {
            return Some(Status::NO_PASSIVE);
        }
        let reachable = !self.declarations_only && self.required.is_reachable();
        (!reachable).then_some(Status::NO_AUTHN_CONTEXT)
    }
}

fn subject(root: Node<'_, '_>) -> Result<Option<Option<String>>, Refusal> {
    let Some(subject) = xml::child(root, SAML, "Subject")? else { return Ok(None) };
    let name = xml::child(subject, SAML, "NameID")?.map(xml::text).transpose()?;
    if name.is_some_and(|name| name.len() > NAME_BYTES_MAX) {
        return Err(Refusal::Malformed);
    }
    Ok(Some(name.map(str::to_owned)))
}

fn name_id_policy(root: Node<'_, '_>) -> Result<Option<NameIdPolicy>, Refusal> {
    let Some(policy) = xml::child(root, SAMLP, "NameIDPolicy")? else { return Ok(None) };
    Ok(Some(NameIdPolicy {
        format: policy.unprefixed("Format").map(NameIdFormat::from_uri),
        sp_name_qualifier: policy.unprefixed("SPNameQualifier").map(str::to_owned),
        allow_create: xml::boolean(policy, "AllowCreate")?.unwrap_or(false),
    }))
}

impl NameIdPolicy {
    /// Could any configuration meet it? Whether ours does is for the caller to say.
    fn is_possible(&self, provider: &ServiceProvider) -> bool {
        let known = !matches!(self.format, Some(NameIdFormat::Other(_)));
        let own = self.sp_name_qualifier.as_ref().is_none_or(|qualifier| *qualifier == provider.entity_id);
        known && own
    }
}

fn requester_ids(scoping: Option<Node<'_, '_>>) -> Result<Vec<String>, Refusal> {
    let all = scoping.into_iter().flat_map(|node| xml::children(node, SAMLP, "RequesterID"));
    all.take(REQUESTER_IDS_MAX)
        .map(|id| match xml::text(id)?.trim() {
            name if name.len() <= NAME_BYTES_MAX => Ok(name.to_owned()),
            _ => Err(Refusal::Malformed),
        })
        .collect()
}

fn idp_list(scoping: Option<Node<'_, '_>>) -> Result<Vec<String>, Refusal> {
    let Some(scoping) = scoping else { return Ok(Vec::new()) };
    let Some(list) = xml::child(scoping, SAMLP, "IDPList")? else { return Ok(Vec::new()) };
    let entries = xml::children(list, SAMLP, "IDPEntry");
    Ok(entries.filter_map(|entry| entry.unprefixed("ProviderID")).map(str::to_owned).collect())
}

/// What is requested, and whether it is requested only by declarations, which nobody here can read.
fn requested(root: Node<'_, '_>) -> Result<(RequestedLevel, bool), Refusal> {
    let Some(context) = xml::child(root, SAMLP, "RequestedAuthnContext")? else {
        return Ok((RequestedLevel::default(), false));
    };
    let comparison = match context.unprefixed("Comparison") {
        None | Some("exact") => Comparison::Exact,
        Some("minimum") => Comparison::Minimum,
        Some("maximum") => Comparison::Maximum,
        Some("better") => Comparison::Better,
        Some(_) => return Err(Refusal::Malformed),
    };
    let mut asked = RequestedLevel { comparison, ..RequestedLevel::default() };
    let mut count = 0;
    for reference in xml::children(context, SAML, "AuthnContextClassRef") {
        count += 1;
        if count > CLASS_REFS_MAX {
            return Err(Refusal::Malformed);
        }
        let reference = xml::text(reference)?.trim();
        if reference.len() > NAME_BYTES_MAX {
            return Err(Refusal::Malformed);
        }
        asked.add(reference);
    }
    Ok((asked, count == 0))
}

const LEVEL_PREFIX: &str = "https://data.gov.dk/concept/core/nsis/loa/";
const PERSON: &str = "https://data.gov.dk/eid/Person";
const PROFESSIONAL: &str = "https://data.gov.dk/eid/Professional";
/// How NemLog-in lets its service providers choose a credential; it says nothing to us.
const CREDENTIAL_PREFIX: &str = "https://nemlogin.dk/internal/credential/type/";
/// How several factors were asked for before NSIS.
const MULTI_FACTOR: [&str; 4] = [
    "urn:dk:gov:saml:attribute:AssuranceLevel:3",
    "http://schemas.microsoft.com/claims/multipleauthn",
    "dk:unilogin:loa:ToFaktor",
    "https://refeds.org/profile/mfa",
];
/// Contexts that every login here satisfies: something was proved over a protected channel.
const ALWAYS_REACHED: [&str; 4] = [
    "urn:dk:gov:saml:attribute:AssuranceLevel:2",
    "dk:unilogin:loa:EnFaktor",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
];

/// The level that a reference asks for, if it asks for one.
pub fn level_of(reference: &str) -> Option<Level> {
    reference.strip_prefix(LEVEL_PREFIX)?.parse().ok()
}

/// Does a reference ask for several factors, in a vocabulary from before NSIS?
pub fn asks_several_factors(reference: &str) -> bool {
    MULTI_FACTOR.contains(&reference)
}

/// Does every login here satisfy it?
pub fn is_always_reached(reference: &str) -> bool {
    ALWAYS_REACHED.contains(&reference)
}

impl RequestedLevel {
    fn add(&mut self, reference: &str) {
        self.listed.push(reference.to_owned());
        if let Some(level) = level_of(reference) {
            self.level = Some(self.level.map_or(level, |lowest| lowest.min(level)));
        } else if reference == PROFESSIONAL {
            self.profile = Some(Profile::Professional);
        } else if reference == PERSON {
            self.profile = self.profile.or(Some(Profile::Person));
        } else if MULTI_FACTOR.contains(&reference) {
            self.multi_factor = true;
        } else {
            self.others.push(reference.to_owned());
        }
    }

    /// Could a login here ever satisfy it?
    ///
    /// A level that must be exact is read as a minimum, since more certainty never hurt; "at most" and
    /// "better than" are not for levels (OIO-SP-06). Only professionals log in here. A list of nothing but
    /// references nobody here knows cannot be satisfied; one among known ones may be ignored.
    fn is_reachable(&self) -> bool {
        self.is_reachable_knowing(|_| false)
    }

    /// The same by somebody who knows more references than are known here.
    pub fn is_reachable_knowing(&self, also: impl Fn(&str) -> bool) -> bool {
        let compares = matches!(self.comparison, Comparison::Exact | Comparison::Minimum);
        let known = |other: &String| {
            ALWAYS_REACHED.contains(&other.as_str()) || other.starts_with(CREDENTIAL_PREFIX) || also(other)
        };
        let understood = self.level.is_some()
            || self.profile.is_some()
            || self.multi_factor
            || self.others.is_empty()
            || self.others.iter().any(known);
        understood && self.profile != Some(Profile::Person) && (self.level.is_none() || compares)
    }
}
