//! Programs with which somebody elsewhere sees or moves this screen: there, running, connected.

use machine::{connections, remote::PORTS};
use serde_json::json;

use super::{
    look::{Found, Look, Times},
    programs,
};

const WHY: &str = "A caller who poses as support asks for just this, and then trades with your own \
                   session.";

pub(super) fn look(look: &Look, found: &mut Found) {
    let machine = &look.machine;
    match look.running_or_why() {
        Ok(_) => found.looked_at("what runs"),
        Err(why) => found.not_read("what runs", why),
    }
    let running = look.running();
    let sockets = connections::connections(machine, running).unwrap_or_default();
    let mut rows = Vec::new();
    for tool in &look.lists.tools {
        let of_tool: Vec<_> = running.iter().filter(|process| tool.is(process)).collect();
        let at = tool.installed(machine);
        if of_tool.is_empty() && at.is_none() {
            continue;
        }
        let pids: Vec<u32> = of_tool.iter().map(|process| process.pid).collect();
        let connected: Vec<_> = sockets
            .iter()
            .filter(|socket| socket.pid.is_some_and(|pid| pids.contains(&pid)))
            .collect();
        let elsewhere = connected.iter().filter(|socket| socket.is_to_elsewhere());
        let peers: Vec<String> = elsewhere
            .filter_map(|socket| socket.peer.map(|peer| peer.to_string()))
            .collect();
        let listens = connected
            .iter()
            .any(|socket| socket.state == "listen" && PORTS.contains(&socket.local_port));
        let times = at.as_ref().map(|at| Times::of(machine, at));
        let name = &tool.name;
        if let Some(process) = of_tool.first() {
            let started = programs::started(machine, process.pid);
            let pid = process.pid;
            let what = match peers.first() {
                Some(peer) => format!("{name} is running as process {pid}, connected to {peer}"),
                None => format!("{name} is running as process {pid}"),
            };
            found.see(what, WHY, started, format!("process {pid}"));
        } else if let Some(at) = &at {
            let since = times.and_then(|times| times.latest());
            let is_new = since.is_some_and(|since| look.is_news(since));
            let what = format!("{name} is installed, and does not run now");
            found.sighting(is_new, what, WHY, since, at);
        }
        rows.push(json!({
            "name": name,
            "processes": pids,
            "installed_at": at,
            "times": times,
            "connected_to": peers,
            "lets_the_screen_be_seen": listens,
        }));
    }
    for socket in sockets.iter().filter(|s| s.is_to_elsewhere()) {
        if let Some(peer) = socket.peer.filter(|_| PORTS.contains(&socket.local_port)) {
            let port = socket.local_port;
            let what = format!("{peer} is connected to this screen at port {port}");
            found.see(what, WHY, None, format!("port {port}"));
        }
    }
    found.put("looked_for", &look.lists.tools.len());
    found.put("tools", &rows);
}
