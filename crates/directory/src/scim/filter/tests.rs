//! Filters as clients write them, and as nobody should.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use serde_json::{Map, Value, json};

use super::{FILTER_BYTES_MAX, Filter, Lookup};

fn anna() -> Map<String, Value> {
    let anna = json!({
        "id": "00000000-0000-7000-8000-000000000001",
        "externalId": "A1",
        "userName": "anna@example.dk",
        "active": true,
        "name": { "givenName": "Anna", "familyName": "Ågård" },
        "emails": [
            { "value": "anna@example.dk", "type": "work", "primary": true },
            { "value": "a@home.example", "type": "home" },
        ],
        "members": [{ "value": "u1" }],
        "meta": { "lastModified": "2026-11-21T09:15:04.120Z" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "employeeNumber": "701984" },
    });
    anna.as_object().unwrap().clone()
}

#[test]
fn each_operator_says_what_the_standard_says() {
    let yes = [
        "userName eq \"ANNA@example.dk\"",
        "USERNAME EQ \"anna@example.dk\"",
        "externalId eq \"A1\"",
        "externalId ne \"a1\"",
        "userName sw \"anna\" and active eq true",
        "active eq \"True\"",
        "active ne false",
        "not (active eq false)",
        "name.familyName co \"gÅr\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName ew \"na\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq \"701984\"",
        "emails.value co \"home\"",
        "emails co \"home\"",
        "emails[type eq \"work\" and value co \"@example.dk\"]",
        "members eq \"u1\"",
        "title eq null",
        "title ne \"x\"",
        "emails pr and not (title pr)",
        "meta.lastModified gt \"2026-11-21T10:15:04.119+01:00\"",
        "meta.lastModified le \"2026-11-21T09:15:04.120Z\"",
        "id eq \"x\" or (userName pr and (active eq true))",
        "active eq false and userName pr or name.givenName eq \"anna\"",
        "  userName   pr  ",
    ];
    let no = [
        "externalId eq \"a1\"",
        "emails[type eq \"home\" and value co \"@example.dk\"]",
        "active gt true",
        "cpr pr",
        "userName gt \"b\"",
        "active eq false and (userName pr or name.givenName eq \"anna\")",
        "emails eq 4",
        "meta.lastModified lt \"2026-11-21T09:15:04.120Z\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department pr",
    ];
    for text in yes {
        assert!(Filter::parse(text).unwrap().matches(&anna()), "{text}");
    }
    for text in no {
        assert!(!Filter::parse(text).unwrap().matches(&anna()), "{text}");
    }
}

#[test]
fn what_is_no_filter_is_refused() {
    let deep = format!("{}userName pr{}", "(".repeat(50), ")".repeat(50));
    let long = format!("userName eq \"{}\"", "x".repeat(FILTER_BYTES_MAX));
    for text in [
        "",
        "userName",
        "userName eq",
        "userName is \"x\"",
        "userName eq x",
        "userName eq \"x",
        "userName eq \"x\" and",
        "(userName pr",
        "userName pr)",
        "emails[type eq \"x\"",
        "userName eq [1]",
        "not userName pr",
        "a.b.c pr",
        "1a pr",
        "urn:example:User:name pr",
        "userName eq \"a\" userName pr",
        "' OR 1=1 --",
        deep.as_str(),
        long.as_str(),
    ] {
        assert!(Filter::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_an_index_finds_is_seen() {
    let lookup = |text: &str| Filter::parse(text).unwrap().lookup("userName");
    assert_eq!(lookup("username eq \"Anna\""), Some(Lookup::Name("Anna".into())));
    assert_eq!(lookup("active eq true and externalId eq \"7\""), Some(Lookup::ExternalId("7".into())));
    assert_eq!(lookup("userName eq \"a\" or userName eq \"b\""), None);
    assert_eq!(lookup("not (id eq \"a\")"), None);
    assert_eq!(lookup("userName sw \"a\""), None);
}

/// Filters whose meaning is known.
fn filters() -> impl Strategy<Value = (String, bool)> {
    let leaf = prop_oneof![
        Just(("userName eq \"anna@example.dk\"".to_owned(), true)),
        Just(("active eq false".to_owned(), false)),
        Just(("emails[type eq \"work\"]".to_owned(), true)),
        Just(("title pr".to_owned(), false)),
    ];
    leaf.prop_recursive(3, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a}) and ({b})"), x && y)),
            (inner.clone(), inner.clone()).prop_map(|((a, x), (b, y))| (format!("({a}) or ({b})"), x || y)),
            inner.prop_map(|(a, x)| (format!("not ({a})"), !x)),
        ]
    })
}

proptest! {
    #[test]
    fn and_or_and_not_are_what_they_are((text, is) in filters()) {
        assert_eq!(Filter::parse(&text).unwrap().matches(&anna()), is, "{text}");
    }

    #[test]
    fn whatever_is_sent_is_a_filter_or_refused(text in any::<String>()) {
        if let Ok(filter) = Filter::parse(&text) {
            filter.matches(&anna());
        }
    }

    #[test]
    fn whatever_nearly_is_one_too(text in "(userName|emails|not|and|or|eq|pr|\\(|\\)|\\[|\\]|\"a\"|\\.| ){0,30}") {
        if let Ok(filter) = Filter::parse(&text) {
            filter.matches(&anna());
        }
    }
}
