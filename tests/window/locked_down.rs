//! The window goes nowhere, opens nothing, and takes commands from its own page only.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
};

use serde_json::json;
use tests::desk::{Desk, page::Page};

/// A page of somebody else, on loopback. Gives its address.
fn foreign_page() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let body = "<!doctype html><title>Foreign</title><h1>Foreign</h1>";
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            // whatever is asked, there is one page
            let _ = stream.read(&mut [0; 4_096]);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

fn is_still_there(page: &Page) {
    page.until(
        "Firebreak's page is still there",
        "return document.querySelector('.app')",
        &[],
    );
    let at = page.ask("return location.href", &[]);
    assert!(
        at.as_str().unwrap().starts_with("tauri://localhost"),
        "{at}"
    );
    page.view();
}

#[test]
fn the_window_leaves_for_no_other_page_however_it_is_asked() {
    let mut desk = Desk::set_up();
    desk.open();
    let page = desk.page();
    let foreign = foreign_page();
    for url in [
        foreign.as_str(),
        "file:///etc/passwd",
        "data:text/html,<h1>x</h1>",
    ] {
        page.ask("location.href = arguments[0]; return null", &[json!(url)]);
        is_still_there(page);
        page.ask(
            "const link = document.createElement('a'); link.href = arguments[0]; \
             document.body.append(link); link.click(); link.remove(); return null",
            &[json!(url)],
        );
        is_still_there(page);
        let opened = page.ask("return window.open(arguments[0]) === null", &[json!(url)]);
        assert_eq!(opened, json!(true), "{url}");
    }
    // neither a frame nor a form nor a script of somebody else gets in
    let got_in = page.ask_later(
        "const url = arguments[0]; \
         const frame = document.createElement('iframe'); frame.src = url; \
         const script = document.createElement('script'); script.textContent = 'window.ran = 1'; \
         document.body.append(frame, script); \
         fetch(url).then(() => true, () => false).then((fetched) => { \
           let inside = null; \
           try { inside = frame.contentDocument?.body?.innerText ?? ''; } catch { inside = 'foreign'; } \
           frame.remove(); script.remove(); \
           done([fetched, inside, window.ran ?? 0]); })",
        &[json!(foreign)],
    );
    assert_eq!(got_in, json!([false, "", 0]));
}

#[test]
fn a_page_that_is_not_ours_cannot_call_one_command() {
    let mut desk = Desk::set_up();
    desk.open();
    let page = desk.page();
    let foreign = foreign_page();
    for url in [foreign.as_str(), "about:blank"] {
        page.leave_for(url);
        // either the window did not leave, or what it left for has no way to the program
        let at = page.ask("return location.href", &[]);
        if at.as_str().unwrap().starts_with("tauri://localhost") {
            continue;
        }
        for command in [
            "view", "press", "cover", "arm", "act", "account", "evidence", "settings", "open",
        ] {
            let answer = page.invoke(
                command,
                &json!({ "runbook": "contain-everything", "open": true }),
            );
            assert!(answer.is_err(), "{command} from {url}: {answer:?}");
        }
    }
    let view = desk.run(&["run", "list", "--json"]);
    assert_eq!(view.lines, Vec::<String>::new());
}

#[test]
fn the_page_itself_may_call_only_what_it_needs() {
    let mut desk = Desk::set_up();
    desk.open();
    let page = desk.page();
    for command in [
        "plugin:fs|read_file",
        "plugin:dialog|open",
        "plugin:window|close",
        "plugin:webview|create_webview",
        "plugin:event|emit",
        "plugin:global-shortcut|register",
        "plugin:autostart|enable",
        "plugin:shell|execute",
        "no-such-command",
    ] {
        let answer = page.invoke(command, &json!({ "path": "/etc/passwd" }));
        assert!(answer.is_err(), "{command}: {answer:?}");
    }
    assert_eq!(
        page.ask("return typeof window.__TAURI__", &[]),
        json!("undefined")
    );
    let link = page.invoke("open", &json!({ "link": "https://example.org/" }));
    assert!(link.is_err(), "{link:?}");
}
