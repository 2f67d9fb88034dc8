//! From the start of a cold `firebreak panic` to the arrival of its cancel at an exchange, against a
//! Python script with that exchange's client which calls its "cancel all"; and the orders that the
//! script leaves open.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use simulator::{
    faults::Front,
    serve::{Served, Spec, serve},
    truth::{Happening, TruthEvent},
    world::{BOT_KEY, Seeding, Venue},
};
use tests::program::{self, Home};
use tokio::{sync::mpsc, time::timeout};

use crate::{
    Failure,
    figure::{Figure, Goal},
};

const SAMPLES: usize = 7;
const ORDERS: usize = 60;
/// After this long a sample has failed.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

pub(crate) fn figures() -> Result<Vec<Figure>, Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut figures = Vec::new();
    for (venue, what, against) in [
        (
            Venue::Kraken,
            "cold `firebreak panic` at Kraken: process start to the cancel's arrival",
            "cold Python script with python-kraken-sdk: cancel_all_orders()",
        ),
        (
            Venue::Deribit,
            "cold `firebreak panic` at Deribit: process start to the cancel's arrival",
            "cold Python script with ccxt: cancel_all_orders()",
        ),
    ] {
        let (mut ours, mut baseline) = (Vec::new(), Vec::new());
        for _ in 0..SAMPLES {
            ours.push(runtime.block_on(pressed(venue))?.into());
            baseline.push(runtime.block_on(naive(venue))?.into());
        }
        figures.push(Figure {
            what,
            ours,
            against,
            baseline,
            goal: Goal::FasterBy(10.0),
        });
    }
    Ok(figures)
}

async fn served(venue: Venue) -> Result<Served, Failure> {
    let spec = Spec {
        fronts: venue.fronts().iter().copied().collect(),
        seeding: Seeding {
            orders: ORDERS,
            ..Seeding::default()
        },
        ..Spec::default()
    };
    Ok(serve(spec).await?)
}

async fn pressed(venue: Venue) -> Result<Duration, Failure> {
    let served = served(venue).await?;
    let account = &served.accounts()[0];
    let home = Home::with_keychain();
    let added = program::Served {
        name: account.name().to_owned(),
        add: account.add_arguments(),
        secrets: account.secrets(),
        totp: None,
    };
    let home = tokio::task::spawn_blocking(move || {
        home.add(&added);
        home
    })
    .await?;
    let mut truth = served.world().truth();
    while truth.try_recv().is_ok() {}
    let mut command = home.command(&["panic", "--now", "--json"]);
    let began = Instant::now();
    let child = Ended(silent(&mut command).spawn()?);
    let arrived = next_cancel(&mut truth).await?;
    drop(child);
    served.stop().await;
    Ok(arrived.duration_since(began))
}

async fn naive(venue: Venue) -> Result<Duration, Failure> {
    let served = served(venue).await?;
    let account = served.accounts()[0].clone();
    let door = &account.doors()[0];
    let key = bot_key(&served, door.front())?;
    let given = json!({
        "authority": served.authority(),
        "url": door.url(),
        "key": key.0,
        "secret": key.1,
    });
    let mut truth = served.world().truth();
    while truth.try_recv().is_ok() {}
    let top = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(top.join(".venv/bin/python"));
    command
        .arg(top.join("tests/clients/cancel_all_exchange.py"))
        .arg(venue.id());
    let began = Instant::now();
    let mut child = Ended(silent(&mut command).stdin(Stdio::piped()).spawn()?);
    if let Some(stdin) = child.0.stdin.as_mut() {
        stdin.write_all(given.to_string().as_bytes())?;
    }
    drop(child.0.stdin.take());
    let arrived = next_cancel(&mut truth).await?;
    let ended = tokio::task::spawn_blocking(move || child.0.wait()).await??;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let open: u64 = served
        .world()
        .truth_summary()
        .values()
        .map(|account| account.open_orders)
        .sum();
    eprintln!(
        "  the script at {} ended with {ended} and left {open} of {ORDERS} orders open",
        venue.id()
    );
    served.stop().await;
    Ok(arrived.duration_since(began))
}

/// The owner's bot's key at a front end: what a script would have.
fn bot_key(served: &Served, front: Front) -> Result<(String, String), Failure> {
    let view = served.world().account(served.accounts()[0].account())?;
    let keys = view.keys.into_iter();
    let of_front = keys.filter(|key| key.name.starts_with(BOT_KEY));
    let api = of_front
        .filter_map(|key| key.api)
        .find(|api| api.front == front);
    let api = api.ok_or("the bot has no key there")?;
    Ok((api.public, api.secret))
}

async fn next_cancel(truth: &mut mpsc::UnboundedReceiver<TruthEvent>) -> Result<Instant, Failure> {
    let heard = async {
        while let Some(event) = truth.recv().await {
            if let Happening::Request { what, .. } = &event.what
                && ["CancelAll", "cancel_all", "cancelallorders"]
                    .iter()
                    .any(|call| what.ends_with(call))
            {
                return Some(Instant::now());
            }
        }
        None
    };
    let arrived = timeout(ARRIVES_WITHIN, heard).await?;
    arrived.ok_or_else(|| "the simulator ended".into())
}

fn silent(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

/// A process that does not outlive its measurement.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
