//! The table of acts: what the sources tell, joined, and what the person says of it.

use std::fs;

use collect::{Collected, Content, Outcome, Taken};
use door::{Act, ActKind, ActsFile, Side};
use evidence::{
    EvidenceError,
    acts::{ActKey, ActRow, Acts, Choice, Marked, Window},
    case::{Attachment, CASE_LOG, Case, Place, Verdict},
};
use incident::{Mode, journal};
use jiff::Timestamp;
use proptest::prelude::*;
use runbook::AccountName;
use rust_decimal::Decimal;

use crate::recorded::Recorded;

#[test]
fn every_source_of_an_act_is_joined_into_one_row_with_all_of_their_places() {
    let mut run = Recorded::nearly_contained(Mode::Live);
    let id = "0001f4e8.65a1.01.01";
    tell(
        &mut run,
        vec![Act {
            fee: Some("1.05".parse().unwrap()),
            currency: Some("USD".to_owned()),
            ..Act::new(ActKind::Fill, id, "Bought 40 AAPL", "/0")
        }],
    );
    let case = case_of(&run);
    collect(
        &case,
        "statement.xml",
        vec![Act {
            realised: Some("-12.5".parse().unwrap()),
            price: Some("184.99".parse().unwrap()),
            ..Act::new(ActKind::Fill, id, "Trade", "line 7")
        }],
    );

    let acts = Acts::of(&run.folder()).unwrap();
    assert_eq!(acts.notes(), [""; 0]);
    let row = acts.row(&key("main/fill/0001f4e8.65a1.01.01")).unwrap();
    assert_eq!(row.account, Some(AccountName::new("main")));
    assert_eq!(row.door.as_ref().unwrap().0, "tws");
    let act = &row.act;
    assert_eq!(act.price, Some("184.99".parse().unwrap()));
    assert_eq!(act.fee, Some("1.05".parse().unwrap()));
    assert_eq!(act.realised, Some("-12.5".parse().unwrap()));
    assert_eq!(act.order.as_deref(), Some("1804022"));
    assert_eq!(row.sources.len(), 3, "{:?}", row.sources);
    assert!(row.sources[0].starts_with("data/80-run-journal.jsonl line "));
    assert_eq!(
        row.sources[1],
        "data/20-captures/00001-main-tws-trades.json /0"
    );
    assert_eq!(
        row.sources[2],
        "data/65-statements/00000-statement.xml line 7"
    );
    let line = row.sources[0].rsplit(' ').next().unwrap();
    let line: usize = line.parse().unwrap();
    let journal = String::from_utf8(run.journal().to_vec()).unwrap();
    assert!(journal.lines().nth(line - 1).unwrap().contains(id));
}

#[test]
fn orders_that_a_run_listed_are_rows_with_who_sent_them() {
    let run = Recorded::nearly_contained(Mode::Live);
    let acts = Acts::of(&run.folder()).unwrap();
    let row = acts.row(&key("main/order/1804022")).unwrap();
    assert_eq!(row.act.submitter.as_deref(), Some("client 7"));
    assert_eq!(row.act.side, Some(Side::Buy));
    assert_eq!(row.act.words, "Order to buy 100 AAPL, limit 185.00");
    let fill = acts.row(&key("main/fill/0001f4e8.65a1.01.01")).unwrap();
    assert_eq!(acts.order_of(fill), Some(row));
}

#[test]
fn a_file_of_acts_that_is_not_as_it_was_stored_is_not_used_and_said() {
    let mut run = Recorded::pressed(Mode::Live);
    let file = tell(&mut run, vec![act(ActKind::Fill, "captured", None)]);
    let case = case_of(&run);
    collect(
        &case,
        "tws.log",
        vec![act(ActKind::Fill, "collected", None)],
    );
    assert_eq!(Acts::of(&run.folder()).unwrap().rows().len(), 2);

    let captured = run.folder().join("captures").join(file);
    let collected = run.folder().join("case/statement/00001-tws.log-acts.json");
    for path in [captured, collected] {
        let good = fs::read_to_string(&path).unwrap();
        fs::write(&path, good.replace("\"id\"", "\"id\" ")).unwrap();
        let acts = Acts::of(&run.folder()).unwrap();
        assert_eq!(acts.rows().len(), 1, "{}", path.display());
        assert!(
            acts.notes()[0].contains("its digest differs"),
            "{:?}",
            acts.notes()
        );
        fs::remove_file(&path).unwrap();
        let acts = Acts::of(&run.folder()).unwrap();
        assert_eq!(acts.rows().len(), 1, "{}", path.display());
        assert!(
            acts.notes()[0].contains("is not there"),
            "{:?}",
            acts.notes()
        );
        fs::write(&path, good).unwrap();
    }
    assert_eq!(Acts::of(&run.folder()).unwrap().rows().len(), 2);
}

#[test]
fn a_file_that_somebody_only_called_so_tells_no_acts() {
    let run = Recorded::pressed(Mode::Live);
    let file = ActsFile::new("x", vec![act(ActKind::Fill, "planted", None)]);
    let bytes = serde_json::to_vec(&file).unwrap();
    let planted = run
        .folder()
        .join("captures/00009-main-tws-planted-acts.json");
    fs::write(planted, &bytes).unwrap();
    let case = case_of(&run);
    case.attach(
        at(0),
        Attachment {
            name: "planted-acts.json".to_owned(),
            source: "mail".to_owned(),
            content: Content::Bytes(bytes.clone()),
            about: String::new(),
            dated: String::new(),
            step: String::new(),
        },
    )
    .unwrap();
    let taken = Taken {
        name: "planted-acts.json".to_owned(),
        source: "/home/ada/Jts".to_owned(),
        modified: None,
        content: Content::Bytes(bytes),
    };
    case.take(at(0), Place::Broker, collected(vec![taken], Vec::new()))
        .unwrap();
    assert_eq!(Acts::of(&run.folder()).unwrap().rows(), []);
}

#[test]
fn figures_that_two_sources_tell_differently_are_said() {
    let mut run = Recorded::pressed(Mode::Live);
    let fill = |price: &str| Act {
        price: Some(price.parse().unwrap()),
        ..act(ActKind::Fill, "1", None)
    };
    tell(&mut run, vec![fill("10.00")]);
    tell(&mut run, vec![fill("10")]);
    assert_eq!(Acts::of(&run.folder()).unwrap().notes(), [""; 0]);
    tell(&mut run, vec![fill("11")]);
    let acts = Acts::of(&run.folder()).unwrap();
    assert_eq!(acts.rows()[0].act.price, Some("10".parse().unwrap()));
    let [note] = acts.notes() else {
        panic!("{:?}", acts.notes());
    };
    assert!(
        note.contains("The price of main/fill/1 is told differently"),
        "{note}"
    );
}

#[test]
fn the_newest_state_of_an_order_is_kept() {
    let mut run = Recorded::pressed(Mode::Live);
    for status in ["Submitted", "Cancelled"] {
        tell(
            &mut run,
            vec![Act {
                status: Some(status.to_owned()),
                ..act(ActKind::Order, "1", None)
            }],
        );
    }
    let acts = Acts::of(&run.folder()).unwrap();
    assert_eq!(acts.rows()[0].act.status.as_deref(), Some("Cancelled"));
}

#[test]
fn hostile_texts_lose_what_could_mislead_a_reader() {
    let mut run = Recorded::pressed(Mode::Live);
    tell(
        &mut run,
        vec![
            Act {
                client_id: Some(" \u{202e} ".to_owned()),
                to: Some("bc1\n\u{1b}[2J".to_owned()),
                ..Act::new(ActKind::Transfer, "1\u{0}", "x".repeat(5000), "/0")
            },
            act(ActKind::Fill, "\u{7}", None),
        ],
    );
    let acts = Acts::of(&run.folder()).unwrap();
    let [row] = acts.rows() else {
        panic!("{:?}", acts.rows());
    };
    assert_eq!(row.key, key("main/transfer/1"));
    assert_eq!(row.act.client_id, None);
    assert_eq!(row.act.to.as_deref(), Some("bc1 [2J"));
    assert!(row.act.words.len() < 500);
    assert!(
        acts.notes()[0].contains("1 acts without a name"),
        "{:?}",
        acts.notes()
    );
}

#[test]
fn a_collection_without_a_press_has_a_table_too_and_an_empty_folder_has_none() {
    let home = tempfile::tempdir().unwrap();
    let case = Case::begin(home.path(), at(0), "Firebreak 0.1.0").unwrap();
    collect(&case, "tws.log", vec![act(ActKind::Order, "1", Some(-60))]);
    let acts = Acts::of(case.folder()).unwrap();
    assert_eq!(acts.rows()[0].key, key("/order/1"));
    assert_eq!(acts.rows()[0].account, None);
    assert!(acts.window().holds(Some(at(-60))));

    let empty = tempfile::tempdir().unwrap();
    let error = Acts::of(empty.path()).unwrap_err();
    assert!(matches!(error, EvidenceError::NoRun { .. }), "{error}");
}

#[test]
fn a_damaged_journal_or_log_tells_as_far_as_it_is_good() {
    let mut run = Recorded::pressed(Mode::Live);
    tell(&mut run, vec![act(ActKind::Fill, "early", None)]);
    tell(&mut run, vec![act(ActKind::Fill, "late", None)]);
    let case = case_of(&run);
    mark(&case, &["main/fill/early"], Some(Verdict::NotMine));
    mark(&case, &["main/fill/early"], Some(Verdict::Mine));

    let path = run.folder().join(journal::FILE_NAME);
    let journal = fs::read_to_string(&path).unwrap();
    let last = journal.lines().last().unwrap();
    fs::write(&path, journal.replace(last, "{}")).unwrap();
    let log = run.folder().join(CASE_LOG);
    let lines = fs::read_to_string(&log).unwrap();
    fs::write(&log, lines.replace("\"mine\"", "\"mime\"")).unwrap();

    let acts = Acts::of(&run.folder()).unwrap();
    let [row] = acts.rows() else {
        panic!("{:?}", acts.rows());
    };
    assert_eq!(row.verdict, Some(Verdict::NotMine));
    assert_eq!(acts.notes().len(), 2, "{:?}", acts.notes());
}

#[test]
fn a_mark_stays_with_an_act_whose_account_becomes_known_later() {
    let mut run = Recorded::pressed(Mode::Live);
    let case = case_of(&run);
    collect(&case, "statement.xml", vec![act(ActKind::Fill, "1", None)]);
    mark(&case, &["/fill/1"], Some(Verdict::NotMine));
    let acts = Acts::of(&run.folder()).unwrap();
    assert_eq!(acts.rows()[0].verdict, Some(Verdict::NotMine));

    tell(&mut run, vec![act(ActKind::Fill, "1", None)]);
    let acts = Acts::of(&run.folder()).unwrap();
    let [row] = acts.rows() else {
        panic!("{:?}", acts.rows());
    };
    assert_eq!(row.key, key("main/fill/1"));
    assert_eq!(row.verdict, Some(Verdict::NotMine));

    mark(&case, &["main/fill/1"], None);
    assert_eq!(Acts::of(&run.folder()).unwrap().rows()[0].verdict, None);
    mark(&case, &["main/fill/of old"], Some(Verdict::Mine));
    let acts = Acts::of(&run.folder()).unwrap();
    assert!(
        acts.notes()[0].starts_with("1 marks are of acts"),
        "{:?}",
        acts.notes()
    );
}

#[test]
fn rows_are_chosen_by_what_their_order_tells_too() {
    let acts = Acts::from_rows(vec![
        row(Act {
            client_id: Some("99".to_owned()),
            session: Some("s1".to_owned()),
            ..act(ActKind::Order, "o", Some(10))
        }),
        row(Act {
            order: Some("o".to_owned()),
            instrument: Some("ZZZQ".to_owned()),
            ..act(ActKind::Fill, "f", Some(20))
        }),
        row(Act {
            client_id: Some("7".to_owned()),
            ..act(ActKind::Order, "p", Some(30))
        }),
        row(act(ActKind::Session, "s", None)),
    ]);
    let chosen = |choice: Choice| {
        let keys = acts.select(&choice);
        keys.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    let client = Choice {
        client_id: some("99"),
        ..Choice::default()
    };
    assert_eq!(chosen(client), ["main/order/o", "main/fill/f"]);
    let session = Choice {
        session: some("s1"),
        kind: Some(ActKind::Fill),
        ..Choice::default()
    };
    assert_eq!(chosen(session), ["main/fill/f"]);
    let text = Choice {
        text: some(" zzzq "),
        ..Choice::default()
    };
    assert_eq!(chosen(text), ["main/fill/f"]);
    let time = Choice {
        from: Some(at(20)),
        until: Some(at(30)),
        verdict: Some(Marked::Unmarked),
        ..Choice::default()
    };
    assert_eq!(chosen(time), ["main/fill/f"]);
    let account = Choice {
        account: Some(AccountName::new("other")),
        ..Choice::default()
    };
    assert_eq!(chosen(account), [""; 0]);
    assert_eq!(chosen(Choice::default()).len(), 4);
    let between: Vec<_> = acts
        .between(at(10), at(30))
        .map(|row| &row.act.id)
        .collect();
    assert_eq!(between, ["o", "f"]);
}

#[test]
fn a_hundred_thousand_acts_are_joined_chosen_and_counted() {
    const MANY: u64 = 100_000;
    let rows = (0..MANY)
        .map(|number| {
            let seconds = i64::try_from(number % 1000).unwrap();
            ActRow {
                verdict: Some(Verdict::NotMine),
                ..row(Act {
                    side: Some(if number % 2 == 0 {
                        Side::Buy
                    } else {
                        Side::Sell
                    }),
                    quantity: Some(Decimal::ONE),
                    price: Some(Decimal::from(10 - 2 * (number % 2))),
                    instrument: Some(format!("I{}", number % 10 / 2)),
                    currency: Some("USD".to_owned()),
                    client_id: Some((number % 10).to_string()),
                    ..act(ActKind::Fill, &number.to_string(), Some(seconds))
                })
            }
        })
        .collect();
    let mut acts = Acts::from_rows(rows);
    acts.look_within(Window {
        from: Some(at(0)),
        until: None,
    });
    let choice = Choice {
        client_id: Some("3".to_owned()),
        ..Choice::default()
    };
    assert_eq!(acts.select(&choice).len(), 10_000);
    assert_eq!(acts.between(at(10), at(20)).count(), 1000);
    let losses = acts.losses();
    assert_eq!(losses.not_counted, [""; 0]);
    assert_eq!(losses.lines.len(), 50_000);
    assert_eq!(losses.totals[0].amount, Decimal::from(-100_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_last_mark_of_each_act_is_the_one_that_counts(
        marks in prop::collection::vec((prop::collection::vec(0..6_usize, 1..4), 0..4_usize), 1..12)
    ) {
        let mut run = Recorded::pressed(Mode::Live);
        let ids = ["a", "b", "c", "d", "e", "f"];
        tell(&mut run, ids.iter().map(|id| act(ActKind::Order, id, None)).collect());
        let case = case_of(&run);
        let said = [
            None,
            Some(Verdict::Mine),
            Some(Verdict::NotMine),
            Some(Verdict::NotSure),
        ];
        let mut wanted = [None; 6];
        for (acts, verdict) in &marks {
            let keys: Vec<String> = acts.iter().map(|n| format!("main/order/{}", ids[*n])).collect();
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            mark(&case, &keys, said[*verdict]);
            for act in acts {
                wanted[*act] = said[*verdict];
            }
        }
        let acts = Acts::of(&run.folder()).unwrap();
        let got: Vec<_> = acts.rows().iter().map(|row| row.verdict).collect();
        prop_assert_eq!(got, wanted);
    }
}

/// Keeps an answer with these acts, and gives the file of acts.
fn tell(run: &mut Recorded, acts: Vec<Act>) -> String {
    let raw = run.captured("trades", b"[]");
    let file = ActsFile::new(raw, acts);
    run.captured("trades-acts", &serde_json::to_vec(&file).unwrap())
}

fn case_of(run: &Recorded) -> Case {
    Case::open(&run.folder(), "Firebreak 0.1.0").unwrap()
}

fn collect(case: &Case, name: &str, acts: Vec<Act>) {
    let taken = Taken {
        name: name.to_owned(),
        source: name.to_owned(),
        modified: None,
        content: Content::Bytes(b"raw".to_vec()),
    };
    let acts = acts.into_iter().map(|act| (name.to_owned(), act)).collect();
    case.take(at(0), Place::Statement, collected(vec![taken], acts))
        .unwrap();
}

fn collected(taken: Vec<Taken>, acts: Vec<(String, Act)>) -> Collected {
    Collected {
        collector: "flex".to_owned(),
        title: "Statement".to_owned(),
        began: at(0),
        ended: at(0),
        outcome: Outcome::Collected,
        taken,
        sightings: Vec::new(),
        acts,
    }
}

fn mark(case: &Case, keys: &[&str], verdict: Option<Verdict>) {
    let keys = keys.iter().map(|name| key(name)).collect();
    case.mark(at(0), keys, verdict, "one by one").unwrap();
}

pub(crate) fn key(name: &str) -> ActKey {
    ActKey(name.to_owned())
}

pub(crate) fn act(kind: ActKind, id: &str, seconds: Option<i64>) -> Act {
    Act {
        at: seconds.map(at),
        ..Act::new(kind, id, "told", "/0")
    }
}

pub(crate) fn row(act: Act) -> ActRow {
    let kind = format!("{:?}", act.kind).to_lowercase();
    ActRow {
        key: key(&format!("main/{kind}/{}", act.id)),
        account: Some(AccountName::new("main")),
        door: None,
        act,
        sources: vec!["data/x /0".to_owned()],
        verdict: None,
        suggestion: None,
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_514_400 + seconds).unwrap()
}
