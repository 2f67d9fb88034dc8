//! Sockets, and which program has each.

use machine::{
    connections::{self, Connection},
    remote::PORTS,
};
use serde::Serialize;

use super::look::{Found, Look};

#[derive(Serialize)]
struct Row {
    program: Option<String>,
    #[serde(flatten)]
    connection: Connection,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    let running = look.running();
    let read = connections::connections(&look.machine, running);
    let Some(all) = found.take("the system's table of sockets", read) else {
        return;
    };
    // a connection that is over has no program any more
    let over = |socket: &&Connection| ["time-wait", "time_wait"].contains(&&*socket.state);
    let hidden = all
        .iter()
        .filter(|socket| socket.pid.is_none() && !over(socket))
        .count();
    if hidden > 0 {
        found.cut(format!(
            "of {hidden} sockets it may not be seen which program has them"
        ));
    }
    let row = |connection: Connection| Row {
        program: connection.pid.and_then(|pid| {
            let process = running.iter().find(|process| process.pid == pid)?;
            Some(process.name.clone())
        }),
        connection,
    };
    let rows: Vec<Row> = all.into_iter().map(row).collect();
    for row in &rows {
        let socket = &row.connection;
        let open = !socket.local.to_canonical().is_loopback();
        if socket.state == "listen" && open && PORTS.contains(&socket.local_port) {
            let who = row
                .program
                .as_deref()
                .unwrap_or("A program that may not be seen");
            let port = socket.local_port;
            let what = format!("{who} lets this screen be seen at port {port}");
            let why = "Everybody on the same network may try to log in to this screen.";
            found.see(what, why, None, format!("port {port}"));
        }
    }
    found.put("sockets", &rows);
}
