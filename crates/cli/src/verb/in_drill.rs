//! What a person at the terminal can do in a drill beside the board: look at the simulated pages,
//! act on them, ask, call, pause.

use controller::drill::{Drill, PageView};

const HELP: [&str; 10] = [
    "press [RUNBOOK]          contain now (contain-everything when left out)",
    "nothing                  nothing has to be pressed: stand down",
    "ask [ID]                 what may be asked, or one of it",
    "pages                    the simulated pages",
    "page ACCOUNT PAGE        open one",
    "do ACCOUNT PAGE [LINE]   do on it what it is for: on one line, by its number, or on all",
    "call CONTACT, pick up N, say WORDS, hang up",
    "unlock                   unlock the keychain",
    "pause, go on             the story stands still, or goes on",
    "abandon, real            leave the drill; something real happens",
];

/// Whether a word begins something that [`obey`] does.
pub(super) fn knows(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    [
        "help", "ask", "pages", "page", "do", "call", "pick", "say", "hang", "unlock", "pause",
        "go",
    ]
    .contains(&first)
}

/// Does it, and says what came of it.
pub(super) async fn obey(drill: &Drill, line: &str) -> Vec<String> {
    let words = line.split_whitespace().collect::<Vec<_>>();
    let done = match words.as_slice() {
        ["ask"] => return facts(drill),
        ["ask", id] => {
            return match drill.ask(id) {
                Ok(()) => facts(drill),
                Err(error) => vec![error.to_string()],
            };
        }
        ["pages"] => {
            let pages = drill.view().pages.into_iter();
            return pages
                .map(|page| format!("{} {}   {}", page.account, page.page, page.title))
                .collect();
        }
        ["page", account, page] => return opened(drill.page(account, page)),
        ["do", account, page] => return opened(drill.act(account, page, None)),
        ["do", account, page, nth] => return on_line(drill, account, page, nth),
        ["call", contact] => drill.dial(contact),
        ["call"] => {
            let contacts = drill.view().contacts.into_iter();
            return contacts
                .map(|it| format!("{}   {}", it.id, it.name))
                .collect();
        }
        ["pick", "up", nth] => match nth.parse() {
            Ok(nth) => drill.pick_up(nth),
            Err(_) => return vec!["say which: pick up 2".to_owned()],
        },
        ["say", ..] => drill.say(
            line.trim_start()
                .strip_prefix("say")
                .unwrap_or_default()
                .trim(),
        ),
        ["hang", "up"] => drill.hang_up(),
        ["unlock"] => drill.unlock_keychain().await,
        ["pause"] => {
            drill.pause(true);
            return vec!["The story stands still. What Firebreak has begun goes on.".to_owned()];
        }
        ["go", "on"] => {
            drill.pause(false);
            return vec!["It goes on.".to_owned()];
        }
        _ => return HELP.map(str::to_owned).to_vec(),
    };
    match done {
        Ok(()) => call_of(drill),
        Err(error) => vec![error.to_string()],
    }
}

fn facts(drill: &Drill) -> Vec<String> {
    let facts = drill.view().facts.into_iter();
    let told = facts.map(|fact| match fact.answer {
        Some(answer) => format!("{}   {}   {answer}", fact.id, fact.ask),
        None => format!("{}   {}", fact.id, fact.ask),
    });
    told.collect()
}

fn call_of(drill: &Drill) -> Vec<String> {
    let Some(call) = drill.view().call else {
        return Vec::new();
    };
    let lines = call.lines.iter().rev().take(6).rev();
    lines
        .map(|line| format!("{}: {}", line.who, line.text))
        .collect()
}

fn on_line(drill: &Drill, account: &str, page: &str, nth: &str) -> Vec<String> {
    let rows = match drill.page(account, page) {
        Ok(opened) => opened.rows,
        Err(error) => return vec![error.to_string()],
    };
    let row = nth
        .parse::<usize>()
        .ok()
        .and_then(|nth| rows.get(nth.checked_sub(1)?));
    match row {
        Some(row) => opened(drill.act(account, page, Some(&row.id))),
        None => vec![format!("there is no line {nth} on that page")],
    }
}

fn opened(page: Result<PageView, controller::Error>) -> Vec<String> {
    let page = match page {
        Ok(page) => page,
        Err(error) => return vec![error.to_string()],
    };
    let mut lines = vec![format!("{}, {}", page.title, page.account)];
    if page.rows.is_empty() {
        lines.push("  (nothing is listed)".to_owned());
    }
    for (nth, row) in page.rows.iter().enumerate() {
        let action = row.action.as_ref().map(|it| format!("   [{it}]"));
        lines.push(format!(
            "  {} {}{}",
            nth + 1,
            row.text,
            action.unwrap_or_default()
        ));
    }
    lines.extend(page.refused.map(|why| format!("  refused: {why}")));
    lines
}
