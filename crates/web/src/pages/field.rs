//! One field of a form with everything a screen reader needs to know about it, and what can be wrong with it.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::text::Language;

/// Something that has to be put right, shown above the form and, if one field is to blame, at that field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Problem {
    /// The field to go to.
    pub(crate) field: Option<&'static str>,
    /// What is wrong and what to do.
    pub(crate) text: String,
    /// Is that one field to blame?
    pub(crate) blame: Blame,
}

/// Where a problem is shown besides above the form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Blame {
    /// At its field.
    Field,
    /// Nowhere: which field is wrong is not known, or not told.
    Nobody,
}

impl Problem {
    /// This field is wrong.
    pub(crate) const fn of(field: &'static str, text: String) -> Self {
        Self { field: Some(field), text, blame: Blame::Field }
    }

    /// Something is wrong; begin again at this field.
    pub(crate) const fn begin_at(field: &'static str, text: String) -> Self {
        Self { field: Some(field), text, blame: Blame::Nobody }
    }

    /// Nothing can be done about it in the form.
    pub(crate) const fn general(text: String) -> Self {
        Self { field: None, text, blame: Blame::Nobody }
    }
}

/// What is typed into a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FieldKind {
    /// A person's own name.
    FullName,
    /// A user name.
    UserName,
    /// A user name, or a passkey that the browser offers there.
    UserNameOrPasskey,
    /// The password they have.
    Password,
    /// A password they choose.
    NewPassword,
    /// A one-time code.
    Code,
    /// A name that somebody gives to something of theirs.
    Label,
    /// A code on paper, with letters in it.
    PaperCode,
    /// Whatever is about somebody else: no browser knows it.
    Other,
    /// The number on a device.
    Serial,
    /// A day, as it stands on a paper: to copy one, nobody wants a calendar.
    Day,
}

impl FieldKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Password | Self::NewPassword => "password",
            Self::FullName
            | Self::UserName
            | Self::UserNameOrPasskey
            | Self::Code
            | Self::Label
            | Self::PaperCode
            | Self::Serial
            | Self::Day
            | Self::Other => "text",
        }
    }

    /// What password managers and telephones fill in (HTML, 4.10.18.7; WCAG 1.3.5).
    fn autocomplete(self) -> &'static str {
        match self {
            Self::FullName => "name",
            Self::UserName => "username",
            Self::UserNameOrPasskey => "username webauthn",
            Self::Password => "current-password",
            Self::NewPassword => "new-password",
            Self::Code => "one-time-code",
            Self::Label | Self::PaperCode | Self::Serial | Self::Other | Self::Day => "off",
        }
    }

    /// Would a telephone "correct" it?
    fn is_prose(self) -> bool {
        matches!(self, Self::FullName | Self::Label | Self::Other)
    }
}

/// One field, ready to be written.
#[derive(Clone, Debug, Template)]
#[template(path = "field.html")]
pub(crate) struct Field {
    name: &'static str,
    kind: FieldKind,
    label: String,
    value: String,
    hint: Option<String>,
    problem: Option<String>,
    language: Language,
    focused: bool,
    fixed: bool,
    optional: bool,
}

// Its template escapes what it writes.
impl HtmlSafe for Field {}

impl Field {
    /// An empty field; `name` is also its `id`.
    pub(crate) fn new(name: &'static str, kind: FieldKind, label: String, language: Language) -> Self {
        let (value, hint, problem) = (String::new(), None, None);
        let (focused, fixed, optional) = (false, false, false);
        Self { name, kind, label, value, hint, problem, language, focused, fixed, optional }
    }

    /// Filled in already. Passwords and codes never are.
    #[must_use]
    pub(crate) fn with_value(self, value: &str) -> Self {
        Self { value: value.to_owned(), ..self }
    }

    /// To be read and not changed.
    #[must_use]
    pub(crate) fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }

    /// May stay empty.
    #[must_use]
    pub(crate) fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// With a line of help.
    #[must_use]
    pub(crate) fn with_hint(self, hint: String) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// With what is wrong with it, if any of `problems` is its fault.
    #[must_use]
    pub(crate) fn blamed_by(self, problems: &[Problem]) -> Self {
        let mine = |problem: &&Problem| problem.blame == Blame::Field && problem.field == Some(self.name);
        Self { problem: problems.iter().find(mine).map(|problem| problem.text.clone()), ..self }
    }

    /// Where typing begins, unless something is wrong: then it is read first.
    #[must_use]
    pub(crate) fn focused_unless(self, problems: &[Problem]) -> Self {
        Self { focused: problems.is_empty(), ..self }
    }

    /// The ids of what describes it.
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let problem = self.problem.as_ref().map(|_| format!("{}-problem", self.name));
        let ids: Vec<String> = hint.into_iter().chain(problem).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}
