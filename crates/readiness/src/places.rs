//! The folders that the person lets be searched for secrets. None by default.

use serde::{Deserialize, Serialize};

use machine::plain;

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Places {
    folders: Vec<String>,
}

impl Places {
    /// These folders, as absolute paths of the machine that is looked at.
    pub fn of<S: AsRef<str>>(folders: impl IntoIterator<Item = S>) -> Self {
        let mut folders: Vec<String> = folders
            .into_iter()
            .map(
                |folder| match plain(folder.as_ref()).trim_end_matches('/') {
                    "" => "/".to_owned(),
                    folder => folder.to_owned(),
                },
            )
            .collect();
        folders.sort();
        folders.dedup();
        Self { folders }
    }

    /// The folders.
    pub fn folders(&self) -> &[String] {
        &self.folders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_looked_at_once_however_it_is_written() {
        let places = Places::of(["/home/ada/", "/home/ada", "C:\\Users\\ada"]);
        assert_eq!(places.folders(), ["/Users/ada", "/home/ada"]);
        assert!(Places::default().folders().is_empty());
    }
}
