//! What a test does with a page: find as a person finds, wait until it is so, act.
//!
//! A wait ends at the change, not after a time; one that never comes ends the test with what the
//! page showed instead.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    soon,
    webdriver::{Answer, WebDriver},
};

const QUERY: &str = include_str!("query.js");
/// How long a page has for what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one look inside the page lasts, so that a page that was reloaded is asked anew.
const LOOK_MS: u64 = 2_000;

/// How to find something.
#[derive(Clone, Debug)]
pub enum By {
    /// By role and accessible name, whole; or its beginning, with `…` at its end.
    Role(&'static str, String),
    /// The same, within what a selector finds.
    Within(&'static str, &'static str, String),
    /// By `data-testid`.
    Id(String),
    /// By the form field's name.
    Field(String),
    /// By selector.
    Css(String),
}

impl By {
    fn value(&self) -> Value {
        match self {
            Self::Role(role, name) => json!({ "role": role, "name": name }),
            Self::Within(css, role, name) => json!({ "within": css, "role": role, "name": name }),
            Self::Id(id) => json!({ "css": format!("[data-testid=\"{id}\"]") }),
            Self::Field(name) => json!({ "css": format!("[name=\"{name}\"]") }),
            Self::Css(css) => json!({ "css": css }),
        }
    }
}

/// By role and name.
pub fn role(role: &'static str, name: &str) -> By {
    By::Role(role, name.to_owned())
}

/// A button, by its name.
pub fn button(name: &str) -> By {
    role("button", name)
}

/// A button of the screen itself, and none of the band above it.
pub fn main_button(name: &str) -> By {
    By::Within("main", "button", name.to_owned())
}

/// By `data-testid`.
pub fn id(id: &str) -> By {
    By::Id(id.to_owned())
}

/// By a form field's name.
pub fn field(name: &str) -> By {
    By::Field(name.to_owned())
}

/// By selector.
pub fn css(selector: &str) -> By {
    By::Css(selector.to_owned())
}

/// The page in the window.
pub struct Page {
    pub(super) driver: WebDriver,
}

impl Page {
    /// Waits for it and gives its reference.
    pub fn wait(&self, by: &By) -> Value {
        let looking = format!("{by:?}");
        self.until(
            &looking,
            "return find(arguments[0])[0] || null",
            &[by.value()],
        )
    }

    /// Whether it is there now.
    pub fn has(&self, by: &By) -> bool {
        self.count(by) > 0
    }

    /// How many are there now.
    pub fn count(&self, by: &By) -> usize {
        let counted = self.ask("return find(arguments[0]).length", &[by.value()]);
        usize::try_from(counted.as_u64().unwrap()).unwrap()
    }

    /// Waits until it is gone.
    pub fn gone(&self, by: &By) {
        let looking = format!("{by:?} is gone");
        self.until(&looking, "return !find(arguments[0]).length", &[by.value()]);
    }

    /// Clicks it, as soon as it is there and can be.
    pub fn click(&self, by: &By) {
        let began = Instant::now();
        loop {
            let element = self.wait(by);
            self.bring(&element);
            match self.driver.click(&element) {
                Ok(()) => return,
                // drawn anew between finding and clicking
                Err(refused) if began.elapsed() < PATIENCE => drop(refused),
                Err(refused) => panic!("{by:?} cannot be clicked: {refused:?}"),
            }
        }
    }

    /// Scrolls to it: the page scrolls within its frame, which the driver does not find by itself.
    fn bring(&self, element: &Value) {
        let body = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        // one that was drawn anew is found anew by whoever asked
        let _ = self.try_ask(body, std::slice::from_ref(element));
    }

    /// Clicks it until something else is there: for what is deaf to a slip right after it appears.
    pub fn click_until(&self, by: &By, then: &By) {
        let began = Instant::now();
        while !self.has(then) {
            assert!(began.elapsed() < PATIENCE, "{by:?} led to no {then:?}");
            if let Some(element) = self.first(by) {
                // it may go away under the click: that is what is waited for
                let _ = self.driver.click(&element);
            }
        }
    }

    fn first(&self, by: &By) -> Option<Value> {
        let found = self.ask("return find(arguments[0])[0] || null", &[by.value()]);
        (!found.is_null()).then_some(found)
    }

    /// Types `text` into the field of that label within `group`.
    pub fn fill_in(&self, group: &By, label: &str, text: &str) {
        let element = self.until(
            &format!("{label} in {group:?}"),
            "const [group, label] = arguments; \
             const inputs = find(group)[0].querySelectorAll('input, textarea, select'); \
             return [...inputs].find((input) => nameOf(input) === label)",
            &[group.value(), json!(label)],
        );
        self.type_into(&element, text);
    }

    /// Types `text` into it instead of what is there.
    pub fn fill(&self, by: &By, text: &str) {
        let element = self.wait(by);
        self.type_into(&element, text);
    }

    /// Types `text` into that element instead of what is there.
    pub fn type_into(&self, element: &Value, text: &str) {
        self.bring(element);
        self.driver.clear(element).unwrap();
        self.driver.send_keys(element, text).unwrap();
    }

    /// Chooses an option of a list by its value.
    pub fn choose(&self, by: &By, value: &str) {
        let element = self.wait(by);
        self.ask(
            "arguments[0].value = arguments[1]; \
             for (const kind of ['input', 'change']) \
               arguments[0].dispatchEvent(new Event(kind, { bubbles: true }))",
            &[element, json!(value)],
        );
    }

    /// Its text, as a person reads it.
    pub fn text(&self, by: &By) -> String {
        let element = self.wait(by);
        let text = self.ask("return words(arguments[0].innerText)", &[element]);
        text.as_str().unwrap_or_default().to_owned()
    }

    /// An attribute of it.
    pub fn attribute(&self, by: &By, name: &str) -> Option<String> {
        let element = self.wait(by);
        let value = self.ask(
            "return arguments[0].getAttribute(arguments[1])",
            &[element, json!(name)],
        );
        value.as_str().map(str::to_owned)
    }

    /// Waits until the whole page's text holds `words`.
    pub fn says(&self, words: &str) {
        self.until(
            &format!("the page says {words:?}"),
            "return words(document.body.innerText).includes(arguments[0])",
            &[json!(words)],
        );
    }

    /// Everything that can be read on the page.
    pub fn everything(&self) -> String {
        let text = self.ask("return document.body.innerText", &[]);
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Gives the focus to it.
    pub fn focus(&self, by: &By) {
        let element = self.wait(by);
        self.ask("arguments[0].focus()", &[element]);
    }

    /// Presses and lets go of a key.
    pub fn key(&self, key: &str) {
        self.driver.hold_key(key, Duration::ZERO).unwrap();
    }

    /// Holds a key down for that long.
    pub fn hold_key(&self, key: &str, held: Duration) {
        self.driver.hold_key(key, held).unwrap();
    }

    /// Runs a script in the page, with the query's functions at hand.
    pub fn ask(&self, body: &str, arguments: &[Value]) -> Value {
        self.try_ask(body, arguments)
            .unwrap_or_else(|refused| panic!("{body}: {refused:?}"))
    }

    /// The same, where a refusal is an answer.
    pub fn try_ask(&self, body: &str, arguments: &[Value]) -> Answer<Value> {
        self.driver.execute(&format!("{QUERY}\n{body}"), arguments)
    }

    /// Runs a script that ends by calling `done`.
    pub fn ask_later(&self, body: &str, arguments: &[Value]) -> Value {
        let script = format!("{QUERY}\nconst done = arguments[arguments.length - 1];\n{body}");
        let answer = self.driver.execute_async(&script, arguments);
        answer.unwrap_or_else(|refused| panic!("{body}: {refused:?}"))
    }

    /// Calls a command of the program as the page itself does.
    pub fn invoke(&self, command: &str, arguments: &Value) -> Result<Value, Value> {
        let answer = self.ask_later(
            "const inside = window.__TAURI_INTERNALS__; \
             if (!inside) return done({ failed: 'no way to the program' }); \
             inside.invoke(arguments[0], arguments[1]) \
               .then((value) => done({ value: value ?? null }), (failed) => done({ failed }))",
            &[json!(command), arguments.clone()],
        );
        match answer.get("failed") {
            None => Ok(answer["value"].clone()),
            Some(failed) => Err(failed.clone()),
        }
    }

    /// How things stand, as the program tells the page.
    pub fn view(&self) -> Value {
        self.invoke("view", &json!({})).unwrap()
    }

    /// Waits until how things stand is as wanted, and gives it.
    pub fn until_view(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        soon(what, || Some(self.view()).filter(|view| is_so(view)))
    }

    /// Waits until `body` returns something true, and gives it.
    pub fn until(&self, what: &str, body: &str, arguments: &[Value]) -> Value {
        self.until_within(PATIENCE, what, body, arguments)
    }

    /// The same, with its own patience.
    pub fn until_within(
        &self,
        patience: Duration,
        what: &str,
        body: &str,
        arguments: &[Value],
    ) -> Value {
        let script = format!(
            "{QUERY}\nconst done = arguments[arguments.length - 1];\n\
             const given = [...arguments].slice(0, -1);\n\
             const began = performance.now();\n\
             const look = () => {{\n\
               let found = null;\n\
               try {{ found = (function () {{ {body} }})(...given); }} catch (error) {{ found = null; }}\n\
               if (found) done(found);\n\
               else if (performance.now() - began > {LOOK_MS}) done(null);\n\
               else setTimeout(look, 15);\n\
             }};\nlook();"
        );
        let began = Instant::now();
        let mut last = String::new();
        while began.elapsed() < patience {
            match self.driver.execute_async(&script, arguments) {
                Ok(Value::Null) => {}
                Ok(found) => return found,
                // a page that is being loaded anew takes its scripts with it
                Err(refused) => {
                    last = format!("{refused:?}");
                    std::thread::yield_now();
                }
            }
        }
        panic!(
            "waited {patience:?} in vain: {what}\n{last}\nthe page shows:\n{}",
            self.try_ask(
                "return document.title + '\\n' + document.body.innerText",
                &[]
            )
            .map_or_else(
                |refused| format!("{refused:?}"),
                |text| text
                    .as_str()
                    .unwrap_or_default()
                    .chars()
                    .take(4_000)
                    .collect()
            )
        );
    }

    /// Loads the page anew.
    pub fn reload(&self) {
        self.driver.refresh().unwrap();
    }

    /// Tries to leave for another page; where the window is afterwards.
    pub fn leave_for(&self, url: &str) -> String {
        // a refused navigation may be an error or not: what counts is where the window is
        let _ = self.driver.go(url);
        self.driver.url().unwrap_or_default()
    }

    /// Makes the window that large.
    pub fn resize(&self, width: u32, height: u32) {
        self.driver.resize(width, height).unwrap();
    }

    /// Waits until what stands on the page is drawn, letters and all.
    pub fn drawn(&self) {
        self.ask_later(
            "const next = (frame) => requestAnimationFrame(frame); \
             document.fonts.ready.then(() => next(() => next(() => next(() => done(true)))))",
            &[],
        );
    }

    /// Lets axe-core judge the page; each violation in a line.
    pub fn axe(&self) -> Vec<String> {
        let axe =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let source = std::fs::read_to_string(&axe)
            .unwrap_or_else(|error| panic!("{}: {error}; run `npm ci` in ui", axe.display()));
        if self.ask("return typeof window.axe", &[]) != "object" {
            self.driver.execute(&source, &[]).unwrap();
        }
        let told = self.ask_later(
            "axe.run(document, { resultTypes: ['violations'] }).then( \
               (told) => done(told.violations.flatMap((rule) => rule.nodes.map((node) => \
                 `${rule.id}: ${node.target.join(' ')}: ${words(node.failureSummary)}`))), \
               (error) => done([`axe failed: ${error}`]))",
            &[],
        );
        let told = told.as_array().unwrap_or_else(|| panic!("axe said {told}"));
        told.iter()
            .map(|line| line.as_str().unwrap().to_owned())
            .collect()
    }
}
