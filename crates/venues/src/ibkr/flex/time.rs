//! Dates and times as a statement writes them. The person chose the form when the query was made.
//!
//! A time without a zone is New York's: that is where IBKR reckons its statements. What cannot be
//! told for sure (is `03/04/2026` March or April?) is not told.

use std::sync::LazyLock;

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};

/// New York's rule since 2007. Written out, so that no file of this computer is needed for it.
static NEW_YORK: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("a test reads this rule"));

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Today, where IBKR's statements are reckoned.
pub(super) fn day_in_new_york(at: Timestamp) -> Date {
    NEW_YORK.to_datetime(at).date()
}

/// `20260414`, `2026-04-14`, `14-Apr-26`, or with slashes where only one reading is possible.
pub(super) fn date(text: &str) -> Option<Date> {
    let (date, rest) = split_date(text.trim())?;
    rest.is_empty().then_some(date)
}

/// A date with a time, and perhaps a zone: `20260414;161500`, `2026-04-14, 16:15:00 EDT`.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let (date, rest) = split_date(text.trim())?;
    let rest = rest.trim_start_matches([';', ',', 'T', ' ']);
    let (time, zone) = split_time(rest)?;
    at(DateTime::from_parts(date, time), zone.trim())
}

/// A date and a time that stand in two fields.
pub(super) fn joined(date_text: &str, time_text: &str) -> Option<Timestamp> {
    let (time, zone) = split_time(time_text.trim())?;
    at(DateTime::from_parts(date(date_text)?, time), zone.trim())
}

fn at(local: DateTime, zone: &str) -> Option<Timestamp> {
    let zone = match zone {
        "" | "ET" | "US/Eastern" | "America/New_York" => NEW_YORK.clone(),
        "EST" => Offset::constant(-5).to_time_zone(),
        "EDT" => Offset::constant(-4).to_time_zone(),
        "UTC" | "GMT" | "Z" => TimeZone::UTC,
        other => offset(other)?.to_time_zone(),
    };
    zone.to_ambiguous_timestamp(local).compatible().ok()
}

/// `-04:00` or `+0530`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("-", digits) => (-1, digits),
        ("+", digits) => (1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let seconds = hours.parse::<i32>().ok()? * 3_600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

fn split_date(text: &str) -> Option<(Date, &str)> {
    let digits = |from: usize, to: usize| -> Option<i16> {
        let part = text.get(from..to)?;
        let all = part.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| part.parse().ok())?
    };
    let mark = |at: usize| text.as_bytes().get(at).copied();
    let made = |year: i16, month: i16, day: i16, length: usize| {
        let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        Some((date, text.get(length..)?))
    };
    if mark(4) == Some(b'-') && mark(7) == Some(b'-') {
        return made(digits(0, 4)?, digits(5, 7)?, digits(8, 10)?, 10);
    }
    if mark(2) == Some(b'-') && mark(6) == Some(b'-') {
        let month = i16::from(month_of(text.get(3..6)?)?);
        return made(2_000 + digits(7, 9)?, month, digits(0, 2)?, 9);
    }
    if mark(2) == Some(b'/') && mark(5) == Some(b'/') {
        let (one, two) = (digits(0, 2)?, digits(3, 5)?);
        let (year, length) = match digits(6, 10) {
            Some(year) => (year, 10),
            None => (2_000 + digits(6, 8)?, 8),
        };
        return match (one > 12, two > 12, one == two) {
            (true, false, _) => made(year, two, one, length),
            (false, true, _) | (false, false, true) => made(year, one, two, length),
            (true, true, _) | (false, false, false) => None,
        };
    }
    made(digits(0, 4)?, digits(4, 6)?, digits(6, 8)?, 8)
}

fn split_time(text: &str) -> Option<(Time, &str)> {
    let number = |from: usize| -> Option<i8> {
        let part = text.get(from..from + 2)?;
        let all = part.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| part.parse().ok())?
    };
    let marked = text.as_bytes().get(2) == Some(&b':');
    let (minute, second, length) = if marked { (3, 6, 8) } else { (2, 4, 6) };
    let time = Time::new(number(0)?, number(minute)?, number(second)?, 0).ok()?;
    Some((time, text.get(length..)?))
}

fn month_of(text: &str) -> Option<i8> {
    let short = text.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == short)?;
    i8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        moment(text).map_or_else(|| "nothing".to_owned(), |at| at.to_string())
    }

    #[test]
    fn every_form_that_a_query_can_have_is_read() {
        for text in [
            "20260414;161500",
            "2026-04-14;16:15:00",
            "2026-04-14, 16:15:00",
            "2026-04-14 16:15:00",
            "2026-04-14T16:15:00",
            "20260414161500",
            "2026-04-1416:15:00",
            "14-Apr-26;161500",
            "04/14/2026;16:15:00",
            "14/04/26,161500",
            "2026-04-14;16:15:00 EDT",
            "20260414;161500 America/New_York",
            "2026-04-14;20:15:00 UTC",
            "2026-04-14T16:15:00-04:00",
        ] {
            assert_eq!(told(text), "2026-04-14T20:15:00Z", "{text}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_new_yorks_in_summer_and_in_winter() {
        assert_eq!(told("20260714;093000"), "2026-07-14T13:30:00Z");
        assert_eq!(told("20261124;093000"), "2026-11-24T14:30:00Z");
    }

    #[test]
    fn what_has_two_readings_or_none_is_not_told() {
        for text in [
            "03/04/2026;161500",
            "20260414",
            "20260414;9999",
            "20261314;161500",
            "MULTI",
            "",
            "2026-04-14;16:15:00 XYZ",
            "２０２６０４１４;161500",
        ] {
            assert_eq!(told(text), "nothing", "{text}");
        }
        assert_eq!(date("05/05/2026"), Some(Date::constant(2026, 5, 5)));
        assert_eq!(date("20260414;161500"), None);
    }
}
