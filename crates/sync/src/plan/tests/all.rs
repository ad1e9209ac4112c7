//! A whole organisation: order, streams that end early, and what is not believed.

use portner_directory::feed::Brake;

use super::world::{World, agreed, employee, rules, tied, user};
use crate::plan::{
    Bond, Broken, Desired, Finding, Held, IdentityPlan, Observed, Planning, Reading, Seen, State, Step,
    Survey, Untrusted, Verdict, Wanted,
};

type Fault = Broken<&'static str>;

fn all(
    desired: Vec<Result<Desired, &'static str>>,
    observed: Vec<Result<Observed, &'static str>>,
) -> (Result<Vec<IdentityPlan>, Fault>, u64) {
    let rules = rules();
    let mut planning = Planning::new(desired.into_iter(), observed.into_iter(), |_| Ok(Vec::new()), &rules);
    let plans = planning.by_ref().collect();
    (plans, planning.foreign())
}

/// So many users, each tied to one there that is as it should be, in order.
fn many(count: u32) -> Vec<(Desired, Observed)> {
    (1..=count).map(|n| with_number(n, user(n))).collect()
}

fn with_number(n: u32, user: Desired) -> (Desired, Observed) {
    let (mut user, mut own) = tied(user);
    own.employee = employee(u128::from(n));
    user.bond = Bond::With { employee: own.employee, agreed: Box::new(agreed(&user)) };
    (user, own)
}

fn surveyed(people: &[(Desired, Option<Observed>)]) -> Survey {
    let desired = people.iter().map(|(user, _)| Ok(user.clone())).collect();
    let observed = people.iter().filter_map(|(_, own)| own.clone().map(Ok)).collect();
    let mut survey = Survey::default();
    for plan in all(desired, observed).0.unwrap() {
        survey.count(&plan);
    }
    survey
}

#[test]
fn two_rows_are_held_against_each_other() {
    let mut observed: Vec<_> = many(5).into_iter().map(|(_, own)| Ok(own)).collect();
    drop(observed.remove(2));
    let mut desired = vec![Ok(user(90)), Ok(user(91))];
    desired.extend(many(4).into_iter().skip(1).map(|(user, _)| Ok(user)));
    let (plans, foreign) = all(desired, observed);
    let plans = plans.unwrap();
    assert_eq!(foreign, 2, "the first and the last are nobody's");
    assert_eq!(plans.iter().filter(|plan| plan.is_empty()).count(), 2);
    assert_eq!(
        plans.iter().filter(|plan| plan.seen == Seen::Unbound && plan.steps[0].step == Step::Create).count(),
        2
    );
    assert_eq!(plans[3].findings, [Finding::NotListed]);
}

#[test]
fn what_comes_twice_or_too_late_ends_it() {
    let [a, b] = [many(2).remove(0), many(2).remove(1)];
    let ok = |them: &[&(Desired, Observed)]| them.iter().map(|it| Ok(it.0.clone())).collect::<Vec<_>>();
    let seen = |them: &[&(Desired, Observed)]| them.iter().map(|it| Ok(it.1.clone())).collect::<Vec<_>>();
    let out_of_order = Err(Broken::OutOfOrder);
    assert!(all(ok(&[&a, &b]), seen(&[&a, &b])).0.is_ok());
    assert_eq!(all(ok(&[&b, &a]), seen(&[&a, &b])).0, out_of_order);
    assert_eq!(all(ok(&[&a, &a]), seen(&[&a, &b])).0, out_of_order);
    assert_eq!(all(ok(&[&a, &b]), seen(&[&b, &a])).0, out_of_order);
    assert_eq!(all(ok(&[]), seen(&[&a, &a])).0, out_of_order);
    assert_eq!(all(vec![Ok(user(1)), Ok(user(1))], Vec::new()).0, out_of_order, "two with one name");
    assert_eq!(all(vec![Ok(a.0), Ok(user(1))], Vec::new()).0, out_of_order);
}

#[test]
fn a_row_that_breaks_off_is_no_end() {
    let (user, own) = many(1).remove(0);
    assert_eq!(all(vec![Ok(user.clone()), Err("lost")], vec![Ok(own)]).0, Err(Broken::Source("lost")));
    assert_eq!(all(vec![Ok(user.clone())], vec![Err("lost")]).0, Err(Broken::Source("lost")));
    let rules = rules();
    let observed = [Err("lost")].into_iter();
    let mut planning = Planning::new([Ok(user)].into_iter(), observed, |_| Ok(Vec::new()), &rules);
    assert!(
        planning.next().is_some_and(|it| it.is_err()) && planning.next().is_none(),
        "and nothing after it"
    );
}

#[test]
fn one_over_there_is_tied_to_one_of_ours_only() {
    let (_, mut own) = tied(user(1));
    own.authenticators = Some(Default::default());
    let mut second = user(1);
    second.subject_name_id = Some("u00002@12345678".to_owned());
    let mut world = World::default();
    world.rows.insert(own.employee, own.clone());
    let rules = rules();
    let others = |user: &Desired| Ok::<_, &str>(world.others(user, &[]));
    let desired = [Ok(user(1)), Ok(second)].into_iter();
    let plans: Vec<_> =
        Planning::new(desired, std::iter::empty(), others, &rules).map(Result::unwrap).collect();
    assert_eq!(plans[0].steps[0].step, Step::Adopt { employee: own.employee });
    assert!(plans[1].steps.is_empty() && !plans[1].findings.is_empty());
}

#[test]
fn a_list_that_failed_or_is_empty_or_halved_stops_nobody() {
    let people: Vec<_> = many(20).into_iter().map(|(user, own)| (user, Some(own))).collect();
    let whole = Reading::Whole { read: 20, unreadable: 0 };
    let verdict =
        |people: &[(Desired, Option<Observed>)], reading| surveyed(people).verdict(reading, Brake::default());
    assert!(matches!(verdict(&people, whole), Verdict::Go(_)));
    assert_eq!(verdict(&people, Reading::Failed), Verdict::Untrusted(Untrusted::Failed));
    let empty = Reading::Whole { read: 0, unreadable: 0 };
    assert_eq!(verdict(&people, empty), Verdict::Untrusted(Untrusted::Empty));
    assert!(matches!(verdict(&[], empty), Verdict::Go(_)), "a new organisation may begin");
    let unreadable = Reading::Whole { read: 20, unreadable: 21 };
    assert_eq!(verdict(&people, unreadable), Verdict::Untrusted(Untrusted::Unreadable));
    for (missing, believed) in [(10, true), (11, false)] {
        let mut halved = people.clone();
        halved.iter_mut().take(missing).for_each(|it| it.1 = None);
        assert_eq!(matches!(verdict(&halved, whole), Verdict::Go(_)), believed, "{missing}");
        let mut gone = people.clone();
        gone.iter_mut().take(missing).for_each(|it| it.1.as_mut().unwrap().state = State::Gone);
        assert_eq!(matches!(verdict(&gone, whole), Verdict::Go(_)), believed, "{missing} gone");
    }
}

#[test]
fn many_suspensions_wait_for_a_second_person() {
    let mut people: Vec<_> = many(120).into_iter().map(|(user, own)| (user, Some(own))).collect();
    let whole = Reading::Whole { read: 120, unreadable: 0 };
    let stop = |people: &mut [(Desired, Option<Observed>)], count| {
        people.iter_mut().take(count).enumerate().for_each(|(n, it)| {
            it.0.wanted = if n % 2 == 0 { Wanted::Suspended } else { Wanted::Gone };
        });
    };
    stop(&mut people, 6);
    assert!(matches!(surveyed(&people).verdict(whole, Brake::default()), Verdict::Go(_)));
    stop(&mut people, 7);
    let held = Held { losing: 7, of: 120 };
    assert_eq!(surveyed(&people).verdict(whole, Brake::default()), Verdict::Held(held));
}

/// Rows are made when they are asked for and dropped when they are done with; so is nothing kept of them. Asked for is
/// never more than one ahead on either side.
#[test]
fn a_hundred_thousand_are_planned_one_at_a_time() {
    const COUNT: u32 = 100_000;
    let rules = rules();
    let alive = std::cell::Cell::new(0_i64);
    let (desired, observed) = ((1..=COUNT), (1..=COUNT));
    let desired = desired.map(|n| {
        alive.set(alive.get() + 1);
        let mut user = with_number(n, user(n)).0;
        match n % 100 {
            0 => user.person.surname = "Hansen".to_owned(),
            1 => user.wanted = Wanted::Suspended,
            _ => {}
        }
        Ok::<_, &str>(user)
    });
    let observed = observed.map(|n| {
        alive.set(alive.get() + 1);
        Ok(with_number(n, user(n)).1)
    });
    let mut survey = Survey::default();
    for plan in Planning::new(desired, observed, |_| Ok(Vec::new()), &rules) {
        survey.count(&plan.unwrap());
        alive.set(alive.get() - 2);
        assert!(alive.get() <= 1, "{} rows are in hand", alive.get());
    }
    assert_eq!((survey.identities, survey.to_do, survey.losing), (100_000, 2_000, 1_000));
}
