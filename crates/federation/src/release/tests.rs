//! What is told of people with every kind of name, through every kind of expression, and read at the other end.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::assurance::{Assessment, Reason};
use portner_domain::authenticator::Kind;
use portner_domain::identity::{Employment, Identity, Life, State};
use portner_domain::right::{Holdings, Right};
use portner_domain::{Entropy, IdentityId, Level, Millis, Moment, PersonId, ServiceProviderId};
use portner_saml::metadata::{identity_provider, service_provider_metadata};
use portner_saml::response::{receive, success};
use portner_saml::{
    Certificate, DecryptionKey, EncryptionDefault, EncryptionTarget, ExpectedResponse, FileKey,
    IdentityProvider, IdpDescription, LocalName, NameId, NameIdFormat, PrivilegeList, ResponseSigning,
    ServiceProvider, SpDescription, Success, VerifiedAssertion, is_writable,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::{Absent, Facts, Missing, released, stepped};
use crate::policy::{Policy, Step, VALUE_CHARS_MAX};
use crate::registry::{Registered, SpState};

const IDP: &str = "https://saml.idp.example";
const SP: &str = "https://saml.sp.example";
const ACS: &str = "https://sp.example/acs";
const NOW: Moment = Moment(1_795_252_504_120);

struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        bytes.iter_mut().zip(n.to_le_bytes().into_iter().cycle()).for_each(|(to, from)| *to = from);
    }
}

static ENTROPY: Counter = Counter(AtomicU64::new(1));

macro_rules! testdata {
    ($name:literal) => {
        include_bytes!(concat!("../../../saml/testdata/", $name))
    };
}

static IDP_KEY: LazyLock<FileKey> =
    LazyLock::new(|| FileKey::from_pem(testdata!("idp.key.pem"), testdata!("idp.crt.pem")).unwrap());
static PROVIDER: LazyLock<IdentityProvider> = LazyLock::new(|| {
    let text = identity_provider(&IdpDescription {
        entity_id: IDP.to_owned(),
        signing: vec![Certificate::from_pem(testdata!("idp.crt.pem")).unwrap()],
        sso_redirect: "https://idp.example/sso".to_owned(),
        sso_post: None,
        logout: Vec::new(),
        name_id_formats: Vec::new(),
        attributes: Vec::new(),
        display_name: LocalName::default(),
        logo: None,
        organization: None,
        contacts: Vec::new(),
        error_url: None,
        valid_until: None,
        cache_duration: None,
    });
    IdentityProvider::parse(text.unwrap().as_bytes()).unwrap()
});
static METADATA: LazyLock<ServiceProvider> = LazyLock::new(|| {
    let certificate = Certificate::from_pem(testdata!("sp.crt.pem")).unwrap();
    let text = service_provider_metadata(&SpDescription {
        entity_id: SP.to_owned(),
        signing: vec![certificate.clone()],
        encryption: vec![certificate],
        assertion_consumers: vec![ACS.to_owned()],
        logout: Vec::new(),
        name_id_formats: Vec::new(),
        display_name: LocalName::default(),
        requested_attributes: Vec::new(),
    });
    ServiceProvider::parse(text.unwrap().as_bytes()).unwrap()
});

fn registered(policy: &str) -> Registered {
    let id = ServiceProviderId(Uuid::nil());
    let policy = Policy::from_toml(policy).unwrap();
    Registered { id, metadata: METADATA.clone(), policy, state: SpState::Enabled }
}

/// A policy with one attribute `urn:a` from this source.
fn one(source: &str) -> Registered {
    registered(&format!("[[attributes]]\nname = \"urn:a\"\nrelease = \"always\"\nsource = {source}"))
}

fn person(first_name: &str, last_name: &str) -> Identity {
    Identity {
        id: IdentityId(Uuid::from_u128(1)),
        person: PersonId(Uuid::from_u128(2)),
        user_name: "anna".parse().unwrap(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        email: Some("Anna@Example.dk".to_owned()),
        cvr: "12345678".parse().unwrap(),
        organisation: "Eksempel Kommune".to_owned(),
        employment: Employment::Entered,
        state: State::Active,
        sessions_ended: Moment(0),
        life: Life::PERMITTED,
    }
}

fn assessment(loa: Option<Level>, kinds: &[Kind]) -> Assessment {
    let because = kinds.iter().map(|kind| Reason::Unvouched { kind: *kind }).collect();
    Assessment { ial: loa, aal: loa, fal: loa, loa, because }
}

fn holdings(groups: &[&str], rights: &[Right]) -> Holdings {
    Holdings { groups: groups.iter().map(|name| name.parse().unwrap()).collect(), rights: rights.to_vec() }
}

/// The values of `urn:a`, or why it has none.
fn values(sp: &Registered, identity: &Identity, holdings: &Holdings) -> Result<Vec<String>, Absent> {
    let assessment = assessment(None, &[Kind::Password]);
    let facts = Facts { identity, holdings: Some(holdings), assessment: &assessment, name_id: None };
    super::due_values(&sp.policy.attributes[0], sp, &facts)
}

#[test]
fn expressions_make_of_what_is_on_record_what_a_service_provider_wants() {
    let held = holdings(&["Sag-Leder", "sag-læser", "Andet"], &[]);
    let check = |source: &str, expected: Result<&[&str], Absent>| {
        let found = values(&one(source), &person("Anna Marie", " Østergård "), &held);
        let expected = expected.map(|it| it.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(found, expected, "{source}");
    };
    check("\"email\"\nthen = [\"lower\"]", Ok(&["anna@example.dk"]));
    check("\"email\"\nthen = [\"upper\", { replace = { pattern = \"@.*$\", with = \"\" } }]", Ok(&["ANNA"]));
    check("\"last-name\"\nthen = [\"trim\"]", Ok(&["Østergård"]));
    check("{ join = { of = [\"user-name\", \"cvr\"], separator = \"@\" } }", Ok(&["anna@12345678"]));
    check("{ first-of = [{ join = { of = [\"name-id\"] } }, \"user-name\"] }", Ok(&["anna"]));
    check("\"groups\"", Ok(&["Sag-Leder", "sag-læser", "Andet"]));
    check("\"groups\"\nthen = [{ match = \"(?i)^sag-(.*)$\" }]", Ok(&["Leder", "læser"]));
    check("\"groups\"\nthen = [{ match = \"(?i)^sag\" }, \"lower\"]", Ok(&["sag-leder", "sag-læser"]));
    check("\"groups\"\nthen = [{ replace = { pattern = \".*\", with = \"x\" } }]", Ok(&["x"]));
    check("\"groups\"\nthen = [{ match = \"^nothing\" }]", Err(Absent::NoMatch));
    check("\"groups\"\nthen = [{ match = \"^(x)?Andet\" }]", Err(Absent::NoMatch));
    check(
        "\"email\"\nthen = [{ replace = { pattern = \"^([^@]*)@(.*)$\", with = \"${2}/${1}\" } }]",
        Ok(&["Example.dk/Anna"]),
    );
    check("\"spec-version\"", Ok(&["OIO-SAML-3.0"]));
    check("\"subject-name-id\"", Ok(&["anna@12345678"]));
    check("\"name-id\"", Err(Absent::NotAssigned));
    check("\"privileges\"", Err(Absent::NoValue));
}

#[test]
fn what_can_not_be_told_whole_is_not_told() {
    let nobody = Holdings::default();
    let check = |identity: &Identity, source: &str, expected: Absent| {
        assert_eq!(values(&one(source), identity, &nobody), Err(expected), "{source}");
    };
    let long = "x".repeat(VALUE_CHARS_MAX + 1);
    check(&person(&long, "A"), "\"first-name\"", Absent::TooLong);
    check(&person("A\u{fffe}", "B"), "\"first-name\"", Absent::Unwritable);
    check(&person("A\0", "B"), "{ join = { of = [\"first-name\", \"last-name\"] } }", Absent::Unwritable);
    check(&person("", "B"), "\"first-name\"", Absent::NoValue);
    check(&person("", "B"), "{ join = { of = [\"first-name\", \"last-name\"] } }", Absent::NoValue);
    check(&person(" ", "B"), "\"first-name\"\nthen = [\"trim\"]", Absent::NoMatch);
    let grow = "{ replace = { pattern = \"\", with = \"xxxxxxxxxxxxxxxxxxxx\" } }";
    check(
        &person(&"a".repeat(200), "B"),
        &format!("\"first-name\"\nthen = [{grow}, {grow}, {grow}]"),
        Absent::TooLong,
    );
    let fits = "x".repeat(VALUE_CHARS_MAX);
    assert_eq!(values(&one("\"first-name\""), &person(&fits, "B"), &nobody), Ok(vec![fits]));

    // One group that can't be told keeps the others back.
    let wide = holdings(&["kort", &"x".repeat(200)], &[]);
    let doubled = one("\"groups\"\nthen = [{ replace = { pattern = \"^.*$\", with = \"${0}${0}\" } }]");
    assert_eq!(values(&doubled, &person("A", "B"), &wide), Err(Absent::TooLong));
}

#[test]
fn what_is_made_of_a_name_is_no_level_either() {
    let check = |source: &str, expected: Result<Vec<String>, Absent>| {
        let found = values(&one(source), &person("Hi", "gh"), &Holdings::default());
        assert_eq!(found, expected, "{source}");
    };
    check("{ join = { of = [\"first-name\", \"last-name\"] } }", Err(Absent::SaysLevel));
    check(
        "\"first-name\"\nthen = [{ replace = { pattern = \"$\", with = \"GH\" } }]",
        Err(Absent::SaysLevel),
    );
    let found = values(&one("\"last-name\""), &person("David", "Low"), &Holdings::default());
    assert_eq!(found, Ok(vec!["Low".to_owned()]), "people are called what they are called");
}

#[test]
fn what_was_said_before_nsis_is_said_only_where_there_is_no_level() {
    let sp = registered("profile = \"kombit-context-handler\"");
    let identity = person("Anna", "Andersen");
    let told = |loa, kinds: &[Kind]| {
        let (assessment, holdings) = (assessment(loa, kinds), Holdings::default());
        let facts =
            Facts { identity: &identity, holdings: Some(&holdings), assessment: &assessment, name_id: None };
        let all = released(&sp, &facts).unwrap();
        let said = |end: &str| all.iter().find(|it| it.name.ends_with(end)).map(|it| it.values.concat());
        (said("/nsis/loa"), said(":AssuranceLevel"))
    };
    let both = [Kind::Password, Kind::Totp];
    assert_eq!(told(None, &both[..1]), (None, Some("2".to_owned())));
    assert_eq!(told(None, &both), (None, Some("3".to_owned())));
    assert_eq!(told(Some(Level::Low), &both[..1]), (Some("Low".to_owned()), None));
    assert_eq!(told(Some(Level::Substantial), &both), (Some("Substantial".to_owned()), None));
}

#[test]
fn only_the_rights_that_the_policy_names_are_told() {
    let right = |privilege: &str, scope: &str| Right {
        privilege: privilege.parse().unwrap(),
        scope: scope.parse().unwrap(),
        constraints: Default::default(),
    };
    let all = [
        right("urn:sag:read", "cvr:12345678"),
        right("urn:sag:read", "cvr:87654321"),
        right("urn:løn:read".replace('ø', "o").as_str(), "cvr:12345678"),
        right("urn:sag:read", "production-unit:1234567890"),
    ];
    let check = |more: &str, expected: &[Right]| {
        let attribute = "[[attributes]]\nname = \"urn:a\"\nrelease = \"always\"\nsource = \"privileges\"";
        let sp = registered(&format!("{more}\n{attribute}"));
        let found = values(&sp, &person("A", "B"), &holdings(&[], &all));
        let read = found.map(|values| PrivilegeList::read(&values[0]).unwrap());
        assert_eq!(read, Ok(PrivilegeList::of(expected)), "{more}");
    };
    check("", &all);
    check("privilege_scope = \"own-organisation\"", &[all[0].clone(), all[2].clone()]);
    check("privilege_pattern = \"^urn:sag:\"\nprivilege_scope = \"own-organisation\"", &all[..1]);
    let none = registered(
        "privilege_pattern = \"^x\"\n[[attributes]]\nname = \"urn:a\"\nrelease = \"always\"\nsource = \"privileges\"",
    );
    assert_eq!(values(&none, &person("A", "B"), &holdings(&[], &all)), Err(Absent::NoMatch));
}

#[test]
fn an_attribute_that_must_have_a_value_stops_the_rest() {
    let sp = one("\"email\"\nif_missing = \"deny\"");
    let identity = Identity { email: None, ..person("Anna", "Andersen") };
    let assessment = assessment(None, &[]);
    let facts = Facts { identity: &identity, holdings: None, assessment: &assessment, name_id: None };
    let missing = Missing { name: "urn:a".to_owned(), why: Absent::NoValue };
    assert_eq!(released(&sp, &facts), Err(missing));
}

/// Text with everything in it that has ever confused a writer or a reader.
fn hostile() -> impl Strategy<Value = String> {
    let markup = prop::sample::select(vec![
        "<",
        "&",
        "]]>",
        "\"",
        "'",
        "\r\n",
        "\t",
        "<!--",
        "-->",
        "&#0;",
        "&lt;",
        "<![CDATA[",
        "\0",
        "\u{fffe}",
        "\u{ffff}",
        "\u{1}",
        "\u{85}",
        "\u{2028}",
        "\u{1F600}",
        "\u{10ffff}",
        "\u{fffd}",
        "</saml:AttributeValue><saml:AttributeValue>admin",
        "æøå",
    ]);
    let piece = prop_oneof![markup.prop_map(str::to_owned), any::<char>().prop_map(|c| c.to_string())];
    let short = prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat());
    prop_oneof![9 => short.clone(), 1 => short.prop_map(|text| text.repeat(40))]
}

/// Signed, encrypted, posted, received, decrypted, verified and read.
fn there_and_back(
    sp: &Registered,
    attributes: &[portner_saml::Attribute],
    name_id: &NameId,
) -> VerifiedAssertion {
    let it = Success {
        response_id: "_r",
        assertion_id: "_a",
        in_response_to: "_request",
        issuer: IDP,
        acs: ACS,
        audience: SP,
        now: NOW,
        valid_for: Millis::minutes(5),
        authn_instant: NOW,
        session_index: "_s",
        session_not_on_or_after: None,
        class_ref: "urn:x",
        name_id,
        attributes,
        authenticating_authority: None,
    };
    let target = EncryptionTarget::choose(&sp.metadata, EncryptionDefault::Widest, NOW).unwrap();
    let xml = success(&it, &*IDP_KEY, &target, ResponseSigning::AssertionOnly, &ENTROPY).unwrap();
    let expected =
        ExpectedResponse { acs: ACS, audience: SP, in_response_to: "_request", now: NOW, skew: Millis(0) };
    let key = DecryptionKey::from_pem(testdata!("sp.key.pem")).unwrap();
    receive(&STANDARD.encode(xml)).unwrap().verify(&PROVIDER, &key, &expected).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn t_idp_02_whatever_people_are_called_arrives_as_it_is_or_not_at_all(
        first in hostile(), last in hostile(), organisation in hostile(), group in hostile(),
    ) {
        let sp = registered(
            "name_id = \"kombit-subject\"\n\
             attributes = [\n\
             { name = \"first\", source = \"first-name\", release = \"always\" },\n\
             { name = \"last\", source = \"last-name\", release = \"always\" },\n\
             { name = \"org\", source = \"organisation-name\", release = \"always\", name_format = \"basic\" },\n\
             { name = \"both\", source = { join = { of = [\"last-name\", \"first-name\"], separator = \"<&\" } }, release = \"always\" },\n\
             { name = \"groups\", source = \"groups\", release = \"always\" }]",
        );
        let identity = Identity { organisation: organisation.clone(), ..person(&first, &last) };
        let groups: Vec<_> = group.parse().ok().into_iter().collect();
        let holdings = Holdings { groups: groups.clone(), rights: Vec::new() };
        let assessment = assessment(None, &[Kind::Password]);
        let facts = Facts { identity: &identity, holdings: Some(&holdings), assessment: &assessment, name_id: None };
        let told = released(&sp, &facts).unwrap();

        // What is told is exactly what there is of what can be told.
        let carried = |text: &String| {
            !text.is_empty() && text.chars().count() <= VALUE_CHARS_MAX && is_writable(text)
        };
        let both = format!("{last}<&{first}");
        let both = (!first.is_empty() && !last.is_empty()).then_some(both);
        let group = groups.first().map(|group| group.as_str().to_owned());
        let expected: Vec<_> = [
            ("first", Some(first)), ("last", Some(last)), ("org", Some(organisation)), ("both", both), ("groups", group),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(carried)?)))
        .collect();
        let found: Vec<_> = told.iter().map(|it| (it.name.as_str(), it.values.concat())).collect();
        prop_assert_eq!(found, expected);

        let name = crate::policy::written(&sp.policy.name_id, &identity);
        let name = name.map(|value| sp.policy.named(value));
        let fallback = NameId { format: NameIdFormat::Persistent, value: "x".to_owned() };
        let name = name.unwrap_or(fallback);
        let read = there_and_back(&sp, &told, &name);
        prop_assert_eq!(read.attributes, told);
        prop_assert_eq!(read.name_id, name);
    }

    #[test]
    fn no_value_makes_steps_take_long_or_grow_without_limit(
        text in hostile(), pattern in "[a-z.*+?()|^$\\[\\]{}0-9]{0,12}", with in "[a-z$0-9{}]{0,12}",
    ) {
        let Ok(pattern) = crate::policy::Pattern::try_from(pattern) else { return Ok(()) };
        let replace = crate::policy::Replace { pattern: pattern.clone(), with };
        let steps = [Step::Replace(replace.clone()), Step::Upper, Step::Replace(replace), Step::Match(pattern)];
        if let Ok(value) = stepped(text, &steps) {
            prop_assert!(value.chars().count() <= super::STEP_CHARS_MAX);
        }
    }
}
