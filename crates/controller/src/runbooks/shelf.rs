//! The shelf of runbooks: those that come with the program, and the person's own over them.
//!
//! A document of the person's is data: it was linted when it was put here, and it is parsed again
//! each time, with nothing in it that runs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use runbook::{AccountOutline, Contacts, Finding, Runbook, Severity, Terrain};
use serde::Serialize;

use super::saving::drafts;
use crate::{Error, Home, files};

/// Every runbook at hand.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// In the shipped order, then the person's own by id, then drafts that were never in use.
    pub entries: Vec<ShelfEntry>,
}

/// One runbook on the shelf.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ShelfEntry {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When to press it.
    pub when: String,
    /// Whether it is the person's own.
    pub own: bool,
    /// Why the person's file cannot be used; the shipped one of the same id, if any, is used then.
    pub broken: Option<String>,
    /// How many steps it has; none while it cannot be read.
    pub steps: usize,
    /// Whether an unfinished text of it is kept beside it.
    pub has_draft: bool,
}

impl Shelf {
    /// Reads the shelf of `home`.
    pub fn read(home: &Home) -> Result<Self, Error> {
        let mut entries = runbook::shipped()
            .iter()
            .filter_map(|(id, _)| runbook::shipped_runbook(id))
            .map(|shipped| entry(&shipped, false))
            .collect::<Vec<_>>();
        for id in own_ids(home)? {
            let own = match own(home, &id)? {
                Some(Ok(own)) => entry(&own, true),
                Some(Err(findings)) => ShelfEntry {
                    id: id.clone(),
                    title: String::new(),
                    when: String::new(),
                    own: true,
                    broken: Some(first_of(&findings)),
                    steps: 0,
                    has_draft: false,
                },
                None => continue,
            };
            match entries.iter_mut().find(|shipped| shipped.id == id) {
                Some(shipped) if own.broken.is_some() => shipped.broken = own.broken,
                Some(shipped) => *shipped = own,
                None => entries.push(own),
            }
        }
        for id in drafts(home)? {
            match entries.iter_mut().find(|entry| entry.id == id) {
                Some(entry) => entry.has_draft = true,
                None => entries.push(ShelfEntry {
                    id,
                    title: String::new(),
                    when: String::new(),
                    own: true,
                    broken: Some("it is a draft, and was not saved for use yet".to_owned()),
                    steps: 0,
                    has_draft: true,
                }),
            }
        }
        Ok(Self { entries })
    }
}

/// The runbook of that id. The person's own goes before the shipped one; a broken own file never
/// keeps a shipped one from being pressed.
pub fn find_runbook(home: &Home, id: &str) -> Result<Runbook, Error> {
    let own = if is_id(id) { own(home, id)? } else { None };
    let findings = match own {
        Some(Ok(own)) => return Ok(own),
        Some(Err(findings)) => findings,
        None => Vec::new(),
    };
    if let Some(shipped) = runbook::shipped_runbook(id) {
        if !findings.is_empty() {
            tracing::warn!(id, "a broken runbook was passed over for the shipped one");
        }
        return Ok(shipped);
    }
    if findings.is_empty() {
        Err(Error::wrong(format!("there is no runbook {id}"))
            .next("see them: firebreak runbook list"))
    } else {
        Err(Error::wrong(first_of(&findings))
            .next("mend the file, or press without a name: firebreak panic"))
    }
}

/// Puts a runbook onto the person's shelf under its id. It was linted before.
pub fn save_runbook(home: &Home, runbook: &Runbook) -> Result<(), Error> {
    if !is_id(&runbook.id) {
        return Err(Error::wrong(format!(
            "{:?} cannot be a file's name",
            runbook.id
        )));
    }
    files::write(&own_path(home, &runbook.id), runbook.text.as_bytes())
}

/// The accounts at hand and whom to call, the person's own numbers before the shipped ones.
/// The second value says why the person's numbers could not be read.
pub fn terrain(home: &Home, accounts: Vec<AccountOutline>) -> (Terrain, Option<Error>) {
    let mut terrain = Terrain::new(accounts);
    let path = home.contacts();
    let own = match files::read(&path) {
        Ok(None) => return (terrain, None),
        Ok(Some(text)) => text,
        Err(error) => return (terrain, Some(error)),
    };
    match Contacts::shipped().with_overrides(&path.display().to_string(), &own) {
        Ok(contacts) => {
            terrain.contacts = contacts;
            (terrain, None)
        }
        Err(findings) => {
            let error = Error::wrong(first_of(&findings))
                .next("mend the file; until then the shipped numbers are shown");
            (terrain, Some(error))
        }
    }
}

/// Whether the person has a file of that id.
pub(super) fn is_own(home: &Home, id: &str) -> bool {
    is_id(id) && own_path(home, id).symlink_metadata().is_ok()
}

/// The person's file of that id.
pub(super) fn own_path(home: &Home, id: &str) -> PathBuf {
    home.runbooks().join(format!("{id}.toml"))
}

fn own_ids(home: &Home) -> Result<Vec<String>, Error> {
    ids(home, ".toml")
}

/// The ids of the person's files whose names end so.
pub(super) fn ids(home: &Home, ending: &str) -> Result<Vec<String>, Error> {
    let folder = home.runbooks();
    let listing = match fs::read_dir(&folder) {
        Ok(listing) => listing,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::file("list", &folder, &e)),
    };
    let mut ids = listing
        .filter_map(Result::ok)
        .filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            name.strip_suffix(ending).map(str::to_owned)
        })
        .filter(|id| is_id(id))
        .collect::<Vec<_>>();
    ids.sort_unstable();
    Ok(ids)
}

/// The person's file of that id: none, or read, or with what is wrong in it.
fn own(home: &Home, id: &str) -> Result<Option<Result<Runbook, Vec<Finding>>>, Error> {
    let path = own_path(home, id);
    Ok(files::read(&path)?.map(|text| Runbook::parse(&path.display().to_string(), &text)))
}

pub(crate) fn entry(runbook: &Runbook, own: bool) -> ShelfEntry {
    ShelfEntry {
        id: runbook.id.clone(),
        title: runbook.title.clone(),
        when: runbook.when.clone(),
        own,
        broken: None,
        steps: runbook.steps.len(),
        has_draft: false,
    }
}

fn first_of(findings: &[Finding]) -> String {
    findings
        .iter()
        .find(|finding| finding.severity == Severity::Refusal)
        .or(findings.first())
        .map(|f| format!("{}:{}:{}: {}", f.file, f.line, f.column, f.message))
        .unwrap_or_default()
}

/// Whether `id` can be a runbook's id, and so a file's name.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && Path::new(id).file_name().is_some_and(|name| name == id)
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_own_file_does_not_keep_the_shipped_one_from_being_pressed() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        fs::write(home.runbooks().join("contain-everything.toml"), "id = 1").unwrap();
        let found = find_runbook(&home, "contain-everything").unwrap();
        assert_eq!(found.id, "contain-everything");
        let shelf = Shelf::read(&home).unwrap();
        assert!(shelf.entries[0].broken.is_some());
    }

    #[test]
    fn a_broken_own_file_without_a_shipped_one_is_said_with_its_place() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        fs::write(home.runbooks().join("mine.toml"), "id = 1").unwrap();
        let error = find_runbook(&home, "mine").unwrap_err();
        assert!(error.what.contains("mine.toml:1:"), "{error}");
    }

    #[test]
    fn an_id_never_leaves_the_shelf() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        fs::write(home.root().join("secret.toml"), "id = \"secret\"").unwrap();
        let error = find_runbook(&home, "../secret").unwrap_err();
        assert!(error.what.contains("there is no runbook"), "{error}");
    }
}
