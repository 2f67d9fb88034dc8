//! Plays a case: from the press to the end, in virtual time.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use door::Door;
use incident::{
    Actor, Mode, Run, TokioClock, Word,
    executor::{self, Command, CommandError, Doors, LineStream, Record, RunHandle, Start},
    journal::{Chain, Line, Recovered},
};
use jiff::Timestamp;
use runbook::{
    AccountName, AccountOutline, DoorOutline, ReadBack, ReadBackFormat, TaskId, Terrain,
};
use simulator::{
    attacker, direct,
    pages::{AnswerKind, CardAsk, ScriptedPerson},
    world::{AccountId, Venue, World},
};

use super::{Case, Lie, oracle::Oracle};

/// After this much virtual time everything that can settle has.
const SETTLED_WITHIN: Duration = Duration::from_mins(4);
/// How long hold-down is watched once all is settled and answered.
const WATCHED_FOR: Duration = Duration::from_secs(20);

/// How a case went.
#[derive(Debug)]
pub struct Played {
    /// Every line, in order.
    pub lines: Vec<Arc<Line>>,
    /// The last state of each task.
    pub words: BTreeMap<TaskId, Word>,
    /// The first claim that the world contradicts.
    pub lie: Option<Lie>,
    /// Why the run never came to rest, if it did not.
    pub starved: Option<String>,
    /// Whether it ended contained.
    pub contained: bool,
}

/// Plays a case on a runtime of its own.
///
/// # Panics
/// When no runtime can be made, or the case names no shipped runbook.
pub fn play(case: &Case) -> Played {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing");
    runtime.block_on(Stage::set(case).play(case))
}

/// The broker, its doors, and the run over them.
struct Stage {
    world: World,
    accounts: BTreeMap<AccountName, AccountId>,
    doors: Doors,
    clock: Arc<TokioClock>,
    plan: runbook::Plan,
}

impl Stage {
    fn set(case: &Case) -> Self {
        let base: Timestamp = Timestamp::from_second(1_795_444_327).unwrap_or_default();
        let world = World::new(case.seed, base);
        let mut accounts = BTreeMap::new();
        let mut all_doors = Doors::new();
        let mut outlines = Vec::new();
        for (nth, fronts) in case.accounts.iter().enumerate() {
            let venue = fronts.first().map_or(Venue::Ibkr, |front| front.venue());
            let name = AccountName::new(format!("{}-{}", venue.id(), nth + 1));
            let seeded = match venue {
                Venue::Ibkr => world.seed_account(name.as_str(), &case.seeding),
                Venue::Kraken | Venue::Deribit => {
                    world.seed_exchange(name.as_str(), venue, &case.seeding)
                }
            };
            let account = seeded.expect("a fresh name can be seeded");
            if let Some(leaves_after) = case.withdrawal.filter(|_| venue != Venue::Ibkr) {
                world
                    .ask_withdrawal(&account, 1_000.into(), "bc1q…", leaves_after)
                    .expect("a fresh account is not locked");
            }
            let opened = direct::doors(&world, &account, fronts);
            outlines.push(outline(&name, venue, &opened));
            for door in opened {
                all_doors.insert((name.clone(), door.kind().clone()), door);
            }
            accounts.insert(name, account);
        }
        for fault in &case.faults {
            world.faults().switch_on(fault.clone());
        }
        let runbook = runbook::shipped_runbook(case.runbook).expect("the runbook is shipped");
        let plan = runbook::plan(&runbook, &Terrain::new(outlines));
        let clock = Arc::new(TokioClock::starting_at(base));
        Self {
            world,
            accounts,
            doors: all_doors,
            clock,
            plan,
        }
    }

    async fn play(self, case: &Case) -> Played {
        let world = self.world.clone();
        tokio::spawn(async move { world.drive().await });
        tokio::spawn(attacker::haunt(self.world.clone()));
        let mut oracle = Oracle::new(self.world.clone(), self.accounts.clone());
        let mut lines = Vec::new();
        let start = Start {
            run: format!("seed-{}", case.seed),
            mode: Mode::Practice,
            seed: case.seed,
            program: "seeds".to_owned(),
            pressed_from: "seeds".to_owned(),
            plan: self.plan.clone(),
        };
        let clock = Arc::clone(&self.clock);
        let mut handle = executor::start(start, self.doors.clone(), Record::nowhere(), clock)
            .expect("a planned run can start");
        let mut lie = None;
        if let Some(kill) = case.kill {
            let mut stream = handle.lines();
            lie = follow(&mut stream, &mut oracle, &mut lines, kill.after_lines).await;
            handle.crash();
            tokio::time::sleep(kill.away).await;
            handle = self.resume(&lines);
        }
        let mut stream = handle.lines();
        // the lines of before a crash are there again, and were judged
        for _ in 0..lines.len() {
            stream.next().await;
        }
        let starved = if lie.is_none() {
            let mut watch = Watch {
                stage: &self,
                handle,
                stream,
                oracle: &mut oracle,
            };
            let (found, starved) = watch.until_rest(case, &mut lines).await;
            lie = found;
            starved
        } else {
            None
        };
        let run = oracle.run();
        Played {
            words: run.map(words).unwrap_or_default(),
            contained: run.is_some_and(Run::is_contained),
            lines,
            lie,
            starved,
        }
    }

    fn resume(&self, lines: &[Arc<Line>]) -> RunHandle {
        let mut chain = Chain::default();
        let lines = lines
            .iter()
            .map(|line| chain.link(line.stamp(), line.event.clone()).0)
            .collect();
        let recovered = Recovered {
            lines,
            chain,
            whole_bytes: 0,
            dropped_bytes: 0,
        };
        let clock = Arc::clone(&self.clock);
        executor::resume(recovered, self.doors.clone(), Record::nowhere(), clock)
            .expect("what the engine wrote replays")
    }
}

struct Watch<'a> {
    stage: &'a Stage,
    handle: RunHandle,
    stream: LineStream,
    oracle: &'a mut Oracle,
}

impl Watch<'_> {
    /// Follows, lets the person answer, and leaves when nothing automatic and no card is left.
    async fn until_rest(
        &mut self,
        case: &Case,
        lines: &mut Vec<Arc<Line>>,
    ) -> (Option<Lie>, Option<String>) {
        let began = tokio::time::Instant::now();
        let person = ScriptedPerson::new(self.stage.world.clone());
        let mut rest_until = None;
        let mut look = tokio::time::interval(Duration::from_millis(1_500));
        loop {
            tokio::select! {
                biased;
                line = self.stream.next() => {
                    let Some(line) = line else { return (None, Some("the run ended".to_owned())) };
                    if let Err(lie) = self.oracle.judge(&line) {
                        lines.push(line);
                        return (Some(lie), None);
                    }
                    lines.push(line);
                }
                _ = look.tick() => {
                    if case.person && self.answer_one(&person).await {
                        rest_until = None;
                        continue;
                    }
                    let now = tokio::time::Instant::now();
                    let settled = self.oracle.is_settled();
                    if !settled {
                        rest_until = None;
                        if now - began > SETTLED_WITHIN {
                            return (None, Some(self.starving()));
                        }
                        continue;
                    }
                    if now >= *rest_until.get_or_insert(now + WATCHED_FOR) {
                        break;
                    }
                }
            }
        }
        let left = self.handle.send(Command::Leave).await;
        debug_assert!(left.is_ok(), "a run under way can be left");
        while let Some(line) = self.stream.next().await {
            let judged = self.oracle.judge(&line);
            lines.push(line);
            if let Err(lie) = judged {
                return (Some(lie), None);
            }
        }
        (None, None)
    }

    /// Answers the first card that is not answered as wanted, by looking at the account's pages.
    async fn answer_one(&self, person: &ScriptedPerson) -> bool {
        let Some(run) = self.oracle.run() else {
            return false;
        };
        let asked = run.tasks.iter().filter(|task| {
            let open = task.answer.as_ref().is_none_or(|(_, wanted)| !wanted);
            (task.word == Word::NeedsYou && open) || task.asks_code()
        });
        for task in asked {
            let Some(card) = &task.task.card else {
                continue;
            };
            let accounts = match &task.task.account {
                Some(name) => self.stage.accounts.get(name).cloned().into_iter().collect(),
                None => self.stage.accounts.values().cloned().collect::<Vec<_>>(),
            };
            let value = if task.asks_code() {
                accounts.first().and_then(|account| person.code(account))
            } else {
                let page = card.page.as_deref().unwrap_or_default();
                let ask = card
                    .read_back
                    .as_ref()
                    .map(|read_back| ask(page, read_back));
                ask.and_then(|ask| person.answer(&accounts, &ask))
            };
            let Some(value) = value else {
                continue;
            };
            if task
                .answer
                .as_ref()
                .is_some_and(|(before, _)| *before == value)
            {
                continue;
            }
            let task = task.task.id.clone();
            let answer = Command::Answer {
                task,
                value,
                by: Actor::Script,
            };
            match self.handle.send(answer).await {
                Ok(()) => return true,
                Err(CommandError::NotAsked { .. } | CommandError::NotAnAnswer { .. }) => {}
                Err(_) => return false,
            }
        }
        false
    }

    fn starving(&self) -> String {
        let open = self
            .oracle
            .run()
            .map(|run| run.summary().open)
            .unwrap_or_default();
        let words = open
            .iter()
            .map(|o| format!("{} {} ({})", o.task, o.state, o.why));
        words.collect::<Vec<_>>().join("; ")
    }
}

async fn follow(
    stream: &mut LineStream,
    oracle: &mut Oracle,
    lines: &mut Vec<Arc<Line>>,
    count: usize,
) -> Option<Lie> {
    // a run that comes to rest earlier is killed at rest
    let patience = Duration::from_secs(45);
    while lines.len() < count {
        let Ok(Some(line)) = tokio::time::timeout(patience, stream.next()).await else {
            break;
        };
        let judged = oracle.judge(&line);
        lines.push(line);
        if let Err(lie) = judged {
            return Some(lie);
        }
    }
    None
}

fn ask<'a>(page: &'a str, read_back: &'a ReadBack) -> CardAsk<'a> {
    let kind = match read_back.format {
        ReadBackFormat::Number => AnswerKind::Number,
        ReadBackFormat::Text => AnswerKind::Text,
        ReadBackFormat::Time => AnswerKind::Time,
        ReadBackFormat::YesNo => AnswerKind::YesNo,
    };
    CardAsk {
        page,
        kind,
        want: read_back.want.as_deref(),
    }
}

fn outline(name: &AccountName, venue: Venue, doors: &[Arc<dyn Door>]) -> AccountOutline {
    AccountOutline {
        name: name.clone(),
        venue: venue.id().to_owned(),
        entity: Some("US".to_owned()),
        masked_id: None,
        doors: doors
            .iter()
            .map(|door| DoorOutline {
                kind: door.kind().clone(),
                username: None,
                levers: door.levers(),
                poll_interval_ms: u64::try_from(door.poll_interval().as_millis())
                    .unwrap_or(u64::MAX),
            })
            .collect(),
        not_armed: None,
    }
}

fn words(run: &Run) -> BTreeMap<TaskId, Word> {
    run.tasks
        .iter()
        .map(|task| (task.task.id.clone(), task.word))
        .collect()
}
