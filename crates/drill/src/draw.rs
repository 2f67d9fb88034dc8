//! What is drawn from a drill's seed. The same seed and the same word give the same draw, on every
//! computer and in every version.

use std::time::Duration;

use crate::scenario::Between;

/// A number below `below`, which is above zero.
pub(crate) fn below(below: u64, seed: u64, word: &str) -> u64 {
    number(seed, word) % below.max(1)
}

/// A time between two, in whole tenths of a second where there is room for them.
pub(crate) fn between(times: Between, seed: u64, word: &str) -> Duration {
    let (least, most) = (*times.range().start(), *times.range().end());
    let tenths = u64::try_from(most.saturating_sub(least).as_millis() / 100).unwrap_or(0);
    least + Duration::from_millis(100 * below(tenths + 1, seed, word))
}

/// A number of the seed and the word: `SplitMix64` (Steele, Lea, Flood 2014) over both.
fn number(seed: u64, word: &str) -> u64 {
    word.bytes()
        .fold(mix(seed), |state, byte| mix(state ^ u64::from(byte)))
}

fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_follows_the_seed_and_the_word_and_stays_what_it_was() {
        assert_eq!(number(1, "wait"), number(1, "wait"));
        assert_ne!(number(1, "wait"), number(2, "wait"));
        assert_ne!(number(1, "wait"), number(1, "inject"));
        assert_eq!(below(1, 9, "x"), 0);
    }

    #[test]
    fn a_time_is_never_outside_of_its_bounds() {
        let (least, most) = (Duration::from_secs(5), Duration::from_secs(7));
        let drawn = (0..200)
            .map(|seed| between(Between::new(least, most), seed, "wait"))
            .collect::<std::collections::BTreeSet<_>>();
        assert!(drawn.iter().all(|time| (least..=most).contains(time)));
        assert!(drawn.len() > 15);
        let fixed = Between::new(least, least);
        assert_eq!(between(fixed, 3, "wait"), least);
    }
}
