//! What a service provider is told about a person: its policy, applied. Nothing here asks or remembers anything.

use portner_domain::Level;
use portner_domain::assurance::Assessment;
use portner_domain::identity::Identity;
use portner_domain::right::{Holdings, Right, Scope};
use portner_saml::response::{Attribute, NameId};
use portner_saml::{PrivilegeList, is_writable};
use serde::Serialize;

use crate::policy::{
    IfMissing, Join, Policy, PrivilegeScope, Release, Source, Step, VALUE_CHARS_MAX, When, is_computed,
    is_level,
};
use crate::registry::Registered;

/// Longest text between two steps, in characters: replacing can make much of little.
const STEP_CHARS_MAX: usize = 4 * VALUE_CHARS_MAX;

/// An attribute that must have a value has none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Missing {
    /// Which.
    pub name: String,
    /// Why not.
    pub why: Absent,
}

/// Why an attribute is not sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Absent {
    /// The service provider's metadata does not ask for it.
    NotRequested,
    /// There is no value on record.
    NoValue,
    /// It says something of the level that is not so of this login.
    NotThisLogin,
    /// No value matches what the policy wants.
    NoMatch,
    /// A value is too long; it is not cut.
    TooLong,
    /// A value holds something that XML can't carry.
    Unwritable,
    /// What the policy made of the values would be a level.
    SaysLevel,
    /// The name is not assigned yet.
    NotAssigned,
}

/// What is known about a login when its assertion is put together.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Who logged in.
    pub identity: &'a Identity,
    /// Their groups and rights, if the policy needs them.
    pub holdings: Option<&'a Holdings>,
    /// What the login is worth.
    pub assessment: &'a Assessment,
    /// What they are called there.
    pub name_id: Option<&'a NameId>,
}

/// The attributes of one assertion, in the order of the policy.
pub fn released(sp: &Registered, facts: &Facts<'_>) -> Result<Vec<Attribute>, Missing> {
    let mut attributes = Vec::new();
    for release in &sp.policy.attributes {
        match (due_values(release, sp, facts), release.if_missing) {
            (Ok(values), _) => attributes.push(Attribute {
                name: release.name.clone(),
                name_format: release.name_format,
                friendly_name: release.friendly_name.clone(),
                values,
            }),
            (Err(Absent::NotRequested), _) | (Err(_), IfMissing::Omit) => {}
            (Err(why), IfMissing::Deny) => return Err(Missing { name: release.name.clone(), why }),
        }
    }
    Ok(attributes)
}

/// The values of one attribute, each once and never an empty one; or why it is not sent.
pub fn due_values(release: &Release, sp: &Registered, facts: &Facts<'_>) -> Result<Vec<String>, Absent> {
    let requested = || sp.metadata.requested_attributes.iter().any(|asked| asked.name == release.name);
    if release.release == When::WhenRequested && !requested() {
        return Err(Absent::NotRequested);
    }
    if release.source == Source::Privileges {
        return privileges(&sp.policy, facts).map(|value| vec![value]);
    }
    let made = is_made(release);
    let mut values: Vec<String> = Vec::new();
    let sources = raw_values(&release.source, &sp.policy, facts)?;
    let nothing = match sources.is_empty() {
        true if is_computed(&release.source) => Absent::NotThisLogin,
        true => Absent::NoValue,
        false => Absent::NoMatch,
    };
    for source in sources {
        let value = match stepped(source, &release.then) {
            Ok(value) => value,
            Err(Absent::NoMatch) => continue,
            Err(why) => return Err(why),
        };
        // One that can't be sent keeps the others back too: a list that lacks one says something else.
        check(&value)?;
        if made && is_level(&value) {
            return Err(Absent::SaysLevel);
        }
        if !value.is_empty() && !values.contains(&value) {
            values.push(value);
        }
    }
    if values.is_empty() { Err(nothing) } else { Ok(values) }
}

/// A value after the steps; a limit holds after each of them.
pub fn stepped(value: String, steps: &[Step]) -> Result<String, Absent> {
    steps.iter().try_fold(value, |value, step| {
        let value = match step {
            Step::Lower => value.to_lowercase(),
            Step::Upper => value.to_uppercase(),
            Step::Trim => value.trim().to_owned(),
            Step::Replace(it) => it.pattern.regex().replace_all(&value, it.with.as_str()).into_owned(),
            Step::Match(pattern) => {
                let found = pattern.regex().captures(&value).ok_or(Absent::NoMatch)?;
                // What the whole pattern matched is counted as parentheses, too.
                let part = if found.len() > 1 { Some(found.get(1).ok_or(Absent::NoMatch)?) } else { None };
                part.map_or_else(|| value.clone(), |part| part.as_str().to_owned())
            }
        };
        if value.chars().count() <= STEP_CHARS_MAX { Ok(value) } else { Err(Absent::TooLong) }
    })
}

fn check(value: &str) -> Result<(), Absent> {
    if value.chars().count() > VALUE_CHARS_MAX {
        return Err(Absent::TooLong);
    }
    if is_writable(value) { Ok(()) } else { Err(Absent::Unwritable) }
}

/// Is the value put together or cut out, so that nobody can say from the policy alone what it will be?
fn is_made(release: &Release) -> bool {
    let put_together = |source: &Source| matches!(source, Source::Constant(_) | Source::Join(_));
    let cut_out = |step: &Step| matches!(step, Step::Replace(_) | Step::Match(_));
    release.source.all().into_iter().any(put_together) || release.then.iter().any(cut_out)
}

fn raw_values(source: &Source, policy: &Policy, facts: &Facts<'_>) -> Result<Vec<String>, Absent> {
    if *source == Source::Groups {
        let groups = facts.holdings.map(|holdings| holdings.groups.as_slice()).unwrap_or_default();
        return Ok(groups.iter().map(|group| group.as_str().to_owned()).collect());
    }
    if *source == Source::NameId && facts.name_id.is_none() {
        return Err(Absent::NotAssigned);
    }
    Ok(value(source, policy, facts).into_iter().collect())
}

fn value(source: &Source, policy: &Policy, facts: &Facts<'_>) -> Option<String> {
    let Facts { identity, assessment, .. } = *facts;
    match source {
        Source::Constant(text) => Some(text.clone()),
        Source::Join(Join { of, separator }) => {
            let parts: Option<Vec<_>> = of.iter().map(|part| value(part, policy, facts)).collect();
            parts.map(|parts| parts.join(separator))
        }
        Source::FirstOf(sources) => sources.iter().find_map(|source| value(source, policy, facts)),
        Source::Loa | Source::Ial | Source::Aal | Source::AssuranceLevel | Source::UniloginLevel => {
            level(source, assessment).map(str::to_owned)
        }
        Source::SpecVersion => Some(policy.spec_version.clone()),
        Source::Cvr => Some(identity.cvr.as_str().to_owned()),
        Source::OrganisationName => Some(identity.organisation.clone()),
        Source::FullName => Some(identity.full_name()),
        Source::FirstName => Some(identity.first_name.clone()),
        Source::LastName => Some(identity.last_name.clone()),
        Source::Email => identity.email.clone(),
        Source::PersistentUuid => Some(identity.id.to_string()),
        Source::UserName => Some(identity.user_name.to_string()),
        Source::SubjectNameId => Some(identity.subject_name_id()),
        Source::NameId => facts.name_id.map(|name| name.value.clone()),
        // Several values, or one of another kind: never part of a value.
        Source::Groups | Source::Privileges => None,
    }
    .filter(|value| !value.is_empty())
}

/// What a login is worth, in the word of a vocabulary.
fn level(source: &Source, assessment: &Assessment) -> Option<&'static str> {
    let part = |part: Option<Level>| part.map(Level::word);
    let several = assessment.has_several_factors();
    match source {
        Source::Loa => part(assessment.loa),
        // Without a level of the login nothing is said about its parts either: that is what NSIS is about.
        Source::Ial => part(assessment.loa.and(assessment.ial)),
        Source::Aal => part(assessment.loa.and(assessment.aal)),
        // It stands in for a level of NSIS, and never beside one: receivers refuse both together.
        Source::AssuranceLevel if assessment.loa.is_some() => None,
        Source::AssuranceLevel => Some(if several { "3" } else { "2" }),
        Source::UniloginLevel => Some(if several { "ToFaktor" } else { "EnFaktor" }),
        _ => None,
    }
}

fn privileges(policy: &Policy, facts: &Facts<'_>) -> Result<String, Absent> {
    let holdings = facts.holdings.ok_or(Absent::NoValue)?;
    let told = |right: &&Right| {
        let here = right.scope == Scope::Cvr(facts.identity.cvr.clone());
        let pattern = policy.privilege_pattern.as_ref();
        (here || policy.privilege_scope == PrivilegeScope::Any)
            && pattern.is_none_or(|pattern| pattern.regex().is_match(right.privilege.as_str()))
    };
    let list = PrivilegeList::of(holdings.rights.iter().filter(told));
    let value = list.value(policy.bpp_namespace).map_err(|_| Absent::TooLong)?;
    value.ok_or(if holdings.rights.is_empty() { Absent::NoValue } else { Absent::NoMatch })
}

#[cfg(test)]
mod tests;
