//! Keeping what was written: for use if the linter does not refuse it, as a draft if it does.
//!
//! A draft is never pressed and never armed; the saved version stays in use beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use runbook::Runbook;
use serde::Serialize;

use super::{
    document::{Document, admit, check, file_name},
    shelf::{ids, is_id, is_own, own_path, save_runbook},
};
use crate::{Error, Home, files};

/// What a new runbook begins as: whole, and with nothing to warn of.
pub const TEMPLATE: &str = include_str!("template.toml");
/// The file of a draft whose text has no id yet.
const NEW: &str = "new-runbook";

/// What became of a text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Saved {
    /// Under which id it is kept.
    pub id: String,
    /// Whether a press uses it from now on; else it is kept as a draft.
    pub in_use: bool,
    /// The text and what is to say about it.
    pub document: Document,
}

/// The draft of `id` if there is one, else the saved text; what is to say about it either way. An
/// empty id gives a new runbook.
pub fn read(home: &Home, id: &str) -> Result<Document, Error> {
    if id.is_empty() {
        let text = files::read(&draft_path(home, NEW))?;
        return check(home, id, text.as_deref().unwrap_or(TEMPLATE));
    }
    if is_id(id) {
        for path in [draft_path(home, id), own_path(home, id)] {
            if let Some(text) = files::read(&path)? {
                return check(home, id, &text);
            }
        }
    }
    let saved = super::find_runbook(home, id)?;
    check(home, id, &saved.text)
}

/// Keeps `text`, which was opened under `id`, empty for a new one. A text that the linter does not
/// refuse is in use from now on; its draft and, where its id was changed, the text of the old id
/// are taken away. A text that it refuses becomes the draft.
pub fn save(home: &Home, id: &str, text: &str) -> Result<Saved, Error> {
    home.writable()?;
    admit(text)?;
    let document = check(home, id, text)?;
    let runbook = Runbook::parse(&file_name(id), text).ok();
    let Some(runbook) = runbook.filter(|_| document.refusals == 0) else {
        let name = draft_name(home, id, &document);
        files::write(&draft_path(home, &name), text.as_bytes())?;
        return Ok(Saved {
            document: Document {
                is_draft: true,
                ..document
            },
            id: name,
            in_use: false,
        });
    };
    if runbook.id != id && taken(home, &runbook.id) {
        return Err(
            Error::wrong(format!("there is already a runbook {}", runbook.id))
                .untouched("nothing was saved; both are as they were")
                .next("choose another id, or open that one to change it"),
        );
    }
    save_runbook(home, &runbook)?;
    // the new text is in use: what is left of the old one is taken away after it
    let before = if id.is_empty() { NEW } else { id };
    remove_file(&draft_path(home, before))?;
    if !id.is_empty() && runbook.id != id && is_own(home, id) {
        remove_file(&own_path(home, id))?;
    }
    Ok(Saved {
        document: check(home, &runbook.id, text)?,
        id: runbook.id,
        in_use: true,
    })
}

/// Takes away the draft of `id`; the saved version stays in use. An empty id means a new runbook's.
pub fn discard_draft(home: &Home, id: &str) -> Result<(), Error> {
    let name = if id.is_empty() { NEW } else { id };
    if !is_id(name) || !remove_file(&draft_path(home, name))? {
        return Err(Error::wrong(format!("there is no draft of {name}"))
            .untouched("the saved version stays in use")
            .next("open it to see what is saved"));
    }
    Ok(())
}

/// Takes away the person's own runbook of that id, with its draft. True when a shipped one of the
/// same id is in use again.
pub fn remove(home: &Home, id: &str) -> Result<bool, Error> {
    home.writable()?;
    let shipped = runbook::shipped_runbook(id).is_some();
    let own = is_id(id) && remove_file(&own_path(home, id))?;
    let draft = is_id(id) && remove_file(&draft_path(home, id))?;
    if own || draft {
        return Ok(shipped);
    }
    let error = if shipped {
        Error::wrong(format!(
            "{id} comes with the program, and cannot be removed"
        ))
        .next("change it to make it yours")
    } else {
        Error::wrong(format!("there is no runbook {id}")).next("see them: firebreak runbook list")
    };
    Err(error.untouched("the runbooks are as they were"))
}

/// The ids of all drafts.
pub(super) fn drafts(home: &Home) -> Result<Vec<String>, Error> {
    ids(home, ".draft.toml")
}

/// Whether an unfinished text of `id` is kept beside it.
pub(super) fn has_draft(home: &Home, id: &str) -> bool {
    draft_path(home, id).symlink_metadata().is_ok()
}

fn draft_path(home: &Home, id: &str) -> PathBuf {
    home.runbooks().join(format!("{id}.draft.toml"))
}

/// Under which name a text that cannot be used is kept: the one that it was opened under, so that
/// it is found again; for a new one its own, where that is free.
fn draft_name(home: &Home, id: &str, document: &Document) -> String {
    let own = &document.id;
    if is_id(id) {
        id.to_owned()
    } else if is_id(own) && !taken(home, own) && !has_draft(home, own) {
        own.clone()
    } else {
        NEW.to_owned()
    }
}

fn taken(home: &Home, id: &str) -> bool {
    is_own(home, id) || runbook::shipped_runbook(id).is_some()
}

/// True when there was one.
fn remove_file(path: &Path) -> Result<bool, Error> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(Error::file("remove", path, &e)),
    }
}
