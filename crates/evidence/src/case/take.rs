//! Taking in what a collector brought. A file that cannot be stored is said, and the rest goes on.

use std::collections::BTreeMap;

use collect::{Collected, Content, Outcome};
use door::{Act, ActsFile, DoorKind};
use jiff::Timestamp;
use runbook::AccountName;

use super::{Case, CaseError, Entry, Line, Place, StoredFile, name::plain, store::MAX_TAKEN};
use crate::name::shown;

/// How many losses are told one by one.
const MOST_SAID: usize = 20;

impl Case {
    /// Stores what a collector brought, with what its files tell of acts beside them, and logs it.
    pub fn take(
        &self,
        at: Timestamp,
        place: Place,
        collected: Collected,
    ) -> Result<Line, CaseError> {
        self.take_from(at, place, collected, None)
    }

    /// The same, of what a door of an account told.
    pub fn take_from(
        &self,
        at: Timestamp,
        place: Place,
        collected: Collected,
        from: Option<(&AccountName, &DoorKind)>,
    ) -> Result<Line, CaseError> {
        let mut taking = Taking {
            case: self,
            place,
            from,
            files: Vec::new(),
            lost: Vec::new(),
        };
        let mut acts: BTreeMap<String, Vec<Act>> = BTreeMap::new();
        for (of, act) in collected.acts {
            acts.entry(of).or_default().push(act);
        }
        for taken in collected.taken {
            let of_it = acts.remove(&taken.name).unwrap_or_default();
            let stored = self.store(
                place,
                &taken.name,
                &taken.source,
                taken.modified,
                &taken.content,
                MAX_TAKEN,
            );
            match stored {
                Ok(file) => taking.keep(&taken.name, file, of_it),
                Err(error) => taking.lose(&taken.name, &error, of_it.len()),
            }
        }
        for (of, untold) in acts {
            taking.lost.push(format!(
                "{} acts are not kept: {}, which tells them, was not brought",
                untold.len(),
                shown(&of)
            ));
        }
        let Taking { files, lost, .. } = taking;
        self.add(
            at,
            Entry::Collected {
                collector: collected.collector,
                title: collected.title,
                began: collected.began,
                ended: collected.ended,
                outcome: less(collected.outcome, lost, files.is_empty()),
                files,
                sightings: collected.sightings,
            },
        )
    }
}

/// What came of a collector's files so far.
struct Taking<'a> {
    case: &'a Case,
    place: Place,
    from: Option<(&'a AccountName, &'a DoorKind)>,
    files: Vec<StoredFile>,
    lost: Vec<String>,
}

impl Taking<'_> {
    fn keep(&mut self, name: &str, file: StoredFile, acts: Vec<Act>) {
        let of = file.path.clone();
        self.files.push(file);
        if acts.is_empty() {
            return;
        }
        let count = acts.len();
        let told = ActsFile {
            account: self.from.map(|(account, _)| account.to_string()),
            door: self.from.map(|(_, door)| door.clone()),
            ..ActsFile::new(of.clone(), acts)
        };
        let bytes = serde_json::to_vec_pretty(&told).expect("an act has only string keys");
        let stored = self.case.store_as(
            self.place,
            &format!("{}{}", plain(name), ActsFile::ENDING),
            &format!("read from {of}"),
            None,
            &Content::Bytes(bytes),
            MAX_TAKEN,
        );
        match stored {
            Ok(file) => self.files.push(file),
            Err(error) => self
                .lost
                .push(format!("{count} acts are not kept: {error}")),
        }
    }

    fn lose(&mut self, name: &str, error: &CaseError, acts: usize) {
        let with = match acts {
            0 => String::new(),
            acts => format!(", and neither are {acts} acts that it tells"),
        };
        let name = shown(name);
        self.lost.push(format!("{name} is not kept: {error}{with}"));
    }
}

/// What came of the collector once some of what it brought is lost.
fn less(outcome: Outcome, mut lost: Vec<String>, all: bool) -> Outcome {
    if lost.is_empty() {
        return outcome;
    }
    let more = lost.len().saturating_sub(MOST_SAID);
    if more > 0 {
        lost.truncate(MOST_SAID);
        lost.push(format!("and so on for {more} more"));
    }
    let lost = lost.join("; ");
    match outcome {
        Outcome::Collected if all => Outcome::Failed { why: lost },
        Outcome::Collected => Outcome::Partly { why: lost },
        Outcome::Partly { why }
        | Outcome::NotHere { why }
        | Outcome::Denied { why }
        | Outcome::TimedOut { why }
        | Outcome::Failed { why } => Outcome::Partly {
            why: format!("{why}; {lost}"),
        },
    }
}
