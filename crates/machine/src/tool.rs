//! Asking one of the system's own tools: from the system's own folders only, for a bounded time and
//! a bounded answer, and never with anything to read.

use std::{
    io::Read,
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::Os;

/// How long a tool may take where nothing else is said.
pub(crate) const WITHIN: Duration = Duration::from_secs(5);
const MOST: u64 = 1024 * 1024;

/// What `command` prints; why not, in words.
pub(crate) fn run(os: Os, command: &[&str], within: Duration) -> Result<String, String> {
    let (name, arguments) = command.split_first().ok_or("no tool was named")?;
    let program = find(os, name).ok_or_else(|| format!("{name} is not there"))?;
    said(Command::new(program).args(arguments), within).map_err(|why| format!("{name} {why}"))
}

fn said(command: &mut Command, within: Duration) -> Result<String, String> {
    let mut child = command
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("did not start: {e}"))?;
    let out = child.stdout.take();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = out.map(|out| out.take(MOST).read_to_end(&mut bytes));
        // nobody waits for it any more when the time is over
        drop(send.send(read.is_some_and(|read| read.is_ok()).then_some(bytes)));
    });
    let answer = receive.recv_timeout(within);
    if answer.is_err() {
        // it may have ended by itself meanwhile
        drop(child.kill());
    }
    // its output is closed or it was ended, so this does not last
    let ended = child.wait();
    match (answer, ended) {
        (Ok(Some(bytes)), Ok(status)) if status.success() => {
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        (Ok(_), Ok(status)) => Err(format!("said no ({status})")),
        (Err(_), _) => Err(format!("did not answer within {} s", within.as_secs())),
        (Ok(_), Err(e)) => Err(format!("was lost: {e}")),
    }
}

fn find(os: Os, name: &str) -> Option<PathBuf> {
    let folders: &[&str] = match os {
        Os::Linux => &["/usr/bin", "/bin", "/usr/sbin", "/sbin"],
        Os::MacOs => &[
            "/usr/bin",
            "/bin",
            "/usr/sbin",
            "/sbin",
            "/usr/libexec/ApplicationFirewall",
        ],
        Os::Windows => &[
            "C:\\Windows\\System32",
            "C:\\Windows\\System32\\WindowsPowerShell\\v1.0",
        ],
    };
    let name = match os {
        Os::Linux | Os::MacOs => name.to_owned(),
        Os::Windows => format!("{name}.exe"),
    };
    let paths = folders
        .iter()
        .map(|folder| PathBuf::from(folder).join(&name));
    paths.into_iter().find(|path| path.is_file())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_answers_and_one_that_says_no_is_an_error() {
        assert_eq!(
            run(Os::here_for_tests(), &["printf", "a"], WITHIN).unwrap(),
            "a"
        );
        let no = run(Os::here_for_tests(), &["false"], WITHIN).unwrap_err();
        assert!(no.starts_with("false said no"), "{no}");
        let none = run(Os::here_for_tests(), &["no-such-tool"], WITHIN).unwrap_err();
        assert_eq!(none, "no-such-tool is not there");
    }

    #[test]
    fn a_tool_that_hangs_is_ended() {
        let hanging = said(
            Command::new("/bin/sh").args(["-c", "exec sleep 600"]),
            Duration::from_millis(50),
        );
        assert!(hanging.unwrap_err().starts_with("did not answer"));
    }

    impl Os {
        fn here_for_tests() -> Self {
            if cfg!(target_os = "macos") {
                Self::MacOs
            } else {
                Self::Linux
            }
        }
    }
}
