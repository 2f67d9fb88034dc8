//! Runs recorded in a folder, as the engine records them: the fold decides, doors are scripted.

use std::{collections::BTreeMap, fs, path::PathBuf};

use door::{
    CancelScope, DoorKind, Family, Fill, Found, Lever, LeverSupport, Missing, OpenOrder, OrderKey,
    Position, Reach, Reading, Receipt, Residue, Side, Snapshot,
};
use evidence::{BundleKey, Contents, EvidenceError, Export};
use incident::{
    Actor, Effect, Event, JOURNAL_VERSION, Mode, Run, Stamp,
    journal::{self, Chain},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use runbook::{
    AccountName, AccountOutline, Action, Card, DoorOutline, Plan, ReadBack, ReadBackFormat,
    RunbookRef, StepId, Task, TaskDoor, TaskId,
};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use vault::{Realm, Simulated, Vault};

pub(crate) const RUN: &str = "20261123T143336Z-contain-everything";
const RUNBOOK: &str = "id = \"contain-everything\"\ntitle = \"Contain everything\"\n";

/// A run's folder, and what is in its journal.
pub(crate) struct Recorded {
    home: TempDir,
    run: Option<Run>,
    chain: Chain,
    bytes: Vec<u8>,
    now_ms: u64,
    plan: Plan,
    captures: u64,
    orders: Vec<OpenOrder>,
    readings: BTreeMap<TaskId, u32>,
}

impl Recorded {
    /// A run pressed just now.
    pub(crate) fn pressed(mode: Mode) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut recorded = Self {
            home,
            run: None,
            chain: Chain::default(),
            bytes: Vec::new(),
            now_ms: 0,
            plan: plan(),
            captures: 0,
            orders: orders(),
            readings: BTreeMap::new(),
        };
        fs::create_dir_all(recorded.folder().join("captures")).unwrap();
        fs::write(recorded.folder().join("runbook.toml"), RUNBOOK).unwrap();
        let plan = recorded.plan.clone();
        recorded.happened(Event::RunStarted {
            version: JOURNAL_VERSION,
            run: RUN.to_owned(),
            mode,
            seed: 7,
            program: "Firebreak 0.1.0".to_owned(),
            plan,
            pressed_from: "terminal".to_owned(),
        });
        recorded
    }

    /// A run whose automatic part is over and whose cards are answered but for one.
    pub(crate) fn nearly_contained(mode: Mode) -> Self {
        let mut recorded = Self::pressed(mode);
        recorded.go_on_until(30_000);
        recorded.happened(Event::Answered {
            task: TaskId::new("call"),
            value: "REF-<b>4711</b>".to_owned(),
            wanted: true,
            by: Actor::Script,
        });
        recorded.go_on_until(31_000);
        recorded.happened(Event::Noted {
            text: "The desk said:\n<script>alert('hi')</script> \u{202e}kcatta".to_owned(),
            task: Some(TaskId::new("call")),
        });
        recorded
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("runs").join(RUN)
    }

    /// A place beside the run, for what is made from it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Lets the run go on, doors answering, until `until_ms` after the press.
    pub(crate) fn go_on_until(&mut self, until_ms: u64) {
        loop {
            let due = self.run.as_ref().unwrap().next(self.now_ms);
            if !due.events.is_empty() {
                for event in due.events {
                    self.happened(event);
                }
            } else if !due.effects.is_empty() {
                for effect in due.effects {
                    self.perform(effect);
                }
            } else {
                let wake = due.wake_at_ms.unwrap_or(u64::MAX).max(self.now_ms + 1);
                if wake > until_ms {
                    self.now_ms = self.now_ms.max(until_ms);
                    return;
                }
                self.now_ms = wake;
            }
        }
    }

    /// Writes an event down, which the table must allow.
    pub(crate) fn happened(&mut self, event: Event) {
        let stamp = self.stamp();
        match &mut self.run {
            Some(run) => run.apply(stamp, &event).unwrap(),
            none => *none = Some(Run::start(stamp, &event).unwrap()),
        }
        let (_, line) = self.chain.link(stamp, event);
        self.bytes.extend(line);
        self.bytes.push(b'\n');
        fs::write(self.folder().join(journal::FILE_NAME), &self.bytes).unwrap();
    }

    /// Stores a raw answer, and writes that down.
    pub(crate) fn captured(&mut self, label: &str, bytes: &[u8]) -> String {
        let file = format!("{:05}-main-tws-{label}.json", self.captures);
        self.captures += 1;
        fs::write(self.folder().join("captures").join(&file), bytes).unwrap();
        self.happened(Event::Captured {
            account: Some(account()),
            door: Some(tws()),
            file: file.clone(),
            bytes: u64::try_from(bytes.len()).unwrap(),
            digest: hex::encode(Sha256::digest(bytes)),
        });
        file
    }

    pub(crate) fn journal(&self) -> &[u8] {
        &self.bytes
    }

    fn stamp(&self) -> Stamp {
        let pressed: Timestamp = "2026-11-23T14:33:36.120Z".parse().unwrap();
        let after = SignedDuration::from_millis(i64::try_from(self.now_ms).unwrap());
        Stamp {
            at: pressed.checked_add(after).unwrap(),
            mono_ms: self.now_ms,
        }
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
                self.now_ms += 21;
                let receipt = self.act(&task);
                self.happened(Event::AttemptAccepted {
                    task,
                    door,
                    attempt,
                    receipt,
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
                self.now_ms += 13;
                let result = self.read(&task);
                self.happened(Event::ReadingTaken {
                    task,
                    door,
                    reading,
                    result,
                });
            }
        }
    }

    fn act(&mut self, task: &TaskId) -> Receipt {
        let words = match task.as_str() {
            "capture@main" => {
                self.captured(
                    "open-orders",
                    br#"{"orders":["<img src=x onerror=alert(1)>"]}"#,
                );
                return Receipt {
                    words: "3 orders, 1 position".to_owned(),
                    snapshot: Some(Snapshot {
                        orders: self.orders.clone(),
                        positions: vec![Position {
                            instrument: "AAPL".to_owned(),
                            quantity: Decimal::from(300),
                            average_cost: Some(Decimal::new(18_742, 2)),
                        }],
                        fills: Vec::new(),
                        facts: Vec::new(),
                    }),
                    missing: vec![Missing {
                        what: "completed orders".to_owned(),
                        why: "no answer within 2 s".to_owned(),
                    }],
                };
            }
            "cancel@main" => "global cancel sent",
            _ => "the brokerage session is ours",
        };
        Receipt {
            words: words.to_owned(),
            ..Receipt::default()
        }
    }

    fn read(&mut self, task: &TaskId) -> Reading {
        let count = self.readings.entry(task.clone()).or_default();
        *count += 1;
        match (task.as_str(), *count) {
            ("cancel@main", 1) => Reading {
                found: vec![Found::Order(self.orders[2].clone())],
                fills: vec![fill()],
                words: "1 open order".to_owned(),
                ..Reading::default()
            },
            ("cancel@main", 2) => Reading {
                found: vec![Found::Order(attackers_order())],
                words: "1 open order".to_owned(),
                ..Reading::default()
            },
            ("cancel@main", _) => Reading {
                words: "0 open orders, 1 family".to_owned(),
                ..Reading::default()
            },
            (_, _) => Reading {
                residue: vec![Residue {
                    what: "other web sessions, until the password is changed".to_owned(),
                    until: None,
                }],
                words: "the seat is held; it was taken twice by another session".to_owned(),
                ..Reading::default()
            },
        }
    }
}

/// The home's key of a practice or drill run.
pub(crate) async fn throw_away_key() -> BundleKey<Simulated> {
    BundleKey::of(&Vault::in_memory()).await.unwrap()
}

/// A bundle to be made of a run, at a set time.
pub(crate) fn export<'a, R: Realm>(
    folder: &'a std::path::Path,
    key: &'a BundleKey<R>,
    zone: &'a TimeZone,
) -> Export<'a, R> {
    Export {
        folder,
        key,
        at: "2026-11-23T15:02:11Z".parse().unwrap(),
        zone,
        program: "Firebreak 0.1.0",
    }
}

/// What a bundle of a practised run would hold.
pub(crate) fn contents_of(folder: &std::path::Path) -> Result<Contents, EvidenceError> {
    let at = "2026-11-23T15:02:11Z".parse().unwrap();
    evidence::contents::<Simulated>(folder, at, &new_york(), "Firebreak 0.1.0")
}

/// SHA-256, in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) fn new_york() -> TimeZone {
    TimeZone::fixed(jiff::tz::Offset::from_hours(-5).unwrap())
}

fn account() -> AccountName {
    AccountName::new("main")
}

fn tws() -> DoorKind {
    DoorKind::new("tws")
}

fn orders() -> Vec<OpenOrder> {
    let order = |key: &str, instrument: &str, side, quantity: i64, order_type: &str| OpenOrder {
        key: OrderKey(key.to_owned()),
        family: Family::new("orders"),
        instrument: instrument.to_owned(),
        side,
        quantity: Decimal::from(quantity),
        filled: Decimal::ZERO,
        order_type: order_type.to_owned(),
        limit: None,
        stop: None,
        status: "Submitted".to_owned(),
        submitter: Some("client 7".to_owned()),
        placed_at: None,
    };
    vec![
        OpenOrder {
            limit: Some(Decimal::new(18_500, 2)),
            ..order("1804022", "AAPL", Side::Buy, 100, "LMT")
        },
        OpenOrder {
            stop: Some(Decimal::new(17_000, 2)),
            submitter: Some("the TWS window".to_owned()),
            ..order("1804023", "AAPL", Side::Sell, 300, "STP")
        },
        OpenOrder {
            limit: Some(Decimal::new(4, 2)),
            ..order(
                "1804024",
                "<script>alert(1)</script>",
                Side::Buy,
                90_000,
                "LMT",
            )
        },
    ]
}

fn attackers_order() -> OpenOrder {
    OpenOrder {
        key: OrderKey("1804031".to_owned()),
        instrument: "ZZZQ".to_owned(),
        submitter: Some("client 99".to_owned()),
        ..orders().remove(2)
    }
}

fn fill() -> Fill {
    Fill {
        id: "0001f4e8.65a1.01.01".to_owned(),
        order: Some(OrderKey("1804022".to_owned())),
        instrument: "AAPL".to_owned(),
        side: Side::Buy,
        quantity: Decimal::from(40),
        price: Decimal::new(18_499, 2),
        at: Some("2026-11-23T14:33:36.300Z".parse().unwrap()),
        submitter: Some("client 7".to_owned()),
    }
}

fn plan() -> Plan {
    Plan {
        runbook: RunbookRef {
            id: "contain-everything".to_owned(),
            title: "Contain everything".to_owned(),
            digest: hex::encode(Sha256::digest(RUNBOOK)),
        },
        accounts: vec![AccountOutline {
            name: account(),
            venue: "ibkr".to_owned(),
            entity: Some("US".to_owned()),
            masked_id: Some("U•••••12".to_owned()),
            doors: ["tws", "client-portal"]
                .map(|kind| DoorOutline {
                    kind: DoorKind::new(kind),
                    username: Some("bot".to_owned()),
                    levers: Vec::new(),
                    poll_interval_ms: 1000,
                })
                .to_vec(),
            not_armed: None,
        }],
        tasks: tasks(),
        not_offered: Vec::new(),
    }
}

fn tasks() -> Vec<Task> {
    let partial = Reach::Partial {
        left: "other web sessions".to_owned(),
    };
    vec![
        Task {
            containment: false,
            ..pull(
                "capture",
                "Record orders, fills, positions and sessions",
                (Lever::Capture, "tws", Reach::Full),
            )
        },
        Task {
            after: vec![TaskId::new("capture@main")],
            hold_until: vec![TaskId::new("log-out@main")],
            ..pull(
                "cancel",
                "Cancel every open order",
                (Lever::CancelOrders, "tws", Reach::Full),
            )
        },
        Task {
            after: vec![TaskId::new("cancel@main")],
            ..pull(
                "log-out",
                "Take the seat and end the sessions",
                (Lever::EndSessions, "client-portal", partial),
            )
        },
        by_hand("call", "Call the broker's security desk"),
        by_hand("password", "Change the password on a clean device"),
    ]
}

/// A task that pulls a lever through a door.
fn pull(step: &str, title: &str, (lever, door, reach): (Lever, &str, Reach)) -> Task {
    let support = LeverSupport {
        lever,
        reach,
        acts: true,
        reads: lever != Lever::Capture,
        takes_at_least: std::time::Duration::from_millis(200),
        blinds: Vec::new(),
        own_part: false,
        asks_code: false,
    };
    let doors = vec![TaskDoor {
        door: DoorKind::new(door),
        support,
        poll_interval_ms: 1000,
    }];
    Task {
        id: TaskId::of(&StepId::new(step), Some(&account())),
        account: Some(account()),
        action: Action::Pull {
            keys: door::KeyScope::Others,
            lever,
            scope: CancelScope::All,
            doors,
        },
        deadline_ms: Some(30_000),
        card: None,
        ..by_hand(step, title)
    }
}

/// A task for the person.
fn by_hand(step: &str, title: &str) -> Task {
    Task {
        id: TaskId::new(step),
        step: StepId::new(step),
        title: title.to_owned(),
        account: None,
        action: Action::Manual,
        after: Vec::new(),
        deadline_ms: None,
        hold_until: Vec::new(),
        containment: true,
        card: Some(card(title)),
        covers: Vec::new(),
        refused_now: None,
    }
}

fn card(title: &str) -> Card {
    Card {
        text: title.to_owned(),
        menu_path: None,
        link: None,
        say: None,
        contact: None,
        other_contacts: Vec::new(),
        read_back: Some(ReadBack {
            ask: "Reference number".to_owned(),
            format: ReadBackFormat::Text,
            want: None,
        }),
        page: None,
        last_checked: None,
    }
}
