//! Rights on the wire, there and back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner_domain::right::{Constraints, Right};
use proptest::prelude::*;

use crate::privilege::{
    NotPrivileges, PRIVILEGE_LIST_BYTES_MAX, PrivilegeList, PrivilegeNamespace, TooManyPrivileges,
};

const BOTH: [(PrivilegeNamespace, &str); 2] = [
    (PrivilegeNamespace::Digst, include_str!("../../testdata/privileges/digst.xml")),
    (PrivilegeNamespace::Itst, include_str!("../../testdata/privileges/itst.xml")),
];

fn right(privilege: &str, scope: &str, constraints: &[&str]) -> Right {
    let constraints: Vec<_> = constraints.iter().map(|text| text.parse().unwrap()).collect();
    Right {
        privilege: privilege.parse().unwrap(),
        scope: scope.parse().unwrap(),
        constraints: Constraints::try_from(constraints).unwrap(),
    }
}

fn rights() -> Vec<Right> {
    let caseworker = "urn:dk:example:system:role:caseworker";
    let constraints = ["urn:dk:kombit:sensitivity=<\"&]]>' </Constraint>", "urn:dk:kombit:KLE=27.39.00"];
    vec![
        right(caseworker, "se-number:87654321", &[]),
        right(caseworker, "cvr:12345678", &constraints),
        right("urn:dk:example:a?b=1&c='2'", "production-unit:1234567890", &[]),
        right(caseworker, "cvr:12345678", &[]),
        right("http://sag.example/roles/jobrole/leder/1", "cvr:12345678", &[]),
        right(caseworker, "cvr:12345678", &[]),
    ]
}

#[test]
fn privileges_are_written_as_the_profile_has_them_in_both_namespaces() {
    let list = PrivilegeList::of(&rights());
    for (namespace, golden) in BOTH {
        assert_eq!(list.document(namespace).unwrap().unwrap(), golden.trim_end());
        let value = list.value(namespace).unwrap().unwrap();
        assert_eq!(STANDARD.decode(&value).unwrap(), golden.trim_end().as_bytes());
        assert_eq!(PrivilegeList::read(&value), Ok(list.clone()));
        assert_eq!(PrivilegeList::read(golden), Ok(list.clone()), "the document itself is read too");
    }
}

#[test]
fn who_may_do_nothing_is_told_nothing_about() {
    assert_eq!(PrivilegeList::of(&[]).value(PrivilegeNamespace::Digst), Ok(None));
}

#[test]
fn a_list_is_sent_whole_or_not_at_all() {
    let many = |n: usize| {
        let all: Vec<_> =
            (0..n).map(|n| right(&format!("urn:dk:example:{n:0>80}"), "cvr:12345678", &[])).collect();
        PrivilegeList::of(&all).document(PrivilegeNamespace::Digst)
    };
    let fits = many(500).unwrap().unwrap();
    assert!(
        fits.len() <= PRIVILEGE_LIST_BYTES_MAX && PrivilegeList::read(&fits).unwrap().groups().len() == 1
    );
    assert_eq!(many(700), Err(TooManyPrivileges));
}

#[test]
fn capital_letters_in_a_scope_mean_nothing_and_everything_else_does() {
    let document = |from: &str, to: &str| {
        let golden = BOTH[0].1;
        assert!(golden.contains(from), "{from}");
        PrivilegeList::read(&golden.replace(from, to))
    };
    assert_eq!(document("cvrNumberIdentifier", "CvrNumberIdentifier"), Ok(PrivilegeList::of(&rights())));
    for (from, to) in [
        ("cvrNumberIdentifier:12345678", "cprNumberIdentifier:0101701234"),
        ("cvrNumberIdentifier:12345678", "cvrNumberIdentifier:1234567"),
        ("cvrNumberIdentifier:12345678", "cvrNumberIdentifier:12345678 or any"),
        ("http://digst.dk/", "http://other.example/"),
        ("Privilege>", "Role>"),
        ("<Privilege>urn:dk:example:system:role:caseworker</Privilege>", ""),
        ("urn:dk:example:system:role:caseworker", "case worker"),
        ("<PrivilegeGroup ", "<bpp:PrivilegeGroup "),
    ] {
        assert_eq!(document(from, to), Err(NotPrivileges), "{from} -> {to}");
    }
    let empty = "<a:PrivilegeList xmlns:a='http://digst.dk/oiosaml/basic_privilege_profile'/>";
    for bad in [empty, "", "AAAA", "<!DOCTYPE x><x/>", "not base64!"] {
        assert_eq!(PrivilegeList::read(bad), Err(NotPrivileges), "{bad}");
    }
}

proptest! {
    #[test]
    fn t_idp_02_no_text_of_a_right_becomes_markup(
        texts in prop::collection::vec("[ -~æøå]{1,40}", 1..4),
        privileges in prop::collection::vec("urn:[a-z]{2}:[A-Za-z0-9&'()*+,;=:@%/?#.~_-]{1,40}", 1..4),
    ) {
        let constraints: Vec<_> = texts.iter().map(|text| format!("urn:dk:example:x={text}")).collect();
        let constraints: Vec<_> = constraints.iter().map(String::as_str).collect();
        let rights: Vec<_> = privileges.iter().map(|it| right(it, "cvr:12345678", &constraints)).collect();
        let list = PrivilegeList::of(&rights);
        let value = list.value(PrivilegeNamespace::Itst).unwrap().unwrap();
        prop_assert_eq!(PrivilegeList::read(&value), Ok(list));
    }
}
