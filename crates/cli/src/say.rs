//! What the command line says: results on standard output, complaints on standard error.

use std::io::Write;

/// A result.
pub fn say(text: &str) {
    // Whoever closed the pipe does not want to know.
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// A complaint.
pub fn complain(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "portner: {text}"));
}

/// Control characters in what others gave us must not reach a terminal (T-LOG-02).
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
