//! The Client Portal gateway's `conf.yaml`: whom it lets in, and where it sends the login.

use machine::{Machine, Yaml};

use crate::{
    kind::Kind,
    model::{Area, Finding, Severity},
};

use super::ibc::is_this_computer;

const SETTINGS: Kind = Kind {
    id: "web-gateway-settings",
    area: Area::Platform,
    severity: Severity::Medium,
    why: "While its session is open, whoever reaches the gateway trades.",
    mend: "Open conf.yaml in the gateway's root folder.",
};
const ORIGIN: Kind = Kind {
    id: "web-gateway-any-origin",
    area: Area::Platform,
    severity: Severity::High,
    why: "Any page that is open in the browser may talk to the gateway and read its answers.",
    mend: "In conf.yaml set cors, origin.allowed to https://localhost:5000.",
};
const CREDENTIALS: Kind = Kind {
    id: "web-gateway-cross-site-credentials",
    area: Area::Platform,
    severity: Severity::Critical,
    why: "A page of another site may act with the session's cookie.",
    mend: "In conf.yaml set cors, allowCredentials to false.",
};
const ALLOWS: Kind = Kind {
    id: "web-gateway-allows-others",
    area: Area::Platform,
    severity: Severity::High,
    why: "Every computer of that range may trade while the gateway is logged in.",
    mend: "In conf.yaml, below ips, allow, keep 127.0.0.1 only.",
};
const NO_TLS: Kind = Kind {
    id: "web-gateway-not-encrypted",
    area: Area::Platform,
    severity: Severity::High,
    why: "Login and session go over the wire in plain text.",
    mend: "In conf.yaml set listenSsl to true.",
};
const SHIPPED_KEY: Kind = Kind {
    id: "web-gateway-shipped-key",
    area: Area::Platform,
    severity: Severity::Low,
    why: "Everybody has the key and password that the gateway ships with, and can pose as it.",
    mend: "Make a key store of your own (keytool -genkeypair), and name it in conf.yaml with sslCert \
           and sslPwd.",
};
const HOST: Kind = Kind {
    id: "web-gateway-other-host",
    area: Area::Platform,
    severity: Severity::Critical,
    why: "The login is typed into a page of that host.",
    mend: "In conf.yaml set proxyRemoteHost to https://api.ibkr.com, and change the password.",
};
/// Where the gateway listens when its settings do not say.
const PORT: u16 = 5000;
/// Hosts of the broker, and all below them.
const BROKER_HOSTS: [&str; 8] = [
    "ibkr.com",
    "clientam.com",
    "interactivebrokers.com",
    "interactivebrokers.ie",
    "interactivebrokers.co.uk",
    "interactivebrokers.co.jp",
    "interactivebrokers.com.hk",
    "interactivebrokers.com.au",
];

/// What the settings at `path` say.
pub(super) fn audit(machine: &Machine, path: &str) -> Vec<Finding> {
    let text = match machine.read(path) {
        Ok(text) => text,
        Err(why) => {
            let what = format!("{path} {}", why.words());
            return vec![SETTINGS.unknown(path, what, "tried to read it")];
        }
    };
    let yaml = Yaml::parse(&text);
    if yaml.get("listenPort").is_none() && yaml.get("proxyRemoteHost").is_none() {
        let what = "It does not read as settings of the gateway";
        return vec![SETTINGS.unknown(path, what, "read it")];
    }
    let mut findings = settings(path, &yaml);
    if findings.is_empty() {
        let what = "It lets in this computer alone, encrypted";
        findings.push(SETTINGS.good(path, what, "ips, cors, listenSsl, proxyRemoteHost"));
    }
    findings
}

/// Where the gateway of these settings listens.
pub(super) fn port(machine: &Machine, path: &str) -> u16 {
    let text = machine.read(path).unwrap_or_default();
    let port = Yaml::parse(&text)
        .get("listenPort")
        .and_then(|p| p.parse().ok());
    port.unwrap_or(PORT)
}

fn settings(path: &str, yaml: &Yaml) -> Vec<Finding> {
    let mut findings = Vec::new();
    let any_origin = yaml.get("cors/origin.allowed") == Some("*");
    if any_origin {
        let what = "Pages of every site may use it";
        findings.push(ORIGIN.mend(path, what, "cors, origin.allowed is *"));
    }
    if yaml.get("cors/allowCredentials") == Some("true") {
        let what = "Pages of other sites may use it with your session";
        findings.push(CREDENTIALS.mend(path, what, "cors, allowCredentials is true"));
    }
    for range in yaml.all("ips/allow") {
        let loopback = is_this_computer(range) || range.starts_with("127.");
        if !loopback {
            let what = format!("{range} is let in");
            findings.push(ALLOWS.mend(format!("{path}: {range}"), what, "ips, allow"));
        }
    }
    if yaml.get("listenSsl") == Some("false") {
        findings.push(NO_TLS.mend(path, "It listens unencrypted", "listenSsl is false"));
    } else if yaml.get("sslPwd") == Some("mywebapi") {
        let what = "It uses the key that it was shipped with";
        findings.push(SHIPPED_KEY.mend(path, what, "sslPwd is the shipped one"));
    }
    if let Some(host) = yaml.get("proxyRemoteHost")
        && !is_broker(host)
    {
        let what = format!("It talks to {host}, which is not the broker's");
        findings.push(HOST.mend(path, what, "proxyRemoteHost"));
    }
    findings
}

fn is_broker(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let below = |of: &&str| {
        host.strip_suffix(of)
            .is_some_and(|front| front.is_empty() || front.ends_with('.'))
    };
    !host.contains('@') && BROKER_HOSTS.iter().any(below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::Os;

    use crate::model::Verdict;

    const SHIPPED: &str = include_str!("../../data/test-conf.yaml");

    fn mends(conf: &str) -> Vec<(String, String)> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("conf.yaml"), conf).unwrap();
        audit(&Machine::at(root.path(), Os::Linux), "/conf.yaml")
            .into_iter()
            .filter(|finding| finding.verdict == Verdict::Mend)
            .map(|finding| (finding.id, finding.subject))
            .collect()
    }

    #[test]
    fn what_the_gateway_ships_with_lets_in_whole_networks_and_every_site() {
        let found = mends(SHIPPED);
        let ids: Vec<_> = found.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "web-gateway-any-origin",
                "web-gateway-allows-others",
                "web-gateway-allows-others",
                "web-gateway-allows-others",
                "web-gateway-shipped-key",
            ]
        );
        assert_eq!(found[1].1, "/conf.yaml: 10.*");
    }

    #[test]
    fn only_hosts_of_the_broker_are_the_brokers() {
        assert!(is_broker("https://api.ibkr.com"));
        assert!(is_broker("https://ndcdyn.interactivebrokers.com:443/x"));
        for other in [
            "http://api.ibkr.com",
            "https://api.ibkr.com.example.net",
            "https://notibkr.com",
            "https://api.ibkr.com@example.net",
            "",
        ] {
            assert!(!is_broker(other), "{other}");
        }
    }

    #[test]
    fn what_does_not_read_as_its_settings_is_unknown() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("conf.yaml"), "\u{0}\u{1}").unwrap();
        let findings = audit(&Machine::at(root.path(), Os::Linux), "/conf.yaml");
        assert_eq!(findings[0].verdict, Verdict::Unknown);
    }
}
