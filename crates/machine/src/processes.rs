//! The programs that run on a machine.

use crate::{Machine, Os, Unreadable, join, name_of, plain};

/// The most processes that are looked at.
const MOST: usize = 20_000;

/// One running program.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its program's file name, without folder and `.exe`.
    pub name: String,
    /// With the program first; empty where they are not told.
    pub arguments: Vec<String>,
    /// Whose it is, where that is told.
    pub uid: Option<u32>,
}

impl Process {
    /// Whether an argument, or the program itself, is or holds `part`, in whatever case.
    pub fn mentions(&self, part: &str) -> bool {
        let holds = |text: &String| text.to_lowercase().contains(part);
        holds(&self.name) || self.arguments.iter().any(holds)
    }
}

/// All that can be seen.
pub fn running(machine: &Machine) -> Result<Vec<Process>, Unreadable> {
    let said = |command: &[&str]| machine.ask(command).map_err(Unreadable::Odd);
    match machine.os() {
        Os::Linux => of_proc(machine),
        Os::MacOs => Ok(of_ps(&said(&["ps", "-axww", "-o", "pid=,uid=,args="])?)),
        Os::Windows => Ok(of_tasklist(&said(&["tasklist", "/FO", "CSV", "/NH"])?)),
    }
}

fn of_proc(machine: &Machine) -> Result<Vec<Process>, Unreadable> {
    let entries = machine.list("/proc")?;
    let pids = entries.iter().filter_map(|entry| entry.name.parse().ok());
    let process = |pid: u32| {
        let folder = format!("/proc/{pid}");
        let comm = machine.read(&join(&folder, "comm")).ok()?;
        let line = machine.read(&join(&folder, "cmdline")).unwrap_or_default();
        let arguments: Vec<String> = line
            .split('\0')
            .filter(|argument| !argument.is_empty())
            .map(str::to_owned)
            .collect();
        let status = machine.read(&join(&folder, "status")).unwrap_or_default();
        // `comm` is cut to 15 characters, the first argument is not
        let comm = comm.trim();
        let name = match arguments.first().map(|first| name_of(first)) {
            Some(first) if first.starts_with(comm) && !comm.is_empty() => first,
            Some(_) | None => comm,
        };
        Some(Process {
            pid,
            name: name.to_owned(),
            uid: effective_uid(&status),
            arguments,
        })
    };
    Ok(pids.take(MOST).filter_map(process).collect())
}

/// Of `/proc/N/status`: real, effective, saved and file system uid.
fn effective_uid(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// `  412   501 /Applications/x.app/Contents/MacOS/x -a b`: where an argument ends is not told.
fn of_ps(said: &str) -> Vec<Process> {
    let process = |line: &str| {
        let line = line.trim_start();
        let (pid, rest) = line.split_once(' ')?;
        let (uid, command) = rest.trim_start().split_once(' ')?;
        let arguments: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        // a path of an app holds spaces: its program's name follows the last slash before an option
        let program = command.split(" -").next().unwrap_or(command);
        Some(Process {
            pid: pid.parse().ok()?,
            name: name_of(program.trim()).to_owned(),
            uid: uid.parse().ok(),
            arguments,
        })
    };
    said.lines().take(MOST).filter_map(process).collect()
}

/// `"java.exe","4712","Console","1","512,340 K"`.
fn of_tasklist(said: &str) -> Vec<Process> {
    let process = |line: &str| {
        let mut fields = line.trim().split("\",\"");
        let name = plain(fields.next()?.trim_start_matches('"'));
        let pid = fields.next()?.parse().ok()?;
        let name = name.strip_suffix(".exe").unwrap_or(&name).to_owned();
        Some(Process {
            pid,
            name,
            arguments: Vec::new(),
            uid: None,
        })
    };
    said.lines().take(MOST).filter_map(process).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_of_proc_has_its_whole_name_its_arguments_and_its_user() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("proc/412");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("comm"), "chrome-remote-d\n").unwrap();
        let line = "/opt/google/chrome-remote-desktop\0--start\0";
        std::fs::write(folder.join("cmdline"), line).unwrap();
        std::fs::write(folder.join("status"), "Name:\tx\nUid:\t0\t1000\t0\t0\n").unwrap();
        std::fs::create_dir_all(root.path().join("proc/self")).unwrap();
        let machine = Machine::at(root.path(), Os::Linux);
        let [process] = &running(&machine).unwrap()[..] else {
            panic!("one process");
        };
        assert_eq!(process.name, "chrome-remote-desktop");
        assert_eq!(process.uid, Some(1000));
        assert!(process.mentions("--start"));
    }

    #[test]
    fn ps_of_macos_and_tasklist_of_windows_are_read() {
        let said = "    1     0 /sbin/launchd\n  412   501 /Applications/Any Desk.app/Contents/MacOS/\
                    AnyDesk --tray\n";
        let names: Vec<_> = of_ps(said).into_iter().map(|p| (p.name, p.uid)).collect();
        assert_eq!(
            names,
            [
                ("launchd".to_owned(), Some(0)),
                ("AnyDesk".to_owned(), Some(501))
            ]
        );
        let said = "\"System Idle Process\",\"0\",\"Services\",\"0\",\"8 K\"\r\n\
                    \"java.exe\",\"4712\",\"Console\",\"1\",\"512,340 K\"\r\n";
        let names: Vec<_> = of_tasklist(said)
            .into_iter()
            .map(|p| (p.name, p.pid))
            .collect();
        assert_eq!(
            names,
            [
                ("System Idle Process".to_owned(), 0),
                ("java".to_owned(), 4712)
            ]
        );
    }

    #[test]
    fn nonsense_is_no_process() {
        assert!(of_ps("hello\n\n").is_empty());
        assert!(of_tasklist("INFO: No tasks are running\n\"\n").is_empty());
    }
}
