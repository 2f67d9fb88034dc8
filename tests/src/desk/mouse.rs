//! A real mouse and real keys, through the display: what the page's own scripts cannot tell from a
//! person's.

use std::process::Command;

use serde_json::Value;

use super::{Desk, page::By};

/// The mouse and the keys of a desk.
pub struct Mouse<'a>(pub(super) &'a Desk);

impl Mouse<'_> {
    /// Puts the pointer into the middle of it.
    pub fn move_to(&self, by: &By) {
        let page = self.0.page();
        let element = page.wait(by);
        let at = page.ask(
            "arguments[0].scrollIntoView({ block: 'center' }); \
             const box = arguments[0].getBoundingClientRect(); \
             const bar = outerHeight - innerHeight; \
             return [box.x + box.width / 2, box.y + box.height / 2 + bar].map(Math.round)",
            &[element],
        );
        let (left, top) = self.window_corner();
        self.point_at(left + number(&at[0]), top + number(&at[1]));
    }

    /// Puts the pointer there, in pixels of the display.
    pub fn point_at(&self, x: i64, y: i64) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
    }

    /// Presses the main button.
    pub fn down(&self) {
        self.xdotool(&["mousedown", "1"]);
    }

    /// Lets go of it.
    pub fn up(&self) {
        self.xdotool(&["mouseup", "1"]);
    }

    /// Presses a key, as `ctrl+shift+F12`, wherever the focus is.
    pub fn key(&self, key: &str) {
        self.xdotool(&["key", key]);
    }

    /// Where the window's corner is on the display.
    fn window_corner(&self) -> (i64, i64) {
        let window = self.0.window();
        let told = self.xdotool(&["getwindowgeometry", "--shell", &window]);
        let of = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {told}"))
                .parse()
                .unwrap()
        };
        (of("X="), of("Y="))
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let mut command: Command = self.0.command("xdotool");
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "xdotool {arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}
