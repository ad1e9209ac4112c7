//! A whole organisation: what is not believed.

use super::world::{World, agreed, employee, rules, tied, user};
use crate::plan::{Bond, Desired, Observed, Reading, State, Survey, Untrusted};

/// So many users, each tied to one there that is as it should be.
fn many(count: u32) -> Vec<(Desired, Option<Observed>)> {
    (1..=count).map(|n| with_number(n, user(n))).collect()
}

fn with_number(n: u32, user: Desired) -> (Desired, Option<Observed>) {
    let (mut user, mut own) = tied(user);
    own.employee = employee(u128::from(n));
    user.bond = Bond::With { employee: own.employee, agreed: Box::new(agreed(&user)) };
    (user, Some(own))
}

fn surveyed(people: &[(Desired, Option<Observed>)]) -> Survey {
    let mut world = World::default();
    let rows = people.iter().filter_map(|(_, own)| own.clone());
    world.rows.extend(rows.map(|own| (own.employee, own)));
    let mut survey = Survey::default();
    for (user, _) in people {
        survey.count(&world.plan(user, &[], &rules()));
    }
    survey
}

#[test]
fn a_list_that_failed_or_is_empty_or_halved_is_not_believed() {
    let people = many(20);
    let whole = Reading::Whole { read: 20, unreadable: 0 };
    assert_eq!(surveyed(&people).believe(whole), Ok(()));
    assert_eq!(surveyed(&people).believe(Reading::Failed), Err(Untrusted::Failed));
    let empty = Reading::Whole { read: 0, unreadable: 0 };
    assert_eq!(surveyed(&people).believe(empty), Err(Untrusted::Empty));
    assert_eq!(surveyed(&[]).believe(empty), Ok(()), "a new organisation may begin");
    let unreadable = Reading::Whole { read: 20, unreadable: 21 };
    assert_eq!(surveyed(&people).believe(unreadable), Err(Untrusted::Unreadable));
    for (missing, believed) in [(10, true), (11, false)] {
        let mut halved = people.clone();
        halved.iter_mut().take(missing).for_each(|it| it.1 = None);
        assert_eq!(surveyed(&halved).believe(whole).is_ok(), believed, "{missing}");
        let mut gone = people.clone();
        gone.iter_mut().take(missing).for_each(|it| it.1.as_mut().unwrap().state = State::Gone);
        assert_eq!(surveyed(&gone).believe(whole).is_ok(), believed, "{missing} gone");
    }
}
