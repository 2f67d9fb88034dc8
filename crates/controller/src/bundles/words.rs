//! Bundles in words: sizes, the tree of their files, and why one could not be written.

use std::{
    io,
    path::{Path, PathBuf},
};

use evidence::{Contents, EvidenceError, Withholding};
use serde::Serialize;

use crate::Error;

/// A folder with more files than this is told as one row.
const FILES_TOLD: usize = 3;
/// How many places of a file are told for one reason.
const PLACES_TOLD: usize = 3;
/// The journal's path in a bundle.
const JOURNAL: &str = "data/80-run-journal.jsonl";

/// A row of a bundle's tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BundleRow {
    /// A file's path, or a folder's with `/` at its end.
    pub path: String,
    /// How large, how many lines, or how many files, in words.
    pub size: String,
}

/// A size as a person reads it (`812 bytes`, `148 KB`, `4.1 MB`).
pub fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    // tenths of the unit, rounded
    let mut tenths = (u128::from(bytes) * 10 + 500) / 1000;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths = (tenths + 500) / 1000;
        unit += 1;
    }
    let name = UNITS[unit];
    if unit == 0 || tenths >= 1000 {
        format!("{} {name}", (tenths + 5) / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// The files of a bundle, a row each; a folder of many files is one row.
pub(super) fn rows(contents: &Contents) -> Vec<BundleRow> {
    let folder_of = |path: &str| path.rfind('/').map_or(0, |at| at + 1);
    let mut rows = Vec::<BundleRow>::new();
    let mut files = contents.files.iter().peekable();
    while let Some((path, bytes)) = files.next() {
        let folder = &path[..folder_of(path)];
        let deep = folder.matches('/').count() > 1;
        let more = files
            .clone()
            .take_while(|(next, _)| deep && next[..folder_of(next)] == *folder)
            .count();
        if more >= FILES_TOLD {
            for _ in 0..more {
                files.next();
            }
            rows.push(BundleRow {
                path: folder.to_owned(),
                size: format!("{} files", more + 1),
            });
            continue;
        }
        rows.push(BundleRow {
            path: path.clone(),
            size: if path == JOURNAL {
                format!("{} lines", contents.journal_lines)
            } else {
                human_size(*bytes)
            },
        });
    }
    rows
}

/// Why no bundle was made, with what it means here and what mends it.
pub(crate) fn in_words(error: &EvidenceError) -> Error {
    let EvidenceError::Write { path, error: said } = error else {
        return Error::wrong(error)
            .untouched(error.untouched())
            .next(error.next());
    };
    let folder = folder_of(path);
    let folder = folder.display();
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the system's own list of errors; few have a mend of their own"
    )]
    let (what, next) = match said.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            (
                format!("there is no room on the disk for {}", path.display()),
                "choose another folder, or make room, then export it again",
            )
        }
        io::ErrorKind::NotFound => (
            format!("the folder {folder} does not exist"),
            "choose another folder, or make that one, then export it again",
        ),
        io::ErrorKind::NotADirectory => (
            format!("{folder} is not a folder"),
            "choose a folder, then export it again",
        ),
        io::ErrorKind::IsADirectory => (
            format!("{} is a folder", path.display()),
            "choose another file name, then export it again",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            format!("nothing may be written in the folder {folder}"),
            "choose a folder that is yours to write, then export it again",
        ),
        _ => (
            error.to_string(),
            "choose another folder, then export it again",
        ),
    };
    Error::wrong(what).untouched(error.untouched()).next(next)
}

/// The folder that a file is to stand in.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_unit_that_a_person_would_use() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1 KB"),
            (2_600, "3 KB"),
            (148_000, "148 KB"),
            (999_400, "999 KB"),
            (999_999, "1.0 MB"),
            (4_100_000, "4.1 MB"),
            (41_000_000, "41.0 MB"),
            (410_000_000, "410 MB"),
            (4_294_967_295, "4.3 GB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(human_size(bytes), words, "{bytes}");
        }
    }

    #[test]
    fn a_folder_of_many_files_is_one_row_and_the_journal_counts_lines() {
        let mut files = (0..24)
            .map(|nth| (format!("data/20-captures/{nth:05}.json"), 10))
            .collect::<Vec<_>>();
        files.insert(0, ("VERIFY.txt".to_owned(), 2_000));
        files.insert(1, ("bagit.txt".to_owned(), 55));
        files.insert(2, ("data/00-summary.html".to_owned(), 14_900));
        files.push(("data/25-captures-not-in-journal/a.json".to_owned(), 7));
        files.push((JOURNAL.to_owned(), 31_000));
        files.push(("data/90-redactions.json".to_owned(), 90));
        files.push(("data/runbook.toml".to_owned(), 90));
        let rows = rows(&Contents {
            run: String::new(),
            files,
            missing: Vec::new(),
            left_out: Vec::new(),
            journal_lines: 486,
            journal_head: String::new(),
            signer: String::new(),
        });
        let told = rows
            .iter()
            .map(|row| format!("{}  {}", row.path, row.size))
            .collect::<Vec<_>>();
        assert_eq!(
            told,
            [
                "VERIFY.txt  2 KB",
                "bagit.txt  55 bytes",
                "data/00-summary.html  15 KB",
                "data/20-captures/  24 files",
                "data/25-captures-not-in-journal/a.json  7 bytes",
                "data/80-run-journal.jsonl  486 lines",
                "data/90-redactions.json  90 bytes",
                "data/runbook.toml  90 bytes",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn each_reason_that_a_bundle_cannot_be_written_says_what_mends_it() {
        for (number, what, next) in [
            (28, "no room on the disk", "choose another folder"),
            (2, "the folder /media/stick does not exist", "make that one"),
            (13, "nothing may be written", "yours to write"),
            (30, "nothing may be written", "yours to write"),
            (20, "is not a folder", "choose a folder"),
        ] {
            let error = in_words(&EvidenceError::Write {
                path: PathBuf::from("/media/stick/case.zip"),
                error: io::Error::from_raw_os_error(number),
            });
            assert!(error.what.contains(what), "{}", error.what);
            assert!(error.next.contains(next), "{}", error.next);
            assert!(error.untouched.contains("no bundle was left behind"));
        }
    }
}

/// What is withheld in one file for one reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WithheldRow {
    /// The file's path in the bundle.
    pub path: String,
    /// Where in it: the first places, in words.
    pub place: String,
    /// How many.
    pub count: usize,
    /// What it is.
    pub reason: String,
    /// Whether every profile withholds it.
    pub always: bool,
}

/// What is withheld, a row for each file and reason.
pub(super) fn withheld(withholding: &Withholding) -> Vec<WithheldRow> {
    let mut rows = Vec::<WithheldRow>::new();
    for file in &withholding.redactions {
        let first = rows.len();
        for place in &file.places {
            let known = rows[first..]
                .iter()
                .position(|row| row.reason == place.reason);
            let at = known.map_or(rows.len(), |known| first + known);
            if at == rows.len() {
                rows.push(WithheldRow {
                    path: file.file.clone(),
                    place: String::new(),
                    count: 0,
                    reason: place.reason.clone(),
                    always: place.class.always(),
                });
            }
            let row = &mut rows[at];
            if row.count < PLACES_TOLD {
                if row.count > 0 {
                    row.place.push_str(", ");
                }
                let told = match &place.pointer {
                    Some(pointer) => door::clean(pointer),
                    None => format!("line {}", place.line),
                };
                row.place.push_str(&told);
            } else if row.count == PLACES_TOLD {
                row.place.push_str(", ...");
            }
            row.count += 1;
        }
    }
    rows
}
