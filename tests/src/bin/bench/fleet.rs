//! 50 accounts with 200 orders each, at one venue and at three, all proved cancelled, against the
//! least time that the venues' own pacing allows.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use door::Lever;
use incident::{
    Event, Mode, SystemClock,
    executor::{self, Command, Record, Start},
};
use runbook::Plan;
use simulator::{
    faults::Front,
    serve::{Spec, serve},
    world::Seeding,
};
use vault::Simulated;
use venues::{Account, Means};

use crate::{
    Failure,
    figure::{Figure, Goal},
    ground::Armed,
};

const ACCOUNTS: usize = 50;
/// At each of three venues.
const ACCOUNTS_A_VENUE: usize = 17;
const ORDERS: usize = 200;
const SAMPLES: usize = 3;
/// After this long a sample has failed.
const PROVED_WITHIN: Duration = Duration::from_mins(2);

pub(crate) fn figures() -> Result<Vec<Figure>, Failure> {
    let two_doors: BTreeSet<_> = [Front::Tws, Front::ClientPortal].into();
    let exchanges = [Front::KrakenSpot, Front::KrakenFutures, Front::Deribit];
    let three_venues = two_doors.iter().copied().chain(exchanges).collect();
    Ok(vec![
        figure(
            "50 accounts x 200 orders, two doors each: press to the last `verified`",
            ACCOUNTS,
            &two_doors,
        )?,
        figure(
            "51 accounts x 200 orders at three venues: press to the last `verified`",
            ACCOUNTS_A_VENUE,
            &three_venues,
        )?,
    ])
}

fn figure(
    what: &'static str,
    accounts: usize,
    fronts: &BTreeSet<Front>,
) -> Result<Figure, Failure> {
    let mut ours = Vec::new();
    let mut baseline = Vec::new();
    for _ in 0..SAMPLES {
        // a runtime for each, so that nothing of the last one still runs
        let runtime = tokio::runtime::Runtime::new()?;
        let (took, bound) = runtime.block_on(contained(accounts, fronts.clone()))?;
        ours.push(took.into());
        baseline.push(bound.into());
    }
    Ok(Figure {
        what,
        ours,
        against: "the least that the doors' own pacing allows for evidence, cancel and proof",
        baseline,
        goal: Goal::AtMost(1.2),
    })
}

async fn contained(
    accounts: usize,
    fronts: BTreeSet<Front>,
) -> Result<(Duration, Duration), Failure> {
    let served = serve(Spec {
        fronts,
        accounts,
        seeding: Seeding {
            orders: ORDERS,
            ..Seeding::default()
        },
        ..Spec::default()
    })
    .await?;
    let accounts = served.accounts().iter().map(Account::<Simulated>::of);
    let accounts = accounts.collect::<Result<Vec<_>, _>>()?;
    let means = Means::simulated();
    for account in served.accounts() {
        means.take_keys(account).await?;
    }
    let armed = Armed::new(&accounts, &means).await?;
    let home = tempfile::tempdir()?;
    let runbook = runbook::shipped_runbook("contain-everything").ok_or("no runbook is shipped")?;

    let began = Instant::now();
    let plan = armed.plan(&runbook);
    let bound = least(&plan);
    let mut unproved = cancels(&plan);
    let start = Start {
        run: "run".to_owned(),
        mode: Mode::Practice,
        seed: 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        pressed_from: "benchmark".to_owned(),
        plan,
    };
    let record = Record::in_folder(home.path());
    let run = executor::start(start, armed.doors, record, Arc::new(SystemClock))?;
    let mut lines = run.lines();
    let proved = async {
        while !unproved.is_empty() {
            let line = lines.next().await.ok_or("the run ended too early")?;
            if let Event::Verified { task, .. } = &line.event {
                unproved.remove(task);
            }
        }
        Ok::<_, Failure>(began.elapsed())
    };
    let took = tokio::time::timeout(PROVED_WITHIN, proved).await;
    let open: u64 = served
        .world()
        .truth_summary()
        .values()
        .map(|account| account.open_orders)
        .sum();
    run.send(Command::Leave).await?;
    served.stop().await;

    let took = took.map_err(|_| "not all accounts were proved in two minutes")??;
    if open > 0 {
        return Err(format!("{open} orders are open at the venue").into());
    }
    Ok((took, bound))
}

fn cancels(plan: &Plan) -> BTreeSet<runbook::TaskId> {
    plan.tasks
        .iter()
        .filter(|task| task.lever() == Some(Lever::CancelOrders))
        .map(|task| task.id.clone())
        .collect()
}

/// All accounts go at once, so the slowest door of one is the bound of all. The evidence before the
/// cancel lists orders too, and takes one turn of each door's pacing.
fn least(plan: &Plan) -> Duration {
    plan.tasks
        .iter()
        .filter(|task| task.lever() == Some(Lever::CancelOrders))
        .flat_map(runbook::Task::doors)
        .map(|door| door.support.takes_at_least + Duration::from_millis(door.poll_interval_ms))
        .max()
        .unwrap_or_default()
}
