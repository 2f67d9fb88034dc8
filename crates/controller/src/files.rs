//! Files and folders that only their owner can read, written whole or not at all.
//!
//! The one place that says how: links are never followed in a name's last part, nothing is created
//! in a folder that others can write, and a file is synced before it takes its name.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

use crate::Error;

/// The most that is read of a file that a person may have put there.
pub(crate) const MOST: u64 = 4 * 1024 * 1024;

/// Makes `path` a folder of the owner's own, if it is not one yet.
pub(crate) fn own_folder(path: &Path) -> Result<(), Error> {
    if !path.exists() {
        if let Some(parent) = path.parent().filter(|parent| !parent.exists()) {
            fs::create_dir_all(parent).map_err(|e| Error::file("make", parent, &e))?;
        }
        let mut builder = DirBuilder::new();
        platform::private(&mut builder);
        match builder.create(path) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::file("make", path, &e)),
        }
    }
    let about = fs::metadata(path).map_err(|e| Error::file("look at", path, &e))?;
    if !about.is_dir() {
        return Err(Error::wrong(format!("{} is not a folder", path.display()))
            .next("move it away, or choose another home with --home"));
    }
    platform::close_to_others(path, &about)
}

/// Reads a file whole, at most [`MOST`] bytes, `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Error> {
    let mut options = OpenOptions::new();
    options.read(true);
    platform::no_follow(&mut options);
    let file = match options.open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::file("read", path, &e)),
    };
    let mut bytes = Vec::new();
    file.take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::file("read", path, &e))?;
    if bytes.len() as u64 > MOST {
        return Err(Error::wrong(format!(
            "{} is larger than {} MiB",
            path.display(),
            MOST / (1024 * 1024)
        ))
        .next("put the right file there"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| {
        Error::wrong(format!("{} is not UTF-8 text", path.display()))
            .next("put the right file there")
    })
}

/// Writes a file whole: beside it, synced, then renamed over it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path
        .parent()
        .ok_or_else(|| Error::wrong(format!("{} names no file", path.display())))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = write_beside(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if let Err(e) = written {
        // a half-written file beside the good one is of no use to anybody
        drop(fs::remove_file(&beside));
        return Err(Error::file("write", path, &e)
            .untouched("the file is as it was; nothing was sent to any venue"));
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| Error::file("sync", folder, &e))
}

/// A path's last part, as text.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Whether a file of a few kilobytes can be kept in `folder` now.
pub(crate) fn probe(folder: &Path) -> Result<(), Error> {
    let path = folder.join(format!(".probe.{}", std::process::id()));
    let written = write_beside(&path, &[0; 4096]);
    // it may not be there; nobody ever reads it
    drop(fs::remove_file(&path));
    written.map_err(|e| Error::file("write in", folder, &e))
}

/// Opens a file that exists for locking or appending, or makes it, for its owner alone.
pub(crate) fn open_own(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    platform::owner_only(&mut options);
    platform::no_follow(&mut options);
    options
        .open(path)
        .map_err(|e| Error::file("open", path, &e))
}

fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    platform::owner_only(&mut options);
    platform::no_follow(&mut options);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
pub(crate) mod platform {
    //! What only a Unix has: modes, owners, and opening without following a link.

    use std::{
        fs::{self, DirBuilder, Metadata, OpenOptions, Permissions},
        os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
        path::Path,
    };

    use crate::Error;

    pub(crate) fn private(builder: &mut DirBuilder) {
        builder.mode(0o700);
    }

    pub(crate) fn owner_only(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    pub(crate) fn no_follow(options: &mut OpenOptions) {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
        options.custom_flags(flags.bits().cast_signed());
    }

    pub(crate) fn close_to_others(path: &Path, about: &Metadata) -> Result<(), Error> {
        const OTHERS: u32 = 0o077;
        if about.uid() != me() {
            return Err(
                Error::wrong(format!("{} belongs to another user", path.display()))
                    .next("choose a folder of your own with --home"),
            );
        }
        if about.mode() & OTHERS == 0 {
            return Ok(());
        }
        fs::set_permissions(path, Permissions::from_mode(0o700))
            .map_err(|e| Error::file("close to other users", path, &e))
    }

    /// This process's user.
    pub(crate) fn me() -> u32 {
        rustix::process::geteuid().as_raw()
    }
}

#[cfg(not(unix))]
pub(crate) mod platform {
    //! Elsewhere the profile folder's own access list keeps other users out.

    use std::{
        fs::{DirBuilder, Metadata, OpenOptions},
        path::Path,
    };

    use crate::Error;

    pub(crate) fn private(_builder: &mut DirBuilder) {}

    pub(crate) fn owner_only(_options: &mut OpenOptions) {}

    pub(crate) fn no_follow(_options: &mut OpenOptions) {}

    pub(crate) fn close_to_others(_path: &Path, _about: &Metadata) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_is_closed_to_other_users_even_if_it_was_open() {
        let temporary = tempfile::tempdir().unwrap();
        let home = temporary.path().join("home");
        fs::create_dir(&home).unwrap();
        fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
        own_folder(&home).unwrap();
        assert_eq!(
            fs::metadata(&home).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_not_followed() {
        let temporary = tempfile::tempdir().unwrap();
        let target = temporary.path().join("elsewhere");
        fs::write(&target, "x").unwrap();
        let link = temporary.path().join("accounts.toml");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(read(&link).is_err());
        assert!(open_own(&link).is_err());
        write(&link, b"new").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "x");
        assert_eq!(read(&link).unwrap().as_deref(), Some("new"));
    }

    #[test]
    fn a_written_file_is_for_its_owner_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("accounts.toml");
        write(&path, b"a").unwrap();
        write(&path, b"b").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read(&path).unwrap(), b"b");
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 1);
    }
}
