//! A person's own scenarios: files in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use runbook::Finding;

use super::{Scenario, read::finding, shipped};

/// The scenarios in a folder, by file name, and what is wrong with those that are not taken. A file
/// that cannot be read, or that bears a shipped scenario's id or another's, is told and left as it
/// is. A folder that is not there holds none.
pub fn load(folder: &Path) -> (Vec<Scenario>, Vec<(PathBuf, Vec<Finding>)>) {
    let mut taken: Vec<Scenario> = Vec::new();
    let mut refused = Vec::new();
    for path in files(folder, &mut refused) {
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into());
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                let mend = "Set right who may read it, and save it as UTF-8 text.";
                let said = format!("the file cannot be read: {error}");
                refused.push((path, vec![finding(&name, "unreadable", (1, 1), said, mend)]));
                continue;
            }
        };
        let (scenario, mut findings) = Scenario::check(&name, &text);
        let Some(scenario) = scenario else {
            refused.push((path, findings));
            continue;
        };
        let known = shipped::ids().any(|id| id == scenario.id);
        if known || taken.iter().any(|other| other.id == scenario.id) {
            let said = format!("there is another scenario `{}`", scenario.id);
            let place = scenario.places.find("id");
            let mend = "Give it an id of its own.";
            findings.push(finding(&name, "duplicate-id", place, said, mend));
            refused.push((path, findings));
            continue;
        }
        taken.push(scenario);
    }
    (taken, refused)
}

/// The TOML files of a folder, in order of their names.
fn files(folder: &Path, refused: &mut Vec<(PathBuf, Vec<Finding>)>) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    match fs::read_dir(folder) {
        Ok(entries) => {
            let entries = entries.flatten().map(|entry| entry.path());
            paths.extend(entries.filter(|path| path.extension().is_some_and(|it| it == "toml")));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            let name = folder.to_string_lossy();
            let said = format!("the folder cannot be read: {error}");
            let mend = "Set right who may read it.";
            let found = finding(&name, "unreadable", (1, 1), said, mend);
            refused.push((folder.to_owned(), vec![found]));
        }
    }
    paths.sort();
    paths
}
