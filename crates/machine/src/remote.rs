//! Programs with which somebody elsewhere sees or moves this screen, or comes in past the router.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::{Machine, processes::Process};

/// The ports of RDP, and of VNC's first screens.
pub const PORTS: [u16; 5] = [3389, 5900, 5901, 5902, 5903];

/// One such program and how it is known.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// What people call it.
    pub name: String,
    /// Names of its running programs, in small letters.
    pub processes: Vec<String>,
    /// Names of its files where programs are.
    pub programs: Vec<String>,
    /// Its files and folders; `~` is the person's own.
    pub paths: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tools {
    tool: Vec<Tool>,
}

/// Those that this program knows.
pub fn tools() -> &'static [Tool] {
    static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(|| {
        toml::from_str::<Tools>(include_str!("../data/remote-tools.toml"))
            .expect("a test reads the list that comes with the program")
            .tool
    });
    &TOOLS
}

impl Tool {
    /// Whether `process` is one of its programs.
    pub fn is(&self, process: &Process) -> bool {
        let name = process.name.to_lowercase();
        self.processes.contains(&name)
    }

    /// Where it is installed, as far as its usual places tell.
    pub fn installed(&self, machine: &Machine) -> Option<String> {
        let program = self.programs.iter().find_map(|name| machine.program(name));
        let path = || {
            let paths = self.paths.iter().map(|path| machine.expand(path));
            paths.into_iter().find(|path| machine.exists(path))
        };
        program.or_else(path)
    }
}

/// Whether `/proc` shows this user's own programs only.
pub fn hides_others(machine: &Machine) -> bool {
    let mounts = machine.read("/proc/mounts").unwrap_or_default();
    mounts.lines().any(|line| {
        let of_proc = line.split_whitespace().nth(1) == Some("/proc");
        let hides = |option: &str| {
            let how = option.strip_prefix("hidepid=");
            how.is_some_and(|how| !["0", "off"].contains(&how))
        };
        of_proc && line.split([',', ' ']).any(hides)
    })
}
