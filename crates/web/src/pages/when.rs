//! Points in time as people in Denmark read them.

use portner_domain::Moment;
use time::{Date, Duration, Month, OffsetDateTime, Time, Weekday};

use crate::text::Language;

/// `21. november 2026 kl. 10.15`, by the clocks of Denmark.
pub fn date_and_time(say: Language, at: Moment) -> String {
    let utc = OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::milliseconds(at.0));
    let local = utc.saturating_add(offset(utc));
    let month = say.text(&format!("month-{}", u8::from(local.month())));
    say.text_with(
        "date-and-time",
        &[
            ("day", local.day().into()),
            ("month", month.into()),
            ("year", local.year().to_string().into()),
            ("hour", format!("{:02}", local.hour()).into()),
            ("minute", format!("{:02}", local.minute()).into()),
        ],
    )
}

/// The day it is then by the clocks of Denmark: year, month, day.
pub fn day_of(at: Moment) -> (i32, u8, u8) {
    let utc = OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::milliseconds(at.0));
    let local = utc.saturating_add(offset(utc));
    (local.year(), u8::from(local.month()), local.day())
}

/// When a day begins by the clocks of Denmark: year, month, day. They change at night, after it has begun.
pub fn day_begins((year, month, day): (i32, u8, u8)) -> Option<Moment> {
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    midnight(date)
}

/// When it is over.
pub fn day_ends((year, month, day): (i32, u8, u8)) -> Option<Moment> {
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    date.next_day().and_then(midnight)
}

fn midnight(date: Date) -> Option<Moment> {
    let utc = date.midnight().assume_utc();
    let begins = utc.saturating_sub(offset(utc.saturating_sub(Duration::HOUR)));
    begins.unix_timestamp().checked_mul(1_000).map(Moment)
}

/// How far Danish clocks are ahead: summer time lasts from 01:00 UTC on the last Sunday of March to 01:00 UTC
/// on the last Sunday of October (directive 2000/84/EC).
fn offset(utc: OffsetDateTime) -> Duration {
    let change = |month| last_sunday(utc.year(), month).map(|day| day.with_time(Time::MIDNIGHT).assume_utc());
    let change = |month| change(month).map(|midnight| midnight.saturating_add(Duration::HOUR));
    match (change(Month::March), change(Month::October)) {
        (Some(summer), Some(winter)) if (summer..winter).contains(&utc) => Duration::hours(2),
        _ => Duration::hours(1),
    }
}

fn last_sunday(year: i32, month: Month) -> Option<Date> {
    let last = Date::from_calendar_date(year, month, month.length(year)).ok()?;
    let past_sunday = match last.weekday() {
        Weekday::Sunday => 0,
        other => i64::from(other.number_from_monday()),
    };
    last.checked_sub(Duration::days(past_sunday))
}

#[cfg(test)]
mod tests {
    use portner_domain::Moment;

    use super::date_and_time;
    use crate::text::Language;

    #[test]
    fn clocks_change_on_the_last_sundays_of_march_and_october() {
        let check = |utc: &str, local: &str| {
            let at = Moment::parse_xs_date_time(utc).unwrap();
            assert_eq!(date_and_time(Language::Danish, at), local, "{utc}");
        };
        check("2026-11-21T09:15:04Z", "21. november 2026 kl. 10.15");
        check("2026-03-29T00:59:59Z", "29. marts 2026 kl. 01.59");
        check("2026-03-29T01:00:00Z", "29. marts 2026 kl. 03.00");
        check("2026-10-25T00:59:59Z", "25. oktober 2026 kl. 02.59");
        check("2026-10-25T01:00:00Z", "25. oktober 2026 kl. 02.00");
        check("2027-12-31T23:30:00Z", "1. januar 2028 kl. 00.30");
    }

    #[test]
    fn a_day_begins_and_ends_at_midnight_in_denmark() {
        let check = |day, begins: &str, ends: &str| {
            let at = Moment::parse_xs_date_time;
            assert_eq!((super::day_begins(day), super::day_ends(day)), (at(begins), at(ends)), "{day:?}");
        };
        check((2026, 11, 30), "2026-11-29T23:00:00Z", "2026-11-30T23:00:00Z");
        check((2026, 3, 29), "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        check((2026, 10, 25), "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!(super::day_begins((2026, 2, 30)), None);
    }

    #[test]
    fn the_same_moment_in_english() {
        let at = Moment::parse_xs_date_time("2026-07-01T12:05:00Z").unwrap();
        assert_eq!(date_and_time(Language::English, at), "1 July 2026 at 14:05");
    }

    #[test]
    fn no_moment_is_too_early_or_too_late_to_be_written() {
        for at in [i64::MIN, -1, 0, i64::MAX] {
            assert!(!date_and_time(Language::Danish, Moment(at)).is_empty());
        }
    }
}
