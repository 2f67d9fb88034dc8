//! Times in the logs of the broker's programs: local ones, of the zone that the program runs in.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

/// How the times of a log are to be read.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    pub(super) zone: TimeZone,
    /// The day of lines that tell none, where it is known.
    pub(super) day: Option<Date>,
}

impl Clock {
    /// When a line was written, by what it begins with: `2026-11-24 11:05:37.952`,
    /// `20261124 11:05:37`, `2026/11/24 11:05:37` or `11:05:37:952`.
    pub(super) fn of(&self, line: &str) -> Option<Timestamp> {
        let line = line.trim_start_matches(['[', '\u{feff}']).trim_start();
        let at = match date(line) {
            Some((day, rest)) => day.to_datetime(time(rest.trim_start_matches([' ', 'T', '-']))?),
            None => self.day?.to_datetime(time(line)?),
        };
        self.timestamp(at)
    }

    /// A time of `YYYYMMDD` and `HH:MM:SS` apart, with a zone's name or without; with a dash between
    /// it is UTC.
    pub(super) fn of_fields(&self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        let (day, rest) = date(text)?;
        let utc = rest.starts_with('-');
        let mut words = rest.trim_start_matches([' ', '-']).split_whitespace();
        let at = day.to_datetime(time(words.next()?)?);
        let zone = words.next().and_then(|name| TimeZone::get(name).ok());
        match zone {
            Some(zone) => Some(zone.to_ambiguous_timestamp(at).compatible().ok()?),
            None if utc => TimeZone::UTC.to_timestamp(at).ok(),
            None => self.timestamp(at),
        }
    }

    fn timestamp(&self, at: DateTime) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(at).compatible().ok()
    }
}

fn date(text: &str) -> Option<(Date, &str)> {
    for (length, format) in [(10, "%Y-%m-%d"), (10, "%Y/%m/%d"), (8, "%Y%m%d")] {
        let Some(head) = text.get(..length) else {
            continue;
        };
        if let Ok(day) = Date::strptime(format, head) {
            return Some((day, &text[length..]));
        }
    }
    None
}

/// `11:05:37`, with milliseconds behind a dot, a comma or a colon, or without.
fn time(text: &str) -> Option<Time> {
    let time = Time::strptime("%H:%M:%S", text.get(..8)?).ok()?;
    let rest = &text[8..];
    let millis = rest
        .strip_prefix(['.', ',', ':'])
        .and_then(|rest| rest.get(..3))
        .and_then(|digits| digits.parse::<i16>().ok());
    match millis {
        Some(millis) => time.with().millisecond(millis).build().ok(),
        None => Some(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock {
            zone: TimeZone::get("America/New_York").unwrap(),
            day: Some(Date::constant(2026, 11, 24)),
        }
    }

    #[test]
    fn each_way_to_write_a_time_is_read_in_the_programs_zone() {
        for line in [
            "2026-11-24 09:33:40.120 [TE] INFO",
            "2026/11/24 09:33:40.120 x",
            "20261124 09:33:40:120 <- 3",
            "09:33:40:120 <- 3-1-",
            "[2026-11-24 09:33:40,120] x",
        ] {
            let at = clock().of(line).unwrap();
            assert_eq!(at.to_string(), "2026-11-24T14:33:40.12Z", "{line}");
        }
        assert_eq!(clock().of("yesterday at noon"), None);
        assert_eq!(clock().of("2026-11-24"), None);
        assert_eq!(clock().of(""), None);
        let dayless = Clock {
            day: None,
            ..clock()
        };
        assert_eq!(dayless.of("09:33:40:120 <- 3"), None);
    }

    #[test]
    fn a_time_of_an_execution_is_utc_with_a_dash_and_else_in_its_zone() {
        let at = |text| clock().of_fields(text).map(|at| at.to_string());
        let utc = Some("2026-11-24T14:33:40Z".to_owned());
        assert_eq!(at("20261124-14:33:40"), utc);
        assert_eq!(at("20261124 14:33:40 UTC"), utc);
        assert_eq!(at("20261124  09:33:40"), utc);
        assert_eq!(at("soon"), None);
    }
}
