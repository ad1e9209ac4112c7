//! Policies as administrators write them.

use portner_domain::assurance::Notified;
use portner_domain::flow::{Rules, Tells};
use portner_domain::session::Limits;
use portner_domain::{Level, Millis};

use super::{Encryption, NameIdRecipe, PROFILES, Policy, RequestBinding, Source};

#[test]
fn every_profile_is_a_policy() {
    for (name, _) in PROFILES {
        let policy = Policy::of_profile(name).unwrap();
        assert_eq!(policy.profile, name);
        let kept = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&kept).unwrap(), policy);
    }
}

#[test]
fn a_file_says_only_what_differs_from_its_profile() {
    let policy = Policy::from_toml(
        "profile = \"nemlog-in\"\nrequests = [\"redirect\", \"post\"]\nhome_url = \"https://sp.example.dk/\"",
    )
    .unwrap();
    assert_eq!(policy.requests, [RequestBinding::Redirect, RequestBinding::Post]);
    assert_eq!(policy.name_id, NameIdRecipe::SubjectNameId);
    assert_eq!(policy.required_level, Some(Level::Substantial));
}

#[test]
fn a_mistake_is_named() {
    let check = |text: &str, part: &str| {
        let error = Policy::from_toml(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    check(
        "profile = \"best\"",
        "choose one of oiosaml3-professional, nemlog-in, kombit-context-handler, plain",
    );
    check("requird_level = \"Low\"", "requird_level");
    check("required_level = \"Highest\"", "Highest");
    check("x = ", "can't be read");
}

#[test]
fn a_policy_that_was_kept_by_the_first_version_is_read() {
    let kept = r#"{"profile":"plain","required_level":"Low","name_id":"subject-name-id","class_ref":"nsis-loa",
        "encryption":"compatible","signing":"assertion","requests":["redirect"],"attributes":[
        {"name":"a","friendly_name":"b","source":{"constant":"x"},"release":"always","if_missing":"omit"},
        {"name":"c","source":"email","release":"when-requested","if_missing":"deny"}]}"#;
    let policy: Policy = serde_json::from_str(kept).unwrap();
    assert_eq!((&policy.name_id, policy.encryption), (&NameIdRecipe::SubjectNameId, Encryption::Compatible));
    assert_eq!(policy.attributes[1].source, Source::Email);
    assert_eq!(policy.spec_version, "OIO-SAML-3.0");
    assert!(policy.groups.is_empty() && !policy.needs_holdings());
}

const EVERYTHING: &str = r#"
profile = "plain"
required_level = "Low"
name_id = { pairwise-group = "skole" }
name_id_format = "unspecified"
name_id_prefix = "urn:uuid:"
requested_name_format = "ignore"
class_ref = "echo"
legacy_class_refs = { "urn:example:any" = "any-login", "urn:example:mfa" = "several-factors" }
exact_comparison = "as-written"
encryption = { explicit = { cipher = "aes128-gcm", transport = "rsa-oaep-mgf1p" } }
signing = "assertion-and-response"
requests = ["post"]
spec_version = "OIO-SAML-3.1"
bpp_namespace = "itst"
privilege_scope = "own-organisation"
privilege_pattern = "^urn:sag:"
session = { password_minutes = 30, second_factor_minutes = 15 }
groups = { any_of = ["Sag"], none_of = ["Vikarer"] }

[[attributes]]
name = "account"
name_format = "basic"
source = { first-of = ["email", { join = { of = ["first-name", { constant = "x" }], separator = "." } }] }
then = ["trim", "lower", { replace = { pattern = "@.*$", with = "" } }, { match = "^[a-z.]+$" }]
release = "always"

[[attributes]]
name = "groups"
name_format = "unspecified"
source = "groups"
release = "when-requested"
if_missing = "deny"
"#;

#[test]
fn everything_that_a_policy_can_say_is_kept_and_shown() {
    let policy = Policy::from_toml(EVERYTHING).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&serde_json::to_string(&policy).unwrap()).unwrap(), policy);
    let shown = toml::to_string(&policy).unwrap();
    assert_eq!(Policy::from_toml(&shown).unwrap(), policy, "{shown}");
    assert!(policy.needs_holdings());
}

#[test]
fn the_examples_of_the_reference_are_policies() {
    let reference = include_str!("../../../../docs/reference/policy.md");
    let examples: Vec<_> =
        reference.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        Policy::from_toml(example).unwrap();
    }
    for (name, _) in PROFILES {
        assert!(reference.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn a_mistake_in_an_expression_is_named_when_the_policy_is_read() {
    let check = |attribute: &str, part: &str| {
        let text = format!("[[attributes]]\nname = \"a\"\nrelease = \"always\"\n{attribute}");
        let error = Policy::from_toml(&text).unwrap_err().to_string();
        assert!(error.contains(part), "{attribute}: {error}");
    };
    let long = "x".repeat(201);
    check("source = \"email\"\nthen = [{ match = \"(\" }]", "unclosed group");
    check("source = \"email\"\nthen = [{ match = \"(a{99}){99}{99}\" }]", "exceeds size limit");
    check(&format!("source = \"email\"\nthen = [{{ match = \"{long}\" }}]"), "longer than 200 bytes");
    check("source = \"email\"\nthen = [{ match = \"(?<=a)b\" }]", "look-around");
    check("source = \"email\"\nthen = [\"reverse\"]", "reverse");
    check("source = \"cpr\"", "cpr");
    check("source = { join = { of = [] } }", "at least one source");
    check("source = { first-of = [\"email\", \"groups\"] }", "not part of other sources");
    check("source = { join = { of = [\"privileges\"] } }", "not part of other sources");
    check("source = \"privileges\"\nthen = [\"lower\"]", "privilege_pattern");
    check("source = { constant = \"\" }", "1 to 256");
    check("source = { constant = \"\\u0000\" }", "XML can carry");
    let nested = "{ first-of = [{ first-of = [{ first-of = [{ first-of = [\"email\"] }] }] }] }";
    check(&format!("source = {nested}"), "nested more than");
    let many = ["\"email\""; 16].join(", ");
    check(&format!("source = {{ first-of = [{many}] }}"), "more than 16 sources");
    let steps = ["\"trim\""; 9].join(", ");
    check(&format!("source = \"email\"\nthen = [{steps}]"), "more than 8 steps");
    check(
        "source = \"email\"\n[[attributes]]\nname = \"a\"\nsource = \"cvr\"\nrelease = \"always\"",
        "named twice",
    );
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let check = |text: &str, part: &str| {
        let error = Policy::from_toml(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    };
    check("name_id = \"transient\"\nname_id_format = \"persistent\"", "name_id_format");
    check("name_id = \"kombit-subject\"\nname_id_format = \"unspecified\"", "name_id_format");
    check("name_id = \"email\"\nname_id_prefix = \"urn:\"", "pairwise names only");
    check("name_id_prefix = \"urn: \"", "no spaces");
    check("name_id = { pairwise-group = \"\" }", "pairwise-group");
    check("session = { password_minutes = 0 }", "at least 1 minute");
    check("session = { idle_minutes = 5 }", "idle_minutes");
    check(
        "encryption = { explicit = { cipher = \"aes256-cbc\", transport = \"rsa-oaep-mgf1p\" } }",
        "aes256-cbc",
    );
    check("encryption = { explicit = { cipher = \"aes256-gcm\", transport = \"rsa-1_5\" } }", "rsa-1_5");
    check("requests = []", "at least one binding");
    check("groups = { any_of = [\"\"] }", "group");
    check("spec_version = \"\"", "spec_version");
}

#[test]
fn a_policy_tightens_how_long_a_proof_counts_and_never_loosens_it() {
    let notified = Notified::default();
    let general = Rules { notified, limits: Limits::NSIS, tells: Tells::Nothing };
    let limits =
        |session: &str| Policy::from_toml(&format!("session = {session}")).unwrap().rules(&general).limits;
    let tight = limits("{ password_minutes = 30, second_factor_minutes = 15 }");
    assert_eq!((tight.knowledge, tight.possession), (Millis::minutes(30), Millis::minutes(15)));
    assert_eq!(limits("{ password_minutes = 100000, second_factor_minutes = 61 }"), Limits::NSIS);
    assert_eq!(limits("{}"), Limits::NSIS);
}

#[test]
fn no_policy_can_utter_a_level_that_was_not_computed() {
    let refused = |text: &str| {
        let refusal = Policy::from_toml(text).map(drop).map_err(|error| error.to_string());
        assert!(refusal.as_ref().is_err_and(|said| said.contains("is computed")), "{text}: {refusal:?}");
    };
    let check = |name: &str, source: &str| {
        refused(&format!("[[attributes]]\nname = {name:?}\nsource = {source}\nrelease = \"always\""));
    };
    let loa = "https://data.gov.dk/concept/core/nsis/loa";
    check(loa, "{ constant = \"High\" }");
    check("https://data.gov.dk/concept/core/NSIS/aal", "{ constant = \"x\" }");
    check(loa, "\"ial\"");
    check("https://data.gov.dk/concept/core/nsis/fal", "\"loa\"");
    check("https://data.gov.dk/concept/core/loa", "{ constant = \"2\" }");
    check("dk:gov:saml:attribute:AssuranceLevel", "{ constant = \"4\" }");
    check("urn:example:strength", "{ constant = \"Substantial\" }");
    check("urn:example:strength", "\"ial\"");

    // The name of a level carries its own source, as it is.
    check(loa, "\"user-name\"");
    check(loa, "{ first-of = [\"loa\", { constant = \"Low\" }] }");
    check(loa, "\"loa\"\nthen = [{ replace = { pattern = \"Low\", with = \"High\" } }]");
    check(loa, "\"loa\"\nthen = [\"trim\"]");
    check(&format!("{loa} "), "\"user-name\"");
    check("dk:gov:saml:attribute:AssuranceLevel", "\"unilogin-level\"");
    check("dk:gov:saml:attribute:assurance-level", "\"user-name\"");
    check("dk:unilogin:loa", "\"assurance-level\"");
    check("urn:example:level-of-assurance", "\"user-name\"");
    check("urn:example", "\"email\"\nfriendly_name = \"NSISLevelOfAssurance\"");

    // Another name carries no computed source, however deep it is, and nothing that comes out as a level.
    check("urn:example", "{ first-of = [\"email\", { join = { of = [\"aal\"] } }] }");
    check("urn:example", "\"assurance-level\"");
    check("urn:example", "{ join = { of = [{ constant = \"Subst\" }, { constant = \"antial\" }] } }");
    check(
        "urn:example",
        "{ join = { of = [{ constant = \"Subst\" }, { constant = \"ntial\" }], separator = \"a\" } }",
    );
    check("urn:example", "{ first-of = [\"email\", { constant = \"HIGH\" }] }");
    check(
        "urn:example",
        "{ constant = \" to faktor\" }\nthen = [\"trim\", { replace = { pattern = \" \", with = \"\" } }]",
    );
    check("urn:example", "{ constant = \"xLow\" }\nthen = [{ match = \"x(.*)\" }]");
    check("urn:example", "\"email\"\nthen = [{ replace = { pattern = \"^.*$\", with = \"High\" } }]");
    check("urn:example", "{ constant = \"https://data.gov.dk/concept/core/nsis/loa/High\" }");
    refused(
        "spec_version = \"High\"\n[[attributes]]\nname = \"urn:x\"\nsource = \"spec-version\"\nrelease = \"always\"",
    );

    // Nor does what an answer echoes.
    refused(&format!("legacy_class_refs = {{ \"{loa}/High\" = \"several-factors\" }}"));
    for demand in ["any-login", "several-factors"] {
        let reference = "urn:dk:gov:saml:attribute:AssuranceLevel:4";
        refused(&format!("legacy_class_refs = {{ {reference:?} = {demand:?} }}"));
    }
    refused(&format!("name_id_prefix = \"{loa}/High#\""));
}

#[test]
fn the_computed_sources_stand_under_their_own_names() {
    let check = |name: &str, source: &str| {
        let text = format!("[[attributes]]\nname = {name:?}\nsource = {source:?}\nrelease = \"always\"");
        assert!(Policy::from_toml(&text).is_ok(), "{name}");
    };
    check("https://data.gov.dk/concept/core/nsis/loa", "loa");
    check("dk:gov:saml:attribute:AssuranceLevel", "assurance-level");
    check("dk:unilogin:loa", "unilogin-level");
    // A surname is no level, whatever it is; nor is a name with the letters in it a name of one.
    check("https://data.gov.dk/model/core/eid/lastName", "last-name");
    check("urn:example:social:reload", "email");
}

#[test]
fn t_net_01_only_who_is_told_no_level_may_ask_for_known_networks() {
    let check = |more: &str, is_policy: bool| {
        let text = format!("access_from = \"known-networks\"\n{more}");
        let read = Policy::from_toml(&text);
        assert_eq!(read.is_ok(), is_policy, "{text}: {read:?}");
        if let Err(error) = read {
            assert!(error.to_string().contains("access_from"), "{error}");
        }
    };
    check("profile = \"plain\"", true);
    check("profile = \"plain\"\nrequired_level = \"Low\"", false);
    check("profile = \"plain\"\nclass_ref = \"nsis-loa\"", false);
    check("profile = \"oiosaml3-professional\"", false);
    check("profile = \"nemlog-in\"", false);
    check("profile = \"kombit-context-handler\"", false);
}
