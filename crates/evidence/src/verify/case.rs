//! The case's log and the files that it names.

use std::collections::BTreeSet;

use super::{
    Outcome,
    checks::{failed, judged, originals, resting},
    gather::Gathered,
    withheld::Withheld,
};
use crate::{
    bag,
    bundle::last_exported,
    case::{CaseLog, Entry, Place},
    chain,
    name::shown,
    withhold::in_a_name,
};

/// The log in the bundle, as far as it can be read.
pub(super) struct Case {
    log: CaseLog,
    /// The case's name, by its first line.
    pub(super) name: Option<String>,
    pub(super) damage: Option<String>,
    pub(super) lines: u64,
    pub(super) head: String,
    /// SHA-256 of the bundle that was made of the same case last.
    pub(super) exported: Option<String>,
    /// Which lines, counted from 1, stand for an original with more in it.
    pub(super) withheld: Vec<u64>,
    unreadable: u64,
}

impl Case {
    /// `None` where nothing was added to the case.
    pub(super) fn of(gathered: &Gathered) -> Option<Self> {
        let bytes = gathered.content(bag::CASE_FILE)?;
        let (log, withheld, unreadable) = chain::read_case(bytes);
        let damage = match &log.damage {
            Some(damage) => Some(damage.clone()),
            None if bytes.is_empty() => Some("there is no line in it".to_owned()),
            None if !bytes.ends_with(b"\n") => Some("its last line is cut off".to_owned()),
            None => None,
        };
        let name = log.lines.first().and_then(|line| {
            let Entry::Opened { case, .. } = &line.entry else {
                return None;
            };
            Some(case.clone())
        });
        Some(Self {
            name,
            lines: u64::try_from(log.lines.len()).unwrap_or(u64::MAX) + unreadable,
            head: log.head.clone(),
            exported: last_exported(&log),
            damage,
            withheld,
            unreadable,
            log,
        })
    }

    pub(super) fn chain_outcome(&self) -> Outcome {
        match &self.damage {
            Some(damage) => failed(damage),
            None => Outcome::Passed {
                seen: format!(
                    "{} lines, the last with SHA-256 {}{}",
                    self.lines,
                    self.head,
                    resting(self.withheld.len())
                ),
            },
        }
    }

    pub(super) fn files_outcome(&self, gathered: &Gathered, withheld: &Withheld) -> Outcome {
        let mut problems = Vec::new();
        let mut named = BTreeSet::new();
        let mut derived = 0;
        for file in self.log.files() {
            let Some(path) = Place::path_in_bundle(&in_a_name(&file.path)) else {
                problems.push(format!(
                    "the log names a forbidden place, {}",
                    shown(&file.path)
                ));
                continue;
            };
            match gathered.files.get(&path) {
                Some(found) if found.is(&file.digest) && found.size == file.bytes => {}
                Some(_) if withheld.is_of(&path, &file.digest, file.bytes) => derived += 1,
                Some(_) => problems.push(format!("{path} is not what the log names")),
                None => problems.push(format!("{path} is named in the log and missing")),
            }
            named.insert(path);
        }
        let places = Place::ALL.map(Place::in_bundle);
        let unnamed = gathered.files.keys().filter(|path| {
            places.iter().any(|place| path.starts_with(place)) && !named.contains(*path)
        });
        for path in unnamed {
            problems.push(if self.unreadable > 0 {
                format!("{path} is named in no line of the log that can be read")
            } else {
                format!("{path} is not named in the log")
            });
        }
        judged(problems, originals(named.len(), derived, "files"))
    }
}
