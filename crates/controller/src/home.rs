//! The home: the folder that holds a person's accounts, runbooks, runs, logs and history.
//!
//! It belongs to its owner alone and holds no secret. Two controllers never have the same home at
//! the same time: whoever holds its [`Lock`] is the one.

use std::{
    fmt::Write as _,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use rand::TryRng as _;

use vault::{Live, Vault};
use venues::Means;

use crate::{Error, files};

/// The folder's parts.
const ACCOUNTS: &str = "accounts.toml";
const CONTACTS: &str = "contacts.toml";
const RUNBOOKS: &str = "runbooks";
const RUNS: &str = "runs";
const COLLECTIONS: &str = "collections";
const WITHHOLD: &str = "withhold.toml";
const LOGS: &str = "logs";
const DRILLS: &str = "drills";
const ID: &str = "home-id";
const LOCK: &str = "controller.lock";
const SOCKET: &str = "controller.sock";
const COVER: &str = "cover";
const USED: &str = "used";
const KNOWN: &str = "known";
const SETTINGS: &str = "settings.toml";
const CARD: &str = "card.json";

/// Within this long of the cover's opening a press by a two-press shortcut is the second.
pub const COVER_COUNTS_FOR: Duration = Duration::from_secs(10);

/// A person's home folder.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
    id: String,
    trouble: Option<Error>,
}

/// The right to be the home's one controller; given up when it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Home {
    /// Opens the home at `root`, or at the platform's place for it, and makes what is missing.
    ///
    /// One that can be read but not written opens too, so that a press still contains; see
    /// [`Home::writable`].
    pub fn open(root: Option<&Path>) -> Result<Self, Error> {
        let root = match root {
            Some(root) => std::path::absolute(root).map_err(|e| Error::file("find", root, &e))?,
            None => directories::ProjectDirs::from("", "", "firebreak")
                .ok_or_else(|| {
                    Error::wrong("this user has no home folder")
                        .next("say where to keep things: --home DIR")
                })?
                .data_dir()
                .to_owned(),
        };
        files::own_folder(&root)?;
        let parts = [RUNBOOKS, RUNS, COLLECTIONS, LOGS, DRILLS]
            .iter()
            .try_for_each(|part| files::own_folder(&root.join(part)));
        let (id, unnamed) = match id_of(&root.join(ID)) {
            Ok(id) => (id, None),
            // a home that was never written has nothing in the keychain either
            Err(error) => ("unwritten".to_owned(), Some(error)),
        };
        let trouble = parts.err().or(unnamed).or(files::probe(&root).err());
        Ok(Self { root, id, trouble })
    }

    /// Why nothing can be kept here, if so.
    pub fn writable(&self) -> Result<(), Error> {
        match &self.trouble {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Names this home's entries in the keychain; random, and not a secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the doors of its accounts stand on: its keychain, and where it is kept what
    /// their keys have used.
    pub fn means(&self) -> Result<Means<Live>, Error> {
        let vault = Vault::<Live>::of_home(&self.id)?;
        Ok(Means::new(vault, Some(self.root.join(USED))))
    }

    /// What its accounts were known to allow when they were last tested.
    pub(crate) fn known(&self) -> PathBuf {
        self.root.join(KNOWN)
    }

    /// The accounts file.
    pub fn accounts(&self) -> PathBuf {
        self.root.join(ACCOUNTS)
    }

    /// The person's own phone numbers, over the shipped ones.
    pub fn contacts(&self) -> PathBuf {
        self.root.join(CONTACTS)
    }

    /// What the person chose.
    pub fn settings(&self) -> PathBuf {
        self.root.join(SETTINGS)
    }

    /// When the card on paper was printed, and from what.
    pub fn card(&self) -> PathBuf {
        self.root.join(CARD)
    }

    /// The person's own runbooks.
    pub fn runbooks(&self) -> PathBuf {
        self.root.join(RUNBOOKS)
    }

    /// The runs, a folder each.
    pub fn runs(&self) -> PathBuf {
        self.root.join(RUNS)
    }

    /// What is kept of drills.
    pub fn drills(&self) -> PathBuf {
        self.root.join(DRILLS)
    }

    /// The program's logs.
    pub fn logs(&self) -> PathBuf {
        self.root.join(LOGS)
    }

    fn cover(&self) -> PathBuf {
        self.root.join(COVER)
    }

    /// When the cover of a two-press shortcut was opened, if it was. It is closed by asking.
    pub fn take_cover(&self) -> Result<Option<Timestamp>, Error> {
        let path = self.cover();
        // what is not there yet may be there in a moment, and is not taken away then
        let Some(text) = files::read(&path)? else {
            return Ok(None);
        };
        let opened = text.trim().parse().ok();
        match fs::remove_file(&path) {
            Ok(()) => Ok(opened),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::file("remove", &path, &e)),
        }
    }

    /// Whether the cover of a two-press shortcut was opened so lately that a press at `now` is the
    /// second. It is closed by asking.
    pub fn was_cover_open(&self, now: Timestamp) -> Result<bool, Error> {
        let counts = |opened| {
            let since = now.duration_since(opened);
            !since.is_negative() && since.unsigned_abs() <= COVER_COUNTS_FOR
        };
        Ok(self.take_cover()?.is_some_and(counts))
    }

    /// Opens the cover of a two-press shortcut.
    pub fn open_cover(&self, now: Timestamp) -> Result<(), Error> {
        files::write(&self.cover(), now.to_string().as_bytes())
    }

    /// Where the controller listens: in the home, or where a path of it would be too long for a
    /// socket, in the session's own runtime folder.
    pub fn socket(&self) -> Result<PathBuf, Error> {
        // the shortest limit among the platforms is 104 bytes with the terminating zero
        const LONGEST: usize = 103;
        let here = self.root.join(SOCKET);
        if here.as_os_str().len() <= LONGEST {
            return Ok(here);
        }
        std::env::var_os("XDG_RUNTIME_DIR")
            .map(|folder| PathBuf::from(folder).join(format!("firebreak-{}.sock", self.id)))
            .filter(|path| path.as_os_str().len() <= LONGEST)
            .ok_or_else(|| {
                Error::wrong(format!(
                    "the path of the home is too long for a socket: {}",
                    self.root.display()
                ))
                .next("choose a home with a shorter path with --home")
            })
    }

    /// Takes the right to be this home's controller; `None` while another process has it.
    pub fn lock(&self) -> Result<Option<Lock>, Error> {
        let path = self.root.join(LOCK);
        let file = files::open_own(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(Error::file("lock", &path, &e)),
        }
    }

    /// The folder of a run by its name, a unique start of it, or `latest`.
    pub fn run(&self, name: &str) -> Result<PathBuf, Error> {
        let runs = folders(&self.runs())?;
        named(&runs, name).map_err(|unnamed| match unnamed {
            Unnamed::None => Error::wrong("there is no run yet").next("press: firebreak panic"),
            Unnamed::Unknown => Error::wrong(format!("there is no run {name}"))
                .next("see the runs: firebreak run list"),
            Unnamed::Several(names) => {
                Error::wrong(format!("{name} is the start of {} runs", names.len()))
                    .next(format!("say more of it: {}", names.join(", ")))
            }
        })
    }

    /// The folder of a run, or of a collection without a press, by its name, a unique start of it,
    /// or `latest`.
    pub fn case(&self, name: &str) -> Result<PathBuf, Error> {
        let mut cases = folders(&self.runs())?;
        cases.extend(folders(&self.collections())?);
        cases.sort_unstable_by(|a, b| a.file_name().cmp(&b.file_name()));
        named(&cases, name).map_err(|unnamed| match unnamed {
            Unnamed::None => Error::wrong("there is no run and no collection yet")
                .next("collect from this computer: firebreak collect"),
            Unnamed::Unknown => Error::wrong(format!("there is no run or collection {name}"))
                .next("see them: firebreak run list"),
            Unnamed::Several(names) => Error::wrong(format!(
                "{name} is the start of {} runs and collections",
                names.len()
            ))
            .next(format!("say more of it: {}", names.join(", "))),
        })
    }

    /// Where collections without a press are.
    pub fn collections(&self) -> PathBuf {
        self.root.join(COLLECTIONS)
    }

    /// The names of all collections, oldest first.
    pub fn collection_names(&self) -> Result<Vec<String>, Error> {
        Ok(folders(&self.collections())?
            .iter()
            .map(|folder| files::name_of(folder))
            .collect())
    }

    /// The words that the person wants withheld from what is sent.
    pub(crate) fn withhold(&self) -> PathBuf {
        self.root.join(WITHHOLD)
    }

    /// The names of all runs, oldest first.
    pub fn run_names(&self) -> Result<Vec<String>, Error> {
        Ok(folders(&self.runs())?
            .iter()
            .map(|folder| files::name_of(folder))
            .collect())
    }
}

/// The folders in a folder, by name. A folder that is not there has none.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::file("list", folder, &error)),
    };
    let mut found = listing
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect::<Vec<_>>();
    found.sort_unstable();
    Ok(found.into_iter().map(|name| folder.join(name)).collect())
}

/// Why no folder is meant.
enum Unnamed {
    /// There is none at all.
    None,
    /// None begins so.
    Unknown,
    /// These do.
    Several(Vec<String>),
}

/// The one of `folders` that has this name, the only one that begins with it, or the last for `latest`.
fn named(folders: &[PathBuf], name: &str) -> Result<PathBuf, Unnamed> {
    if name == "latest" {
        return folders.last().cloned().ok_or(Unnamed::None);
    }
    if let Some(exact) = folders.iter().find(|folder| files::name_of(folder) == name) {
        return Ok(exact.clone());
    }
    let begun: Vec<&PathBuf> = folders
        .iter()
        .filter(|folder| !name.is_empty() && files::name_of(folder).starts_with(name))
        .collect();
    match begun.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Unnamed::Unknown),
        several => Err(Unnamed::Several(
            several
                .iter()
                .map(|folder| files::name_of(folder))
                .collect(),
        )),
    }
}

fn id_of(path: &Path) -> Result<String, Error> {
    if let Some(text) = files::read(path)? {
        let id = text.trim();
        let good = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        return if good {
            Ok(id.to_owned())
        } else {
            Err(
                Error::wrong(format!("{} does not hold a home's id", path.display())).next(
                    "put the file back from a backup: without it the keychain entries of this \
                     home are not found",
                ),
            )
        };
    }
    let mut bytes = [0_u8; 8];
    rand::rngs::SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|e| Error::wrong(format!("the system gives no random numbers: {e}")))?;
    let mut id = String::with_capacity(16);
    for byte in bytes {
        write!(id, "{byte:02x}").expect("writing to a String cannot fail");
    }
    // whoever comes first names the home; the loser of a race reads the winner's
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    files::write(&beside, id.as_bytes())?;
    let linked = fs::hard_link(&beside, path);
    drop(fs::remove_file(&beside));
    match linked {
        Ok(()) => Ok(id),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => id_of(path),
        Err(e) => Err(Error::file("write", path, &e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_keeps_its_id() {
        let temporary = tempfile::tempdir().unwrap();
        let first = Home::open(Some(temporary.path())).unwrap();
        let second = Home::open(Some(temporary.path())).unwrap();
        assert_eq!(first.id(), second.id());
        assert_eq!(first.id().len(), 16);
    }

    #[test]
    fn a_home_has_one_controller() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        let lock = home.lock().unwrap();
        assert!(lock.is_some());
        assert!(home.lock().unwrap().is_none());
        drop(lock);
        assert!(home.lock().unwrap().is_some());
    }

    #[test]
    fn a_run_is_found_by_a_unique_start_or_as_the_latest() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(temporary.path())).unwrap();
        assert!(home.run("latest").is_err());
        for name in ["20261123T100000Z-a", "20261123T110000Z-b"] {
            fs::create_dir(home.runs().join(name)).unwrap();
        }
        assert!(home.run("latest").unwrap().ends_with("20261123T110000Z-b"));
        assert!(
            home.run("20261123T10")
                .unwrap()
                .ends_with("20261123T100000Z-a")
        );
        let both = home.run("2026").unwrap_err();
        assert!(both.next.contains("20261123T110000Z-b"), "{}", both.next);
        assert!(home.run("").is_err());
        assert!(home.run("../runs").is_err());
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_said_or_moved() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::open(Some(&temporary.path().join("x".repeat(120)))).unwrap();
        match home.socket() {
            Ok(path) => assert!(path.as_os_str().len() <= 103),
            Err(error) => assert!(error.what.contains("too long"), "{error}"),
        }
    }
}
