//! The card as a page: black on white, one sheet of A4 or Letter, no script, nothing fetched.

use std::fmt::Write as _;

use jiff::civil::Date;
use runbook::{Contact, Plan, Runbook, Terrain};

use super::steps::{self, Line, shortened};

const STYLE: &str = include_str!("page.css");
/// The most phone rows that fit.
const DESKS_AT_MOST: usize = 3;
/// With more phone rows than this, each says less.
const DESKS_WITH_ROOM: usize = 2;
/// How many characters of account names a phone row takes.
const NAMES_AT_MOST: usize = 64;
/// The words to say where the runbook has none.
const SAY: &str = "My account is compromised. Lock it now and end every session. I did not place \
                   these orders. Give me a reference number.";

/// All that is on the card.
pub(super) struct Page {
    title: String,
    printed: Date,
    desks: Vec<Desk>,
    more_desks: usize,
    say: String,
    lines: Vec<Line>,
}

/// Whom to call, and about which accounts.
struct Desk {
    contact: Contact,
    accounts: Vec<String>,
}

impl Page {
    pub(super) fn of(runbook: &Runbook, plan: &Plan, terrain: &Terrain, printed: Date) -> Self {
        let mut desks = desks(runbook, plan, terrain);
        // what can be dialled comes first, and is never what is left out for want of room
        desks.sort_by_key(|desk| desk.contact.number.is_none());
        let more_desks = desks.len().saturating_sub(DESKS_AT_MOST);
        desks.truncate(DESKS_AT_MOST);
        let said = runbook.steps.iter().find_map(|step| {
            let instruction = step.instruction()?;
            instruction.contact.as_ref()?;
            instruction.say.clone()
        });
        let mut lines = steps::lines(runbook, terrain);
        if desks.len() > DESKS_WITH_ROOM {
            for line in &mut lines {
                line.menu_path = None;
            }
        }
        Self {
            title: door::clean(&runbook.title),
            printed,
            desks,
            more_desks,
            say: said.map_or_else(|| SAY.to_owned(), |said| door::clean(&said)),
            lines,
        }
    }

    pub(super) fn html(&self) -> String {
        let mut page = String::with_capacity(12 * 1024);
        // writing to a string does not fail
        let _ = self.write(&mut page);
        page
    }

    fn write(&self, page: &mut String) -> std::fmt::Result {
        write!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
             'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{} · Firebreak card</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<h1>Someone is in my account</h1>\n\
             <p class=\"fine\">Firebreak card, printed {}<br>Keep it away from this computer</p>\n\
             </header>\n",
            Escaped(&self.title),
            day(self.printed),
        )?;
        self.write_call(page)?;
        page.push_str(
            "<section>\n<h2>2. Is this computer suspect? Leave it on, use another device</h2>\n\
             <p>Do not type a password on it. Do not turn it off: that loses evidence. When part 3 \
             is done, take it off the network.</p>\n</section>\n",
        );
        self.write_steps(page)?;
        page.push_str(
            "<section>\n<h2>4. Tell, and keep the numbers</h2>\n<table class=\"whom\">\n\
             <colgroup><col class=\"who\"><col><col class=\"name\"><col class=\"time\"></colgroup>\n\
             <thead><tr><th scope=\"col\">Whom</th><th scope=\"col\">Reference number</th>\
             <th scope=\"col\">Name</th><th scope=\"col\">Time</th></tr></thead>\n<tbody>\n",
        );
        for whom in ["Broker, in writing", "Police", "Regulator", "Bank"] {
            writeln!(
                page,
                "<tr><th scope=\"row\">{whom}</th><td></td><td></td><td></td></tr>"
            )?;
        }
        writeln!(
            page,
            "</tbody>\n</table>\n</section>\n<p class=\"fine\">{}No password, key or full account \
             number is on this card.</p>\n</body>\n</html>",
            self.checked()
        )
    }

    fn write_call(&self, page: &mut String) -> std::fmt::Result {
        page.push_str(
            "<section>\n<h2>1. Call first. Put it on speaker. Do the rest while you wait</h2>\n\
             <table class=\"desks\">\n<colgroup><col class=\"who\"><col class=\"number\"><col>\
             </colgroup>\n<thead><tr><th scope=\"col\">Whom</th><th scope=\"col\">Number</th>\
             <th scope=\"col\">Reference, name, time</th></tr></thead>\n<tbody>\n",
        );
        let has_room = self.desks.len() <= DESKS_WITH_ROOM;
        for desk in &self.desks {
            desk.write(page, has_room)?;
        }
        if self.more_desks > 0 {
            writeln!(
                page,
                "<tr><th scope=\"row\">{} more desks</th><td>look the numbers up now</td><td></td></tr>",
                self.more_desks
            )?;
        }
        writeln!(
            page,
            "<tr><th scope=\"row\">My bank</th><td></td><td></td></tr>\n</tbody>\n</table>\n\
             <p class=\"say\"><b>Say:</b> “{}”</p>\n</section>",
            Escaped(&shortened(&self.say, 260))
        )
    }

    fn write_steps(&self, page: &mut String) -> std::fmt::Result {
        writeln!(
            page,
            "<section>\n<h2>3. {}</h2>\n<ol>",
            Escaped(&self.title)
        )?;
        for line in &self.lines {
            write!(page, "<li><span class=\"do\">{}", Escaped(&line.text))?;
            if let Some(path) = &line.menu_path {
                write!(page, "<span class=\"fine\">{}</span>", Escaped(path))?;
            }
            writeln!(
                page,
                "</span><span class=\"blank\">{}</span></li>",
                Escaped(&line.value)
            )?;
        }
        page.push_str("</ol>\n</section>\n");
        Ok(())
    }

    /// When the numbers were last seen to be right, by the oldest of them.
    fn checked(&self) -> String {
        let oldest = self
            .desks
            .iter()
            .map(|desk| desk.contact.last_checked)
            .min();
        oldest
            .map(|date| format!("Numbers were last checked on {}. ", day(date)))
            .unwrap_or_default()
    }
}

/// Every desk that the plan's cards name, each once, with the accounts that it is for.
fn desks(runbook: &Runbook, plan: &Plan, terrain: &Terrain) -> Vec<Desk> {
    let mut desks = Vec::<Desk>::new();
    let mut add = |contact: &Contact, account: Option<String>| {
        let at = desks.iter().position(|desk| desk.contact == *contact);
        let at = at.unwrap_or_else(|| {
            desks.push(Desk {
                contact: contact.clone(),
                accounts: Vec::new(),
            });
            desks.len() - 1
        });
        let named = &mut desks[at].accounts;
        named.extend(account.filter(|account| !named.contains(account)));
    };
    let ids = runbook
        .steps
        .iter()
        .filter_map(|step| Some(step.instruction()?.contact.as_ref()?.get_ref()))
        .collect::<Vec<_>>();
    for account in &terrain.accounts {
        let name = match &account.masked_id {
            Some(masked) => format!("{} {masked}", account.name),
            None => account.name.to_string(),
        };
        let entity = account.entity.as_deref().unwrap_or(runbook::DEFAULT_ENTITY);
        let found = ids.iter().find_map(|id| terrain.contacts.find(id, entity));
        if let Some(contact) = found {
            add(contact, Some(name));
        }
    }
    // what no account leads to: desks of a runbook that is about none, or with none at hand
    for card in plan.tasks.iter().filter_map(|task| task.card.as_ref()) {
        for contact in card.contact.iter().chain(&card.other_contacts) {
            add(contact, None);
        }
    }
    desks
}

impl Desk {
    fn write(&self, page: &mut String, has_room: bool) -> std::fmt::Result {
        let name = door::clean(&self.contact.name);
        let (name, advice) = match name.split_once(" (") {
            Some((name, advice)) => (name, advice.trim_end_matches(')')),
            None => (name.as_str(), ""),
        };
        write!(
            page,
            "<tr><th scope=\"row\">{}",
            Escaped(&shortened(name, 60))
        )?;
        if !self.accounts.is_empty() {
            write!(
                page,
                "<br><span class=\"fine\">{}</span>",
                Escaped(&self.named(has_room))
            )?;
        }
        page.push_str("</th><td>");
        let site = shortened(self.contact.page.trim_start_matches("https://"), 60);
        match &self.contact.number {
            Some(number) => write!(
                page,
                "<span class=\"phone\">{}</span><span class=\"fine\">{}{}</span>",
                Escaped(number),
                Escaped(&sentence(advice)),
                Escaped(if has_room || advice.is_empty() {
                    &site
                } else {
                    ""
                })
            )?,
            None => write!(
                page,
                "Find the number now, write it here:<br><span class=\"fine\">{}</span>",
                Escaped(&site)
            )?,
        }
        page.push_str("</td><td></td></tr>\n");
        Ok(())
    }

    /// The accounts by name, as many as fit.
    fn named(&self, has_room: bool) -> String {
        if let (false, count @ 2..) = (has_room, self.accounts.len()) {
            return format!("{count} accounts");
        }
        let mut names = String::new();
        for (nth, name) in self.accounts.iter().enumerate() {
            let name = shortened(name, 30);
            if nth > 0 && names.chars().count() + name.chars().count() > NAMES_AT_MOST {
                return format!("{names} and {} more", self.accounts.len() - nth);
            }
            if nth > 0 {
                names.push_str(", ");
            }
            names.push_str(&name);
        }
        names
    }
}

/// Advice as a sentence before what follows it; nothing for none.
fn sentence(advice: &str) -> String {
    let mut characters = advice.chars();
    match characters.next() {
        Some(first) => format!(
            "{}. ",
            first.to_uppercase().chain(characters).collect::<String>()
        ),
        None => String::new(),
    }
}

fn day(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// Text that can be nothing but text.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
