//! What `portner sp test` and `portner sp policy` say: a login worked through, and a policy before and after.

use portner_domain::Level;
use portner_domain::authenticator::Kind;
use portner_domain::right::Uri;
use portner_federation::Absent;
use portner_federation::policy::{AccessFrom, Excluded, Signing};
use portner_federation::preview::{AttributePreview, Combination, NameIdPreview, Obstacle, Preview};
use portner_saml::PrivilegeList;
use portner_saml::privilege::PrivilegeGroup;
use portner_web::Language;

use crate::say::printable;

/// A login worked through, a line each.
pub fn told(found: &Preview) -> Vec<String> {
    let mut lines = Vec::new();
    match found.obstacles.as_slice() {
        [] => lines
            .push("result     an assertion, if nothing more is asked for than the policy does".to_owned()),
        all => lines.extend(all.iter().map(|one| format!("result     no assertion: {}", obstacle(one)))),
    }
    if found.access_from == AccessFrom::KnownNetworks {
        lines.push("from       known networks only, which are at /office/networks".to_owned());
    }
    lines.push(format!("demands    {}", level(found.required_level)));
    for combination in &found.combinations {
        lines.extend(reached(combination, found.required_level));
    }
    lines.push(format!("NameID     {}", name_id(&found.name_id)));
    lines.extend(found.attributes.iter().flat_map(attribute));
    lines.push(format!("class ref  {}", printable(&found.class_ref)));
    if let Some(encryption) = &found.encryption {
        let legacy = if encryption.is_legacy {
            " (without integrity of its own; the metadata admits no other)"
        } else {
            ""
        };
        lines.push(format!("encrypts   {}{legacy}", encryption.cipher));
        lines.push(format!("           {} to {}", encryption.transport, encryption.fingerprint));
    }
    let signed = match found.signing {
        Signing::Assertion => "the assertion",
        Signing::AssertionAndResponse => "the assertion and the response",
    };
    lines.push(format!("signs      {signed}"));
    lines.extend(found.answers.iter().map(|location| format!("answers    {}", printable(location))));
    lines
}

fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::ServiceProviderDisabled => "the service provider is disabled".to_owned(),
        Obstacle::MetadataExpired => "the service provider's metadata has expired".to_owned(),
        Obstacle::IdentityLocked => "the user is locked".to_owned(),
        Obstacle::Group { why: Excluded::InNoAdmittedGroup } => {
            "the user is in none of the groups that may log in here".to_owned()
        }
        Obstacle::Group { why: Excluded::InExcludedGroup } => {
            "the user is in a group that may not log in here".to_owned()
        }
        Obstacle::NothingToLogInWith => "the user has no password to begin a login with".to_owned(),
        Obstacle::LevelOutOfReach { level } => format!("the user can't reach the level {}", level.word()),
        Obstacle::TermsNotAccepted => "the user is asked to accept the terms of use first".to_owned(),
        Obstacle::NoName => "what the NameID is made of is not on record".to_owned(),
        Obstacle::AttributeMissing { name } => {
            format!("the attribute {} has to have a value and has none", printable(name))
        }
        Obstacle::NoEncryption => "the metadata names no algorithm that is offered here".to_owned(),
    }
}

/// What a combination is worth; where that is too little, everything that alone keeps it below.
fn reached(combination: &Combination, required: Option<Level>) -> Vec<String> {
    let used: Vec<_> = combination.kinds.iter().map(|kind| Kind::word(*kind)).collect();
    let enough = match (combination.is_enough, combination.is_login) {
        (true, _) => "enough",
        (false, true) => "too little",
        (false, false) => "not a login",
    };
    let mut lines =
        vec![format!("with       {}: {}, {enough}", used.join(" and "), level(combination.assessment.loa))];
    let wanted = required.filter(|_| !combination.is_enough);
    let because = &combination.assessment.because;
    let shown = because.iter().filter(|reason| wanted.is_none_or(|level| reason.keeps_below(level)));
    lines.extend(shown.map(|reason| format!("  because  {}", Language::English.explain(reason))));
    lines
}

fn level(level: Option<Level>) -> &'static str {
    level.map_or("no level", Level::word)
}

fn name_id(name: &NameIdPreview) -> String {
    match name {
        NameIdPreview::Known { name } => format!("{} ({})", printable(&name.value), name.format.uri()),
        NameIdPreview::WillBeAssigned { format } => format!("will be assigned at the first login ({format})"),
        NameIdPreview::NewEachTime { format } => format!("another one at every login ({format})"),
        NameIdPreview::Impossible => "none can be made".to_owned(),
        NameIdPreview::Withheld => "not shown".to_owned(),
    }
}

/// A line for each value, and for each privilege in one.
fn attribute(it: &AttributePreview) -> Vec<String> {
    let name = printable(it.friendly_name.as_ref().unwrap_or(&it.name));
    if let Some(why) = it.absent {
        return vec![format!("attribute  {name} - {}", absent(why))];
    }
    let read = |value: &String| {
        PrivilegeList::read(value).map_or_else(|_| vec![value.clone()], |list| privileges(&list))
    };
    let values = it.values.iter().flat_map(read);
    values.map(|value| format!("attribute  {name} = {}", printable(&value))).collect()
}

fn privileges(list: &PrivilegeList) -> Vec<String> {
    let in_group = |group: &PrivilegeGroup| {
        let constraints: String = group.constraints.iter().map(|it| format!(" {it}")).collect();
        let line = |privilege: &Uri| format!("{} in {}{constraints}", privilege.as_str(), group.scope);
        group.privileges.iter().map(line).collect::<Vec<_>>()
    };
    list.groups().iter().flat_map(in_group).collect()
}

const fn absent(why: Absent) -> &'static str {
    match why {
        Absent::NotRequested => "not sent: the metadata does not ask for it",
        Absent::NoValue => "not sent: nothing is on record",
        Absent::NotThisLogin => "not sent: this login has no such level",
        Absent::NoMatch => "not sent: nothing on record matches the policy",
        Absent::TooLong => "not sent: a value is too long, and is not cut",
        Absent::Unwritable => "not sent: a value holds a character that XML can't carry",
        Absent::SaysLevel => "not sent: what the policy makes of it reads as a level",
        Absent::NotAssigned => "sent when the name is assigned",
    }
}
