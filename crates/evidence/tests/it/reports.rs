use incident::Mode;

use crate::recorded::{Recorded, new_york};

#[test]
fn nothing_that_a_venue_or_a_person_wrote_becomes_markup() {
    let report = report(&Recorded::nearly_contained(Mode::Practice));
    assert!(!report.contains("<script"), "a script got in");
    assert!(report.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!report.contains('\u{202e}'));
    assert!(report.contains("REF-&lt;b&gt;4711&lt;/b&gt;"));
    for forbidden in [
        "<img",
        "<a ",
        "<link",
        "src=",
        "href=",
        "url(",
        "style=\"",
        "onerror=\"",
    ] {
        assert!(!report.contains(forbidden), "{forbidden}");
    }
    assert!(report.contains("default-src &#39;none&#39;; style-src &#39;sha256-"));
}

#[test]
fn the_report_tells_what_is_open_what_is_proved_and_what_is_missing() {
    let report = report(&Recorded::nearly_contained(Mode::Live));
    let text = plain(&report);
    for told in [
        "LIVE: real accounts",
        "Not contained",
        "Change the password on a clean device",
        "Positions now without a stop",
        "340 AAPL",
        "0 open orders, 1 family",
        "Orders that appeared while orders were held down",
        "client 99",
        "These trades happened.",
        "the seat is held; it was taken twice by another session",
        "a scripted person",
        "completed orders could not be recorded (no answer within 2 s)",
        "2026-11-23 09:33:36 -05:00 (2026-11-23 14:33:36 UTC)",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
}

/// The words of a page without its tags.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn report(run: &Recorded) -> String {
    let at = "2026-11-23T15:02:11Z".parse().unwrap();
    evidence::report(&run.folder(), at, &new_york(), "Firebreak 0.1.0").unwrap()
}
