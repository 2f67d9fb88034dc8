//! From the gateway's JSON to our values.
//!
//! A row that lacks what containment needs makes the whole listing malformed: leaving it out would
//! be the lie that an order is gone.

use door::{DoorError, Family, Fill, OpenOrder, OrderKey, Position, Side, clean};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

use super::gateway::malformed;
use crate::ibkr::ORDERS;

/// At this length a list of orders is cut short by the gateway.
const ORDERS_AT_MOST: usize = 1000;
/// How many positions a page holds.
pub(super) const POSITIONS_A_PAGE: usize = 100;

/// An open order, and what is needed to cancel it alone.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Listed {
    pub(super) order: OpenOrder,
    pub(super) account: Option<String>,
    pub(super) id: String,
    pub(super) contract: Option<i64>,
}

/// A list of orders as the gateway gave it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct OrderList {
    pub(super) open: Vec<Listed>,
    /// Rows in all, ended ones too.
    pub(super) rows: usize,
    /// Whether the gateway says that it is complete.
    pub(super) complete: bool,
}

/// What the gateway says about the login.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct AuthStatus {
    pub(super) authenticated: bool,
    pub(super) competing: bool,
    /// Whether a brokerage session was begun and IBKR's servers are reached.
    pub(super) begun: bool,
}

impl AuthStatus {
    /// Whether this session has the brokerage seat, uncontested.
    pub(super) fn has_seat(&self) -> bool {
        self.authenticated && self.begun && !self.competing
    }
}

/// `{authenticated, competing, connected, established}`; the last is missing in older answers.
pub(super) fn auth_status(answer: &Value) -> Result<AuthStatus, DoorError> {
    let flag = |name: &str| answer.get(name).and_then(Value::as_bool);
    let authenticated = flag("authenticated").ok_or_else(|| malformed("no `authenticated`"))?;
    Ok(AuthStatus {
        authenticated,
        competing: flag("competing").unwrap_or(false),
        begun: flag("connected").unwrap_or(authenticated)
            && flag("established").unwrap_or(authenticated),
    })
}

/// `{iserver: {authStatus: {...}}}`, the answer of `tickle`.
pub(super) fn tickled(answer: &Value) -> Result<AuthStatus, DoorError> {
    let status = answer
        .get("iserver")
        .and_then(|iserver| iserver.get("authStatus"))
        .ok_or_else(|| malformed("no `iserver.authStatus`"))?;
    auth_status(status)
}

/// `{accounts: [...]}`: the brokerage accounts of the login, and whether they are paper.
pub(super) fn accounts(answer: &Value) -> Result<(Vec<String>, bool), DoorError> {
    let rows = array(answer.get("accounts"), "accounts")?;
    let accounts = rows
        .iter()
        .map(|row| {
            row.as_str()
                .filter(|id| is_account(id))
                .map(str::to_owned)
                .ok_or_else(|| malformed("an account that is no account number"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if accounts.is_empty() {
        return Err(malformed("no account"));
    }
    let paper = answer.get("isPaper").and_then(Value::as_bool) == Some(true);
    Ok((accounts, paper))
}

/// An account number goes into the path of a call, so it may hold letters and digits only.
fn is_account(id: &str) -> bool {
    !id.is_empty() && id.len() <= 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `{orders: [...], snapshot}`.
pub(super) fn orders(answer: &Value) -> Result<OrderList, DoorError> {
    let rows = array(answer.get("orders"), "orders")?;
    if rows.len() >= ORDERS_AT_MOST {
        return Err(malformed(&format!(
            "{} orders: the list is cut short",
            rows.len()
        )));
    }
    let complete = match answer.get("snapshot") {
        None => false,
        Some(snapshot) => snapshot
            .as_bool()
            .ok_or_else(|| malformed("a `snapshot` that is neither true nor false"))?,
    };
    let mut open = Vec::new();
    for row in rows {
        if can_fill(&status_of(row)?) {
            open.push(listed(row)?);
        }
    }
    Ok(OrderList {
        open,
        rows: rows.len(),
        complete,
    })
}

fn status_of(row: &Value) -> Result<String, DoorError> {
    text(row, "status")
        .or_else(|| text(row, "order_ccp_status"))
        .ok_or_else(|| malformed("an order without status"))
}

/// Whether an order in this state can still fill. A word that nobody knows is not taken for the
/// end.
fn can_fill(status: &str) -> bool {
    let word: String = status
        .chars()
        .filter(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_ascii_lowercase();
    !matches!(
        word.as_str(),
        "filled" | "cancelled" | "apicancelled" | "inactive"
    )
}

fn listed(row: &Value) -> Result<Listed, DoorError> {
    let id = order_id(row).ok_or_else(|| malformed("an order without id"))?;
    let side = side(row).ok_or_else(|| malformed("an order that is neither buy nor sell"))?;
    let filled = number(row, "filledQuantity")?.unwrap_or_default();
    let quantity = match number(row, "totalSize")? {
        Some(total) => total,
        None => number(row, "remainingQuantity")?
            .and_then(|remaining| remaining.checked_add(filled))
            .ok_or_else(|| malformed("an order without quantity"))?,
    };
    let order_type = order_type(row);
    let is_stop = order_type.starts_with("STP") || order_type.starts_with("TRAIL");
    let price = number(row, "price")?;
    let trigger = match number(row, "auxPrice")? {
        Some(price) => Some(price),
        None => number(row, "stop_price")?,
    };
    let (limit, stop) = match (order_type.as_str(), trigger) {
        ("STP", None) => (None, price),
        ("STP", Some(trigger)) => (None, Some(trigger)),
        _ if is_stop => (price, trigger),
        _ => (price, None),
    };
    let account = text(row, "acct").or_else(|| text(row, "account"));
    if account.as_deref().is_some_and(|id| !is_account(id)) {
        return Err(malformed("an order of no account number"));
    }
    Ok(Listed {
        order: OpenOrder {
            key: OrderKey(format!("client-portal:{id}")),
            family: Family::new(ORDERS),
            instrument: instrument(row),
            side,
            quantity,
            filled,
            order_type,
            limit,
            stop,
            status: clean(&status_of(row)?),
            submitter: text(row, "submitter").map(|user| clean(&user)),
            placed_at: None,
        },
        account,
        id,
        contract: row.get("conid").and_then(Value::as_i64),
    })
}

/// The gateway's order id is a number, or digits in quotes.
fn order_id(row: &Value) -> Option<String> {
    match row.get("orderId")? {
        Value::Number(id) => Some(id.to_string()),
        Value::String(id) => Some(id.clone()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
    .filter(|id| {
        let digits = id.strip_prefix('-').unwrap_or(id);
        !digits.is_empty() && digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// TWS's word for the type, whichever way the gateway writes it.
fn order_type(row: &Value) -> String {
    let written = text(row, "origOrderType")
        .or_else(|| text(row, "orderType"))
        .unwrap_or_default();
    let plain: String = written
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    match plain.as_str() {
        "limit" | "lmt" => "LMT".to_owned(),
        "market" | "mkt" => "MKT".to_owned(),
        "stop" | "stp" => "STP".to_owned(),
        "stoplimit" | "stplmt" | "stoplmt" => "STP LMT".to_owned(),
        "trail" | "trailingstop" => "TRAIL".to_owned(),
        "traillimit" | "traillmt" | "trailingstoplimit" => "TRAIL LIMIT".to_owned(),
        _ => clean(&written),
    }
}

fn instrument(row: &Value) -> String {
    let stock = text(row, "secType").is_none_or(|kind| kind == "STK");
    let named = if stock {
        text(row, "ticker").or_else(|| text(row, "symbol"))
    } else {
        text(row, "contract_description_1")
            .or_else(|| text(row, "description1"))
            .or_else(|| text(row, "ticker"))
    };
    named
        .or_else(|| text(row, "contractDesc"))
        .filter(|name| !name.is_empty())
        .map_or_else(
            || match row.get("conid").and_then(Value::as_i64) {
                Some(contract) => format!("contract {contract}"),
                None => "unnamed".to_owned(),
            },
            |name| clean(&name),
        )
}

/// The bare array that `trades` answers.
pub(super) fn trades(answer: &Value) -> Result<Vec<Fill>, DoorError> {
    array(Some(answer), "trades")?
        .iter()
        .map(|row| {
            Ok(Fill {
                id: text(row, "execution_id")
                    .filter(|id| !id.is_empty())
                    .map(|id| clean(&id))
                    .ok_or_else(|| malformed("a trade without id"))?,
                order: row
                    .get("order_id")
                    .and_then(Value::as_i64)
                    .map(|id| OrderKey(format!("client-portal:{id}"))),
                instrument: instrument(row),
                side: side(row).ok_or_else(|| malformed("a trade that is neither buy nor sell"))?,
                quantity: number(row, "size")?.ok_or_else(|| malformed("a trade without size"))?,
                price: number(row, "price")?.ok_or_else(|| malformed("a trade without price"))?,
                at: row
                    .get("trade_time_r")
                    .and_then(Value::as_i64)
                    .and_then(|at| Timestamp::from_millisecond(at).ok()),
                submitter: text(row, "submitter").map(|user| clean(&user)),
            })
        })
        .collect()
}

/// A page of positions: what is held by contract, and how many rows the page had.
pub(super) fn positions(answer: &Value) -> Result<(Vec<(i64, Position)>, usize), DoorError> {
    let rows = array(Some(answer), "positions")?;
    let mut held = Vec::new();
    for row in rows {
        let contract = row
            .get("conid")
            .and_then(Value::as_i64)
            .ok_or_else(|| malformed("a position without contract"))?;
        let quantity =
            number(row, "position")?.ok_or_else(|| malformed("a position without quantity"))?;
        if quantity.is_zero() {
            continue;
        }
        let instrument = text(row, "ticker")
            .or_else(|| text(row, "contractDesc"))
            .filter(|name| !name.is_empty())
            .map_or_else(|| format!("contract {contract}"), |name| clean(&name));
        held.push((
            contract,
            Position {
                instrument,
                quantity,
                average_cost: number(row, "avgCost")?,
            },
        ));
    }
    Ok((held, rows.len()))
}

/// Whether a cancel was taken. Its outcome is another matter.
pub(super) fn cancel_taken(answer: &Value) -> Result<String, DoorError> {
    let words = text(answer, "msg").map(|words| clean(&words));
    let named = answer.get("order_id").is_some() || answer.get("conid").is_some();
    match words {
        Some(words) if named => Ok(words),
        Some(_) | None => Err(malformed("an answer to a cancel that says nothing of it")),
    }
}

fn side(row: &Value) -> Option<Side> {
    match text(row, "side")?.to_ascii_uppercase().as_str() {
        "BUY" | "B" | "BOT" => Some(Side::Buy),
        "SELL" | "S" | "SLD" | "SSHORT" => Some(Side::Sell),
        _ => None,
    }
}

fn array<'a>(value: Option<&'a Value>, what: &str) -> Result<&'a Vec<Value>, DoorError> {
    value
        .and_then(Value::as_array)
        .ok_or_else(|| malformed(&format!("no list of {what}")))
}

fn text(row: &Value, name: &str) -> Option<String> {
    row.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A number, or a number in quotes with or without commas; nothing for null and for no text.
fn number(row: &Value, name: &str) -> Result<Option<Decimal>, DoorError> {
    let written = match row.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(number)) => number.replace(',', "").trim().to_owned(),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(malformed(&format!("a `{name}` that is no number")));
        }
    };
    if written.is_empty() {
        return Ok(None);
    }
    written
        .parse()
        .or_else(|_| Decimal::from_scientific(&written))
        .map(Some)
        .map_err(|_| malformed(&format!("a `{name}` that is no number")))
}

#[cfg(test)]
mod tests {
    use door::ErrorClass;
    use serde_json::json;

    use super::*;

    fn row() -> Value {
        json!({
            "acct": "U1234567", "orderId": 1_370_093_239, "conid": 265_598, "ticker": "AAPL",
            "secType": "STK", "side": "SELL", "status": "PreSubmitted", "totalSize": 100.5,
            "filledQuantity": 0.5, "remainingQuantity": 100.0, "orderType": "Stop",
            "origOrderType": "STOP", "auxPrice": "150.25"
        })
    }

    fn list(row: &Value) -> Value {
        json!({"orders": [row], "snapshot": true})
    }

    #[test]
    fn an_open_order_is_mapped_to_the_last_digit() {
        let listed = orders(&list(&row())).unwrap();
        let order = &listed.open[0].order;
        assert_eq!(order.key.0, "client-portal:1370093239");
        assert_eq!(order.instrument, "AAPL");
        assert_eq!(order.quantity, Decimal::new(1005, 1));
        assert_eq!(order.stop, Some(Decimal::new(15025, 2)));
        assert_eq!(order.order_type, "STP");
        assert!(order.is_stop());
    }

    #[test]
    fn a_stop_that_gives_its_trigger_as_price_is_still_a_stop() {
        let mut stop = row();
        stop["auxPrice"] = Value::Null;
        stop["price"] = json!("149");
        let listed = orders(&list(&stop)).unwrap();
        assert_eq!(listed.open[0].order.stop, Some(Decimal::from(149)));
        assert_eq!(listed.open[0].order.limit, None);
    }

    #[test]
    fn only_what_can_still_fill_is_open() {
        for (status, open) in [
            ("PendingSubmit", true),
            ("PreSubmitted", true),
            ("Submitted", true),
            ("PendingCancel", true),
            ("pending_cancel", true),
            ("WarnState", true),
            ("Wobbling", true),
            ("Filled", false),
            ("Cancelled", false),
            ("Inactive", false),
        ] {
            let mut order = row();
            order["status"] = json!(status);
            let listed = orders(&list(&order)).unwrap();
            assert_eq!(listed.open.len(), usize::from(open), "{status}");
            assert_eq!(listed.rows, 1);
        }
    }

    #[test]
    fn a_listing_with_one_row_that_is_wrong_is_no_listing() {
        for (field, value) in [
            ("orderId", json!(null)),
            ("orderId", json!("1/../2")),
            ("orderId", json!({"a": 1})),
            ("side", json!("UP")),
            ("status", json!(7)),
            ("totalSize", json!("many")),
            ("totalSize", json!([1])),
            ("acct", json!("U1/orders")),
            ("price", json!("<b>1</b>")),
        ] {
            let mut wrong = row();
            wrong[field] = value.clone();
            if field == "status" {
                wrong["order_ccp_status"] = json!(null);
            }
            let error = orders(&list(&wrong)).unwrap_err();
            assert_eq!(error.class, ErrorClass::Malformed, "{field}: {value}");
        }
    }

    #[test]
    fn what_is_no_list_is_no_empty_list() {
        for wrong in [
            json!({}),
            json!([]),
            json!("orders"),
            json!(null),
            json!({"orders": null}),
            json!({"orders": {"0": {}}}),
            json!({"orders": [], "snapshot": "yes"}),
        ] {
            let error = orders(&wrong).unwrap_err();
            assert_eq!(error.class, ErrorClass::Malformed, "{wrong}");
        }
        assert!(!orders(&json!({"orders": []})).unwrap().complete);
        assert!(
            orders(&json!({"orders": [], "snapshot": true}))
                .unwrap()
                .complete
        );
    }

    #[test]
    fn a_full_list_is_cut_short() {
        let rows = vec![row(); ORDERS_AT_MOST];
        let error = orders(&json!({"orders": rows, "snapshot": true})).unwrap_err();
        assert!(error.words.contains("cut short"));
    }

    #[test]
    fn names_from_the_venue_are_cleaned() {
        let mut hostile = row();
        hostile["ticker"] = json!("AA\u{1b}[31mPL\u{202e}");
        let listed = orders(&list(&hostile)).unwrap();
        assert_eq!(listed.open[0].order.instrument, "AA [31mPL");
    }

    #[test]
    fn an_auth_status_must_say_whether_it_is_authenticated() {
        assert!(auth_status(&json!({"connected": true})).is_err());
        let status = auth_status(&json!({"authenticated": true, "competing": true})).unwrap();
        assert!(!status.has_seat());
        let status =
            auth_status(&json!({"authenticated": true, "connected": true, "established": true}));
        assert!(status.unwrap().has_seat());
        assert!(tickled(&json!({"iserver": {}})).is_err());
    }

    #[test]
    fn accounts_that_could_leave_the_path_are_malformed() {
        assert!(accounts(&json!({"accounts": ["U1/../../logout"]})).is_err());
        assert!(accounts(&json!({"accounts": []})).is_err());
        let (accounts, paper) = accounts(&json!({"accounts": ["DU1"], "isPaper": true})).unwrap();
        assert_eq!((accounts.len(), paper), (1, true));
    }

    #[test]
    fn a_trade_carries_who_sent_it() {
        let trades = trades(&json!([{
            "execution_id": "0000e0d5.1", "symbol": "AAPL", "side": "B", "size": 5.0,
            "price": "172.50", "trade_time_r": 1_763_908_420_000_i64, "submitter": "mallory"
        }]))
        .unwrap();
        assert_eq!(trades[0].submitter.as_deref(), Some("mallory"));
        assert_eq!(trades[0].side, Side::Buy);
        assert!(super::trades(&json!({"error": "x"})).is_err());
        assert!(super::trades(&json!([{"side": "B"}])).is_err());
    }

    #[test]
    fn a_cancel_is_taken_only_by_an_answer_that_says_so() {
        let good =
            json!({"msg": "Request was submitted", "order_id": -1, "conid": -1, "account": null});
        assert_eq!(cancel_taken(&good).unwrap(), "Request was submitted");
        assert!(cancel_taken(&json!({})).is_err());
        assert!(cancel_taken(&json!({"msg": 1})).is_err());
    }

    #[test]
    fn flat_positions_are_not_held() {
        let page = json!([
            {"conid": 1, "position": 0.0, "ticker": "A"},
            {"conid": 2, "position": -3.0, "ticker": "B", "avgCost": 1.5}
        ]);
        let (held, rows) = positions(&page).unwrap();
        assert_eq!((held.len(), rows), (1, 2));
        assert_eq!(held[0].1.quantity, Decimal::from(-3));
        assert!(positions(&json!([{"conid": 1}])).is_err());
    }
}
