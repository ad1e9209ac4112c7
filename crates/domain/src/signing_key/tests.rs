//! The lives that keys can lead, and those they can't.

use proptest::collection::vec;
use proptest::prelude::{any, proptest};
use uuid::Uuid;

use super::{
    ANNOUNCED_MIN, KeyRefusal, KeyState, PUBLISHED_KEYS_MAX, Pin, SigningKey, Step, Urgency, abandon,
    activate, announce, days_left, pin, published, retire, roll_back, signs_for, warning_due,
};
use crate::{Millis, Moment, ServiceProviderId};

const START: Moment = Moment(1_795_252_504_120);
const DAY: Millis = Millis::hours(24);

fn key(id: &str, state: KeyState, since: Moment) -> SigningKey {
    let not_after = START.plus(Millis::hours(24 * 1_000));
    SigningKey { id: id.to_owned(), state, announced: since, since, not_before: START, not_after }
}

fn take(keys: &mut [SigningKey], steps: &[Step], now: Moment) {
    for step in steps {
        let key = keys.iter_mut().find(|key| key.id == step.key).unwrap();
        assert_eq!(key.state, step.from);
        (key.state, key.since) = (step.to, now);
    }
}

fn states(keys: &[SigningKey]) -> Vec<(&str, KeyState)> {
    keys.iter().map(|key| (key.id.as_str(), key.state)).collect()
}

fn of_one(service_provider: ServiceProviderId, key: &str, until: Option<Moment>) -> Pin {
    Pin { service_provider, key: key.to_owned(), until }
}

#[test]
fn a_key_is_announced_then_signs_then_retires() {
    let mut keys = vec![key("old", KeyState::Active, START)];
    announce(&keys, "new").unwrap();
    keys.push(key("new", KeyState::Next, START));
    let now = START.plus(ANNOUNCED_MIN);
    let steps = activate(&keys, Urgency::Ordinary, now).unwrap();
    assert_eq!(steps[0].key, "old", "the one that leaves goes first");
    take(&mut keys, &steps, now);
    assert_eq!(states(&keys), [("old", KeyState::Retiring), ("new", KeyState::Active)]);
    let gone = retire(&keys, &[], "old", Urgency::Ordinary, now).unwrap();
    take(&mut keys, &[gone], now);
    assert_eq!(states(&keys), [("old", KeyState::Retired), ("new", KeyState::Active)]);
    assert_eq!(roll_back(&keys, now), Err(KeyRefusal::NothingRetiring), "retired is for ever");
    assert_eq!(announce(&keys, "old"), Err(KeyRefusal::Known(KeyState::Retired)));
}

#[test]
fn a_key_that_nobody_can_have_seen_does_not_sign_unless_somebody_insists() {
    let keys = [key("old", KeyState::Active, START), key("new", KeyState::Next, START.plus(DAY))];
    let early = START.plus(DAY).plus(Millis(ANNOUNCED_MIN.0 - 1));
    assert_eq!(activate(&keys, Urgency::Ordinary, early), Err(KeyRefusal::AnnouncedTooLate(START.plus(DAY))));
    assert!(activate(&keys, Urgency::Forced, early).is_ok());
    assert!(activate(&keys, Urgency::Ordinary, early.plus(Millis(1))).is_ok());
    assert!(activate(&keys, Urgency::Ordinary, START).is_err(), "announced in the future");
    let late = START.plus(Millis::hours(24 * 1_001));
    assert!(matches!(activate(&keys, Urgency::Forced, late), Err(KeyRefusal::NotCurrent(..))));
}

#[test]
fn back_and_forth() {
    let mut keys = vec![
        key("older", KeyState::Retiring, START),
        key("old", KeyState::Retiring, START.plus(DAY)),
        key("new", KeyState::Active, START.plus(DAY)),
    ];
    let now = START.plus(DAY).plus(DAY);
    let steps = roll_back(&keys, now).unwrap();
    take(&mut keys, &steps, now);
    assert_eq!(states(&keys)[1..], [("old", KeyState::Active), ("new", KeyState::Retiring)]);
    let later = now.plus(DAY);
    let steps = roll_back(&keys, later).unwrap();
    take(&mut keys, &steps, later);
    assert_eq!(states(&keys)[1..], [("old", KeyState::Retiring), ("new", KeyState::Active)]);
}

#[test]
fn what_can_not_be_is_said() {
    let keys = [key("old", KeyState::Active, START), key("new", KeyState::Next, START)];
    assert_eq!(announce(&keys, "third"), Err(KeyRefusal::NextIsKnown));
    assert_eq!(activate(&keys[..1], Urgency::Forced, START), Err(KeyRefusal::NoNext));
    assert_eq!(
        retire(&keys, &[], "old", Urgency::Forced, START),
        Err(KeyRefusal::NotAStep(KeyState::Active, KeyState::Retired)),
        "somebody has to sign"
    );
    assert_eq!(retire(&keys, &[], "no", Urgency::Forced, START), Err(KeyRefusal::NoSuchKey));
    let many: Vec<_> =
        (0..PUBLISHED_KEYS_MAX).map(|n| key(&n.to_string(), KeyState::Retiring, START)).collect();
    assert_eq!(announce(&many, "one more"), Err(KeyRefusal::TooMany));
}

#[test]
fn a_pin_holds_until_its_day_or_until_its_key_is_gone() {
    let [sp, other] = [1, 2].map(|n| ServiceProviderId(Uuid::from_u128(n)));
    let mut keys = vec![
        key("new", KeyState::Active, START),
        key("old", KeyState::Retiring, START),
        key("gone", KeyState::Retired, START),
    ];
    let until = START.plus(DAY);
    let pins = [of_one(sp, "old", Some(until))];
    let signs =
        |keys: &[SigningKey], pins: &[Pin], sp, now| signs_for(keys, pins, sp, now).unwrap().id.clone();
    assert_eq!(signs(&keys, &pins, sp, START), "old");
    assert_eq!(signs(&keys, &pins, other, START), "new");
    assert_eq!(signs(&keys, &pins, sp, until), "new");
    assert_eq!(signs(&keys, &[of_one(sp, "old", None)], sp, Moment(i64::MAX)), "old");
    assert_eq!(signs(&keys, &[of_one(sp, "gone", None)], sp, START), "new");

    assert_eq!(retire(&keys, &pins, "old", Urgency::Ordinary, START), Err(KeyRefusal::Pinned));
    assert!(retire(&keys, &pins, "old", Urgency::Ordinary, until).is_ok());
    let gone = retire(&keys, &pins, "old", Urgency::Forced, START).unwrap();
    take(&mut keys, &[gone], START);
    assert_eq!(signs(&keys, &pins, sp, START), "new");

    assert_eq!(pin(&keys, "new"), Ok(()));
    assert!(pin(&keys, "old").is_err() && pin(&keys, "unheard of") == Err(KeyRefusal::NoSuchKey));
}

#[test]
fn in_an_emergency_nothing_is_left() {
    let mut keys = [KeyState::Active, KeyState::Next, KeyState::Retiring, KeyState::Retired]
        .map(|state| key(state.word(), state, START));
    let steps = abandon(&keys);
    take(&mut keys, &steps, START);
    assert!(keys.iter().all(|key| key.state == KeyState::Retired) && steps.len() == 3);
    assert!(published(&keys).is_empty());
}

#[test]
fn the_active_key_is_published_first_and_a_retired_one_not_at_all() {
    let keys = [
        key("older", KeyState::Retiring, START),
        key("gone", KeyState::Retired, START),
        key("next", KeyState::Next, START),
        key("old", KeyState::Retiring, START.plus(DAY)),
        key("active", KeyState::Active, START),
    ];
    let order: Vec<_> = published(&keys).into_iter().map(|key| key.id.as_str()).collect();
    assert_eq!(order, ["active", "next", "old", "older"]);
}

#[test]
fn the_end_of_a_certificate_is_told_once_per_threshold() {
    let check = |days: i64, due: Option<u32>| assert_eq!(warning_due(days), due, "{days}");
    check(91, None);
    check(90, Some(90));
    check(61, Some(90));
    check(60, Some(60));
    check(8, Some(14));
    check(1, Some(1));
    check(-400, Some(1));
    assert_eq!(days_left(START.plus(DAY), START), 1);
    assert_eq!(days_left(START.plus(DAY).minus(Millis(1)), START), 0);
    assert_eq!(days_left(START, START.plus(Millis(1))), -1);
}

#[test]
fn every_state_has_its_own_word() {
    for state in KeyState::ALL {
        assert_eq!(KeyState::of_word(state.word()), Some(state));
    }
    assert_eq!(KeyState::of_word("lost"), None);
}

proptest! {
    /// Whatever anybody does, in whatever order: one key signs, and what is retired stays so.
    #[test]
    fn exactly_one_key_is_active_whatever_is_done(deeds in vec((0_u8..6, any::<bool>(), 0_u64..40), 1..60)) {
        let mut keys = vec![key("0", KeyState::Active, START)];
        let mut now = START;
        for (n, (deed, force, hours)) in deeds.into_iter().enumerate() {
            now = now.plus(Millis::hours(hours)).plus(Millis(1));
            let urgency = if force { Urgency::Forced } else { Urgency::Ordinary };
            let gone: Vec<_> =
                keys.iter().filter(|key| key.state == KeyState::Retired).map(|key| key.id.clone()).collect();
            let id = (n + 1).to_string();
            let steps = match deed {
                1 => activate(&keys, urgency, now).unwrap_or_default(),
                2 => roll_back(&keys, now).unwrap_or_default(),
                3 | 4 => retire(&keys, &[], &keys[n % keys.len()].id, urgency, now).into_iter().collect(),
                5 if hours == 0 => abandon(&keys),
                _ => Vec::new(),
            };
            take(&mut keys, &steps, now);
            match deed {
                0 if announce(&keys, &id).is_ok() => keys.push(key(&id, KeyState::Next, now)),
                5 if hours == 0 => keys.push(key(&id, KeyState::Active, now)),
                _ => {}
            }
            let active = keys.iter().filter(|key| key.state == KeyState::Active).count();
            assert_eq!(active, 1, "{:?}", states(&keys));
            assert!(published(&keys).len() <= PUBLISHED_KEYS_MAX);
            assert!(gone.iter().all(|id| keys.iter().any(|key| key.id == *id && key.state == KeyState::Retired)));
        }
    }
}
