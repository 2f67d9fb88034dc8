//! The journal and the case's log as they go in: whole, or copies with bars in them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use incident::{
    Event,
    journal::{self, Line},
};
use redact::Redactor;

use super::feed::{Content, Item};
use crate::{
    EvidenceError, bag,
    case::{CASE_LOG, CaseLog, Place},
    chain,
    guide::Log,
    source::Source,
    story::Story,
    withhold,
};

/// The journal and the case's log as they go in.
pub(super) struct Chained {
    journal: Option<withhold::Lines>,
    case: Option<withhold::Lines>,
    /// What the journal tells without what is withheld, where that differs.
    story: Option<Story>,
    case_log: Option<CaseLog>,
    /// What the copied logs call a file, by its place and its name in the originals.
    pub(super) renamed: BTreeMap<(&'static str, String), String>,
}

impl Chained {
    pub(super) fn of(source: &Source, redactor: &Redactor) -> Result<Self, EvidenceError> {
        let read_error = |error| EvidenceError::Read {
            path: PathBuf::from(bag::JOURNAL_FILE),
            error,
        };
        let journal = source
            .journal
            .as_ref()
            .map(|(bytes, _)| withhold::lines(redactor, bag::JOURNAL_FILE, bytes))
            .transpose()
            .map_err(read_error)?;
        let case = (!source.case.bytes.is_empty())
            .then(|| withhold::lines(redactor, bag::CASE_FILE, &source.case.bytes))
            .transpose()
            .map_err(read_error)?;
        let mut chained = Self {
            story: None,
            case_log: None,
            renamed: BTreeMap::new(),
            journal,
            case,
        };
        chained.read_copies(source);
        Ok(chained)
    }

    fn read_copies(&mut self, source: &Source) {
        if let (Some(lines), Some((_, original))) = (&self.journal, &source.journal)
            && lines.redacted.is_some()
        {
            // where too little is left to tell a story, the reports are searched instead
            self.story = Story::of(&lines.bytes)
                .ok()
                .filter(|story| story.lines.len() == original.lines.len());
            let copies = chain::Journal::of(&lines.bytes).lines;
            self.renamed = renamed_captures(&original.lines, &copies);
        }
        if let Some(lines) = &self.case
            && lines.redacted.is_some()
        {
            let copy = chain::case(&lines.bytes);
            let pairs = source.case.files().zip(copy.files());
            for (was, is) in pairs.filter(|(was, is)| was.path != is.path) {
                if let (Some((place, name)), Some((_, now))) =
                    (was.path.split_once('/'), is.path.split_once('/'))
                    && let Some(place) = Place::ALL.into_iter().find(|one| one.folder() == place)
                {
                    self.renamed
                        .insert((place.in_bundle(), name.to_owned()), now.to_owned());
                }
            }
            self.case_log = Some(copy);
        }
    }

    /// The story without what is withheld.
    pub(super) fn story<'a>(&'a self, source: &'a Source) -> Option<&'a Story> {
        let original = source.journal.as_ref().map(|(_, story)| story);
        self.story.as_ref().or(original)
    }

    /// The case without what is withheld.
    pub(super) fn case<'a>(&'a self, source: &'a Source) -> &'a CaseLog {
        self.case_log.as_ref().unwrap_or(&source.case)
    }

    /// Each log of the bundle, as its copy reads.
    pub(super) fn logs(&self, source: &Source) -> Vec<Log> {
        let journal = self.journal.as_ref().map(|lines| Log {
            path: bag::JOURNAL_FILE,
            lines: counted(&lines.bytes),
            head: source.journal_head(),
            withheld: chain::withheld(&lines.bytes),
        });
        let case = self.case.as_ref().map(|lines| Log {
            path: bag::CASE_FILE,
            lines: counted(&lines.bytes),
            head: source.case.head.clone(),
            withheld: chain::withheld(&lines.bytes),
        });
        journal.into_iter().chain(case).collect()
    }

    pub(super) fn items(&self, folder: &Path) -> Vec<Item> {
        let of = |lines: &Option<withhold::Lines>, path: &str, file: &str| {
            lines.as_ref().map(|lines| Item {
                path: path.to_owned(),
                content: Content::Lines {
                    bytes: lines.bytes.clone(),
                    redacted: lines.redacted.clone(),
                    original: folder.join(file),
                },
                name: Vec::new(),
            })
        };
        of(&self.journal, bag::JOURNAL_FILE, journal::FILE_NAME)
            .into_iter()
            .chain(of(&self.case, bag::CASE_FILE, CASE_LOG))
            .collect()
    }
}

/// What the copied journal calls captures, where it calls them otherwise.
fn renamed_captures(
    originals: &[Line],
    copies: &[Line],
) -> BTreeMap<(&'static str, String), String> {
    let copies: BTreeMap<u64, &Event> = copies.iter().map(|line| (line.seq, &line.event)).collect();
    originals
        .iter()
        .filter_map(|line| {
            let Event::Captured { file: was, .. } = &line.event else {
                return None;
            };
            let Some(Event::Captured { file: is, .. }) = copies.get(&line.seq) else {
                return None;
            };
            (was != is).then(|| ((bag::CAPTURES, was.clone()), is.clone()))
        })
        .collect()
}

fn counted(lines: &[u8]) -> u64 {
    let lines = lines.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(lines).unwrap_or(u64::MAX)
}
