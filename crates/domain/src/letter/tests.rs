//! What can be the words of a letter, and what can't.

use proptest::prelude::{ProptestConfig, proptest};

use super::Placeholder::{Address, Code, Details, UserName, WhatHappened};
use super::{
    BothWords, Entry, LetterKind, Paragraph, Piece, SUBJECT_CHARS_MAX, TEXT_CHARS_MAX, Unfit, Wording, Words,
};

const TEXT: &str = "Hej {user-name}\n\n{what-happened}\n\n{details}";

fn both(subject: &str, text: &str) -> BothWords {
    BothWords { danish: Words::typed(subject, text), english: Words::typed("Your login", TEXT) }
}

fn unfit(kind: LetterKind, subject: &str, text: &str) -> Vec<(Entry, Unfit)> {
    Wording::read(kind, both(subject, text)).err().unwrap_or_default()
}

#[test]
fn a_wording_is_read_as_paragraphs_and_what_is_put_into_them() {
    let typed = "Hej {user-name},\r\nlæs det her.\r\n\r\n\r\n{what-happened}\r\n \r\n  {details}\r\n";
    let wording = Wording::read(LetterKind::Locked, both("Dit login", typed)).unwrap();
    let words = |text: &str| Piece::Text(text.to_owned());
    let first = vec![words("Hej "), Piece::Of(UserName), words(",\nlæs det her.")];
    assert_eq!(
        wording.danish().text,
        [Paragraph::Words(first), Paragraph::Alone(WhatHappened), Paragraph::Alone(Details)]
    );
    assert_eq!(wording.danish().subject, [words("Dit login")]);
}

#[test]
fn t_letter_01_what_can_be_no_wording_is_told_with_what_is_wrong() {
    let check = |text: &str, expected: Unfit| {
        let whole = format!("{text}\n\n{{what-happened}}\n\n{{details}}");
        assert_eq!(unfit(LetterKind::Locked, "Dit login", &whole), [(Entry::DanishText, expected)], "{text}");
    };
    check("Hej {navn}", Unfit::Unknown("navn".to_owned()));
    check("Din kode: {code}", Unfit::Unknown("code".to_owned()));
    check("{{user-name}}", Unfit::Unknown("{user-name".to_owned()));
    check("Hej {user-name", Unfit::Brace);
    check("Hej } du", Unfit::Brace);
    check("Det her: {details}", Unfit::NotAlone(Details));
    check("{details} {details}", Unfit::NotAlone(Details));
    for hidden in ["\u{0}", "\u{1b}[31m", "\t", "\u{202e}", "\u{200b}", "\u{2028}", "\u{feff}", "\r"] {
        check(&format!("Hej{hidden}du"), Unfit::Unseen);
    }
    for address in [
        "https://evil.example",
        "HTTP://x",
        "www.evil.example",
        "mailto:x@y",
        "ftp://x",
        "evil.example/reset",
        "(login-town.evil.dk).",
    ] {
        check(&format!("Se {address}"), Unfit::WebAddress);
    }
    check(&"x".repeat(TEXT_CHARS_MAX), Unfit::TooLong(TEXT_CHARS_MAX));
}

#[test]
fn a_letter_can_not_do_without_what_it_is_about() {
    let check = |kind, text: &str, missing| {
        let found = unfit(kind, "Dit login", text);
        assert_eq!(found.first(), Some(&(Entry::DanishText, Unfit::Missing(missing))), "{text}");
    };
    check(LetterKind::Locked, "Hej", WhatHappened);
    check(LetterKind::Locked, "{what-happened}", Details);
    check(LetterKind::PasswordDue, "{what-happened}\n\n{details}", Address);
    check(LetterKind::Half, "Hej {user-name}. Gå til {address}.", Code);
    check(LetterKind::Half, "{code}", Address);
    assert_eq!(unfit(LetterKind::Locked, "Dit login", "")[0], (Entry::DanishText, Unfit::Empty));
}

#[test]
fn t_letter_01_a_subject_is_one_line_and_adds_no_header() {
    let check = |subject: &str, expected: Unfit| {
        // As somebody sends it who has no browser: nothing is trimmed.
        let mut words = both("", TEXT);
        subject.clone_into(&mut words.danish.subject);
        let found = Wording::read(LetterKind::Locked, words).unwrap_err();
        assert_eq!(found, [(Entry::DanishSubject, expected)], "{subject:?}");
    };
    check("", Unfit::Empty);
    check("Dit login\r\nBcc: mallory@evil.example", Unfit::Unseen);
    check("Dit login\nBcc: mallory@evil.example", Unfit::Unseen);
    check("Dit login\u{2028}Bcc: x", Unfit::Unseen);
    check("{what-happened}", Unfit::NotInSubject(WhatHappened));
    check("Kode {code}", Unfit::Unknown("code".to_owned()));
    check(&"x".repeat(SUBJECT_CHARS_MAX + 1), Unfit::TooLong(SUBJECT_CHARS_MAX));
}

#[test]
fn both_languages_are_looked_at_and_every_entry_has_its_own_fault() {
    let words = |subject: &str, text: &str| Words { subject: subject.to_owned(), text: text.to_owned() };
    let both = BothWords { danish: words("", "{x}"), english: words("{details}", "") };
    let entries: Vec<Entry> =
        Wording::read(LetterKind::Ended, both).unwrap_err().into_iter().map(|(entry, _)| entry).collect();
    let all = [Entry::DanishSubject, Entry::DanishText, Entry::EnglishSubject, Entry::EnglishText];
    assert_eq!(entries, all);
}

#[test]
fn a_letter_is_found_by_its_word_and_knows_all_that_it_needs() {
    for kind in LetterKind::ALL {
        assert_eq!(kind.word().parse(), Ok(*kind));
        assert_eq!(serde_json_word(*kind), kind.word());
        assert!(kind.needs().iter().all(|needed| kind.knows().contains(needed)), "{kind:?}");
    }
    assert!("x".parse::<LetterKind>().is_err());
}

/// The word under which it is kept in events.
fn serde_json_word(kind: LetterKind) -> String {
    use serde::de::IntoDeserializer as _;
    use serde::de::value::{Error, StrDeserializer};
    let word: StrDeserializer<'_, Error> = kind.word().into_deserializer();
    let read: LetterKind = serde::Deserialize::deserialize(word).unwrap();
    assert_eq!(read, kind);
    read.word().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_typed_is_read_or_refused(subject in "\\PC{0,120}", text in "(\\PC|\n|\\{|\\}){0,200}") {
        for kind in LetterKind::ALL {
            let Ok(wording) = Wording::read(*kind, both(&subject, &text)) else { continue };
            let written = format!("{:?}", wording.danish());
            assert!(!written.contains('\r'));
        }
    }
}
