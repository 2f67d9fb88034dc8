//! The runs of a home, as their folders tell.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
};

use evidence::case::Case;
use incident::{
    Mode,
    journal::{self, FILE_NAME, JournalError, Recovered},
};
use jiff::Timestamp;
use runbook::Runbook;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Home,
    files::{self, platform},
};

/// A run in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunOutline {
    /// Its folder name.
    pub run: String,
    /// Live or not; `None` when the journal cannot be read.
    pub mode: Option<Mode>,
    /// The runbook's title.
    pub title: String,
    /// Whether it is a collection without a press.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collection: bool,
    /// When it was pressed, or the collection began.
    pub pressed_at: Option<Timestamp>,
    /// Whether every containment task is verified.
    pub contained: bool,
    /// How many tasks are neither verified nor skipped.
    pub still_open: usize,
    /// From the press until it was contained, in milliseconds.
    #[serde(default)]
    pub ms_to_contained: Option<u64>,
    /// Whether the person has looked and reset it.
    pub is_reset: bool,
    /// How many whole lines its journal has.
    pub lines: usize,
    /// What is wrong with its journal.
    pub damage: Option<String>,
}

/// The outline of the run in `folder`.
pub fn outline_run(folder: &Path) -> RunOutline {
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut outline = RunOutline {
        run: name,
        mode: None,
        title: String::new(),
        collection: false,
        pressed_at: None,
        contained: false,
        still_open: 0,
        ms_to_contained: None,
        is_reset: false,
        lines: 0,
        damage: None,
    };
    if Case::is_collection(folder) {
        let log = Case::read(folder);
        outline.collection = true;
        "Collected without a press".clone_into(&mut outline.title);
        outline.pressed_at = log.lines.first().map(|line| line.at);
        outline.lines = log.lines.len();
        outline.damage = log.damage;
        return outline;
    }
    let replayed = journal::read(&folder.join(FILE_NAME)).and_then(|recovered| {
        let run = journal::replay(&recovered.lines)?;
        Ok((recovered, run))
    });
    match replayed {
        Ok((recovered, run)) => {
            let summary = run.summary();
            outline.mode = Some(run.mode);
            outline.title.clone_from(&run.plan.runbook.title);
            outline.pressed_at = Some(run.pressed_at);
            outline.contained = summary.contained;
            outline.still_open = summary.open.len();
            outline.ms_to_contained = summary.ms_to_contained;
            outline.is_reset = run.is_reset;
            outline.lines = recovered.lines.len();
        }
        Err(error) => outline.damage = Some(error.to_string()),
    }
    outline
}

/// Reads and checks the journal of the run in `folder`.
pub fn read_run(folder: &Path) -> Result<Recovered, Error> {
    let path = folder.join(FILE_NAME);
    journal::read(&path).map_err(|error| {
        let error = match error {
            JournalError::Read(e) => return Error::file("read", &path, &e),
            JournalError::Empty | JournalError::Damaged { .. } => error,
        };
        Error::damaged(format!("{}: {error}", path.display()))
            .untouched("the file is left as it is; nothing was sent to any venue")
            .next(
                "keep the folder: it is evidence of the damage. Press again for a new run: \
                 firebreak panic",
            )
    })
}

/// The latest live run of `home` that was broken off in the middle: neither reset nor left on
/// purpose. Whoever asks must be the home's controller, or a run under way looks the same.
pub fn unfinished(home: &Home) -> Option<String> {
    let names = home.run_names().unwrap_or_default();
    let latest = names.into_iter().rev().take(LATEST);
    latest.into_iter().find(|name| {
        let folder = home.runs().join(name);
        let is_live = head_of(&folder).is_some_and(|head| head.mode == Mode::Live);
        is_live && last_event(&folder).is_some_and(|last| !ENDS.contains(&last.as_str()))
    })
}

/// How many of the latest runs are looked at for one that is open.
pub(crate) const LATEST: usize = 20;
/// What stands last in the journal of a run that was ended on purpose.
const ENDS: [&str; 2] = ["run_summary", "reset"];
/// The longest first line that is read: a plan of many accounts.
const LONGEST_HEAD: u64 = 32 * 1024 * 1024;

/// What the first line of a journal says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Head {
    pub(crate) mode: Mode,
    pub(crate) runbook: String,
    pub(crate) pressed_at: Timestamp,
}

/// The head of the run in `folder`; none when there is no whole first line.
pub(crate) fn head_of(folder: &Path) -> Option<Head> {
    #[derive(Deserialize)]
    struct First {
        at: Timestamp,
        event: Started,
    }
    #[derive(Deserialize)]
    struct Started {
        mode: Mode,
        plan: Planned,
    }
    #[derive(Deserialize)]
    struct Planned {
        runbook: Named,
    }
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    let mut line = Vec::new();
    let file = open_journal(folder)?.take(LONGEST_HEAD);
    BufReader::new(file).read_until(b'\n', &mut line).ok()?;
    let first = serde_json::from_slice::<First>(line.strip_suffix(b"\n")?).ok()?;
    Some(Head {
        mode: first.event.mode,
        runbook: first.event.plan.runbook.id,
        pressed_at: first.at,
    })
}

/// The type of the last whole line of the run in `folder`.
fn last_event(folder: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Last {
        event: Typed,
    }
    #[derive(Deserialize)]
    struct Typed {
        r#type: String,
    }
    let mut bytes = Vec::new();
    open_journal(folder)?.read_to_end(&mut bytes).ok()?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n')?;
    let line = bytes[..whole].rsplit(|byte| *byte == b'\n').next()?;
    Some(serde_json::from_slice::<Last>(line).ok()?.event.r#type)
}

fn open_journal(folder: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    platform::no_follow(&mut options);
    options.open(folder.join(FILE_NAME)).ok()
}

/// Makes the folder of a new run, named by time and runbook. When that fails the path is given all
/// the same: the run then says that it is unrecorded.
pub(crate) fn new_folder(home: &Home, runbook: &str, now: Timestamp) -> (String, PathBuf) {
    let (stem, _) = name_of(home, runbook, now);
    let mut name = stem.clone();
    for number in 2_u32.. {
        let folder = home.runs().join(&name);
        let mut builder = DirBuilder::new();
        platform::private(&mut builder);
        match builder.create(&folder) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                name = format!("{stem}-{number}");
            }
            Ok(()) => return (name, folder),
            Err(error) => {
                tracing::error!(%error, "no folder could be made for a run");
                return (name, folder);
            }
        }
    }
    (name.clone(), home.runs().join(name))
}

/// The name and the path of a run's folder, unless there is one of that name already.
pub(crate) fn name_of(home: &Home, runbook: &str, now: Timestamp) -> (String, PathBuf) {
    let name = format!("{}-{runbook}", now.strftime("%Y%m%dT%H%M%SZ"));
    let folder = home.runs().join(&name);
    (name, folder)
}

/// Keeps the text of a run's runbook with it.
pub(crate) fn keep_runbook(folder: &Path, runbook: &Runbook) -> Result<(), Error> {
    files::write(&folder.join("runbook.toml"), runbook.text.as_bytes())
}
