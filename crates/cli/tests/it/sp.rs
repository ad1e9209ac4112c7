//! `portner sp …` and `portner key …`.

use portner_saml::metadata::service_provider_metadata;
use portner_saml::{Certificate, LocalName, NameIdFormat, SpDescription};

use crate::installation::Installation;

pub const ENTITY_ID: &str = "https://saml.sag.example";

pub fn metadata(name: &str) -> String {
    let certificate = Certificate::from_pem(include_bytes!("../../../saml/testdata/sp.crt.pem")).unwrap();
    service_provider_metadata(&SpDescription {
        entity_id: ENTITY_ID.to_owned(),
        signing: vec![certificate.clone()],
        encryption: vec![certificate],
        assertion_consumers: vec!["https://sag.example/acs".to_owned()],
        logout: Vec::new(),
        name_id_formats: vec![NameIdFormat::Persistent],
        display_name: LocalName { da: Some(name.to_owned()), en: None },
        requested_attributes: Vec::new(),
    })
    .unwrap()
}

#[test]
fn a_service_provider_is_registered_shown_and_disabled() {
    let made = Installation::new();
    let file = made.file("sag.xml", &metadata("Sagssystemet"));
    assert!(made.does(&["sp", "add", &file]).contains("registered https://saml.sag.example"));
    let listed = made.does(&["sp", "list"]);
    assert!(listed.starts_with("enabled") && listed.contains("Sagssystemet"), "{listed}");
    let shown = made.does(&["sp", "show", ENTITY_ID]);
    for part in ["https://sag.example/acs", "profile = \"oiosaml3-professional\"", "signs", "encrypts"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(made.does(&["sp", "disable", ENTITY_ID]).contains("no more answers"));
    assert!(made.does(&["sp", "list"]).starts_with("disabled"));
    made.runs(&["sp", "disable", ENTITY_ID]).complains(&["nothing to change"]);
}

#[test]
fn what_can_not_be_registered_is_refused_with_the_remedy() {
    let made = Installation::new();
    let good = made.file("sag.xml", &metadata("Sag"));
    let check = |name: &str, text: &str, part: &str| {
        made.runs(&["sp", "add", &made.file(name, text)]).complains(&[name, part]);
    };
    check("text.xml", "hello", "Fetch the metadata again");
    check(
        "plain.xml",
        &metadata("Sag").replace("https://sag.example", "http://sag.example"),
        "must begin with https://",
    );
    check("entities.xml", "<!DOCTYPE x><x/>", "cannot be read");
    made.runs(&["sp", "add", "/nowhere/sag.xml"]).complains(&["/nowhere/sag.xml", "can't be used"]);
    let policy = made.file("policy.toml", "profile = \"best\"");
    made.runs(&["sp", "add", &good, "--policy", &policy]).complains(&["policy.toml", "choose one of"]);
    made.runs(&["sp", "show", "https://nobody.example"])
        .complains(&["no service provider", "portner sp list"]);
    assert_eq!(made.does(&["sp", "list"]), "", "nothing was registered by mistake");
}

#[test]
fn t_log_02_a_name_with_control_characters_does_not_reach_the_terminal() {
    let made = Installation::new();
    let hostile = metadata("Sag").replace(">Sag<", ">Sag&#9;&#x85;[2J&#x9b;31m<");
    let said = made.runs(&["sp", "add", &made.file("sag.xml", &hostile)]);
    let shown =
        if said.ok { made.does(&["sp", "list"]) + &made.does(&["sp", "show", ENTITY_ID]) } else { said.err };
    let control = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!shown.chars().any(control), "{shown:?}");
}

#[test]
fn keys_are_named_by_fingerprint_and_never_shown() {
    let made = Installation::new();
    let shown = made.does(&["key", "list"]);
    assert!(shown.contains("signing") && shown.contains("audit"), "{shown}");
    for name in ["envelope.key", "audit.key", "passphrase"] {
        let secret = std::fs::read_to_string(made.data().join("keys").join(name)).unwrap();
        assert!(!shown.contains(secret.trim()), "{name}");
    }
    assert!(!shown.contains("PRIVATE"));
}

#[test]
fn a_policy_is_changed_with_what_that_changes_shown() {
    let made = Installation::new();
    made.does(&["sp", "add", &made.file("sag.xml", &metadata("Sag"))]);
    let policy = made.file("policy.toml", "class_ref = \"nsis\"\ngroups = { any_of = [\"Sag\"] }");
    let said = made.does(&["sp", "policy", ENTITY_ID, &policy]);
    for line in [
        "- class_ref = \"nsis-loa\"",
        "+ class_ref = \"nsis\"",
        "+ any_of = [\"Sag\"]",
        "changed the policy of",
    ] {
        assert!(said.lines().any(|said| said.starts_with(line)), "{line}: {said}");
    }
    assert!(!said.contains("encryption"), "what stays is not shown: {said}");
    assert!(made.does(&["sp", "show", ENTITY_ID]).contains("any_of = [\"Sag\"]"));
    made.runs(&["sp", "policy", ENTITY_ID, &policy]).complains(&["nothing to change"]);
    made.runs(&["sp", "policy", "https://nobody.example", &policy]).complains(&["no service provider"]);
    let bad = made.file(
        "bad.toml",
        "[[attributes]]\nname = \"a\"\nrelease = \"always\"\nsource = \"email\"\nthen = [{ match = \"(\" }]",
    );
    made.runs(&["sp", "policy", ENTITY_ID, &bad]).complains(&["bad.toml", "unclosed group"]);
}

#[test]
fn a_login_is_worked_through_without_one() {
    let made = Installation::new();
    made.does(&["sp", "add", &made.file("sag.xml", &metadata("Sag"))]);
    let who = ["user", "add", "--user-name", "anna", "--first-name", "Anna", "--last-name", "Andersen"];
    let proofed = ["--route", "R7", "--employment-source", "payroll"];
    made.does(&[who.as_slice(), &proofed].concat());
    let test = ["sp", "test", ENTITY_ID, "--user-name", "anna"];
    let events = made.does(&["audit", "events"]);
    let said = made.does(&test);
    for part in [
        "result     an assertion",
        "demands    no level",
        "with       totp: no level, not a login",
        "with       password: Low, enough",
        "with       password and totp: Substantial, enough",
        "NameID     will be assigned at the first login (urn:oasis:names:tc:SAML:2.0:nameid-format:persistent)",
        "attribute  NSISLevelOfAssurance = Substantial",
        "attribute  FullName - not sent: the metadata does not ask for it",
        "class ref  https://data.gov.dk/concept/core/nsis/loa/Substantial",
        "encrypts   http://www.w3.org/2009/xmlenc11#aes256-gcm",
        "signs      the assertion",
        "answers    https://sag.example/acs",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(made.does(&["audit", "events"]), events, "asking changes nothing");

    let policy = made.file("policy.toml", "required_level = \"High\"\ngroups = { any_of = [\"Sag\"] }");
    made.does(&["sp", "policy", ENTITY_ID, &policy]);
    let said = made.does(&test);
    for part in [
        "no assertion: the user is in none of the groups",
        "no assertion: the user can't reach the level High",
        "too little",
        "because",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let right = [
        "--user-name",
        "anna",
        "--privilege",
        "urn:a:b",
        "--scope",
        "cvr:12345678",
        "--constraint",
        "urn:k=1",
    ];
    made.does(&[["user", "grant"].as_slice(), &right].concat());
    let all = "[[attributes]]\nname = \"urn:p\"\nsource = \"privileges\"\nrelease = \"always\"\n[[attributes]]\n\
               name = \"dk:gov:saml:attribute:AssuranceLevel\"\nsource = \"assurance-level\"\nrelease = \"always\"";
    let told = made.file("told.toml", &format!("groups = {{ any_of = [\"Sag\"] }}\n{all}"));
    made.does(&["sp", "policy", ENTITY_ID, &told]);
    let said = made.does(&test);
    for part in
        ["urn:p = urn:a:b in cvr:12345678 urn:k=1", "AssuranceLevel - not sent: this login has no such level"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let json = made.does(&[test.as_slice(), &["--json"]].concat());
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        found["obstacles"][0],
        serde_json::json!({ "obstacle": "group", "why": "in-no-admitted-group" })
    );
    assert_eq!(found["name_id"]["name_id"], "will-be-assigned");
    made.runs(&["sp", "test", ENTITY_ID, "--user-name", "bo"]).complains(&["no user bo"]);
    made.runs(&["sp", "test", "https://nobody.example", "--user-name", "anna"])
        .complains(&["no service provider"]);
}

#[test]
fn new_metadata_of_concern_is_shown_and_needs_a_word() {
    let made = Installation::new();
    made.does(&["sp", "add", &made.file("sag.xml", &metadata("Sag"))]);
    let moved = metadata("Sag").replace("https://sag.example/acs", "https://evil.example/acs");
    let file = made.file("moved.xml", &moved);
    let refused = made.runs(&["sp", "add", &file]);
    assert!(!refused.ok && refused.out.contains("! new address for answers"), "{refused:?}");
    assert!(
        refused.err.contains("1 of the changes") && refused.err.contains("--accept-lowering"),
        "{refused:?}"
    );
    assert!(made.does(&["sp", "show", ENTITY_ID]).contains("https://sag.example/acs"));
    let said = made.does(&["sp", "add", &file, "--accept-lowering"]);
    for part in [
        "! new address for answers: https://evil.example/acs (it had nothing at this host before)",
        "address for answers gone: https://sag.example/acs",
        "replaced the metadata",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(made.does(&["sp", "list"]).contains("by hand\tfirst certificate ends in"));
}

#[test]
fn an_address_inside_is_refused_before_anything_is_registered() {
    let made = Installation::new();
    for (address, part) in [
        ("http://sag.example/metadata", "must begin with https://"),
        ("https://127.0.0.1:9/metadata", "not on the public Internet"),
        ("https://localhost:9/metadata", "not on the public Internet"),
        ("https://2130706433/metadata", "must begin with https://"),
    ] {
        made.runs(&["sp", "add", address]).complains(&[part]);
    }
    assert_eq!(made.does(&["sp", "list"]), "");
}

#[test]
fn there_is_nothing_to_approve_refresh_or_look_into_at_first() {
    let made = Installation::new();
    made.does(&["sp", "add", &made.file("sag.xml", &metadata("Sag"))]);
    assert_eq!(made.does(&["sp", "pending"]), "nothing waits\n");
    assert_eq!(made.does(&["sp", "refresh"]), "");
    made.runs(&["sp", "refresh", ENTITY_ID]).complains(&["has no address", "portner sp add URL"]);
    made.runs(&["sp", "approve", ENTITY_ID, "00"]).complains(&["no metadata of", "waits for approval"]);
    made.runs(&["sp", "reject", ENTITY_ID]).complains(&["waits for approval"]);
    assert!(made.does(&["sp", "failures", ENTITY_ID]).contains("came to nothing lately"));
    made.runs(&["sp", "failures", "https://nobody.example"]).complains(&["portner sp list"]);
}
