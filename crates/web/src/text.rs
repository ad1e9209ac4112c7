//! Everything Portner says, in Danish and in English.
//!
//! The sentences are in `locales/<tag>/*.ftl` (Fluent); code and templates know only their keys. Both languages
//! have the same keys with the same arguments, and every key that is used exists: the tests below see to that,
//! so a look-up can't fail on a page.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid, static_loader};
use portner_domain::Level;

static_loader! {
    static SENTENCES = {
        locales: "./locales",
        fallback_language: "da",
        // Marks around every name would help mixed directions, which neither language has, and would be
        // copied along with the names.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

const DANISH: LanguageIdentifier = langid!("da");
const ENGLISH: LanguageIdentifier = langid!("en");

/// How much of an `Accept-Language` header is read.
const ACCEPT_LANGUAGE_BYTES_MAX: usize = 256;

/// What a sentence is about: names and numbers, by the name the sentence gives them.
pub type Arguments<'a> = [(&'static str, FluentValue<'a>)];

/// A language Portner speaks. Danish is what it speaks unless asked otherwise.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// Dansk.
    #[default]
    Danish,
    /// English.
    English,
}

impl Language {
    /// Both, Danish first.
    pub const ALL: [Self; 2] = [Self::Danish, Self::English];

    /// The language a browser prefers (RFC 9110, 12.5.4); Danish if it says nothing we understand.
    pub fn from_accept_language(header: Option<&str>) -> Self {
        let header = header.filter(|header| header.len() <= ACCEPT_LANGUAGE_BYTES_MAX).unwrap_or_default();
        let mut best = (0.0, Self::default());
        for range in header.split(',') {
            if let Some((weight, language)) = wish(range)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language with this tag, as in `?lang=en`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The tag of BCP 47, for the attribute `lang`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Danish => "da",
            Self::English => "en",
        }
    }

    /// The one a page offers to switch to.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Danish => Self::English,
            Self::English => Self::Danish,
        }
    }

    /// A sentence about nothing in particular.
    pub fn text(self, key: &str) -> String {
        say(self, key, None)
    }

    /// A sentence about someone or something.
    pub fn text_with(self, key: &str, arguments: &Arguments<'_>) -> String {
        let arguments = arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        say(self, key, Some(&arguments))
    }

    /// A sentence about one named thing: what templates mostly need.
    pub fn about(self, key: &str, name: &'static str, value: &str) -> String {
        self.text_with(key, &[(name, value.into())])
    }

    /// What people call a level: Lav, Betydelig, Høj.
    pub fn level(self, level: Level) -> String {
        self.text(match level {
            Level::Low => "level-low",
            Level::Substantial => "level-substantial",
            Level::High => "level-high",
        })
    }

    /// Why a login is worth what it is worth, from the code of a reason (`password-only`) and what the reason
    /// is about; `None` if the code is not one that has a sentence.
    pub fn explain(self, reason: &str, arguments: &Arguments<'_>) -> Option<String> {
        let key = format!("reason-{reason}");
        SENTENCES.lookup_single_language::<&str>(self.identifier(), &key, None).ok()?;
        Some(self.text_with(&key, arguments))
    }

    const fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::Danish => &DANISH,
            Self::English => &ENGLISH,
        }
    }
}

/// One language range with its weight. Norwegian and Swedish readers are better served by Danish.
fn wish(range: &str) -> Option<(f32, Language)> {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
    let language = match tag.trim().split('-').next()?.to_ascii_lowercase().as_str() {
        "da" | "no" | "nb" | "nn" | "sv" => Language::Danish,
        "en" => Language::English,
        _ => return None,
    };
    let weight = match parameters.trim().strip_prefix("q=") {
        Some(weight) => weight.parse().ok()?,
        None => 1.0,
    };
    Some((weight, language))
}

fn say(language: Language, key: &str, arguments: Option<&HashMap<Cow<'static, str>, FluentValue<'_>>>) -> String {
    // A page with a key on it is better than no page; the tests keep it from happening.
    SENTENCES.lookup_single_language(language.identifier(), key, arguments).unwrap_or_else(|_| key.to_owned())
}

#[cfg(test)]
mod tests;
