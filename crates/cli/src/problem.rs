//! What stops a command: one sentence that names the thing and the remedy.

use std::path::Path;

/// A command could not be done.
#[derive(Debug)]
pub struct Problem(String);

impl Problem {
    /// In these words.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A file, and what the system says of it.
    pub fn file(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{what} {} can't be used: {error}", path.display()))
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An error with all its causes, which is what somebody at the command line can use.
impl<E: std::error::Error> From<E> for Problem {
    fn from(error: E) -> Self {
        let mut sentence = error.to_string();
        let mut cause = error.source();
        while let Some(deeper) = cause {
            let text = deeper.to_string();
            if !sentence.contains(&text) {
                sentence = format!("{sentence}: {text}");
            }
            cause = deeper.source();
        }
        Self(sentence)
    }
}
