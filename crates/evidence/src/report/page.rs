//! The report as a page of HTML: one file, no script, nothing loaded.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use incident::Word;
use sha2::{Digest, Sha256};

use super::{
    Block, Dossier, Fact, Holds, Mark, Open, Picture, Section, Shape, Table, markup::Html,
};

const STYLE: &str = include_str!("style.css");

pub(super) fn html(dossier: &Dossier) -> String {
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
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    if dossier.rehearsal {
        page.raw("NOT REAL: ");
    }
    page.text(&dossier.title)
        .raw(" (")
        .text(&dossier.case)
        .raw(")</title>\n<style>")
        .raw(STYLE)
        .raw("</style>\n</head>\n")
        .raw(if dossier.rehearsal {
            "<body class=\"rehearsal\">\n"
        } else {
            "<body>\n"
        });
    banner(&mut page, dossier);
    page.raw("<main>\n");
    first(&mut page, dossier);
    for section in &dossier.sections {
        part(&mut page, section);
    }
    page.raw("</main>\n");
    banner(&mut page, dossier);
    page.raw("</body>\n</html>\n");
    page.finish()
}

/// Says at the top, at the end and on every printed page whether anything here was real.
fn banner(page: &mut Html, dossier: &Dossier) {
    page.raw(if dossier.rehearsal {
        "<div class=\"banner rehearsal\"><strong>"
    } else {
        "<div class=\"banner\"><strong>"
    });
    page.text(&dossier.mode).raw("</strong></div>\n");
}

fn first(page: &mut Html, dossier: &Dossier) {
    let first = &dossier.first;
    page.raw("<header>\n")
        .element("<h1>", &dossier.title, "</h1>\n")
        .raw("<p class=\"soft\">")
        .text(&dossier.case)
        .raw(", ")
        .text(&dossier.audience)
        .raw("<br>Made ")
        .text(&dossier.made)
        .raw(" by ")
        .text(&dossier.program)
        .raw("</p>\n</header>\n");
    page.raw("<section class=\"summary\" aria-label=\"Summary\">\n");
    page.raw(if first.is_open {
        "<div class=\"verdict open\"><strong>"
    } else {
        "<div class=\"verdict\"><strong>"
    });
    page.text(&first.verdict).raw("</strong>\n");
    for line in &first.lines {
        page.paragraph(line);
    }
    for line in &first.alarms {
        page.element("<p class=\"alarm\"><strong>", line, "</strong></p>\n");
    }
    page.raw("</div>\n");
    facts(page, &first.facts);
    if !first.done.is_empty() {
        page.raw("<h2>Done and proved</h2>\n")
            .list(first.done.iter().map(String::as_str));
    }
    if !first.left.is_empty() {
        page.raw("<h2>Still open</h2>\n<ul class=\"open-list\">\n");
        for open in &first.left {
            still_open(page, open);
        }
        page.raw("</ul>\n");
    }
    page.raw("</section>\n");
}

fn still_open(page: &mut Html, open: &Open) {
    page.raw("<li>");
    if !open.state.is_empty() {
        state(page, &open.state);
        page.raw(" ");
    }
    page.text(&open.what);
    for line in &open.more {
        page.paragraph(line);
    }
    page.raw("</li>\n");
}

fn part(page: &mut Html, section: &Section) {
    page.raw("<section>\n")
        .element("<h2>", &section.title, "</h2>\n");
    for block in &section.blocks {
        match block {
            Block::Heading { text } => page.element("<h3>", text, "</h3>\n"),
            Block::Text { text } => page.paragraph(text),
            Block::Alarm { text } => {
                page.element("<p class=\"alarm\"><strong>", text, "</strong></p>\n")
            }
            Block::Said { text } => page.element("<p class=\"said\">", text, "</p>\n"),
            Block::List { items } => page.list(items.iter().map(String::as_str)),
            Block::Facts { facts: known } => facts(page, known),
            Block::Table(shown) => table(page, shown),
            Block::Picture(shown) => picture(page, shown),
            Block::WriteOn { lines } => write_on(page, lines),
        };
    }
    page.raw("</section>\n");
}

fn facts<'a>(page: &'a mut Html, facts: &[Fact]) -> &'a mut Html {
    page.raw("<dl>\n");
    for fact in facts {
        page.element("<dt>", &fact.name, "</dt>");
        for value in &fact.values {
            page.element("<dd>", value, "</dd>");
        }
        page.raw("\n");
    }
    page.raw("</dl>\n")
}

fn write_on<'a>(page: &'a mut Html, lines: &[String]) -> &'a mut Html {
    page.raw("<ul class=\"write-on\">\n");
    for line in lines {
        page.element("<li>", line, "</li>\n");
    }
    page.raw("</ul>\n")
}

fn table<'a>(page: &'a mut Html, table: &Table) -> &'a mut Html {
    page.raw(if table.alarm {
        "<div class=\"table stops\">\n<table>\n<thead><tr>"
    } else {
        "<div class=\"table\">\n<table>\n<thead><tr>"
    });
    for column in &table.columns {
        page.raw(match column.holds {
            Holds::Sums => "<th scope=\"col\" class=\"sum\">",
            Holds::Words | Holds::Times | Holds::Marks | Holds::States | Holds::Said => {
                "<th scope=\"col\">"
            }
        })
        .text(&column.name)
        .raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        if let [only] = row.as_slice() {
            page.raw("<tr class=\"day\"><td colspan=\"")
                .number(u64::try_from(table.columns.len()).unwrap_or(1))
                .element("\">", only, "</td></tr>\n");
            continue;
        }
        page.raw("<tr>");
        for (cell, column) in row.iter().zip(&table.columns) {
            self::cell(page, cell, column.holds);
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody>\n</table>\n</div>\n")
}

fn cell(page: &mut Html, text: &str, holds: Holds) {
    page.raw(match holds {
        Holds::Words => "<td>",
        Holds::Times => "<td class=\"time\">",
        Holds::Marks => "<td class=\"mark\">",
        Holds::Sums => "<td class=\"sum\">",
        Holds::States => "<td class=\"word\">",
        Holds::Said => "<td class=\"said\">",
    });
    match holds {
        Holds::States => state(page, text),
        Holds::Words | Holds::Times | Holds::Marks | Holds::Sums | Holds::Said => {
            page.text(text);
        }
    }
    page.raw("</td>");
}

/// A state word, as words and as a frame.
fn state(page: &mut Html, word: &str) {
    let closed = [Word::Verified, Word::Skipped]
        .into_iter()
        .any(|closed| closed.as_str() == word);
    page.raw(if closed {
        "<span class=\"state closed\">"
    } else {
        "<span class=\"state\">"
    })
    .text(word)
    .raw("</span>");
}

fn picture<'a>(page: &'a mut Html, picture: &Picture) -> &'a mut Html {
    let size = |page: &mut Html| {
        page.number(u64::from(picture.width))
            .raw(" ")
            .number(u64::from(picture.height));
    };
    page.raw("<svg class=\"picture\" role=\"img\" viewBox=\"0 0 ");
    size(page);
    page.raw("\" aria-label=\"")
        .text(&picture.words)
        .raw("\">\n<line class=\"axis\" x1=\"")
        .number(u64::from(picture.axis))
        .raw("\" y1=\"0\" x2=\"")
        .number(u64::from(picture.axis))
        .raw("\" y2=\"")
        .number(u64::from(picture.height))
        .raw("\"/>\n");
    for mark in &picture.marks {
        self::mark(page, picture, mark);
    }
    page.raw("</svg>\n")
}

fn mark(page: &mut Html, picture: &Picture, mark: &Mark) {
    let (axis, width, y) = (
        u64::from(picture.axis),
        u64::from(picture.width),
        u64::from(mark.y),
    );
    match mark.shape {
        Shape::Day => {
            page.raw("<rect class=\"day\" x=\"0\" y=\"")
                .number(y - 10)
                .raw("\" width=\"")
                .number(width)
                .raw("\" height=\"20\"/>");
            words(
                page,
                "<text class=\"day\" x=\"",
                axis,
                y + 4,
                &mark.lines[0],
            );
            return;
        }
        Shape::Gap => {
            page.raw("<rect class=\"gap\" x=\"")
                .number(axis - 60)
                .raw("\" y=\"")
                .number(y - 9)
                .raw("\" width=\"120\" height=\"18\"/>");
            words(
                page,
                "<text class=\"gap\" x=\"",
                axis,
                y + 4,
                &mark.lines[0],
            );
            return;
        }
        Shape::Press => {
            page.raw("<rect class=\"press\" x=\"")
                .number(axis - 9)
                .raw("\" y=\"")
                .number(y - 9)
                .raw("\" width=\"18\" height=\"18\"/>");
        }
        Shape::NotMine | Shape::NotSure => {
            page.raw(if mark.shape == Shape::NotMine {
                "<path class=\"not-mine\" d=\"M"
            } else {
                "<path class=\"not-sure\" d=\"M"
            })
            .number(axis)
            .raw(" ")
            .number(y - 9)
            .raw("l9 9l-9 9l-9 -9z\"/>");
        }
        Shape::Proof | Shape::Reopened => {
            page.raw(if mark.shape == Shape::Proof {
                "<circle class=\"proof\" cx=\""
            } else {
                "<circle class=\"reopened\" cx=\""
            })
            .number(axis)
            .raw("\" cy=\"")
            .number(y)
            .raw("\" r=\"8\"/>");
        }
    }
    let is_left = match mark.shape {
        Shape::NotMine | Shape::NotSure => true,
        Shape::Press | Shape::Proof | Shape::Reopened | Shape::Day | Shape::Gap => false,
    };
    let (open, x, times, at) = if is_left {
        (
            "<text class=\"left\" x=\"",
            axis - 18,
            "<text class=\"when\" x=\"",
            axis + 18,
        )
    } else {
        (
            "<text x=\"",
            axis + 18,
            "<text class=\"when left\" x=\"",
            axis - 18,
        )
    };
    stack(page, open, x, y, &mark.lines);
    stack(page, times, at, y, &[mark.local.clone(), mark.utc.clone()]);
}

/// Lines around a height.
fn stack(page: &mut Html, open: &'static str, x: u64, y: u64, lines: &[String]) {
    let number = u64::try_from(lines.len()).unwrap_or(1);
    let mut at = (y + 11 + 5).saturating_sub(number * 15 / 2 + 3);
    for line in lines {
        words(page, open, x, at, line);
        at += 15;
    }
}

fn words(page: &mut Html, open: &'static str, x: u64, y: u64, text: &str) {
    page.raw(open)
        .number(x)
        .raw("\" y=\"")
        .number(y)
        .raw("\">")
        .text(text)
        .raw("</text>\n");
}
