//! What stops the sandbox: one sentence that names the thing and the remedy.

use std::path::Path;

/// It can't go on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(String);

impl Problem {
    /// In these words.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A file or folder, and what the system says of it.
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        Self(format!(
            "{} can't be used: {error}; see to its permissions, or choose another place",
            path.display()
        ))
    }
}
