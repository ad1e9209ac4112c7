//! A new app for one-time codes: the secret as a picture and in letters, and the first code made with it.

use qrcodegen::{QrCode, QrCodeEcc};

use super::Own;
use crate::pages::{Content, Field, FieldKind, Problem, page};
use crate::text::Language;

/// White modules around the picture, which readers need (ISO/IEC 18004, 5.3.8).
const QUIET_ZONE: i32 = 4;
/// Letters of a group.
const KEY_GROUP_CHARS: usize = 4;

/// A new app.
#[derive(Clone, Debug)]
pub struct AddTotpPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// The secret in base32.
    pub secret: &'a str,
    /// The same as an app reads it.
    pub otpauth_url: &'a str,
    /// Do they have one that this one replaces?
    pub replaces: Replaces,
    /// The level it will be registered at, as words say it.
    pub level: Option<portner_domain::Level>,
    /// How long the secret waits.
    pub minutes: u64,
    /// Where to leave it.
    pub back_href: &'a str,
}

/// Whether there is one already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Replaces {
    /// It stops working.
    AnOldOne,
    /// It is the first.
    Nothing,
}

page!(AddTotpPage<'a>, "me_totp.html");

impl Content for AddTotpPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-totp-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &["code"])
    }
}

/// The picture, drawn.
struct Picture {
    side: i32,
    path: String,
}

impl AddTotpPage<'_> {
    /// None only for an address that is too long for any picture; the letters are there as well.
    fn picture(&self) -> Option<Picture> {
        let code = QrCode::encode_text(self.otpauth_url, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                path.push_str(&format!("M{},{}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE));
            }
        }
        Some(Picture { side: code.size() + 2 * QUIET_ZONE, path })
    }

    /// The secret in groups, as people read it.
    fn key_groups(&self) -> Vec<String> {
        let characters: Vec<char> = self.secret.chars().collect();
        characters.chunks(KEY_GROUP_CHARS).map(|group| group.iter().collect()).collect()
    }

    /// The address an app on this device opens.
    fn otpauth_href(&self) -> Option<&str> {
        self.otpauth_url.starts_with("otpauth://totp/").then_some(self.otpauth_url)
    }

    fn time(&self, say: Language) -> String {
        say.text_with("me-totp-time", &[("minutes", self.minutes.into())])
    }

    fn level(&self, say: Language) -> String {
        match self.level {
            Some(level) => say.about("me-new-level", "level", &say.level(level)),
            None => say.text("me-new-level-none"),
        }
    }

    fn field(&self, say: Language) -> Field {
        Field::new("code", FieldKind::Code, say.text("code-label"), say)
            .with_hint(say.text("setup-code-hint"))
            .blamed_by(&self.problems(say))
    }
}
