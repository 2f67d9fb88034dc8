//! What a mend changes, line by line.

use super::DiffLine;

/// The most pairs of lines that are compared; beyond it all lines in between count as changed.
const PAIRS_AT_MOST: usize = 4_000_000;

/// The lines of `before` that are taken away and those of `after` that are added, in the order of
/// the text.
pub(super) fn lines(before: &str, after: &str) -> Vec<DiffLine> {
    let old = before.lines().collect::<Vec<_>>();
    let new = after.lines().collect::<Vec<_>>();
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[same..], &new[same..]);
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    changed(&old[..old.len() - tail], &new[..new.len() - tail], same + 1)
}

/// Both begin at line `first`, and neither the first nor the last lines are alike.
fn changed(old: &[&str], new: &[&str], first: usize) -> Vec<DiffLine> {
    let common = if old.len().saturating_mul(new.len()) <= PAIRS_AT_MOST {
        common(old, new)
    } else {
        Vec::new()
    };
    let mut lines = Vec::new();
    let (mut at, mut to) = (0, 0);
    for (old_end, new_end) in common.into_iter().chain([(old.len(), new.len())]) {
        let line = |added: bool, text: &str, index: usize| DiffLine {
            added,
            text: text.to_owned(),
            line: first + index,
        };
        lines.extend((at..old_end).map(|index| line(false, old[index], index)));
        lines.extend((to..new_end).map(|index| line(true, new[index], index)));
        (at, to) = (old_end + 1, new_end + 1);
    }
    lines
}

/// The places of the longest run of lines that both have in the same order.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for (i, one) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            longest[i * width + j] = if one == other {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let mut places = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            places.push((i, j));
            i += 1;
            j += 1;
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> Vec<String> {
        lines(before, after)
            .iter()
            .map(|line| {
                let sign = if line.added { '+' } else { '-' };
                format!("{sign}{} {}", line.line, line.text)
            })
            .collect()
    }

    #[test]
    fn only_lines_that_change_are_told_with_their_numbers() {
        assert_eq!(
            shown("a\nb\nc\nd\n", "a\nB\nc\nD\n"),
            ["-2 b", "+2 B", "-4 d", "+4 D"]
        );
        assert_eq!(shown("a\nb\n", "a\nx\nb\n"), ["+2 x"]);
        assert_eq!(shown("a\nx\nb\n", "a\nb\n"), ["-2 x"]);
        assert_eq!(shown("a\n", "a\n"), [""; 0]);
        assert_eq!(shown("", "a\n"), ["+1 a"]);
    }

    #[test]
    fn texts_too_long_to_compare_are_told_as_replaced() {
        let (a, b) = ("a\n".repeat(2_500), "b\n".repeat(2_500));
        assert_eq!(lines(&a, &b).len(), 5_000);
    }
}
