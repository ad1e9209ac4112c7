//! The forms of the administration. Each is a table of its entries; what was typed comes back by their names, so that
//! nothing is lost whatever is wrong. A number that nobody is to read again is the exception.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use serde::Deserialize;

use super::OfficeFrame;
use crate::pages::{Choice, Content, Field, FieldKind, Problem, Tick, page};
use crate::sent::WithToken;
use crate::text::Language;

/// What was typed, by the names of the entries.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Typed(BTreeMap<String, String>);

impl Typed {
    /// What stands there before anybody typed.
    pub fn of<const N: usize>(entries: [(&str, &str); N]) -> Self {
        Self(entries.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// What was typed there; empty if nothing was.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Was it ticked?
    pub fn is(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// The same with something else there.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }
}

impl WithToken for Typed {
    fn token(&self) -> &str {
        self.get("csrf")
    }
}

/// One entry of a form.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name; the key of its label is `sheet-` and the name.
    pub name: &'static str,
    kind: EntryKind,
    /// Has it a line of help? Its key ends with `-hint`.
    pub has_hint: bool,
    is_optional: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum EntryKind {
    Line(FieldKind),
    /// It never comes back.
    Secret,
    Long,
    Tick,
    /// A tick that stands there only when it is asked for.
    Asked,
    Choice,
    /// Nobody sees it.
    Kept,
}

impl Entry {
    const fn new(name: &'static str, kind: EntryKind) -> Self {
        Self { name, kind, has_hint: false, is_optional: false }
    }

    const fn line(name: &'static str) -> Self {
        Self::new(name, EntryKind::Line(FieldKind::Other))
    }

    /// Letters and digits that mean something: no telephone is to "correct" them.
    const fn exact(name: &'static str) -> Self {
        Self::new(name, EntryKind::Line(FieldKind::PaperCode))
    }

    const fn hinted(self) -> Self {
        Self { has_hint: true, ..self }
    }

    const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// Does it have a label?
    pub const fn is_shown(&self) -> bool {
        !matches!(self.kind, EntryKind::Kept)
    }
}

const WHY: Entry = Entry::line("why").hinted();
const FROM: Entry = Entry::new("from", EntryKind::Line(FieldKind::Day)).optional();
const UNTIL: Entry = Entry::new("until", EntryKind::Line(FieldKind::Day)).hinted().optional();
const FIRST_NAME: Entry = Entry::line("first-name").hinted().optional();
const LAST_NAME: Entry = Entry::line("last-name");
const KNOWN_AS: Entry = Entry::line("known-as").hinted().optional();
const PROTECTED: Entry = Entry::new("protected", EntryKind::Tick);
const EMAIL: Entry = Entry::exact("email").optional();
const TITLE: Entry = Entry::line("title").optional();
const UNIT: Entry = Entry::line("unit").hinted().optional();
const PRODUCTION_UNIT: Entry = Entry::exact("production-unit").hinted().optional();
const CPR: Entry = Entry::new("cpr", EntryKind::Secret).hinted().optional();

const REASON: &[Entry] = &[WHY];
const VALIDITY: &[Entry] = &[FROM, UNTIL, WHY];
const CHANGE: &[Entry] = &[
    FIRST_NAME,
    LAST_NAME,
    KNOWN_AS,
    PROTECTED,
    EMAIL,
    TITLE,
    UNIT,
    PRODUCTION_UNIT,
    CPR,
    Entry::new("seen", EntryKind::Kept),
    WHY,
];
const REGISTER: &[Entry] = &[
    Entry::exact("user-name").hinted(),
    FIRST_NAME,
    LAST_NAME,
    KNOWN_AS,
    PROTECTED,
    EMAIL,
    TITLE,
    UNIT,
    PRODUCTION_UNIT,
    Entry::new("organisation", EntryKind::Choice),
    Entry::line("source").hinted().optional(),
    Entry::new("staff", EntryKind::Choice),
    Entry::new("level", EntryKind::Tick),
    FROM,
    UNTIL,
    CPR,
    Entry::new("same", EntryKind::Asked),
    Entry::new("confirmed", EntryKind::Kept),
    WHY,
];
const JOIN: &[Entry] = &[Entry::line("group").hinted(), WHY];
const LEAVE: &[Entry] = &[Entry::new("member-of", EntryKind::Choice), WHY];
const GRANT: &[Entry] = &[
    Entry::exact("privilege").hinted(),
    Entry::new("scope", EntryKind::Choice),
    Entry::exact("number").hinted(),
    Entry::new("constraints", EntryKind::Long).hinted().optional(),
    WHY,
];
const WITHDRAW: &[Entry] = &[Entry::new("right", EntryKind::Choice), WHY];
const TERMS: &[Entry] = &[
    Entry::exact("version").hinted(),
    Entry::new("danish", EntryKind::Long).hinted(),
    Entry::new("english", EntryKind::Long),
    Entry::new("mandatory", EntryKind::Tick),
    Entry::new("again", EntryKind::Tick),
    Entry::new("hold-for", EntryKind::Choice),
    Entry::new("previewed", EntryKind::Kept),
    WHY,
];
const LETTER: &[Entry] = &[
    Entry::line("danish-subject"),
    Entry::new("danish", EntryKind::Long).hinted(),
    Entry::line("english-subject"),
    Entry::new("english", EntryKind::Long),
    Entry::new("seen", EntryKind::Kept),
    Entry::new("previewed", EntryKind::Kept),
    WHY,
];
const ADD_NETWORK: &[Entry] = &[Entry::exact("range").hinted(), Entry::line("network-name").hinted(), WHY];
const REMOVE_NETWORK: &[Entry] = &[Entry::new("network", EntryKind::Choice), WHY];

macro_rules! sheets {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $entries:ident;)*) => {
        /// A form.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Sheet {
            $($(#[$doc])* $name,)*
        }

        impl Sheet {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in keys of texts.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// What it asks for.
            pub const fn entries(self) -> &'static [Entry] {
                match self {
                    $(Self::$name => $entries,)*
                }
            }
        }
    };
}

sheets! {
    /// The administration stops somebody.
    Stop = "stop", REASON;
    /// … and lets them go on.
    Lift = "lift", REASON;
    /// They may have a level.
    Permit = "permit", REASON;
    /// They may have none.
    Withhold = "withhold", REASON;
    /// From when and until when.
    Validity = "validity", VALIDITY;
    /// The employment is over.
    End = "end", REASON;
    /// They come back.
    Resume = "resume", REASON;
    /// What is known of them is to be gone.
    Erase = "erase", REASON;
    /// What is on record.
    Change = "change", CHANGE;
    /// Somebody new.
    Register = "register", REGISTER;
    /// A code for a first login.
    Invite = "invite", REASON;
    /// Into a group.
    Join = "join", JOIN;
    /// Out of one.
    Leave = "leave", LEAVE;
    /// A right.
    Grant = "grant", GRANT;
    /// … taken away.
    Withdraw = "withdraw", WITHDRAW;
    /// A version of the terms.
    Terms = "terms", TERMS;
    /// The words of a letter.
    Letter = "letter", LETTER;
    /// A network that is to be known.
    AddNetwork = "add-network", ADD_NETWORK;
    /// … and no more.
    RemoveNetwork = "remove-network", REMOVE_NETWORK;
}

/// Something that has to be put right, at an entry if one is to blame.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The entry.
    pub at: Option<&'static str>,
    /// The key of the sentence.
    pub key: String,
    /// What it names.
    pub name: Option<String>,
}

impl Fault {
    /// At this entry.
    pub fn at(entry: &'static str, key: &str) -> Self {
        Self { at: Some(entry), key: key.to_owned(), name: None }
    }

    /// At none.
    pub fn general(key: &str) -> Self {
        Self { at: None, key: key.to_owned(), name: None }
    }

    /// The same with what it names.
    #[must_use]
    pub fn naming(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    fn text(&self, say: Language) -> String {
        match &self.name {
            Some(name) => say.about(&self.key, "name", name),
            None => say.text(&self.key),
        }
    }
}

/// The options of a choice: value and text of each.
pub type Options = (&'static str, Vec<(String, String)>);

/// A form of the administration.
#[derive(Clone, Debug)]
pub struct SheetPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Which form.
    pub sheet: Sheet,
    /// About whom, if it is about somebody.
    pub name: &'a str,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// What else has to be known, as sentences.
    pub notes: Vec<String>,
    /// Can it be filled in at all?
    pub is_open: bool,
    /// Does it ask to be sure?
    pub asks: bool,
    /// What was typed.
    pub typed: &'a Typed,
    /// What can be chosen.
    pub options: Vec<Options>,
    /// What has to be put right.
    pub faults: Vec<Fault>,
    /// The terms or a letter as people will read them: language and paragraphs of each.
    pub preview: Vec<(Language, Vec<String>)>,
    /// What can be put into a text: as it is typed, and what it means.
    pub known: Vec<(String, String)>,
}

page!(SheetPage<'a>, "office_sheet.html");

impl Content for SheetPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about(&format!("sheet-{}-heading", self.sheet.word()), "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.faults.iter().map(|fault| match fault.at {
            Some(entry) if self.is_open => Problem::of(entry, fault.text(say)),
            _ => Problem::general(fault.text(say)),
        });
        own.chain(self.frame.problems(say)).collect()
    }
}

/// An entry as it is shown.
enum Shown {
    Field(Field),
    Long(LongField),
    Choice(Choice),
    Tick(Tick),
    Kept(&'static str, String),
}

impl SheetPage<'_> {
    fn what_happens(&self, say: Language) -> String {
        say.text(&format!("sheet-{}-what", self.sheet.word()))
    }

    fn shown(&self, say: Language, problems: &[Problem]) -> Vec<Shown> {
        let stands = |entry: &&Entry| entry.kind != EntryKind::Asked || self.asks;
        self.sheet.entries().iter().filter(stands).map(|entry| self.entry(entry, say, problems)).collect()
    }

    fn entry(&self, entry: &Entry, say: Language, problems: &[Problem]) -> Shown {
        let (name, value) = (entry.name, self.typed.get(entry.name));
        let label = say.text(&format!("sheet-{name}"));
        let hint = entry.has_hint.then(|| say.text(&format!("sheet-{name}-hint")));
        match entry.kind {
            EntryKind::Line(kind) => {
                let field = Field::new(name, kind, label, say).with_value(value).blamed_by(problems);
                Shown::Field(finished(field, hint, entry.is_optional))
            }
            EntryKind::Secret => {
                let field = Field::new(name, FieldKind::PaperCode, label, say).blamed_by(problems);
                Shown::Field(finished(field, hint, entry.is_optional))
            }
            EntryKind::Long => {
                let mine = problems.iter().find(|problem| problem.field == Some(name));
                let problem = mine.map(|problem| problem.text.clone());
                Shown::Long(LongField { hint, problem, ..LongField::new(name, label, value, say) })
            }
            EntryKind::Tick | EntryKind::Asked => {
                Shown::Tick(Tick::new(name, label, say).set(self.typed.is(name)).blamed_by(problems))
            }
            EntryKind::Choice => {
                let options = self.options.iter().find(|(of, _)| *of == name);
                let options = options.map(|(_, options)| options.clone()).unwrap_or_default();
                Shown::Choice(Choice::new(name, label, options, say).with_value(value).blamed_by(problems))
            }
            EntryKind::Kept => Shown::Kept(name, value.to_owned()),
        }
    }

    /// The heading of a preview, in the language of what is shown.
    fn as_read(&self, say: Language) -> String {
        say.text(if self.sheet == Sheet::Letter { "sheet-letter-as-read" } else { "sheet-terms-as-read" })
    }

    /// The buttons: what is wished for, and the key of its text. Terms and letters are looked at before they can be kept.
    fn buttons(&self) -> Vec<(&'static str, String)> {
        let submit = ("do", format!("sheet-{}-submit", self.sheet.word()));
        let preview = match self.sheet {
            Sheet::Terms => "sheet-terms-preview",
            Sheet::Letter => "sheet-letter-preview",
            _ => return vec![submit],
        };
        let looked_at = (!self.preview.is_empty()).then_some(submit);
        // Whose words are there was seen when the page was opened.
        let is_own = self.sheet != Sheet::Letter || self.typed.get("seen").is_empty();
        let own = (!is_own).then(|| ("own", "sheet-letter-own".to_owned()));
        looked_at.into_iter().chain([("preview", preview.to_owned())]).chain(own).collect()
    }
}

fn finished(field: Field, hint: Option<String>, is_optional: bool) -> Field {
    let field = match hint {
        Some(hint) => field.with_hint(hint),
        None => field,
    };
    if is_optional { field.optional() } else { field }
}

/// A field of several lines.
#[derive(Clone, Debug, Template)]
#[template(path = "long_field.html")]
pub(crate) struct LongField {
    name: &'static str,
    label: String,
    value: String,
    rows: u8,
    hint: Option<String>,
    problem: Option<String>,
    language: Language,
}

// Its template escapes what it writes.
impl HtmlSafe for LongField {}

impl LongField {
    /// With this in it; `name` is also its `id`.
    pub(crate) fn new(name: &'static str, label: String, value: &str, language: Language) -> Self {
        Self { name, label, value: value.to_owned(), rows: 8, hint: None, problem: None, language }
    }

    /// With a line of help.
    #[must_use]
    pub(crate) fn with_hint(self, hint: String) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// So high.
    #[must_use]
    pub(crate) fn with_rows(self, rows: u8) -> Self {
        Self { rows, ..self }
    }

    /// With what is wrong with it, if any of `problems` is its fault.
    #[must_use]
    pub(crate) fn blamed_by(self, problems: &[Problem]) -> Self {
        let mine = problems.iter().find(|problem| problem.field == Some(self.name));
        Self { problem: mine.map(|problem| problem.text.clone()), ..self }
    }

    /// The ids of what describes it.
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let problem = self.problem.as_ref().map(|_| format!("{}-problem", self.name));
        let ids: Vec<String> = hint.into_iter().chain(problem).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}
