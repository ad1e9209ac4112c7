//! Changes as clients send them.

use proptest::prelude::{Strategy, any, proptest};
use serde_json::{Map, Value, json};

use super::super::json::parse;
use super::super::refusal::Kind;
use super::super::schema::{ENTERPRISE, NSIS};
use super::{apply, document, operations};

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("an object") };
    object
}

fn anna() -> Map<String, Value> {
    object(json!({
        "userName": "anna",
        "name": { "givenName": "Anna", "familyName": "Berg" },
        "emails": [{ "value": "a@x.dk", "type": "work", "primary": true }],
        "active": true,
    }))
}

fn patched(all: Value) -> Result<Value, Kind> {
    let mut anna = anna();
    let body = object(json!({ "Operations": all }));
    operations(&body).and_then(|all| apply(&mut anna, &all)).map_err(|refused| refused.kind)?;
    Ok(Value::Object(anna))
}

/// What stands there afterwards.
fn check(operation: Value, pointer: &str, expected: Value) {
    let after = patched(json!([operation])).unwrap_or_else(|kind| panic!("{operation}: {kind:?}"));
    assert_eq!(after.pointer(pointer).cloned().unwrap_or_default(), expected, "{operation}: {after}");
}

#[test]
fn what_is_added_replaced_and_removed_is() {
    check(json!({"op": "add", "path": "title", "value": "Leder"}), "/title", json!("Leder"));
    check(
        json!({"op": "Replace", "path": "NAME.givenname", "value": "Ann"}),
        "/name/givenName",
        json!("Ann"),
    );
    check(
        json!({"op": "replace", "path": "name", "value": {"familyName": "Å"}}),
        "/name/givenName",
        json!("Anna"),
    );
    check(json!({"op": "remove", "path": "emails"}), "/emails", json!([]));
    check(json!({"op": "remove", "path": "title"}), "/title", Value::Null);
    check(json!({"op": "replace", "path": "title", "value": null}), "/title", Value::Null);
    check(json!({"op": "Replace", "path": "active", "value": "False"}), "/active", json!("False"));
    check(
        json!({"op": "Replace", "value": {"active": "False", "id": "x", "unheard": 1}}),
        "/active",
        json!("False"),
    );
    check(json!({"op": "add", "value": {"name.familyName": "Bo"}}), "/name/familyName", json!("Bo"));
    let unit = format!("/{}/unit", NSIS);
    check(
        json!({"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Nord"}),
        &unit,
        json!("Nord"),
    );
    check(json!({"op": "add", "value": {format!("{ENTERPRISE}:department"): "Syd"}}), &unit, json!("Syd"));
    check(json!({"op": "add", "path": NSIS, "value": {"UNIT": "Øst", "unheard": "x"}}), &unit, json!("Øst"));
    check(json!({"op": "add", "path": format!("{NSIS}:unit"), "value": "V"}), &unit, json!("V"));
    let gone = patched(json!([
        {"op": "add", "path": format!("{NSIS}:unit"), "value": "V"}, {"op": "remove", "path": ENTERPRISE},
    ]));
    assert_eq!(gone.unwrap().pointer(&unit), None, "a department goes with the rest of its schema");
    check(
        json!({"op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "1"}),
        "/userName",
        json!("anna"),
    );
    check(
        json!({"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": "1"}),
        "/userName",
        json!("anna"),
    );
}

#[test]
fn several_values_are_changed_one_by_one() {
    let work = "emails[type eq \"work\"].value";
    check(json!({"op": "replace", "path": work, "value": "b@x.dk"}), "/emails/0/value", json!("b@x.dk"));
    check(
        json!({"op": "Add", "path": "emails[type eq \"home\"].value", "value": "h@x.dk"}),
        "/emails/1/type",
        json!("home"),
    );
    check(json!({"op": "remove", "path": "emails[type eq \"work\"]"}), "/emails", json!([]));
    check(json!({"op": "remove", "path": "emails[value eq \"A@X.DK\"].type"}), "/emails/0/type", Value::Null);
    check(json!({"op": "remove", "path": "emails[type eq \"home\"]"}), "/emails/0/type", json!("work"));
    check(json!({"op": "remove", "path": "emails", "value": [{"value": "A@x.dk"}]}), "/emails", json!([]));
    check(json!({"op": "add", "path": "emails", "value": "c@x.dk"}), "/emails/1/value", json!("c@x.dk"));
    let primary = json!([{"value": "c@x.dk", "primary": true}]);
    check(json!({"op": "add", "path": "emails", "value": primary}), "/emails/0/primary", json!(false));
    check(json!({"op": "replace", "path": "emails", "value": primary}), "/emails/0/value", json!("c@x.dk"));
    let both = json!({"value": "z@x.dk", "type": "other", "unheard": 1});
    check(
        json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": both}),
        "/emails/0/type",
        json!("other"),
    );
}

#[test]
fn what_can_not_be_done_is_refused_with_its_word() {
    for (operation, kind) in [
        (json!({"op": "move", "path": "title"}), Kind::InvalidSyntax),
        (json!({"op": "remove"}), Kind::NoTarget),
        (json!({"op": "add", "value": "x"}), Kind::InvalidSyntax),
        (json!({"op": "replace", "path": "id", "value": "x"}), Kind::Mutability),
        (json!({"op": "replace", "path": "groups", "value": []}), Kind::Mutability),
        (json!({"op": "replace", "path": format!("{NSIS}:state"), "value": "x"}), Kind::Mutability),
        (json!({"op": "replace", "path": "colour", "value": "x"}), Kind::InvalidPath),
        (json!({"op": "replace", "path": "name.colour", "value": "x"}), Kind::InvalidPath),
        (json!({"op": "replace", "path": "title.x", "value": "x"}), Kind::InvalidPath),
        (json!({"op": "replace", "path": "title[x eq 1]", "value": "x"}), Kind::InvalidPath),
        (json!({"op": "replace", "path": "emails[", "value": "x"}), Kind::InvalidFilter),
        (json!({"op": "replace", "path": "emails[type co \"q\"].value", "value": "x"}), Kind::NoTarget),
        (json!({"op": "replace", "path": 7, "value": "x"}), Kind::InvalidPath),
        (json!({"op": "add", "path": "name", "value": "x"}), Kind::InvalidValue),
        (json!({"op": "add", "path": "emails", "value": vec!["x"; 1]}), Kind::Held),
    ] {
        let after = patched(json!([operation]));
        if kind == Kind::Held {
            assert!(after.is_ok(), "{operation}");
        } else {
            assert_eq!(after, Err(kind), "{operation}");
        }
    }
    let many: Vec<Value> = (0..30).map(|n| json!(format!("{n}@x.dk"))).collect();
    assert_eq!(patched(json!([{"op": "add", "path": "emails", "value": many}])), Err(Kind::InvalidValue));
    let flood = vec![json!({"op": "remove", "path": "title"}); 1_001];
    assert_eq!(patched(json!(flood)), Err(Kind::InvalidSyntax));
}

#[test]
fn a_document_has_our_letters_and_nothing_else() {
    let sent = json!({
        "schemas": [], "ID": "x", "USERNAME": "a", "Name": {"GIVENNAME": "A", "formatted": "A B"}, "password": "hidden",
        ENTERPRISE: {"department": "Nord", "manager": {"value": "x"}}, NSIS.to_uppercase(): {"Unit": "Syd"},
    });
    let expected = json!({"userName": "a", "name": {"givenName": "A"}, NSIS: {"unit": "Syd"}});
    assert_eq!(Value::Object(document(&object(sent)).unwrap()), expected);
}

/// What a client says of its own free will.
fn values() -> impl Strategy<Value = Value> {
    let leaf = proptest::prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        "[a-z@.]{0,8}".prop_map(Value::from),
        proptest::prelude::Just(Value::Null),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        proptest::prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map("(value|type|primary|givenName|unit|x)", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_same_twice_is_the_same_once(
        verb in "(add|remove|replace)",
        path in "(title|name|name.givenName|active|emails|emails.value|emails\\[type eq \"work\"\\].value|emails\\[primary eq true\\])",
        value in values(),
    ) {
        let one = json!({"op": verb, "path": path, "value": value});
        if let Ok(once) = patched(json!([one])) {
            // A changed part may be what the filter looks for.
            if !path.contains('[') {
                assert_eq!(patched(json!([one, one])), Ok(once));
            }
        }
    }

    #[test]
    fn whatever_is_sent_leaves_a_document_or_a_refusal(sent in values(), path in "[a-z.:\\[\\] \"]{0,20}") {
        let one = json!({"op": "replace", "path": path, "value": sent});
        drop(patched(json!([one])));
        if let Value::Object(sent) = sent {
            let read = document(&sent).unwrap_or_default();
            assert_eq!(document(&read).unwrap_or_else(|_| read.clone()), read, "a document of a document is the same");
            parse(Value::Object(read).to_string().as_bytes()).unwrap();
        }
    }
}
