//! Where trading programs listen, and who passes their ports on.

use machine::{Unreadable, processes::Process, sockets::Listening, trading::is_trading_program};

use crate::{
    kind::{Kind, THIS_COMPUTER},
    model::{Area, Finding, Severity},
};

/// The ports of TWS and IB Gateway, live and paper, as they come.
pub(super) const API_PORTS: [u16; 4] = [7496, 7497, 4001, 4002];
/// Where IBC takes commands by convention.
const IBC_PORT: u16 = 7462;

const API_PORT: Kind = Kind {
    id: "api-port-open-to-network",
    area: Area::Platform,
    severity: Severity::Critical,
    why: "A computer that is trusted, or a person who clicks the prompt away, lets a stranger trade.",
    mend: "In TWS: Global Configuration, API, Settings: tick Allow connections from localhost only. \
           Close the port in the firewall.",
};
const WEB_GATEWAY: Kind = Kind {
    id: "web-gateway-open-to-network",
    area: Area::Platform,
    severity: Severity::Critical,
    why: "While its session is open, whoever reaches the gateway trades: it asks for no key.",
    mend: "Close the port in the firewall, and in conf.yaml, below ips, allow 127.0.0.1 only.",
};
const IBC: Kind = Kind {
    id: "ibc-command-port-open-to-network",
    area: Area::Platform,
    severity: Severity::High,
    why: "The command port asks for no password.",
    mend: "In config.ini set BindAddress=127.0.0.1, and restart IBC.",
};
const RELAYED: Kind = Kind {
    id: "api-port-passed-on",
    area: Area::Platform,
    severity: Severity::High,
    why: "What comes over a relay looks to TWS like this computer, which it trusts.",
    mend: "Stop the relay, or let it listen at 127.0.0.1 and come in over SSH or a VPN.",
};
/// Programs that pass a port on.
const RELAYS: [&str; 10] = [
    "socat",
    "ssh",
    "autossh",
    "ngrok",
    "cloudflared",
    "frpc",
    "chisel",
    "rinetd",
    "haproxy",
    "docker-proxy",
];

/// Which port is whose, as the settings say.
#[derive(Clone, Debug, Default)]
pub(super) struct Ports {
    pub(super) web_gateway: Vec<u16>,
    pub(super) ibc: Vec<u16>,
}

pub(super) fn audit(
    listening: &Result<Vec<Listening>, Unreadable>,
    running: &[Process],
    ports: &Ports,
) -> Vec<Finding> {
    let listening = match listening {
        Ok(listening) => listening,
        Err(why) => {
            let what = format!("The list of what listens {}", why.words());
            return vec![API_PORT.unknown(THIS_COMPUTER, what, "tried to list what listens")];
        }
    };
    let mut findings: Vec<Finding> = listening
        .iter()
        .filter(|socket| !socket.is_local())
        .filter_map(|socket| open(socket, running, ports))
        .collect();
    findings.extend(
        running
            .iter()
            .filter_map(|process| passed_on(process, listening)),
    );
    if findings.is_empty() {
        let what = "No trading program listens beyond this computer";
        findings.push(API_PORT.good(THIS_COMPUTER, what, "listed what listens"));
    }
    findings
}

fn open(socket: &Listening, running: &[Process], ports: &Ports) -> Option<Finding> {
    let port = socket.port;
    let (kind, program) = if API_PORTS.contains(&port) {
        (&API_PORT, "The API port")
    } else if ports.web_gateway.contains(&port) {
        (&WEB_GATEWAY, "The Client Portal gateway")
    } else if ports.ibc.contains(&port) || port == IBC_PORT {
        (&IBC, "IBC's command port")
    } else {
        return None;
    };
    let owner = socket.process(running);
    // the numbers are not theirs alone: a program that is known to be another is passed over
    if owner.is_some_and(|owner| !is_theirs(owner)) {
        return None;
    }
    let who = owner.map_or("a program that this user may not see", |o| o.name.as_str());
    let what = format!("{program} listens at {}", socket.words());
    Some(kind.mend(format!("port {port}"), what, format!("{who} listens there")))
}

fn is_theirs(process: &Process) -> bool {
    is_trading_program(process)
        || is_relay(process)
        || ["java", "javaw"].contains(&process.name.as_str())
}

fn is_relay(process: &Process) -> bool {
    RELAYS.contains(&process.name.as_str())
}

/// A relay that names an API port and is not kept to this computer.
fn passed_on(process: &Process, listening: &[Listening]) -> Option<Finding> {
    if !is_relay(process) {
        return None;
    }
    let names = |port: &&u16| {
        let port = port.to_string();
        let numbers = |a: &String| a.split(|c: char| !c.is_ascii_digit()).any(|n| n == port);
        process.arguments.iter().any(numbers)
    };
    let port = API_PORTS.iter().find(names)?;
    let mut own = listening
        .iter()
        .filter(|socket| socket.pid == Some(process.pid));
    let far = match process.name.as_str() {
        // the far end of these listens elsewhere
        "ngrok" | "cloudflared" | "frpc" | "chisel" => true,
        "ssh" | "autossh" => {
            process.arguments.iter().any(|a| a.starts_with("-R")) || own.any(|s| !s.is_local())
        }
        _ => own.any(|socket| !socket.is_local()),
    };
    far.then(|| {
        let name = &process.name;
        let what = format!("{name} passes port {port} on to others");
        RELAYED.mend(
            format!("{name}: {port}"),
            what,
            "arguments of the running program",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    fn process(pid: u32, name: &str, arguments: &[&str]) -> Process {
        Process {
            pid,
            name: name.to_owned(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            uid: None,
        }
    }

    fn socket(address: &str, port: u16, pid: Option<u32>) -> Listening {
        let address = address.parse().unwrap();
        Listening { address, port, pid }
    }

    fn found(listening: Vec<Listening>, running: &[Process]) -> Vec<(String, String)> {
        let ports = Ports {
            web_gateway: vec![5000],
            ibc: vec![],
        };
        audit(&Ok(listening), running, &ports)
            .into_iter()
            .filter(|finding| finding.verdict == Verdict::Mend)
            .map(|finding| (finding.id, finding.subject))
            .collect()
    }

    #[test]
    fn a_port_of_theirs_counts_unless_another_program_is_known_to_hold_it() {
        let running = [process(1, "java", &[]), process(2, "ControlCenter", &[])];
        let all = found(
            vec![
                socket("0.0.0.0", 7496, Some(1)),
                socket("::", 4001, None),
                socket("0.0.0.0", 5000, Some(2)),
                socket("127.0.0.1", 7497, Some(1)),
                socket("10.0.0.7", 22, None),
            ],
            &running,
        );
        let subjects: Vec<_> = all.iter().map(|(_, subject)| subject.as_str()).collect();
        assert_eq!(subjects, ["port 7496", "port 4001"]);
    }

    #[test]
    fn a_relay_counts_where_others_reach_it() {
        let far = [
            process(
                1,
                "socat",
                &["socat", "TCP-LISTEN:4004,fork", "TCP:127.0.0.1:4002"],
            ),
            process(2, "ssh", &["ssh", "-R", "9000:localhost:7496", "host"]),
        ];
        let all = found(vec![socket("0.0.0.0", 4004, Some(1))], &far);
        let subjects: Vec<_> = all.iter().map(|(_, subject)| subject.as_str()).collect();
        assert_eq!(subjects, ["socat: 4002", "ssh: 7496"]);
        let near = [
            process(
                1,
                "socat",
                &[
                    "socat",
                    "TCP-LISTEN:4004,fork,bind=127.0.0.1",
                    "TCP:127.0.0.1:4002",
                ],
            ),
            process(2, "ssh", &["ssh", "-L", "7496:localhost:7496", "host"]),
            process(3, "ssh", &["ssh", "host"]),
        ];
        let local = vec![
            socket("127.0.0.1", 4004, Some(1)),
            socket("::1", 7496, Some(2)),
        ];
        assert_eq!(found(local, &near), []);
    }
}
