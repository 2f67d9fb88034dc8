//! Every door and every lever of an account, tested without effect.
//!
//! Doors are opened and read; nothing is acted upon. Each wait has a bound. What was not seen to
//! work is never called ready.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use door::{
    Again, Door, DoorError, DoorKind, ErrorClass, Forget, Health, Lever, LeverSupport, Missing,
    Pull, Reach, Reading,
};
use futures_util::future::join_all;
use jiff::Timestamp;
use runbook::{AccountName, AccountOutline, Doing, Runbook, Terrain};
use serde::Serialize;
use tokio::time::{Instant, timeout};
use vault::{Live, Realm};
use venues::{Account, Means};

use crate::{Error, Far, Home, files, known, readiness::rights};

/// How long a door may take to open.
const OPENS_WITHIN: Duration = Duration::from_secs(15);
/// How many listings a reading may take, by the door's own pace.
const LISTINGS_AT_MOST: u32 = 3;
/// How long a reading may take beside its listings.
const READS_WITHIN: Duration = Duration::from_secs(2);
/// The runbook whose cards say what the person does where no door can.
const BY_HAND: &str = "contain-everything";
/// When accounts were last tested.
const TESTED: &str = "tested.toml";

/// An account, tested.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Tested {
    /// The account's name.
    pub name: AccountName,
    /// When the test ended.
    pub at: Timestamp,
    /// Each door, in the order in which levers try them.
    pub doors: Vec<DoorTested>,
    /// Each lever, in the board's order.
    pub levers: Vec<LeverTested>,
    /// What each door that was reached tells of settings, keys, addresses and locks.
    #[serde(skip)]
    pub(crate) audits: Vec<Audited>,
    /// The doors whose venue asked for fewer requests, in its words.
    #[serde(skip)]
    pub(crate) paced: Vec<(DoorKind, String)>,
}

/// What a door's audit told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Audited {
    /// Which door.
    pub(crate) door: DoorKind,
    /// Whether it signs with a key.
    pub(crate) signs: bool,
    /// What it told, or why it told nothing.
    pub(crate) told: Result<Facts, DoorError>,
}

/// Facts as name and value, and what could not be had.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) list: Vec<(String, String)>,
    pub(crate) missing: Vec<Missing>,
}

/// A door, tested.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DoorTested {
    /// Which.
    pub kind: DoorKind,
    /// Whether it was reached.
    pub reached: bool,
    /// What kind of failure it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<ErrorClass>,
    /// What was reached, or why nothing was.
    pub words: String,
    /// The mend; may be empty.
    pub next: String,
    /// What the person should know.
    pub warnings: Vec<String>,
    /// The venue's clock minus ours, in milliseconds, where it tells.
    pub clock_offset_ms: Option<i64>,
    /// Whether the venue says that no real money is behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<bool>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A lever, tested.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LeverTested {
    /// Which.
    pub lever: Lever,
    /// How far it goes.
    pub far: Far,
    /// `partial`: what is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// How it is.
    pub state: LeverState,
    /// What was seen.
    pub seen: String,
}

/// How a lever is, while nothing is pulled. Never a task's word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeverState {
    /// Checked without effect.
    Ready,
    /// The person does it.
    ByYou,
    /// It would be refused now.
    Dead,
    /// It could not be checked.
    Unknown,
    /// No door offers it.
    NotOffered,
}

impl Tested {
    /// A test that found nothing.
    #[cfg(test)]
    pub(crate) fn nothing(name: &str) -> Self {
        Self {
            name: AccountName::new(name),
            at: Timestamp::UNIX_EPOCH,
            doors: Vec::new(),
            levers: Vec::new(),
            audits: Vec::new(),
            paced: Vec::new(),
        }
    }

    /// Whether every door was reached.
    pub fn all_reached(&self) -> bool {
        self.doors.iter().all(|door| door.reached)
    }
}

/// Opens every door of `account` and reads what every lever would act upon. Takes half a minute at
/// most, and seconds as a rule.
pub async fn test_account(account: &Account<Live>, means: &Means<Live>) -> Result<Tested, Error> {
    let doors = account.open(means)?;
    Ok(test_doors(account, &doors).await)
}

/// The same through doors that were built before.
pub(crate) async fn test_doors<R: Realm>(account: &Account<R>, doors: &[Arc<dyn Door>]) -> Tested {
    let opened = join_all(doors.iter().map(open)).await;
    let reached = doors
        .iter()
        .zip(&opened)
        .filter(|(_, (health, _))| health.is_ok())
        .map(|(door, _)| Arc::clone(door))
        .collect::<Vec<_>>();
    let readings = read_all(&reached).await;
    let audits = audits_of(account, &reached).await;
    let answers = doors.iter().zip(&opened);
    let answers = answers.map(|(door, (health, _))| (door.kind(), health));
    let paced = paced(&answers.collect::<Vec<_>>(), &readings);
    let outline = account.outline(None);
    let levers = Lever::ALL
        .into_iter()
        .map(|lever| {
            LeverTest {
                lever,
                doors,
                opened: &opened,
                readings: &readings,
                audits: &audits,
            }
            .judge(&outline)
        })
        .collect();
    Tested {
        name: account.name().clone(),
        at: Timestamp::now(),
        doors: doors
            .iter()
            .zip(opened)
            .map(|(door, (health, took))| told(door.kind().clone(), health, took))
            .collect(),
        levers,
        audits,
        paced,
    }
}

/// The doors whose venue asked for fewer requests, when it was opened or read.
fn paced(
    opened: &[(&DoorKind, &Result<Health, DoorError>)],
    readings: &Readings,
) -> Vec<(DoorKind, String)> {
    let opened = opened
        .iter()
        .map(|(door, answer)| (*door, answer.as_ref().err()));
    let read = readings
        .iter()
        .map(|((_, door), answer)| (door, answer.as_ref().err()));
    let errors = opened
        .chain(read)
        .filter_map(|(door, error)| Some((door, error?)));
    let mut paced = BTreeMap::new();
    for (door, error) in errors.filter(|(_, error)| error.class == ErrorClass::Paced) {
        paced.insert(door.clone(), error.to_string());
    }
    paced.into_iter().collect()
}

/// What doors tell of settings, keys, addresses and locks. An audit only reads.
async fn audits_of<R: Realm>(account: &Account<R>, reached: &[Arc<dyn Door>]) -> Vec<Audited> {
    let audits = |door: &&Arc<dyn Door>| support(door, Lever::Audit).is_some();
    let asked = reached.iter().filter(audits).map(|door| async move {
        let pull = Pull {
            lever: Lever::Audit,
            scope: door::CancelScope::All,
            keys: door::KeyScope::Others,
            pressed_at: Timestamp::now(),
        };
        let told = timeout(OPENS_WITHIN, door.act(&pull, &Forget)).await;
        let told = told.unwrap_or_else(|_| Err(silent(OPENS_WITHIN)));
        Audited {
            door: door.kind().clone(),
            signs: account.keys().any(|kind| kind.door_kind() == *door.kind()),
            told: told.map(|receipt| Facts {
                list: receipt.snapshot.unwrap_or_default().facts,
                missing: receipt.missing,
            }),
        }
    });
    join_all(asked).await
}

/// Keeps in `home` when the account was tested, and what it was known to allow then.
pub fn remember_tested(home: &Home, tested: &Tested) -> Result<(), Error> {
    let mut times = tested_at(home);
    times.insert(tested.name.clone(), tested.at);
    for audited in tested.audits.iter().filter(|audited| audited.signs) {
        if let Ok(facts) = &audited.told {
            known::remember(home, &tested.name, &audited.door, tested.at, &facts.list)?;
        }
    }
    keep(home, &times)
}

/// When each account of `home` was last tested. A file that cannot be read counts as none: it holds
/// nothing that a press needs.
pub fn tested_at(home: &Home) -> BTreeMap<AccountName, Timestamp> {
    let times = files::read(&path(home)).map(Option::unwrap_or_default);
    let times = times.and_then(|text| toml::from_str(&text).map_err(Error::wrong));
    times.unwrap_or_else(|error| {
        tracing::warn!(%error, "when accounts were tested could not be read");
        BTreeMap::new()
    })
}

/// Forgets when an account was tested: another one may take its name.
pub(crate) fn forget_tested(home: &Home, name: &AccountName) {
    let mut times = tested_at(home);
    if times.remove(name).is_some()
        && let Err(error) = keep(home, &times)
    {
        tracing::warn!(%error, "when accounts were tested could not be written");
    }
}

fn keep(home: &Home, times: &BTreeMap<AccountName, Timestamp>) -> Result<(), Error> {
    let text = toml::to_string(times)
        .map_err(|e| Error::wrong(format!("the times of tests cannot be written as TOML: {e}")))?;
    files::write(&path(home), text.as_bytes())
}

fn path(home: &Home) -> PathBuf {
    home.root().join(TESTED)
}

type Answer = (Result<Health, DoorError>, Duration);

async fn open(door: &Arc<dyn Door>) -> Answer {
    let before = Instant::now();
    let answer = timeout(OPENS_WITHIN, open_at_its_pace(door)).await;
    let answer = answer.unwrap_or_else(|_| Err(silent(OPENS_WITHIN)));
    (answer, before.elapsed())
}

/// A venue that asks for a moment gets it, once: another program may just have asked it.
async fn open_at_its_pace(door: &Arc<dyn Door>) -> Result<Health, DoorError> {
    match door.open().await {
        Err(error) if error.class == ErrorClass::Paced => {
            let wait = match error.again {
                Again::AfterMs(ms) => Duration::from_millis(ms),
                Again::Soon | Again::No => door.poll_interval(),
            };
            tokio::time::sleep(wait).await;
            door.open().await
        }
        answer => answer,
    }
}

fn silent(bound: Duration) -> DoorError {
    DoorError::new(
        ErrorClass::TimedOut,
        "",
        format!("no answer within {} s", bound.as_secs()),
    )
}

fn told(kind: DoorKind, answer: Result<Health, DoorError>, took: Duration) -> DoorTested {
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match answer {
        Ok(health) => DoorTested {
            kind,
            reached: true,
            class: None,
            words: health.words,
            next: String::new(),
            warnings: health.warnings,
            clock_offset_ms: health.clock_offset_ms,
            paper: health.paper,
            took_ms,
        },
        Err(error) => DoorTested {
            kind,
            reached: false,
            class: Some(error.class),
            words: error.to_string(),
            next: error.next,
            warnings: Vec::new(),
            clock_offset_ms: None,
            paper: None,
            took_ms,
        },
    }
}

/// What each lever's doors read, by lever and door.
type Readings = BTreeMap<(Lever, DoorKind), Result<Reading, DoorError>>;

/// Reads every lever that can be read through these doors.
async fn read_all(doors: &[Arc<dyn Door>]) -> Readings {
    let levers = join_all(Lever::ALL.map(|lever| read(lever, doors))).await;
    levers.into_iter().flatten().collect()
}

/// Reads one lever through every door that can, until one has answered well: a slow door is not
/// waited for where a quick one has told, unless each has a part of its own.
async fn read(lever: Lever, doors: &[Arc<dyn Door>]) -> Readings {
    let reading = doors
        .iter()
        .filter(|door| support(door, lever).is_some_and(|support| support.reads))
        .map(|door| {
            Box::pin(async move {
                let pull = Pull {
                    lever,
                    scope: door::CancelScope::All,
                    keys: door::KeyScope::Own,
                    pressed_at: Timestamp::now(),
                };
                let bound = door.poll_interval() * LISTINGS_AT_MOST + READS_WITHIN;
                let answer = timeout(bound, door.read_back(&pull, &Forget)).await;
                let answer = answer.unwrap_or_else(|_| Err(silent(bound)));
                ((lever, door.kind().clone()), answer)
            })
        })
        .collect::<Vec<_>>();
    let mut offers = doors.iter().filter_map(|door| support(door, lever));
    let all = offers.any(|support| support.own_part);
    let mut readings = Readings::new();
    let mut waiting = reading;
    while !waiting.is_empty() {
        let ((key, answer), _, rest) = futures_util::future::select_all(waiting).await;
        let good = answer.is_ok();
        readings.insert(key, answer);
        if good && !all {
            break;
        }
        waiting = rest;
    }
    readings
}

/// How `door` offers `lever`, if it acts for it.
fn support(door: &Arc<dyn Door>, lever: Lever) -> Option<LeverSupport> {
    door.levers()
        .into_iter()
        .find(|support| support.lever == lever && support.acts)
}

struct LeverTest<'a> {
    lever: Lever,
    doors: &'a [Arc<dyn Door>],
    opened: &'a [Answer],
    readings: &'a Readings,
    audits: &'a [Audited],
}

impl LeverTest<'_> {
    fn judge(&self, account: &AccountOutline) -> LeverTested {
        let offers = self
            .doors
            .iter()
            .filter_map(|door| support(door, self.lever))
            .collect::<Vec<_>>();
        if offers.is_empty() {
            return self.by_hand(account);
        }
        let (far, left) = reach(&offers);
        let (state, seen) = self.seen();
        LeverTested {
            lever: self.lever,
            far,
            left,
            state,
            seen,
        }
    }

    /// A lever that no door pulls.
    fn by_hand(&self, account: &AccountOutline) -> LeverTested {
        let card = runbook::shipped_runbook(BY_HAND)
            .and_then(|runbook| card_for(&runbook, account, self.lever));
        let (far, state, seen) = match card {
            Some(title) => (Far::ByYou, LeverState::ByYou, format!("your card: {title}")),
            None => (
                Far::NotOffered,
                LeverState::NotOffered,
                "no door of this account offers it".to_owned(),
            ),
        };
        LeverTested {
            lever: self.lever,
            far,
            left: None,
            state,
            seen,
        }
    }

    /// The best that any of its doors showed, or the worst where each has a part of its own.
    fn seen(&self) -> (LeverState, String) {
        let shown = self
            .doors
            .iter()
            .zip(self.opened)
            .filter_map(|(door, (health, _))| {
                let support = support(door, self.lever)?;
                let (state, words) = self.through(door, &support, health)?;
                Some((state, format!("{}: {words}", door.kind())))
            })
            .collect::<Vec<_>>();
        let mut order = [
            LeverState::Ready,
            LeverState::ByYou,
            LeverState::Unknown,
            LeverState::Dead,
        ];
        let mut offers = self.doors.iter().filter_map(|it| support(it, self.lever));
        if offers.any(|support| support.own_part) {
            order.reverse();
        }
        let state = order
            .into_iter()
            .find(|state| shown.iter().any(|(of, _)| of == state))
            .unwrap_or(LeverState::Unknown);
        let seen = shown
            .into_iter()
            .filter(|(of, _)| *of == state)
            .map(|(_, words)| words)
            .collect::<Vec<_>>();
        (state, seen.join("; "))
    }

    /// What one door showed; `None` where it was not asked, since another had told.
    fn through(
        &self,
        door: &Arc<dyn Door>,
        support: &LeverSupport,
        health: &Result<Health, DoorError>,
    ) -> Option<(LeverState, String)> {
        let failed = |error: &DoorError| (state_of(error.class), error.to_string());
        let health = match health {
            Ok(health) => health,
            Err(error) => return Some(failed(error)),
        };
        if let Some(by) = self.blinded(door) {
            return Some((
                LeverState::Dead,
                format!(
                    "it would be refused: \u{201c}{}\u{201d} is in effect already",
                    by.title()
                ),
            ));
        }
        if let Some(lacking) = self.lacking(door) {
            return Some(lacking);
        }
        if !support.reads {
            return Some((LeverState::Ready, health.words.clone()));
        }
        let answer = self.readings.get(&(self.lever, door.kind().clone()))?;
        Some(match answer {
            Ok(reading) => (LeverState::Ready, reading.words.clone()),
            Err(error) => failed(error),
        })
    }

    /// What the door's key may not do for this lever, as far as the venue tells its rights.
    fn lacking(&self, door: &Arc<dyn Door>) -> Option<(LeverState, String)> {
        let audited = self.audits.iter().find(|it| it.door == *door.kind())?;
        rights::lacking(door.kind(), self.lever, &audited.told.as_ref().ok()?.list)
    }

    /// The lever that is in effect already and keeps this one from working through `door`.
    fn blinded(&self, door: &Arc<dyn Door>) -> Option<Lever> {
        self.readings
            .iter()
            .filter(|((lever, _), answer)| {
                *lever != self.lever && answer.as_ref().is_ok_and(|read| read.found.is_empty())
            })
            .find_map(|((lever, kind), _)| {
                let through = self.doors.iter().find(|other| other.kind() == kind)?;
                support(through, *lever)?
                    .blinds
                    .iter()
                    .any(|blinds| {
                        blinds.door == *door.kind() && blinds.levers.contains(&self.lever)
                    })
                    .then_some(*lever)
            })
    }
}

/// Whether a door that fails like that would refuse a press, or whether nobody can tell.
fn state_of(class: ErrorClass) -> LeverState {
    match class {
        ErrorClass::Refused
        | ErrorClass::Unauthorised
        | ErrorClass::Unreachable
        | ErrorClass::Unsupported => LeverState::Dead,
        ErrorClass::Paced | ErrorClass::Malformed | ErrorClass::TimedOut => LeverState::Unknown,
        ErrorClass::NeedsCode => LeverState::ByYou,
    }
}

/// The furthest that any door goes, and what it leaves.
fn reach(offers: &[LeverSupport]) -> (Far, Option<String>) {
    if offers.iter().any(|support| support.reach == Reach::Full) {
        return (Far::Full, None);
    }
    let left = offers.iter().find_map(|support| match &support.reach {
        Reach::Partial { left } => Some(left.clone()),
        Reach::Full | Reach::Unknown => None,
    });
    match left {
        Some(left) => (Far::Partial, Some(left)),
        None => (Far::Unknown, None),
    }
}

/// The title of the card that stands for `lever` on `account`.
fn card_for(runbook: &Runbook, account: &AccountOutline, lever: Lever) -> Option<String> {
    let terrain = Terrain::new(vec![account.clone()]);
    let pulled = runbook
        .steps
        .iter()
        .find(|step| step.lever() == Some(lever))?;
    if let Doing::Lever(step) = &pulled.doing
        && step.fallback.is_some()
    {
        return Some(pulled.title.clone());
    }
    runbook
        .steps
        .iter()
        .filter(|step| !terrain.bound(step).is_empty())
        .find(|step| step.covers().iter().any(|id| id.get_ref() == pulled.id()))
        .map(|step| step.title.clone())
}

#[cfg(test)]
mod tests;
