//! A door whose answers a test writes beforehand, and runs over it under a paused clock.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use door::{
    Blinds, Code, Door, DoorError, DoorKind, ErrorClass, Family, Found, Health, Keep, Lever,
    LeverSupport, OpenOrder, OrderKey, Position, Pull, Reach, Reading, Receipt, Released, Side,
};
use incident::{
    Actor, Event, Mode, Run, TokioClock,
    executor::{self, Command, Doors, LineStream, Record, RunHandle, Start},
    journal::Line,
};
use runbook::{
    AccountName, AccountOutline, Action, Card, DoorOutline, Plan, ReadBack, ReadBackFormat,
    RunbookRef, StepId, Task, TaskDoor, TaskId,
};

pub(crate) type Answer<T> = (Duration, Result<T, DoorError>);

/// Answers from a list; the last one goes on for ever.
pub(crate) struct ScriptedDoor {
    pub(crate) kind: DoorKind,
    pub(crate) levers: Vec<LeverSupport>,
    pub(crate) acts: Mutex<VecDeque<Answer<Receipt>>>,
    pub(crate) reads: Mutex<VecDeque<Answer<Reading>>>,
    pub(crate) acted: AtomicU32,
    pub(crate) read: AtomicU32,
    pub(crate) poll: Duration,
    /// One-time codes that it was offered.
    pub(crate) codes: Mutex<Vec<String>>,
    /// Called when the lever is pulled.
    pub(crate) on_act: Box<dyn Fn() + Send + Sync>,
    /// What a capture tells at once, before the answer of its act.
    pub(crate) tells: Option<(Vec<OpenOrder>, Vec<Position>)>,
}

impl ScriptedDoor {
    pub(crate) fn new(
        kind: &str,
        acts: Vec<Answer<Receipt>>,
        reads: Vec<Answer<Reading>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            kind: DoorKind::new(kind),
            levers: Vec::new(),
            acts: Mutex::new(acts.into()),
            reads: Mutex::new(reads.into()),
            acted: AtomicU32::new(0),
            read: AtomicU32::new(0),
            poll: Duration::from_millis(500),
            codes: Mutex::default(),
            on_act: Box::new(|| {}),
            tells: None,
        })
    }

    pub(crate) fn acted(&self) -> u32 {
        self.acted.load(Ordering::Relaxed)
    }

    pub(crate) fn read(&self) -> u32 {
        self.read.load(Ordering::Relaxed)
    }
}

fn step<T: Clone>(script: &Mutex<VecDeque<Answer<T>>>) -> Answer<T> {
    let mut script = script.lock().unwrap();
    if script.len() > 1 {
        script.pop_front().unwrap()
    } else {
        script[0].clone()
    }
}

#[async_trait]
impl Door for ScriptedDoor {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        self.levers.clone()
    }

    fn poll_interval(&self) -> Duration {
        self.poll
    }

    async fn open(&self) -> Result<Health, DoorError> {
        Ok(Health::default())
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        (self.on_act)();
        if let (Lever::Capture, Some((orders, positions))) = (pull.lever, &self.tells) {
            keep.open_orders(orders);
            keep.positions(positions);
        }
        self.acted.fetch_add(1, Ordering::Relaxed);
        let (wait, answer) = step(&self.acts);
        tokio::time::sleep(wait).await;
        answer
    }

    async fn read_back(&self, _pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        self.read.fetch_add(1, Ordering::Relaxed);
        let (wait, answer) = step(&self.reads);
        tokio::time::sleep(wait).await;
        answer
    }

    async fn offer_code(&self, code: Code) -> Result<(), DoorError> {
        self.codes.lock().unwrap().push(code.expose().to_owned());
        Ok(())
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        Ok(Vec::new())
    }
}

pub(crate) fn soon<T>(answer: T) -> Answer<T> {
    (Duration::from_millis(10), Ok(answer))
}

pub(crate) fn never<T>() -> Answer<T> {
    (
        Duration::from_secs(1_000_000),
        Err(error(ErrorClass::TimedOut)),
    )
}

pub(crate) fn fails<T>(class: ErrorClass) -> Answer<T> {
    (Duration::from_millis(10), Err(error(class)))
}

pub(crate) fn error(class: ErrorClass) -> DoorError {
    DoorError::new(class, "no", "it said no")
}

pub(crate) fn taken() -> Answer<Receipt> {
    soon(Receipt {
        words: "taken".to_owned(),
        ..Receipt::default()
    })
}

pub(crate) fn empty() -> Answer<Reading> {
    soon(Reading {
        words: "0 open orders".to_owned(),
        ..Reading::default()
    })
}

pub(crate) fn open_order(key: &str) -> OpenOrder {
    OpenOrder {
        key: OrderKey(key.to_owned()),
        family: Family::new("orders"),
        instrument: "XYZ".to_owned(),
        side: Side::Buy,
        quantity: 100.into(),
        filled: 0.into(),
        order_type: "LMT".to_owned(),
        limit: Some(10.into()),
        stop: None,
        status: "Submitted".to_owned(),
        submitter: None,
        placed_at: None,
    }
}

pub(crate) fn one_open(key: &str) -> Answer<Reading> {
    soon(Reading {
        found: vec![Found::Order(open_order(key))],
        ..Reading::default()
    })
}

pub(crate) fn support(lever: Lever) -> LeverSupport {
    LeverSupport {
        lever,
        reach: Reach::Full,
        acts: true,
        reads: true,
        takes_at_least: Duration::from_millis(500),
        blinds: Vec::new(),
        own_part: false,
        asks_code: false,
    }
}

pub(crate) fn blinding(lever: Lever, door: &str, levers: &[Lever]) -> LeverSupport {
    let blinds = Blinds {
        door: DoorKind::new(door),
        levers: levers.to_vec(),
    };
    LeverSupport {
        blinds: vec![blinds],
        ..support(lever)
    }
}

pub(crate) fn pull(step: &str, lever: Lever, doors: &[(&str, LeverSupport)]) -> Task {
    let account = AccountName::new("main");
    Task {
        id: TaskId::of(&StepId::new(step), Some(&account)),
        step: StepId::new(step),
        title: step.to_owned(),
        account: Some(account),
        action: Action::Pull {
            keys: door::KeyScope::Others,
            lever,
            scope: door::CancelScope::All,
            doors: doors
                .iter()
                .map(|(kind, support)| TaskDoor {
                    door: DoorKind::new(*kind),
                    support: support.clone(),
                    poll_interval_ms: 500,
                })
                .collect(),
        },
        after: Vec::new(),
        deadline_ms: Some(30_000),
        hold_until: Vec::new(),
        containment: lever.contains(),
        card: None,
        covers: Vec::new(),
        refused_now: None,
    }
}

pub(crate) fn cancel_through(doors: &[&str]) -> runbook::Task {
    let doors: Vec<_> = doors
        .iter()
        .map(|door| (*door, support(Lever::CancelOrders)))
        .collect();
    pull("cancel", Lever::CancelOrders, &doors)
}

pub(crate) fn manual(step: &str, want: Option<&str>) -> Task {
    Task {
        action: Action::Manual,
        account: None,
        id: TaskId::new(step),
        containment: false,
        deadline_ms: None,
        card: Some(card(want)),
        ..pull(step, Lever::Audit, &[])
    }
}

pub(crate) fn card(want: Option<&str>) -> Card {
    Card {
        text: "Look".to_owned(),
        menu_path: None,
        link: None,
        say: None,
        contact: None,
        other_contacts: Vec::new(),
        read_back: Some(ReadBack {
            ask: "How many?".to_owned(),
            format: ReadBackFormat::Number,
            want: want.map(str::to_owned),
        }),
        page: None,
        last_checked: None,
    }
}

pub(crate) fn plan(tasks: Vec<Task>) -> Plan {
    Plan {
        runbook: RunbookRef {
            id: "test".to_owned(),
            title: "Test".to_owned(),
            digest: "00".to_owned(),
        },
        accounts: vec![AccountOutline {
            name: AccountName::new("main"),
            venue: "test".to_owned(),
            entity: None,
            masked_id: None,
            doors: Vec::<DoorOutline>::new(),
            not_armed: None,
        }],
        tasks,
        not_offered: Vec::new(),
    }
}

pub(crate) fn doors(all: &[&Arc<ScriptedDoor>]) -> Doors {
    all.iter()
        .map(|door| {
            let door: Arc<dyn Door> = Arc::clone(door) as _;
            ((AccountName::new("main"), door.kind().clone()), door)
        })
        .collect()
}

pub(crate) fn start(tasks: Vec<Task>, all: &[&Arc<ScriptedDoor>]) -> Follower {
    start_recorded(tasks, all, Record::nowhere())
}

pub(crate) fn start_as(mode: Mode, tasks: Vec<Task>) -> Follower {
    Follower::of(
        executor::start(in_mode(mode, tasks), doors(&[]), Record::nowhere(), clock()).unwrap(),
    )
}

fn in_mode(mode: Mode, tasks: Vec<Task>) -> Start {
    Start {
        run: "test-run".to_owned(),
        mode,
        seed: 7,
        program: "test".to_owned(),
        pressed_from: "test".to_owned(),
        plan: plan(tasks),
    }
}

pub(crate) fn start_recorded(
    tasks: Vec<Task>,
    all: &[&Arc<ScriptedDoor>],
    record: Record,
) -> Follower {
    let start = in_mode(Mode::Practice, tasks);
    let handle = executor::start(start, doors(all), record, clock()).unwrap();
    Follower::of(handle)
}

pub(crate) fn clock() -> Arc<TokioClock> {
    Arc::new(TokioClock::starting_at(
        "2026-11-23T14:32:07Z".parse().unwrap(),
    ))
}

/// Folds a run's lines as a shell does.
pub(crate) struct Follower {
    pub(crate) handle: RunHandle,
    pub(crate) lines: Vec<Arc<Line>>,
    pub(crate) run: Option<Run>,
    stream: LineStream,
}

impl Follower {
    pub(crate) fn of(handle: RunHandle) -> Self {
        let stream = handle.lines();
        Self {
            handle,
            lines: Vec::new(),
            run: None,
            stream,
        }
    }

    pub(crate) fn run(&self) -> &Run {
        self.run.as_ref().unwrap()
    }

    pub(crate) fn word(&self, task: &str) -> String {
        self.run()
            .task(&TaskId::new(task))
            .unwrap()
            .word
            .to_string()
    }

    pub(crate) fn why(&self, task: &str) -> String {
        self.run().task(&TaskId::new(task)).unwrap().why.clone()
    }

    pub(crate) fn types(&self) -> Vec<&'static str> {
        self.lines.iter().map(|line| line.event.name()).collect()
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.lines.last().unwrap().mono_ms
    }

    /// Takes the next line; `false` at the end.
    pub(crate) async fn step(&mut self) -> bool {
        let Some(line) = self.stream.next().await else {
            return false;
        };
        match &mut self.run {
            Some(run) => run.apply(line.stamp(), &line.event).unwrap(),
            None => self.run = Some(Run::start(line.stamp(), &line.event).unwrap()),
        }
        self.lines.push(line);
        true
    }

    /// Follows until `task` is in `word`.
    pub(crate) async fn until(&mut self, task: &str, word: &str) {
        let limit = Duration::from_hours(1);
        let reached = tokio::time::timeout(limit, async {
            let there = |run: &Run| run.task(&TaskId::new(task)).is_some();
            while !self.run.as_ref().is_some_and(there) || self.word(task) != word {
                assert!(self.step().await, "the run ended before {task} was {word}");
            }
        });
        assert!(
            reached.await.is_ok(),
            "{task} is {} and not {word}: {:?}",
            self.word(task),
            self.types()
        );
    }

    /// Follows until nothing automatic is left.
    pub(crate) async fn until_settled(&mut self) {
        while self.run.is_none() || !self.run().is_settled(self.now_ms()) {
            assert!(self.step().await, "the run ended before it settled");
        }
    }

    /// Follows for so long.
    pub(crate) async fn for_(&mut self, time: Duration) {
        let _ = tokio::time::timeout(time, async { while self.step().await {} }).await;
    }

    pub(crate) async fn leave(mut self) -> (Vec<Arc<Line>>, Run) {
        self.handle.send(Command::Leave).await.unwrap();
        while self.step().await {}
        (self.lines, self.run.unwrap())
    }

    pub(crate) async fn answer(&self, task: &str, value: &str) {
        let (task, value) = (TaskId::new(task), value.to_owned());
        self.handle
            .send(Command::Answer {
                task,
                value,
                by: Actor::You,
            })
            .await
            .unwrap();
    }

    pub(crate) fn count(&self, matches: impl Fn(&Event) -> bool) -> usize {
        self.lines
            .iter()
            .filter(|line| matches(&line.event))
            .count()
    }
}
