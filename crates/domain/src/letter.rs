//! The letters that Portner sends about somebody's login, and the words that an organisation may choose for them.
//!
//! A wording is read once, where it is typed: whatever is kept has everything in it that its letter can't do without, and
//! nothing that its letter does not know. What stands below a letter, to do if it was somebody else, is no part of its
//! wording and can't be left out. There is no address of the web in any: whoever gets a letter with one knows that it is
//! not ours.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest subject in one language, in characters: a letter has those of both languages in one line, which mail
/// limits to 998 (RFC 5322, 2.1.1).
pub const SUBJECT_CHARS_MAX: usize = 100;
/// The longest text in one language, in characters.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// How much of what is no placeholder is said again, in characters.
const UNKNOWN_CHARS_MAX: usize = 30;

macro_rules! letters {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What a letter is about. If several things happened at once, the first of them decides.
        #[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum LetterKind {
            $($(#[$doc])* $name,)*
        }

        impl LetterKind {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its word in rows, addresses and keys of texts.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

letters! {
    /// Something to log in with was added or replaced.
    Bound = "bound";
    /// … was removed.
    Removed = "removed";
    /// … was reported lost.
    Lost = "lost";
    /// … is closed after too many attempts.
    Closed = "closed";
    /// … is open again.
    Reopened = "reopened";
    /// A code from the paper was used.
    RecoveryCode = "recovery-code";
    /// The password has to be changed before long.
    PasswordDue = "password-due";
    /// The login is blocked.
    Locked = "locked";
    /// … and is not any more.
    Unlocked = "unlocked";
    /// The employment is over.
    Ended = "ended";
    /// Logged out everywhere.
    LoggedOut = "logged-out";
    /// A session was ended from elsewhere.
    EndedElsewhere = "ended-elsewhere";
    /// Somebody asked the support desk for help, and was known.
    Caller = "caller";
    /// … and was not.
    CallerUnknown = "caller-unknown";
    /// The support desk ended the password.
    PasswordReset = "password-reset";
    /// Another name was confirmed.
    NameConfirmed = "name-confirmed";
    /// A code was handed out.
    CodeHandedOut = "code-handed-out";
    /// The identity was proofed at a meeting.
    Proofed = "proofed";
    /// A meeting was not agreed to.
    MeetingDeclined = "meeting-declined";
    /// The second half of a code.
    Half = "half";
    /// Anything else about the login.
    #[default]
    Other = "other";
}

impl std::str::FromStr for LetterKind {
    type Err = UnknownLetter;

    fn from_str(word: &str) -> Result<Self, UnknownLetter> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word).ok_or(UnknownLetter)
    }
}

/// There is no such letter.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no such letter")]
pub struct UnknownLetter;

/// What is put into a letter when it is written. In a wording it stands in braces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Placeholder {
    /// All that happened, as a list.
    WhatHappened,
    /// When, by whom and from where.
    Details,
    /// The half of a code.
    Code,
    /// What they log in with.
    UserName,
    /// Where they work.
    Organisation,
    /// What the login is called.
    Service,
    /// Who helps.
    Support,
    /// Where to go. It is written out, to be typed.
    Address,
}

use Placeholder::{Address, Code, Details, Organisation, Service, Support, UserName, WhatHappened};

impl Placeholder {
    const ALL: [Self; 8] = [WhatHappened, Details, Code, UserName, Organisation, Service, Support, Address];

    /// Its word between the braces.
    pub const fn word(self) -> &'static str {
        match self {
            WhatHappened => "what-happened",
            Details => "details",
            Code => "code",
            UserName => "user-name",
            Organisation => "organisation",
            Service => "service",
            Support => "support",
            Address => "address",
        }
    }

    /// Is it a paragraph by itself?
    pub const fn stands_alone(self) -> bool {
        matches!(self, WhatHappened | Details | Code)
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{{{}}}", self.word())
    }
}

impl LetterKind {
    /// What its text can't do without.
    pub const fn needs(self) -> &'static [Placeholder] {
        match self {
            Self::Half => &[Code, Address],
            Self::PasswordDue => &[WhatHappened, Details, Address],
            _ => &[WhatHappened, Details],
        }
    }

    /// All that it knows, what it needs first.
    pub const fn knows(self) -> &'static [Placeholder] {
        match self {
            Self::Half => &[Code, Address, UserName, Organisation, Service, Support],
            _ => &[WhatHappened, Details, Address, UserName, Organisation, Service, Support],
        }
    }
}

/// The words of a letter in one language, as somebody typed them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Words {
    /// The subject.
    pub subject: String,
    /// The text; empty lines part its paragraphs.
    pub text: String,
}

impl Words {
    /// As a form brings them: with the line ends of mail, and more space around them than anybody meant.
    pub fn typed(subject: &str, text: &str) -> Self {
        Self { subject: subject.trim().to_owned(), text: text.replace("\r\n", "\n").trim().to_owned() }
    }
}

/// The words of a letter in both languages.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BothWords {
    /// In Danish.
    pub danish: Words,
    /// In English.
    pub english: Words,
}

/// Words that a letter can be written in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wording {
    kind: LetterKind,
    words: BothWords,
    danish: Template,
    english: Template,
}

/// The words of one language, understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template {
    /// The subject.
    pub subject: Vec<Piece>,
    /// The text.
    pub text: Vec<Paragraph>,
}

/// A paragraph of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Paragraph {
    /// What [stands alone](Placeholder::stands_alone).
    Alone(Placeholder),
    /// Words.
    Words(Vec<Piece>),
}

/// A piece of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// To be put in.
    Of(Placeholder),
}

/// Where something can't be as it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Entry {
    /// The Danish subject.
    DanishSubject,
    /// The Danish text.
    DanishText,
    /// The English subject.
    EnglishSubject,
    /// The English text.
    EnglishText,
}

/// Why words can't be those of a letter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unfit {
    /// There are none.
    Empty,
    /// They are more characters than this.
    TooLong(usize),
    /// There are characters that nobody sees, or a line break in the subject.
    Unseen,
    /// There is an address of the web.
    WebAddress,
    /// A brace that is no placeholder's.
    Brace,
    /// Something in braces that this letter does not know.
    Unknown(String),
    /// It has no place in a subject.
    NotInSubject(Placeholder),
    /// It has to stand in a paragraph by itself.
    NotAlone(Placeholder),
    /// The letter can't do without.
    Missing(Placeholder),
}

impl Wording {
    /// What was typed, if a letter of this kind can be written in it; or all that is in the way.
    pub fn read(kind: LetterKind, words: BothWords) -> Result<Self, Vec<(Entry, Unfit)>> {
        let mut faults = Vec::new();
        let danish =
            Template::collect(kind, &words.danish, [Entry::DanishSubject, Entry::DanishText], &mut faults);
        let english =
            Template::collect(kind, &words.english, [Entry::EnglishSubject, Entry::EnglishText], &mut faults);
        match (danish, english) {
            (Some(danish), Some(english)) => Ok(Self { kind, words, danish, english }),
            _ => Err(faults),
        }
    }

    /// Of which letter.
    pub const fn kind(&self) -> LetterKind {
        self.kind
    }

    /// As it was typed.
    pub const fn words(&self) -> &BothWords {
        &self.words
    }

    /// In Danish.
    pub const fn danish(&self) -> &Template {
        &self.danish
    }

    /// In English.
    pub const fn english(&self) -> &Template {
        &self.english
    }
}

impl Template {
    fn collect(
        kind: LetterKind,
        words: &Words,
        [subject_at, text_at]: [Entry; 2],
        faults: &mut Vec<(Entry, Unfit)>,
    ) -> Option<Self> {
        let subject = subject(kind, &words.subject).map_err(|unfit| faults.push((subject_at, unfit)));
        let text = text(kind, &words.text).map_err(|unfit| faults.push((text_at, unfit)));
        Some(Self { subject: subject.ok()?, text: text.ok()? })
    }
}

fn subject(kind: LetterKind, words: &str) -> Result<Vec<Piece>, Unfit> {
    check(words, SUBJECT_CHARS_MAX, is_unseen)?;
    let pieces = pieces(kind, words)?;
    match pieces.iter().find_map(alone) {
        Some(placeholder) => Err(Unfit::NotInSubject(placeholder)),
        None => Ok(pieces),
    }
}

fn text(kind: LetterKind, words: &str) -> Result<Vec<Paragraph>, Unfit> {
    check(words, TEXT_CHARS_MAX, |c| c != '\n' && is_unseen(c))?;
    let mut paragraphs = Vec::new();
    for lines in parted(words) {
        let pieces = pieces(kind, &lines)?;
        paragraphs.push(match (pieces.as_slice(), pieces.iter().find_map(alone)) {
            ([Piece::Of(_)], Some(placeholder)) => Paragraph::Alone(placeholder),
            (_, Some(placeholder)) => return Err(Unfit::NotAlone(placeholder)),
            (_, None) => Paragraph::Words(pieces),
        });
    }
    let has = |wanted: Placeholder| {
        paragraphs.iter().any(|paragraph| match paragraph {
            Paragraph::Alone(placeholder) => *placeholder == wanted,
            Paragraph::Words(pieces) => pieces.contains(&Piece::Of(wanted)),
        })
    };
    match kind.needs().iter().find(|needed| !has(**needed)) {
        Some(missing) => Err(Unfit::Missing(*missing)),
        None => Ok(paragraphs),
    }
}

fn check(words: &str, chars_max: usize, is_wrong: impl Fn(char) -> bool) -> Result<(), Unfit> {
    let small = words.to_lowercase();
    if words.is_empty() {
        Err(Unfit::Empty)
    } else if words.chars().count() > chars_max {
        Err(Unfit::TooLong(chars_max))
    } else if words.chars().any(is_wrong) {
        Err(Unfit::Unseen)
    } else if ["://", "www.", "@"].iter().any(|sign| small.contains(sign)) || names_host(&small) {
        Err(Unfit::WebAddress)
    } else {
        Ok(())
    }
}

/// Is there something that mail programs make a link of: `login.example/reset`?
fn names_host(small: &str) -> bool {
    let is_label = |label: &str| label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let ends_so = |word: &str| {
        let host = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .split(['/', ':', '?'])
            .next()
            .unwrap_or_default();
        let labels: Vec<&str> = host.split('.').collect();
        let last = labels.last().copied().unwrap_or_default();
        let is_top = last.chars().count() >= 2 && last.chars().all(char::is_alphabetic);
        labels.len() > 1 && is_top && labels.iter().all(|label| !label.is_empty() && is_label(label))
    };
    small.split_whitespace().any(ends_so)
}

/// Is it a character that begins another line, turns the writing round or is not seen at all (CWE-93)?
fn is_unseen(c: char) -> bool {
    let hidden =
        matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    c.is_control() || hidden || c == '\u{feff}'
}

/// The paragraphs: what empty lines part.
fn parted(words: &str) -> Vec<String> {
    let lines: Vec<&str> = words.lines().map(str::trim_end).collect();
    let parts = lines.split(|line| line.is_empty()).filter(|part| !part.is_empty());
    parts.map(|part| part.join("\n").trim_start().to_owned()).collect()
}

fn pieces(kind: LetterKind, words: &str) -> Result<Vec<Piece>, Unfit> {
    let (mut pieces, mut rest) = (Vec::new(), words);
    while let Some((before, after)) = rest.split_once('{') {
        let (word, after) = after.split_once('}').ok_or(Unfit::Brace)?;
        let placeholder = Placeholder::ALL.into_iter().find(|it| it.word() == word);
        let known = placeholder.filter(|it| kind.knows().contains(it));
        let known = known.ok_or_else(|| Unfit::Unknown(word.chars().take(UNKNOWN_CHARS_MAX).collect()))?;
        pieces.extend(plain(before)?);
        pieces.push(Piece::Of(known));
        rest = after;
    }
    pieces.extend(plain(rest)?);
    Ok(pieces)
}

fn plain(text: &str) -> Result<Option<Piece>, Unfit> {
    if text.contains('}') {
        return Err(Unfit::Brace);
    }
    Ok((!text.is_empty()).then(|| Piece::Text(text.to_owned())))
}

fn alone(piece: &Piece) -> Option<Placeholder> {
    match piece {
        Piece::Of(placeholder) if placeholder.stands_alone() => Some(*placeholder),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
