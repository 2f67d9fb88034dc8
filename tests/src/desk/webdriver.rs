//! Speaks to the web view's driver: the dozen calls that the tests need, over plain sockets.
//!
//! Every call has a time limit. It must never wait for a driver that says nothing.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::soon;

/// What an element's reference is called, by the standard.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// A call that takes longer has failed. Scripts end themselves before.
const ANSWER_WITHIN: Duration = Duration::from_secs(40);
/// A window that does not open in this time never will.
const WINDOW_WITHIN: Duration = Duration::from_secs(25);

/// Why a call failed: the driver's word for it and its message.
#[derive(Debug)]
pub struct Refused {
    /// The standard's error code, or `transport`.
    pub error: String,
    /// In words.
    pub message: String,
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self {
            error: "transport".to_owned(),
            message: error.to_string(),
        }
    }
}

/// What a call gives.
pub type Answer<T> = Result<T, Refused>;

/// A driver process and its one window.
pub struct WebDriver {
    process: Child,
    address: SocketAddr,
    session: String,
}

impl WebDriver {
    /// Starts a driver by `command` (environment and outputs are set), and through it `binary`.
    pub fn open(mut command: Command, binary: &Path, arguments: &[&str]) -> Answer<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let process = command
            .arg(format!("--port={port}"))
            .arg("--host=127.0.0.1")
            .stdin(Stdio::null())
            .spawn()?;
        let mut driver = Self {
            process,
            address: (Ipv4Addr::LOCALHOST, port).into(),
            session: String::new(),
        };
        soon("the driver listens", || {
            TcpStream::connect(driver.address).ok()
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "timeouts": { "script": 30_000, "pageLoad": 4_000 },
            "webkitgtk:browserOptions": { "binary": binary, "args": arguments },
        } } });
        let opened = driver.call("POST", "/session", Some(&wanted), WINDOW_WITHIN)?;
        driver.session = text(&opened["sessionId"]);
        Ok(driver)
    }

    /// The process of the driver.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Runs `body` in the page and gives what it returns.
    pub fn execute(&self, body: &str, arguments: &[Value]) -> Answer<Value> {
        let script = json!({ "script": body, "args": arguments });
        self.of_session("POST", "/execute/sync", Some(&script))
    }

    /// Runs `body` in the page; its last argument is the function that ends it.
    pub fn execute_async(&self, body: &str, arguments: &[Value]) -> Answer<Value> {
        let script = json!({ "script": body, "args": arguments });
        self.of_session("POST", "/execute/async", Some(&script))
    }

    /// Clicks an element, as the standard says: scrolled into view, in its middle.
    pub fn click(&self, element: &Value) -> Answer<()> {
        self.of_element(element, "/click", &json!({})).map(drop)
    }

    /// Types into an element.
    pub fn send_keys(&self, element: &Value, keys: &str) -> Answer<()> {
        self.of_element(element, "/value", &json!({ "text": keys }))
            .map(drop)
    }

    /// Empties an input.
    pub fn clear(&self, element: &Value) -> Answer<()> {
        self.of_element(element, "/clear", &json!({})).map(drop)
    }

    /// Presses `key` and lets go of it after `held`, whatever has the focus.
    pub fn hold_key(&self, key: &str, held: Duration) -> Answer<()> {
        let milliseconds = u64::try_from(held.as_millis()).unwrap_or(u64::MAX);
        let actions = json!({ "actions": [{ "type": "key", "id": "keys", "actions": [
            { "type": "keyDown", "value": key },
            { "type": "pause", "duration": milliseconds },
            { "type": "keyUp", "value": key },
        ] }] });
        self.of_session("POST", "/actions", Some(&actions))
            .map(drop)
    }

    /// Loads the page anew.
    pub fn refresh(&self) -> Answer<()> {
        self.of_session("POST", "/refresh", Some(&json!({})))
            .map(drop)
    }

    /// Asks the window to go elsewhere.
    pub fn go(&self, url: &str) -> Answer<()> {
        self.of_session("POST", "/url", Some(&json!({ "url": url })))
            .map(drop)
    }

    /// Where the window is.
    pub fn url(&self) -> Answer<String> {
        Ok(text(&self.of_session("GET", "/url", None)?))
    }

    /// Makes the window that large, in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) -> Answer<()> {
        let size = json!({ "width": width, "height": height });
        self.of_session("POST", "/window/rect", Some(&size))
            .map(drop)
    }

    fn of_element(&self, element: &Value, path: &str, body: &Value) -> Answer<Value> {
        let id = text(&element[ELEMENT]);
        self.of_session("POST", &format!("/element/{id}{path}"), Some(body))
    }

    fn of_session(&self, method: &str, path: &str, body: Option<&Value>) -> Answer<Value> {
        let path = format!("/session/{}{path}", self.session);
        self.call(method, &path, body, ANSWER_WITHIN)
    }

    fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        within: Duration,
    ) -> Answer<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(within))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer
            .split_once("\r\n\r\n")
            .ok_or_else(|| io::Error::other("an answer without a body"))?;
        let mut answer: Value = serde_json::from_str(body).map_err(io::Error::other)?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            // a page may return an object with a field `error`; only the driver adds a message
            Some(error) if value["message"].is_string() => Err(Refused {
                error: error.to_owned(),
                message: text(&value["message"]),
            }),
            Some(_) | None => Ok(value),
        }
    }
}

impl Drop for WebDriver {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
