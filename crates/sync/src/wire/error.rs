//! What may be read from an error: its status, and whether its text has one of two words. Nothing else in it is known.

use std::sync::LazyLock;

use regex::Regex;

/// What an answer with status 409 holds if two wrote at once: try again.
const OVERTAKEN: &str = "OptimisticConcurrency";
/// Longer texts are cut before anybody is shown them.
pub const EXCERPT_CHARS_MAX: usize = 300;

/// Did two write at once?
pub fn was_overtaken(status: u16, text: &str) -> bool {
    status == 409 && text.contains(OVERTAKEN)
}

/// What may be logged of an answer's text: its beginning on one line, without anything that could be a CPR number.
pub fn excerpt(text: &str) -> String {
    static CPR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(\d{6})([- ]?)\d{4}").ok());
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // Cut last: half a number is a number.
    let masked =
        CPR.as_ref().map_or_else(String::new, |cpr| cpr.replace_all(&line, "••••••$2••••").into_owned());
    masked.chars().take(EXCERPT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::{EXCERPT_CHARS_MAX, excerpt, was_overtaken};

    #[test]
    fn only_a_conflict_says_that_two_wrote_at_once() {
        let text = r#"{"code":"OptimisticConcurrency"}"#;
        assert!(was_overtaken(409, text) && !was_overtaken(500, text) && !was_overtaken(409, "Conflict"));
    }

    #[test]
    fn no_cpr_number_is_in_what_is_logged() {
        for text in
            ["0101701234", "010170-1234", "x0101701234y", "01017012345678", "010170 1234\r\n\u{1b}[31m"]
        {
            let shown = excerpt(text);
            assert!(
                !shown.contains("1234") && !shown.contains("010170") && !shown.contains('\u{1b}'),
                "{shown}"
            );
        }
        let long = format!("{}0101701234", "x".repeat(EXCERPT_CHARS_MAX - 5));
        assert!(!excerpt(&long).contains("01017"), "cut in the middle of it");
        assert_eq!(excerpt(&"å".repeat(1_000)).chars().count(), EXCERPT_CHARS_MAX);
        assert_eq!(excerpt("The organization has chosen NemHandel"), "The organization has chosen NemHandel");
    }
}
