//! A file as it would go into a bundle, with bars where something is withheld. What is withheld is
//! never in it.

use std::{
    fs::File,
    io::{Cursor, Read as _},
    path::{Path, PathBuf},
};

use evidence::case::{CASE_FILES, Case, Place};
use redact::{BAR, Withheld};
use serde::Serialize;

use super::{beside, handing, mode_of};
use crate::{Error, Home};

/// The most of a file that is looked at.
const MOST: u64 = 8 * 1024 * 1024;
/// The most lines that are shown.
const MOST_LINES: usize = 200;
/// How many lines are shown around a bar.
const AROUND: usize = 1;
/// The most characters that are shown of a piece of text.
const MOST_OF_PIECE: usize = 160;

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Preview {
    /// Its path in the bundle.
    pub path: String,
    /// The lines around bars.
    pub lines: Vec<PreviewLine>,
    /// Whether it goes on.
    pub more: bool,
}

/// A line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PreviewLine {
    /// Counted from 1; `None` for a gap.
    pub number: Option<usize>,
    /// Its pieces in order.
    pub parts: Vec<Part>,
}

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Part {
    /// What stays.
    Text(String),
    /// What is withheld, and why.
    Bar(String),
}

/// The file at `path` in the bundle of `run` for `profile`.
pub async fn preview(home: &Home, run: &str, profile: &str, path: &str) -> Result<Preview, Error> {
    let folder = home.case(run)?;
    let looked_at = folder.clone();
    let mode = beside(move || mode_of(&looked_at)).await?;
    let redactor = handing::redactor(home, mode, profile, true).await?;
    let path = path.to_owned();
    beside(move || {
        let unread = |why: &dyn std::fmt::Display| {
            Error::wrong(format!("{} cannot be shown: {why}", door::clean(&path)))
                .untouched("nothing was changed")
                .next("export the bundle and look at it there")
        };
        let original =
            original(&folder, &path).ok_or_else(|| unread(&"it is made from the other files"))?;
        let mut bytes = Vec::new();
        File::open(original)
            .and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes))
            .map_err(|error| unread(&error))?;
        let cut = bytes.len() as u64 > MOST;
        bytes.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
        let mut copy = Vec::new();
        let copied = redactor
            .copy(&path, &mut Cursor::new(bytes), &mut copy)
            .map_err(|error| unread(&error))?;
        let text = String::from_utf8_lossy(&copy);
        let mut preview = shown(&text, &copied.withheld);
        preview.path.clone_from(&path);
        preview.more |= cut;
        Ok(preview)
    })
    .await
}

/// The file in the case's folder that stands at `path` in its bundle.
fn original(folder: &Path, path: &str) -> Option<PathBuf> {
    let same = match path {
        "data/80-run-journal.jsonl" => Some("journal.jsonl"),
        "data/85-case-log.jsonl" => Some("case.jsonl"),
        "data/runbook.toml" => Some("runbook.toml"),
        _ => None,
    };
    if let Some(same) = same {
        return Some(folder.join(same));
    }
    let captured = ["data/20-captures/", "data/25-captures-not-in-journal/"]
        .iter()
        .find_map(|place| path.strip_prefix(place))
        .filter(|name| !name.contains(['/', '\\']) && !name.starts_with('.'));
    if let Some(name) = captured {
        return Some(folder.join("captures").join(name));
    }
    let log = Case::read(folder);
    let file = log
        .files()
        .find(|file| Place::path_in_bundle(&file.path).as_deref() == Some(path))?;
    Some(folder.join(CASE_FILES).join(&file.path))
}

/// The lines of a copy around its bars.
fn shown(copy: &str, withheld: &[Withheld]) -> Preview {
    let lines: Vec<&str> = copy.lines().collect();
    let barred: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].contains(BAR))
        .collect();
    let mut preview = Preview::default();
    let mut reasons = withheld.iter().map(|place| place.reason.as_str());
    let mut next = 0;
    for at in barred {
        let first = at.saturating_sub(AROUND).max(next);
        if first > next && !preview.lines.is_empty() {
            preview.lines.push(PreviewLine {
                number: None,
                parts: Vec::new(),
            });
        }
        for (number, line) in lines.iter().enumerate().take(at + AROUND + 1).skip(first) {
            // a bar that follows at once is shown when its turn comes
            if number > at && line.contains(BAR) {
                break;
            }
            if preview.lines.len() >= MOST_LINES {
                preview.more = true;
                return preview;
            }
            preview.lines.push(PreviewLine {
                number: Some(number + 1),
                parts: parts(line, &mut reasons),
            });
            next = number + 1;
        }
    }
    preview
}

fn parts<'a>(line: &str, reasons: &mut impl Iterator<Item = &'a str>) -> Vec<Part> {
    let mut parts = Vec::new();
    for (nth, piece) in line.split(BAR).enumerate() {
        if nth > 0 {
            let reason = reasons.next().unwrap_or("withheld");
            parts.push(Part::Bar(reason.to_owned()));
        }
        if !piece.is_empty() {
            parts.push(Part::Text(near(piece, nth > 0)));
        }
    }
    parts
}

/// What of a piece of text stands next to a bar.
fn near(piece: &str, after: bool) -> String {
    // text of unknown origin: nothing in it may steer what shows it
    let piece: String = piece
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let count = piece.chars().count();
    if count <= MOST_OF_PIECE {
        return piece;
    }
    if after {
        let start: String = piece.chars().take(MOST_OF_PIECE).collect();
        format!("{start}...")
    } else {
        let end: String = piece.chars().skip(count - MOST_OF_PIECE).collect();
        format!("...{end}")
    }
}

#[cfg(test)]
mod tests {
    use redact::Class;

    use super::*;

    fn place(reason: &str) -> Withheld {
        Withheld {
            class: Class::Secret,
            reason: reason.to_owned(),
            start: 0,
            end: 1,
            line: 1,
            pointer: None,
        }
    }

    #[test]
    fn lines_around_bars_are_shown_with_the_reason_of_each_and_gaps_between_them() {
        let copy = format!("one\ntwo {BAR} and {BAR}\nthree\nfour\nfive\nsix {BAR}\n");
        let preview = shown(&copy, &[place("a"), place("b"), place("c")]);
        let numbers: Vec<_> = preview.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [Some(1), Some(2), Some(3), None, Some(5), Some(6)]);
        assert_eq!(
            preview.lines[1].parts,
            [
                Part::Text("two ".to_owned()),
                Part::Bar("a".to_owned()),
                Part::Text(" and ".to_owned()),
                Part::Bar("b".to_owned()),
            ]
        );
        assert_eq!(preview.lines[5].parts[1], Part::Bar("c".to_owned()));
        assert!(!preview.more);
    }

    #[test]
    fn a_long_line_is_shown_next_to_its_bar_alone() {
        let copy = format!("{}{BAR}{}", "a".repeat(5000), "b".repeat(5000));
        let preview = shown(&copy, &[place("a")]);
        let [Part::Text(before), Part::Bar(_), Part::Text(after)] = &preview.lines[0].parts[..]
        else {
            panic!("{preview:?}")
        };
        assert!(before.starts_with("...a") && before.len() < 200);
        assert!(after.ends_with("b...") && after.len() < 200);
    }
}
