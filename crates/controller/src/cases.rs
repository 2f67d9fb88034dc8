//! Cases, for every shell: what is collected from this computer, what a person adds, and the table in
//! which they say what was theirs.
//!
//! A case is a run, or a collection without a press. What is added goes into its own log beside the
//! run's journal, also after the run was reset. What blocks on a disk runs on a thread of its own.

mod collecting;
mod table;

use std::path::{Path, PathBuf};

use collect::Content;
use evidence::{
    case::{Attachment, Call, Case, CaseError, CaseLog, Entry, StoredFile},
    report::{Dossier, Variant, Wanted},
};
use jiff::{Timestamp, civil, tz::TimeZone};

pub use collecting::{CollectorState, Step, Watch, came_of, collect, collectors};
pub use table::{Choice, Facets, Marked, Page, Tables, by_whom, kind_word, money};

use crate::{
    Error, Home,
    bundles::{self, PROGRAM, beside},
    files, runs,
};

/// With whom a person spoke.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contact {
    /// With whom.
    pub who: String,
    /// When, RFC 3339 or `2026-11-24 14:05` in local time; empty for now.
    pub at: String,
    /// How (`phone`, `chat`, `mail`, `in person`).
    pub by: String,
    /// The number or address.
    pub number: String,
    /// Their reference.
    pub reference: String,
    /// What was said.
    pub said: String,
}

/// A file that a person adds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Attaching {
    /// Where it is.
    pub path: PathBuf,
    /// What it shows.
    pub about: String,
    /// When that happened, in the person's words.
    pub dated: String,
    /// The step that it belongs to.
    pub step: String,
}

/// The log of the case `name`: what was added to it.
pub async fn log(home: &Home, name: &str) -> Result<CaseLog, Error> {
    let folder = home.case(name)?;
    beside(move || Ok(Case::read(&folder))).await
}

/// Adds a file, and says what was stored.
pub async fn attach(home: &Home, name: &str, file: Attaching) -> Result<StoredFile, Error> {
    let line = added(home, name, move |case| {
        let attachment = Attachment {
            name: files::name_of(&file.path),
            source: file.path.display().to_string(),
            content: Content::File(file.path),
            about: file.about,
            dated: file.dated,
            step: file.step,
        };
        case.attach(Timestamp::now(), attachment)
    })
    .await?;
    match line.entry {
        Entry::Attached { file, .. } => Ok(file),
        Entry::Opened { .. }
        | Entry::Mended { .. }
        | Entry::Collected { .. }
        | Entry::Noted { .. }
        | Entry::Contact { .. }
        | Entry::Marked { .. }
        | Entry::Stated { .. }
        | Entry::Exported { .. } => Err(Error::wrong("the record tells of no file")
            .untouched("what was recorded before is as it was")
            .next("report this; it is a fault of the program")),
    }
}

/// Writes something down.
pub async fn note(home: &Home, name: &str, text: String, step: String) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::wrong("there is nothing to write down")
            .untouched("the record is as it was")
            .next("write something"));
    }
    added(home, name, move |case| {
        case.note(Timestamp::now(), text, step)
    })
    .await
    .map(drop)
}

/// Writes down with whom the person spoke.
pub async fn contact(home: &Home, name: &str, contact: Contact) -> Result<(), Error> {
    if contact.who.trim().is_empty() {
        return Err(Error::wrong("it is not said with whom")
            .untouched("the record is as it was")
            .next("say with whom you spoke: the desk, and the name that was given"));
    }
    let now = Timestamp::now();
    let call = Call {
        when: time(&contact.at, &TimeZone::system())?.unwrap_or(now),
        who: contact.who,
        by: contact.by,
        number: contact.number,
        reference: contact.reference,
        said: contact.said,
    };
    added(home, name, move |case| case.contact(now, call))
        .await
        .map(drop)
}

/// Keeps the person's statement, in place of an earlier one.
pub async fn state(home: &Home, name: &str, text: String) -> Result<(), Error> {
    added(home, name, move |case| case.state(Timestamp::now(), text))
        .await
        .map(drop)
}

/// The person's statement as it stands, and whether it was kept: until then sentences to be finished.
pub async fn statement(home: &Home, name: &str) -> Result<(String, bool), Error> {
    let folder = home.case(name)?;
    beside(move || {
        let zone = TimeZone::system();
        let wanted = Wanted {
            variant: Variant::Own,
            at: Timestamp::now(),
            zone: &zone,
            program: PROGRAM,
            withheld: &[],
        };
        let dossier = Dossier::of_folder(&folder, &wanted).map_err(|e| bundles::in_words(&e))?;
        Ok((
            dossier.statement(),
            Case::read(&folder).statement().is_some(),
        ))
    })
    .await
}

/// A time as a person writes it; `None` where nothing is written.
pub fn time(text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Some(at));
    }
    let local = text
        .parse::<civil::DateTime>()
        .or_else(|_| civil::DateTime::strptime("%Y-%m-%d %H:%M", text))
        .and_then(|local| local.to_zoned_datetime(zone.clone()));
    local.map(|local| Some(local.timestamp())).map_err(|_| {
        Error::wrong(format!("{} is no time", door::clean(text)))
            .untouched("the record is as it was")
            .next("write it as 2026-11-24 14:05, or with its offset as 2026-11-24T14:05:00+01:00")
    })
}

/// The steps that a note or file of the case `name` can belong to: those of the run's runbook, by
/// their titles.
pub fn steps(home: &Home, name: &str) -> Result<Vec<String>, Error> {
    let folder = home.case(name)?;
    if Case::is_collection(&folder) {
        return Ok(Vec::new());
    }
    let recovered = runs::read_run(&folder)?;
    let run = incident::journal::replay(&recovered.lines).map_err(Error::damaged)?;
    let mut titles: Vec<String> = Vec::new();
    for task in &run.plan.tasks {
        if !titles.contains(&task.title) {
            titles.push(task.title.clone());
        }
    }
    Ok(titles)
}

async fn added<T: Send + 'static>(
    home: &Home,
    name: &str,
    add: impl FnOnce(&Case) -> Result<T, CaseError> + Send + 'static,
) -> Result<T, Error> {
    home.writable()?;
    let folder = home.case(name)?;
    beside(move || {
        let case = Case::open(&folder, PROGRAM).map_err(|error| in_words(&error))?;
        add(&case).map_err(|error| in_words(&error))
    })
    .await
}

/// Why something could not be added.
pub(crate) fn in_words(error: &CaseError) -> Error {
    Error::wrong(error)
        .untouched(error.untouched())
        .next(error.next())
}

/// The name of a case's folder.
pub(crate) fn name_of(folder: &Path) -> String {
    files::name_of(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_its_offset_or_as_the_clock_on_the_wall_shows_it() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let at: Timestamp = "2026-11-24T13:05:00Z".parse().unwrap();
        for text in [
            "2026-11-24T14:05:00+01:00",
            "2026-11-24 14:05",
            "2026-11-24 14:05:00",
        ] {
            assert_eq!(time(text, &zone).unwrap(), Some(at), "{text}");
        }
        assert_eq!(time("  ", &zone).unwrap(), None);
        assert!(
            time("yesterday", &zone)
                .unwrap_err()
                .next
                .contains("2026-11-24 14:05")
        );
    }
}
