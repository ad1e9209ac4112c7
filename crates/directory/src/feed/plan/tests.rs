//! Plans, as tables: what is on record, what the feed says, and what has to happen.

use std::collections::BTreeSet;

use portner_domain::identity::State;
use portner_domain::life::{Admission, Validity};
use portner_domain::{IdentityId, Moment, PersonId};

use super::{Around, Holder, Known, Person, Speaks, Step, plan};
use crate::feed::record::{Field, Record, Status, Wrong};
use crate::person::About;

const NOW: Moment = Moment(1_000_000);

fn identity(n: u8) -> IdentityId {
    IdentityId(format!("00000000-0000-7000-8000-0000000000{n:02}").parse().unwrap())
}

fn person(n: u8) -> Person {
    Person {
        id: PersonId(format!("00000000-0000-7000-9000-0000000000{n:02}").parse().unwrap()),
        first_name: "Anna".to_owned(),
        last_name: "Andersen".to_owned(),
        known_as: None,
        is_protected: false,
        cpr_index: Some("anna".to_owned()),
        leader: Some(identity(n)),
    }
}

fn known(n: u8) -> Known {
    Known {
        identity: identity(n),
        person: person(n),
        user_name: "anna".parse().unwrap(),
        cvr: "12345678".parse().unwrap(),
        state: State::Active,
        is_stopped: false,
        validity: Validity::default(),
        admission: Admission::Withheld,
        about: About::default(),
        groups: ["hr/skole", "valgt"].map(|name| name.parse().unwrap()).into(),
    }
}

fn record() -> Record {
    Record {
        key: "1".to_owned(),
        user_name: "anna".parse().unwrap(),
        first_name: "Anna".to_owned(),
        last_name: "Andersen".to_owned(),
        about: About::default(),
        cvr: "12345678".parse().unwrap(),
        cpr: Some("0101701234".parse().unwrap()),
        validity: Validity::default(),
        admission: None,
        groups: BTreeSet::from(["hr/skole".parse().unwrap()]),
        status: Status::Employed,
    }
}

fn around() -> Around {
    Around {
        known: Some(known(1)),
        fresh: identity(50),
        cpr_index: Some("anna".to_owned()),
        by_cpr: Some(person(1)),
        holder: None,
        knows_organisation: true,
    }
}

fn speaks() -> Speaks {
    use Field::{Email, Groups, Title, Unit, ValidFrom, ValidUntil};
    Speaks { of: [Email, Title, Unit, ValidFrom, ValidUntil, Groups].into(), group_prefix: "hr/".to_owned() }
}

fn stranger() -> Around {
    Around { known: None, by_cpr: None, cpr_index: Some("new".to_owned()), ..around() }
}

fn check(what: &str, record: &Record, around: &Around, steps: Result<Vec<Step>, Wrong>) {
    let found = plan(&speaks(), record, around, NOW);
    assert_eq!(found.map(|plan| plan.steps), steps, "{what}");
}

#[test]
fn whoever_is_as_the_feed_says_is_left_alone() {
    check("the same", &record(), &around(), Ok(vec![]));
    let unspoken = Record {
        about: About { known_as: Some("An".to_owned()), is_protected: true, ..About::default() },
        ..record()
    };
    check("of what the feed does not speak", &unspoken, &around(), Ok(vec![]));
}

#[test]
fn each_field_that_differs_is_one_step() {
    let until = Validity { from: None, until: Some(Moment(2_000_000)) };
    let title =
        About { title: Some("Leder".to_owned()), email: Some("a@b.dk".to_owned()), ..About::default() };
    let none = BTreeSet::new();
    let two = ["hr/skole", "hr/leder"].map(|name| name.parse().unwrap()).into();
    let cases = [
        ("name", Record { last_name: "Berg".to_owned(), ..record() }, Step::Rename),
        ("user name", Record { user_name: "aberg".parse().unwrap(), ..record() }, Step::UserName),
        ("fields", Record { about: title, ..record() }, Step::Describe(vec![Field::Email, Field::Title])),
        ("last day", Record { validity: until, ..record() }, Step::Validity { to: until, is_shorter: true }),
        (
            "permitted",
            Record { admission: Some(Admission::Permitted), ..record() },
            Step::Admit(Admission::Permitted),
        ),
        (
            "leaves its own groups only",
            Record { groups: none, ..record() },
            Step::Leave("hr/skole".parse().unwrap()),
        ),
        ("joins", Record { groups: two, ..record() }, Step::Join("hr/leder".parse().unwrap())),
    ];
    for (what, record, step) in cases {
        check(what, &record, &around(), Ok(vec![step]));
    }
}

#[test]
fn where_somebody_stands_decides_about_login() {
    let states = [
        ("in use", State::Active, false),
        ("stopped by the feed", State::Locked, true),
        ("stopped by others", State::Locked, false),
        ("ended", State::Ended, false),
    ];
    use Step::{End, Lift, Lock, Resume};
    // At work, stopped, ended, back.
    let wanted = [
        [vec![], vec![Lock], vec![End], vec![]],
        [vec![Lift], vec![], vec![End], vec![Lift]],
        [vec![], vec![Lock], vec![End], vec![]],
        [vec![], vec![], vec![], vec![Resume]],
    ];
    for ((what, state, is_stopped), row) in states.into_iter().zip(wanted) {
        let around = Around { known: Some(Known { state, is_stopped, ..known(1) }), ..around() };
        let statuses = [Status::Employed, Status::Stopped, Status::Ended, Status::Returned];
        for (status, steps) in statuses.into_iter().zip(row) {
            check(&format!("{what}, {status:?}"), &Record { status, ..record() }, &around, Ok(steps));
        }
        let returner = plan(&speaks(), &record(), &around, NOW).unwrap().is_returner;
        assert_eq!(returner, state == State::Ended, "{what}");
    }
    let over = Validity { from: None, until: Some(NOW) };
    check("the last day is over", &Record { validity: over, ..record() }, &around(), Ok(vec![End]));
}

#[test]
fn who_is_not_here_is_registered_if_at_work() {
    check("new", &record(), &stranger(), Ok(vec![Step::Register(None)]));
    let known_person = Around { by_cpr: Some(person(1)), ..stranger() };
    check("a person who is here", &record(), &known_person, Ok(vec![Step::Register(Some(person(1).id))]));
    for status in [Status::Stopped, Status::Ended] {
        check("not at work", &Record { status, ..record() }, &stranger(), Ok(vec![]));
    }
    let unknown = Around { knows_organisation: false, ..stranger() };
    check("organisation", &record(), &unknown, Err(Wrong::NoSuchOrganisation));
    let named = Around { by_cpr: Some(Person { leader: None, ..person(1) }), ..stranger() };
    let renamed = Record { last_name: "Berg".to_owned(), ..record() };
    let steps = vec![Step::Register(Some(person(1).id)), Step::Rename];
    check("nobody else says the name", &renamed, &named, Ok(steps));
}

#[test]
fn a_user_name_is_taken_over_from_nobody_but_the_same_person() {
    let holder = |cpr: &str, is_fed| {
        let person = Person { cpr_index: Some(cpr.to_owned()), ..person(2) };
        Around { holder: Some(Holder { known: Known { person, ..known(2) }, is_fed }), ..stranger() }
    };
    check("by hand, same number", &record(), &holder("new", false), Ok(vec![Step::Adopt(identity(2))]));
    check("by hand, another number", &record(), &holder("other", false), Err(Wrong::NotOurs));
    check(
        "by hand, no number",
        &record(),
        &Around { cpr_index: None, ..holder("x", false) },
        Err(Wrong::NotOurs),
    );
    check("from a feed", &record(), &holder("new", true), Err(Wrong::UserNameTaken));
    let renamed =
        Around { known: Some(Known { user_name: "old".parse().unwrap(), ..known(1) }), ..holder("x", true) };
    check("another name", &record(), &Around { cpr_index: None, ..renamed }, Err(Wrong::UserNameTaken));
}

#[test]
fn a_number_is_one_persons_and_only_the_leading_record_changes_it() {
    let other = || Around { cpr_index: Some("other".to_owned()), by_cpr: None, ..around() };
    check("another", &record(), &other(), Ok(vec![Step::AnotherCpr]));
    check("somebody else's", &record(), &Around { by_cpr: Some(person(2)), ..other() }, Err(Wrong::CprTaken));
    let without = Known { person: Person { cpr_index: None, ..person(1) }, ..known(1) };
    check("the first", &record(), &Around { known: Some(without), ..other() }, Ok(vec![Step::Cpr]));
    let second = Known { person: Person { leader: Some(identity(0)), ..person(1) }, ..known(1) };
    let second = Around { known: Some(second), ..other() };
    check("a second record's", &record(), &second, Err(Wrong::CprDisputed));
    let renamed = Record { last_name: "Berg".to_owned(), ..record() };
    check("a second record's name", &renamed, &Around { cpr_index: None, ..second }, Ok(vec![]));
}

#[test]
fn what_can_not_become_something_else_does_not() {
    let robot = Known { admission: Admission::Never, ..known(1) };
    let wanted = Record { admission: Some(Admission::Permitted), ..record() };
    check("a robot", &wanted, &Around { known: Some(robot), ..around() }, Err(Wrong::Robot));
    let wanted = Record { admission: Some(Admission::Never), ..record() };
    check("a person", &wanted, &around(), Err(Wrong::Robot));
    let moved = Record { cvr: "87654321".parse().unwrap(), ..record() };
    check("another organisation", &moved, &around(), Err(Wrong::OtherOrganisation));
}

#[test]
fn an_earlier_last_day_is_a_loss_and_a_later_one_is_not() {
    let validity =
        |from: Option<i64>, until: Option<i64>| Validity { from: from.map(Moment), until: until.map(Moment) };
    for (was, is, loses) in [
        (validity(None, None), validity(None, Some(9)), true),
        (validity(None, Some(9)), validity(None, Some(8)), true),
        (validity(None, Some(8)), validity(None, Some(9)), false),
        (validity(None, Some(8)), validity(None, None), false),
        (validity(None, None), validity(Some(1), None), true),
        (validity(Some(2), None), validity(Some(1), None), false),
        (validity(Some(1), Some(8)), validity(Some(2), Some(9)), true),
    ] {
        let step = Step::Validity { to: is, is_shorter: super::is_shorter(was, is) };
        assert_eq!(step.loses(), loses, "{was:?} {is:?}");
    }
}
