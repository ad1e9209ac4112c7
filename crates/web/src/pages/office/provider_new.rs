//! A service provider that is added, and what somebody proposed of one.

use super::{OfficeFrame, Typed};
use crate::pages::office::sheet::LongField;
use crate::pages::{Choice, Content, Field, FieldKind, Problem, page};
use crate::text::Language;

/// Metadata as people read it.
#[derive(Clone, Debug, Default)]
pub struct SeenMetadata {
    /// What it says: what of, and each of them.
    pub facts: Vec<(String, Vec<String>)>,
    /// What somebody should know before they say yes.
    pub doubts: Vec<String>,
    /// What would differ from what is registered, with why that is of concern.
    pub differs: Option<Vec<(String, Option<String>)>>,
}

impl SeenMetadata {
    /// Is there anything to propose?
    fn is_news(&self) -> bool {
        self.differs.as_ref().is_none_or(|differs| !differs.is_empty())
    }
}

/// A service provider is added.
#[derive(Clone, Debug)]
pub struct NewProviderPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// What was typed.
    pub typed: &'a Typed,
    /// The profiles: name, and what each is for.
    pub profiles: Vec<(String, String)>,
    /// What the metadata says.
    pub seen: Option<SeenMetadata>,
    /// What has to be put right, at this entry if one is to blame.
    pub wrong: Option<(Option<&'static str>, String)>,
}

page!(NewProviderPage<'a>, "office_provider_new.html");

/// What has to be put right, as a problem.
pub(super) fn problem_of(wrong: Option<&(Option<&'static str>, String)>) -> Option<Problem> {
    wrong.map(|(at, text)| match at {
        Some(field) => Problem::of(field, text.clone()),
        None => Problem::general(text.clone()),
    })
}

impl Content for NewProviderPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-provider-new-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        problem_of(self.wrong.as_ref()).into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl NewProviderPage<'_> {
    fn url(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("url", FieldKind::PaperCode, say.text("office-provider-url"), say)
            .with_hint(say.text("office-provider-url-hint"))
            .with_value(self.typed.get("url"))
            .optional()
            .blamed_by(problems)
    }

    fn metadata(&self, say: Language, problems: &[Problem]) -> LongField {
        LongField::new(
            "metadata",
            say.text("office-provider-metadata-label"),
            self.typed.get("metadata"),
            say,
        )
        .with_hint(say.text("office-provider-metadata-hint"))
        .blamed_by(problems)
    }

    fn profile(&self, say: Language, problems: &[Problem]) -> Choice {
        Choice::new("profile", say.text("office-policy-profile"), self.profiles.clone(), say)
            .with_value(self.typed.get("profile"))
            .blamed_by(problems)
    }

    fn why(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("why", FieldKind::Other, say.text("office-reason"), say)
            .with_hint(say.text("office-reason-hint"))
            .with_value(self.typed.get("why"))
            .blamed_by(problems)
    }
}

/// What somebody proposed, for whoever is to agree.
#[derive(Clone, Debug)]
pub struct DraftPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// The metadata of somebody new.
    pub seen: Option<SeenMetadata>,
    /// The policy of somebody new, or what differs in another's.
    pub policy: &'a str,
    /// What else has to be known.
    pub notes: Vec<String>,
    /// Where to agree.
    pub back_href: &'a str,
}

page!(DraftPage<'a>, "office_draft.html");

impl Content for DraftPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text(if self.seen.is_some() { "office-draft-new-heading" } else { "office-draft-policy-heading" })
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}
