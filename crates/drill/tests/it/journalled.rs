//! A run as the engine records it, under doors that take everything and list nothing, and a story
//! beside it, line by line.

use std::time::Duration;

use door::{CancelScope, DoorKind, KeyScope, Lever, LeverSupport, Reach, Reading, Receipt};
use drill::{
    Ended, Outcome, Player, StoryLine, Told,
    score::{Judged, Score},
};
use incident::{
    Actor, Board, Effect, Event, JOURNAL_VERSION, Mode, Run, Stamp, board,
    journal::{Chain, Line},
};
use jiff::{SignedDuration, Timestamp};
use runbook::{
    AccountName, AccountOutline, Action, Card, Contact, DoorOutline, Plan, ReadBack,
    ReadBackFormat, RunbookRef, StepId, Task, TaskDoor, TaskId,
};
use simulator::{
    truth::{Happening, TruthEvent},
    world::{PermId, SessionId, Side},
};

pub(crate) const ACCOUNT: &str = "main";
/// When the alarm comes and when the press does, on the drill's clock.
pub(crate) const ALARM_MS: u64 = 10_000;
pub(crate) const PRESS_MS: u64 = 18_000;

/// A run's journal in the making.
pub(crate) struct Journalled {
    run: Run,
    chain: Chain,
    lines: Vec<Line>,
    now_ms: u64,
}

impl Journalled {
    /// A run pressed just now.
    pub(crate) fn pressed() -> Self {
        let event = Event::RunStarted {
            version: JOURNAL_VERSION,
            run: "20261123T143336Z-contain-everything".to_owned(),
            mode: Mode::Drill,
            seed: 7,
            program: "Firebreak 0.1.0".to_owned(),
            plan: plan(),
            pressed_from: "terminal".to_owned(),
        };
        let run = Run::start(stamp(0), &event).unwrap();
        let mut chain = Chain::default();
        let lines = vec![chain.link(stamp(0), event).0];
        Self {
            run,
            chain,
            lines,
            now_ms: 0,
        }
    }

    /// Lets it go on until `until_ms` after the press.
    pub(crate) fn until(mut self, until_ms: u64) -> Self {
        loop {
            let due = self.run.next(self.now_ms);
            if !due.events.is_empty() {
                due.events
                    .into_iter()
                    .for_each(|event| self.happened(event));
            } else if !due.effects.is_empty() {
                due.effects
                    .into_iter()
                    .for_each(|effect| self.perform(effect));
            } else {
                let wake = due.wake_at_ms.unwrap_or(u64::MAX).max(self.now_ms + 1);
                if wake > until_ms {
                    self.now_ms = self.now_ms.max(until_ms);
                    return self;
                }
                self.now_ms = wake;
            }
        }
    }

    /// The person answers a card now.
    pub(crate) fn answer(mut self, task: &str, value: &str) -> Self {
        let task = TaskId::new(task);
        let card = self.run.task(&task).unwrap().task.card.clone().unwrap();
        let verdict = card.read_back.unwrap().judge(value);
        self.happened(Event::Answered {
            task,
            value: value.to_owned(),
            wanted: verdict == runbook::Verdict::Wanted,
            by: Actor::You,
        });
        let now = self.now_ms;
        self.until(now + 1)
    }

    /// What the person sees now.
    pub(crate) fn board(&self) -> Board {
        board(&self.run, self.now_ms)
    }

    /// The journal, with its summary at the end.
    pub(crate) fn lines(mut self) -> Vec<Line> {
        let summary = self.run.summary();
        self.happened(Event::RunSummary(summary));
        self.lines
    }

    /// Writes an event down, which the table must allow.
    pub(crate) fn happened(&mut self, event: Event) {
        let stamp = stamp(self.now_ms);
        self.run.apply(stamp, &event).unwrap();
        self.lines.push(self.chain.link(stamp, event).0);
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Act {
                task,
                door,
                attempt,
                ..
            } => {
                self.happened(Event::AttemptStarted {
                    task: task.clone(),
                    door: door.clone(),
                    attempt,
                });
                self.now_ms += 20;
                if task.as_str().starts_with("capture") {
                    self.happened(Event::Captured {
                        account: Some(AccountName::new(ACCOUNT)),
                        door: Some(door.clone()),
                        file: "00000-main-tws-open-orders.json".to_owned(),
                        bytes: 2,
                        digest: "00".repeat(32),
                    });
                }
                self.happened(Event::AttemptAccepted {
                    task,
                    door,
                    attempt,
                    receipt: Receipt {
                        words: "taken".to_owned(),
                        ..Receipt::default()
                    },
                });
            }
            Effect::Read {
                task,
                door,
                reading,
                ..
            } => {
                self.happened(Event::ReadingStarted {
                    task: task.clone(),
                    door: door.clone(),
                    reading,
                });
                self.now_ms += 15;
                self.happened(Event::ReadingTaken {
                    task,
                    door,
                    reading,
                    result: Reading {
                        words: "0 left".to_owned(),
                        ..Reading::default()
                    },
                });
            }
        }
    }
}

/// A story in the making.
#[derive(Clone)]
pub(crate) struct Tale(pub(crate) Vec<StoryLine>);

impl Tale {
    /// An intruder is in: a session, and an order that waits. Then the alarm, and the press.
    pub(crate) fn of(player: Player) -> Self {
        Self::before_the_press(player).then(
            PRESS_MS,
            Told::Pressed {
                runbook: "contain-everything".to_owned(),
                run: "20261123T143336Z-contain-everything".to_owned(),
            },
        )
    }

    /// The same, and nobody has pressed.
    pub(crate) fn before_the_press(player: Player) -> Self {
        let began = Told::Began {
            scenario: "tokyo-two-hour".to_owned(),
            seed: 4,
            injects: vec!["too-many-requests".to_owned()],
            player,
            speed: 1.0,
            clock: true,
        };
        let alarm = Told::Alarm {
            form: "mail".to_owned(),
            from: "the broker".to_owned(),
            text: "A new device was added.".to_owned(),
            genuine: true,
        };
        Self(Vec::new())
            .then(0, began)
            .then(4_000, acted("logs in", Outcome::Done))
            .truth(4_000, session(9))
            .then(6_000, acted("buys 60000 PUMP", Outcome::Done))
            .truth(6_000, placed(1))
            .then(ALARM_MS, alarm)
    }

    pub(crate) fn then(mut self, at_ms: u64, told: Told) -> Self {
        self.0.push(StoryLine { at_ms, told });
        self
    }

    pub(crate) fn truth(self, at_ms: u64, what: Happening) -> Self {
        let truth = TruthEvent {
            at_ms,
            account: ACCOUNT.to_owned(),
            what,
        };
        self.then(at_ms, Told::Truth { truth })
    }

    /// What cutting them off comes to: the order is gone, then the session.
    pub(crate) fn cut_off(self, order_ms: u64, session_ms: u64) -> Self {
        self.truth(order_ms, cancelled(1))
            .truth(session_ms, session_over(9))
    }

    /// The person answers a card, and the page says something at that moment.
    pub(crate) fn answer(self, at_ms: u64, task: &str, value: &str, stands: &str) -> Self {
        let planned = plan().tasks;
        let task = planned.iter().find(|known| known.id.as_str() == task);
        let task = task.unwrap();
        let read_back = task.card.as_ref().unwrap().read_back.as_ref();
        self.then(
            at_ms,
            Told::Answered {
                task: task.id.0.clone(),
                title: task.title.clone(),
                value: value.to_owned(),
                wanted: read_back.unwrap().want.clone(),
                stands: Some(stands.to_owned()),
            },
        )
    }

    pub(crate) fn call(self, at_ms: u64, stage: &str) -> Self {
        self.then(
            at_ms,
            Told::Called {
                contact: "ibkr-security".to_owned(),
                stage: stage.to_owned(),
            },
        )
    }

    pub(crate) fn end(self, at_ms: u64, how: Ended) -> Self {
        self.then(at_ms, Told::Ended { how })
    }
}

pub(crate) fn acted(deed: &str, outcome: Outcome) -> Told {
    Told::Acted {
        actor: "browser, elsewhere".to_owned(),
        innocent: false,
        deed: deed.to_owned(),
        outcome,
    }
}

pub(crate) fn placed(order: u64) -> Happening {
    Happening::OrderPlaced {
        order: PermId(order.try_into().unwrap()),
        instrument: "PUMP".to_owned(),
        side: Side::Buy,
        quantity: 60_000.into(),
        platform: "web".to_owned(),
        by: "main-web".to_owned(),
        again: false,
        intruder: true,
    }
}

pub(crate) fn filled(order: u64, quantity: i64, price: i64, reference: i64) -> Happening {
    Happening::OrderFilled {
        order: PermId(order.try_into().unwrap()),
        quantity: quantity.into(),
        price: price.into(),
        remaining: 100.into(),
        side: Some(Side::Buy),
        reference: Some(reference.into()),
        intruder: true,
    }
}

pub(crate) fn cancelled(order: u64) -> Happening {
    Happening::OrderCancelled {
        order: PermId(order.try_into().unwrap()),
        filled: 0.into(),
    }
}

pub(crate) fn session(session: u64) -> Happening {
    Happening::SessionOpened {
        session: SessionId(session),
        username: "main-web".to_owned(),
        platform: "web".to_owned(),
        intruder: true,
    }
}

pub(crate) fn session_over(session: u64) -> Happening {
    Happening::SessionEnded {
        session: SessionId(session),
        why: "ended by the security desk".to_owned(),
    }
}

/// A scenario that is contained by pressing.
pub(crate) fn judged() -> Judged {
    Judged {
        press: true,
        runbooks: vec!["stolen-session".to_owned()],
        acceptable: vec!["contain-everything".to_owned()],
        call: None,
        order: ["press", "page:sessions", "page:security-desk"]
            .map(str::to_owned)
            .to_vec(),
        targets: vec![
            ("alarm_to_press".to_owned(), Duration::from_secs(30)),
            ("contained".to_owned(), Duration::from_mins(2)),
        ],
        contains: true,
        desks: vec!["ibkr-security".to_owned()],
        callers: Vec::new(),
    }
}

/// A drill as it should be: pressed, called, cards dealt with and read.
pub(crate) fn good() -> (Tale, Vec<Line>) {
    let tale = Tale::of(Player::Good)
        .cut_off(PRESS_MS + 300, PRESS_MS + 12_000)
        .call(PRESS_MS + 9_000, "queued")
        .call(PRESS_MS + 10_000, "answered")
        .answer(PRESS_MS + 12_000, "other-sessions@main", "0", "0")
        .answer(PRESS_MS + 14_000, "lock@main", "yes", "yes")
        .answer(PRESS_MS + 16_000, "call", "SD-7", "SD-7")
        .end(PRESS_MS + 40_000, Ended::Finished);
    let run = Journalled::pressed()
        .until(12_000)
        .answer("other-sessions@main", "0")
        .until(14_000)
        .answer("lock@main", "yes")
        .until(16_000)
        .answer("call", "SD-7")
        .until(40_000);
    (tale, run.lines())
}

pub(crate) fn score(tale: &Tale, run: Option<&[Line]>) -> Score {
    Score::of(&judged(), &tale.0, run)
}

fn stamp(mono_ms: u64) -> Stamp {
    let pressed: Timestamp = "2026-11-23T14:33:36.120Z".parse().unwrap();
    let after = SignedDuration::from_millis(i64::try_from(mono_ms).unwrap());
    Stamp {
        at: pressed.checked_add(after).unwrap(),
        mono_ms,
    }
}

pub(crate) fn plan() -> Plan {
    Plan {
        runbook: RunbookRef {
            id: "contain-everything".to_owned(),
            title: "Contain everything".to_owned(),
            digest: "00".repeat(32),
        },
        accounts: vec![AccountOutline {
            name: AccountName::new(ACCOUNT),
            venue: "ibkr".to_owned(),
            entity: Some("US".to_owned()),
            masked_id: None,
            doors: vec![DoorOutline {
                kind: DoorKind::new("tws"),
                username: Some("main-tws".to_owned()),
                levers: Vec::new(),
                poll_interval_ms: 1_000,
            }],
            not_armed: None,
        }],
        tasks: tasks(),
        not_offered: Vec::new(),
    }
}

fn tasks() -> Vec<Task> {
    let count = |ask: &str| read_back(ask, ReadBackFormat::Number, Some("0"));
    vec![
        Task {
            containment: false,
            ..pull("capture", "Record orders", Lever::Capture)
        },
        Task {
            after: vec![TaskId::new("capture@main")],
            hold_until: vec![TaskId::new("other-sessions@main")],
            ..pull("cancel", "Cancel every open order", Lever::CancelOrders)
        },
        pull("revoke", "Revoke the API keys", Lever::RevokeKey),
        by_hand(
            "other-sessions@main",
            "Have every other session ended",
            Some("sessions"),
            count("How many other sessions are still open?"),
        ),
        by_hand(
            "lock@main",
            "Have the account locked",
            Some("security-desk"),
            read_back("Is it locked?", ReadBackFormat::YesNo, Some("yes")),
        ),
        Task {
            containment: false,
            ..by_hand(
                "call",
                "Call the broker's security desk",
                Some("security-desk"),
                read_back("Reference number?", ReadBackFormat::Text, None),
            )
        },
    ]
}

fn read_back(ask: &str, format: ReadBackFormat, want: Option<&str>) -> ReadBack {
    ReadBack {
        ask: ask.to_owned(),
        format,
        want: want.map(str::to_owned),
    }
}

fn pull(step: &str, title: &str, lever: Lever) -> Task {
    let support = LeverSupport {
        lever,
        reach: Reach::Full,
        acts: true,
        reads: lever != Lever::Capture,
        takes_at_least: Duration::from_millis(200),
        blinds: Vec::new(),
        own_part: false,
        asks_code: false,
    };
    let id = format!("{step}@{ACCOUNT}");
    let ask = read_back("", ReadBackFormat::Text, None);
    Task {
        action: Action::Pull {
            lever,
            scope: CancelScope::All,
            keys: KeyScope::Others,
            doors: vec![TaskDoor {
                door: DoorKind::new("tws"),
                support,
                poll_interval_ms: 1_000,
            }],
        },
        deadline_ms: Some(30_000),
        card: None,
        ..by_hand(&id, title, None, ask)
    }
}

fn by_hand(id: &str, title: &str, page: Option<&str>, read_back: ReadBack) -> Task {
    let (step, account) = match id.split_once('@') {
        Some((step, account)) => (step, Some(AccountName::new(account))),
        None => (id, None),
    };
    Task {
        id: TaskId::new(id),
        step: StepId::new(step),
        title: title.to_owned(),
        account,
        action: Action::Manual,
        after: Vec::new(),
        deadline_ms: None,
        hold_until: Vec::new(),
        containment: true,
        card: Some(Card {
            text: title.to_owned(),
            menu_path: None,
            link: None,
            say: None,
            contact: Some(Contact {
                id: "ibkr-security".to_owned(),
                name: "The security desk".to_owned(),
                number: None,
                page: "https://www.interactivebrokers.com/".to_owned(),
                last_checked: "2026-11-23".parse().unwrap(),
            }),
            other_contacts: Vec::new(),
            read_back: Some(read_back),
            page: page.map(str::to_owned),
            last_checked: None,
        }),
        covers: Vec::new(),
        refused_now: None,
    }
}
