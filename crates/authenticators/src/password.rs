//! A password as somebody typed it, before anything is done with it; and what one has to be.

mod breached;
mod patterns;
mod rules;
pub(crate) mod upkeep;

pub use self::breached::{BadList, BreachedList};
pub use self::rules::{
    BadRules, HISTORY_MAX, Owner, PASSWORD_CHARS_BOUND, PasswordRules, RuleSettings, Weakness,
};

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Longest password, in bytes: refused before hashing, so that nobody can make us hash a book.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Shortest password that can be chosen, in characters (NIST SP 800-63B-4, 3.1.1.2: where it stands alone).
pub const PASSWORD_CHARS_MIN: usize = 15;

/// Normalised (NFKC), not empty, not too long. Never printed.
pub struct Password {
    normal: Zeroizing<String>,
    /// Directories compare what the keyboard sent: ½ is ½ there, and not 1⁄2.
    typed: Zeroizing<String>,
}

/// A password that can't be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PasswordProblem {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// More than [`PASSWORD_BYTES_MAX`].
    #[error("the password is longer than {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// Fewer than [`PASSWORD_CHARS_MIN`].
    #[error(
        "a password has at least {PASSWORD_CHARS_MIN} characters; four or five random words are easy to remember"
    )]
    TooShort,
}

impl Password {
    /// One to be compared with what is on record.
    pub fn typed(text: &str) -> Result<Self, PasswordProblem> {
        if text.is_empty() {
            return Err(PasswordProblem::Empty);
        }
        if text.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordProblem::TooLong);
        }
        Ok(Self { normal: Zeroizing::new(text.nfkc().collect()), typed: Zeroizing::new(text.to_owned()) })
    }

    /// One to be used from now on, which has to be good enough.
    pub fn chosen(text: &str) -> Result<Self, PasswordProblem> {
        let password = Self::typed(text)?;
        if password.normal.chars().count() < PASSWORD_CHARS_MIN {
            return Err(PasswordProblem::TooShort);
        }
        Ok(password)
    }

    pub(crate) fn text(&self) -> &str {
        &self.normal
    }

    pub(crate) fn bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.normal.as_bytes().to_vec())
    }

    pub(crate) fn as_typed(&self) -> &str {
        &self.typed
    }
}

#[cfg(test)]
mod tests {
    use super::{PASSWORD_BYTES_MAX, Password, PasswordProblem};

    #[test]
    fn the_same_letters_are_the_same_password_on_every_keyboard() {
        let composed = Password::typed("blåbærgrød").unwrap();
        let decomposed = Password::typed("bla\u{30a}bærgrød").unwrap();
        assert_eq!(composed.bytes(), decomposed.bytes());
    }

    #[test]
    fn length_counts_characters_and_is_checked_before_anything_else() {
        let check = |text: &str, problem| assert_eq!(Password::chosen(text).err(), problem, "{}", text.len());
        check("", Some(PasswordProblem::Empty));
        check("æøåæøåæøåæøåæø", Some(PasswordProblem::TooShort));
        check("æøåæøåæøåæøåæøå", None);
        check(&"x".repeat(PASSWORD_BYTES_MAX), None);
        check(&"x".repeat(PASSWORD_BYTES_MAX + 1), Some(PasswordProblem::TooLong));
    }
}
