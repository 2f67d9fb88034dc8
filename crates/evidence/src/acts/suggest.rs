//! What speaks for an answer, and why. Nothing here marks anything.

use std::collections::{HashMap, HashSet};

use door::ActKind;
use jiff::Timestamp;
use runbook::AccountName;

use super::{ActRow, Acts, Suggestion, Window};
use crate::case::Verdict;

/// How many earlier acts make a habit.
const HABIT: usize = 3;

/// A suggestion, or none, for each row in its order.
pub(super) fn all(acts: &Acts) -> Vec<Option<Suggestion>> {
    let known = Known::of(acts);
    acts.rows()
        .iter()
        .map(|row| Reasons::of(acts, &known, row).suggestion())
        .collect()
}

type Account<'a> = Option<&'a AccountName>;
/// How often something was said of acts that have the same value.
type Said<'a> = HashMap<(Account<'a>, &'a str), usize>;

/// What is known of all acts together.
struct Known<'a> {
    window: Window,
    /// Client ids of acts before the window, and of those marked as the person's own.
    clients: HashSet<(Account<'a>, &'a str)>,
    /// Accounts with such client ids.
    with_clients: HashSet<Account<'a>>,
    /// How often each submitter was seen before the window.
    submitters: HashMap<Account<'a>, HashMap<&'a str, usize>>,
    client_not_mine: Said<'a>,
    client_mine: Said<'a>,
    session_not_mine: Said<'a>,
    ip_not_mine: Said<'a>,
    submitter_mine: Said<'a>,
    /// Orders by the marks of their fills.
    fill_not_mine: Said<'a>,
    /// Addresses to withdraw to that were added in the window.
    addresses: HashMap<(Account<'a>, &'a str), Option<Timestamp>>,
}

impl<'a> Known<'a> {
    fn of(acts: &'a Acts) -> Self {
        let window = acts.window();
        let mut known = Self {
            window,
            clients: HashSet::new(),
            with_clients: HashSet::new(),
            submitters: HashMap::new(),
            client_not_mine: HashMap::new(),
            client_mine: HashMap::new(),
            session_not_mine: HashMap::new(),
            ip_not_mine: HashMap::new(),
            submitter_mine: HashMap::new(),
            fill_not_mine: HashMap::new(),
            addresses: HashMap::new(),
        };
        for row in acts.rows() {
            known.learn(acts, row);
        }
        known
    }

    fn learn(&mut self, acts: &'a Acts, row: &'a ActRow) {
        let account = row.account.as_ref();
        let order = acts.order_of(row);
        let is_theirs = row.verdict == Some(Verdict::NotMine);
        let is_mine = row.verdict == Some(Verdict::Mine);
        let is_before = self.window.is_after(row.act.at) && !is_theirs;
        let value = |field: Field| field(row).or_else(|| order.and_then(field));
        if let Some(client) = value(client) {
            if is_before || is_mine {
                self.clients.insert((account, client));
                self.with_clients.insert(account);
            }
            count(&mut self.client_not_mine, is_theirs, account, client);
            count(&mut self.client_mine, is_mine, account, client);
        }
        if let Some(submitter) = value(submitter) {
            if is_before {
                let seen = self.submitters.entry(account).or_default();
                *seen.entry(submitter).or_default() += 1;
            }
            count(&mut self.submitter_mine, is_mine, account, submitter);
        }
        if let Some(session) = value(session) {
            count(&mut self.session_not_mine, is_theirs, account, session);
        }
        if let Some(ip) = value(ip) {
            count(&mut self.ip_not_mine, is_theirs, account, ip);
        }
        if let Some(order) = row.act.order.as_deref() {
            count(&mut self.fill_not_mine, is_theirs, account, order);
        }
        if row.act.kind == ActKind::Address
            && self.window.holds(row.act.at)
            && let Some(to) = row.act.to.as_deref()
        {
            self.addresses.insert((account, to), row.act.at);
        }
    }
}

type Field = fn(&ActRow) -> Option<&str>;

fn client(row: &ActRow) -> Option<&str> {
    row.act.client_id.as_deref()
}

fn submitter(row: &ActRow) -> Option<&str> {
    row.act.submitter.as_deref()
}

/// The session that an act was done in; a session is its own.
fn session(row: &ActRow) -> Option<&str> {
    let own = (row.act.kind == ActKind::Session).then_some(row.act.id.as_str());
    row.act.session.as_deref().or(own)
}

fn ip(row: &ActRow) -> Option<&str> {
    row.act.ip.as_deref()
}

fn count<'a>(said: &mut Said<'a>, is_said: bool, account: Account<'a>, value: &'a str) {
    if is_said {
        *said.entry((account, value)).or_default() += 1;
    }
}

/// What speaks for each answer about one row.
#[derive(Default)]
struct Reasons {
    not_mine: Vec<String>,
    mine: Vec<String>,
}

impl Reasons {
    fn of(acts: &Acts, known: &Known<'_>, row: &ActRow) -> Self {
        let mut reasons = Self::default();
        let order = acts.order_of(row);
        reasons.by_order(acts, known, row, order);
        reasons.by_client(known, row, order);
        reasons.by_submitter(known, row, order);
        reasons.by_session(known, row, order);
        reasons.by_what_it_is(known, row);
        reasons
    }

    fn suggestion(mut self) -> Option<Suggestion> {
        let verdict = match (self.not_mine.is_empty(), self.mine.is_empty()) {
            (true, true) => return None,
            (false, true) => Verdict::NotMine,
            (true, false) => Verdict::Mine,
            (false, false) => Verdict::NotSure,
        };
        self.not_mine.append(&mut self.mine);
        Some(Suggestion {
            verdict,
            why: self.not_mine,
        })
    }

    fn by_order(&mut self, acts: &Acts, known: &Known<'_>, row: &ActRow, order: Option<&ActRow>) {
        match order.and_then(|order| order.verdict) {
            Some(Verdict::NotMine) => self
                .not_mine
                .push("The order that it belongs to is marked as not yours.".to_owned()),
            Some(Verdict::Mine) => self
                .mine
                .push("The order that it belongs to is marked as yours.".to_owned()),
            Some(Verdict::NotSure) | None => {}
        }
        if row.act.kind != ActKind::Order {
            return;
        }
        let account = row.account.as_ref();
        if known
            .fill_not_mine
            .contains_key(&(account, row.act.id.as_str()))
        {
            self.not_mine
                .push("A fill of it is marked as not yours.".to_owned());
        }
        if acts.was_held_down(row) {
            self.not_mine
                .push("It was placed after the press, while orders were held down.".to_owned());
        }
    }

    fn by_client(&mut self, known: &Known<'_>, row: &ActRow, order: Option<&ActRow>) {
        let Some(id) = client(row).or_else(|| order.and_then(client)) else {
            return;
        };
        let key = (row.account.as_ref(), id);
        let theirs = others(&known.client_not_mine, key, row, Verdict::NotMine);
        let mine = others(&known.client_mine, key, row, Verdict::Mine);
        match (theirs, mine) {
            (1.., 0) => self.not_mine.push(format!(
                "Its client id {id} is that of {} that you marked as not yours.",
                acts_in_words(theirs)
            )),
            (0, 1..) => self.mine.push(format!(
                "Its client id {id} is that of {} that you marked as yours.",
                acts_in_words(mine)
            )),
            // one client id on both sides speaks for neither
            (_, _) => {}
        }
        let is_new = known.window.holds(row.act.at)
            && known.with_clients.contains(&key.0)
            && !known.clients.contains(&key);
        if is_new && let Some(from) = known.window.from {
            self.not_mine.push(format!(
                "Its client id {id} was never seen on this account before {}.",
                when(from)
            ));
        }
    }

    fn by_submitter(&mut self, known: &Known<'_>, row: &ActRow, order: Option<&ActRow>) {
        let Some(name) = submitter(row).or_else(|| order.and_then(submitter)) else {
            return;
        };
        let account = row.account.as_ref();
        let Some(seen) = known.submitters.get(&account) else {
            return;
        };
        if !known.window.holds(row.act.at) || known.submitter_mine.contains_key(&(account, name)) {
            return;
        }
        let all: usize = seen.values().sum();
        let usual = seen.iter().max_by_key(|(name, times)| (**times, **name));
        let Some((usual, times)) = usual else { return };
        let is_habit = all >= HABIT && times * 2 > all;
        let is_rare = seen.get(name).is_none_or(|times| times * 10 < all);
        if is_habit && is_rare && *usual != name {
            self.not_mine.push(format!(
                "It was sent by {name}; {times} of the {all} acts before were sent by {usual}."
            ));
        }
    }

    fn by_session(&mut self, known: &Known<'_>, row: &ActRow, order: Option<&ActRow>) {
        let account = row.account.as_ref();
        if let Some(id) = session(row).or_else(|| order.and_then(session)) {
            let theirs = others(
                &known.session_not_mine,
                (account, id),
                row,
                Verdict::NotMine,
            );
            if theirs > 0 {
                self.not_mine.push(
                    "It belongs to a session in which something is marked as not yours, or which is \
                     so itself."
                        .to_owned(),
                );
            }
        }
        if let Some(address) = ip(row).or_else(|| order.and_then(ip)) {
            let theirs = others(
                &known.ip_not_mine,
                (account, address),
                row,
                Verdict::NotMine,
            );
            if theirs > 0 {
                self.not_mine.push(format!(
                    "It came from {address}, as did {} that you marked as not yours.",
                    acts_in_words(theirs)
                ));
            }
        }
    }

    fn by_what_it_is(&mut self, known: &Known<'_>, row: &ActRow) {
        match row.act.kind {
            ActKind::Transfer => {
                let Some(to) = row.act.to.as_deref() else {
                    return;
                };
                let leaves = row
                    .act
                    .amount
                    .is_none_or(|amount| amount.is_sign_negative());
                let added = known.addresses.get(&(row.account.as_ref(), to));
                if leaves && let Some(added) = added {
                    let at = added.map(|at| format!(", at {}", when(at)));
                    self.not_mine.push(format!(
                        "It goes to a place that was added or changed in the same time{}.",
                        at.unwrap_or_default()
                    ));
                }
            }
            ActKind::Key if known.window.holds(row.act.at) => self
                .not_mine
                .push("This key was made, changed or first used in this time.".to_owned()),
            ActKind::Address if known.window.holds(row.act.at) => self
                .not_mine
                .push("This place to withdraw to was added or changed in this time.".to_owned()),
            ActKind::Order | ActKind::Fill | ActKind::Session | ActKind::Key | ActKind::Address => {
            }
        }
    }
}

/// How many other rows than `row` were said to be `verdict`'s under this value.
fn others(said: &Said<'_>, key: (Account<'_>, &str), row: &ActRow, verdict: Verdict) -> usize {
    let all = said.get(&key).copied().unwrap_or_default();
    all - usize::from(row.verdict == Some(verdict) && all > 0)
}

fn acts_in_words(count: usize) -> String {
    match count {
        1 => "another act".to_owned(),
        count => format!("{count} other acts"),
    }
}

fn when(at: Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M:%S UTC").to_string()
}
