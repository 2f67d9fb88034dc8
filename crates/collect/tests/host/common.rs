//! A machine in a folder, and what the collectors bring of it.

use std::{fs, path::Path};

use collect::{Collected, Content, Lists, host};
use machine::Machine;
use serde_json::Value;

/// Writes a file below `root`.
pub(crate) fn put(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// What all collectors bring.
pub(crate) fn all(machine: &Machine, lists: &Lists) -> Vec<Collected> {
    host(machine, lists, collect::WITHIN, &mut |_| {})
}

/// The one of this id.
pub(crate) fn of<'a>(all: &'a [Collected], id: &str) -> &'a Collected {
    all.iter().find(|c| c.collector == id).unwrap()
}

/// The bytes of its one file.
pub(crate) fn bytes(collected: &Collected) -> &[u8] {
    let [taken] = &collected.taken[..] else {
        panic!("{}: {:?}", collected.collector, collected.outcome);
    };
    match &taken.content {
        Content::Bytes(bytes) => bytes,
        Content::File(path) => panic!("{}", path.display()),
    }
}

/// What its file says was found.
pub(crate) fn found(collected: &Collected) -> Value {
    let mut file: Value = serde_json::from_slice(bytes(collected)).unwrap();
    file["found"].take()
}

/// What it says that belongs on the first page.
pub(crate) fn notable(collected: &Collected) -> Vec<&str> {
    let notable = collected.sightings.iter().filter(|s| s.notable);
    notable.map(|s| s.what.as_str()).collect()
}
