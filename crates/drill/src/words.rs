//! Times as they are shown.

/// `2:12` of milliseconds, cut off to whole seconds; `1:02:03` from an hour on.
pub(crate) fn clock(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A time from a zero: `-0:06` before it.
pub(crate) fn clock_from(zero_ms: u64, at_ms: u64) -> String {
    if at_ms >= zero_ms {
        clock(at_ms - zero_ms)
    } else {
        // a time before the zero is never shown as the zero
        format!("-{}", clock((zero_ms - at_ms).max(1_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_off_to_seconds_and_those_before_the_zero_have_a_sign() {
        assert_eq!(clock(132_999), "2:12");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(clock_from(6_000, 67_000), "1:01");
        assert_eq!(clock_from(6_000, 0), "-0:06");
        assert_eq!(clock_from(6_000, 5_800), "-0:01");
    }
}
