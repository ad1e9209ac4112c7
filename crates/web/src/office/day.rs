//! Days as officers type them.

use portner_domain::Moment;

use crate::pages::day_ends;

/// A day as browsers send it, or as papers have it; nothing if nothing was typed.
pub(super) fn day(typed: &str) -> Result<Option<(i32, u8, u8)>, ()> {
    let parts: Vec<&str> = typed.trim().split(['-', '.', '/', ' ']).filter(|part| !part.is_empty()).collect();
    let (year, month, day) = match parts.as_slice() {
        [] => return Ok(None),
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [day, month, year] if year.len() == 4 => (*year, *month, *day),
        _ => return Err(()),
    };
    let (year, month, day) = match (year.parse(), month.parse::<u8>(), day.parse()) {
        (Ok(year), Ok(month), Ok(day)) => (year, month, day),
        _ => return Err(()),
    };
    let known = time::Month::try_from(month).map_err(drop)?;
    time::Date::from_calendar_date(year, known, day).map_err(drop)?;
    Ok(Some((year, month, day)))
}

/// When the day that was typed is over: who has something until the 31st still has it on the 31st.
pub(super) fn last_moment(typed: &str) -> Result<Option<Moment>, ()> {
    match day(typed)? {
        None => Ok(None),
        Some(typed) => day_ends(typed).map(Some).ok_or(()),
    }
}
