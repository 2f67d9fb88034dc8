//! The window: start, memory, press, frames, and what it costs to stay armed; each beside a bare
//! window of the same toolkit, or beside the same thing without a window.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tests::{
    desk::{
        Desk,
        page::{By, Page, button, css, role},
    },
    program::{Served, Simulator},
};

use crate::{
    Failure,
    figure::{Figure, Goal, Sample},
    ground::Ground,
    press,
};

const STARTS: usize = 9;
const PRESSES: usize = 9;
const ORDERS: usize = 20;
const ACCOUNTS: usize = 50;
/// How long an idle window is watched.
const IDLE: Duration = Duration::from_secs(20);
/// How long a window that was just drawn has to come to rest.
const SETTLED: Duration = Duration::from_secs(5);

pub(crate) fn figures() -> Result<Vec<Figure>, Failure> {
    let bare = bare()?;
    let (start, memory, idle) = beside_a_bare_window(&bare);
    Ok(vec![start, memory, idle, pressed()?, drawn()?])
}

/// The least window of the same toolkit, built beside this.
fn bare() -> Result<PathBuf, Failure> {
    let path = std::env::current_exe()?
        .with_file_name("examples")
        .join("bare");
    if path.exists() {
        Ok(path)
    } else {
        Err("the bare window is not built; run cargo xtask bench".into())
    }
}

fn beside_a_bare_window(bare: &Path) -> (Figure, Figure, Figure) {
    let mut start = Figure {
        what: "start of the armed app's process to a guard that can be pressed",
        ours: Vec::new(),
        against: "bare Tauri window: start to a drawn button and an answered command",
        baseline: Vec::new(),
        goal: Goal::AtMost(1.2),
    };
    let mut memory = Figure {
        what: "resident memory of all its processes, armed and idle, shared pages split",
        ours: Vec::new(),
        against: "bare Tauri window",
        baseline: Vec::new(),
        goal: Goal::AtMost(1.15),
    };
    let mut idle = Figure {
        what: "processor time of 20 s armed and idle",
        ours: Vec::new(),
        against: "bare Tauri window, idle as long",
        baseline: Vec::new(),
        goal: Goal::Seen,
    };
    for nth in 0..STARTS {
        let last = nth + 1 == STARTS;
        let mut desk = Desk::set_up();
        let simulator = Simulator::start(desk.home(), &["--venue", "ibkr-tws"]);
        desk.add(&simulator.accounts);
        start
            .ours
            .push(opened(&mut desk, &css(".noguard, .cover")).into());
        desk.page().click(&button("Arm…"));
        desk.page().wait(&css(".mode-ready"));
        thread::sleep(SETTLED);
        memory.ours.push(resident(&desk));
        if last {
            idle.ours.push(processor_time(&desk).into());
        }
        drop(desk);

        let mut desk = Desk::set_up_for(bare);
        start
            .baseline
            .push(opened(&mut desk, &css("#press")).into());
        thread::sleep(SETTLED);
        memory.baseline.push(resident(&desk));
        if last {
            idle.baseline.push(processor_time(&desk).into());
        }
    }
    (start, memory, idle)
}

/// How long until something to press is drawn.
fn opened(desk: &mut Desk, shown: &By) -> Duration {
    let began = Instant::now();
    desk.open_bare(&[]).wait(shown);
    began.elapsed()
}

/// What all its processes hold.
fn resident(desk: &Desk) -> Sample {
    let kibibytes: u64 = family(desk)
        .keys()
        .filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok())
        .filter_map(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        })
        .sum();
    Sample::Bytes(kibibytes * 1024)
}

/// What all its processes used of the processors while it was left alone.
fn processor_time(desk: &Desk) -> Duration {
    let before: u64 = family(desk).values().sum();
    thread::sleep(IDLE);
    let after: u64 = family(desk).values().sum();
    // a tick of the kernel's accounts is ten milliseconds
    Duration::from_millis((after - before) * 10)
}

/// The app's processes and those that they started, with the ticks that each has used.
fn family(desk: &Desk) -> BTreeMap<u32, u64> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // the name may hold anything; the fields stand behind its bracket
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let number = |at: usize| {
            fields
                .get(at)
                .and_then(|field| field.parse::<u64>().ok())
                .unwrap_or(0)
        };
        all.insert(pid, (number(1), number(11) + number(12)));
    }
    let mut ours: Vec<u32> = desk.app_processes();
    let mut at = 0;
    while let Some(parent) = ours.get(at).copied() {
        at += 1;
        let children = all
            .iter()
            .filter(|(pid, (of, _))| *of == u64::from(parent) && !ours.contains(pid));
        let children: Vec<u32> = children.map(|(pid, _)| *pid).collect();
        ours.extend(children);
    }
    ours.into_iter()
        .filter_map(|pid| all.get(&pid).map(|(_, ticks)| (pid, *ticks)))
        .collect()
}

/// From the press in the window to the cancel at the venue, beside the same press without a window.
fn pressed() -> Result<Figure, Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let runbook = runbook::shipped_runbook("contain-everything").ok_or("no runbook is shipped")?;
    let mut figure = Figure {
        what: "a press in the armed window to the last cancel byte at the venue",
        ours: Vec::new(),
        against: "the same press without a window",
        baseline: Vec::new(),
        goal: Goal::Seen,
    };
    for _ in 0..PRESSES {
        let ground = runtime.block_on(Ground::with_orders(ORDERS))?;
        let mut desk = Desk::set_up();
        desk.add(&[Served {
            name: "main".to_owned(),
            add: ["--venue", "ibkr", "--name", "main", "--door"]
                .into_iter()
                .map(str::to_owned)
                .chain([format!("tws={}", ground.tap.address())])
                .collect(),
            secrets: Vec::new(),
            totp: None,
        }]);
        desk.open();
        let page = desk.page();
        page.click(&button("Arm…"));
        page.wait(&css(".mode-ready"));
        page.click(&button("Open the cover…"));
        page.click(&button("Contain without holding"));
        page.wait(&button("Back"));
        page.ask(
            "addEventListener('click', () => { window.pressedAt = Date.now(); }, true)",
            &[],
        );
        page.click_until(&button("Contain now"), &role("grid", "Accounts and levers"));
        let at = page.ask("return window.pressedAt", &[]);
        let (arrived, ground) = runtime.block_on(ground.next_cancel())?;
        figure.ours.push(since(&at, arrived)?.into());
        drop(desk);
        drop(ground);
        figure
            .baseline
            .push(runtime.block_on(press::pressed(&runbook))?.into());
    }
    Ok(figure)
}

/// From the page's clock to a moment of ours: both are this computer's.
fn since(page: &Value, arrived: Instant) -> Result<Duration, Failure> {
    let at = page.as_u64().ok_or("the press was not seen in the page")?;
    let (now, wall) = (Instant::now(), SystemTime::now());
    let arrived = wall - now.duration_since(arrived);
    Ok(arrived.duration_since(UNIX_EPOCH + Duration::from_millis(at))?)
}

/// How long each frame takes while fifty accounts change, beside the same window at rest.
fn drawn() -> Result<Figure, Failure> {
    let mut desk = Desk::set_up();
    let (accounts, orders) = (ACCOUNTS.to_string(), "200".to_owned());
    let simulator = Simulator::start(
        desk.home(),
        &[
            "--venue",
            "ibkr-tws",
            "--accounts",
            &accounts,
            "--orders",
            &orders,
        ],
    );
    desk.add(&simulator.accounts);
    desk.open();
    let page = desk.page();
    page.click(&button("Arm…"));
    page.wait(&css(".mode-ready"));
    let baseline = frames(page, Duration::from_secs(3))?;
    page.invoke("press", &json!({ "runbook": "contain-everything" }))
        .map_err(|error| error.to_string())?;
    page.wait(&role("grid", "Accounts and levers"));
    let ours = frames(page, Duration::from_secs(3))?;
    Ok(Figure {
        what: "a frame of the board while 50 accounts x 200 orders change",
        ours,
        against: "a frame of the same window at rest",
        baseline,
        goal: Goal::Seen,
    })
}

fn frames(page: &Page, watched: Duration) -> Result<Vec<Sample>, Failure> {
    let told = page.ask_later(
        "const until = performance.now() + arguments[0]; const frames = []; \
         let before = performance.now(); \
         const frame = () => { const now = performance.now(); frames.push((now - before) * 1000); before = now; \
           if (now < until) requestAnimationFrame(frame); else done(frames.slice(1).map(Math.round)); }; \
         requestAnimationFrame(frame)",
        &[json!(u64::try_from(watched.as_millis())?)],
    );
    let frames = told.as_array().ok_or("the page told no frames")?;
    Ok(frames
        .iter()
        .filter_map(Value::as_u64)
        .map(|frame| Duration::from_micros(frame).into())
        .collect())
}
