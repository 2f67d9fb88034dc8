//! The computer that the tests run on: a program that runs, a socket, and a real browser's stores.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Instant,
};

use collect::{Content, Lists};
use machine::{Machine, Os};

use crate::common::{all, bytes, found, notable, of};

const NAME: &str = "CLEARNAME";
const VALUE: &str = "CLEARVALUE";

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_running_program_of_the_name_of_a_remote_tool_and_a_listening_socket_are_found_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("anydesk");
    fs::copy("/bin/sleep", &program).unwrap();
    let running = Running(Command::new(&program).arg("600").spawn().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let began = Instant::now();
    let all = all(&Machine::this(), &Lists::shipped());
    assert!(
        began.elapsed() < collect::WITHIN * 2,
        "{:?}",
        began.elapsed()
    );
    let pid = running.0.id();
    let remote = notable(of(&all, "remote-control"));
    let what = format!("AnyDesk is running as process {pid}");
    assert!(remote.contains(&what.as_str()), "{remote:?}");
    let processes = found(of(&all, "processes"));
    let rows = processes["processes"].as_array().unwrap();
    let row = rows.iter().find(|row| row["pid"] == pid).unwrap();
    assert_eq!(row["path"], program.to_str().unwrap());
    assert!(row["command"].as_str().unwrap().ends_with(" 600"), "{row}");
    assert_eq!(row["parent"], std::process::id());
    let sleep = rows_digest("/bin/sleep");
    assert_eq!(row["sha256"], sleep.as_str());
    let sockets = found(of(&all, "sockets"));
    let rows = sockets["sockets"].as_array().unwrap();
    let row = rows.iter().find(|row| row["local_port"] == port).unwrap();
    assert_eq!(row["state"], "listen");
    assert_eq!(row["pid"], std::process::id());
}

fn rows_digest(path: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(fs::read(path).unwrap()))
}

#[test]
fn cookies_a_download_and_an_extension_of_a_real_browser_are_found_without_a_secret() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("home/ada/.config/chromium");
    let downloads = root.path().join("home/ada/Downloads");
    fs::create_dir_all(data.join("Default")).unwrap();
    fs::create_dir_all(&downloads).unwrap();
    let preferences = format!(
        r#"{{"download": {{"default_directory": "{}", "prompt_for_download": false}}}}"#,
        downloads.display()
    );
    fs::write(data.join("Default/Preferences"), preferences).unwrap();
    let extension = root.path().join("home/ada/helper");
    fs::create_dir_all(&extension).unwrap();
    let manifest = r#"{"manifest_version": 3, "name": "Helper", "version": "1.2",
        "host_permissions": ["https://*.broker.example/*"]}"#;
    fs::write(extension.join("manifest.json"), manifest).unwrap();
    browse(&data, &extension);
    let own = root.path().join("lists.toml");
    fs::write(&own, "site = [\"broker.example\"]\n").unwrap();
    let lists = Lists::with(&own).unwrap();
    let all = all(&Machine::at(root.path(), Os::Linux), &lists);

    let cookies = found(of(&all, "cookies"));
    let [cookie] = &cookies["cookies"].as_array().unwrap()[..] else {
        panic!("{cookies}");
    };
    assert_eq!(cookie["host"], "www.broker.example");
    assert_eq!(cookie["http_only"], true);
    assert!(cookie["created"].is_string() && cookie["last_used"].is_string());
    let name = {
        use sha2::{Digest, Sha256};
        hex::encode(Sha256::digest(NAME))
    };
    assert_eq!(cookie["name_sha256"], name.as_str());

    let told = notable(of(&all, "downloads"));
    let what =
        "tool.exe, a program, was downloaded from http://www.broker.example/tool.exe?(withheld)";
    assert!(told.contains(&what), "{told:?}");
    let told = notable(of(&all, "browser-extensions"));
    let [told] = told[..] else {
        panic!("{told:?}");
    };
    assert!(
        told.ends_with("and may read and change broker.example"),
        "{told}"
    );

    for collected in &all {
        for taken in &collected.taken {
            assert!(matches!(taken.content, Content::Bytes(_)));
            let text = String::from_utf8_lossy(bytes(collected));
            for never in [NAME, VALUE, "sessionkey"] {
                assert!(!text.contains(never), "{}: {never}", collected.collector);
            }
        }
    }
}

/// Lets a real browser take a cookie and a download of a site on loopback.
fn browse(data: &Path, extension: &Path) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (served, was_served) = mpsc::channel();
    thread::spawn(move || {
        let was_served = std::sync::Arc::new(std::sync::Mutex::new(was_served));
        for stream in listener.incoming().flatten() {
            let served = served.clone();
            let was_served = was_served.clone();
            thread::spawn(move || serve(stream, &served, &was_served));
        }
    });
    let mut chromium = Command::new("chromium");
    let done = chromium
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args(["--password-store=basic", "--dump-dom"])
        .arg(format!("--user-data-dir={}", data.display()))
        .arg(format!("--load-extension={}", extension.display()))
        .arg(format!(
            "--host-resolver-rules=MAP www.broker.example {address}"
        ))
        .arg("http://www.broker.example/page")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .expect("this test needs chromium: install it");
    let page = String::from_utf8_lossy(&done.stdout);
    assert!(
        page.contains("/wait"),
        "chromium did not show the page: {page}"
    );
}

/// The page ends loading only when the download was given out.
fn serve(
    mut stream: TcpStream,
    served: &mpsc::Sender<()>,
    was_served: &std::sync::Mutex<mpsc::Receiver<()>>,
) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(request)) = lines.next() else {
        return;
    };
    for line in lines.by_ref() {
        if line.is_ok_and(|line| line.is_empty()) {
            break;
        }
    }
    let page = "<iframe src=\"/tool.exe?sessionkey=1\"></iframe><img src=\"/wait\">";
    let (head, body) = if request.starts_with("GET /page") {
        let cookie = format!("Set-Cookie: {NAME}={VALUE}; Max-Age=86400; HttpOnly\r\n");
        (format!("Content-Type: text/html\r\n{cookie}"), page)
    } else if request.starts_with("GET /tool.exe") {
        let head = "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; \
                    filename=tool.exe\r\n";
        (head.to_owned(), "MZ")
    } else {
        (String::new(), "")
    };
    if request.starts_with("GET /wait") {
        was_served.lock().unwrap().recv().unwrap();
    }
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    drop(stream.write_all(answer.as_bytes()));
    if request.starts_with("GET /tool.exe") {
        served.send(()).unwrap();
    }
}
