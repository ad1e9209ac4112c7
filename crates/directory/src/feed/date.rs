//! Days as sources write them, and when they begin and end in Denmark.

use portner_domain::{Millis, Moment};
use time::{Date, Month, OffsetDateTime, Weekday};

use super::record::{Field, Wrong};

/// Longest date, in characters: its format is as long.
const DATE_CHARS_MAX: usize = 20;

/// The order in which a source writes day, month and year: `dd-mm-yyyy`.
#[derive(Clone, Debug)]
pub struct DateFormat {
    order: String,
    takes_moments: bool,
}

impl DateFormat {
    /// With `dd`, `mm` and `yyyy` once each and any signs between them.
    pub fn parse(format: &str) -> Result<Self, String> {
        let once = |part: &str| format.matches(part).count() == 1;
        let rest = format.replacen("dd", "", 1).replacen("mm", "", 1).replacen("yyyy", "", 1);
        let plain = !rest.chars().any(char::is_alphanumeric) && format.is_ascii();
        if once("dd") && once("mm") && once("yyyy") && plain && format.len() <= DATE_CHARS_MAX {
            return Ok(Self { order: format.to_owned(), takes_moments: false });
        }
        Err("date_format has dd, mm and yyyy once each and signs between them, such as dd-mm-yyyy".to_owned())
    }

    /// A source that knows the hour writes it as RFC 3339 does, and means that moment.
    pub fn or_moments(self) -> Self {
        Self { takes_moments: true, ..self }
    }

    fn moment(&self, text: &str) -> Option<Moment> {
        Moment::parse_xs_date_time(text).filter(|_| self.takes_moments)
    }

    /// When that day begins.
    pub fn first_moment(&self, field: Field, text: &str) -> Result<Moment, Wrong> {
        self.moment(text).map_or_else(|| self.date(field, text).map(midnight), Ok)
    }

    /// When that day is over: who works until the 31st still works on the 31st.
    pub fn last_moment(&self, field: Field, text: &str) -> Result<Moment, Wrong> {
        if let Some(moment) = self.moment(text) {
            return Ok(moment);
        }
        let unreadable = || Wrong::Unreadable(field, "there is no such day".to_owned());
        self.date(field, text)?.next_day().map(midnight).ok_or_else(unreadable)
    }

    fn date(&self, field: Field, text: &str) -> Result<Date, Wrong> {
        let unreadable = || Wrong::Unreadable(field, format!("it is not a day written as {}", self.order));
        let part = |name: &str| -> Option<u16> {
            let at = self.order.find(name)?;
            let digits = text.get(at..at.checked_add(name.len())?)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let signs_agree = text.len() == self.order.len()
            && text
                .bytes()
                .zip(self.order.bytes())
                .all(|(has, wants)| wants.is_ascii_alphabetic() || has == wants);
        let (day, month, year) = (part("dd"), part("mm"), part("yyyy"));
        let date = || {
            let month = Month::try_from(u8::try_from(month?).ok()?).ok()?;
            Date::from_calendar_date(i32::from(year?), month, u8::try_from(day?).ok()?).ok()
        };
        date().filter(|_| signs_agree).ok_or_else(unreadable)
    }
}

/// When a day begins in Denmark: an hour ahead of UTC, two from the last Sunday in March to the last in October
/// (directive 2000/84/EC). Both changes are at night, after the day has begun.
fn midnight(date: Date) -> Moment {
    let changes = |month| last_sunday(date.year(), month);
    let is_summer = changes(Month::March).is_some_and(|spring| date > spring)
        && changes(Month::October).is_some_and(|autumn| date <= autumn);
    let utc = date.midnight().assume_utc().unix_timestamp().saturating_mul(1_000);
    Moment(utc).minus(Millis::hours(if is_summer { 2 } else { 1 }))
}

/// When the day of a moment began in Denmark.
pub fn midnight_before(now: Moment) -> Moment {
    // It is an hour or two later here than in UTC: today's date in UTC is ours, or ours is tomorrow's.
    let days = [24, 0].map(|hours| now.plus(Millis::hours(hours)));
    let dates =
        days.map(|at| OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1_000)).map(OffsetDateTime::date));
    let begun = dates.into_iter().flatten().map(midnight).find(|begins| *begins <= now);
    begun.unwrap_or(now)
}

fn last_sunday(year: i32, month: Month) -> Option<Date> {
    let last = Date::from_calendar_date(year, month, 31).ok()?;
    if last.weekday() == Weekday::Sunday { Some(last) } else { Some(last.prev_occurrence(Weekday::Sunday)) }
}

#[cfg(test)]
mod tests {
    use super::DateFormat;
    use crate::feed::record::Field;

    #[test]
    fn a_day_begins_and_ends_when_it_does_in_denmark() {
        let format = DateFormat::parse("dd-mm-yyyy").unwrap();
        for (day, begins, ends) in [
            ("01-01-2026", "2025-12-31T23:00:00.000Z", "2026-01-01T23:00:00.000Z"),
            ("29-03-2026", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"),
            ("30-06-2026", "2026-06-29T22:00:00.000Z", "2026-06-30T22:00:00.000Z"),
            ("25-10-2026", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"),
            ("29-02-2028", "2028-02-28T23:00:00.000Z", "2028-02-29T23:00:00.000Z"),
        ] {
            assert_eq!(format.first_moment(Field::ValidFrom, day).unwrap().xs_date_time(), begins, "{day}");
            assert_eq!(format.last_moment(Field::ValidUntil, day).unwrap().xs_date_time(), ends, "{day}");
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        let format = DateFormat::parse("yyyy/mm/dd").unwrap();
        assert!(format.first_moment(Field::ValidFrom, "2026/12/31").is_ok());
        for bad in [
            "",
            "2026-12-31",
            "2026/13/01",
            "2026/02/29",
            "31/12/2026",
            "2026/1/1",
            "+026/01/01",
            "2026/01/0é",
        ] {
            assert!(format.first_moment(Field::ValidFrom, bad).is_err(), "{bad}");
        }
        for bad in ["", "dd-mm", "dd-mm-yy", "dd-mm-yyyy hh", "dddmmyyyy", "dd.mm.yyyy.dd"] {
            assert!(DateFormat::parse(bad).is_err(), "{bad}");
        }
    }
}
