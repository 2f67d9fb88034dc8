//! From the press of an armed account to the arrival of its cancel, against a bare `ibapi` client
//! on a connection that is open as well. Both go through the same kind of tap.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;
use ibapi::{
    Client,
    accounts::{AccountSummaryResult, PositionUpdate, types::AccountGroup},
    orders::ExecutionFilter,
    subscriptions::SubscriptionItem,
};
use incident::{
    Mode, SystemClock,
    executor::{self, Command, Record, Start},
};
use runbook::Runbook;

use crate::{
    Failure,
    figure::{Figure, Goal},
    ground::{self, Ground},
};

const SAMPLES: usize = 25;
const ORDERS: usize = 20;
/// How long one listing of the bare client may take.
const LIST_WITHIN: Duration = Duration::from_secs(5);

/// A press that keeps no evidence: what the engine and the journal's first sync cost by themselves.
const CANCEL_ONLY: &str = r#"
id = "cancel-only"
title = "Cancel every open order"
when = "Measured, not used."

[[step]]
id = "cancel"
title = "Cancel every open order"
lever = "cancel_orders"
accounts = "all"
deadline = "30s"
"#;

pub(crate) fn figures() -> Result<Vec<Figure>, Failure> {
    tokio::runtime::Runtime::new()?.block_on(measured())
}

async fn measured() -> Result<Vec<Figure>, Failure> {
    let whole = runbook::shipped_runbook("contain-everything").ok_or("no runbook is shipped")?;
    let cancel_only = ground::read("cancel-only", CANCEL_ONLY)?;
    let mut figures = [
        Figure {
            what: "armed press (contain-everything) to the last cancel byte",
            ours: Vec::new(),
            against: "bare ibapi client: the same evidence read, then a global cancel",
            baseline: Vec::new(),
            goal: Goal::AtMost(1.5),
        },
        Figure {
            what: "armed press without evidence to the last cancel byte",
            ours: Vec::new(),
            against: "bare ibapi client: a global cancel, nothing recorded",
            baseline: Vec::new(),
            goal: Goal::Seen,
        },
    ];
    for _ in 0..SAMPLES {
        for (figure, runbook, evidence) in [(0, &whole, true), (1, &cancel_only, false)] {
            figures[figure].ours.push(pressed(runbook).await?.into());
            figures[figure].baseline.push(bare(evidence).await?.into());
        }
    }
    Ok(figures.into())
}

/// The real executor over a real door, recording into a real folder.
pub(crate) async fn pressed(runbook: &Runbook) -> Result<Duration, Failure> {
    let ground = Ground::with_orders(ORDERS).await?;
    let armed = ground.armed().await?;
    let home = tempfile::tempdir()?;

    let began = Instant::now();
    let folder = home.path().join("run");
    std::fs::create_dir(&folder)?;
    let start = Start {
        run: "run".to_owned(),
        mode: Mode::Practice,
        seed: 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        pressed_from: "benchmark".to_owned(),
        plan: armed.plan(runbook),
    };
    let record = Record::in_folder(&folder);
    let run = executor::start(start, armed.doors, record, Arc::new(SystemClock))?;

    let (arrived, ground) = ground.next_cancel().await?;
    run.send(Command::Leave).await?;
    drop(ground);
    Ok(arrived.duration_since(began))
}

/// What a person would write with the crate alone.
async fn bare(evidence: bool) -> Result<Duration, Failure> {
    let ground = Ground::with_orders(ORDERS).await?;
    let client = Client::connect(&ground.tap.address().to_string(), 77).await?;

    let began = Instant::now();
    if evidence {
        let _read = tokio::try_join!(
            open_orders(&client),
            completed_orders(&client),
            executions(&client),
            positions(&client),
            summary(&client),
            async { Ok(client.server_time().await.map(drop)?) },
        )?;
    }
    client.global_cancel().await?;

    let (arrived, ground) = ground.next_cancel().await?;
    client.disconnect().await;
    drop(ground);
    Ok(arrived.duration_since(began))
}

async fn open_orders(client: &Client) -> Result<usize, Failure> {
    let mut listing = client.all_open_orders().await?;
    Ok(listing.collect_to_end_within(LIST_WITHIN).await?.len())
}

async fn completed_orders(client: &Client) -> Result<usize, Failure> {
    let mut listing = client.completed_orders(false).await?;
    Ok(listing.collect_to_end_within(LIST_WITHIN).await?.len())
}

async fn executions(client: &Client) -> Result<usize, Failure> {
    let mut listing = client.executions(ExecutionFilter::default()).await?;
    Ok(listing.collect_to_end_within(LIST_WITHIN).await?.len())
}

async fn positions(client: &Client) -> Result<usize, Failure> {
    let mut listing = client.positions().await?;
    let mut rows = 0;
    while let Some(item) = listing.next().await {
        match item? {
            SubscriptionItem::Data(PositionUpdate::Position(_)) => rows += 1,
            SubscriptionItem::Data(PositionUpdate::PositionEnd) => return Ok(rows),
            SubscriptionItem::Notice(_) => {}
        }
    }
    Err("the positions did not end".into())
}

async fn summary(client: &Client) -> Result<usize, Failure> {
    let all = AccountGroup("All".to_owned());
    let mut listing = client
        .account_summary(&all, &["NetLiquidation", "TotalCashValue", "BuyingPower"])
        .await?;
    let mut rows = 0;
    while let Some(item) = listing.next().await {
        match item? {
            SubscriptionItem::Data(AccountSummaryResult::Summary(_)) => rows += 1,
            SubscriptionItem::Data(AccountSummaryResult::End) => return Ok(rows),
            SubscriptionItem::Notice(_) => {}
        }
    }
    Err("the account summary did not end".into())
}
