//! `portner sp …` and `portner key …`.

use portner_saml::metadata::service_provider_metadata;
use portner_saml::{Certificate, LocalName, NameIdFormat, SpDescription};

use crate::installation::Installation;

const ENTITY_ID: &str = "https://saml.sag.example";

fn metadata(name: &str) -> String {
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
    for name in ["envelope.key", "audit.key"] {
        let secret = std::fs::read_to_string(made.data().join("keys").join(name)).unwrap();
        assert!(!shown.contains(secret.trim()), "{name}");
    }
    assert!(!shown.contains("PRIVATE"));
}
