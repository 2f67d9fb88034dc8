//! Programs with which somebody elsewhere sees or moves this screen, or comes in past the router.

use machine::{
    Machine,
    remote::{PORTS, Tool, hides_others, tools},
};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity},
    platform::Seen,
};

const TOOL: Kind = Kind {
    id: "remote-control-tool",
    area: Area::Host,
    severity: Severity::High,
    why: "A caller who poses as support asks for just this, and then trades with your own session.",
    mend: "Remove it, unless you put it there and need it; then end it while you trade.",
};
const PORT: Kind = Kind {
    id: "remote-desktop-open-to-network",
    area: Area::Host,
    severity: Severity::High,
    why: "Everybody on the same network may try to log in to this screen.",
    mend: "Turn screen sharing off in the system's settings, or let it listen at 127.0.0.1 and come in \
           over SSH or a VPN.",
};
pub(super) fn audit(machine: &Machine, seen: &Seen) -> Vec<Finding> {
    let mut findings: Vec<Finding> = tools()
        .iter()
        .filter_map(|tool| found(machine, seen, tool))
        .collect();
    findings.extend(ports(seen));
    if findings.is_empty() {
        findings.push(match &seen.running {
            Ok(_) if hides_others(machine) => {
                let what = "None was found, but programs of other users are hidden";
                TOOL.unknown(THIS_COMPUTER, what, "/proc is mounted with hidepid")
            }
            Ok(_) => {
                let how = format!("looked for {} of them by process and path", tools().len());
                TOOL.good(THIS_COMPUTER, "No remote-control tool was found", how)
            }
            Err(why) => {
                let what = format!("The list of what runs {}", why.words());
                TOOL.unknown(THIS_COMPUTER, what, "tried to list what runs")
            }
        });
    }
    findings
}

fn found(machine: &Machine, seen: &Seen, tool: &Tool) -> Option<Finding> {
    let running = seen.running.as_deref().unwrap_or_default();
    let runs = running.iter().find(|process| tool.is(process));
    if let Some(process) = runs {
        let what = format!("{} runs now", tool.name);
        let how = format!("process {} of the name {}", process.pid, process.name);
        return Some(TOOL.mend(&tool.name, what, how));
    }
    let at = tool.installed(machine)?;
    let what = format!("{} is installed", tool.name);
    Some(Finding {
        severity: Severity::Medium,
        ..TOOL.mend(&tool.name, what, format!("{at} is there"))
    })
}

fn ports(seen: &Seen) -> Vec<Finding> {
    let listening = seen.listening.as_deref().unwrap_or_default();
    let running = seen.running.as_deref().unwrap_or_default();
    listening
        .iter()
        .filter(|socket| PORTS.contains(&socket.port) && !socket.is_local())
        .map(|socket| {
            let who = socket.process(running);
            let who = who.map_or("a program that this user may not see", |p| p.name.as_str());
            let what = format!("A remote desktop listens at {}", socket.words());
            PORT.mend(
                format!("port {}", socket.port),
                what,
                format!("{who} listens there"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;
    use machine::{Os, Unreadable, processes::Process};

    fn seen(names: &[&str]) -> Seen {
        let process = |(at, name): (usize, &&str)| Process {
            pid: u32::try_from(at).unwrap(),
            name: (*name).to_owned(),
            ..Process::default()
        };
        Seen {
            running: Ok(names.iter().enumerate().map(process).collect()),
            listening: Ok(Vec::new()),
        }
    }

    #[test]
    fn a_tool_that_runs_is_worse_than_one_that_is_only_there() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("opt/teamviewer")).unwrap();
        let machine = Machine::at(root.path(), Os::Linux);
        let found = audit(&machine, &seen(&["AnyDesk", "bash"]));
        let told: Vec<_> = found
            .iter()
            .map(|f| (f.subject.as_str(), f.severity))
            .collect();
        assert_eq!(
            told,
            [
                ("AnyDesk", Severity::High),
                ("TeamViewer", Severity::Medium)
            ]
        );
    }

    #[test]
    fn what_runs_and_cannot_be_listed_is_unknown() {
        let root = tempfile::tempdir().unwrap();
        let machine = Machine::at(root.path(), Os::Linux);
        let denied = Seen {
            running: Err(Unreadable::Denied),
            listening: Ok(Vec::new()),
        };
        assert_eq!(audit(&machine, &denied)[0].verdict, Verdict::Unknown);
        assert_eq!(audit(&machine, &seen(&["bash"]))[0].verdict, Verdict::Good);
        std::fs::create_dir(root.path().join("proc")).unwrap();
        let hidden = "proc /proc proc rw,nosuid,hidepid=invisible 0 0\n";
        std::fs::write(root.path().join("proc/mounts"), hidden).unwrap();
        let found = audit(&machine, &seen(&["bash"]));
        assert_eq!(found[0].verdict, Verdict::Unknown);
    }
}
