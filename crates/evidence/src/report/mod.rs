//! The report: one page of HTML that a stranger can read, print and keep, made from the journal.
//!
//! It runs nothing, loads nothing, and claims nothing that the journal does not hold. What is
//! still open is the biggest text in it.

mod markup;
mod orders;
mod sections;
mod timeline;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use incident::Mode;
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

use crate::{guide::mode_tag, story::Story};
use markup::Html;

const STYLE: &str = include_str!("style.css");

/// What a report is about.
pub(crate) struct Subject<'a> {
    pub(crate) story: &'a Story,
    /// SHA-256 of the runbook in the folder, if there is one.
    pub(crate) runbook_digest: Option<&'a str>,
    /// What the journal names and the folder does not hold.
    pub(crate) missing: &'a [String],
    /// When the report is made.
    pub(crate) at: Timestamp,
    /// The zone of the local times.
    pub(crate) zone: &'a TimeZone,
    pub(crate) program: &'a str,
    /// With which key it will be signed, where it will be.
    pub(crate) signer: Option<&'a str>,
}

impl Subject<'_> {
    /// A time as the person's clock on the wall shows it, with its offset.
    fn local(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S %:z")
            .to_string()
    }

    fn both(&self, at: Timestamp) -> String {
        format!("{} ({})", self.local(at), utc(at))
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Milliseconds after the press as a person reads them.
fn after_press(ms: u64) -> String {
    let (minutes, seconds, millis) = (ms / 60_000, ms / 1000 % 60, ms % 1000);
    if minutes == 0 {
        format!("+{seconds}.{millis:03} s")
    } else {
        format!("+{minutes} min {seconds:02}.{millis:03} s")
    }
}

/// The whole page.
pub(crate) fn html(subject: &Subject<'_>) -> String {
    let run = &subject.story.run;
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        STANDARD.encode(Sha256::digest(STYLE))
    );
    let mut page = Html::default();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .element(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"",
            &policy,
            "\">\n",
        )
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>")
        .text(title(run.mode))
        .text(&run.id)
        .raw("</title>\n<style>")
        .raw(STYLE)
        .raw("</style>\n</head>\n<body>\n");
    banner(&mut page, run.mode);
    sections::head(&mut page, subject);
    sections::verdict(&mut page, subject);
    sections::without_stop(&mut page, subject);
    sections::proofs(&mut page, subject);
    orders::cancelled(&mut page, subject);
    orders::appeared(&mut page, subject);
    orders::fills(&mut page, subject);
    sections::sessions(&mut page, subject);
    sections::person(&mut page, subject);
    sections::gaps(&mut page, subject);
    timeline::section(&mut page, subject);
    sections::checking(&mut page, subject);
    banner(&mut page, run.mode);
    page.raw("</body>\n</html>\n");
    page.finish()
}

fn title(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "Incident record ",
        Mode::Drill => "DRILL record ",
        Mode::Practice => "PRACTICE record ",
    }
}

/// Says at the top and at the end whether anything here was real.
fn banner(page: &mut Html, mode: Mode) {
    page.raw(match mode {
        Mode::Live => "<div class=\"banner\"><strong>",
        Mode::Drill | Mode::Practice => "<div class=\"banner rehearsal\"><strong>",
    });
    page.text(match mode {
        Mode::Live => "LIVE: real accounts",
        Mode::Drill | Mode::Practice => mode_tag(mode),
    });
    page.raw("</strong></div>\n");
}
