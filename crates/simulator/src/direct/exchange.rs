//! Exchanges without their wires: Kraken's two doors, each with its own part of the orders, and
//! Deribit's one, which cuts keys with a one-time code and its own key last.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use door::{
    Blinds, CancelScope, Code, Door, DoorError, DoorKind, ErrorClass, Family, Found, Health, Keep,
    KeyScope, Lever, LeverSupport, Pull, Reach, Reading, Receipt, Released, Residue, Unseen,
};

use super::{
    support::{acting, not_offered, partial, recording},
    wire::{Wire, door_error, malformed, unreachable},
};
use crate::{
    faults::{FaultKind, Front},
    world::{By, Key, WithdrawalState, World, WorldError},
};

const POLL: Duration = Duration::from_secs(1);
/// When a dead-man's switch fires that was not set again.
const DEAD_MAN: Duration = Duration::from_mins(1);

const CAN_BE_UNDONE: &str = "the same key can switch it on again";
const WEB_SESSIONS: &str = "sessions of the main account live on";
const OTHER_KEYS: &str = "Kraken lists no keys by API";

pub(super) struct ExchangeDoor {
    wire: Wire,
    /// Other parts of the venue that nobody was given a door to.
    without: Vec<Front>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The key was seen to work through this door.
    worked: bool,
    /// Other keys were listed and none works, by a listing after the last cut.
    others_cut: bool,
    code: Option<Code>,
    dead_man: bool,
}

impl ExchangeDoor {
    pub(super) fn new(wire: Wire, fronts: &BTreeSet<Front>) -> Self {
        let venue = wire.front.venue().fronts().iter();
        Self {
            without: venue.filter(|it| !fronts.contains(it)).copied().collect(),
            wire,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self) -> Result<Key, DoorError> {
        let (world, account) = (&self.wire.world, &self.wire.account);
        world
            .panic_key(account, self.wire.front)
            .ok_or_else(|| unreachable("no key was made for this door"))
    }

    /// A signed request.
    async fn ask<T: Send>(
        &self,
        what: &str,
        answer: impl FnOnce(&World, &By) -> Result<T, DoorError> + Send,
    ) -> Result<T, DoorError> {
        let key = self.key()?;
        self.wire
            .ask(what, |world| {
                self.troubles()?;
                if !key.enabled {
                    return Err(DoorError::new(
                        ErrorClass::Unauthorised,
                        "invalid key",
                        "the venue does not know this key any more",
                    ));
                }
                let answered = answer(world, &By::Key(key.name.clone()))?;
                self.lock().worked = true;
                Ok(answered)
            })
            .await
    }

    fn troubles(&self) -> Result<(), DoorError> {
        let (front, account) = (self.wire.front, &self.wire.account);
        let faults = self.wire.world.faults();
        let one_in = |kind, every| faults.one_in(front, account, kind, "every", every);
        if one_in(FaultKind::RateLimit, 2) {
            return Err(DoorError::new(
                ErrorClass::Paced,
                "rate limit",
                "too many requests",
            ));
        }
        if self.wire.bites(FaultKind::Lockout) {
            return Err(
                DoorError::new(ErrorClass::Paced, "temporary lockout", "locked out")
                    .after(Duration::from_mins(15)),
            );
        }
        if self.wire.bites(FaultKind::Maintenance) {
            return Err(unreachable("unavailable"));
        }
        if self.wire.bites(FaultKind::IpNotAllowed) || self.wire.bites(FaultKind::KeyExpired) {
            return Err(DoorError::new(
                ErrorClass::Unauthorised,
                "not from here, or not any more",
                "the key is bound to another address, or has expired",
            ));
        }
        if self.wire.bites(FaultKind::WrongTypes) || self.wire.bites(FaultKind::MissingFields) {
            return Err(malformed("a field is missing, or of another type"));
        }
        Ok(())
    }

    async fn cancel(&self, pull: &Pull) -> Result<Receipt, DoorError> {
        if self.has_dead_man() && pull.scope == CancelScope::All {
            self.set_dead_man().await?;
        }
        let asked = self.seen(self.wire.in_scope(pull));
        let taken = self
            .ask("cancel", |world, by| {
                let (front, account) = (self.wire.front, &self.wire.account);
                if world
                    .faults()
                    .one_in(front, account, FaultKind::ErrorIn200, "every", 1)
                {
                    return Err(DoorError::new(
                        ErrorClass::Refused,
                        "200 with an error in the body",
                        "the venue refused it",
                    )
                    .soon());
                }
                let mut taken = 0;
                for (order, _) in &asked {
                    match world.cancel(&self.wire.account, order.perm_id, by) {
                        Ok(_) => taken += 1,
                        Err(WorldError::OrderEnded(_)) => {}
                        Err(error) => return Err(door_error(&error)),
                    }
                }
                Ok(taken)
            })
            .await?;
        Ok(receipt(format!("{taken} cancels taken")))
    }

    fn has_dead_man(&self) -> bool {
        matches!(self.wire.front, Front::KrakenSpot | Front::KrakenFutures)
    }

    async fn set_dead_man(&self) -> Result<(), DoorError> {
        self.ask("cancel after", |world, _| {
            let (account, front) = (&self.wire.account, self.wire.front);
            world
                .dead_man(account, front, Some(DEAD_MAN))
                .map_err(|error| door_error(&error))
        })
        .await?;
        self.lock().dead_man = true;
        Ok(())
    }

    /// Without those of a sub-account that cannot be switched into.
    fn seen<T>(&self, mut orders: Vec<(crate::world::Order, T)>) -> Vec<(crate::world::Order, T)> {
        if let Some(hidden) = self.hidden_sub() {
            orders.retain(|(order, _)| order.ask.instrument.sub != hidden);
        }
        orders
    }

    fn hidden_sub(&self) -> Option<u32> {
        if !self.wire.bites(FaultKind::HiddenSub) {
            return None;
        }
        let view = self.wire.world.account(&self.wire.account).ok()?;
        view.exchange.subs.last().map(|sub| sub.id)
    }

    fn unseen(&self) -> Vec<Unseen> {
        let hidden = self.hidden_sub().map(|sub| Unseen {
            what: Family::new(format!("sub-account {sub}")),
            why: "this key cannot switch into it".to_owned(),
        });
        let without = self.without.iter().map(|front| Unseen {
            what: Family::new(format!("{} orders", front.id())),
            why: "this account has no door to them".to_owned(),
        });
        hidden.into_iter().chain(without).collect()
    }

    async fn read_orders(&self, pull: &Pull) -> Result<Reading, DoorError> {
        if self.lock().dead_man {
            self.set_dead_man().await?;
        }
        self.ask("orders", |_, _| {
            let open = self.seen(self.wire.in_scope(pull));
            Ok(Reading {
                words: format!("{} open orders", open.len()),
                found: open
                    .into_iter()
                    .map(|(_, told)| Found::Order(told))
                    .collect(),
                unseen: self.unseen(),
                fills: self.wire.fills_of(pull),
                ..Reading::default()
            })
        })
        .await
    }

    async fn stop_withdrawals(&self) -> Result<Receipt, DoorError> {
        self.ask("withdraw cancel", |world, _| {
            let view = world.account(&self.wire.account);
            let view = view.map_err(|error| door_error(&error))?;
            let pending = view.withdrawals.iter();
            let mut stopped = 0;
            for each in pending.filter(|each| each.state == WithdrawalState::Pending) {
                world
                    .cancel_withdrawal(&self.wire.account, &each.id)
                    .map_err(|error| door_error(&error))?;
                stopped += 1;
            }
            Ok(receipt(format!("{stopped} withdrawals asked to stop")))
        })
        .await
    }

    async fn read_withdrawals(&self) -> Result<Reading, DoorError> {
        self.ask("withdraw status", |world, _| {
            let view = world.account(&self.wire.account);
            let view = view.map_err(|error| door_error(&error))?;
            let mut reading = Reading {
                words: "withdrawals listed".to_owned(),
                ..Reading::default()
            };
            for each in view.withdrawals {
                let label = format!("{} {}", each.amount, each.currency);
                match each.state {
                    WithdrawalState::Pending => {
                        reading.found.push(Found::Withdrawal { id: each.id, label });
                    }
                    WithdrawalState::Sent => reading.residue.push(Residue {
                        what: format!("{label} has left"),
                        until: None,
                    }),
                    WithdrawalState::Cancelled => {}
                }
            }
            Ok(reading)
        })
        .await
    }

    /// Every product of every sub-account, as this key can switch it.
    fn products(&self) -> Vec<(u32, String)> {
        let subs = self
            .wire
            .world
            .account(&self.wire.account)
            .map(|view| view.exchange.subs)
            .unwrap_or_default();
        std::iter::once(0)
            .chain(subs.into_iter().map(|sub| sub.id))
            .filter(|sub| Some(*sub) != self.hidden_sub())
            .flat_map(|sub| ["PERP", "FUT", "OPT", "SPOT"].map(|kind| (sub, kind.to_owned())))
            .collect()
    }

    async fn block(&self) -> Result<Receipt, DoorError> {
        let products = self.products();
        self.ask("disable products", |world, _| {
            world
                .change_exchange(&self.wire.account, |kept| kept.blocked.extend(products))
                .map_err(|error| door_error(&error))?;
            Ok(receipt("products switched off".to_owned()))
        })
        .await
    }

    async fn read_blocks(&self) -> Result<Reading, DoorError> {
        let products = self.products();
        self.ask("products", |world, _| {
            let view = world.account(&self.wire.account);
            let blocked = view.map_err(|error| door_error(&error))?.exchange.blocked;
            let open = products.iter().filter(|each| !blocked.contains(*each));
            Ok(Reading {
                found: open
                    .map(|(sub, kind)| Found::Setting {
                        label: format!("{kind} of {sub}"),
                    })
                    .collect(),
                unseen: self.unseen(),
                words: "products read".to_owned(),
                ..Reading::default()
            })
        })
        .await
    }

    /// Deribit's keys, with the person's code.
    async fn revoke(&self, keys: KeyScope) -> Result<Receipt, DoorError> {
        let Some(code) = self.lock().code.take() else {
            return Err(needs_code("security_key_authorization_required"));
        };
        let own = self.key()?.name;
        let name = own.clone();
        let cut = |world: &World, name: &str| {
            world
                .remove_api_key(&self.wire.account, name)
                .map_err(|error| door_error(&error))
        };
        self.ask("remove keys", move |world, _| {
            let (front, account) = (self.wire.front, &self.wire.account);
            if !world.check_code(front, account, code.expose()) {
                return Err(needs_code("bad code"));
            }
            if keys == KeyScope::Own {
                return cut(world, &name);
            }
            let view = world.account(account).map_err(|error| door_error(&error))?;
            let others = view.keys.iter();
            for key in others.filter(|key| key.enabled && key.name != name) {
                cut(world, &key.name)?;
            }
            Ok(())
        })
        .await?;
        if keys == KeyScope::Others {
            self.lock().others_cut = true;
        }
        Ok(receipt("keys were removed".to_owned()))
    }

    /// The others as they were listed with the person's code; our own by the venue's refusal, and
    /// only once it was seen to work.
    async fn read_keys(&self, keys: KeyScope) -> Result<Reading, DoorError> {
        let found = |label: &str, words: &str| Reading {
            found: vec![Found::Key {
                label: label.to_owned(),
            }],
            words: words.to_owned(),
            ..Reading::default()
        };
        let clear = |words: &str| Reading {
            words: words.to_owned(),
            ..Reading::default()
        };
        let works = self.ask("key info", |_, _| Ok(())).await;
        match (keys, works) {
            (KeyScope::Others, Ok(())) if self.lock().others_cut => Ok(clear("no other key works")),
            (KeyScope::Others, Ok(())) => Ok(found("other keys", "not listed yet")),
            (KeyScope::Own, Ok(())) => Ok(found("our own key", "our own key works")),
            (KeyScope::Own, Err(error)) if error.words == "invalid key" && self.lock().worked => {
                Ok(clear("our own key is refused"))
            }
            (_, Err(error)) => Err(error),
        }
    }

    fn read_sessions() -> Reading {
        Reading {
            unseen: vec![Unseen {
                what: Family::new("web sessions"),
                why: WEB_SESSIONS.to_owned(),
            }],
            words: "sub-accounts' logins are off".to_owned(),
            ..Reading::default()
        }
    }

    async fn record(&self, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let snapshot = self.ask("capture", |_, _| Ok(self.wire.snapshot())).await?;
        keep.keep("capture", "txt", format!("{snapshot:?}").as_bytes());
        Ok(Receipt {
            snapshot: Some(snapshot),
            ..receipt("recorded".to_owned())
        })
    }
}

#[async_trait]
impl Door for ExchangeDoor {
    fn kind(&self) -> &DoorKind {
        &self.wire.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        let own_part = |support| LeverSupport {
            own_part: true,
            ..support
        };
        let cancel = acting(Lever::CancelOrders, Reach::Full, POLL);
        let capture = recording(Lever::Capture);
        let audit = recording(Lever::Audit);
        let stop = acting(Lever::StopWithdrawals, Reach::Full, Duration::ZERO);
        let read_keys = LeverSupport {
            acts: false,
            blinds: blinds_itself(&self.wire),
            ..acting(Lever::RevokeKey, partial(OTHER_KEYS), Duration::ZERO)
        };
        match self.wire.front {
            Front::KrakenSpot => vec![capture, own_part(cancel), stop, read_keys, audit],
            Front::KrakenFutures => vec![capture, own_part(cancel), read_keys],
            Front::Deribit => vec![
                capture,
                cancel,
                stop,
                acting(Lever::BlockTrading, partial(CAN_BE_UNDONE), Duration::ZERO),
                LeverSupport {
                    blinds: blinds_itself(&self.wire),
                    asks_code: true,
                    ..acting(Lever::RevokeKey, Reach::Full, POLL)
                },
                acting(Lever::EndSessions, partial(WEB_SESSIONS), Duration::ZERO),
                audit,
            ],
            Front::Tws | Front::ClientPortal | Front::Ibc | Front::Flex => Vec::new(),
        }
    }

    fn poll_interval(&self) -> Duration {
        POLL
    }

    async fn open(&self) -> Result<Health, DoorError> {
        self.ask("key info", |_, _| Ok(())).await?;
        Ok(Health {
            words: "an exchange, without a wire".to_owned(),
            ..Health::default()
        })
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match (pull.lever, self.wire.front) {
            (Lever::CancelOrders, _) => self.cancel(pull).await,
            (Lever::Capture | Lever::Audit, _) => self.record(keep).await,
            (Lever::StopWithdrawals, Front::KrakenSpot | Front::Deribit) => {
                self.stop_withdrawals().await
            }
            (Lever::BlockTrading, Front::Deribit) => self.block().await,
            (Lever::RevokeKey, Front::Deribit) => self.revoke(pull.keys).await,
            (Lever::EndSessions, Front::Deribit) => {
                self.ask("sub-account logins", |_, _| Ok(receipt("off".to_owned())))
                    .await
            }
            (lever, _) => Err(not_offered(&self.wire, lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        match (pull.lever, self.wire.front) {
            (Lever::CancelOrders, _) => self.read_orders(pull).await,
            (Lever::StopWithdrawals, Front::KrakenSpot | Front::Deribit) => {
                self.read_withdrawals().await
            }
            (Lever::BlockTrading, Front::Deribit) => self.read_blocks().await,
            (Lever::RevokeKey, _) => self.read_keys(pull.keys).await,
            (Lever::EndSessions, Front::Deribit) => {
                self.ask("sub-account logins", |_, _| Ok(Self::read_sessions()))
                    .await
            }
            (lever, _) => Err(not_offered(&self.wire, lever)),
        }
    }

    async fn offer_code(&self, code: Code) -> Result<(), DoorError> {
        self.lock().code = Some(code);
        Ok(())
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        if !self.lock().dead_man {
            return Ok(Vec::new());
        }
        self.ask("cancel after 0", |world, _| {
            world
                .dead_man(&self.wire.account, self.wire.front, None)
                .map_err(|error| door_error(&error))
        })
        .await?;
        self.lock().dead_man = false;
        Ok(vec![Released {
            what: "dead-man's switch".to_owned(),
            words: "taken off".to_owned(),
        }])
    }
}

/// Everything that the door does goes with its key.
fn blinds_itself(wire: &Wire) -> Vec<Blinds> {
    vec![Blinds {
        door: wire.kind.clone(),
        levers: Lever::ALL
            .into_iter()
            .filter(|lever| *lever != Lever::RevokeKey)
            .collect(),
    }]
}

fn needs_code(words: &str) -> DoorError {
    DoorError::new(
        ErrorClass::NeedsCode,
        words,
        "the venue asks for the one-time code of your authenticator",
    )
}

fn receipt(words: String) -> Receipt {
    Receipt {
        words,
        ..Receipt::default()
    }
}
