//! Secrets that lie about in the folders that the person allows: shell history, `.env`, dotfiles,
//! git remotes, notebooks, settings files.
//!
//! Bounded in files, bytes and time; links are not followed; the value is never kept.

mod detect;

use std::time::{Duration, Instant};

use machine::{EntryKind, Machine, Unreadable, join, name_of};

use crate::{
    kind::Kind,
    model::{Area, Finding, Severity, counted},
    places::Places,
};

use self::detect::{Detector, Shape};

/// Why they matter, wherever they lie.
const WHY: &str = "Whoever reads the file, a backup of it or a screen share can use it, and nobody sees \
                   that it was copied.";
const HISTORY: Kind = Kind {
    id: "secret-in-history",
    area: Area::Host,
    severity: Severity::High,
    why: WHY,
    mend: "Revoke it, make a new one, and delete the line: history -d LINE, then history -w.",
};
const ENV: Kind = Kind {
    id: "secret-in-env-file",
    area: Area::Host,
    severity: Severity::High,
    why: WHY,
    mend: "Revoke it, make a new one, and keep that in the keychain.",
};
const DOTFILE: Kind = Kind {
    id: "secret-in-dotfile",
    area: Area::Host,
    severity: Severity::Medium,
    why: WHY,
    mend: "Revoke it, make a new one, and keep that in the keychain.",
};
const GIT: Kind = Kind {
    id: "secret-in-git-remote",
    area: Area::Host,
    severity: Severity::High,
    why: WHY,
    mend: "Revoke it, and set the address without it: git remote set-url origin ADDRESS.",
};
const NOTEBOOK: Kind = Kind {
    id: "secret-in-notebook",
    area: Area::Host,
    severity: Severity::High,
    why: WHY,
    mend: "Revoke it, make a new one, and clear the cell and its output.",
};
const SETTINGS: Kind = Kind {
    id: "secret-in-settings-file",
    area: Area::Host,
    severity: Severity::High,
    why: WHY,
    mend: "Revoke it, make a new one, and keep that in the keychain.",
};
const SEARCH: Kind = Kind {
    id: "secrets-in-files",
    area: Area::Host,
    severity: Severity::Medium,
    why: WHY,
    mend: "Revoke what you find, make a new one, and keep that in the keychain.",
};

/// What a search may cost.
#[derive(Clone, Copy)]
struct Bounds {
    files: usize,
    of_file: u64,
    bytes: u64,
    time: Duration,
    findings: usize,
}

const BOUNDS: Bounds = Bounds {
    files: 50_000,
    of_file: 4 * 1024 * 1024,
    bytes: 256 * 1024 * 1024,
    time: Duration::from_secs(20),
    findings: 200,
};
const DEPTH: usize = 12;
/// Folders of other people's code, of what is made from it, and where keys belong.
const PASSED_OVER: [&str; 18] = [
    "node_modules",
    "target",
    "__pycache__",
    "site-packages",
    "venv",
    ".venv",
    ".cache",
    ".cargo",
    ".rustup",
    ".npm",
    ".nvm",
    ".pyenv",
    ".rbenv",
    ".gradle",
    ".m2",
    ".ssh",
    "Library",
    "proc",
];

pub(super) fn audit(machine: &Machine, places: &Places) -> Vec<Finding> {
    search(machine, places, BOUNDS)
}

fn search(machine: &Machine, places: &Places, bounds: Bounds) -> Vec<Finding> {
    if places.folders().is_empty() {
        let what = "No folder was allowed for a search for secrets";
        return vec![Finding {
            mend: "firebreak readiness --look-in DIR, for each folder that you work in.".to_owned(),
            ..SEARCH.unknown("files", what, "nothing was looked at")
        }];
    }
    let mut search = Search {
        machine,
        bounds,
        until: Instant::now().checked_add(bounds.time),
        files: 0,
        bytes: 0,
        findings: Vec::new(),
        too_deep: 0,
        cut_short: None,
    };
    for place in places.folders() {
        search.place(place);
    }
    search.ended(places)
}

struct Search<'a> {
    machine: &'a Machine,
    bounds: Bounds,
    until: Option<Instant>,
    files: usize,
    bytes: u64,
    findings: Vec<Finding>,
    /// Folders that lie deeper than is searched.
    too_deep: usize,
    /// Which bound ended it.
    cut_short: Option<&'static str>,
}

impl Search<'_> {
    fn place(&mut self, place: &str) {
        match self.machine.list(place) {
            Ok(_) => self.folder(place, DEPTH),
            // a single file may be named too
            Err(_) if self.machine.read_bytes(place, 1).is_ok() => self.file(place),
            Err(why) => self.unread(place, &why),
        }
    }

    fn folder(&mut self, folder: &str, depth: usize) {
        let entries = match self.machine.list(folder) {
            Ok(entries) => entries,
            Err(why) => return self.unread(folder, &why),
        };
        for entry in entries {
            if self.is_over() {
                return;
            }
            let path = join(folder, &entry.name);
            match entry.kind {
                EntryKind::Folder if entry.name == ".git" => self.file(&join(&path, "config")),
                EntryKind::Folder if PASSED_OVER.contains(&entry.name.as_str()) => {}
                EntryKind::Folder if depth > 0 => self.folder(&path, depth - 1),
                EntryKind::Folder => self.too_deep += 1,
                EntryKind::File => self.file(&path),
                EntryKind::Link | EntryKind::Other => {}
            }
        }
    }

    fn file(&mut self, path: &str) {
        let Some(kind) = kind_of(path) else {
            return;
        };
        let bytes = match self.machine.read_bytes(path, self.bounds.of_file) {
            Ok(bytes) => bytes,
            Err(Unreadable::Missing) => return,
            Err(why) => return self.unread(path, &why),
        };
        self.files += 1;
        self.bytes += bytes.len() as u64;
        if bytes.len() as u64 > self.bounds.of_file {
            let what = "It is too large to be searched to its end";
            self.findings
                .push(SEARCH.unknown(path, what, "searched its beginning"));
        }
        let at_their_word = [HISTORY.id, ENV.id, DOTFILE.id].contains(&kind.id);
        let mut detector = Detector::new(at_their_word);
        let text = String::from_utf8_lossy(&bytes);
        for (at, line) in text.lines().enumerate() {
            for shape in detector.line(line) {
                self.found(kind, path, at + 1, shape);
            }
        }
    }

    fn found(&mut self, kind: &Kind, path: &str, line: usize, shape: Shape) {
        if self.findings.len() >= self.bounds.findings {
            self.cut_short = Some("too many were found");
            return;
        }
        let subject = format!("{path}:{line}");
        let what = format!("It looks like {}", shape.words());
        let how = format!("the shape of line {line}");
        self.findings.push(kind.mend(subject, what, how));
    }

    fn unread(&mut self, path: &str, why: &Unreadable) {
        if self.findings.len() < self.bounds.findings {
            let what = format!("{path} {}", why.words());
            self.findings
                .push(SEARCH.unknown(path, what, "tried to read it"));
        }
    }

    fn is_over(&mut self) -> bool {
        let why = if self.files >= self.bounds.files {
            "there are too many files"
        } else if self.bytes >= self.bounds.bytes {
            "there is too much to read"
        } else if self.until.is_some_and(|until| Instant::now() >= until) {
            "it took too long"
        } else {
            return self.cut_short.is_some();
        };
        self.cut_short = Some(why);
        true
    }

    fn ended(mut self, places: &Places) -> Vec<Finding> {
        let places = places.folders().join(", ");
        let how = format!("{} files of {places}", self.files);
        if self.too_deep > 0 {
            let what = "Some folders lie too deep and were not searched";
            let how = counted(self.too_deep, "folder");
            self.findings
                .push(SEARCH.unknown("deep folders", what, how));
        }
        if let Some(why) = self.cut_short {
            let what = format!("The search ended early: {why}");
            self.findings.push(SEARCH.unknown("files", what, how));
        } else if self.findings.is_empty() {
            let what = "No secret of a known shape was found where you allowed a search";
            self.findings.push(SEARCH.good("files", what, how));
        }
        self.findings
    }
}

/// What a file is, by its name; `None` when it is none that is looked at.
fn kind_of(path: &str) -> Option<&'static Kind> {
    let name = name_of(path).to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|end| name.ends_with(end));
    if path.ends_with("/.git/config") || name == ".gitconfig" || name == ".git-credentials" {
        Some(&GIT)
    } else if ends(&["_history", ".history", "consolehost_history.txt"]) {
        Some(&HISTORY)
    } else if name == ".env" || name.starts_with(".env.") || ends(&[".env"]) {
        Some(&ENV)
    } else if ends(&[".ipynb"]) {
        Some(&NOTEBOOK)
    } else if ends(&[
        ".json",
        ".toml",
        ".yaml",
        ".yml",
        ".ini",
        ".cfg",
        ".conf",
        ".properties",
    ]) {
        Some(&SETTINGS)
    } else if name.starts_with('.') || name == "credentials" {
        Some(&DOTFILE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use machine::Os;

    use crate::model::Verdict;

    const SECRET: &str = "hunter22";

    fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, Machine) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let machine = Machine::at(root.path(), Os::Linux);
        (root, machine)
    }

    #[test]
    fn nothing_is_looked_at_that_was_not_allowed() {
        let (_root, machine) = machine(&[("home/ada/.env", "API_SECRET=hunter22")]);
        let none = audit(&machine, &Places::default());
        assert_eq!(none.len(), 1);
        assert_eq!(none[0].verdict, Verdict::Unknown);
        let elsewhere = audit(&machine, &Places::of(["/srv"]));
        assert!(elsewhere.iter().all(|f| f.verdict == Verdict::Unknown));
    }

    #[test]
    fn each_kind_of_file_is_searched_and_the_value_is_never_told() {
        let (_root, machine) = machine(&[
            ("a/.bash_history", "ls\nexport API_SECRET=hunter22\n"),
            ("a/bot/.env", "DB_PASSWORD=hunter22\n"),
            ("a/.netrc", "machine host.net login ada password hunter22\n"),
            (
                "a/x/.git/config",
                "[remote]\n\turl = https://ada:hunter22@host.net/x\n",
            ),
            (
                "a/n.ipynb",
                "{\"source\": [\"get('https://ada:hunter22@host.net')\"]}\n",
            ),
            ("a/conf.ini", "IbPassword=hunter22\n"),
            ("a/readme.md", "IbPassword=hunter22\n"),
            ("a/node_modules/y/.env", "DB_PASSWORD=hunter22\n"),
        ]);
        let found = audit(&machine, &Places::of(["/a"]));
        let mut told: Vec<_> = found
            .iter()
            .map(|f| (f.id.as_str(), f.subject.as_str()))
            .collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                ("secret-in-dotfile", "/a/.netrc:1"),
                ("secret-in-env-file", "/a/bot/.env:1"),
                ("secret-in-git-remote", "/a/x/.git/config:2"),
                ("secret-in-history", "/a/.bash_history:2"),
                ("secret-in-notebook", "/a/n.ipynb:1"),
                ("secret-in-settings-file", "/a/conf.ini:1"),
            ]
        );
        assert!(!format!("{found:?}").contains(SECRET));
    }

    #[test]
    fn a_search_that_was_cut_short_says_so() {
        let (_root, machine) =
            machine(&[("a/1.json", "{}"), ("a/2.json", "{}"), ("a/3.json", "{}")]);
        let few = Bounds { files: 2, ..BOUNDS };
        let found = search(&machine, &Places::of(["/a"]), few);
        assert_eq!(
            found[0].what,
            "The search ended early: there are too many files"
        );
        let no_time = Bounds {
            time: Duration::ZERO,
            ..BOUNDS
        };
        let found = search(&machine, &Places::of(["/a"]), no_time);
        assert_eq!(found[0].what, "The search ended early: it took too long");
        let deep = "d/".repeat(DEPTH + 1);
        let (_root, machine) = self::machine(&[(&format!("a/{deep}x.json"), "{}")]);
        let found = audit(&machine, &Places::of(["/a"]));
        assert_eq!(found[0].subject, "deep folders");
        let (_root, machine) = self::machine(&[("a/1.json", "{}")]);
        let small = Bounds {
            of_file: 1,
            ..BOUNDS
        };
        let found = search(&machine, &Places::of(["/a"]), small);
        assert_eq!(found[0].verdict, Verdict::Unknown);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_pipes_are_not_waited_for() {
        let (root, machine) = machine(&[("b/.env", "DB_PASSWORD=hunter22"), ("a/x", "")]);
        std::os::unix::fs::symlink("../b", root.path().join("a/link")).unwrap();
        std::os::unix::fs::symlink(".", root.path().join("a/circle")).unwrap();
        let pipe = root.path().join("a/.env");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).unwrap();
        let found = audit(&machine, &Places::of(["/a"]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].verdict, Verdict::Good);
    }
}
