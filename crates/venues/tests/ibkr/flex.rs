//! The Flex Web Service's client and door against the simulated service, over TLS.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use door::{Act, ActKind, Again, ErrorClass, Forget, Keep, Lever, Snapshot};
use futures_util::future::join_all;
use jiff::{Timestamp, ToSpan as _, civil::Date};
use simulator::{
    ServedAccount,
    faults::Front,
    serve::Spec,
    world::{KeyKind, Order},
};
use vault::Secret;
use venues::{
    Address, Kind,
    flex::{Flex, FlexConfig, FlexError, Pace, Statement, StatementKind, statement_day},
};

use crate::scene::{Scene, fault, pull};

/// The service's own pacing, and short waits for what is not ready.
const PACE: Pace = Pace {
    between: Duration::from_millis(1_050),
    a_minute: 9,
    again: Duration::from_millis(50),
};

fn service(served: &ServedAccount, deadline: Duration) -> Flex {
    let door = &served.doors()[0];
    let config = FlexConfig {
        address: Address::parse(Kind::Flex, &door.url()).unwrap(),
        pin: Some(door.pin().unwrap().parse().unwrap()),
        pace: PACE,
        deadline,
    };
    let (_, token) = door.key().unwrap();
    Flex::new(&config, Secret::new(token.to_owned())).unwrap()
}

fn query(served: &ServedAccount, nth: usize) -> String {
    let (queries, _) = served.doors()[0].key().unwrap();
    queries.split(',').nth(nth).unwrap().to_owned()
}

fn days() -> (Date, Date) {
    let today = statement_day(Timestamp::now());
    (today - 7.days(), today)
}

async fn fetch(flex: &Flex, served: &ServedAccount, nth: usize) -> Result<Statement, FlexError> {
    let (from, to) = days();
    flex.fetch(&query(served, nth), from, to, &mut |_| {}).await
}

async fn alone(faults: &[&str]) -> Scene {
    Scene::with(&[Front::Flex], faults).await
}

const PATIENT: Duration = Duration::from_secs(30);

fn trade(scene: &Scene, how_many: usize) {
    let mut orders = scene.world().orders(scene.account());
    orders.retain(Order::open);
    for order in orders.iter().take(how_many) {
        scene
            .world()
            .fill(order.perm_id, 2.into(), 50.into())
            .unwrap();
    }
}

/// What was kept, with the acts beside it.
#[derive(Default)]
struct Told(Mutex<Vec<(String, String, Vec<Act>)>>);

impl Keep for Told {
    fn keep(&self, label: &str, extension: &str, bytes: &[u8]) {
        self.keep_with_acts(label, extension, bytes, Vec::new());
    }

    fn keep_with_acts(&self, label: &str, extension: &str, bytes: &[u8], acts: Vec<Act>) {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let name = format!("{label}.{extension}");
        self.0.lock().unwrap().push((name, text, acts));
    }
}

#[tokio::test]
async fn a_capture_keeps_statements_whose_fills_are_named_as_tws_names_them() {
    let scene = Scene::with(&[Front::Tws, Front::Flex], &[]).await;
    trade(&scene, 3);
    let [tws, flex] = scene.doors.as_slice() else {
        panic!("two doors were asked for");
    };
    let seen = tws.act(&pull(Lever::Capture), &Forget).await.unwrap();
    let mut by_tws: Vec<String> = seen
        .snapshot
        .unwrap()
        .fills
        .into_iter()
        .map(|it| it.id)
        .collect();
    by_tws.sort();
    assert_eq!(by_tws.len(), 3);

    let told = Told::default();
    let receipt = flex.act(&pull(Lever::Capture), &told).await.unwrap();
    assert_eq!(receipt.missing, []);
    // what was held at the end of a day must not be taken for what is held now
    assert_eq!(receipt.snapshot, None);
    let served = &scene.served.accounts()[0];
    let (queries, token) = served.doors()[1].key().unwrap();
    let kept = told.0.lock().unwrap();
    let names: Vec<&str> = kept.iter().map(|(name, _, _)| name.as_str()).collect();
    let expected: Vec<String> = queries
        .split(',')
        .map(|id| format!("statement-{id}.xml"))
        .collect();
    assert_eq!(names, expected);
    for (name, text, acts) in kept.iter() {
        assert!(!text.contains(token), "{name}");
        let fills = acts.iter().filter(|act| act.kind == ActKind::Fill);
        let mut ids: Vec<String> = fills.map(|act| act.id.clone()).collect();
        ids.sort();
        assert_eq!(ids, by_tws, "{name}");
        for act in acts {
            assert!(act.at.is_some() && !act.words.is_empty(), "{act:?}");
            // where it says that it stands, it stands
            let line: usize = act.place.strip_prefix("line ").unwrap().parse().unwrap();
            let row = text.lines().nth(line - 1).unwrap();
            let id = act.id.rsplit(':').next().unwrap();
            assert!(row.contains(id), "{act:?}: {row}");
        }
    }
}

#[tokio::test]
async fn an_activity_statement_tells_the_days_the_sections_and_what_left() {
    let scene = alone(&[]).await;
    trade(&scene, 1);
    let world = scene.world();
    world
        .ask_withdrawal(scene.account(), 900.into(), "DE•• 99", Duration::ZERO)
        .unwrap();
    let served = &scene.served.accounts()[0];
    let statement = fetch(&service(served, PATIENT), served, 0).await.unwrap();
    assert_eq!(statement.kind, StatementKind::Activity);
    assert_eq!(statement.accounts, [scene.account().0.clone()]);
    assert_eq!((statement.from, statement.to), days());
    let age = Timestamp::now().duration_since(statement.generated_at.unwrap());
    assert!(age.as_secs().abs() < 60, "{age}");
    assert!(statement.sections.iter().any(|section| section == "Trades"));
    assert_eq!(
        statement.positions.len(),
        world.holdings(scene.account()).len()
    );
    let left = statement
        .acts
        .iter()
        .find(|act| act.kind == ActKind::Transfer)
        .unwrap();
    assert_eq!(left.amount, Some((-900).into()));
    let fill = statement
        .acts
        .iter()
        .find(|act| act.kind == ActKind::Fill)
        .unwrap();
    assert_eq!(fill.fee, Some(1.into()));
    assert!(fill.order.is_some() && fill.realised.is_some(), "{fill:?}");
}

/// Serves an account for each of `codes`, whose service answers it `times`.
async fn answering(codes: &[u16], times: u32) -> Scene {
    let nth = |(at, code): (usize, &u16)| {
        fault(&format!(
            "flex-code:code={code},times={times},account={}",
            at + 1
        ))
    };
    Scene::of(Spec {
        fronts: [Front::Flex].into(),
        accounts: codes.len(),
        faults: codes.iter().enumerate().map(nth).collect(),
        ..Spec::default()
    })
    .await
}

#[tokio::test]
async fn every_code_that_stays_ends_the_call_at_once_and_says_what_to_do() {
    let codes = [1003, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1017, 1020];
    let scene = answering(&codes, 0).await;
    let served = scene.served.accounts();
    let asked = served.iter().map(async |served| {
        let flex = service(served, PATIENT);
        fetch(&flex, served, 0).await.unwrap_err()
    });
    for (code, error) in codes.iter().zip(join_all(asked).await) {
        assert_eq!(error.code, Some(*code));
        assert!(!error.error.next.is_empty(), "{error}");
        assert_eq!(error.error.again, Again::No, "{error}");
        let credential = matches!(code, 1011..=1015);
        assert_eq!(
            error.error.class == ErrorClass::Unauthorised,
            credential,
            "{error}"
        );
    }
}

#[tokio::test]
async fn every_code_that_passes_is_waited_out_and_told() {
    let codes = [1001, 1004, 1005, 1006, 1007, 1008, 1009, 1018, 1019, 1021];
    let scene = answering(&codes, 1).await;
    let served = scene.served.accounts();
    let asked = served.iter().map(async |served| {
        let flex = service(served, PATIENT);
        let (from, to) = days();
        let mut told = Vec::new();
        let mut hear = |words: &str| told.push(words.to_owned());
        let fetched = flex.fetch(&query(served, 1), from, to, &mut hear).await;
        (fetched.map(|statement| statement.kind), told)
    });
    for (code, (kind, told)) in codes.iter().zip(join_all(asked).await) {
        assert_eq!(kind, Ok(StatementKind::TradeConfirmations), "{code}");
        assert!(told[0].contains(&format!("code {code}")), "{told:?}");
        assert!(
            told.iter().any(|words| words.contains("asked for")),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn the_services_pacing_is_kept_also_by_two_who_ask_at_once() {
    let scene = alone(&["in-progress:polls=1"]).await;
    let served = &scene.served.accounts()[0];
    let flex = service(served, PATIENT);
    let (from, to) = days();
    let told = Mutex::new(Vec::new());
    let both = [0, 1].map(async |nth| {
        let mut hear = |words: &str| told.lock().unwrap().push(words.to_owned());
        flex.fetch(&query(served, nth), from, to, &mut hear)
            .await
            .unwrap()
    });
    join_all(both).await;
    let told = told.into_inner().unwrap();
    assert!(!told.iter().any(|words| words.contains("1018")), "{told:?}");
    let asked = scene.world().truth_so_far();
    let times: Vec<u64> = asked
        .iter()
        .filter(|event| format!("{:?}", event.what).contains("FlexWebService"))
        .map(|event| event.at_ms)
        .collect();
    assert_eq!(times.len(), 6, "{times:?}");
    assert!(
        times.windows(2).all(|pair| pair[1] >= pair[0] + 1_000),
        "{times:?}"
    );
}

#[tokio::test]
async fn a_statement_that_is_said_to_be_elsewhere_is_not_fetched_there() {
    let scene = alone(&["foreign-url"]).await;
    let served = &scene.served.accounts()[0];
    let error = fetch(&service(served, PATIENT), served, 0)
        .await
        .unwrap_err();
    assert_eq!(error.error.class, ErrorClass::Refused);
    let words = error.to_string();
    assert!(words.contains("statements.elsewhere.invalid"), "{words}");
    assert!(words.contains("token was not sent"), "{words}");
    let asked = scene.asked(Front::Flex);
    assert_eq!(asked.len(), 1, "{asked:?}");
}

#[tokio::test]
async fn a_call_that_came_to_its_deadline_is_gone_on_with_and_not_begun_anew() {
    let scene = alone(&["in-progress:polls=1"]).await;
    let served = &scene.served.accounts()[0];
    // long enough to ask, and not to poll twice
    let flex = service(served, Duration::from_millis(1_900));
    let error = fetch(&flex, served, 0).await.unwrap_err();
    assert_eq!(error.error.class, ErrorClass::TimedOut, "{error}");
    assert!(error.error.next.contains("goes on"), "{error}");
    fetch(&flex, served, 0).await.unwrap();
    let asked = scene.asked(Front::Flex);
    let begun = asked.iter().filter(|what| what.ends_with("SendRequest"));
    assert_eq!(begun.count(), 1, "{asked:?}");
}

#[tokio::test]
async fn whatever_comes_instead_of_a_statement_is_an_error_and_never_an_empty_one() {
    for (spec, class) in [
        ("entity-bomb", ErrorClass::Malformed),
        ("html-page", ErrorClass::Malformed),
        ("truncated-frame@#2", ErrorClass::Malformed),
        ("oversized-frame@#2", ErrorClass::Refused),
        ("redirect", ErrorClass::Refused),
        ("unreachable", ErrorClass::Unreachable),
        ("hang", ErrorClass::TimedOut),
        ("slow-drip@#2", ErrorClass::TimedOut),
    ] {
        let scene = alone(&[spec]).await;
        let served = &scene.served.accounts()[0];
        let waits = class == ErrorClass::TimedOut;
        let deadline = if waits {
            Duration::from_secs(3)
        } else {
            PATIENT
        };
        let error = fetch(&service(served, deadline), served, 0)
            .await
            .unwrap_err();
        assert_eq!(error.error.class, class, "{spec}: {error}");
    }
}

#[tokio::test]
async fn the_token_is_in_no_error_no_log_and_nothing_that_is_kept() {
    let logged = Logged::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(logged.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    for spec in [
        "hostile-names",
        "flex-code:code=1015",
        "foreign-url",
        "html-page",
        "redirect",
        "truncated-frame",
        "unreachable",
        "hang",
    ] {
        let scene = alone(&[spec]).await;
        trade(&scene, 1);
        let served = &scene.served.accounts()[0];
        let (_, token) = served.doors()[0].key().unwrap();
        let flex = service(served, Duration::from_secs(3));
        let mut said = String::new();
        let (from, to) = days();
        let mut hear = |words: &str| said.push_str(words);
        match flex.fetch(&query(served, 0), from, to, &mut hear).await {
            Ok(statement) => {
                assert!(!statement.acts.is_empty(), "{spec}");
                said.push_str(&String::from_utf8(statement.xml.clone()).unwrap());
                write!(said, "{statement:?}").unwrap();
            }
            Err(error) => write!(said, "{error} {error:?}").unwrap(),
        }
        let kept = Told::default();
        // what hangs once would hang again, and for longer
        if spec != "hang"
            && let Err(error) = scene.door().act(&pull(Lever::Audit), &kept).await
        {
            write!(said, "{error} {error:?}").unwrap();
        }
        assert!(!said.contains(token), "{spec}: {said}");
        let log = logged.text();
        assert!(!log.contains(token), "{spec}");
    }
    drop(guard);
    // the logs of the wire were there to be searched
    assert!(logged.text().contains("connect"), "{}", logged.text());
}

#[tokio::test]
async fn a_door_says_that_its_token_only_reads_and_that_it_pulls_no_lever() {
    let scene = alone(&[]).await;
    let door = scene.door();
    let health = door.open().await.unwrap();
    assert!(health.words.contains("took the token"), "{health:?}");
    // it is believed for a while: arming asks often
    door.open().await.unwrap();
    assert_eq!(scene.asked(Front::Flex).len(), 1);
    let audit = door.act(&pull(Lever::Audit), &Forget).await.unwrap();
    let facts = audit.snapshot.unwrap().facts;
    assert!(facts.contains(&(Snapshot::MAY_WITHDRAW.to_owned(), "no".to_owned())));
    for lever in Lever::ALL {
        let offered = door.levers().iter().any(|support| support.lever == lever);
        assert_eq!(offered, matches!(lever, Lever::Capture | Lever::Audit));
        if !offered {
            let error = door.act(&pull(lever), &Forget).await.unwrap_err();
            assert_eq!(error.class, ErrorClass::Unsupported, "{lever}");
        }
    }
    assert_eq!(door.release(&Forget).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_service_that_was_switched_off_on_the_page_refuses_the_token() {
    let scene = alone(&[]).await;
    let world = scene.world();
    let keys = world.account(scene.account()).unwrap().keys;
    let key = keys
        .iter()
        .find(|key| key.kind == KeyKind::FlexToken)
        .unwrap();
    world.revoke_key(scene.account(), &key.name).unwrap();
    let door = Arc::clone(&scene.doors[0]);
    let opened = door.open().await.unwrap_err();
    assert_eq!(opened.class, ErrorClass::Unauthorised, "{opened}");
    let captured = door.act(&pull(Lever::Capture), &Forget).await.unwrap_err();
    assert_eq!(captured.class, ErrorClass::Unauthorised, "{captured}");
    assert!(captured.next.contains("Flex Web Service Configuration"));
}

/// What was logged.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Logged {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Logged {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
