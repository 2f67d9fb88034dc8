//! The runs of a home, as their folders tell.

use std::{
    fs::DirBuilder,
    io,
    path::{Path, PathBuf},
};

use incident::{
    Mode,
    journal::{self, FILE_NAME, JournalError, Recovered},
};
use jiff::Timestamp;
use runbook::Runbook;
use serde::Serialize;

use crate::{
    Error, Home,
    files::{self, platform},
};

/// A run in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RunOutline {
    /// Its folder name.
    pub run: String,
    /// Live or not; `None` when the journal cannot be read.
    pub mode: Option<Mode>,
    /// The runbook's title.
    pub title: String,
    /// When it was pressed.
    pub pressed_at: Option<Timestamp>,
    /// Whether every containment task is verified.
    pub contained: bool,
    /// How many tasks are neither verified nor skipped.
    pub still_open: usize,
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
        pressed_at: None,
        contained: false,
        still_open: 0,
        is_reset: false,
        lines: 0,
        damage: None,
    };
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

/// Runs of `home` that were left without a reset, oldest first. Looks at the latest twenty.
pub(crate) fn left_open(home: &Home, mode: Mode) -> Vec<String> {
    let names = home.run_names().unwrap_or_default();
    let latest = names.len().saturating_sub(20);
    names[latest..]
        .iter()
        .map(|name| outline_run(&home.runs().join(name)))
        .filter(|run| run.mode == Some(mode) && !run.is_reset)
        .map(|run| run.run)
        .collect()
}

/// Makes the folder of a new run, named by time and runbook. When that fails the path is given all
/// the same: the run then says that it is unrecorded.
pub(crate) fn new_folder(home: &Home, runbook: &str, now: Timestamp) -> (String, PathBuf) {
    let stem = format!("{}-{runbook}", now.strftime("%Y%m%dT%H%M%SZ"));
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

/// Keeps the text of a run's runbook with it.
pub(crate) fn keep_runbook(folder: &Path, runbook: &Runbook) -> Result<(), Error> {
    files::write(&folder.join("runbook.toml"), runbook.text.as_bytes())
}
