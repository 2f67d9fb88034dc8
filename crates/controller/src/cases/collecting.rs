//! Collecting: what this computer, its broker programs and, where asked for, the accounts tell now.
//!
//! Everything only reads. What could not be read is kept as a finding.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use collect::{
    Collected, Content, Outcome, Taken,
    broker::{ExportWatch, guides},
};
use door::{Act, Door, DoorKind, Keep, Lever, Pull};
use evidence::case::{Case, Line, Place};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use machine::Machine;
use runbook::AccountName;
use tokio::{sync::mpsc, time::timeout};
use vault::Live;
use venues::Means;

use super::{in_words, name_of};
use crate::{
    Accounts, Error, Home,
    bundles::{PROGRAM, beside},
};

/// How long the collectors of this computer may take together.
const WITHIN: Duration = Duration::from_secs(20);
/// How far back a broker's files are taken.
const DAYS_BACK: i64 = 7;
/// How long an account may take to tell all that it has.
const ACCOUNT_WITHIN: Duration = Duration::from_secs(90);
/// How often it is looked whether an export has appeared.
const LOOKS_EVERY: Duration = Duration::from_millis(700);

/// How far one collector is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CollectorState {
    /// It waits for those before it.
    Waiting,
    /// It reads.
    Reading,
    /// It read all that it looks for.
    Collected,
    /// What it looks for is not on this computer.
    NotHere,
    /// Some or all could not be read: a finding.
    Lacking,
}

/// One collector, and how far it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its id.
    pub collector: String,
    /// What it is, for a person.
    pub title: String,
    /// How far.
    pub state: CollectorState,
    /// What came of it, in words; empty until then.
    pub words: String,
}

impl Step {
    fn waiting(collector: &str, title: &str) -> Self {
        Self {
            collector: collector.to_owned(),
            title: title.to_owned(),
            state: CollectorState::Waiting,
            words: String::new(),
        }
    }

    fn told(told: &collect::Told<'_>) -> Self {
        let mut step = Self::waiting(told.collector, told.title);
        match told.state {
            collect::State::Began => step.state = CollectorState::Reading,
            collect::State::Ended(outcome) => step.end(outcome),
        }
        step
    }

    fn end(&mut self, outcome: &Outcome) {
        (self.state, self.words) = came_of(outcome);
    }
}

/// What came of a collector: how it ended, and in words.
pub fn came_of(outcome: &Outcome) -> (CollectorState, String) {
    match outcome {
        Outcome::Collected => (CollectorState::Collected, "collected".to_owned()),
        Outcome::Partly { why } => (CollectorState::Lacking, format!("in part: {why}")),
        Outcome::NotHere { why } => (CollectorState::NotHere, why.clone()),
        Outcome::Denied { why } => (
            CollectorState::Lacking,
            format!("not collected, access denied: {why}"),
        ),
        Outcome::TimedOut { why } => (
            CollectorState::Lacking,
            format!("not collected in time: {why}"),
        ),
        Outcome::Failed { why } => (CollectorState::Lacking, format!("not collected: {why}")),
    }
}

/// All collectors of this computer in their order, waiting; then the `accounts`.
pub fn collectors(accounts: &[String]) -> Vec<Step> {
    let machine = Machine::this();
    let mut steps: Vec<Step> = collect::collectors(machine.os())
        .iter()
        .map(|collector| Step::waiting(collector.id, collector.title))
        .collect();
    let broker = collect::broker::collectors();
    steps.extend(broker.iter().map(|(id, title)| Step::waiting(id, title)));
    steps.extend(
        accounts
            .iter()
            .map(|name| Step::waiting(&account_collector(name), &format!("What {name} tells"))),
    );
    steps
}

/// Collects into the case `into`, or into a new collection, and says into which. `accounts` are asked
/// too, which opens their doors: a session that is open elsewhere may lose its seat.
pub async fn collect(
    home: &Home,
    into: Option<&str>,
    accounts: &[String],
    mut told: impl FnMut(Step) + Send,
) -> Result<String, Error> {
    home.writable()?;
    let existing = into.map(|name| home.case(name)).transpose()?;
    let doors = opened(home, accounts)?;
    let collections = home.collections();
    let folder = beside(move || match existing {
        Some(folder) => Ok(folder),
        None => Case::begin(&collections, Timestamp::now(), PROGRAM)
            .map(|case| case.folder().to_owned())
            .map_err(|error| in_words(&error)),
    })
    .await?;
    let (tell, mut steps) = mpsc::unbounded_channel();
    let here = beside({
        let (folder, tell) = (folder.clone(), tell.clone());
        move || this_computer(&folder, &mut |step| drop(tell.send(step)))
    });
    let asked = ask_accounts(&folder, &doors, tell);
    let working = async { futures_util::join!(here, asked) };
    let listening = async {
        while let Some(step) = steps.recv().await {
            told(step);
        }
    };
    let ((here, asked), ()) = futures_util::join!(working, listening);
    here.and(asked)?;
    Ok(name_of(&folder))
}

/// Reads all that this computer tells, and keeps it. Blocks for seconds.
fn this_computer(folder: &Path, told: &mut dyn FnMut(Step)) -> Result<(), Error> {
    let case = Case::open(folder, PROGRAM).map_err(|error| in_words(&error))?;
    let machine = Machine::this();
    let lists = collect::Lists::shipped();
    let now = Timestamp::now();
    let around = (now - SignedDuration::from_hours(24 * DAYS_BACK), now);
    let mut tell = |step: collect::Told<'_>| told(Step::told(&step));
    let here = collect::host(&machine, &lists, WITHIN, &mut tell);
    let broker = collect::broker(&machine, around, &mut tell);
    let here = here.into_iter().map(|collected| (Place::Host, collected));
    let broker = broker
        .into_iter()
        .map(|collected| (Place::Broker, collected));
    for collected in here.chain(broker) {
        let (place, collected) = collected;
        case.take(Timestamp::now(), place, collected)
            .map_err(|error| in_words(&error))?;
    }
    Ok(())
}

struct Opened {
    name: String,
    doors: Vec<Arc<dyn Door>>,
}

fn opened(home: &Home, accounts: &[String]) -> Result<Vec<Opened>, Error> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let known = Accounts::read(home)?;
    let means: Means<Live> = home.means()?;
    let names: Vec<AccountName> = accounts.iter().map(AccountName::new).collect();
    known
        .select(&names)?
        .into_iter()
        .map(|account| {
            Ok(Opened {
                name: account.name().to_string(),
                doors: account.open(&means)?,
            })
        })
        .collect()
}

async fn ask_accounts(
    folder: &Path,
    accounts: &[Opened],
    tell: mpsc::UnboundedSender<Step>,
) -> Result<(), Error> {
    let asked = accounts.iter().map(|account| {
        let tell = tell.clone();
        async move {
            let mut step = Step::waiting(
                &account_collector(&account.name),
                &format!("What {} tells", account.name),
            );
            step.state = CollectorState::Reading;
            // whoever asked may have gone; what was told is kept all the same
            drop(tell.send(step.clone()));
            let mut kept = Ok(());
            let mut outcomes = Vec::new();
            for door in &account.doors {
                if door
                    .levers()
                    .iter()
                    .any(|offer| offer.lever == Lever::Capture)
                {
                    let collected = ask(account, door, &step).await;
                    outcomes.push((door.kind().clone(), collected.outcome.clone()));
                    let told = keep(folder.to_owned(), account, door.kind(), collected).await;
                    kept = kept.and(told);
                }
            }
            step.end(&together(&outcomes));
            drop(tell.send(step));
            kept
        }
    });
    join_all(asked).await.into_iter().collect()
}

/// What came of an account from what came of its doors.
fn together(outcomes: &[(DoorKind, Outcome)]) -> Outcome {
    if outcomes.is_empty() {
        return Outcome::NotHere {
            why: "no door of it offers evidence".to_owned(),
        };
    }
    let any = outcomes
        .iter()
        .any(|(_, outcome)| matches!(outcome, Outcome::Collected | Outcome::Partly { .. }));
    let lacking: Vec<String> = outcomes
        .iter()
        .filter(|(_, outcome)| *outcome != Outcome::Collected)
        .map(|(door, outcome)| format!("{door}: {}", came_of(outcome).1))
        .collect();
    let why = lacking.join("; ");
    match (lacking.is_empty(), any) {
        (true, _) => Outcome::Collected,
        (false, true) => Outcome::Partly { why },
        (false, false) => Outcome::Failed { why },
    }
}

async fn keep(
    folder: PathBuf,
    account: &Opened,
    door: &DoorKind,
    collected: Collected,
) -> Result<(), Error> {
    let (account, door) = (AccountName::new(&account.name), door.clone());
    beside(move || {
        let from = Some((&account, &door));
        Case::open(&folder, PROGRAM)
            .and_then(|case| case.take_from(Timestamp::now(), Place::Broker, collected, from))
            .map(drop)
            .map_err(|error| in_words(&error))
    })
    .await
}

async fn ask(account: &Opened, door: &Arc<dyn Door>, step: &Step) -> Collected {
    let began = Timestamp::now();
    let pull = Pull {
        lever: Lever::Capture,
        scope: door::CancelScope::All,
        keys: door::KeyScope::default(),
        pressed_at: began,
    };
    let kept = Kept {
        account: account.name.clone(),
        door: door.kind().clone(),
        told: Mutex::default(),
    };
    let asked = timeout(ACCOUNT_WITHIN, door.act(&pull, &kept)).await;
    // what was set for the asking is given back; a failure changes nothing that was collected
    drop(timeout(ACCOUNT_WITHIN, door.release(&door::Forget)).await);
    let (taken, acts) = kept.into_inner();
    let outcome = match asked {
        Ok(Ok(_)) => Outcome::Collected,
        Ok(Err(error)) if taken.is_empty() => Outcome::Failed {
            why: error.to_string(),
        },
        Ok(Err(error)) => Outcome::Partly {
            why: error.to_string(),
        },
        Err(_) => Outcome::TimedOut {
            why: format!("it did not end within {} s", ACCOUNT_WITHIN.as_secs()),
        },
    };
    Collected {
        collector: format!("{}-{}", step.collector, door.kind()),
        title: format!("{} through {}", step.title, door.kind()),
        began,
        ended: Timestamp::now(),
        outcome,
        taken,
        sightings: Vec::new(),
        acts,
    }
}

fn account_collector(name: &str) -> String {
    format!("account-{name}")
}

/// What a door told.
struct Kept {
    account: String,
    door: DoorKind,
    told: Mutex<Told>,
}

type Told = (Vec<Taken>, Vec<(String, Act)>);

impl Kept {
    fn into_inner(self) -> Told {
        self.told
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keep for Kept {
    fn keep(&self, label: &str, extension: &str, bytes: &[u8]) {
        self.keep_with_acts(label, extension, bytes, Vec::new());
    }

    fn keep_with_acts(&self, label: &str, extension: &str, bytes: &[u8], acts: Vec<Act>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // a door may tell the same kind of thing several times
        let name = format!(
            "{}-{}-{:02}-{label}.{extension}",
            self.account,
            self.door,
            told.0.len()
        );
        told.1
            .extend(acts.into_iter().map(|act| (name.clone(), act)));
        told.0.push(Taken {
            name,
            source: format!("{} of {}", self.door, self.account),
            modified: None,
            content: Content::Bytes(bytes.to_vec()),
        });
    }
}

/// A watch for logs that the person exports from the broker's program.
pub struct Watch {
    folder: PathBuf,
    watch: ExportWatch,
}

impl Watch {
    /// Begins to watch the usual places, and the folder that the person names.
    pub async fn begin(home: &Home, into: &str, also: Option<PathBuf>) -> Result<Self, Error> {
        home.writable()?;
        let folder = home.case(into)?;
        let watch = beside(move || {
            let mut watch = ExportWatch::begin(&Machine::this());
            if let Some(also) = also {
                watch.look_in(&also.display().to_string());
            }
            Ok(watch)
        })
        .await?;
        Ok(Self { folder, watch })
    }

    /// What the person does, a line for each way through a menu.
    pub fn steps() -> Vec<String> {
        guides()
            .iter()
            .flat_map(|guide| {
                let ways = guide.menus.iter().map(|menu| {
                    let way = menu.join(" > ");
                    format!("{}: {way}", guide.program)
                });
                ways.chain([guide.before.to_owned(), guide.note.to_owned()])
            })
            .fold(Vec::new(), |mut steps, step| {
                if !steps.contains(&step) {
                    steps.push(step);
                }
                steps
            })
    }

    /// Where it looks.
    pub fn places(&self) -> Vec<String> {
        self.watch.folders().map(str::to_owned).collect()
    }

    /// Waits for the next export, takes it in, and says under which names.
    pub async fn next(&mut self) -> Result<Vec<String>, Error> {
        loop {
            if let Some(collected) = self.watch.poll(Timestamp::now()) {
                let folder = self.folder.clone();
                return beside(move || {
                    let case = Case::open(&folder, PROGRAM).map_err(|error| in_words(&error))?;
                    let line = case
                        .take(Timestamp::now(), Place::Broker, collected)
                        .map_err(|error| in_words(&error))?;
                    Ok(names(&line))
                })
                .await;
            }
            tokio::time::sleep(LOOKS_EVERY).await;
        }
    }
}

fn names(line: &Line) -> Vec<String> {
    let evidence::case::Entry::Collected { files, .. } = &line.entry else {
        return Vec::new();
    };
    files.iter().map(|file| file.source.clone()).collect()
}
