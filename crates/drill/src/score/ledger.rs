//! What was open at the simulated venues, from when to when: the truth that claims are held against.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use simulator::{
    truth::{Happening, Harm as Lost, TruthEvent},
    world::{TransferState, WithdrawalState},
};

use super::{Clocked, Harm};
use crate::story::{StoryLine, Told};

/// A kind of thing that can be open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Kind {
    Order,
    Withdrawal,
    Transfer,
    Session,
    Key,
    /// An account that is not locked.
    Unlocked,
    /// A password that is the one of before.
    OldPassword,
    Device,
    User,
    Address,
}

impl Kind {
    /// What has to be gone before it is contained.
    const TO_CONTAIN: [Self; 5] = [
        Self::Order,
        Self::Withdrawal,
        Self::Transfer,
        Self::Session,
        Self::Key,
    ];

    /// So many of it, and what they still can.
    pub(super) fn counted(self, count: u64) -> String {
        let (one, more) = match self {
            Self::Order => ("order can fill", "orders can fill"),
            Self::Withdrawal => ("withdrawal can leave", "withdrawals can leave"),
            Self::Transfer => ("transfer can leave", "transfers can leave"),
            Self::Session => ("session lives", "sessions live"),
            Self::Key => ("key works", "keys work"),
            Self::Unlocked => ("account is not locked", "accounts are not locked"),
            Self::OldPassword => ("password is the old one", "passwords are the old ones"),
            Self::Device => ("device answers", "devices answer"),
            Self::User => ("user may log in", "users may log in"),
            Self::Address => ("address is allowed", "addresses are allowed"),
        };
        format!("{count} {}", if count == 1 { one } else { more })
    }
}

/// Something that was open, from when to when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) account: String,
    pub(super) kind: Kind,
    /// Its name there.
    pub(super) id: String,
    /// Whether an intruder made it, or uses it.
    pub(super) foreign: bool,
    pub(super) from: u64,
    /// None while it is open.
    pub(super) until: Option<u64>,
}

impl Span {
    /// Whether it was open all the time from one moment to another.
    pub(super) fn is_open_throughout(&self, from: u64, to: u64) -> bool {
        self.from <= from && self.until.is_none_or(|until| until >= to)
    }

    /// Whether it was open at a moment.
    pub(super) fn is_open_at(&self, at: u64) -> bool {
        self.from <= at && self.until.is_none_or(|until| until > at)
    }
}

/// All that was open in a drill, in the order in which it was opened.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) spans: Vec<Span>,
    /// What an intruder moved out of an account, and when it left.
    pub(super) gone: Vec<(u64, String)>,
    lost: Vec<(u64, TruthEvent)>,
}

impl Ledger {
    pub(super) fn of(story: &[StoryLine]) -> Self {
        let mut ledger = Self::default();
        let mut stolen = BTreeMap::new();
        for line in story {
            let Told::Truth { truth } = &line.told else {
                continue;
            };
            ledger.take(line.at_ms, truth);
            if let Happening::OrderPlaced {
                by, intruder: true, ..
            } = &truth.what
            {
                let used = stolen.entry((truth.account.clone(), by.clone()));
                used.or_insert(line.at_ms);
            }
            ledger.lost.push((line.at_ms, truth.clone()));
        }
        ledger.give_away(&stolen);
        ledger
    }

    /// Spans of one kind on one account.
    pub(super) fn on<'a>(&'a self, account: &'a str, kind: Kind) -> impl Iterator<Item = &'a Span> {
        self.spans
            .iter()
            .filter(move |span| span.account == account && span.kind == kind)
    }

    /// When the last of an intruder's things of a kind was gone. None while one is there, or where
    /// there never was one.
    pub(super) fn last_gone(&self, kind: Kind) -> Option<u64> {
        let of_kind = self.spans.iter().filter(|span| span.kind == kind);
        latest(of_kind.filter(|span| span.foreign))
    }

    /// When nothing of an intruder's was left for the last time. None while something is there, or
    /// where nobody ever got in.
    pub(super) fn contained_at(&self) -> Option<u64> {
        latest(self.foreign())
    }

    /// From when on it was contained: not before the press. None where it never was; the beginning
    /// where nobody ever got in.
    pub(super) fn contained_from(&self, clocked: &Clocked) -> Option<u64> {
        let from = clocked.from().unwrap_or(0);
        if self.foreign().next().is_none() {
            return Some(from);
        }
        Some(self.contained_at()?.max(from))
    }

    /// What an intruder has at the end, a line each.
    pub(super) fn left(&self) -> Vec<String> {
        let open = self.foreign().filter(|span| span.until.is_none());
        let mut counts: BTreeMap<(&str, Kind), u64> = BTreeMap::new();
        for span in open {
            *counts.entry((&span.account, span.kind)).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|((account, kind), count)| format!("{account}: {}", kind.counted(count)))
            .collect()
    }

    /// What it cost, an account each that lost something.
    pub(super) fn harm(&self, clocked: &Clocked) -> Vec<Harm> {
        let contained = self.contained_from(clocked).unwrap_or(u64::MAX);
        let pressed = clocked.pressed.unwrap_or(u64::MAX);
        let until = |limit: u64| {
            let before = self.lost.iter().filter(move |(at, _)| *at <= limit);
            Lost::of(before.map(|(_, event)| event))
        };
        let (whole, early) = (until(contained), until(pressed.min(contained)));
        let accounts: BTreeSet<&String> = self.lost.iter().map(|(_, each)| &each.account).collect();
        let harm = accounts.into_iter().map(|account| Harm {
            account: account.clone(),
            until_contained: whole.on(account).normalize(),
            after_press: (whole.on(account) - early.on(account)).normalize(),
        });
        harm.filter(|harm| {
            harm.until_contained != Decimal::ZERO || harm.after_press != Decimal::ZERO
        })
        .collect()
    }

    fn foreign(&self) -> impl Iterator<Item = &Span> {
        self.spans
            .iter()
            .filter(|span| span.foreign && Kind::TO_CONTAIN.contains(&span.kind))
    }

    /// A key that an intruder placed an order with is an intruder's from then on, whoever made it.
    fn give_away(&mut self, stolen: &BTreeMap<(String, String), u64>) {
        for span in &mut self.spans {
            let used = stolen.get(&(span.account.clone(), span.id.clone()));
            if span.kind == Kind::Key
                && used.is_some_and(|used| span.until.is_none_or(|until| until >= *used))
            {
                span.foreign = true;
            }
        }
    }

    fn take(&mut self, at: u64, truth: &TruthEvent) {
        let account = &truth.account;
        match &truth.what {
            Happening::OrderPlaced {
                order, intruder, ..
            } => self.open(at, account, Kind::Order, &order.to_string(), *intruder),
            Happening::OrderCancelled { order, .. } => {
                self.close(at, account, Kind::Order, &order.to_string());
            }
            Happening::OrderFilled {
                order, remaining, ..
            } => {
                if remaining.is_zero() {
                    self.close(at, account, Kind::Order, &order.to_string());
                }
            }
            Happening::SessionOpened {
                session, intruder, ..
            } => self.open(
                at,
                account,
                Kind::Session,
                &session.0.to_string(),
                *intruder,
            ),
            Happening::SessionEnded { session, .. } => {
                self.close(at, account, Kind::Session, &session.0.to_string());
            }
            Happening::KeyCreated { key, intruder, .. } => {
                self.open(at, account, Kind::Key, key, *intruder);
            }
            Happening::KeyRevoked { key } => self.close(at, account, Kind::Key, key),
            Happening::Withdrawal {
                withdrawal,
                amount,
                state,
                intruder,
                ..
            } => match state {
                WithdrawalState::Pending => {
                    self.open(at, account, Kind::Withdrawal, withdrawal, *intruder);
                }
                WithdrawalState::Cancelled => self.close(at, account, Kind::Withdrawal, withdrawal),
                WithdrawalState::Sent => {
                    self.close(at, account, Kind::Withdrawal, withdrawal);
                    self.leaves(at, account, amount, *intruder);
                }
            },
            Happening::Transfer {
                transfer,
                amount,
                state,
                intruder,
                ..
            } => match state {
                TransferState::Pending | TransferState::Validated => {
                    self.open(at, account, Kind::Transfer, transfer, *intruder);
                }
                TransferState::Stopped => self.close(at, account, Kind::Transfer, transfer),
                TransferState::Sent => {
                    self.close(at, account, Kind::Transfer, transfer);
                    self.leaves(at, account, amount, *intruder);
                }
            },
            Happening::DeviceAdded { device, intruder } => {
                self.open(at, account, Kind::Device, device, *intruder);
            }
            Happening::DeviceRemoved { device } => self.close(at, account, Kind::Device, device),
            Happening::UserAdded { user, intruder } => {
                self.open(at, account, Kind::User, user, *intruder);
            }
            Happening::UserRemoved { user } => self.close(at, account, Kind::User, user),
            Happening::AddressAllowed { target, intruder } => {
                self.open(at, account, Kind::Address, target, *intruder);
            }
            Happening::AddressRemoved { target } => {
                self.close(at, account, Kind::Address, target);
            }
            Happening::PasswordChanged => self.settle(at, account, Kind::OldPassword),
            Happening::AccountLocked { .. } => self.settle(at, account, Kind::Unlocked),
            Happening::AccountUnlocked => self.open(at, account, Kind::Unlocked, "", false),
            Happening::ContactChanged { .. }
            | Happening::ProgramStarted { .. }
            | Happening::ProgramStopped { .. }
            | Happening::DeadManSwitch { .. }
            | Happening::Request { .. } => {}
        }
    }

    fn leaves(&mut self, at: u64, account: &str, amount: &str, foreign: bool) {
        if foreign {
            self.gone.push((at, format!("{amount} left {account}")));
        }
    }

    fn open(&mut self, at: u64, account: &str, kind: Kind, id: &str, foreign: bool) {
        let known = self.on(account, kind).any(|span| is_open(span, id));
        if known {
            return;
        }
        self.spans.push(Span {
            account: account.to_owned(),
            kind,
            id: id.to_owned(),
            // an order that comes back is still of whoever placed it
            foreign: foreign
                || self
                    .on(account, kind)
                    .any(|span| span.id == id && span.foreign),
            from: at,
            until: None,
        });
    }

    fn close(&mut self, at: u64, account: &str, kind: Kind, id: &str) {
        let open = self
            .spans
            .iter_mut()
            .find(|span| span.account == account && span.kind == kind && is_open(span, id));
        if let Some(span) = open {
            span.until = Some(at);
        }
    }

    /// Closes what stands open from the beginning of the drill, and is told only when it closes.
    fn settle(&mut self, at: u64, account: &str, kind: Kind) {
        if self.on(account, kind).next().is_none() {
            self.open(0, account, kind, "", false);
        }
        self.close(at, account, kind, "");
    }
}

fn is_open(span: &Span, id: &str) -> bool {
    span.id == id && span.until.is_none()
}

fn latest<'a>(mut spans: impl Iterator<Item = &'a Span>) -> Option<u64> {
    let first = spans.next()?.until?;
    spans.try_fold(first, |latest, span| Some(latest.max(span.until?)))
}
