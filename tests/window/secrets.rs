//! What must never leave: planted, then looked for everywhere.

use std::{fs, path::Path};

use serde_json::json;
use simulator::{
    client_portal::{self, Gateway},
    tws,
    world::{Seeding, Username, World},
};
use tests::desk::{Desk, page::Page};
use tokio::net::TcpListener;

use crate::{
    board::press,
    person::{arm, go},
};

/// A simulated venue in this process, so that its session's secret is known.
struct Venue {
    gateway: Gateway,
    tws: String,
    web: String,
}

impl Venue {
    async fn open() -> Self {
        let world = World::new(7, jiff::Timestamp::now());
        let account = world.seed_account("main", &Seeding::default()).unwrap();
        let (tws, web) = (listen().await, listen().await);
        let address = tws.local_addr().unwrap();
        world
            .change_tws_settings(&account, |settings| settings.socket_port = address.port())
            .unwrap();
        let user = Username("main-web".to_owned());
        let gateway = client_portal::serve(world.clone(), account.clone(), user, web).unwrap();
        let served = world.clone();
        tokio::spawn(async move { tws::serve(served, account, tws).await });
        tokio::spawn(async move { world.drive().await });
        Self {
            tws: format!("tws={address},username=main-tws"),
            web: format!(
                "client-portal=https://{},username=main-web,pin={}",
                gateway.address(),
                gateway.pin()
            ),
            gateway,
        }
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Wraps every way from the page to the program, and keeps what goes either way.
const LISTEN: &str = "
    window.heard = [];
    const note = (what) => { try { window.heard.push(typeof what === 'string' ? what : JSON.stringify(what)); } catch { window.heard.push(String(what)); } };
    const fetched = window.fetch;
    window.fetch = async (...sent) => {
      note(String(sent[0])); note(String(sent[1]?.body ?? ''));
      const answer = await fetched(...sent);
      answer.clone().text().then(note, () => {});
      return answer;
    };
    return window.fetch !== fetched;
";

#[test]
fn the_session_of_the_venue_and_the_signing_key_are_found_nowhere() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let venue = runtime.block_on(Venue::open());
    let mut desk = Desk::set_up();
    let added = desk.run(
        &[
            &["account", "add", "--venue", "ibkr", "--name", "main"][..],
            &["--door", &venue.tws, "--door", &venue.web],
        ]
        .concat(),
    );
    assert_eq!(added.code(), Some(0), "{}", added.all());
    desk.open();
    let page = desk.page();
    arm(page);
    let session = venue.gateway.secret().unwrap();
    assert_eq!(page.ask(LISTEN, &[]), json!(true));
    press(page);
    page.until_view("the evidence is recorded", |view| {
        view["run"]["captures"].as_u64().unwrap_or(0) >= 8
    });
    go(page, "Evidence");
    page.says("In the bundle");
    let bundle = desk.folder().join("case.zip");
    page.fill(
        &tests::desk::page::role("textbox", "File to write"),
        bundle.to_str().unwrap(),
    );
    page.click(&tests::desk::page::main_button("Export bundle"));
    page.says("Verified by re-reading.");
    let mut dom = String::new();
    for screen in ["Accounts", "Settings", "Runbooks", "Board"] {
        go(page, screen);
        dom.push_str(&everything_in(page));
    }
    let heard = page.ask("return window.heard.join('\\n')", &[]);
    let heard = heard.as_str().unwrap();
    assert!(heard.contains("contain-everything"), "no traffic was heard");

    let canaries = canaries(&desk, &[session]);
    assert!(canaries.len() >= 2, "the session and the signing key");
    // what is no secret is found by the same search
    let mut known = Vec::new();
    look_in(desk.home().path(), "contain-everything", &mut known);
    assert!(!known.is_empty() && dom.contains("main"));

    let mut found = Vec::new();
    for canary in &canaries {
        if dom.contains(canary.as_str()) {
            found.push(format!("{canary} in the page"));
        }
        if heard.contains(canary.as_str()) {
            found.push(format!("{canary} between page and program"));
        }
        for folder in [
            desk.home().path(),
            &desk.folder().join("person"),
            &desk.folder().join("log"),
        ] {
            look_in(folder, canary, &mut found);
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

fn everything_in(page: &Page) -> String {
    let text = page.ask("return document.documentElement.outerHTML", &[]);
    text.as_str().unwrap().to_owned()
}

/// What is secret here: what the keychain holds, and what the venue gave for a session.
fn canaries(desk: &Desk, of_the_venue: &[String]) -> Vec<String> {
    let mut search = desk.command("secret-tool");
    search.args(["search", "--all", "--unlock", "service", "firebreak"]);
    let output = search.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let of_the_keychain = text
        .lines()
        .filter_map(|line| line.strip_prefix("secret = "))
        .map(str::to_owned);
    of_the_keychain
        .chain(of_the_venue.iter().cloned())
        .filter(|one| one.len() >= 8)
        .collect()
}

fn look_in(folder: &Path, canary: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            // the keychain's own files are sealed by the keychain
            if !path.ends_with("keyrings") {
                look_in(&path, canary, found);
            }
        } else if kind.is_file()
            && let Ok(bytes) = fs::read(&path)
            && bytes
                .windows(canary.len())
                .any(|part| part == canary.as_bytes())
        {
            found.push(format!("{canary} in {}", path.display()));
        }
    }
}
