//! No mapping utters a level: what says one carries what was computed for the login, and nothing else does.

use portner_domain::Level;

use super::{Policy, Release, Source, Step};
use crate::release::stepped;

/// The words in which the vocabularies in use utter a level.
const WORDS: [&str; 5] =
    [Level::Low.word(), Level::Substantial.word(), Level::High.word(), "EnFaktor", "ToFaktor"];

pub(super) fn check(policy: &Policy) -> Result<(), String> {
    if let Some(false_one) = policy.attributes.iter().find(|release| !is_true(release, policy)) {
        return Err(format!(
            "the attribute {} says a level, which is computed for each login: nsis/loa has the source \"loa\", \
             nsis/ial \"ial\", nsis/aal \"aal\", AssuranceLevel \"assurance-level\" and dk:unilogin:loa \
             \"unilogin-level\", with no steps; no other attribute, constant or replacement may say one",
            false_one.name
        ));
    }
    if let Some(reference) = policy.legacy_class_refs.keys().find(|it| is_level(it) || names_level(it)) {
        return Err(format!(
            "legacy_class_refs can't say what {reference} asks for: it is a level, which is computed for each login"
        ));
    }
    match &policy.name_id_prefix {
        Some(prefix) if is_level(prefix) => Err(format!(
            "name_id_prefix can't be {prefix}: it reads as a level, which is computed for each login"
        )),
        _ => Ok(()),
    }
}

/// Is this text, as the value of something, a level?
pub fn is_level(text: &str) -> bool {
    let text = text.trim();
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) || text.to_ascii_lowercase().contains("/nsis/")
}

fn is_true(release: &Release, policy: &Policy) -> bool {
    if let Some(computed) = computed_for(&release.name) {
        return release.source == computed && release.then.is_empty();
    }
    let named = names_level(&release.name) || release.friendly_name.as_deref().is_some_and(names_level);
    let computed = release.source.all().into_iter().any(is_computed);
    !named && !computed && !utters(release, policy)
}

/// The one source for an attribute of this name, if it is the name of a level.
fn computed_for(name: &str) -> Option<Source> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        _ if name.ends_with("/nsis/loa") => Some(Source::Loa),
        _ if name.ends_with("/nsis/ial") => Some(Source::Ial),
        _ if name.ends_with("/nsis/aal") => Some(Source::Aal),
        "dk:gov:saml:attribute:assurancelevel" => Some(Source::AssuranceLevel),
        "dk:unilogin:loa" => Some(Source::UniloginLevel),
        _ => None,
    }
}

/// Is it a level, or what was said instead before there were any?
pub const fn is_computed(source: &Source) -> bool {
    use Source::{Aal, AssuranceLevel, Ial, Loa, UniloginLevel};
    matches!(source, Loa | Ial | Aal | AssuranceLevel | UniloginLevel)
}

/// Does a name claim that what it names is a level?
fn names_level(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let together: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let part = |part: &str| matches!(part, "loa" | "ial" | "aal" | "fal" | "nsis");
    together.contains("assurancelevel")
        || together.contains("levelofassurance")
        || together.contains("nsislevel")
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(part)
}

/// Can texts of the policy alone come out as a level? What they make of a person's data is looked at when it is
/// made, since nobody can say in advance what that is.
fn utters(release: &Release, policy: &Policy) -> bool {
    let texts = fixed(&release.source, policy);
    let put_in = release.then.iter().filter_map(|step| match step {
        Step::Replace(replace) => Some(replace.with.as_str()),
        _ => None,
    });
    let comes_out = |text: &String| stepped(text.clone(), &release.then).is_ok_and(|text| is_level(&text));
    texts.iter().any(|text| is_level(text) || comes_out(text)) || put_in.into_iter().any(is_level)
}

/// The values that a source has without any person.
fn fixed(source: &Source, policy: &Policy) -> Vec<String> {
    match source {
        Source::Constant(text) => vec![text.clone()],
        Source::SpecVersion => vec![policy.spec_version.clone()],
        Source::FirstOf(sources) => sources.iter().flat_map(|source| fixed(source, policy)).collect(),
        Source::Join(join) => {
            let parts: Vec<_> = join.of.iter().map(|source| fixed(source, policy)).collect();
            let whole: Option<Vec<_>> = parts.iter().map(|texts| texts.first().cloned()).collect();
            whole.map(|texts| texts.join(&join.separator)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}
