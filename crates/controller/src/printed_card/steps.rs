//! What a person does by hand, on paper: the steps of a runbook, those of one matter as one line.
//!
//! Each line has a value to write, for the same reason as on the screen: a tick proves nothing.

use door::Lever;
use runbook::{Accounts, Runbook, Step, Terrain};

/// The most lines that fit on the page.
const LINES_AT_MOST: usize = 12;
/// The most accounts that a line names.
const NAMES_AT_MOST: usize = 3;
/// The most letters that these names have together.
const LETTERS_AT_MOST: usize = 40;
/// The longest text of a line of the person's own.
const OWN_AT_MOST: usize = 110;

/// One line of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Line {
    /// What to do.
    pub(super) text: String,
    /// Where in the venue's pages.
    pub(super) menu_path: Option<String>,
    /// What is written beside it.
    pub(super) value: String,
}

/// What a line is about, in the order of the list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Matter {
    Record,
    Bots,
    Orders,
    Withdrawals,
    Keys,
    Sessions,
    Lock,
    Password,
    Strangers,
}

impl Matter {
    const ALL: [Self; 9] = [
        Self::Record,
        Self::Bots,
        Self::Orders,
        Self::Withdrawals,
        Self::Keys,
        Self::Sessions,
        Self::Lock,
        Self::Password,
        Self::Strangers,
    ];

    /// What a step is about; `None` for one that only its author knows.
    fn of(step: &Step) -> Option<Self> {
        if let Some(lever) = step.lever() {
            return Some(match lever {
                Lever::Capture => Self::Record,
                Lever::StopAutomation => Self::Bots,
                Lever::CancelOrders => Self::Orders,
                Lever::StopWithdrawals => Self::Withdrawals,
                Lever::BlockTrading => Self::Lock,
                Lever::RevokeKey => Self::Keys,
                Lever::EndSessions => Self::Sessions,
                Lever::Audit => Self::Strangers,
            });
        }
        match step.instruction()?.page.as_deref()? {
            "orders" => Some(Self::Orders),
            "withdrawals" => Some(Self::Withdrawals),
            "api-keys" | "other-api-keys" | "flex" => Some(Self::Keys),
            "sessions" => Some(Self::Sessions),
            "security-desk" | "settings" => Some(Self::Lock),
            "password" => Some(Self::Password),
            "users" | "two-factor" => Some(Self::Strangers),
            _ => None,
        }
    }

    /// What to do by hand, and the value to write.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Record => (
                "Take a photo of the orders, fills and sessions you see",
                "time",
            ),
            Self::Bots => ("Stop every bot that trades for you", "how many run now?"),
            Self::Orders => ("Cancel every open order", "how many are open now?"),
            Self::Withdrawals => ("Have pending withdrawals stopped", "how many are pending?"),
            Self::Keys => (
                "Turn OAuth access and API keys off, make a new Flex token",
                "how many keys now?",
            ),
            Self::Sessions => (
                "Have every session but yours ended: web, phone, API",
                "how many sessions now?",
            ),
            Self::Lock => (
                "Have trading and withdrawals locked until you lift it",
                "locked? by whom?",
            ),
            Self::Password => ("New password, from a clean device", "time"),
            Self::Strangers => (
                "Look for new users, devices, addresses, forwarding rules",
                "how many are new?",
            ),
        }
    }

    /// Whether its line says on which accounts.
    fn names_accounts(self) -> bool {
        match self {
            Self::Orders | Self::Withdrawals => true,
            Self::Record
            | Self::Bots
            | Self::Keys
            | Self::Sessions
            | Self::Lock
            | Self::Password
            | Self::Strangers => false,
        }
    }
}

/// The list, in the order of harm. Calling comes before it and is not in it.
pub(super) fn lines(runbook: &Runbook, terrain: &Terrain) -> Vec<Line> {
    let is_here = |step: &&Step| {
        matches!(step.accounts, Accounts::Situation)
            || terrain.accounts.is_empty()
            || !terrain.bound(step).is_empty()
    };
    let steps = || {
        let done_here = runbook.steps.iter().filter(is_here);
        done_here.filter(|step| !is_the_call(step))
    };
    let mut lines = Matter::ALL
        .into_iter()
        .filter_map(|matter| {
            let about = steps()
                .filter(|step| Matter::of(step) == Some(matter))
                .collect::<Vec<_>>();
            (!about.is_empty()).then(|| line(matter, &about, terrain))
        })
        .collect::<Vec<_>>();
    let own = steps().filter(|step| Matter::of(step).is_none());
    lines.extend(own.map(|step| own_line(step, terrain)));
    let room = LINES_AT_MOST - 1;
    if lines.len() > room {
        let more = lines.len() - (room - 1);
        lines.truncate(room - 1);
        lines.push(Line {
            text: format!("{more} more steps: read them in the runbook {}", runbook.id),
            menu_path: None,
            value: "time".to_owned(),
        });
    }
    if steps().any(|step| step.lever() == Some(Lever::CancelOrders)) {
        lines.push(Line {
            text: "List positions that now have no stop".to_owned(),
            menu_path: None,
            value: "how many?".to_owned(),
        });
    }
    lines
}

/// Whether a step is the call that the card begins with.
fn is_the_call(step: &Step) -> bool {
    step.lever().is_none()
        && step.covers().is_empty()
        && step
            .instruction()
            .is_some_and(|it| it.contact.is_some() && it.page.as_deref() == Some("security-desk"))
}

fn line(matter: Matter, about: &[&Step], terrain: &Terrain) -> Line {
    let (text, value) = matter.words();
    let accounts = if matter.names_accounts() {
        about.iter().find_map(|step| names(step, terrain))
    } else {
        None
    };
    Line {
        text: match accounts {
            Some(accounts) => format!("{accounts}: {}", lower_first(text)),
            None => text.to_owned(),
        },
        menu_path: about.iter().find_map(|step| menu_path(step)),
        value: value.to_owned(),
    }
}

/// A step in its author's words.
fn own_line(step: &Step, terrain: &Terrain) -> Line {
    let title = door::clean(&step.title);
    let text = match names(step, terrain) {
        Some(accounts) => format!("{accounts}: {title}"),
        None => title,
    };
    let read_back = step.instruction().and_then(|it| it.read_back.as_ref());
    let asks = read_back.map(|read_back| door::clean(&read_back.get_ref().ask));
    let asks = asks.filter(|asks| asks.chars().count() <= 30);
    Line {
        text: shortened(&text, OWN_AT_MOST),
        menu_path: menu_path(step),
        value: asks.unwrap_or_else(|| "what does it say now?".to_owned()),
    }
}

fn menu_path(step: &Step) -> Option<String> {
    let path = step.instruction()?.menu_path.as_ref()?;
    Some(shortened(&door::clean(path.get_ref()), OWN_AT_MOST))
}

/// The accounts of a step; `None` for a step about the whole situation.
fn names(step: &Step, terrain: &Terrain) -> Option<String> {
    if matches!(step.accounts, Accounts::Situation) {
        return None;
    }
    let bound = terrain.bound(step);
    let names = bound
        .iter()
        .map(|account| account.name.as_str())
        .collect::<Vec<_>>();
    match names.len() {
        0 => None,
        1..=NAMES_AT_MOST
            if names.iter().map(|name| name.len()).sum::<usize>() <= LETTERS_AT_MOST =>
        {
            Some(names.join(", "))
        }
        1 => Some(shortened(names[0], LETTERS_AT_MOST)),
        count if count == terrain.accounts.len() => Some(format!("All {count} accounts")),
        count => Some(format!("{count} of your accounts")),
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}

pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept = text.chars().take(most - 1).collect::<String>();
    format!("{}…", kept.trim_end())
}
