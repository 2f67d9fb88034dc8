//! Pictures of the real window for the README: `pictures FOLDER [SCENE]...`, all scenes where none is
//! named. Simulated accounts on loopback, a display of its own. It judges nothing; it must never show
//! anything but simulated accounts.
#![cfg_attr(
    target_os = "linux",
    expect(clippy::print_stdout, reason = "it says which pictures it took")
)]

fn main() {
    #[cfg(target_os = "linux")]
    linux::take();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{env, fs, path::Path, time::Duration};

    use serde_json::{Value, json};
    use tests::{
        desk::{
            Desk,
            page::{Page, button, css, role},
        },
        program::{Served, Simulator},
    };

    /// As large as the window in the drawings that it is held against.
    const SIZE: (u32, u32) = (1_200, 800);
    const COMPACT: (u32, u32) = (900, 640);
    /// Every row of the board, on a display that is a little larger.
    const TALL: (u32, u32) = (1_200, 1_180);
    /// What a person calls the accounts that the simulator serves.
    const NAMES: [&str; 2] = ["ibkr-main", "ibkr-bot"];
    /// The same, one at each venue.
    const AT_EACH: [&str; 3] = ["ibkr-main", "kraken-main", "deribit-main"];
    /// A scene, which takes its pictures into a folder.
    type Play = fn(&Path);
    /// All scenes.
    const SCENES: [(&str, Play); 5] = [
        ("live", live),
        ("venues", venues),
        ("practice", practice),
        ("drill", drill),
        ("readiness", readiness),
    ];
    /// Which drill, and from which seed: the same pictures each time.
    const SCENARIO: &str = "five-cent-puts";
    const SEED: u32 = 3;
    /// How much faster the story goes than it is told.
    const SPEED: f64 = 4.0;
    /// How long a person looks before they press.
    const LOOKED_FOR: Duration = Duration::from_secs(6);
    /// When the door that is set to reading only surely is.
    const READ_ONLY_BY_THEN: Duration = Duration::from_secs(30);
    /// How long a check may take.
    const CHECKED_WITHIN: Duration = Duration::from_mins(3);
    /// How long the gateway's budget of calls takes to come back.
    const REST: Duration = Duration::from_secs(12);
    /// The same of Kraken's counter, which adding and arming have used.
    const LONG_REST: Duration = Duration::from_secs(50);
    /// More cards than a run ever has.
    const CARDS: usize = 40;

    pub(super) fn take() {
        let mut arguments = env::args().skip(1);
        let folder = arguments.next().expect("the folder for the pictures");
        // programs that take pictures stand elsewhere
        let folder = std::path::absolute(folder).expect("the folder can be named");
        let named = arguments.collect::<Vec<_>>();
        let unknown = named
            .iter()
            .find(|name| SCENES.iter().all(|(scene, _)| scene != name));
        assert!(unknown.is_none(), "there is no scene {unknown:?}");
        fs::create_dir_all(&folder).expect("the folder can be made");
        for (scene, play) in SCENES {
            if named.is_empty() || named.iter().any(|name| name == scene) {
                play(&folder);
            }
        }
    }

    /// An account armed, pressed, contained.
    fn live(folder: &Path) {
        let mut desk = Desk::set_up();
        let simulator = Simulator::start(
            desk.home(),
            &[
                "--venue",
                "ibkr-tws",
                "--venue",
                "ibkr-client-portal",
                "--accounts",
                "2",
                "--orders",
                "12",
            ],
        );
        for (served, name) in simulator.accounts.iter().zip(NAMES) {
            desk.add(&[named(served, name)]);
        }
        desk.open();
        let page = desk.page();
        let shot = |name: &str| picture(&desk, folder, name);
        page.wait(&role("heading", "Not armed"));
        page.click(&button("Accounts"));
        page.click(&button("Add an account"));
        page.wait(&role("heading", "Which venue is it at?"));
        page.click(&button("Next"));
        page.wait(&role("heading", "Which doors are open?"));
        page.click(&role("checkbox", "TWS or IB Gateway…"));
        page.fill_in(
            &role("group", "TWS or IB Gateway"),
            "Address",
            "127.0.0.1:7496",
        );
        shot("accounts-add");
        page.click(&button("Home"));
        page.click(&button("Arm 2 accounts"));
        page.wait(&css(".mode-ready"));
        page.wait(&role("heading", "Ready"));
        page.until_view("every door is open", |view| {
            doors(view).all(|door| door["state"] == "open")
        });
        // people arm long before they press: what opening took from the gateway's budget is back then
        std::thread::sleep(REST);
        shot("home-ready");
        appearance(page, "dark");
        shot("home-ready-dark");
        appearance(page, "light");

        page.click(&button("Runbooks"));
        page.click(&button("Edit: …"));
        page.says("This is the version in use.");
        // a lever that there is not: the linter says so, and how to mend it
        page.ask(
            "const text = document.querySelector('textarea'); \
             text.value = text.value.replace('\"cancel_orders\"', '\"cancel_order\"'); \
             text.dispatchEvent(new Event('input', { bubbles: true }))",
            &[],
        );
        page.wait(&button("Apply this mend"));
        shot("runbook-edit");
        page.click(&button("Home"));

        page.click(&button("Open the cover…"));
        page.wait(&button("Hold to contain…"));
        shot("home-cover-open");
        let mouse = desk.mouse();
        mouse.move_to(&button("Hold to contain…"));
        mouse.down();
        page.wait(&button("Keep holding…"));
        page.ask_later("setTimeout(() => done(true), 300)", &[]);
        shot("home-holding");
        page.wait(&role("grid", "Accounts and levers"));
        mouse.up();
        page.until_view("orders are proved cancelled", |view| {
            proved(view) == NAMES.len()
        });
        shot("board-live");
        appearance(page, "dark");
        shot("board-live-dark");
        appearance(page, "light");
        page.resize(COMPACT.0, COMPACT.1);
        shot("board-live-compact");
        page.resize(SIZE.0, SIZE.1);

        page.click(&button("Evidence"));
        page.wait(&role("heading", "Runs"));
        page.says("In the bundle");
        shot("evidence");
        page.click(&button("Board"));
        answer_all(page);
        page.until_view("it is contained", |view| view["run"]["contained"] == true);
        shot("board-contained");
        drop(simulator);
    }

    /// One press over an account at each venue, until what has a proof is proved.
    fn venues(folder: &Path) {
        let mut desk = Desk::with_display(TALL.0 + 80, TALL.1);
        let simulator = Simulator::start(
            desk.home(),
            &[
                "--venue", "ibkr", "--venue", "kraken", "--venue", "deribit", "--orders", "12",
            ],
        );
        for (served, name) in simulator.accounts.iter().zip(AT_EACH) {
            desk.add(&[named(served, name)]);
        }
        desk.open();
        let page = desk.page();
        page.resize(TALL.0, TALL.1);
        page.click(&button("Arm 3 accounts"));
        page.wait(&role("heading", "Ready"));
        page.until_view("every door is open", |view| {
            doors(view).all(|door| door["state"] == "open")
        });
        std::thread::sleep(LONG_REST);
        page.invoke("press", &json!({ "runbook": "contain-everything" }))
            .expect("it is pressed");
        page.wait(&role("grid", "Accounts and levers"));
        page.until_view("what has a proof is proved", |view| {
            settled(view, "cancel_orders") == AT_EACH.len()
                && settled(view, "stop_withdrawals") == 2
                && settled(view, "stop_automation") == 1
        });
        // no button is pointed at
        desk.mouse().move_to(&css("h1"));
        picture(&desk, folder, "board-three-venues");
        appearance(page, "dark");
        picture(&desk, folder, "board-three-venues-dark");
        drop(simulator);
    }

    /// The same press without anything at stake.
    fn practice(folder: &Path) {
        let mut desk = Desk::set_up();
        desk.open();
        let page = desk.page();
        page.click(&button("Skip all of it"));
        page.invoke("practice", &json!({ "ask": "start" }))
            .expect("practice begins");
        page.wait(&css(".mode-practice"));
        page.until_view("the doors are open", |view| {
            view["practice"]["warmingUp"] == false
        });
        picture(&desk, folder, "practice");
    }

    /// A drill: the alarm, the board beside its pages, and the debrief.
    fn drill(folder: &Path) {
        let mut desk = Desk::with_display(TALL.0 + 80, TALL.1);
        desk.open();
        let page = desk.page();
        page.resize(SIZE.0, SIZE.1);
        page.click(&button("Skip all of it"));
        page.click(&button("Drills"));
        page.wait(&role("heading", "Scenarios"));
        page.says("Choose");
        picture(&desk, folder, "drills");
        told(
            page,
            &json!({ "ask": "start", "scenario": SCENARIO, "seed": SEED, "speed": SPEED,
                     "clock": true, "injects": true }),
        );
        page.wait(&css(".mode-drill"));
        page.until_view("the doors are open", |view| {
            view["drill"]["warmingUp"] == false
        });
        picture(&desk, folder, "drill-briefing");
        page.click(&css("[data-testid=drill-begin]"));
        page.until_within(
            CHECKED_WITHIN,
            "something reaches the person",
            "return find({ css: '[data-testid=alarm-1]' }).length",
            &[],
        );
        page.click(&css("[data-testid=page-show]"));
        page.wait(&css("[data-testid=page-open]"));
        page.ask("document.querySelector('.app').scrollTo(0, 0)", &[]);
        std::thread::sleep(LOOKED_FOR);
        picture(&desk, folder, "drill-alarm");
        page.invoke(
            "press",
            &json!({ "runbook": "contain-everything", "simulated": true }),
        )
        .expect("it is pressed");
        page.wait(&role("grid", "Accounts and levers"));
        page.until_view("orders are proved cancelled", |view| proved(view) > 0);
        desk.mouse().move_to(&css("h1"));
        // tall enough for the pages and the phone below the board
        page.resize(TALL.0, TALL.1);
        picture(&desk, folder, "board-drill");
        appearance(page, "dark");
        picture(&desk, folder, "board-drill-dark");
        appearance(page, "light");
        page.resize(SIZE.0, SIZE.1);
        act_on_all_pages(page);
        // one answer of a person who did not look: it is what a debrief is for
        answer_all(page);
        told(page, &json!({ "ask": "finish" }));
        page.wait(&role("heading", "Three questions"));
        picture(&desk, folder, "drill-debrief");
        appearance(page, "dark");
        picture(&desk, folder, "drill-debrief-dark");
        appearance(page, "light");
        page.resize(TALL.0, TALL.1);
        picture(&desk, folder, "drill-debrief-tall");
        page.click(&button("All drills"));
        page.wait(&role("heading", "Drills so far"));
        picture(&desk, folder, "drills-history");
    }

    /// Does everything that every simulated page offers.
    fn act_on_all_pages(page: &Page) {
        let pages = page.view()["drill"]["pages"].clone();
        for one in pages.as_array().into_iter().flatten() {
            let act = json!({ "ask": { "ask": "act_on", "account": one["account"],
                                       "page": one["page"], "row": null } });
            // a page may have nothing to act on
            let _ = page.invoke("drill", &act);
        }
    }

    /// Two checks of two accounts: between them one door was set to reading only.
    fn readiness(folder: &Path) {
        let mut desk = Desk::with_display(TALL.0 + 80, TALL.1);
        let simulator = Simulator::start(
            desk.home(),
            &[
                "--venue",
                "ibkr-tws",
                "--venue",
                "kraken",
                "--orders",
                "3",
                "--fault",
                "tws/read-only@30s",
            ],
        );
        for (served, name) in simulator.accounts.iter().zip(AT_EACH) {
            desk.add(&[named(served, name)]);
        }
        desk.open();
        let page = desk.page();
        page.resize(SIZE.0, SIZE.1);
        page.click(&button("Arm 2 accounts"));
        page.wait(&role("heading", "Ready"));
        page.until_view("every door is open", |view| {
            doors(view).all(|door| door["state"] == "open")
        });
        page.click(&button("Readiness…"));
        for again in [false, true] {
            if again {
                std::thread::sleep(READ_ONLY_BY_THEN);
            }
            page.click(&css("[data-testid=check-all]"));
            page.until_within(
                CHECKED_WITHIN,
                "the check has ended",
                "return find({ css: 'tbody [data-testid^=lever-]' }).length && \
                   !find({ role: 'heading', name: 'Checking' }).length",
                &[],
            );
        }
        desk.mouse().move_to(&css("h1"));
        picture(&desk, folder, "readiness");
        appearance(page, "dark");
        picture(&desk, folder, "readiness-dark");
        appearance(page, "light");
        page.resize(TALL.0, TALL.1);
        picture(&desk, folder, "readiness-tall");
        page.click(&button("Home"));
        picture(&desk, folder, "home-checked");
        drop(simulator);
    }

    fn told(page: &Page, ask: &Value) {
        page.invoke("drill", &json!({ "ask": ask }))
            .expect("the drill takes it");
    }

    /// The same account under another name.
    fn named(served: &Served, name: &str) -> Served {
        let add = served.add.iter().map(|argument| {
            if *argument == served.name {
                name.to_owned()
            } else {
                argument.clone()
            }
        });
        Served {
            name: name.to_owned(),
            add: add.collect(),
            secrets: served.secrets.clone(),
            totp: served.totp.clone(),
        }
    }

    fn doors(view: &Value) -> impl Iterator<Item = &Value> {
        let accounts = view["accounts"].as_array().into_iter().flatten();
        accounts.flat_map(|account| account["doors"].as_array().into_iter().flatten())
    }

    /// How many accounts' orders are proved cancelled.
    fn proved(view: &Value) -> usize {
        words(view, "cancel_orders")
            .filter(|word| *word == "verified")
            .count()
    }

    /// On how many accounts a lever has an answer that stays.
    fn settled(view: &Value, lever: &str) -> usize {
        words(view, lever)
            .filter(|word| matches!(*word, "verified" | "partial" | "needs_you" | "refused"))
            .count()
    }

    /// A lever's states, account by account.
    fn words<'v>(view: &'v Value, lever: &str) -> impl Iterator<Item = &'v str> {
        let rows = view["run"]["rows"].as_array().into_iter().flatten();
        rows.filter(move |row| row["lever"] == lever)
            .flat_map(|row| row["cells"].as_array().into_iter().flatten())
            .filter_map(|cell| cell["word"].as_str())
    }

    /// Answers what a person would, card after card, as long as that changes anything.
    fn answer_all(page: &Page) {
        for _ in 0..CARDS {
            let cards = page.view()["run"]["cards"].clone();
            let Some(card) = cards.as_array().and_then(|cards| cards.first()).cloned() else {
                return;
            };
            let task = card["task"].clone();
            let answers = match card["format"].as_str() {
                _ if card["ask"].is_null() => vec![],
                Some("number") => vec!["0"],
                Some("time") => vec!["14:32"],
                Some("yes_no") => vec!["yes", "no"],
                _ => vec!["REF 4471-A"],
            };
            let open = || {
                let cards = page.view()["run"]["cards"].clone();
                cards
                    .as_array()
                    .is_some_and(|cards| cards.iter().any(|one| one["task"] == task))
            };
            for value in answers {
                let act = json!({ "act": { "act": "answer", "task": task, "value": value } });
                let _ = page.invoke("act", &act);
                if !open() {
                    break;
                }
            }
            if open() {
                let act = json!({ "act": { "act": "skip", "task": task, "reason": null } });
                let _ = page.invoke("act", &act);
            }
        }
    }

    fn appearance(page: &Page, theme: &str) {
        let mut settings = page.view()["settings"].clone();
        settings["appearance"] = json!(theme);
        page.invoke("settings", &json!({ "settings": settings }))
            .expect("it is kept");
        page.wait(&css(&format!("html[data-appearance={theme}]")));
    }

    fn picture(desk: &Desk, folder: &Path, name: &str) {
        let path = folder.join(format!("{name}.png"));
        desk.picture(&path);
        println!("{}", path.display());
    }
}
