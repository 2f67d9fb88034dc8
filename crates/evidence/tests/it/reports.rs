//! The report, as page, paper and sheets, of a run with all that can be added to it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use collect::{Collected, Content, Outcome, Sighting, Taken};
use door::{Act, ActKind, ActsFile, Side};
use evidence::{
    acts::{ActKey, Acts},
    case::{Attachment, Call, Case, Place, Verdict},
    report::{Dossier, Variant, Wanted, WithheldPlace},
};
use incident::Mode;
use jiff::Timestamp;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use crate::recorded::{Recorded, new_york};

#[test]
fn nothing_that_a_venue_or_a_person_wrote_becomes_markup() {
    let run = rich(Mode::Practice);
    for variant in Variant::ALL {
        let report = dossier(&run, variant).html();
        assert!(!report.contains("<script"), "a script got in");
        assert!(report.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(!report.contains('\u{202e}'));
        for forbidden in [
            "<img",
            "<a ",
            "<link",
            "src=",
            "href=",
            "url(",
            "style=\"",
            "onerror=\"",
        ] {
            assert!(!report.contains(forbidden), "{forbidden}");
        }
        assert!(report.contains("default-src &#39;none&#39;; style-src &#39;sha256-"));
    }
    assert!(
        dossier(&run, Variant::Own)
            .html()
            .contains("REF-&lt;b&gt;4711&lt;/b&gt;")
    );
}

#[test]
fn the_report_tells_what_is_open_what_is_proved_and_what_is_missing() {
    let run = Recorded::nearly_contained(Mode::Live);
    let report = evidence::report(&run.folder(), now(), &new_york(), "Firebreak 0.1.0").unwrap();
    let text = plain(&report);
    for told in [
        "LIVE: real accounts",
        "Not contained",
        "Change the password on a clean device",
        "Positions now without a stop",
        "340 AAPL",
        "0 open orders, 1 family",
        "Orders that appeared while orders were held down",
        "client 99",
        "These trades happened.",
        "the seat is held; it was taken twice by another session",
        "a scripted person",
        "completed orders could not be recorded (no answer within 2 s)",
        "2026-11-23 09:33:36 -05:00 (2026-11-23 14:33:36 UTC)",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
}

#[test]
fn the_page_names_the_digest_of_its_own_style_and_keeps_its_digests() {
    let run = rich(Mode::Live);
    let page = evidence::report(&run.folder(), now(), &new_york(), "Firebreak 0.1.0").unwrap();
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let digest = STANDARD.encode(Sha256::digest(style));
    assert!(page.contains(&format!("style-src &#39;sha256-{digest}&#39;")));
    let attached = hex::encode(Sha256::digest(b"not a picture"));
    assert!(page.contains(&attached), "{}", plain(&page));
}

#[test]
fn the_first_page_asks_in_the_order_of_a_checklist_for_compromised_accounts() {
    let run = rich(Mode::Live);
    let first = dossier(&run, Variant::Broker).first;
    let names: Vec<&str> = first.facts.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Accounts",
            "How and when it was found",
            "Time of the disputed acts",
            "Addresses used",
            "Securities and coins",
            "Disputed trades",
            "Disputed orders, not executed",
            "Transfers, and where to",
            "Losses",
            "On this computer",
        ]
    );
    let told = |name: &str| {
        let fact = first.facts.iter().find(|fact| fact.name == name).unwrap();
        fact.values.join("; ")
    };
    assert!(told("Accounts").contains("main at ibkr (U\u{2022}"));
    assert!(told("Addresses used").contains("203.0.113.66 with Chrome 141 on Windows"));
    assert_eq!(told("Securities and coins"), "AAPL, ZZZQ");
    assert!(told("Transfers, and where to").contains("-9500.00 USD to Example Bank"));
    assert!(told("Losses").contains("USD"));
    assert!(told("On this computer").contains("AnyDesk"));
}

#[test]
fn every_part_of_the_case_is_told() {
    let run = rich(Mode::Live);
    let text = plain(&dossier(&run, Variant::Own).html());
    for told in [
        "Sold 200 AAPL",
        "REF 88-1204",
        "Anna, security desk",
        "The machine itself may be lying.",
        "AnyDesk is running as process 4711",
        "not collected: access denied",
        "A picture of the phone",
        "I did not share my password with anybody.",
        "session id: 2 places",
        "data/70-host/00000-processes.json",
        "Signature",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    let html = dossier(&run, Variant::Own).html();
    assert!(html.contains("<path class=\"not-mine\""));
    assert!(html.contains("<rect class=\"press\""));
    assert!(html.contains("<circle class=\"proof\""));
}

#[test]
fn each_variant_says_for_whom_it_is_and_what_that_one_needs() {
    let run = rich(Mode::Live);
    let text = |variant| plain(&dossier(&run, variant).html());
    let broker = text(Variant::Broker);
    assert!(broker.contains("What is asked of the broker"));
    assert!(broker.contains("Reference list"));
    assert!(broker.contains("R1 transfer main W-551"));
    let police = text(Variant::Police);
    let places: Vec<usize> = [
        "1. Victim",
        "2. Financial transactions: losses",
        "3. Subject: sessions",
        "4. Narrative: what happened",
    ]
    .map(|title| police.find(title).unwrap())
    .to_vec();
    assert!(places.is_sorted(), "{places:?}");
    let share = text(Variant::Share);
    let sheets = dossier(&run, Variant::Share);
    let sheets = sheets.timeline_csv() + &sheets.orders_csv();
    for private in [
        "U\u{2022}",
        "203.0.113.66",
        "Anna",
        "Example Bank",
        "my password",
        "REF-",
    ] {
        assert!(!share.contains(private), "{private}\n{share}");
        assert!(!sheets.contains(private), "{private}\n{sheets}");
    }
    assert!(share.contains("ZZZQ"));
}

#[test]
fn without_a_statement_there_is_one_to_finish_by_hand() {
    let run = Recorded::nearly_contained(Mode::Live);
    let text = plain(&dossier(&run, Variant::Own).html());
    assert!(text.contains("No statement was written. These sentences may help"));
    assert!(text.contains("I did not share my password, one-time codes, keys or devices"));
}

#[test]
fn a_collection_without_a_press_says_so_and_has_a_report() {
    let home = tempfile::tempdir().unwrap();
    let case = Case::begin(home.path(), now(), "Firebreak 0.1.0").unwrap();
    collect(&case);
    let dossier =
        Dossier::of_folder(case.folder(), &wanted(&new_york(), Variant::Own, &[])).unwrap();
    let text = plain(&dossier.html());
    assert!(text.contains("No press was made"));
    assert!(text.contains("AnyDesk is running"));
    assert!(dossier.pdf().unwrap().starts_with(b"%PDF-"));
}

#[test]
fn the_sheets_hold_every_act_with_both_times_and_whose_it_was() {
    let run = rich(Mode::Live);
    let dossier = dossier(&run, Variant::Own);
    let orders = dossier.orders_csv();
    assert!(orders.starts_with("utc,local,account,kind,id,"));
    let fill = orders.lines().find(|line| line.contains("F-1")).unwrap();
    assert!(fill.starts_with("2026-11-23T14:02:11.000Z,2026-11-23 09:02:11 -05:00,main,fill,F-1,"));
    assert!(fill.contains("not mine"));
    // what a venue calls an order is not run by a spreadsheet
    assert!(orders.contains(",'=cmd|x,"), "{orders}");
    let timeline = dossier.timeline_csv();
    assert!(timeline.contains(",press,"));
    assert!(timeline.contains(",proof,main,"));
    assert!(timeline.contains("Anna"));
    assert!(timeline.lines().count() > 40);
}

#[test]
fn the_paper_is_tagged_says_the_same_and_has_one_first_page() {
    let run = rich(Mode::Practice);
    let pdf = dossier(&run, Variant::Own).pdf().unwrap();
    assert_eq!(pdf, dossier(&run, Variant::Own).pdf().unwrap());
    let file = run.beside("report.pdf");
    std::fs::write(&file, pdf).unwrap();
    let told = tool("pdfinfo", &[file.to_str().unwrap()]);
    for line in [
        "Tagged:          yes",
        "Page size:       595.276 x 841.89 pts (A4)",
    ] {
        assert!(told.contains(line), "{told}");
    }
    assert!(told.contains("Title:           Record of a practice run: Contain everything"));
    let fonts = tool("pdffonts", &[file.to_str().unwrap()]);
    for font in fonts.lines().skip(2) {
        assert!(font.contains(" yes yes yes "), "{fonts}");
    }
    let text = tool("pdftotext", &["-layout", file.to_str().unwrap(), "-"]);
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() > 4);
    for page in &pages {
        assert!(page.contains("PRACTICE: simulated accounts"), "{page}");
        assert!(page.contains("Page "), "{page}");
    }
    assert!(pages[0].contains("Still open"));
    assert!(pages[0].contains("Change the password on a clean device"));
    assert!(pages[1].contains("What happened, by time"));
    let raw = tool("pdftotext", &["-raw", file.to_str().unwrap(), "-"]);
    // a long word may be broken over lines, and is copied from the paper as it is
    let joined: String = raw.chars().filter(|c| !c.is_whitespace()).collect();
    assert!(joined.contains("<script>alert(1)</script>"));
    assert!(joined.contains("[U+202E]kcatta"));
    let digest = hex::encode(Sha256::digest(b"not a picture"));
    assert!(joined.contains(&digest), "{raw}");
    assert!(text.contains("What was withheld"));
}

#[test]
fn a_report_of_twenty_thousand_disputed_trades_keeps_its_first_page_and_its_paper_in_bounds() {
    let mut run = Recorded::nearly_contained(Mode::Live);
    let long = "a very long name of a thing that nobody trades ".repeat(4);
    let acts: Vec<Act> = (0..20_000_i64)
        .map(|number| Act {
            at: Some(Timestamp::from_second(1_763_900_000 + number * 7).unwrap()),
            instrument: Some(format!("I{number}")),
            ip: Some(format!("203.0.113.{}", number % 250)),
            ..Act::new(ActKind::Fill, format!("F-{number}"), long.clone(), "/0")
        })
        .collect();
    let keys = acts
        .iter()
        .map(|act| ActKey(format!("main/fill/{}", act.id)));
    let case = Case::open(&run.folder(), "Firebreak 0.1.0").unwrap();
    case.mark(now(), keys.collect(), Some(Verdict::NotMine), "all")
        .unwrap();
    let raw = run.captured("activity", b"{}");
    let file = serde_json::to_vec(&ActsFile::new(raw, acts)).unwrap();
    run.captured("activity-acts", &file);
    let dossier = dossier(&run, Variant::Broker);
    assert_eq!(dossier.orders_csv().matches(",F-").count(), 20_000);
    let paper = run.beside("large.pdf");
    std::fs::write(&paper, dossier.pdf().unwrap()).unwrap();
    let text = tool("pdftotext", &["-layout", paper.to_str().unwrap(), "-"]);
    let pages: Vec<&str> = text.split('\u{c}').collect();
    assert!(pages[0].contains("Change the password on a clean device"));
    assert!(
        pages[1].contains("What is asked of the broker"),
        "{}",
        pages[1]
    );
    assert!(text.contains("19500 more rows are not on paper."));
    assert!(pages.len() < 200, "{} pages", pages.len());
}

fn tool(program: &str, arguments: &[&str]) -> String {
    let run = std::process::Command::new(program)
        .args(arguments)
        .output()
        .expect("Debian's package poppler-utils has the tools that read the paper");
    assert!(run.status.success(), "{run:?}");
    String::from_utf8(run.stdout).unwrap()
}

/// The words of a page without its tags.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn dossier(run: &Recorded, variant: Variant) -> Dossier {
    let place = |file: &str, place: &str, reason: &str| WithheldPlace {
        file: file.to_owned(),
        place: place.to_owned(),
        reason: reason.to_owned(),
    };
    let withheld = [
        place("data/75-broker/00003-jts.ini", "line 12", "session id"),
        place("data/75-broker/00003-jts.ini", "line 31", "session id"),
        place(
            "data/20-captures/00002-main-client-portal-accounts.json",
            "/accounts/0/accountId",
            "account number",
        ),
    ];
    Dossier::of_folder(&run.folder(), &wanted(&new_york(), variant, &withheld)).unwrap()
}

fn wanted<'a>(
    zone: &'a jiff::tz::TimeZone,
    variant: Variant,
    withheld: &'a [WithheldPlace],
) -> Wanted<'a> {
    Wanted {
        variant,
        at: now(),
        zone,
        program: "Firebreak 0.1.0",
        withheld,
    }
}

fn now() -> Timestamp {
    "2026-11-23T15:02:11Z".parse().unwrap()
}

/// A run with acts that are marked, a computer that was looked at, talks, files and a statement.
fn rich(mode: Mode) -> Recorded {
    let mut run = Recorded::nearly_contained(mode);
    let raw = run.captured("activity", b"{\"trades\":[]}");
    let acts = serde_json::to_vec(&ActsFile::new(raw, acts())).unwrap();
    run.captured("activity-acts", &acts);
    let case = Case::open(&run.folder(), "Firebreak 0.1.0").unwrap();
    collect(&case);
    for (kind, id) in [
        ("fill", "F-1"),
        ("fill", "F-2"),
        ("order", "O-1"),
        ("order", "1804031"),
        ("transfer", "W-551"),
        ("session", "S-9"),
        ("key", "K-3"),
    ] {
        mark(&case, kind, id, Verdict::NotMine);
    }
    mark(&case, "order", "O-2", Verdict::NotSure);
    mark(&case, "fill", "0001f4e8.65a1.01.01", Verdict::Mine);
    tell(&case);
    let known = Acts::of(&run.folder()).unwrap();
    assert_eq!(known.notes(), [""; 0]);
    run
}

fn mark(case: &Case, kind: &str, id: &str, verdict: Verdict) {
    let key = ActKey(format!("main/{kind}/{id}"));
    case.mark(now(), vec![key], Some(verdict), "one by one")
        .unwrap();
}

/// What the person adds.
fn tell(case: &Case) {
    case.contact(
        "2026-11-23T14:41:00Z".parse().unwrap(),
        Call {
            who: "Anna, security desk".to_owned(),
            when: "2026-11-23T14:38:00Z".parse().unwrap(),
            by: "phone".to_owned(),
            number: "1 877 442 2757".to_owned(),
            reference: "REF 88-1204".to_owned(),
            said: "The account is locked.\nThey look at the transfer today.".to_owned(),
        },
    )
    .unwrap();
    case.attach(
        now(),
        Attachment {
            name: "phone.jpg".to_owned(),
            source: "/home/trader/phone.jpg".to_owned(),
            content: Content::Bytes(b"not a picture".to_vec()),
            about: "A picture of the phone with the login request".to_owned(),
            dated: "yesterday evening".to_owned(),
            step: "call".to_owned(),
        },
    )
    .unwrap();
    case.note(
        now(),
        "The laptop was slow since Friday.".to_owned(),
        String::new(),
    )
    .unwrap();
    case.state(
        now(),
        "I noticed it at 9:33 when ZZZQ was in my orders.\n\nI did not share my password with \
         anybody."
            .to_owned(),
    )
    .unwrap();
}

/// What a look at the computer brings.
fn collect(case: &Case) {
    let sighting = |what: &str, notable: bool| Sighting {
        what: what.to_owned(),
        why: "Whoever is connected sees and does what the account holder can.".to_owned(),
        notable,
        at: Some("2026-11-23T13:50:02Z".parse().unwrap()),
        place: "/usr/bin/anydesk".to_owned(),
    };
    take(
        case,
        Collected {
            collector: "processes".to_owned(),
            title: "Programs that run".to_owned(),
            began: now(),
            ended: now(),
            outcome: Outcome::Collected,
            taken: vec![Taken {
                name: "processes.json".to_owned(),
                source: "/proc".to_owned(),
                modified: None,
                content: Content::Bytes(b"[]".to_vec()),
            }],
            sightings: vec![
                sighting(
                    "AnyDesk is running as process 4711 since 13:50:02 UTC",
                    true,
                ),
                sighting("212 other programs run", false),
            ],
            acts: Vec::new(),
        },
    );
    take(
        case,
        Collected {
            collector: "logins".to_owned(),
            title: "Failed logins".to_owned(),
            began: now(),
            ended: now(),
            outcome: Outcome::Denied {
                why: "/var/log/btmp may be read by root alone".to_owned(),
            },
            taken: Vec::new(),
            sightings: Vec::new(),
            acts: Vec::new(),
        },
    );
}

fn take(case: &Case, collected: Collected) {
    case.take(now(), Place::Host, collected).unwrap();
}

fn acts() -> Vec<Act> {
    let at = |time: &str| Some(format!("2026-11-23T{time}Z").parse().unwrap());
    let order = |id: &str, words: &str, time: &str| Act {
        at: at(time),
        client_id: Some("99".to_owned()),
        session: Some("S-9".to_owned()),
        ip: Some("203.0.113.66".to_owned()),
        device: Some("Chrome 141 on Windows".to_owned()),
        ..Act::new(ActKind::Order, id, words, "/orders/0")
    };
    let fill = |id: &str, words: &str, time: &str, side, quantity: i64, price| Act {
        kind: ActKind::Fill,
        instrument: Some("AAPL".to_owned()),
        side: Some(side),
        quantity: Some(Decimal::from(quantity)),
        price: Some(Decimal::new(price, 2)),
        fee: Some(Decimal::new(100, 2)),
        currency: Some("USD".to_owned()),
        order: Some("O-1".to_owned()),
        ..order(id, words, time)
    };
    vec![
        Act {
            ip: Some("203.0.113.66".to_owned()),
            device: Some("Chrome 141 on Windows".to_owned()),
            at: at("13:58:40"),
            ..Act::new(
                ActKind::Session,
                "S-9",
                "Login to Client Portal",
                "/sessions/1",
            )
        },
        Act {
            at: at("14:01:02"),
            ..Act::new(
                ActKind::Key,
                "K-3",
                "API key \u{201c}sync\u{201d} made",
                "/keys/2",
            )
        },
        Act {
            instrument: Some("AAPL".to_owned()),
            status: Some("Filled".to_owned()),
            ..order("O-1", "Order to sell 200 AAPL, market", "14:02:10")
        },
        fill(
            "F-1",
            "Sold 200 AAPL at 150.00",
            "14:02:11",
            Side::Sell,
            200,
            15_000,
        ),
        fill(
            "F-2",
            "Bought 200 AAPL at 182.50",
            "14:09:44",
            Side::Buy,
            200,
            18_250,
        ),
        Act {
            instrument: Some("ZZZQ".to_owned()),
            status: Some("Cancelled".to_owned()),
            submitter: Some("=cmd|x".to_owned()),
            ..order("O-2", "Order to buy 90000 ZZZQ, limit 0.04", "14:12:00")
        },
        Act {
            at: at("14:15:30"),
            status: Some("pending".to_owned()),
            amount: Some(Decimal::new(-950_000, 2)),
            currency: Some("USD".to_owned()),
            to: Some("Example Bank, account ending 7731".to_owned()),
            ..Act::new(
                ActKind::Transfer,
                "W-551",
                "Wire out 9500.00 USD",
                "/transfers/0",
            )
        },
    ]
}
