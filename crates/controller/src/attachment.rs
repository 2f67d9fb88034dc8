//! A file that a person puts into a run's record, read whole and bounded.

use std::{fs::File, io::Read as _, path::Path};

use crate::{Error, files};

/// The largest file that is attached, in bytes.
const LARGEST: u64 = 20 * 1024 * 1024;

/// The name without folders, and the content, of the file at `path`. Blocks on the disk.
pub fn read_attachment(path: &Path) -> Result<(String, Vec<u8>), Error> {
    let failed = |e| Error::file("read", path, &e).untouched("the run is as it was");
    let refused = || {
        Error::wrong(format!("{} cannot be attached", path.display()))
            .untouched("the run is as it was")
            .next("attach a file of at most 20 MiB")
    };
    let file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(refused());
    }
    let mut bytes = Vec::new();
    // it may grow while it is read
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused());
    }
    Ok((files::name_of(path), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_with_its_name_and_a_folder_or_a_missing_one_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let letter = folder.path().join("letter.txt");
        std::fs::write(&letter, "locked").unwrap();
        let (name, bytes) = read_attachment(&letter).unwrap();
        assert_eq!(
            (name.as_str(), bytes.as_slice()),
            ("letter.txt", b"locked".as_slice())
        );
        assert!(read_attachment(folder.path()).is_err());
        let missing = read_attachment(&folder.path().join("none")).unwrap_err();
        assert_eq!(missing.untouched, "the run is as it was");
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();
        let error = read_attachment(&path).unwrap_err();
        assert!(error.next.contains("20 MiB"), "{error}");
    }
}
