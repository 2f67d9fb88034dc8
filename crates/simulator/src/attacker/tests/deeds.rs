//! What actors can do with what they have, and what not.

use rust_decimal::Decimal;

use super::*;
use crate::{
    truth::Harm,
    world::{OWN_DEVICE, TransferState, Venue, WithdrawalState},
};

const LOGIN: &str = "by = \"login\", user = \"web\", platform = \"web\"";

/// A script of one actor with acts at the given times.
pub(super) fn script(access: &str, innocent: bool, acts: &[(&str, &str)]) -> Script {
    let mut text = format!(
        "id = \"x\"\ntitle = \"x\"\n[[actor]]\nlabel = \"somebody\"\ninnocent = {innocent}\n\
         access = {{ {access} }}\n"
    );
    for (begins, deed) in acts {
        text.push_str("[[actor.act]]\n");
        text.push_str(begins);
        text.push_str("\ndeed = { ");
        text.push_str(deed);
        text.push_str(" }\n");
    }
    Script::parse(&text).unwrap()
}

/// Plays it to the end, and says what came of each act.
async fn played(world: &World, account: &AccountId, script: Script) -> Vec<Acted> {
    let pace = Pace::default();
    let mut performance = Performance::start(world.clone(), account.clone(), script, pace);
    let mut told = performance.acts().unwrap();
    assert!(performance.acts().is_none());
    performance.over().await;
    let mut acts = Vec::new();
    while let Some(acted) = told.recv().await {
        acts.push(acted);
    }
    acts
}

fn refusals(acts: &[Acted]) -> Vec<&str> {
    acts.iter()
        .filter_map(|acted| match &acted.outcome {
            Outcome::Refused { why } => Some(why.as_str()),
            Outcome::Done => None,
        })
        .collect()
}

fn buys(quantity: u32, more: &str) -> String {
    format!(
        "do = \"place\", symbol = \"THINA\", con-id = 900001, side = \"buy\", \
         quantity = \"{quantity}\"{more}"
    )
}

#[tokio::test(start_paused = true)]
async fn a_login_changes_all_that_its_pages_let_it_and_the_truth_tells_each() {
    let (world, account) = empty(&[]);
    let acts = [
        ("at = \"1s\"", "do = \"log-in\""),
        (
            "at = \"2s\"",
            "do = \"change-contact\", what = \"mail\", to = \"x@elsewhere.example\"",
        ),
        (
            "at = \"3s\"",
            "do = \"allow-address\", target = \"account ending 0042\"",
        ),
        ("at = \"4s\"", "do = \"add-device\", name = \"other phone\""),
        (
            "at = \"5s\"",
            &format!("do = \"remove-device\", name = \"{OWN_DEVICE}\""),
        ),
        ("at = \"6s\"", "do = \"add-user\", name = \"stranger\""),
        ("at = \"7s\"", "do = \"create-key\", name = \"BACKDOOR\""),
        ("at = \"8s\"", "do = \"revoke-key\", name = \"FIREBREAK\""),
    ];
    let done = played(&world, &account, script(LOGIN, false, &acts)).await;
    assert_eq!(refusals(&done), [""; 0]);
    let words: Vec<_> = done.iter().map(|acted| acted.deed.as_str()).collect();
    assert_eq!(words[1], "changes the mail address to x@elsewhere.example");
    assert_eq!(done[1].at_ms, 2000);
    let told = world.truth_so_far().into_iter();
    let foreign: Vec<String> = told
        .map(|event| serde_json::to_value(event).unwrap())
        .filter(|event| event["intruder"] == true)
        .map(|event| event["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        foreign,
        [
            "session_opened",
            "contact_changed",
            "address_allowed",
            "device_added",
            "user_added",
            "key_created",
        ]
    );
    let view = world.account(&account).unwrap();
    assert_eq!(view.devices.len(), 1);
    assert_eq!(world.truth_fold(), world.truth_summary());
}

#[tokio::test(start_paused = true)]
async fn a_locked_account_lets_a_live_session_change_nothing() {
    let (world, account) = empty(&[]);
    let acts = [
        ("at = \"1s\"", "do = \"log-in\""),
        ("at = \"3s\"", "do = \"add-device\", name = \"other phone\""),
        ("at = \"4s\"", &buys(1, "")),
    ];
    let playing = played(&world, &account, script(LOGIN, false, &acts));
    let locking = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        world.lock(&account).unwrap();
    };
    let (done, ()) = tokio::join!(playing, locking);
    assert_eq!(refusals(&done), ["the account is locked"; 2]);
}

#[tokio::test(start_paused = true)]
async fn who_has_no_login_can_only_have_positions_pulled() {
    let world = World::new(5, Timestamp::UNIX_EPOCH);
    let account = world.seed_account("a", &Seeding::default()).unwrap();
    let held = world.holdings(&account);
    let acts = [
        ("at = \"0s\"", "do = \"add-device\", name = \"other phone\""),
        ("at = \"0s\"", &buys(1, "")),
        (
            "at = \"1s\"",
            "do = \"transfer-out\", to = \"Elsewhere Securities\", validated-after = \"30s\", \
             leaves-after = \"120s\"",
        ),
    ];
    let done = played(&world, &account, script("by = \"outside\"", false, &acts)).await;
    assert_eq!(refusals(&done), ["it takes a login"; 2]);
    let state = || world.account(&account).unwrap().transfers[0].state;
    assert_eq!(state(), TransferState::Pending);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(state(), TransferState::Validated);
    assert_eq!(truth(&world).open_transfers, 1);
    assert_eq!(world.harm(&account), Decimal::ZERO);
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert_eq!(state(), TransferState::Sent);
    assert!(world.holdings(&account).is_empty());
    let worth: Decimal = held
        .iter()
        .map(|held| held.quantity * World::reference_price(&held.instrument))
        .sum();
    assert_eq!(world.harm(&account), worth);
    assert_eq!(world.truth_fold(), world.truth_summary());
}

#[tokio::test(start_paused = true)]
async fn the_desks_lock_stops_a_transfer() {
    let (world, account) = empty(&[]);
    let minute = Duration::from_mins(1);
    world
        .ask_transfer(&account, "Elsewhere Securities", minute, minute, true)
        .unwrap();
    world.lock(&account).unwrap();
    tokio::time::sleep(minute * 2).await;
    let transfers = world.account(&account).unwrap().transfers;
    assert_eq!(transfers[0].state, TransferState::Stopped);
    let again = world.ask_transfer(&account, "Elsewhere Securities", minute, minute, true);
    assert!(again.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_order_trades_with_who_waits_for_it_and_the_difference_is_lost() {
    let (world, account) = empty(&[]);
    let acts = [
        (
            "at = \"1s\"",
            buys(400, ", limit = \"200\", fills-at = \"190\""),
        ),
        (
            "at = \"2s\"",
            buys(50, ", limit = \"180\", fills-at = \"190\""),
        ),
        (
            "at = \"3s\"",
            buys(400, ", limit = \"50\", fills-at = \"57\"").replace("buy", "sell"),
        ),
    ];
    let acts: Vec<_> = acts.iter().map(|(at, deed)| (*at, deed.as_str())).collect();
    played(&world, &account, script(LOGIN, false, &acts)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    // 171 is what it is worth, and the one in the middle rests
    let lost = Decimal::from(400 * (190 - 171) + 400 * (171 - 57));
    assert_eq!(world.harm(&account), lost);
    assert_eq!(Harm::of(&world.truth_so_far()).total(), lost);
    assert_eq!(truth(&world).open_orders, 1);
}

#[tokio::test(start_paused = true)]
async fn what_an_innocent_loses_is_no_harm() {
    let (world, account) = empty(&[]);
    let dear = buys(10, ", fills-at = \"500\"");
    let acts = [("at = \"1s\"", dear.as_str())];
    let done = played(&world, &account, script(LOGIN, true, &acts)).await;
    assert!(done[0].innocent);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(truth(&world).open_orders, 0);
    assert_eq!(world.harm(&account), Decimal::ZERO);
}

#[tokio::test(start_paused = true)]
async fn cancelling_every_order_leaves_none() {
    let world = World::new(5, Timestamp::UNIX_EPOCH);
    let account = world.seed_account("a", &Seeding::default()).unwrap();
    let acts = [("at = \"1s\"", "do = \"cancel-orders\"")];
    played(&world, &account, script(LOGIN, false, &acts)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(truth(&world).open_orders, 0);
}

#[tokio::test(start_paused = true)]
async fn an_exchanges_key_does_what_its_rights_and_its_door_let_it() {
    let world = World::new(5, Timestamp::UNIX_EPOCH);
    let seeding = Seeding::default();
    let account = world.seed_exchange("a", Venue::Kraken, &seeding).unwrap();
    let cold = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq";
    let out = |target: &str| {
        format!("do = \"withdraw\", amount = \"500\", target = \"{target}\", leaves-after = \"5s\"")
    };
    // the first row of the exchange's list is spot, the fourth futures
    let spot = buys(3, "").replace("900001", "510000");
    let futures = buys(3, "").replace("900001", "510003");
    let acts = [
        ("at = \"1s\"", "do = \"use-key\""),
        ("at = \"2s\"", spot.as_str()),
        ("at = \"3s\"", futures.as_str()),
        ("at = \"4s\"", &out("bc1qelsewhere")),
        ("at = \"5s\"", &out(cold)),
        ("at = \"6s\"", "do = \"create-key\", name = \"second\""),
    ];
    let bot = "by = \"api-key\", name = \"bot\"";
    let done = played(&world, &account, script(bot, false, &acts)).await;
    assert_eq!(
        refusals(&done),
        [
            "the key does not work where this is traded",
            "the address is not in the book",
            "the key cannot make keys",
        ]
    );
    tokio::time::sleep(Duration::from_secs(10)).await;
    let view = world.account(&account).unwrap();
    assert_eq!(view.withdrawals[0].state, WithdrawalState::Sent);
    assert_eq!(world.harm(&account), Decimal::from(500));
    world.remove_api_key(&account, "bot").unwrap();
    let acts = [("at = \"1s\"", "do = \"use-key\"")];
    let done = played(&world, &account, script(bot, false, &acts)).await;
    assert_eq!(refusals(&done), ["the key is not valid"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_an_intruder_made_trades_on_the_sub_account_that_it_is_for() {
    let world = World::new(5, Timestamp::UNIX_EPOCH);
    let seeding = Seeding::default();
    let account = world.seed_exchange("a", Venue::Deribit, &seeding).unwrap();
    let acts = [
        (
            "at = \"1s\"",
            "do = \"create-key\", name = \"third\", door = \"api\", sub = 2, withdraws = true",
        ),
        (
            "at = \"2s\"",
            "do = \"create-key\", name = \"fourth\", door = \"spot\"",
        ),
    ];
    let done = played(&world, &account, script(LOGIN, false, &acts)).await;
    assert_eq!(refusals(&done), ["there is no such door"]);
    let view = world.account(&account).unwrap();
    let key = view.keys.iter().find(|key| key.name == "third").unwrap();
    let api = key.api.as_ref().unwrap();
    assert_eq!(api.sub, view.exchange.subs[1].id);
    assert!(api.trades && api.withdraws());
}

#[tokio::test(start_paused = true)]
async fn ibc_stops_a_bot_for_good_and_its_page_only_until_the_watchdog_comes() {
    let (world, account) = empty(&[]);
    let bot = "by = \"client\", id = 99, watchdog = \"15s\"";
    let rests = buys(5, ", limit = \"1\"");
    let acts = [("at = \"1s\"\nevery = \"1s\"", rests.as_str())];
    let _playing = Performance::start(
        world.clone(),
        account.clone(),
        script(bot, true, &acts),
        Pace::default(),
    );
    let open = || truth(&world).open_orders;
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    assert_eq!(open(), 3);
    world.stop_program(&account, "somebody").unwrap();
    tokio::time::sleep(Duration::from_secs(14)).await;
    assert_eq!(open(), 3);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(open() > 3);
    world.stop_tws(&account).unwrap();
    let left = open();
    world.start_tws(&account).unwrap();
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(open(), left);
}
