//! What the sandbox says at the terminal: progress on standard output, complaints on standard error.

use std::io::Write;

/// How it goes.
pub fn say(text: &str) {
    // Whoever closed the pipe does not want to know.
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// What went wrong.
pub fn complain(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "portner-sandbox: {text}"));
}

/// What another program wrote must not steer the terminal; lines stay lines.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
