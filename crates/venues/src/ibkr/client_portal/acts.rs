//! What the gateway's answers tell of acts (the Web API's reference: orders, trades, notifications,
//! session).

use door::{Act, ActKind, clean};
use jiff::Timestamp;
use serde_json::Value;

use crate::acts::{Row, deal, rows};

/// The acts in the answer that is kept under `label`, by their places in it.
pub(super) fn told(label: &str, answer: &Value) -> Vec<Act> {
    let each = |pointer: &str, act: fn(&Row<'_>) -> Option<Act>| {
        let rows = rows(answer, pointer).into_iter();
        rows.filter_map(|row| act(&row)).collect()
    };
    match label {
        "orders" => each("/orders", order),
        "trades" => each("", trade),
        "notifications" => each("", notice),
        "login" => Vec::from_iter(login(answer)),
        _ => Vec::new(),
    }
}

/// An order of the session or the day. When it was placed is not told: only when it last changed.
fn order(row: &Row<'_>) -> Option<Act> {
    let id = row.word("orderId")?;
    let mut act = row.act(ActKind::Order, format!("client-portal:{id}"));
    act.status = row.word("status").or_else(|| row.word("order_ccp_status"));
    act.instrument = instrument(row);
    act.side = row.side("side");
    act.quantity = row.amount("totalSize");
    act.price = row
        .amount_but_zero("avgPrice")
        .or_else(|| row.amount_but_zero("price"))
        .or_else(|| row.amount_but_zero("auxPrice"));
    act.currency = row.word("cashCcy");
    act.submitter = row.word("submitter");
    let kind = row
        .word("origOrderType")
        .or_else(|| row.word("orderType"))
        .unwrap_or_default();
    let reference = row
        .word("order_ref")
        .map_or_else(String::new, |it| format!(", reference {it}"));
    let changed = row
        .millis("lastExecutionTime_r")
        .map_or_else(String::new, |at| format!(", last changed {at:.0}"));
    act.words = clean(&format!("{kind} order: {}{reference}{changed}", deal(&act)));
    Some(act)
}

fn trade(row: &Row<'_>) -> Option<Act> {
    let mut act = row.act(ActKind::Fill, row.word("execution_id")?);
    act.at = row.millis("trade_time_r");
    act.order = row.word("order_id").map(|id| format!("client-portal:{id}"));
    act.instrument = instrument(row);
    act.side = row.side("side");
    act.quantity = row.amount("size");
    act.price = row.amount("price");
    act.fee = row.amount("commission").map(|cost| cost.abs());
    act.submitter = row.word("submitter");
    let reference = row
        .word("order_ref")
        .map_or_else(String::new, |it| format!(", reference {it}"));
    let on = row
        .word("exchange")
        .map_or_else(String::new, |it| format!(" on {it}"));
    act.words = clean(&format!("{}{on}{reference}", deal(&act)));
    Some(act)
}

/// A notification of cash or positions that were moved. It tells no figures of its own.
fn notice(row: &Row<'_>) -> Option<Act> {
    let kind = row.word("FC")?;
    if !matches!(kind.as_str(), "CT" | "PT") {
        return None;
    }
    let mut act = row.act(ActKind::Transfer, format!("notice:{}", row.word("ID")?));
    act.at = row.seconds("D");
    act.words = clean(&format!(
        "IBKR notified of a {}: {}",
        if kind == "CT" {
            "cash transfer"
        } else {
            "position transfer"
        },
        row.word("MS").unwrap_or_default()
    ));
    Some(act)
}

/// The login that this gateway has: the only one that the API tells of.
fn login(answer: &Value) -> Option<Act> {
    let row = Row {
        name: String::new(),
        place: String::new(),
        value: answer,
    };
    let (user, since) = (row.word("USER_NAME")?, row.word("AUTH_TIME")?);
    let mut act = row.act(ActKind::Session, format!("login:{user}:{since}"));
    act.at = row.millis("AUTH_TIME");
    act.ip = row.word("IP");
    act.device = Some("Client Portal gateway".to_owned());
    let kind = match row.word("LOGIN_TYPE").as_deref() {
        Some("1") => "live ",
        Some("2") => "paper ",
        Some(_) | None => "",
    };
    let since = act
        .at
        .map_or_else(String::new, |at: Timestamp| format!(" since {at:.0}"));
    act.words = clean(&format!("{kind}login of {user}{since}, this gateway's own"));
    act.submitter = Some(user);
    Some(act)
}

fn instrument(row: &Row<'_>) -> Option<String> {
    let is_stock = row.word("secType").is_none_or(|kind| kind == "STK")
        && row.word("sec_type").is_none_or(|kind| kind == "STK");
    let short = row.word("ticker").or_else(|| row.word("symbol"));
    let long = row
        .word("contract_description_1")
        .or_else(|| row.word("description1"));
    let named = if is_stock {
        short.or(long)
    } else {
        long.or(short)
    };
    named.or_else(|| row.word("conid").map(|id| format!("contract {id}")))
}

#[cfg(test)]
mod tests {
    use door::Side;
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_trade_tells_who_sent_it_and_what_it_cost_to_the_last_digit() {
        let trades = json!([{
            "execution_id": "0000e0d5.6576fd38.01.01", "symbol": "AAPL", "side": "B",
            "order_id": 1_370_093_239, "trade_time_r": 1_702_317_649_000_i64, "size": 5.0,
            "price": "192.26", "order_ref": "bot-3", "submitter": "mallory", "exchange": "IBKRATS",
            "commission": "1.01", "net_amount": 961.3, "sec_type": "STK"
        }]);
        let trade = &told("trades", &trades)[0];
        assert_eq!(trade.id, "0000e0d5.6576fd38.01.01");
        assert_eq!(trade.order.as_deref(), Some("client-portal:1370093239"));
        assert_eq!(trade.submitter.as_deref(), Some("mallory"));
        assert_eq!(trade.fee, Some(Decimal::new(101, 2)));
        assert_eq!(trade.side, Some(Side::Buy));
        assert_eq!(
            trade.words,
            "buy 5 AAPL at 192.26 on IBKRATS, reference bot-3"
        );
        assert_eq!(trade.place, "/0");
    }

    #[test]
    fn orders_that_are_over_are_told_too_and_not_when_they_were_placed() {
        let orders = json!({"snapshot": true, "orders": [{
            "acct": "U1234567", "orderId": 1_370_093_239, "conid": 265_598, "ticker": "AAPL",
            "secType": "STK", "side": "SELL", "status": "Cancelled", "totalSize": 100.5,
            "origOrderType": "LIMIT", "price": "150.25", "cashCcy": "USD",
            "lastExecutionTime_r": 1_702_317_649_000_i64
        }, {"ticker": "nameless"}]});
        let told = told("orders", &orders);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].at, None);
        assert_eq!(told[0].status.as_deref(), Some("Cancelled"));
        assert!(
            told[0].words.contains("last changed 2023-12-11T18:00:49Z"),
            "{}",
            told[0].words
        );
        assert_eq!(orders.pointer(&told[0].place).unwrap()["conid"], 265_598);
    }

    #[test]
    fn the_login_and_transfers_are_told_and_other_notices_are_not() {
        let login = json!({"USER_ID": 7, "USER_NAME": "ada77", "AUTH_TIME": 1_702_317_649_000_i64,
            "LOGIN_TYPE": 1, "IP": "203.0.113.9"});
        let session = &told("login", &login)[0];
        assert_eq!(session.ip.as_deref(), Some("203.0.113.9"));
        assert_eq!(session.submitter.as_deref(), Some("ada77"));
        assert!(
            session
                .words
                .starts_with("live login of ada77 since 2023-12-11")
        );
        let notices = json!([
            {"ID": "1", "FC": "CT", "D": "1702317649.0", "MS": "Cash was withdrawn"},
            {"ID": "2", "FC": "SM", "D": "1702317649.0", "MS": "Maintenance"}
        ]);
        let told_of = told("notifications", &notices);
        assert_eq!(told_of.len(), 1);
        assert_eq!(told_of[0].kind, ActKind::Transfer);
        assert!(told("trades", &json!({"error": "x"})).is_empty());
    }
}
