//! One row for each act, whoever tells it: joined by account, kind and the venue's name of it.

use std::collections::{BTreeMap, HashMap};

use door::{Act, ActKind};

use super::{
    ActKey, ActRow,
    gather::{Gathered, Told},
    model::key_of,
};

/// How many differences are told one by one.
const MOST_SAID: usize = 20;

/// Rows that are being joined.
#[derive(Default)]
pub(super) struct Joining {
    pub(super) rows: Vec<ActRow>,
    by_key: HashMap<ActKey, usize>,
    /// The rows of accounts that share a kind and a name.
    by_name: HashMap<(ActKind, String), Vec<usize>>,
    differences: Vec<String>,
    ambiguous: BTreeMap<&'static str, u64>,
}

impl Joining {
    /// Joins all that is told.
    pub(super) fn of(gathered: &mut Gathered) -> Self {
        let mut joining = Self::default();
        let (of_accounts, of_files): (Vec<_>, Vec<_>) = gathered
            .told
            .drain(..)
            .partition(|told| told.account.is_some());
        for told in of_accounts.into_iter().chain(of_files) {
            joining.add(told);
        }
        joining.mark(&gathered.marks, &mut gathered.notes);
        joining.tell(&mut gathered.notes);
        joining
    }

    fn add(&mut self, told: Told) {
        let key = key_of(told.account.as_ref(), told.act.kind, &told.act.id);
        let place = self.by_key.get(&key).copied().or_else(|| {
            let alike = self.alike(&told);
            match alike {
                [only] => Some(*only),
                [] => None,
                _ => {
                    *self.ambiguous.entry(many(told.act.kind)).or_default() += 1;
                    None
                }
            }
        });
        match place {
            Some(place) => self.merge(place, told),
            None => self.open(key, told),
        }
    }

    /// The rows of accounts that an act of no named account may be.
    fn alike(&self, told: &Told) -> &[usize] {
        if told.account.is_some() {
            return &[];
        }
        let name = (told.act.kind, told.act.id.clone());
        self.by_name.get(&name).map_or(&[], Vec::as_slice)
    }

    fn open(&mut self, key: ActKey, told: Told) {
        let place = self.rows.len();
        if told.account.is_some() {
            let name = (told.act.kind, told.act.id.clone());
            self.by_name.entry(name).or_default().push(place);
        }
        self.by_key.insert(key.clone(), place);
        self.rows.push(ActRow {
            key,
            account: told.account,
            door: told.door,
            act: told.act,
            sources: vec![told.source],
            verdict: None,
            suggestion: None,
        });
    }

    fn merge(&mut self, place: usize, told: Told) {
        let row = &mut self.rows[place];
        let differing = merge(&mut row.act, told.act, told.is_newer);
        for field in differing {
            self.differences.push(format!(
                "The {field} of {} is told differently: what {} tells is used, not what {} tells.",
                row.key, row.sources[0], told.source
            ));
        }
        if row.door.is_none() {
            row.door = told.door;
        }
        if !row.sources.contains(&told.source) {
            row.sources.push(told.source);
        }
    }

    /// Gives each row what was said of it last: under its own name, or under the name that it had
    /// before its account was known.
    fn mark(
        &mut self,
        marks: &[(Vec<ActKey>, Option<crate::case::Verdict>)],
        notes: &mut Vec<String>,
    ) {
        let mut of_nothing = 0_u64;
        for (keys, verdict) in marks {
            for key in keys {
                match self.place_of(key) {
                    Some(place) => self.rows[place].verdict = *verdict,
                    None => of_nothing += 1,
                }
            }
        }
        if of_nothing > 0 {
            notes.push(format!(
                "{of_nothing} marks are of acts that no source tells now; they are kept."
            ));
        }
    }

    fn place_of(&self, key: &ActKey) -> Option<usize> {
        self.by_key.get(key).copied().or_else(|| {
            let (kind, id) = key.0.strip_prefix('/')?.split_once('/')?;
            let kind = KINDS
                .into_iter()
                .find(|known| key_of(None, *known, id).0.split('/').nth(1) == Some(kind))?;
            match self.by_name.get(&(kind, id.to_owned()))?.as_slice() {
                [only] => Some(*only),
                _ => None,
            }
        })
    }

    fn tell(&mut self, notes: &mut Vec<String>) {
        for (kind, count) in &self.ambiguous {
            notes.push(format!(
                "{count} {kind} of files that name no account may be of several accounts, and stand \
                 apart."
            ));
        }
        let more = self.differences.len().saturating_sub(MOST_SAID);
        self.differences.truncate(MOST_SAID);
        notes.append(&mut self.differences);
        if more > 0 {
            notes.push(format!("{more} more figures are told differently."));
        }
    }
}

const KINDS: [ActKind; 6] = [
    ActKind::Order,
    ActKind::Fill,
    ActKind::Transfer,
    ActKind::Session,
    ActKind::Key,
    ActKind::Address,
];

fn many(kind: ActKind) -> &'static str {
    match kind {
        ActKind::Order => "orders",
        ActKind::Fill => "fills",
        ActKind::Transfer => "transfers",
        ActKind::Session => "sessions",
        ActKind::Key => "keys",
        ActKind::Address => "addresses",
    }
}

/// Fills what `known` lacks from `other`, and names the figures that the two tell differently. A
/// state changes: the newest is kept.
fn merge(known: &mut Act, other: Act, is_newer: bool) -> Vec<&'static str> {
    let mut differing = Vec::new();
    // what an order asks for may be changed by whoever sent it; what was done stays
    let is_done = matches!(known.kind, ActKind::Fill | ActKind::Transfer);
    let mut differs = |field, differ: bool| {
        if differ && is_done {
            differing.push(field);
        }
    };
    differs("side", first(&mut known.side, other.side));
    differs("quantity", first(&mut known.quantity, other.quantity));
    differs("multiplier", first(&mut known.multiplier, other.multiplier));
    differs("price", first(&mut known.price, other.price));
    differs("amount", first(&mut known.amount, other.amount));
    differs("fee", first(&mut known.fee, other.fee));
    differs("gain", first(&mut known.realised, other.realised));
    differs("currency", first(&mut known.currency, other.currency));
    if is_newer && other.status.is_some() {
        known.status = other.status;
    } else {
        first(&mut known.status, other.status);
    }
    first(&mut known.at, other.at);
    first(&mut known.instrument, other.instrument);
    first(&mut known.order, other.order);
    first(&mut known.client_id, other.client_id);
    first(&mut known.submitter, other.submitter);
    first(&mut known.session, other.session);
    first(&mut known.ip, other.ip);
    first(&mut known.device, other.device);
    first(&mut known.to, other.to);
    if known.words.is_empty() {
        known.words = other.words;
    }
    differing
}

/// Takes `other` where nothing is known yet. Whether the two are both known and differ.
fn first<T: PartialEq>(known: &mut Option<T>, other: Option<T>) -> bool {
    match (known.as_ref(), other) {
        (None, other) => {
            *known = other;
            false
        }
        (Some(_), None) => false,
        (Some(known), Some(other)) => *known != other,
    }
}
