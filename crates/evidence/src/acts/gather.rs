//! What every source of a case tells of acts. A file that is not as it was stored is not used, and
//! that is said.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt::Display,
    io::Read as _,
    path::Path,
};

use door::{ACTS_VERSION, Act, ActKind, ActsFile, DoorKind, Fill, OpenOrder, Position};
use incident::{Event, executor::CAPTURES, journal};
use jiff::{SignedDuration, Timestamp};
use runbook::AccountName;

use super::{ActKey, Window, model::key_of};
use crate::{
    EvidenceError,
    bag::{self, digest},
    case::{CASE_FILES, CaseError, CaseLog, Entry, Place, StoredFile, Verdict, open_plain},
    name::{is_plain_segment, shown},
    story::{Story, whole_lines},
};

/// The largest file of acts that is read.
const MAX_FILE: u64 = 256 * 1024 * 1024;
/// How many acts are read of a case.
const MAX_ACTS: usize = 1_000_000;
/// How long a text of an act may be, in characters.
const MAX_TEXT: usize = 400;
/// How long before the press a look at the acts begins, where nobody says otherwise.
const BEFORE_PRESS: SignedDuration = SignedDuration::from_hours(24);

/// One act as one source tells it.
pub(super) struct Told {
    pub(super) account: Option<AccountName>,
    pub(super) door: Option<DoorKind>,
    pub(super) act: Act,
    /// The place in the bundle.
    pub(super) source: String,
    /// Whether its state is newer than that of all before it.
    pub(super) is_newer: bool,
}

/// What somebody holds, as it was last read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Held {
    pub(super) at: Timestamp,
    pub(super) positions: Vec<Position>,
}

/// All that the sources tell.
#[derive(Default)]
pub(super) struct Gathered {
    /// In the order of the sources: the run's, by its journal, and then the case's.
    pub(super) told: Vec<Told>,
    /// Orders that appeared while orders were held down.
    pub(super) held_down: HashSet<ActKey>,
    pub(super) positions: BTreeMap<AccountName, Held>,
    /// What the person said, in order.
    pub(super) marks: Vec<(Vec<ActKey>, Option<Verdict>)>,
    pub(super) window: Window,
    pub(super) notes: Vec<String>,
}

impl Gathered {
    pub(super) fn of(folder: &Path) -> Result<Self, EvidenceError> {
        let mut gathered = Self::default();
        let has_journal = gathered.read_journal(folder)?;
        let log = CaseLog::read(folder);
        if let Some(damage) = &log.damage {
            gathered.note(format!(
                "The case's log is damaged, and is read as far as it is good: {damage}."
            ));
        }
        if !has_journal && log.lines.is_empty() {
            return Err(EvidenceError::NoRun {
                path: folder.to_owned(),
                why: "it has neither a journal nor a case's log".to_owned(),
            });
        }
        gathered.read_case(folder, &log);
        Ok(gathered)
    }

    fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    fn read_journal(&mut self, folder: &Path) -> Result<bool, EvidenceError> {
        let path = folder.join(journal::FILE_NAME);
        let mut file = match open_plain(&path) {
            Ok(file) => file,
            Err(CaseError::Gone { .. }) => return Ok(false),
            Err(error) => {
                return Err(EvidenceError::Read {
                    path,
                    error: std::io::Error::other(error.to_string()),
                });
            }
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|error| EvidenceError::Read { path, error })?;
        let story = match Story::of(whole_lines(&bytes)) {
            Ok(story) => story,
            Err(error) => {
                self.note(format!("The run's journal tells nothing: {error}."));
                return Ok(true);
            }
        };
        if let Some(damage) = &story.damage {
            self.note(format!(
                "The run's journal is damaged, and is read as far as it is good: {damage}."
            ));
        }
        self.window = Window {
            from: story.run.pressed_at.checked_sub(BEFORE_PRESS).ok(),
            until: None,
        };
        let named: BTreeSet<&str> = story.lines.iter().filter_map(captured).collect();
        for line in &story.lines {
            let place = format!("{} line {}", bag::JOURNAL_FILE, line.seq + 1);
            self.read_event(folder, line, &named, &story, &place);
        }
        Ok(true)
    }

    fn read_event(
        &mut self,
        folder: &Path,
        line: &journal::Line,
        named: &BTreeSet<&str>,
        story: &Story,
        place: &str,
    ) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "most of what happens in a run tells nothing of acts"
        )]
        match &line.event {
            Event::Captured {
                account: Some(account),
                door: Some(door),
                file,
                digest,
                ..
            } if file.ends_with(ActsFile::ENDING) => {
                if !is_plain_segment(file) {
                    self.note(format!(
                        "{} is not used: its name is not plain.",
                        shown(file)
                    ));
                    return;
                }
                let path = folder.join(CAPTURES).join(file);
                let in_bundle = format!("{}{file}", bag::CAPTURES);
                let Some(acts) = self.read_acts(&path, &in_bundle, digest) else {
                    return;
                };
                let of = if named.contains(acts.of.as_str()) {
                    format!("{}{}", bag::CAPTURES, acts.of)
                } else {
                    in_bundle
                };
                self.tell_all(Some((account, door)), &of, acts.acts);
            }
            Event::OrdersListed {
                account,
                door,
                orders,
            } => {
                for order in orders {
                    self.tell(account, Some(door), act_of_order(order), place);
                }
            }
            Event::OrderAppeared {
                account,
                door,
                order,
            } => {
                let act = tidy(act_of_order(order));
                self.held_down
                    .insert(key_of(Some(account), act.kind, &act.id));
                self.tell(account, Some(door), act, place);
            }
            Event::FillSeen {
                account,
                door,
                fill,
            } => self.tell(account, door.as_ref(), act_of_fill(fill), place),
            Event::PositionsRead {
                account, positions, ..
            } => self.hold(account, line.at, positions),
            Event::AttemptAccepted {
                task,
                door,
                receipt,
                ..
            } => {
                let account = story.run.plan.tasks.iter().find(|known| known.id == *task);
                let account = account.and_then(|task| task.account.as_ref());
                let (Some(account), Some(snapshot)) = (account, &receipt.snapshot) else {
                    return;
                };
                for order in &snapshot.orders {
                    self.tell(account, Some(door), act_of_order(order), place);
                }
                for fill in &snapshot.fills {
                    self.tell(account, Some(door), act_of_fill(fill), place);
                }
                if !snapshot.positions.is_empty() {
                    self.hold(account, line.at, &snapshot.positions);
                }
            }
            _ => {}
        }
    }

    fn hold(&mut self, account: &AccountName, at: Timestamp, positions: &[Position]) {
        let positions = positions.to_vec();
        self.positions
            .insert(account.clone(), Held { at, positions });
    }

    fn tell(&mut self, account: &AccountName, door: Option<&DoorKind>, act: Act, place: &str) {
        self.told.push(Told {
            account: Some(account.clone()),
            door: door.cloned(),
            act: tidy(act),
            source: place.to_owned(),
            is_newer: true,
        });
    }

    fn tell_all(&mut self, from: Option<(&AccountName, &DoorKind)>, of: &str, acts: Vec<Act>) {
        let room = MAX_ACTS.saturating_sub(self.told.len());
        if acts.len() > room {
            self.note(format!(
                "{of} is read in part: a case shows {MAX_ACTS} acts and no more."
            ));
        }
        let mut nameless = 0_u64;
        for act in acts.into_iter().take(room).map(tidy) {
            if act.id.is_empty() {
                nameless += 1;
                continue;
            }
            self.told.push(Told {
                account: from.map(|(account, _)| account.clone()),
                door: from.map(|(_, door)| door.clone()),
                source: format!("{of} {}", act.place),
                act,
                is_newer: from.is_some(),
            });
        }
        if nameless > 0 {
            self.note(format!(
                "{of} tells {nameless} acts without a name, which are not shown."
            ));
        }
    }

    fn read_case(&mut self, folder: &Path, log: &CaseLog) {
        if self.window.from.is_none() {
            let opened = log.lines.first().map(|line| line.at);
            self.window.from = opened.and_then(|at| at.checked_sub(BEFORE_PRESS).ok());
        }
        for line in &log.lines {
            match &line.entry {
                Entry::Collected { files, .. } => self.read_collected(folder, files),
                Entry::Marked { acts, verdict, .. } => self.marks.push((acts.clone(), *verdict)),
                Entry::Opened { .. }
                | Entry::Mended { .. }
                | Entry::Attached { .. }
                | Entry::Noted { .. }
                | Entry::Contact { .. }
                | Entry::Stated { .. }
                | Entry::Exported { .. } => {}
            }
        }
    }

    fn read_collected(&mut self, folder: &Path, files: &[StoredFile]) {
        let ours = files
            .iter()
            .filter(|file| file.path.ends_with(ActsFile::ENDING));
        for file in ours {
            let Some(in_bundle) = Place::path_in_bundle(&file.path) else {
                self.note(format!(
                    "{} is not used: no case names a file so.",
                    shown(&file.path)
                ));
                continue;
            };
            let path = folder.join(CASE_FILES).join(&file.path);
            let Some(acts) = self.read_acts(&path, &in_bundle, &file.digest) else {
                continue;
            };
            let raw = files.iter().find(|raw| raw.path == acts.of);
            let of = raw
                .and_then(|raw| Place::path_in_bundle(&raw.path))
                .unwrap_or(in_bundle);
            let account = acts.account.as_deref().map(AccountName::new);
            let from = account.as_ref().zip(acts.door.as_ref());
            self.tell_all(from, &of, acts.acts);
        }
    }

    /// The acts in the file at `path`, if it is as it was stored.
    fn read_acts(&mut self, path: &Path, in_bundle: &str, wanted: &str) -> Option<ActsFile> {
        match read_acts(path, wanted) {
            Ok(acts) => Some(acts),
            Err(why) => {
                self.note(format!("{in_bundle} is not used: {why}."));
                None
            }
        }
    }
}

fn captured(line: &journal::Line) -> Option<&str> {
    let Event::Captured { file, .. } = &line.event else {
        return None;
    };
    Some(file.as_str())
}

fn read_acts(path: &Path, wanted: &str) -> Result<ActsFile, String> {
    let file = open_plain(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(format!("it has more than {MAX_FILE} bytes"));
    }
    if digest(&bytes) != wanted {
        return Err("it is not as it was stored, its digest differs".to_owned());
    }
    let acts: ActsFile = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if acts.version != ACTS_VERSION {
        return Err(format!("it is of version {}", acts.version));
    }
    Ok(acts)
}

/// An act without control characters and with bounded texts, none of which is empty.
fn tidy(mut act: Act) -> Act {
    let clean = |text: &str| door::clean_to(text, MAX_TEXT);
    act.id = clean(&act.id);
    act.words = clean(&act.words);
    act.place = clean(&act.place);
    for field in [
        &mut act.status,
        &mut act.instrument,
        &mut act.currency,
        &mut act.order,
        &mut act.client_id,
        &mut act.submitter,
        &mut act.session,
        &mut act.ip,
        &mut act.device,
        &mut act.to,
    ] {
        *field = field.as_deref().map(clean).filter(|text| !text.is_empty());
    }
    act
}

fn act_of_order(order: &OpenOrder) -> Act {
    let mut words = traded("Order to", order.side, order.quantity, &order.instrument);
    for (word, figure) in [("limit", order.limit), ("stop", order.stop)] {
        if let Some(figure) = figure {
            words = format!("{words}, {word} {figure}");
        }
    }
    let (submitter, client_id) = sender(order.submitter.as_deref());
    Act {
        at: order.placed_at,
        status: Some(order.status.clone()),
        instrument: Some(order.instrument.clone()),
        side: Some(order.side),
        quantity: Some(order.quantity),
        price: order.limit.or(order.stop),
        client_id,
        submitter,
        ..Act::new(ActKind::Order, order.key.0.clone(), words, "")
    }
}

fn act_of_fill(fill: &Fill) -> Act {
    let words = format!(
        "{} at {}",
        traded("Filled:", fill.side, fill.quantity, &fill.instrument),
        fill.price
    );
    let (submitter, client_id) = sender(fill.submitter.as_deref());
    Act {
        at: fill.at,
        instrument: Some(fill.instrument.clone()),
        side: Some(fill.side),
        quantity: Some(fill.quantity),
        price: Some(fill.price),
        order: fill.order.as_ref().map(|order| order.0.clone()),
        client_id,
        submitter,
        ..Act::new(ActKind::Fill, fill.id.clone(), words, "")
    }
}

fn traded(what: &str, side: impl Display, quantity: impl Display, instrument: &str) -> String {
    format!("{what} {side} {quantity} {instrument}")
}

/// A door's words for who sent something, taken apart: the user and the API client. The TWS door
/// puts them together (`ada, API client 7`).
fn sender(words: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(words) = words else {
        return (None, None);
    };
    let (user, program) = words.rsplit_once(", ").unwrap_or(("", words));
    let user = (!user.is_empty()).then(|| user.to_owned());
    match program.strip_prefix("API client ") {
        Some(client) => (user, Some(client.to_owned())),
        None if program == "TWS window" && user.is_some() => (user, None),
        None => (Some(words.to_owned()), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doors_words_for_a_sender_are_taken_apart_only_where_they_name_a_client() {
        let told = |words| {
            let (user, client) = sender(Some(words));
            (user.unwrap_or_default(), client.unwrap_or_default())
        };
        let both = |user: &str, client: &str| (user.to_owned(), client.to_owned());
        assert_eq!(told("ada, API client 7"), both("ada", "7"));
        assert_eq!(told("API client 99"), both("", "99"));
        assert_eq!(told("ada, TWS window"), both("ada", ""));
        assert_eq!(told("TWS window"), both("TWS window", ""));
        assert_eq!(told("mallory"), both("mallory", ""));
        assert_eq!(told("api, label grid"), both("api, label grid", ""));
    }
}
