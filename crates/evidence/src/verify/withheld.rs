//! What was withheld, as the bundle says it.

use std::collections::BTreeMap;

use super::{Outcome, checks::judged, gather::Gathered};
use crate::{
    bag,
    name::shown,
    withhold::{Redacted, Withholding},
};

/// `90-redactions.json`, as far as it can be read.
pub(super) struct Withheld {
    said: Result<Withholding, String>,
    by_file: BTreeMap<String, (String, u64)>,
}

impl Withheld {
    pub(super) fn of(gathered: &Gathered) -> Self {
        let said = gathered
            .text(bag::REDACTIONS_FILE)
            .ok_or_else(|| format!("{} is missing or no text", bag::REDACTIONS_FILE))
            .and_then(|text| {
                Withholding::parse(text).map_err(|why| format!("{}: {why}", bag::REDACTIONS_FILE))
            });
        let rows = said
            .as_ref()
            .map_or(&[][..], |said| said.redactions.as_slice());
        let by_file = rows
            .iter()
            .map(|row| {
                let original = (row.original.sha256.clone(), row.original.bytes);
                (row.file.clone(), original)
            })
            .collect();
        Self { said, by_file }
    }

    /// Whether a file is said to be a copy of what has that digest and size.
    pub(super) fn is_of(&self, path: &str, digest: &str, bytes: u64) -> bool {
        self.by_file
            .get(path)
            .is_some_and(|(known, size)| known == digest && *size == bytes)
    }

    /// The same where no size is known.
    pub(super) fn digest_is(&self, path: &str, digest: &str) -> bool {
        self.by_file
            .get(path)
            .is_some_and(|(known, _)| known == digest)
    }

    pub(super) fn places(&self) -> u64 {
        self.said.as_ref().map_or(0, Withholding::places)
    }

    /// `lines` are those of the chained logs that stand for an original.
    pub(super) fn outcome(&self, gathered: &Gathered, lines: &[(&str, &[u64])]) -> Outcome {
        let said = match &self.said {
            Ok(said) => said,
            Err(why) => {
                return Outcome::Failed {
                    problems: vec![why.clone()],
                };
            }
        };
        let mut problems = Vec::new();
        for row in &said.redactions {
            if !gathered.files.contains_key(&row.file) {
                problems.push(format!("{} is listed and missing", shown(&row.file)));
            }
        }
        if self.by_file.len() != said.redactions.len() {
            problems.push("a file is listed twice".to_owned());
        }
        for (path, standing) in lines {
            let row = said.redactions.iter().find(|row| row.file == *path);
            problems.extend(unlisted(path, standing, row));
        }
        let seen = match (said.redactions.len(), said.not_searched.len()) {
            (0, 0) => "nothing; every file is whole".to_owned(),
            (files, opaque) => format!(
                "{} places in {files} files{}",
                said.places(),
                if opaque == 0 {
                    String::new()
                } else {
                    format!("; {opaque} files could not be searched and are there as they are")
                }
            ),
        };
        let seen = match said.left_out.len() {
            0 => seen,
            left_out => format!("{seen}; {left_out} things are not in the bundle at all"),
        };
        judged(problems, seen)
    }
}

/// Lines that stand for an original with nothing listed for them.
fn unlisted(path: &str, standing: &[u64], row: Option<&Redacted>) -> Vec<String> {
    let problem = |line: &u64| {
        format!("line {line} of {path} stands for another one, and nothing is listed for it")
    };
    match row {
        None => standing.iter().map(problem).collect(),
        // not every place is listed where there are very many
        Some(row) if row.more > 0 || row.whole => Vec::new(),
        Some(row) => {
            let ends: Vec<u64> = row.places.iter().map(|place| place.line).collect();
            standing
                .iter()
                .filter(|line| !ends.contains(line))
                .map(problem)
                .collect()
        }
    }
}
