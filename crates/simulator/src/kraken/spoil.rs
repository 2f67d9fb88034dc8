//! Answers that are JSON and are not what was documented.

use serde_json::{Value, json};

/// Fields that hold a listing.
const LISTINGS: [&str; 10] = [
    "open",
    "closed",
    "trades",
    "ledger",
    "withdrawals",
    "deposits",
    "openOrders",
    "openPositions",
    "fills",
    "accounts",
];

/// Every listing is a word, and every amount a list.
pub(super) fn wrong_types(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if LISTINGS.contains(&name.as_str()) {
                    *value = json!("none");
                } else if name != "error" {
                    wrong_types(value);
                }
            }
        }
        Value::Array(_) => *value = json!("none"),
        Value::Number(number) => *value = json!([number]),
        Value::String(text) if text.parse::<f64>().is_ok() => *value = json!([text]),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// What was asked for is not there.
pub(super) fn missing_fields(answer: &mut Value) {
    let Some(fields) = answer.as_object_mut() else {
        return;
    };
    fields.retain(|name, _| name == "error" || name == "serverTime" || name == "result");
    if fields
        .get("result")
        .is_some_and(|result| !result.is_string())
    {
        fields.remove("result");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_listing_is_spoilt_as_well() {
        let mut answer = json!({"error": [], "result": {"open": {}}});
        wrong_types(&mut answer);
        assert_eq!(answer["result"]["open"], "none");
        let mut answer = json!({"result": "success", "openOrders": []});
        wrong_types(&mut answer);
        assert_eq!(answer, json!({"result": "success", "openOrders": "none"}));
        let mut answer = json!({"error": [], "result": [{"amount": "1.5"}]});
        wrong_types(&mut answer);
        assert_ne!(answer["result"], json!([{"amount": "1.5"}]));
    }

    #[test]
    fn a_missing_field_leaves_the_answer_well_formed() {
        let mut answer = json!({"error": [], "result": {"open": {}}});
        missing_fields(&mut answer);
        assert_eq!(answer, json!({"error": []}));
        let mut answer = json!({"result": "success", "openOrders": [], "serverTime": "x"});
        missing_fields(&mut answer);
        assert_eq!(answer, json!({"result": "success", "serverTime": "x"}));
    }
}
