//! What of a run's or a collection's folder goes into a bundle. Nothing there is changed, and no link
//! is followed.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use incident::{Event, Mode, executor::CAPTURES, journal};

use crate::{
    EvidenceError, bag,
    case::{CASE_FILES, CaseLog, Entry, Place},
    name::{is_plain_segment, shown},
    story::{Story, whole_lines},
    volumes::digest_of,
};

/// The runbook's file in a run's folder.
const RUNBOOK: &str = "runbook.toml";
/// The largest journal that is packed: what `verify` reads.
pub(crate) const MAX_JOURNAL: u64 = 512 * 1024 * 1024;

/// A folder, looked at once.
pub(crate) struct Source {
    /// What it is called: the run's name, or the collection's.
    pub(crate) run: String,
    pub(crate) mode: Mode,
    /// The journal's whole lines and what they tell; `None` for a collection without a press.
    pub(crate) journal: Option<(Vec<u8>, Story)>,
    pub(crate) case: CaseLog,
    folders: Vec<PathBuf>,
    /// In no order.
    pub(crate) files: Vec<Planned>,
    /// How many bytes they had.
    pub(crate) bytes: u64,
    /// What the journal or the log names and the folder does not hold as named, a sentence each.
    pub(crate) missing: Vec<String>,
    /// What stays out, with the reason.
    pub(crate) left_out: Vec<(String, &'static str)>,
}

/// A file to come: little is kept of each, because there may be a million.
pub(crate) struct Planned {
    /// The folder of the bundle that it goes to, with the slash at its end.
    pub(crate) to: &'static str,
    folder: u8,
    pub(crate) name: Box<str>,
}

impl Source {
    pub(crate) fn of(folder: &Path) -> Result<Self, EvidenceError> {
        let path = folder.join(journal::FILE_NAME);
        let case = CaseLog::read(folder);
        let journal = match (present(&path), case.bytes.is_empty()) {
            (Ok(false), false) => None,
            (Ok(true), _) | (Ok(false), true) | (Err(_), _) => Some(read_journal(folder, &path)?),
        };
        let (run, mode) = match &journal {
            Some((_, story)) => (story.run.id.clone(), story.run.mode),
            // what is collected without a press is of this computer, and real
            None => (name_of_case(folder, &case), Mode::Live),
        };
        let mut source = Self {
            run,
            mode,
            journal,
            case,
            folders: Vec::new(),
            files: Vec::new(),
            bytes: 0,
            missing: Vec::new(),
            left_out: Vec::new(),
        };
        if source.journal.is_some() {
            source.find_runbook(folder)?;
        }
        source.find_captures(folder)?;
        source.find_case_files(folder)?;
        source.say_case_damage();
        Ok(source)
    }

    /// What the journal tells, where there is one.
    pub(crate) fn story(&self) -> Option<&Story> {
        self.journal.as_ref().map(|(_, story)| story)
    }

    /// SHA-256 of the journal's last line, in hex; empty where there is none.
    pub(crate) fn journal_head(&self) -> String {
        self.story()
            .map_or_else(String::new, |story| story.head.clone())
    }

    /// How many lines the journal has.
    pub(crate) fn journal_lines(&self) -> u64 {
        let lines = self.story().map_or(0, |story| story.lines.len());
        u64::try_from(lines).unwrap_or(u64::MAX)
    }

    /// SHA-256 of the runbook, where there is one that can be read.
    pub(crate) fn runbook_digest(&self) -> Option<String> {
        let file = self.files.iter().find(|file| file.to == bag::PAYLOAD)?;
        let file = open(&self.path(file)).ok()?;
        let (_, digest) = digest_of(&file).ok()?;
        Some(digest)
    }

    /// Where a planned file stands.
    pub(crate) fn path(&self, file: &Planned) -> PathBuf {
        let folder = self.folders.get(usize::from(file.folder));
        folder.map_or_else(PathBuf::new, |folder| folder.join(&*file.name))
    }

    fn find_runbook(&mut self, folder: &Path) -> Result<(), EvidenceError> {
        if present(&folder.join(RUNBOOK))? {
            let folder = self.folder(folder);
            self.files.push(Planned {
                to: bag::PAYLOAD,
                folder,
                name: RUNBOOK.into(),
            });
        } else {
            self.missing
                .push("runbook.toml, the runbook as run, is not in the folder".to_owned());
        }
        Ok(())
    }

    fn find_captures(&mut self, folder: &Path) -> Result<(), EvidenceError> {
        let named = self.captured();
        let places = (bag::CAPTURES, bag::UNRECORDED_CAPTURES);
        let found = self.find(&folder.join(CAPTURES), "", &named, places)?;
        for name in named.difference(&found) {
            self.missing.push(format!(
                "the capture {} is named in the journal and not in the folder",
                shown(name)
            ));
        }
        Ok(())
    }

    fn captured(&self) -> BTreeSet<String> {
        let lines = self.journal.iter().flat_map(|(_, story)| &story.lines);
        lines
            .filter_map(|line| {
                let Event::Captured { file, .. } = &line.event else {
                    return None;
                };
                Some(file.clone())
            })
            .collect()
    }

    fn find_case_files(&mut self, folder: &Path) -> Result<(), EvidenceError> {
        let mut named: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for file in self.case.files() {
            match file.path.split_once('/') {
                Some((place, name)) if Place::path_in_bundle(&file.path).is_some() => {
                    let place = Place::ALL.into_iter().find(|one| one.folder() == place);
                    let place = place.map_or("", Place::folder);
                    named.entry(place).or_default().insert(name.to_owned());
                }
                Some(_) | None => self.missing.push(format!(
                    "the case's log names {}, which is no place of a case",
                    shown(&file.path)
                )),
            }
        }
        for place in Place::ALL {
            let named = named.remove(place.folder()).unwrap_or_default();
            let folder = folder.join(CASE_FILES).join(place.folder());
            let places = (place.in_bundle(), unrecorded(place));
            let found = self.find(&folder, place.folder(), &named, places)?;
            for name in named.difference(&found) {
                self.missing.push(format!(
                    "{}/{} is named in the case's log and not in the folder",
                    place.folder(),
                    shown(name)
                ));
            }
        }
        Ok(())
    }

    /// Plans the plain files of a folder: those that are `named` for the first of the places, the
    /// rest for the other.
    fn find(
        &mut self,
        folder: &Path,
        prefix: &str,
        named: &BTreeSet<String>,
        (recorded, unrecorded): (&'static str, &'static str),
    ) -> Result<BTreeSet<String>, EvidenceError> {
        let mut found = BTreeSet::new();
        let number = self.folder(folder);
        for (name, kind) in listed(folder)? {
            let shown_name = || {
                let name = name.to_string_lossy();
                if prefix.is_empty() {
                    name.into_owned()
                } else {
                    format!("{prefix}/{name}")
                }
            };
            let plain = name.to_str().filter(|name| is_plain_segment(name));
            let Some(plain) = plain else {
                self.left_out.push((shown_name(), "its name is not plain"));
                continue;
            };
            let Some(bytes) = kind else {
                self.left_out.push((shown_name(), "it is not a plain file"));
                continue;
            };
            self.bytes += bytes;
            let is_named = named.contains(plain);
            if is_named {
                found.insert(plain.to_owned());
            }
            self.files.push(Planned {
                to: if is_named { recorded } else { unrecorded },
                folder: number,
                name: plain.into(),
            });
        }
        Ok(found)
    }

    fn say_case_damage(&mut self) {
        if let Some(damage) = &self.case.damage {
            self.missing
                .push(format!("the case's log is damaged: {damage}"));
        }
        if self.case.torn_bytes > 0 {
            self.missing.push(format!(
                "the last {} bytes of the case's log are no whole line and stay out",
                self.case.torn_bytes
            ));
        }
    }

    fn folder(&mut self, folder: &Path) -> u8 {
        self.folders.push(folder.to_owned());
        u8::try_from(self.folders.len() - 1).unwrap_or(u8::MAX)
    }
}

/// Where files of the case go that its log does not name.
fn unrecorded(place: Place) -> &'static str {
    match place {
        Place::Host => "data/78-not-in-case-log/host/",
        Place::Broker => "data/78-not-in-case-log/broker/",
        Place::Attached => "data/78-not-in-case-log/attached/",
        Place::Statement => "data/78-not-in-case-log/statement/",
    }
}

fn read_journal(folder: &Path, path: &Path) -> Result<(Vec<u8>, Story), EvidenceError> {
    let mut journal = Vec::new();
    open(path)?
        .take(MAX_JOURNAL)
        .read_to_end(&mut journal)
        .map_err(|error| EvidenceError::Read {
            path: path.to_owned(),
            error,
        })?;
    journal.truncate(whole_lines(&journal).len());
    let story = Story::of(&journal).map_err(|error| EvidenceError::NoRun {
        path: folder.to_owned(),
        why: error.to_string(),
    })?;
    Ok((journal, story))
}

fn name_of_case(folder: &Path, case: &CaseLog) -> String {
    let opened = case.lines.first().and_then(|line| {
        let Entry::Opened { case, .. } = &line.entry else {
            return None;
        };
        Some(case.clone())
    });
    opened.unwrap_or_else(|| {
        let name = folder.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    })
}

/// Opens a plain file, which is no link, also when one is put in its place meanwhile.
pub(crate) fn open(path: &Path) -> Result<File, EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: path.to_owned(),
        error,
    };
    if !present(path)? {
        return Err(read_error(io::ErrorKind::NotFound.into()));
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // a pipe must not hold the opening up
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = options.open(path).map_err(read_error)?;
    if !file.metadata().map_err(read_error)?.is_file() {
        return Err(EvidenceError::CannotPack {
            path: path.to_owned(),
            why: "it is not a plain file",
        });
    }
    Ok(file)
}

/// Whether a plain file is there. Anything else under that name is an error.
fn present(path: &Path) -> Result<bool, EvidenceError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(EvidenceError::CannotPack {
            path: path.to_owned(),
            why: "it is not a plain file",
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(EvidenceError::Read {
            path: path.to_owned(),
            error,
        }),
    }
}

/// The entries of a folder in order, each with its size where it is a plain file; none where there
/// is no folder.
fn listed(folder: &Path) -> Result<Vec<(OsString, Option<u64>)>, EvidenceError> {
    let read_error = |error| EvidenceError::Read {
        path: folder.to_owned(),
        error,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(read_error(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(read_error)?;
        // of a link itself, where it is one; a file that has vanished meanwhile is met again later
        let size = match entry.metadata() {
            Ok(about) => about.is_file().then_some(about.len()),
            Err(_) => Some(0),
        };
        found.push((entry.file_name(), size));
    }
    found.sort();
    Ok(found)
}
