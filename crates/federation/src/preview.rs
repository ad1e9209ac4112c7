//! What somebody would be told about at a service provider, and why not: a login worked through without one.
//!
//! Nothing is assigned, issued or written down. The same functions answer that answer a request.

use portner_audit_log::Database;
use portner_domain::Moment;
use portner_domain::assurance::{Assessment, assess};
use portner_domain::authenticator::{Authenticator, Kind, Proof};
use portner_domain::flow::{Afresh, Demand, Rules, is_stopped_by_terms, reaches};
use portner_domain::identity::Standing;
use portner_domain::{IdentityId, Level, ServiceProviderId};
use portner_saml::RequestedLevel;
use portner_saml::encryption::EncryptionTarget;
use portner_saml::response::NameId;
use serde::Serialize;

use crate::context::class_ref;
use crate::name_id::{Circle, pairwise};
use crate::policy::{AccessFrom, Excluded, IfMissing, NameIdRecipe, Signing, written};
use crate::registry::{Registered, SpState};
use crate::release::{Absent, Facts, due_values};
use crate::{Error, policy};

/// Kinds of authenticators that are tried in every combination: `2^n - 1` of them.
const KINDS_MAX: usize = 6;

/// A login worked through.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// The service provider.
    pub entity_id: String,
    /// Its identifier here.
    pub service_provider: ServiceProviderId,
    /// The identity.
    pub identity: IdentityId,
    /// What keeps an assertion from being issued to a request that asks for nothing; empty if nothing does.
    pub obstacles: Vec<Obstacle>,
    /// The level that the policy demands whatever is asked for.
    pub required_level: Option<Level>,
    /// What each combination of the user's authenticators is worth here, the weakest first.
    pub combinations: Vec<Combination>,
    /// What the user is called there.
    pub name_id: NameIdPreview,
    /// The attributes of the policy after a login with everything the user has.
    pub attributes: Vec<AttributePreview>,
    /// The `AuthnContextClassRef` where the request names none.
    pub class_ref: String,
    /// How the assertion is encrypted; none if it can't be.
    pub encryption: Option<EncryptionPreview>,
    /// What is signed.
    pub signing: Signing,
    /// From where people may log in: nothing here says where they are.
    pub access_from: AccessFrom,
    /// Where answers may go, the default first.
    pub answers: Vec<String>,
}

/// Something that keeps an assertion from being issued.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "obstacle", rename_all = "kebab-case")]
pub enum Obstacle {
    /// The service provider gets no answers.
    ServiceProviderDisabled,
    /// Its metadata may be used no more.
    MetadataExpired,
    /// The identity may not be used.
    IdentityLocked,
    /// The user has to agree to the terms of use first, and is asked to at the login.
    TermsNotAccepted,
    /// The policy's condition on groups does not hold.
    Group {
        /// How.
        why: Excluded,
    },
    /// The user has nothing to log in with.
    NothingToLogInWith,
    /// No combination reaches what the policy demands.
    LevelOutOfReach {
        /// What it demands.
        level: Level,
    },
    /// The recipe makes no name for this user.
    NoName,
    /// An attribute that must have a value has none.
    AttributeMissing {
        /// Which.
        name: String,
    },
    /// The service provider's metadata leaves no way to encrypt.
    NoEncryption,
}

/// A combination of authenticators, all used now.
#[derive(Clone, Debug, Serialize)]
pub struct Combination {
    /// What is used.
    pub kinds: Vec<Kind>,
    /// What it is worth, and why.
    pub assessment: Assessment,
    /// Is it a login at all, where no level is asked for?
    pub is_login: bool,
    /// Is it enough for the policy?
    pub is_enough: bool,
}

/// What the user is called there.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "name_id", rename_all = "kebab-case")]
pub enum NameIdPreview {
    /// This.
    Known {
        /// The name.
        name: NameId,
    },
    /// A random one, at the first login.
    WillBeAssigned {
        /// The URI of its format.
        format: String,
    },
    /// Another one at every login.
    NewEachTime {
        /// The URI of its format.
        format: String,
    },
    /// Nothing: what the recipe needs is not on record.
    Impossible,
    /// It is not shown to whoever asks.
    Withheld,
}

/// One attribute of the policy.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AttributePreview {
    /// Its name on the wire.
    pub name: String,
    /// Its name for people.
    pub friendly_name: Option<String>,
    /// What is told; nothing if it is not sent.
    pub values: Vec<String>,
    /// Why it is not sent.
    pub absent: Option<Absent>,
}

/// How the assertion is encrypted.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct EncryptionPreview {
    /// The cipher.
    pub cipher: &'static str,
    /// The transport of its key.
    pub transport: &'static str,
    /// The fingerprint of the certificate whose key it is.
    pub fingerprint: String,
    /// Is the cipher one without integrity of its own, because the metadata admits no other?
    pub is_legacy: bool,
}

/// Work a login through. The standing has to be one that was read with groups and rights.
pub async fn preview(
    db: &Database,
    sp: &Registered,
    standing: &Standing,
    general: &Rules,
    now: Moment,
) -> Result<Preview, Error> {
    let rules = sp.policy.rules(general);
    // What stands in the way besides the terms is to be seen before they are agreed to.
    let agreed = Standing { terms_due: None, ..standing.clone() };
    let combinations = combinations(&agreed, sp.policy.required_level, &rules, now);
    // Nobody logs in with nothing; without authenticators the rest is shown for the login that there can't be.
    let best = assess(standing, &all_proofs(standing, now), rules.notified, &rules.limits, now);
    let name_id = name_id(db, sp, standing).await?;
    let attributes = attributes(sp, standing, &best, &name_id);
    let encryption = encryption(sp, now);
    let mut found = Preview {
        entity_id: sp.metadata.entity_id.clone(),
        service_provider: sp.id,
        identity: standing.identity.id,
        obstacles: Vec::new(),
        required_level: sp.policy.required_level,
        combinations,
        name_id,
        attributes,
        class_ref: class_ref(&sp.policy, &RequestedLevel::default(), &best),
        encryption,
        signing: sp.policy.signing,
        access_from: sp.policy.access_from,
        answers: answers(sp),
    };
    found.obstacles = obstacles(sp, standing, &found, now);
    let stopped = is_stopped_by_terms(standing, &all_proofs(standing, now), &rules, now);
    found.obstacles.extend(stopped.then_some(Obstacle::TermsNotAccepted));
    Ok(found)
}

fn obstacles(sp: &Registered, standing: &Standing, found: &Preview, now: Moment) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    let mut when = |stands: bool, obstacle: Obstacle| obstacles.extend(stands.then_some(obstacle));
    when(sp.state == SpState::Disabled, Obstacle::ServiceProviderDisabled);
    when(sp.metadata.valid_until.is_some_and(|until| until <= now), Obstacle::MetadataExpired);
    when(!standing.identity.is_usable(now), Obstacle::IdentityLocked);
    if let Err(why) = sp.policy.groups.admits(standing.holdings.as_ref()) {
        when(true, Obstacle::Group { why });
    }
    let can_log_in = found.combinations.iter().any(|one| one.is_login);
    when(!can_log_in, Obstacle::NothingToLogInWith);
    let enough = found.combinations.iter().any(|one| one.is_enough);
    if let Some(level) = found.required_level.filter(|_| can_log_in && !enough) {
        when(true, Obstacle::LevelOutOfReach { level });
    }
    when(found.name_id == NameIdPreview::Impossible, Obstacle::NoName);
    for (release, preview) in sp.policy.attributes.iter().zip(&found.attributes) {
        // A name that will be assigned is there when the assertion is made.
        let missing = !matches!(preview.absent, None | Some(Absent::NotRequested | Absent::NotAssigned));
        when(
            missing && release.if_missing == IfMissing::Deny,
            Obstacle::AttributeMissing { name: release.name.clone() },
        );
    }
    when(found.encryption.is_none(), Obstacle::NoEncryption);
    obstacles
}

fn combinations(
    standing: &Standing,
    required: Option<Level>,
    rules: &Rules,
    now: Moment,
) -> Vec<Combination> {
    let strongest = strongest(standing);
    let mut all: Vec<Combination> = (1..1_u32 << strongest.len())
        .map(|chosen| {
            let used = strongest.iter().zip(0..).filter(|(_, bit)| chosen & (1 << bit) != 0);
            let proofs: Vec<Proof> = used.map(|(has, _)| proof(has, now)).collect();
            let assessment = assess(standing, &proofs, rules.notified, &rules.limits, now);
            // The login itself is asked what it needs, so that no second opinion can differ from it.
            let reaches =
                |level| reaches(Demand { level, afresh: Afresh::No }, standing, &proofs, rules, now);
            let (is_login, is_enough) = (reaches(None), reaches(required));
            let kinds = proofs.iter().map(|proof| proof.kind).collect();
            Combination { kinds, assessment, is_login, is_enough }
        })
        .collect();
    all.sort_by_key(|one| (one.assessment.loa, one.kinds.len()));
    all
}

/// Of each kind the authenticator that is registered highest.
fn strongest(standing: &Standing) -> Vec<&Authenticator> {
    let mut strongest: Vec<&Authenticator> = Vec::new();
    for has in &standing.authenticators {
        match strongest.iter_mut().find(|known| known.kind == has.kind) {
            Some(known) if known.registered < has.registered => *known = has,
            Some(_) => {}
            None => strongest.push(has),
        }
    }
    strongest.truncate(KINDS_MAX);
    strongest
}

fn all_proofs(standing: &Standing, now: Moment) -> Vec<Proof> {
    strongest(standing).into_iter().map(|has| proof(has, now)).collect()
}

const fn proof(has: &Authenticator, at: Moment) -> Proof {
    Proof { authenticator: has.id, kind: has.kind, at }
}

async fn name_id(db: &Database, sp: &Registered, standing: &Standing) -> Result<NameIdPreview, Error> {
    let recipe = &sp.policy.name_id;
    let format = || recipe.format(sp.policy.name_id_format).uri().to_owned();
    if let Some(circle) = Circle::of(sp) {
        let known = circle.known(db, standing.identity.id).await?;
        return Ok(known.map_or_else(
            || NameIdPreview::WillBeAssigned { format: format() },
            |kept| NameIdPreview::Known { name: pairwise(&sp.policy, &kept) },
        ));
    }
    if *recipe == NameIdRecipe::Transient {
        return Ok(NameIdPreview::NewEachTime { format: format() });
    }
    let name = written(recipe, &standing.identity).map(|value| sp.policy.named(value));
    Ok(name.map_or(NameIdPreview::Impossible, |name| NameIdPreview::Known { name }))
}

fn attributes(
    sp: &Registered,
    standing: &Standing,
    assessment: &Assessment,
    name_id: &NameIdPreview,
) -> Vec<AttributePreview> {
    let name_id = match name_id {
        NameIdPreview::Known { name } => Some(name),
        _ => None,
    };
    let (identity, holdings) = (&standing.identity, standing.holdings.as_ref());
    let facts = Facts { identity, holdings, assessment, name_id };
    let told = |release: &policy::Release| {
        let (values, absent) = match due_values(release, sp, &facts) {
            Ok(values) => (values, None),
            Err(absent) => (Vec::new(), Some(absent)),
        };
        let (name, friendly_name) = (release.name.clone(), release.friendly_name.clone());
        AttributePreview { name, friendly_name, values, absent }
    };
    sp.policy.attributes.iter().map(told).collect()
}

fn encryption(sp: &Registered, now: Moment) -> Option<EncryptionPreview> {
    let target = EncryptionTarget::choose(&sp.metadata, sp.policy.encryption.preference(), now).ok()?;
    let (cipher, transport) = target.algorithms();
    let fingerprint = target.certificate().fingerprint().to_string();
    Some(EncryptionPreview { cipher, transport, fingerprint, is_legacy: target.is_legacy() })
}

fn answers(sp: &Registered) -> Vec<String> {
    let default = sp.metadata.default_assertion_consumer();
    let others = sp.metadata.assertion_consumers.iter().filter(|one| Some(*one) != default);
    default.into_iter().chain(others).map(|one| one.location.clone()).collect()
}
