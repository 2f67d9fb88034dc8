//! The proving press: one order of the person's own is cancelled, and nothing else.
//!
//! Placed by the person, far from the market and small. Refused where real money may be behind the
//! account unless the person says so this time; refused for an order that may protect a position.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use door::{
    Again, CancelScope, Door, DoorError, DoorKind, ErrorClass, Fill, Forget, Found, Health,
    KeyScope, Lever, OpenOrder, OrderKey, Position, Pull, Reading, Snapshot,
};
use futures_util::future::join_all;
use jiff::Timestamp;
use runbook::AccountName;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};
use vault::Realm;
use venues::{Account, Environment, Kind, Venue};

use super::{
    check::refuse_during_run,
    modest::{Around, may_be_taken},
    proofs::{Listing, Money, Proof},
};
use crate::{Accounts, Error, Home, Notice};

/// How long a door may take to open, or to take a cancel.
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);
/// How many of its own intervals a listing may take, and how long beside that.
const LISTINGS_AT_MOST: u32 = 3;
const LISTS_WITHIN: Duration = Duration::from_secs(5);
/// How long the order is looked for after the cancel was taken.
const PROVED_WITHIN: Duration = Duration::from_mins(1);
/// How long a venue may ask for a moment before a first listing.
const PACE_WITHIN: Duration = Duration::from_secs(30);
/// What is so when something is refused before a cancel was sent.
const NOTHING_CANCELLED: &str = "no order was cancelled";
/// How many listings without the order are a proof.
const LISTINGS: usize = 2;

/// What the person asks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Proving {
    /// Which account.
    pub account: AccountName,
    /// Which order, by the key that the list shows; none lists the orders and does nothing.
    #[serde(default)]
    pub order: Option<String>,
    /// Also where real money is behind the account, this time.
    #[serde(default)]
    pub live: bool,
}

/// What there is to prove with, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProvingView {
    /// The account.
    pub account: AccountName,
    /// What money is behind it.
    pub money: Money,
    /// The open orders, each with why it is not taken.
    pub orders: Vec<Candidate>,
    /// The doors that could not list theirs, and why.
    pub unlisted: Vec<String>,
    /// The proof that was kept, once an order was cancelled.
    pub proof: Option<Proof>,
    /// Why there is none though a cancel was asked for: the lever is not proved.
    pub not_proved: Option<Notice>,
}

/// An open order, as something to prove with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Candidate {
    /// The doors that list it.
    pub doors: Vec<DoorKind>,
    /// The order.
    pub order: OpenOrder,
    /// Why it is not taken for a proof.
    pub refused: Option<String>,
}

/// A door that lists orders, and what it listed before anything was done.
struct Seen {
    door: Arc<dyn Door>,
    health: Health,
    orders: Vec<OpenOrder>,
    fills: Vec<Fill>,
}

/// Lists what there is, or cancels the one order that is named and keeps the proof in `home`.
pub(crate) async fn prove<R: Realm>(
    home: &Home,
    account: &Account<R>,
    doors: &[Arc<dyn Door>],
    asked: &Proving,
    now: Timestamp,
) -> Result<ProvingView, Error> {
    let (seen, unlisted) = look(account, doors).await?;
    let money = money(account, &seen);
    let around = around(account, &seen).await;
    let orders = candidates(&seen, &around);
    let mut view = ProvingView {
        account: account.name().clone(),
        money,
        orders,
        unlisted,
        proof: None,
        not_proved: None,
    };
    let Some(key) = &asked.order else {
        return Ok(view);
    };
    let chosen = choose(&view, key)?;
    if money != Money::Test && !asked.live {
        return Err(Error::wrong(match money {
            Money::NotTold => {
                format!(
                    "nobody told whether real money is behind {}",
                    account.name()
                )
            }
            Money::Real | Money::Test => format!("real money is behind {}", account.name()),
        })
        .untouched(NOTHING_CANCELLED)
        .next("prove it on a paper account; or say that it is meant this time, with --live"));
    }
    home.writable()
        .map_err(|error| error.untouched("no order was cancelled: a proof could not be kept"))?;
    match pull_it(&seen, &chosen, now).await {
        Ok(pulled) => {
            let proof = Proof {
                version: Proof::VERSION,
                account: account.name().as_str().to_owned(),
                lever: Lever::CancelOrders,
                money,
                not_seen: around.not_seen(&chosen),
                order: chosen,
                at: pulled
                    .gone
                    .listings
                    .last()
                    .map_or(now, |listing| listing.at),
                door: pulled.door,
                accepted: pulled.accepted,
                listings: pulled.gone.listings,
                others: pulled.gone.others,
                others_gone: pulled.gone.missed,
                program: format!("firebreak {}", env!("CARGO_PKG_VERSION")),
            };
            match proof.keep(home) {
                Ok(_) => view.proof = Some(proof),
                Err(error) => {
                    let seen =
                        "the order is cancelled and was seen to be gone; no proof of it is kept";
                    view.not_proved = Some(Notice::of("proof", &error.untouched(seen)));
                }
            }
        }
        Err(error) => view.not_proved = Some(Notice::of("proving", &error)),
    }
    Ok(view)
}

/// An order that was cancelled, and how it was seen to be gone.
struct Pulled {
    door: DoorKind,
    accepted: String,
    gone: Gone,
}

async fn pull_it(seen: &[Seen], order: &OpenOrder, now: Timestamp) -> Result<Pulled, Error> {
    let (acted, accepted) = cancel(seen, order, now).await?;
    let gone = watch(prover(seen, order, acted.door.kind()), order, now).await?;
    Ok(Pulled {
        door: acted.door.kind().clone(),
        accepted,
        gone,
    })
}

/// The same in this process, while no run is under way in any.
pub async fn prove_at(home: &Home, asked: &Proving) -> Result<ProvingView, Error> {
    refuse_during_run(home).await?;
    let accounts = Accounts::read(home)?;
    let account = accounts.select(std::slice::from_ref(&asked.account))?;
    let account = account
        .first()
        .ok_or_else(|| Error::wrong("no account was named"))?;
    let doors = account.open(&home.means()?)?;
    prove(home, account, &doors, asked, Timestamp::now()).await
}

/// What each door that cancels lists now, and why some list nothing.
async fn look<R: Realm>(
    account: &Account<R>,
    doors: &[Arc<dyn Door>],
) -> Result<(Vec<Seen>, Vec<String>), Error> {
    let cancels = |door: &&Arc<dyn Door>| {
        let mut levers = door.levers().into_iter();
        levers.any(|it| it.lever == Lever::CancelOrders && it.acts && it.reads)
    };
    let asked = doors.iter().filter(cancels).map(|door| async move {
        let looked = async {
            let door = door.as_ref();
            let open = || within(ANSWERS_WITHIN, door.open());
            let health = at_its_pace(door, open).await?;
            let reading = at_its_pace(door, || list(door, Timestamp::now())).await?;
            Ok((health, reading))
        };
        let (health, reading) = looked
            .await
            .map_err(|error: DoorError| (door.kind(), error))?;
        Ok::<_, (&DoorKind, DoorError)>(Seen {
            door: Arc::clone(door),
            health,
            fills: reading.fills.clone(),
            orders: orders(reading),
        })
    });
    let answers = join_all(asked).await;
    let mut seen = Vec::new();
    let mut failures = Vec::new();
    for answer in answers {
        match answer {
            Ok(one) => seen.push(one),
            Err(failure) => failures.push(failure),
        }
    }
    if !seen.is_empty() {
        let words = failures.into_iter();
        let words = words.map(|(door, error)| format!("{door}: {error}"));
        return Ok((seen, words.collect()));
    }
    let name = account.name();
    Err(match failures.into_iter().next() {
        None => Error::wrong(format!("no door of {name} cancels orders"))
            .untouched(NOTHING_CANCELLED)
            .next("add a door that does"),
        Some((door, error)) => Error::wrong(format!(
            "the orders of {name} could not be listed: {door}: {error}"
        ))
        .untouched(NOTHING_CANCELLED)
        .next(if error.next.is_empty() {
            format!("firebreak account test {name}")
        } else {
            error.next
        }),
    })
}

/// What `ask` answers; a venue that asks for a moment gets it, a few times.
async fn at_its_pace<T, F: Future<Output = Result<T, DoorError>>>(
    door: &dyn Door,
    ask: impl Fn() -> F,
) -> Result<T, DoorError> {
    let until = Instant::now() + PACE_WITHIN;
    loop {
        let error = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let wait = match error.again {
            Again::AfterMs(ms) => Duration::from_millis(ms),
            Again::Soon | Again::No => door.poll_interval(),
        };
        if error.class != ErrorClass::Paced || Instant::now() + wait > until {
            return Err(error);
        }
        sleep(wait).await;
    }
}

fn money<R: Realm>(account: &Account<R>, seen: &[Seen]) -> Money {
    let by_address = account.doors().iter().filter_map(|door| {
        let real = door.environment()? == Environment::Live;
        Some(Some(real))
    });
    let signs = |one: &Seen| {
        account
            .doors()
            .iter()
            .any(|door| door.kind().door_kind() == *one.door.kind() && door.environment().is_some())
    };
    let by_venue = seen
        .iter()
        .filter(|one| !signs(one))
        .map(|one| one.health.paper.map(|paper| !paper));
    let told: Vec<Option<bool>> = by_address.chain(by_venue).collect();
    if told.contains(&Some(true)) {
        Money::Real
    } else if told.is_empty() || told.contains(&None) {
        Money::NotTold
    } else {
        Money::Test
    }
}

/// What is held and was traded, as far as a capture tells. Reads only. Where a capture would use up
/// the calls that a press needs, nothing is told.
async fn around<R: Realm>(account: &Account<R>, seen: &[Seen]) -> Around {
    let asked = seen.iter().map(|one| async {
        let pull = pull(Lever::Capture, CancelScope::All, Timestamp::now());
        if Kind::from_id(&one.door.kind().0) == Some(Kind::KrakenSpot) {
            return None;
        }
        let told = within(ANSWERS_WITHIN, one.door.act(&pull, &Forget)).await;
        let told = told.ok().map(|receipt| (receipt.missing, receipt.snapshot));
        let (missing, snapshot) = told?;
        let has_positions = !missing.iter().any(|part| part.what.contains("positions"));
        Some((has_positions, snapshot?))
    });
    let told = join_all(asked).await;
    let all_told = told.iter().all(|one| matches!(one, Some((true, _))));
    let snapshots = told.into_iter().flatten().map(|(_, snapshot)| snapshot);
    let (mut positions, mut fills) = (Vec::<Position>::new(), Vec::<Fill>::new());
    for Snapshot {
        positions: held,
        fills: traded,
        ..
    } in snapshots
    {
        positions.extend(held);
        fills.extend(traded);
    }
    fills.extend(seen.iter().flat_map(|one| one.fills.clone()));
    Around {
        venue: Venue::from_id(account.venue()),
        positions,
        fills,
        positions_told: all_told,
    }
}

/// The orders, each once, with the doors that list it.
fn candidates(seen: &[Seen], around: &Around) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for one in seen {
        for order in &one.orders {
            match candidates
                .iter_mut()
                .find(|known| known.order.key == order.key)
            {
                Some(known) => known.doors.push(one.door.kind().clone()),
                None => candidates.push(Candidate {
                    doors: vec![one.door.kind().clone()],
                    order: order.clone(),
                    refused: may_be_taken(order, &one.orders, around).err(),
                }),
            }
        }
    }
    candidates
}

fn choose(view: &ProvingView, key: &str) -> Result<OpenOrder, Error> {
    let found = view.orders.iter().find(|one| one.order.key.0 == key);
    let Some(found) = found else {
        let open = view.orders.iter().map(|one| one.order.key.0.as_str());
        let open = open.take(20).collect::<Vec<_>>().join(", ");
        let unlisted = view
            .unlisted
            .iter()
            .map(|why| format!("; not listed: {why}"));
        return Err(Error::wrong(format!(
            "no open order is listed as {}{}",
            door::clean_to(key, 60),
            unlisted.collect::<String>()
        ))
        .untouched(NOTHING_CANCELLED)
        .next(if open.is_empty() {
            "place one of your own first: far from the market, and as small as the venue takes"
                .to_owned()
        } else {
            format!("the open orders are: {open}")
        }));
    };
    match &found.refused {
        None => Ok(found.order.clone()),
        Some(why) => Err(Error::wrong(format!(
            "the order {} is not taken: {why}",
            found.order.key
        ))
        .untouched(NOTHING_CANCELLED)
        .next("place one of your own: a limit far from the market, as small as the venue takes")),
    }
}

/// Cancels that order, through the first door that lists it and takes the cancel.
async fn cancel<'a>(
    seen: &'a [Seen],
    order: &OpenOrder,
    now: Timestamp,
) -> Result<(&'a Seen, String), Error> {
    let lists = |one: &&Seen| one.orders.iter().any(|it| it.key == order.key);
    let mut refusals = Vec::new();
    for one in seen.iter().filter(lists) {
        let pull = pull(
            Lever::CancelOrders,
            CancelScope::Only(order.key.clone()),
            now,
        );
        match within(ANSWERS_WITHIN, one.door.act(&pull, &Forget)).await {
            Ok(receipt) => return Ok((one, receipt.words)),
            Err(error) => refusals.push((one.door.kind(), error)),
        }
    }
    let words = refusals
        .iter()
        .map(|(door, error)| format!("{door}: {error}"));
    let words = words.collect::<Vec<_>>().join("; ");
    let next = refusals.into_iter().map(|(_, error)| error.next);
    let next = next
        .filter(|next| !next.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    Err(Error::wrong(format!(
        "the order {} could not be cancelled: {words}",
        order.key
    ))
    .untouched("no other order was touched; whether this one is still open, the venue's page tells")
    .next(if next.is_empty() {
        "this lever is not proved; look why, then try again".to_owned()
    } else {
        next
    }))
}

/// What the proof is read through, and what that door calls the order: another door than the one
/// that was acted through where one knows the order.
fn prover<'a>(seen: &'a [Seen], order: &OpenOrder, acted: &DoorKind) -> (&'a Seen, OrderKey) {
    let known = |one: &&'a Seen| -> Option<(&'a Seen, OrderKey)> {
        let key = key_at(one, order)?;
        Some((*one, key))
    };
    let others = seen.iter().filter(|one| one.door.kind() != acted);
    let own = seen.iter().filter(|one| one.door.kind() == acted);
    let found = others.chain(own).find_map(|one| known(&one));
    // the door that was acted through lists the order by its key
    found.unwrap_or((&seen[0], order.key.clone()))
}

/// What a door calls the order: by the same key, or the only one that looks like it.
fn key_at(one: &Seen, order: &OpenOrder) -> Option<OrderKey> {
    if one.orders.iter().any(|it| it.key == order.key) {
        return Some(order.key.clone());
    }
    let alike = |it: &&OpenOrder| {
        (&it.instrument, it.side, it.quantity, it.limit)
            == (&order.instrument, order.side, order.quantity, order.limit)
    };
    let mut alike = one.orders.iter().filter(alike);
    let only = alike.next()?;
    alike.next().is_none().then(|| only.key.clone())
}

/// What was seen of an order that is gone.
struct Gone {
    listings: Vec<Listing>,
    others: u64,
    missed: Vec<String>,
}

/// Lists until the order is gone from two listings in a row, each begun after the cancel was taken.
async fn watch(
    (through, key): (&Seen, OrderKey),
    order: &OpenOrder,
    pressed: Timestamp,
) -> Result<Gone, Error> {
    let until = Instant::now() + PROVED_WITHIN;
    let mut listings = Vec::new();
    let mut trouble = "it is still listed".to_owned();
    let sent = "the cancel was taken; no other order was touched";
    loop {
        let at = Timestamp::now();
        match list(through.door.as_ref(), pressed).await {
            Ok(reading) => {
                if reading
                    .fills
                    .iter()
                    .any(|fill| fill.order.as_ref() == Some(&key))
                {
                    return Err(Error::wrong(format!(
                        "the order {} filled before the cancel reached it",
                        order.key
                    ))
                    .untouched("no other order was touched")
                    .next("place one further from the market, then try again"));
                }
                let words = reading.words.clone();
                let open = orders(reading);
                if open.iter().any(|it| it.key == key) {
                    listings.clear();
                } else {
                    listings.push(Listing {
                        door: through.door.kind().clone(),
                        at,
                        open_orders: u64::try_from(open.len()).unwrap_or(u64::MAX),
                        words,
                    });
                }
                if listings.len() >= LISTINGS {
                    return Ok(gone(through, &key, &open, listings));
                }
            }
            Err(error) => {
                listings.clear();
                trouble = error.to_string();
            }
        }
        if Instant::now() >= until {
            return Err(Error::wrong(format!(
                "the order {} was not seen to be gone: {trouble}",
                order.key
            ))
            .untouched(sent)
            .next("look at it on the venue's page; this lever is not proved"));
        }
        sleep(through.door.poll_interval()).await;
    }
}

fn gone(through: &Seen, key: &OrderKey, open: &[OpenOrder], listings: Vec<Listing>) -> Gone {
    let now: BTreeSet<&OrderKey> = open.iter().map(|order| &order.key).collect();
    let before = through.orders.iter().filter(|order| order.key != *key);
    let (stay, gone): (Vec<_>, Vec<_>) = before.partition(|order| now.contains(&order.key));
    Gone {
        listings,
        others: u64::try_from(stay.len()).unwrap_or(u64::MAX),
        missed: gone.into_iter().map(|order| order.key.0.clone()).collect(),
    }
}

async fn list(door: &dyn Door, since: Timestamp) -> Result<Reading, DoorError> {
    let bound = door.poll_interval() * LISTINGS_AT_MOST + LISTS_WITHIN;
    let pull = pull(Lever::CancelOrders, CancelScope::All, since);
    within(bound, door.read_back(&pull, &Forget)).await
}

fn orders(reading: Reading) -> Vec<OpenOrder> {
    let orders = reading.found.into_iter().filter_map(|found| match found {
        Found::Order(order) => Some(order),
        Found::Withdrawal { .. }
        | Found::Session { .. }
        | Found::Key { .. }
        | Found::Program { .. }
        | Found::Setting { .. } => None,
    });
    orders.collect()
}

fn pull(lever: Lever, scope: CancelScope, pressed_at: Timestamp) -> Pull {
    Pull {
        lever,
        scope,
        keys: KeyScope::Others,
        pressed_at,
    }
}

async fn within<T>(
    bound: Duration,
    asking: impl Future<Output = Result<T, DoorError>>,
) -> Result<T, DoorError> {
    timeout(bound, asking).await.unwrap_or_else(|_| {
        let words = format!("no answer within {} s", bound.as_secs());
        Err(DoorError::new(ErrorClass::TimedOut, "", words))
    })
}

#[cfg(test)]
mod tests;
