//! A line of text that outlives the program: the last nonce of a key, what is left of its counter.
//!
//! It is written beside the work, as a press waits for no disk, and whole or not at all. What cannot
//! be written is only not known at the next start. No secret is in it.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// One such line. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Option<Arc<Line>>);

#[derive(Debug)]
struct Line {
    file: PathBuf,
    /// What is still to be written; the last one counts.
    next: Mutex<Option<String>>,
    /// Held while the file is written.
    writing: Mutex<()>,
}

impl Kept {
    /// The line in `file`.
    pub(crate) fn in_file(file: PathBuf) -> Self {
        Self(Some(Arc::new(Line {
            file,
            next: Mutex::default(),
            writing: Mutex::default(),
        })))
    }

    /// What was kept, if anything was.
    pub(crate) fn read(&self) -> Option<String> {
        let line = self.0.as_ref()?;
        fs::read_to_string(&line.file).ok()
    }

    /// Keeps `text` instead, soon.
    pub(crate) fn keep(&self, text: String) {
        let Some(line) = self.0.clone() else {
            return;
        };
        *line.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn_blocking(move || line.write());
            }
            Err(_) => line.write(),
        }
    }
}

impl Line {
    fn write(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self
            .next
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(text) = next else {
            return;
        };
        let mut fresh = OsString::from(&self.file);
        fresh.push(".new");
        let folder = self.file.parent().map_or(Ok(()), owners_folder);
        let written = folder
            .and_then(|()| owners_file(&fresh)?.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&fresh, &self.file));
        if let Err(error) = written {
            tracing::warn!(%error, "what a key has used could not be written down");
        }
    }
}

/// A folder that only its owner opens.
fn owners_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// An empty file that only its owner reads.
fn owners_file(file: &OsStr) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// What a program that ends had still to write.
impl Drop for Line {
    fn drop(&mut self) {
        self.write();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn it_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys").join("spot");
        Kept::in_file(file.clone()).keep("1".to_owned());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
    }

    #[tokio::test]
    async fn the_last_line_is_the_one_that_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys").join("a.b-spot.points");
        let kept = Kept::in_file(file.clone());
        assert_eq!(kept.read(), None);
        for nth in 0..20 {
            kept.keep(nth.to_string());
        }
        drop(kept);
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        // the last of those that write has dropped it by now, or does within its own drop
        let line = Kept::in_file(file);
        let mut found = line.read();
        while found.as_deref() != Some("19") {
            tokio::task::yield_now().await;
            found = line.read();
        }
    }
}
