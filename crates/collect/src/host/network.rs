//! How this computer gets to the network: proxies, the hosts file, name servers.

use machine::{
    Os, broker_site,
    browsers::{Family, Profile},
    join,
};
use serde::Serialize;
use serde_json::json;

use crate::lists::Kind;

use super::look::{Found, Look, Times};

const WHY_HOSTS: &str = "The broker's name leads to that address and not to the broker.";
const WHY_PROXY: &str = "All pages go through there.";

#[derive(Serialize)]
struct Host {
    path: String,
    address: String,
    names: Vec<String>,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    let mut hosts = Vec::new();
    let mut servers = Vec::new();
    let mut proxies = of_environment(look);
    for (path, artifact) in look.files(found, "network") {
        if look.machine.about(&path).is_ok_and(|about| about.is_dir()) {
            continue;
        }
        let Some(text) = look.read(found, &path) else {
            continue;
        };
        if artifact.kind == Kind::Hosts {
            hosts.extend(of_hosts(&path, &text));
        } else if artifact.kind == Kind::Dns {
            servers.extend(of_lines(&path, &text, &DNS));
        } else {
            proxies.extend(of_lines(&path, &text, &["proxy"]));
        }
    }
    for host in &hosts {
        sight(look, host, found);
    }
    found.put("hosts", &hosts);
    found.put("name_servers", &servers);
    for profile in look.profiles(found) {
        proxies.extend(of_profile(look, found, &profile));
    }
    proxies.extend(of_tools(look, found));
    for proxy in &proxies {
        if let Some(value) = proxy["line"].as_str().filter(|line| is_set(line)) {
            let place = proxy["from"].as_str().unwrap_or_default();
            found.sighting(
                false,
                format!("A proxy is set: {value}"),
                WHY_PROXY,
                None,
                place,
            );
        }
    }
    found.put("proxies", &proxies);
    ask(look, found);
}

/// What tells of name servers.
const DNS: [&str; 6] = [
    "nameserver",
    "search",
    "options",
    "dns=",
    "domains=",
    "fallbackdns=",
];

fn of_environment(look: &Look) -> Vec<serde_json::Value> {
    let names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];
    let upper = names.map(str::to_uppercase);
    let all = names
        .iter()
        .copied()
        .chain(upper.iter().map(String::as_str));
    all.filter_map(|name| {
        let value = look.machine.variable(name)?;
        Some(json!({"from": "the environment", "line": format!("{name}={value}")}))
    })
    .collect()
}

fn of_lines(path: &str, text: &str, starts: &[&str]) -> Vec<serde_json::Value> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.starts_with(['#', ';']))
        .filter(|line| {
            let small = line.to_lowercase();
            starts.iter().any(|start| match *start {
                "proxy" => small.contains("proxy"),
                start => small.starts_with(start),
            })
        })
        .map(|line| json!({"from": path, "line": line}))
        .collect()
}

fn of_hosts(path: &str, text: &str) -> Vec<Host> {
    let line = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        let mut fields = line.split_whitespace().map(str::to_owned);
        let address = fields.next()?;
        let names: Vec<String> = fields.collect();
        (!names.is_empty()).then(|| Host {
            path: path.to_owned(),
            address,
            names,
        })
    };
    text.lines().filter_map(line).collect()
}

fn sight(look: &Look, host: &Host, found: &mut Found) {
    for name in &host.names {
        if broker_site(&look.lists.sites, name).is_some() {
            let what = format!("{name} leads to {}", host.address);
            let changed = Times::of(&look.machine, &host.path).latest();
            found.see(what, WHY_HOSTS, changed, &host.path);
        }
    }
}

/// Firefox may have a proxy of its own.
fn of_profile(look: &Look, found: &mut Found, profile: &Profile) -> Vec<serde_json::Value> {
    if profile.family != Family::Firefox {
        return Vec::new();
    }
    let path = join(&profile.folder, "prefs.js");
    let text = look.read(found, &path).unwrap_or_default();
    let lines = text.lines().filter(|line| {
        line.starts_with("user_pref(\"network.proxy.")
            || line.starts_with("user_pref(\"network.trr.")
            || line.starts_with("user_pref(\"security.enterprise_roots.")
    });
    lines
        .map(|line| json!({"from": path, "line": line}))
        .collect()
}

fn of_tools(look: &Look, found: &mut Found) -> Vec<serde_json::Value> {
    let commands: &[&[&str]] = match look.machine.os() {
        Os::Linux => &[
            &["gsettings", "list-recursively", "org.gnome.system.proxy"],
            &[
                "gsettings",
                "list-recursively",
                "org.gnome.system.proxy.http",
            ],
            &[
                "gsettings",
                "list-recursively",
                "org.gnome.system.proxy.https",
            ],
        ],
        Os::MacOs => &[&["scutil", "--proxy"]],
        Os::Windows => &[&[
            "reg",
            "query",
            r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings",
        ]],
    };
    let mut all = Vec::new();
    for command in commands {
        let said = look.ask(found, command).unwrap_or_default();
        let lines = said.lines().map(str::trim).filter(|line| {
            let small = line.to_lowercase();
            ["proxy", "enable", "autoconfig", "host", "port"]
                .iter()
                .any(|part| small.contains(part))
        });
        // a password of a proxy stands there, too
        let lines = lines.filter(|line| !line.to_lowercase().contains("password"));
        all.extend(lines.map(|line| json!({"from": command.join(" "), "line": line})));
    }
    all
}

/// Whether a line says that there is a proxy, and not that there is none.
fn is_set(line: &str) -> bool {
    let small = line.to_lowercase();
    let none = [
        "no_proxy",
        "''",
        "'none'",
        "port 0",
        "0x0",
        "[]",
        "proxy.type\", 0",
        "proxy.type\", 5",
    ];
    let names = [
        "_proxy=",
        "proxyserver",
        "autoconfigurl",
        "proxy.http\"",
        "proxy.ssl\"",
        "proxy.type\"",
        "proxy mode",
        "httpproxy",
    ];
    names.iter().any(|name| small.contains(name)) && !none.iter().any(|none| small.contains(none))
}

fn ask(look: &Look, found: &mut Found) {
    let commands: &[(&str, &[&str])] = match look.machine.os() {
        Os::Linux => &[
            ("resolvectl", &["resolvectl", "--no-pager", "dns"]),
            (
                "nmcli",
                &[
                    "nmcli",
                    "-t",
                    "-f",
                    "NAME,TYPE,DEVICE,STATE",
                    "connection",
                    "show",
                    "--active",
                ],
            ),
        ],
        Os::MacOs => &[("scutil_dns", &["scutil", "--dns"])],
        Os::Windows => &[
            ("winhttp", &["netsh", "winhttp", "show", "proxy"]),
            ("dns", &["netsh", "interface", "ip", "show", "dnsservers"]),
        ],
    };
    for (name, command) in commands {
        if let Some(said) = look.ask(found, command) {
            let lines: Vec<&str> = said
                .lines()
                .filter(|line| !line.trim().is_empty())
                .collect();
            found.put(name, &lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_file_gives_names_without_comments() {
        let text = "127.0.0.1 localhost # x\n# 6.6.6.6 ibkr.com\n6.6.6.6\tibkr.com www.ibkr.com\n7.7.7.7\n";
        let hosts = of_hosts("/etc/hosts", text);
        assert_eq!(hosts.len(), 2);
        assert_eq!(hosts[1].names, ["ibkr.com", "www.ibkr.com"]);
    }

    #[test]
    fn a_proxy_that_is_none_is_not_told() {
        for set in [
            "https_proxy=http://p:3128",
            "user_pref(\"network.proxy.type\", 1);",
            "ProxyServer    REG_SZ    p:80",
            "org.gnome.system.proxy mode 'manual'",
        ] {
            assert!(is_set(set), "{set}");
        }
        for none in [
            "no_proxy=localhost",
            "org.gnome.system.proxy mode 'none'",
            "user_pref(\"network.proxy.type\", 5);",
            "ProxyEnable    REG_DWORD    0x0",
        ] {
            assert!(!is_set(none), "{none}");
        }
    }
}
