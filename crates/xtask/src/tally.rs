//! Counts tests from what test runners print. It must never count one as passed that did not say so.

use std::ops::AddAssign;

/// How many tests ended how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// What one line of a runner's output adds; nothing for a line that is no summary.
    pub(crate) fn of_line(line: &str) -> Self {
        let plain = without_colour(line);
        let plain = plain.trim();
        if let Some(rest) = plain.strip_prefix("test result: ") {
            let counts = rest.split_once(". ").map_or("", |(_, counts)| counts);
            return Self::of_counts(counts.split(';'));
        }
        if plain.starts_with("Summary [")
            && let Some((_, counts)) = plain.split_once(" run: ")
        {
            return Self::of_counts(without_brackets(counts).split(','));
        }
        if let Some((counts, all)) = plain
            .strip_prefix("Tests  ")
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|rest| rest.rsplit_once(" ("))
        {
            let tally = Self::of_counts(counts.split('|'));
            let sum = tally.passed + tally.failed + tally.skipped;
            // the line closes with how many there are: one that does not add up is no summary
            return if all.parse() == Ok(sum) {
                tally
            } else {
                Self::default()
            };
        }
        Self::default()
    }

    fn of_counts<'a>(counts: impl Iterator<Item = &'a str>) -> Self {
        let mut tally = Self::default();
        for count in counts {
            let Some((number, word)) = count.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word.trim() {
                "passed" => tally.passed += number,
                "skipped" | "ignored" | "todo" => tally.skipped += number,
                "measured" | "filtered out" => {}
                // failed, timed out, exec failed: whatever else a runner says is no success
                _ => tally.failed += number,
            }
        }
        tally
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // up to the letter that ends the sequence
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|character| match character {
            '(' => {
                depth += 1;
                false
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn the_summary_of_nextest_is_counted() {
        let line = "     Summary [   5.017s] 25 tests run: 22 passed (1 slow, 1 flaky), 1 failed, 1 timed out, 1 exec failed, 3 skipped";
        assert_eq!(Tally::of_line(line), tally(22, 3, 3));
    }

    #[test]
    fn a_cut_short_and_coloured_summary_of_nextest_is_counted() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.2s] \u{1b}[1m2/4\u{1b}[0m tests run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m1\u{1b}[0m \u{1b}[31;1mfailed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m skipped";
        assert_eq!(Tally::of_line(line), tally(1, 1, 0));
    }

    #[test]
    fn the_result_line_of_cargo_test_is_counted() {
        let line = "test result: FAILED. 5 passed; 1 failed; 2 ignored; 0 measured; 7 filtered out; finished in 0.01s";
        assert_eq!(Tally::of_line(line), tally(5, 1, 2));
    }

    #[test]
    fn the_tests_line_of_vitest_is_counted_and_its_files_are_not() {
        let line = "      Tests  1 failed | 41 passed | 2 skipped (44)";
        assert_eq!(Tally::of_line(line), tally(41, 1, 2));
        let coloured = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m5 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (5)\u{1b}[39m";
        assert_eq!(Tally::of_line(coloured), tally(5, 0, 0));
        let files = " Test Files  3 passed (3)";
        assert_eq!(Tally::of_line(files), Tally::default());
    }

    #[test]
    fn a_line_of_a_test_that_only_looks_like_a_summary_counts_nothing() {
        for line in [
            "9 passed, 0 failed",
            "test result: ok",
            "Summary [0.1s] 3 tests",
            "PASS [0.1s] some::test_result",
            "Tests  3 passed (4)",
        ] {
            assert_eq!(Tally::of_line(line), Tally::default(), "{line}");
        }
    }
}
