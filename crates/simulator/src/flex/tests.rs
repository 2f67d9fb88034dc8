//! The service asked directly, without a wire.

use super::*;
use crate::{
    faults::Front,
    world::{Order, PermId, Seeding},
};

struct Bench {
    world: World,
    flex: Arc<Flex>,
}

impl Bench {
    fn new(faults: &[&str]) -> Self {
        let world = World::new(7, "2026-11-24T15:00:00Z".parse().unwrap());
        let account = world.seed_account("a", &Seeding::default()).unwrap();
        for fault in faults {
            world.faults().switch_on(fault.parse().unwrap());
        }
        let site = Site {
            world: world.clone(),
            account,
            front: Front::Flex,
        };
        let flex = Flex::new(site, "127.0.0.1:9".to_owned()).unwrap();
        Self { world, flex }
    }

    /// Asks a second after the last request.
    async fn ask(&self, target: &str) -> String {
        tokio::time::advance(BETWEEN).await;
        self.ask_now(target)
    }

    fn ask_now(&self, target: &str) -> String {
        let target = target.replace("TOKEN", self.flex.token());
        let request = Request {
            method: Method::GET,
            uri: format!("{BASE}{target}").parse().unwrap(),
            headers: [("user-agent".parse().unwrap(), "a test".parse().unwrap())]
                .into_iter()
                .collect(),
            body: Vec::new(),
        };
        String::from_utf8(self.flex.answer(request).body).unwrap()
    }

    async fn statement(&self, query: &str) -> String {
        let told = self
            .ask(&format!("SendRequest?t=TOKEN&q={query}&v=3"))
            .await;
        let code = within(&told, "<ReferenceCode>", "</ReferenceCode>");
        self.ask(&format!("GetStatement?t=TOKEN&q={code}&v=3"))
            .await
    }

    fn open(&self) -> Vec<Order> {
        let mut orders = self.world.orders(&self.flex.site.account);
        orders.retain(Order::open);
        orders
    }

    fn fill(&self, order: PermId, quantity: i64, price: i64) {
        self.world
            .fill(order, quantity.into(), price.into())
            .unwrap();
    }
}

fn within<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{text}"));
    rest.split_once(to).unwrap().0
}

fn code(text: &str) -> &str {
    within(text, "<ErrorCode>", "</ErrorCode>")
}

#[tokio::test(start_paused = true)]
async fn a_statement_tells_what_traded_and_nothing_else() {
    let bench = Bench::new(&[]);
    let empty = bench.statement(&bench.flex.activity).await;
    assert!(!empty.contains("<Trade "), "{empty}");
    let order = &bench.open()[3];
    bench.fill(order.perm_id, 2, 50);
    let executions = bench
        .world
        .executions(Front::Flex, &bench.flex.site.account);
    for query in [&bench.flex.activity, &bench.flex.confirmations] {
        let statement = bench.statement(query).await;
        assert!(statement.contains(&executions[0].id), "{statement}");
        let orders = statement.matches("<Order ").count();
        assert_eq!(orders, 1, "{statement}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_sale_gained_is_told_against_what_it_cost() {
    let bench = Bench::new(&[]);
    let held = bench.world.holdings(&bench.flex.site.account);
    let orders = bench.open();
    let stop = orders
        .iter()
        .find(|order| order.ask.stop.is_some())
        .unwrap();
    let con_id = stop.ask.instrument.con_id;
    let cost = held
        .iter()
        .find(|held| held.instrument.con_id == con_id)
        .unwrap()
        .average_cost;
    bench
        .world
        .fill(
            stop.perm_id,
            2.into(),
            cost - rust_decimal::Decimal::from(5),
        )
        .unwrap();
    let statement = bench.statement(&bench.flex.activity).await;
    // two at 5 less than they cost, and the commission
    assert_eq!(within(&statement, "fifoPnlRealized=\"", "\""), "-11");
}

#[tokio::test(start_paused = true)]
async fn more_than_one_a_second_or_ten_a_minute_are_too_many() {
    let bench = Bench::new(&[]);
    let target = format!("SendRequest?t=TOKEN&q={}&v=3", bench.flex.activity);
    assert!(bench.ask(&target).await.contains("Success"));
    assert_eq!(code(&bench.ask_now(&target)), "1018");
    for _ in 0..8 {
        assert!(bench.ask(&target).await.contains("Success"));
    }
    assert_eq!(code(&bench.ask(&target).await), "1018");
    tokio::time::advance(MINUTE).await;
    assert!(bench.ask(&target).await.contains("Success"));
}

#[tokio::test(start_paused = true)]
async fn each_thing_that_is_wrong_has_its_code() {
    let bench = Bench::new(&[]);
    let query = bench.flex.activity.clone();
    for (target, expected) in [
        ("SendRequest?t=1&q=QUERY&v=3", "1015"),
        ("SendRequest?t=TOKEN&q=1&v=3", "1014"),
        ("SendRequest?t=TOKEN&q=QUERY&v=2", "1020"),
        (
            "SendRequest?t=TOKEN&q=QUERY&v=3&fd=20250101&td=20260601",
            "1020",
        ),
        (
            "SendRequest?t=TOKEN&q=QUERY&v=3&fd=20260102&td=20260101",
            "1020",
        ),
        ("GetStatement?t=TOKEN&q=1&v=3", "1017"),
        ("Elsewhere?t=TOKEN&v=3", "1020"),
    ] {
        let told = bench.ask(&target.replace("QUERY", &query)).await;
        assert_eq!(code(&told), expected, "{target}");
        tokio::time::advance(MINUTE).await;
    }
    bench
        .world
        .revoke_key(&bench.flex.site.account, &bench.flex.key)
        .unwrap();
    let told = bench
        .ask(&format!("SendRequest?t=TOKEN&q={query}&v=3"))
        .await;
    assert_eq!(code(&told), "1011");
}

#[tokio::test(start_paused = true)]
async fn faults_look_as_the_service_says_them() {
    for (fault, expected) in [
        ("key-expired", "1012"),
        ("ip-not-allowed", "1013"),
        ("maintenance", "1009"),
        ("flex-code:code=1016", "1016"),
        ("rate-limit:every=1", "1018"),
    ] {
        let bench = Bench::new(&[fault]);
        let told = bench.ask("SendRequest?t=TOKEN&q=1&v=3").await;
        assert_eq!(code(&told), expected, "{fault}");
    }
    let bench = Bench::new(&["in-progress:polls=2"]);
    let told = bench
        .ask(&format!(
            "SendRequest?t=TOKEN&q={}&v=3",
            bench.flex.activity
        ))
        .await;
    let reference = within(&told, "<ReferenceCode>", "</ReferenceCode>");
    let target = format!("GetStatement?t=TOKEN&q={reference}&v=3");
    for _ in 0..2 {
        assert_eq!(code(&bench.ask(&target).await), "1019");
    }
    assert!(bench.ask(&target).await.contains("<FlexStatement "));
}

#[tokio::test]
async fn two_accounts_have_their_own_tokens_and_queries() {
    let Bench { world, flex: one } = Bench::new(&[]);
    let site = Site {
        account: world.seed_account("b", &Seeding::default()).unwrap(),
        ..one.site.clone()
    };
    let two = Flex::new(site, "127.0.0.1:8".to_owned()).unwrap();
    assert_ne!(one.token(), two.token());
    assert_ne!(one.queries(), two.queries());
    assert_ne!(one.activity, one.confirmations);
    assert_eq!((one.token().len(), two.token().len()), (24, 24));
}
