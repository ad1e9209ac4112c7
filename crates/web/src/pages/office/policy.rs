//! What a service provider may know, to be changed; and what somebody would be told there.

use portner_domain::Level;
use portner_federation::office::PolicySeen;
use portner_federation::policy::{EXPLICIT, Usual};

use super::provider_new::problem_of;
use super::sheet::LongField;
use super::{OfficeFrame, Said};
use crate::pages::{Choice, Content, Field, FieldKind, Problem, page};
use crate::text::Language;

/// The recipes of names that are words.
const NAMES: [&str; 6] =
    ["pairwise-professional-uuid", "subject-name-id", "transient", "kombit-subject", "email", "user-name"];

/// A policy to be changed.
#[derive(Clone, Debug)]
pub struct PolicyPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// What people call the service.
    pub name: &'a str,
    /// Where the forms go.
    pub action: &'a str,
    /// Their token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// The profiles: name, and what each is for.
    pub profiles: Vec<(String, String)>,
    /// The usual entries.
    pub usual: &'a Usual,
    /// The attributes of the policy in force: name of the tick, what it is called, and whether it stays.
    pub attributes: Vec<(String, String, bool)>,
    /// All of it as text.
    pub text: &'a str,
    /// What would differ, if somebody looked.
    pub seen: Option<&'a PolicySeen>,
    /// SHA-256 of the text that they looked at.
    pub seen_sha256: &'a str,
    /// The reason as it was typed.
    pub why: &'a str,
    /// What has to be put right, at this entry if one is to blame.
    pub wrong: Option<(Option<&'static str>, String)>,
}

page!(PolicyPage<'a>, "office_policy.html");

impl Content for PolicyPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("office-policy-heading", "service", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        problem_of(self.wrong.as_ref()).into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl PolicyPage<'_> {
    fn choices(&self, say: Language) -> [Choice; 4] {
        let word = |prefix: &str, word: &str| (word.to_owned(), say.text(&format!("{prefix}-{word}")));
        let levels =
            Level::ALL.into_iter().map(|level| (level.word().to_owned(), say.level(level))).collect();
        let mut names: Vec<_> = NAMES.into_iter().map(|name| word("office-name-id", name)).collect();
        if let Some(circle) = self.usual.name_id.strip_prefix("group:") {
            names.push((self.usual.name_id.clone(), say.about("office-name-id-group", "group", circle)));
        }
        let mut encryption =
            vec![word("office-encryption", "oiosaml3"), word("office-encryption", "compatible")];
        if self.usual.encryption == EXPLICIT {
            encryption.push(word("office-encryption", EXPLICIT));
        }
        let choice = |name, key: &str, options, chosen: &str| {
            Choice::new(name, say.text(key), options, say).with_value(chosen)
        };
        [
            choice("profile", "office-policy-profile", self.profiles.clone(), &self.usual.profile),
            choice("required-level", "office-policy-level", levels, &self.usual.required_level),
            choice("name-id", "office-policy-name-id", names, &self.usual.name_id),
            choice("encryption", "office-policy-encryption", encryption, &self.usual.encryption),
        ]
    }

    fn minutes(&self, say: Language) -> [Field; 2] {
        let field = |name, key: &str, value: &str| {
            Field::new(name, FieldKind::Serial, say.text(key), say).with_value(value).optional()
        };
        [
            field("password-minutes", "office-policy-password-minutes", &self.usual.password_minutes),
            field("second-factor-minutes", "office-policy-second-minutes", &self.usual.second_factor_minutes),
        ]
    }

    fn groups(&self, say: Language) -> [LongField; 2] {
        let field =
            |name, key: &str, value: &str| LongField::new(name, say.text(key), value, say).with_rows(3);
        [
            field("any-of", "office-policy-any-of", &self.usual.any_of)
                .with_hint(say.text("office-policy-groups-hint")),
            field("none-of", "office-policy-none-of", &self.usual.none_of),
        ]
    }

    fn policy(&self, say: Language, problems: &[Problem]) -> LongField {
        LongField::new("policy", say.text("office-policy-text"), self.text, say)
            .with_hint(say.text("office-policy-text-hint"))
            .with_rows(18)
            .blamed_by(problems)
    }

    fn why(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("why", FieldKind::Other, say.text("office-reason"), say)
            .with_hint(say.text("office-reason-hint"))
            .with_value(self.why)
            .blamed_by(problems)
    }

    /// The button that keeps it, where there is something to keep.
    fn keep(&self, say: Language) -> Option<String> {
        let seen = self.seen.filter(|seen| !seen.changes.is_empty())?;
        Some(say.text(if seen.needs_second { "office-policy-propose" } else { "office-policy-keep" }))
    }
}

/// What somebody would be told at a service.
#[derive(Clone, Debug)]
pub struct TrialPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// What people call the service.
    pub service: &'a str,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// The user name as it was typed.
    pub user: &'a str,
    /// What it would come to.
    pub shown: Option<TrialShown>,
    /// What stood in the way.
    pub problem: Option<Said>,
}

/// A login worked through.
#[derive(Clone, Debug)]
pub struct TrialShown {
    /// What is in the way, as sentences; nothing if nothing is.
    pub obstacles: Vec<String>,
    /// Is what is told of this person shown to nobody?
    pub is_protected: bool,
    /// The level that is asked for in any case.
    pub demands: String,
    /// What could be used, what it is worth here, and why.
    pub combinations: Vec<(String, String, Vec<String>)>,
    /// What they are called there.
    pub name_id: String,
    /// What is told: what of, and what or why not.
    pub attributes: Vec<(String, String)>,
}

page!(TrialPage<'a>, "office_trial.html");

impl Content for TrialPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("trial-heading", "service", self.service)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problem.map(|problem| problem.problem(say));
        own.into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl TrialPage<'_> {
    fn user(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("user", FieldKind::PaperCode, say.text("user-name"), say)
            .with_value(self.user)
            .blamed_by(problems)
    }
}
