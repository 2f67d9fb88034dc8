//! The computer that is looked at: its files, its processes, and the few tools that are asked.
//!
//! Everything is read through here, and only read: bounded in size and time, from paths as the
//! computer itself knows them (`/etc/passwd`), whatever folder stands in for its root. A machine in
//! a folder answers tools from its `machine.toml` and never runs one.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use crate::tool;

/// The most that is read of a settings file.
pub const MOST: u64 = 1024 * 1024;
/// The most entries of a folder that are looked at.
const MOST_ENTRIES: usize = 20_000;

/// The variables of the environment that matter here.
const VARIABLES: [&str; 13] = [
    "IBC_INI",
    "TWS_PATH",
    "TWS_SETTINGS_PATH",
    "XDG_CONFIG_HOME",
    "XDG_SESSION_TYPE",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// What a computer's files look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Os {
    /// Linux.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Machine {
    os: Os,
    root: PathBuf,
    home: String,
    uid: Option<u32>,
    environment: BTreeMap<String, String>,
    tools: Tools,
}

#[derive(Clone, Debug)]
enum Tools {
    /// They are run.
    Run,
    /// What each would say, by its command line.
    Recorded(BTreeMap<String, String>),
}

/// `machine.toml` of a machine in a folder.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Described {
    home: Option<String>,
    uid: Option<u32>,
    environment: BTreeMap<String, String>,
    tools: BTreeMap<String, String>,
}

/// Why something could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unreadable {
    /// It is not there.
    Missing,
    /// It may not be read by this user.
    Denied,
    /// It is there, and is no such thing as is read.
    Odd(String),
}

/// One entry of a folder.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is, without following a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A plain file.
    File,
    /// A link, wherever it leads.
    Link,
    /// A pipe, a socket, a device.
    Other,
}

impl Os {
    /// The one that this program runs on.
    fn here() -> Self {
        if cfg!(target_os = "macos") {
            Self::MacOs
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Linux
        }
    }
}

impl Machine {
    /// This computer.
    pub fn this() -> Self {
        let os = Os::here();
        let variable = |name| env::var(name).unwrap_or_default();
        let (root, home) = match os {
            Os::Linux | Os::MacOs => (PathBuf::from("/"), variable("HOME")),
            Os::Windows => {
                let drive = env::var("SystemDrive").unwrap_or_else(|_| "C:".to_owned());
                (PathBuf::from(drive + "\\"), variable("USERPROFILE"))
            }
        };
        let environment = VARIABLES
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), env::var(name).ok()?)))
            .collect();
        Self {
            os,
            root,
            home: plain(&home),
            uid: own_uid(),
            environment,
            tools: Tools::Run,
        }
    }

    /// The machine whose files lie in the folder `root`. Its `machine.toml` may say where the home
    /// is, who the user is and what tools say; a tool that it does not name is not there.
    pub fn at(root: impl Into<PathBuf>, os: Os) -> Self {
        let mut machine = Self {
            os,
            root: root.into(),
            home: String::new(),
            uid: None,
            environment: BTreeMap::new(),
            tools: Tools::Recorded(BTreeMap::new()),
        };
        let described: Described = machine
            .read("/machine.toml")
            .ok()
            .and_then(|text| toml::from_str(&text).ok())
            .unwrap_or_default();
        machine.home = described
            .home
            .map_or_else(|| machine.only_home(), |h| plain(&h));
        machine.uid = described.uid;
        machine.environment = described.environment;
        machine.tools = Tools::Recorded(described.tools);
        machine
    }

    /// What its files look like.
    pub fn os(&self) -> Os {
        self.os
    }

    /// The person's own folder, as the machine knows it.
    pub fn home(&self) -> &str {
        &self.home
    }

    /// Who runs this program there.
    pub fn uid(&self) -> Option<u32> {
        self.uid
    }

    /// A path in which `~/` stands for the person's own folder.
    pub fn expand(&self, path: &str) -> String {
        match path.strip_prefix("~/") {
            Some(in_home) => self.in_home(in_home),
            None => path.to_owned(),
        }
    }

    /// `path` inside the person's own folder.
    pub fn in_home(&self, path: &str) -> String {
        join(&self.home, path)
    }

    /// What a variable of the environment holds, of those that matter here.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// The whole of a text file of at most [`MOST`] bytes. What is not UTF-8 is replaced.
    pub fn read(&self, path: &str) -> Result<String, Unreadable> {
        let bytes = self.read_bytes(path, MOST)?;
        if bytes.len() as u64 > MOST {
            let most = MOST / 1024;
            return Err(Unreadable::Odd(format!("is larger than {most} KiB")));
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A text file of the kernel, as long as it is up to 16 MiB.
    pub(crate) fn read_whole(&self, path: &str) -> Result<String, Unreadable> {
        let bytes = self.read_bytes(path, 16 * MOST)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The first `most` bytes of a plain file, and one more where there are more. Never waits: a
    /// pipe or a device is odd.
    pub fn read_bytes(&self, path: &str, most: u64) -> Result<Vec<u8>, Unreadable> {
        let mut bytes = Vec::new();
        open(&self.real(path))?
            .take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| Unreadable::from(&e))?;
        Ok(bytes)
    }

    /// A plain file, opened to be read. Never waits: a pipe or a device is odd.
    pub fn open(&self, path: &str) -> Result<File, Unreadable> {
        open(&self.real(path))
    }

    /// What a file's last `most` bytes are, and whether there are more before them.
    pub fn read_end(&self, path: &str, most: u64) -> Result<(Vec<u8>, bool), Unreadable> {
        let odd = |e: io::Error| Unreadable::from(&e);
        let mut file = self.open(path)?;
        let length = file.metadata().map_err(odd)?.len();
        let start = length.saturating_sub(most);
        file.seek(SeekFrom::Start(start)).map_err(odd)?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes).map_err(odd)?;
        Ok((bytes, start > 0))
    }

    /// Whether it is this computer, and no folder that stands for one.
    pub fn is_this(&self) -> bool {
        matches!(self.tools, Tools::Run)
    }

    /// The paths that a pattern stands for, where `*` is any part of one name and `~/` the person's
    /// own folder; and what could not be looked into.
    pub fn find(&self, pattern: &str) -> (Vec<String>, Vec<(String, Unreadable)>) {
        let pattern = self.expand(pattern);
        let mut found = vec![String::new()];
        let mut unread = Vec::new();
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let mut next = Vec::new();
            for folder in &found {
                if !part.contains('*') {
                    next.push(format!("{folder}/{part}"));
                    continue;
                }
                match self.list(&format!("{folder}/")) {
                    Ok(entries) => next.extend(
                        entries
                            .iter()
                            .filter(|entry| is_like(part, &entry.name))
                            .map(|entry| format!("{folder}/{}", entry.name)),
                    ),
                    Err(Unreadable::Missing) => {}
                    Err(why) => unread.push((folder.clone(), why)),
                }
            }
            next.truncate(MOST_ENTRIES);
            found = next;
        }
        found.retain(|path| fs::symlink_metadata(self.real(path)).is_ok() || self.is_kept(path));
        (found, unread)
    }

    /// Whether something is there, but may not be looked at.
    fn is_kept(&self, path: &str) -> bool {
        let about = fs::symlink_metadata(self.real(path));
        about.is_err_and(|e| e.kind() == io::ErrorKind::PermissionDenied)
    }

    /// What is in a folder, by name.
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, Unreadable> {
        let read = fs::read_dir(self.real(path)).map_err(|e| Unreadable::from(&e))?;
        let mut entries: Vec<Entry> = read
            .take(MOST_ENTRIES)
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let kind = entry.file_type().ok()?;
                Some(Entry {
                    name: entry.file_name().into_string().ok()?,
                    kind: if kind.is_dir() {
                        EntryKind::Folder
                    } else if kind.is_file() {
                        EntryKind::File
                    } else if kind.is_symlink() {
                        EntryKind::Link
                    } else {
                        EntryKind::Other
                    },
                })
            })
            .collect();
        entries.sort();
        Ok(entries)
    }

    /// The names of the folders in a folder; none when it cannot be read.
    pub fn folders(&self, path: &str) -> Vec<String> {
        self.folders_of(path).unwrap_or_default()
    }

    /// The names of the folders in a folder; none when it is not there.
    pub fn folders_of(&self, path: &str) -> Result<Vec<String>, Unreadable> {
        let entries = match self.list(path) {
            Ok(entries) => entries,
            Err(Unreadable::Missing) => Vec::new(),
            Err(why) => return Err(why),
        };
        let folders = entries.into_iter().filter(|e| e.kind == EntryKind::Folder);
        Ok(folders.map(|entry| entry.name).collect())
    }

    /// Whether it is there, wherever a link leads.
    pub fn exists(&self, path: &str) -> bool {
        self.real(path).exists()
    }

    /// Where a link points, not followed.
    pub fn link(&self, path: &str) -> Option<String> {
        let target = fs::read_link(self.real(path)).ok()?;
        target.to_str().map(str::to_owned)
    }

    /// Its permission bits, where there are such.
    pub fn mode(&self, path: &str) -> Option<u32> {
        match self.os {
            Os::Linux | Os::MacOs => mode(&fs::metadata(self.real(path)).ok()?),
            Os::Windows => None,
        }
    }

    /// When it was last written, in seconds since 1970.
    pub fn written(&self, path: &str) -> Option<i64> {
        let modified = fs::metadata(self.real(path)).ok()?.modified().ok()?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok()
    }

    /// What a tool says on its standard output; why not, in words.
    pub fn ask(&self, command: &[&str]) -> Result<String, String> {
        match &self.tools {
            Tools::Run => tool::run(self.os, command, tool::WITHIN),
            Tools::Recorded(said) => said
                .get(&command.join(" "))
                .cloned()
                .ok_or_else(|| format!("{} is not there", command[0])),
        }
    }

    /// As [`Machine::ask`], for as long as `within`.
    pub fn ask_within(&self, command: &[&str], within: Duration) -> Result<String, String> {
        match &self.tools {
            Tools::Run => tool::run(self.os, command, within),
            Tools::Recorded(_) => self.ask(command),
        }
    }

    /// What is known of a file or folder, wherever a link leads.
    pub fn about(&self, path: &str) -> Result<fs::Metadata, Unreadable> {
        fs::metadata(self.real(path)).map_err(|e| Unreadable::from(&e))
    }

    /// Whether a plain or linked file of this name stands where programs are.
    pub fn program(&self, name: &str) -> Option<String> {
        let folders: &[&str] = match self.os {
            Os::Linux => &["/usr/bin", "/usr/sbin", "/usr/local/bin", "/snap/bin"],
            Os::MacOs => &["/usr/local/bin", "/opt/homebrew/bin"],
            Os::Windows => &[],
        };
        let paths = folders.iter().map(|folder| join(folder, name));
        paths.into_iter().find(|path| self.exists(path))
    }

    /// A machine's path in this program's terms.
    pub fn real(&self, path: &str) -> PathBuf {
        self.root.join(Path::new(path.trim_start_matches('/')))
    }

    fn only_home(&self) -> String {
        let of_all = match self.os {
            Os::Linux => "/home",
            Os::MacOs | Os::Windows => "/Users",
        };
        let not_a_persons = ["Shared", "Public", "Default", "lost+found"];
        let names = self.folders(of_all);
        let mut names = names
            .iter()
            .filter(|n| !not_a_persons.contains(&n.as_str()));
        names
            .next()
            .map_or_else(|| "/root".to_owned(), |name| join(of_all, name))
    }
}

impl Unreadable {
    /// Why, to follow the name of what it is about.
    pub fn words(&self) -> &str {
        match self {
            Self::Missing => "is not there",
            Self::Denied => "may not be read by this user",
            Self::Odd(why) => why,
        }
    }
}

impl From<&io::Error> for Unreadable {
    fn from(error: &io::Error) -> Self {
        // an entry of a folder that is no folder is as good as not there
        if matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        ) {
            Self::Missing
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            Self::Denied
        } else {
            Self::Odd(format!("cannot be read: {error}"))
        }
    }
}

/// `name` inside `folder`, in a machine's terms.
pub fn join(folder: &str, name: &str) -> String {
    format!(
        "{}/{}",
        folder.trim_end_matches('/'),
        name.trim_start_matches('/')
    )
}

/// The folder that `path` is in.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of `path`.
pub fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A path as the rest of this crate has it: no drive, forward slashes.
pub fn plain(path: &str) -> String {
    let path = path.replace('\\', "/");
    match path.split_once(':') {
        Some((drive, rest)) if drive.len() == 1 => rest.to_owned(),
        _ => path,
    }
}

/// Whether `name` is what `pattern` says, where `*` is any part of it.
fn is_like(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

fn open(path: &Path) -> Result<File, Unreadable> {
    let about = fs::metadata(path).map_err(|e| Unreadable::from(&e))?;
    if !about.is_file() {
        return Err(Unreadable::Odd("is no plain file".to_owned()));
    }
    let mut options = OpenOptions::new();
    options.read(true);
    never_wait(&mut options);
    let file = options.open(path).map_err(|e| Unreadable::from(&e))?;
    // what was looked at may have been put out of the way since
    match file.metadata() {
        Ok(about) if about.is_file() => Ok(file),
        Ok(_) => Err(Unreadable::Odd("is no plain file".to_owned())),
        Err(e) => Err(Unreadable::from(&e)),
    }
}

#[cfg(unix)]
fn never_wait(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    options.custom_flags(flags.bits().cast_signed());
}

#[cfg(not(unix))]
fn never_wait(_options: &mut OpenOptions) {}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there are none")]
fn mode(about: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(about.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_about: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn own_uid() -> Option<u32> {
    Some(rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn own_uid() -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> (tempfile::TempDir, Machine) {
        let root = tempfile::tempdir().unwrap();
        let machine = Machine::at(root.path(), Os::Linux);
        (root, machine)
    }

    #[test]
    fn a_missing_file_a_folder_and_a_large_one_are_told_apart() {
        let (root, machine) = machine();
        fs::create_dir(root.path().join("folder")).unwrap();
        let large = vec![b'x'; usize::try_from(MOST).unwrap() + 1];
        fs::write(root.path().join("large"), large).unwrap();
        assert_eq!(machine.read("/none"), Err(Unreadable::Missing));
        assert!(matches!(machine.read("/folder"), Err(Unreadable::Odd(_))));
        assert!(matches!(machine.read("/large"), Err(Unreadable::Odd(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_odd_and_is_never_waited_for() {
        let (root, machine) = machine();
        let pipe = root.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).unwrap();
        let pipe = machine.read("/pipe");
        assert_eq!(pipe, Err(Unreadable::Odd("is no plain file".to_owned())));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_are_odd_and_not_text_is_replaced() {
        let (root, machine) = machine();
        std::os::unix::fs::symlink("b", root.path().join("a")).unwrap();
        std::os::unix::fs::symlink("a", root.path().join("b")).unwrap();
        fs::write(root.path().join("bytes"), b"a\xff\xfeb").unwrap();
        assert!(matches!(machine.read("/a"), Err(Unreadable::Odd(_))));
        assert_eq!(machine.read("/bytes").unwrap(), "a\u{fffd}\u{fffd}b");
    }

    #[test]
    fn a_machine_in_a_folder_says_who_it_is_and_runs_nothing() {
        let root = tempfile::tempdir().unwrap();
        let described = "home = \"/home/ada\"\nuid = 1000\n[tools]\n\"id -u\" = \"1000\"\n";
        fs::write(root.path().join("machine.toml"), described).unwrap();
        let machine = Machine::at(root.path(), Os::Linux);
        assert_eq!(machine.in_home("Jts"), "/home/ada/Jts");
        assert_eq!(machine.uid(), Some(1000));
        assert_eq!(machine.ask(&["id", "-u"]).unwrap(), "1000");
        assert!(machine.ask(&["true"]).is_err());
    }

    #[test]
    fn a_pattern_finds_names_at_every_depth_and_only_what_is_there() {
        let (root, machine) = machine();
        for path in ["etc/cron.d/a", "etc/cron.daily/b", "etc/crontab"] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = |pattern| machine.find(pattern).0;
        assert_eq!(
            found("/etc/cron.*/*"),
            ["/etc/cron.d/a", "/etc/cron.daily/b"]
        );
        assert_eq!(found("/etc/crontab"), ["/etc/crontab"]);
        assert!(found("/etc/none").is_empty());
        assert!(is_like("*.service", "a.service") && !is_like("a*b", "ba"));
    }

    #[test]
    fn the_end_of_a_file_is_read_and_that_there_is_more() {
        let (root, machine) = machine();
        fs::write(root.path().join("log"), "0123456789").unwrap();
        assert_eq!(
            machine.read_end("/log", 4).unwrap(),
            (b"6789".to_vec(), true)
        );
        assert!(!machine.read_end("/log", 99).unwrap().1);
    }

    #[test]
    fn what_is_refused_says_so() {
        let refused = Unreadable::from(&io::Error::from(io::ErrorKind::PermissionDenied));
        assert_eq!(refused.words(), "may not be read by this user");
    }

    #[test]
    fn a_path_of_windows_loses_its_drive_and_its_backslashes() {
        assert_eq!(plain("C:\\Users\\ada"), "/Users/ada");
        assert_eq!(plain("/home/ada"), "/home/ada");
    }
}
