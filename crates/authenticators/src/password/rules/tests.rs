//! Passwords that are chosen, and what is said of them.

use super::{BadRules, Owner, PasswordRules, RuleSettings, Weakness};
use crate::password::Password;

fn rules() -> PasswordRules {
    PasswordRules::open(RuleSettings { organisation: "Eksempel Kommune".into(), ..Default::default() })
        .unwrap()
}

fn said(rules: &PasswordRules, text: &str) -> Option<Weakness> {
    let owner = Owner::called(["aan", "Anna Marie", "Østergård", "anna.oest@eksempelby.dk"]);
    rules.weakness(&Password::typed(text).unwrap(), &owner)
}

#[test]
fn what_guessers_try_first_is_refused_with_its_rule() {
    let rules = rules();
    let check = |text: &str, weakness| assert_eq!(said(&rules, text), Some(weakness), "{text}");
    check("kort", Weakness::TooShort);
    check("aaaaaaaaaaaaaaa", Weakness::Repetition);
    check("Sommer26!Sommer26!", Weakness::Repetition);
    check("an-na an-na an-na an-na", Weakness::Repetition);
    check("qwertyuiopasdfghjkl", Weakness::Sequence);
    check("123456789012345678", Weakness::Sequence);
    check("correct horse battery staple", Weakness::Common);
    check("CorrectHorseBatteryStaple1", Weakness::Common);
    check("Rødgrød med fløde!", Weakness::Common);
    check("roedgroed-med-floede", Weakness::Common);
    check("Sommer2026Efterår", Weakness::Common);
    check("VelkommenTilbage", Weakness::Common);
    check("P4ssw0rdP@ssw0rd!x".trim_end_matches('x'), Weakness::Common);
    check("Januar2026Februar", Weakness::Common);
    check("Eksempelkommune2026", Weakness::Organisation);
    check("eksempel-login-2026", Weakness::Organisation);
    check("AnnaØstergård1984", Weakness::Personal);
    check("anna.oest@eksempelby.dk", Weakness::Personal);
    check("aan-aan-anna-1984-11-22", Weakness::Personal);
    check("eksempel anna 12345678", Weakness::Personal);
}

#[test]
fn a_word_of_a_list_in_a_password_is_no_fault() {
    let rules = rules();
    for text in [
        "fire tilfældige ord her",
        "anna spiser altid grød om fredagen",
        "sommerfugle på gåtur i regnvejr",
        "qwerty og en grøn cykel",
        "mit kodeord er en blå giraf",
        "kx7-q2p-vv4-m8d-zz1",
        "et helt andet kodeord",
        "🦊🌳🚲🧀🎺🪴🧦🛶🎈🪁🧩🧵🪀🥁🎻",
        "8391 7264 5519 2038",
    ] {
        assert_eq!(said(&rules, text), None, "{text}");
    }
}

#[test]
fn length_is_the_organisations_within_bounds() {
    let open = |chars_min, chars_max| {
        PasswordRules::open(RuleSettings { chars_min, chars_max, ..Default::default() })
    };
    let rules = open(20, 64).unwrap();
    assert_eq!(said(&rules, "tyve tegn skal den h"), None);
    assert_eq!(said(&rules, "tyve tegn skal den "), Some(Weakness::TooShort));
    assert_eq!(said(&rules, &"ni æbler på et fad, ".repeat(4)), Some(Weakness::TooLong));
    assert!(matches!(open(14, 64), Err(BadRules::Minimum(14))), "not even where codes are asked for besides");
    assert!(matches!(open(65, 1024), Err(BadRules::Minimum(65))));
    assert!(matches!(open(15, 63), Err(BadRules::Maximum(63))));
    assert!(matches!(open(15, 1025), Err(BadRules::Maximum(1025))));
    let history = PasswordRules::open(RuleSettings { history: 25, ..Default::default() });
    assert!(matches!(history, Err(BadRules::History(25))));
}

#[test]
fn the_organisation_brings_words_of_its_own() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "Blomsterfestival\nDet Gule Palæ\n").unwrap();
    let with = |words_file| PasswordRules::open(RuleSettings { words_file, ..Default::default() });
    let rules = with(Some(file.path().to_owned())).unwrap();
    assert_eq!(said(&rules, "Blomsterfestival26"), Some(Weakness::Organisation));
    assert_eq!(said(&rules, "det gule palæ 2026"), Some(Weakness::Organisation));
    assert_eq!(said(&rules, "en gæst på Blomsterfestival"), None);
    assert!(matches!(with(Some("/nowhere/words".into())), Err(BadRules::Words(..))));
    std::fs::write(file.path(), [0xff, 0xfe]).unwrap();
    assert!(matches!(with(Some(file.path().to_owned())), Err(BadRules::Words(..))));
}

#[test]
fn each_weakness_has_a_word_that_is_read_back() {
    for weakness in Weakness::ALL {
        assert_eq!(weakness.word().parse(), Ok(weakness));
        assert_eq!(serde_json::to_value(weakness).unwrap(), weakness.word());
    }
}
