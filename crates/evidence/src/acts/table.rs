//! The table of acts: what every source of a case tells of them, joined, and what the person says.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
};

use door::ActKind;
use jiff::Timestamp;
use runbook::AccountName;
use serde::Serialize;

use super::{
    ActKey, ActRow, Choice, Losses, Price, Window,
    gather::{Gathered, Held},
    join::Joining,
    losses,
    model::key_of,
    suggest,
};
use crate::{EvidenceError, case::Verdict};

/// What was done in the accounts of a case.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Acts {
    rows: Vec<ActRow>,
    notes: Vec<String>,
    window: Window,
    #[serde(skip)]
    by_key: HashMap<ActKey, usize>,
    #[serde(skip)]
    held_down: HashSet<ActKey>,
    #[serde(skip)]
    positions: BTreeMap<AccountName, Held>,
}

impl Acts {
    /// All that the case in `folder` tells. What could not be used is in its notes.
    pub fn of(folder: &Path) -> Result<Self, EvidenceError> {
        let mut gathered = Gathered::of(folder)?;
        let joining = Joining::of(&mut gathered);
        let mut acts = Self {
            notes: gathered.notes,
            held_down: gathered.held_down,
            positions: gathered.positions,
            ..Self::from_rows(joining.rows)
        };
        let mut window = gathered.window;
        // what is disputed was done while somebody else was at work
        let disputed = acts.disputed().filter_map(|row| row.act.at).min();
        window.from = match (window.from, disputed) {
            (Some(from), Some(disputed)) => Some(from.min(disputed)),
            (from, disputed) => from.or(disputed),
        };
        acts.look_within(window);
        Ok(acts)
    }

    /// A table of these rows, which must have different names.
    pub fn from_rows(mut rows: Vec<ActRow>) -> Self {
        rows.sort_by(|a, b| {
            let when = |row: &ActRow| (row.act.at.is_none(), row.act.at);
            when(a).cmp(&when(b)).then_with(|| a.key.cmp(&b.key))
        });
        let by_key = rows
            .iter()
            .enumerate()
            .map(|(place, row)| (row.key.clone(), place))
            .collect();
        Self {
            rows,
            by_key,
            ..Self::default()
        }
    }

    /// The rows, by time; those without a time last.
    pub fn rows(&self) -> &[ActRow] {
        &self.rows
    }

    /// The row of this name.
    pub fn row(&self, key: &ActKey) -> Option<&ActRow> {
        self.by_key.get(key).map(|place| &self.rows[*place])
    }

    /// What could not be used, and what two sources tell differently, a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The time whose acts are suggested about: from a day before the press, or from the first act
    /// that is marked as not the person's.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Suggests anew, for the acts of another time.
    pub fn look_within(&mut self, window: Window) {
        self.window = window;
        for (place, suggestion) in suggest::all(self).into_iter().enumerate() {
            self.rows[place].suggestion = suggestion;
        }
    }

    /// The rows from `from` until before `until`.
    pub fn between(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = &ActRow> {
        let timed = self.rows.partition_point(|row| row.act.at.is_some());
        let timed = &self.rows[..timed];
        let start = timed.partition_point(|row| row.act.at < Some(from));
        let end = timed.partition_point(|row| row.act.at < Some(until));
        timed.get(start..end).unwrap_or_default().iter()
    }

    /// The rows that are meant, in their order.
    pub fn chosen(&self, choice: &Choice) -> Vec<&ActRow> {
        let choice = choice.lowered();
        self.rows
            .iter()
            .filter(|row| choice.means(row, self.order_of(row)))
            .collect()
    }

    /// Their names.
    pub fn select(&self, choice: &Choice) -> Vec<ActKey> {
        let rows = self.chosen(choice);
        rows.into_iter().map(|row| row.key.clone()).collect()
    }

    /// The row of the order that a fill belongs to.
    pub fn order_of(&self, row: &ActRow) -> Option<&ActRow> {
        let order = row.act.order.as_deref()?;
        self.row(&key_of(row.account.as_ref(), ActKind::Order, order))
    }

    /// The rows that are marked as not the person's.
    pub fn disputed(&self) -> impl Iterator<Item = &ActRow> {
        self.rows
            .iter()
            .filter(|row| row.verdict == Some(Verdict::NotMine))
    }

    /// The disputed orders of which nothing was traded, as far as the sources tell.
    pub fn unexecuted(&self) -> Vec<&ActRow> {
        losses::unexecuted(self)
    }

    /// What the acts that are marked as not the person's cost.
    pub fn losses(&self) -> Losses {
        losses::of(self, &[])
    }

    /// The same; what is still open is valued at the latest of these prices.
    pub fn losses_at(&self, prices: &[Price]) -> Losses {
        losses::of(self, prices)
    }

    pub(super) fn was_held_down(&self, row: &ActRow) -> bool {
        self.held_down.contains(&row.key)
    }

    /// What was held of an instrument when it was last read, and when that was.
    pub(super) fn held(
        &self,
        account: Option<&AccountName>,
        instrument: &str,
    ) -> Option<(rust_decimal::Decimal, Timestamp)> {
        let held = self.positions.get(account?)?;
        let position = held.positions.iter().find(|p| p.instrument == instrument);
        let quantity = position.map_or(rust_decimal::Decimal::ZERO, |p| p.quantity);
        Some((quantity, held.at))
    }
}
