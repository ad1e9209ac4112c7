//! Authentication contexts: what a request asks for in the words of its vocabulary, and what the answer says.

use portner_domain::Level;
use portner_domain::assurance::Assessment;
use portner_saml::NameIdFormat;
use portner_saml::request::{
    AuthnRequest, Comparison, RequestedLevel, asks_several_factors, is_always_reached, level_of,
};
use portner_saml::status::Status;

use crate::policy::{ClassRef, ExactComparison, LegacyDemand, Policy, RequestedNameFormat};

const PASSWORD_PROTECTED_TRANSPORT: &str =
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

/// Does the request ask for several factors, in a vocabulary that is known or that the policy explains?
pub fn asks_for_several_factors(required: &RequestedLevel, policy: &Policy) -> bool {
    let explained =
        |asked: &String| policy.legacy_class_refs.get(asked) == Some(&LegacyDemand::SeveralFactors);
    required.multi_factor || required.listed.iter().any(explained)
}

/// Why a request in order can still only be answered with an error, under this policy.
pub fn objection(asked: &AuthnRequest, policy: &Policy) -> Option<Status> {
    let explained = |asked: &str| policy.legacy_class_refs.contains_key(asked);
    let understood = asked.required.listed.iter().any(|one| explained(one))
        && asked.required.is_reachable_knowing(explained);
    match &asked.objection {
        // It is the last objection that a request can meet with: with it, all the others are gone.
        Some(status) if *status == Status::NO_AUTHN_CONTEXT && understood => name_id_objection(asked, policy),
        Some(status) => Some(status.clone()),
        None => name_id_objection(asked, policy),
    }
}

/// A request may wish for a kind of name, and gets it or an error (SAML core 3.4.1.1).
fn name_id_objection(asked: &AuthnRequest, policy: &Policy) -> Option<Status> {
    if policy.requested_name_format == RequestedNameFormat::Ignore {
        return None;
    }
    let wished = asked.name_id_policy.as_ref()?.format.as_ref()?;
    let given = policy.name_id.format(policy.name_id_format);
    let agrees = *wished == NameIdFormat::Unspecified || *wished == given;
    (!agrees).then_some(Status::INVALID_NAME_ID_POLICY)
}

/// Where a policy reads "exactly" as it is written: is the level reached one of those asked for?
pub fn is_exact(required: &RequestedLevel, policy: &Policy, loa: Option<Level>) -> bool {
    let mut asked = required.listed.iter().filter_map(|one| level_of(one)).peekable();
    let as_written = policy.exact_comparison == ExactComparison::AsWritten
        && required.comparison == Comparison::Exact
        && asked.peek().is_some();
    !as_written || asked.any(|asked| Some(asked) == loa)
}

/// The `AuthnContextClassRef` of an assertion: never more than the login reached.
pub fn class_ref(policy: &Policy, required: &RequestedLevel, assessment: &Assessment) -> String {
    let echoed = || required.listed.iter().find(|asked| satisfies(policy, asked, assessment)).cloned();
    match policy.class_ref {
        ClassRef::PasswordProtectedTransport => PASSWORD_PROTECTED_TRANSPORT.to_owned(),
        ClassRef::Nsis if assessment.loa.is_some() => "https://data.gov.dk/concept/core/nsis".to_owned(),
        ClassRef::Nsis => PASSWORD_PROTECTED_TRANSPORT.to_owned(),
        ClassRef::NsisLoa => nsis_loa(assessment.loa).to_owned(),
        ClassRef::Echo => echoed().unwrap_or_else(|| nsis_loa(assessment.loa).to_owned()),
    }
}

fn satisfies(policy: &Policy, asked: &str, assessment: &Assessment) -> bool {
    if let Some(level) = level_of(asked) {
        return assessment.loa >= Some(level);
    }
    match policy.legacy_class_refs.get(asked) {
        _ if asks_several_factors(asked) => assessment.has_several_factors(),
        Some(LegacyDemand::SeveralFactors) => assessment.has_several_factors(),
        Some(LegacyDemand::AnyLogin) => true,
        None => is_always_reached(asked),
    }
}

const fn nsis_loa(loa: Option<Level>) -> &'static str {
    match loa {
        Some(Level::Low) => "https://data.gov.dk/concept/core/nsis/loa/Low",
        Some(Level::Substantial) => "https://data.gov.dk/concept/core/nsis/loa/Substantial",
        Some(Level::High) => "https://data.gov.dk/concept/core/nsis/loa/High",
        None => PASSWORD_PROTECTED_TRANSPORT,
    }
}
