//! Times as scenarios write them: `250ms`, `5s`, `2m`, `1h`.

use std::time::Duration;

fn read<E: serde::de::Error>(text: &str) -> Result<Duration, E> {
    runbook::time(text).ok_or_else(|| {
        E::custom(format!(
            "{text:?} is no time; write \"250ms\", \"5s\", \"2m\" or \"1h\""
        ))
    })
}

pub(crate) mod duration {
    use super::{Duration, read};
    use serde::{Deserialize, Deserializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        read(&String::deserialize(from)?)
    }
}

pub(crate) mod optional {
    use super::{Duration, read};
    use serde::{Deserialize, Deserializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        read(&String::deserialize(from)?).map(Some)
    }
}

pub(crate) mod durations {
    use super::{Duration, read};
    use serde::{Deserialize, Deserializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<[Duration; 2], D::Error> {
        let [least, most] = <[String; 2]>::deserialize(from)?;
        let times = [read(&least)?, read(&most)?];
        if times[0] > times[1] {
            return Err(serde::de::Error::custom(format!(
                "{least:?} is longer than {most:?}; write the shorter time first"
            )));
        }
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use runbook::time as parse;

    use super::*;

    #[test]
    fn a_time_is_a_whole_number_and_its_unit() {
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse("2m"), Some(Duration::from_mins(2)));
        assert_eq!(parse("0s"), Some(Duration::ZERO));
        for bad in [
            "",
            "5",
            "s",
            "-1s",
            "1.5s",
            "25h",
            "99999999999999999999s",
            "5 s",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
