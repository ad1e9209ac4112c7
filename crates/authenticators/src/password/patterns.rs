//! Shapes of passwords that guessers try first: all repetition, all keyboard, all words from a list. Only the whole
//! password is looked at: a word that stands in it is no fault.

use std::collections::{BTreeSet, HashSet};

use zeroize::Zeroizing;

/// Characters beside one another: on keyboards (Danish and international), up and down their columns, in alphabets.
const ROWS: [&str; 17] = [
    "1234567890",
    "qwertyuiopå",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjklæø",
    "zxcvbnm",
    "yxcvbnm",
    "abcdefghijklmnopqrstuvwxyzæøå",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "!@#$%^&*()",
    "!\"#¤%&/()=",
];
/// Shortest run along a row that is one, in characters.
const RUN_CHARS_MIN: usize = 3;
/// Characters beside the runs, or around the words, that make nothing of it.
const PADDING_CHARS_MAX: usize = 3;
/// Digits among the words of a password that make nothing of it: a date has eight.
const PADDING_DIGITS_MAX: usize = 8;
/// With fewer different characters a password has nothing to guess.
const DIFFERENT_CHARS_MIN: usize = 5;
/// No character of a password: control characters are not typed.
const NOTHING: char = '\0';
/// How many times as many bytes a text has at most without case.
const GROWTH_MAX: usize = 3;
/// Longest word that is looked for, in bytes; also the longest of a list.
const WORD_BYTES_MAX: usize = 64;
/// Shortest word, in characters: with single letters everything would be made of words.
const WORD_CHARS_MIN: usize = 2;

/// Words without case, accents of Danish letters, spaces and signs.
#[derive(Clone, Debug, Default)]
pub struct Words(HashSet<String>);

impl Words {
    /// Of these, and of the parts they have.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut words = HashSet::new();
        for text in texts {
            let word = |text: &str| letters(&folded(text)).to_string();
            words.insert(word(text));
            words.extend(text.split(|c: char| !c.is_alphanumeric()).map(word));
        }
        words.retain(|word| word.chars().count() >= WORD_CHARS_MIN && word.len() <= WORD_BYTES_MAX);
        Self(words)
    }

    fn holds(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}

/// Without case, and with Danish letters as they are spelt where there are none.
fn folded(text: &str) -> Zeroizing<String> {
    let spelt = |c| match c {
        'å' => ['a', 'a'],
        'æ' => ['a', 'e'],
        'ø' => ['o', 'e'],
        other => [other, NOTHING],
    };
    gathered(text, text.chars().flat_map(char::to_lowercase).flat_map(spelt).filter(|c| *c != NOTHING))
}

/// With the digits and signs that stand for letters taken as those; at the end they stand for themselves.
fn unmasked(folded: &str) -> Zeroizing<String> {
    let unmask = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    let words = folded.trim_end_matches(|c: char| !c.is_alphabetic());
    let (words, end) = folded.split_at(words.len());
    gathered(folded, words.chars().map(unmask).chain(end.chars()))
}

fn letters(text: &str) -> Zeroizing<String> {
    gathered(text, text.chars().filter(|c| c.is_alphabetic()))
}

/// What is left of a password is wiped when it goes, and never moves while it grows.
fn gathered(of: &str, characters: impl Iterator<Item = char>) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(of.len().saturating_mul(GROWTH_MAX)));
    text.extend(characters);
    text
}

/// Is it something short over and over, shorter than a password has to be, with or without the signs in it?
pub fn is_repetition(text: &str, chars_min: usize) -> bool {
    let is_sign = |c: &char| c.is_whitespace() || c.is_ascii_punctuation();
    let characters = characters_of(text, |_| true);
    let plain = characters_of(text, |c| !is_sign(c));
    repeats(&characters, chars_min) || (plain.len() > characters.len() / 2 && repeats(&plain, chars_min))
}

/// Without case.
fn characters_of(text: &str, kept: impl Fn(&char) -> bool) -> Zeroizing<Vec<char>> {
    let mut characters = Zeroizing::new(Vec::with_capacity(text.len().saturating_mul(GROWTH_MAX)));
    characters.extend(text.chars().flat_map(char::to_lowercase).filter(kept));
    characters
}

fn repeats(characters: &[char], chars_min: usize) -> bool {
    let different: HashSet<&char> = characters.iter().collect();
    let repeats_after = |period: usize| {
        let shifted = characters.iter().skip(period);
        characters.iter().zip(shifted).all(|(before, after)| before == after)
    };
    let most = chars_min.saturating_sub(1).min(characters.len() / 2);
    different.len() < DIFFERENT_CHARS_MIN || (1..=most).any(repeats_after)
}

/// Is it made of runs along the keyboard or the alphabet?
pub fn is_sequence(text: &str) -> bool {
    let characters = characters_of(text, |c| !c.is_whitespace());
    let (mut rest, mut outside) = (characters.as_slice(), 0);
    while !rest.is_empty() {
        let run = longest_run(rest);
        let taken = if run >= RUN_CHARS_MIN { run } else { 1 };
        outside += if run >= RUN_CHARS_MIN { 0 } else { 1 };
        rest = rest.get(taken..).unwrap_or_default();
    }
    outside <= PADDING_CHARS_MAX
}

fn longest_run(characters: &[char]) -> usize {
    ROWS.iter().flat_map(|row| [1, -1, 0].map(|step| run_along(row, step, characters))).max().unwrap_or(0)
}

/// How many of the first characters go along this row in this direction, round its ends.
fn run_along(row: &str, step: i64, characters: &[char]) -> usize {
    let places = i64::try_from(row.chars().count()).unwrap_or(1);
    let place = |c: &char| row.chars().position(|at| at == *c).and_then(|at| i64::try_from(at).ok());
    let Some(first) = characters.first().and_then(place) else { return 0 };
    let mut expected = first;
    let goes_on = |c: &&char| {
        let fits = place(c) == Some(expected);
        expected = (expected + step).rem_euclid(places);
        fits
    };
    characters.iter().take_while(goes_on).count()
}

/// Is it made of these words, with a few digits and signs?
pub fn is_made_of(text: &str, lists: &[&Words]) -> bool {
    let folded = folded(text);
    [unmasked(&folded), folded].iter().any(|text| {
        let digits = gathered(text, text.chars().filter(char::is_ascii_digit));
        let predictable = digits.len() <= PADDING_DIGITS_MAX
            || is_sequence(&digits)
            || is_repetition(&digits, digits.len());
        predictable && is_concatenation(&letters(text), lists)
    })
}

fn is_concatenation(letters: &str, lists: &[&Words]) -> bool {
    // Where a word may begin, in order; each place once.
    let mut begins = BTreeSet::from([0]);
    while let Some(begin) = begins.pop_first() {
        let Some(rest) = letters.get(begin..) else { return false };
        if rest.is_empty() {
            return begin > 0;
        }
        let ends =
            rest.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= WORD_BYTES_MAX);
        for end in ends {
            let word = rest.get(..end).unwrap_or_default();
            if lists.iter().any(|list| list.holds(word)) {
                begins.insert(begin + end);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Words, is_made_of, is_repetition, is_sequence};

    const ANY: &str = "tre gule æbler på køkkenbordet";

    #[test]
    fn something_short_over_and_over_is_short() {
        let check = |text: &str, expected| assert_eq!(is_repetition(text, 15), expected, "{text}");
        check("aaaaaaaaaaaaaaaa", true);
        check("abababababababab", true);
        check("Anna anna anna anna", true);
        check("kodeordkodeordkod", true);
        check("x7Kq2mP9wLr4Tzx7Kq2mP9wLr4Tz", true);
        check("x7Kq2mP9wLr4TzB8x7Kq2mP9wLr4TzB8", false);
        check("111222111222333", true);
        check("an-na anna an.na", true);
        check("🦊🌳🚲🧀🎺🪴🧦🛶🎈🪁🧩🧵🪀🥁🎻", false);
        check("!\"#¤%&/()=?`^*¨", false);
        check(ANY, false);
    }

    #[test]
    fn a_walk_along_the_keyboard_is_no_password() {
        let check = |text: &str, expected| assert_eq!(is_sequence(text), expected, "{text}");
        check("qwertyuiopåasdf", true);
        check("QWERTYUIOPASDFGHJKL", true);
        check("1234567890123456", true);
        check("0987654321qwerty!", true);
        check("1qaz2wsx3edc4rfv", true);
        check("abcdefghijklmnop", true);
        check("zyxwvutsrqponml1", true);
        check("abc def ghi jkl mno", true);
        check("aaabbbcccdddeee", true);
        check("qwerty er min yndlingsrække", false);
        check(ANY, false);
    }

    #[test]
    fn words_of_a_list_and_digits_are_no_password_and_a_word_among_others_is_no_fault() {
        let words = Words::of(["sommer", "efterår", "Anna-Marie Østergård", "password"]);
        let check = |text: &str, expected| assert_eq!(is_made_of(text, &[&words]), expected, "{text}");
        check("Sommer2026Efterår", true);
        check("SommerEfteraar2026!!", true);
        check("anna.marie.1984.11.22", true);
        check("Oestergaard-Oestergaard", true);
        check("P4ssw0rdP@ssword", true);
        check("anna1234567890123", true);
        check("anna 8391 7264 5519", false);
        check("sommer på stranden", false);
        check("1234567890123456", false);
        check(ANY, false);
    }
}
