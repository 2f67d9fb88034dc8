//! The rules that reading a runbook keeps, beyond those of TOML itself.

use crate::{
    finding::{Rule, Severity},
    read::BASE,
};

pub(crate) const BAD_ID: Rule = Rule {
    id: "bad-id",
    severity: Severity::Refusal,
    says: "An id is lower-case letters, digits and hyphens, so that it can be typed and said.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "Call the desk"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: BASE,
};

pub(crate) const MISPLACED_FIELD: Rule = Rule {
    id: "misplaced-field",
    severity: Severity::Refusal,
    says: "A field stands only on a step that can keep to it.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
deadline = "10m"
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: BASE,
};

pub(crate) const UNKNOWN_LEVER: Rule = Rule {
    id: "unknown-lever",
    severity: Severity::Refusal,
    says: "A lever is one of the eight that doors offer.",
    bad: r#"
id = "record"
title = "Record what is there"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "captures"
accounts = "all"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: RECORD,
};

pub(crate) const BAD_ACCOUNTS: Rule = Rule {
    id: "unknown-accounts",
    severity: Severity::Refusal,
    says: "Accounts are \"all\", a venue's, or named ones, and those named are at hand.",
    bad: r#"
id = "record"
title = "Record what is there"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "every"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: RECORD,
};

pub(crate) const BAD_KEYS: Rule = Rule {
    id: "bad-keys",
    severity: Severity::Refusal,
    says: "A revocation says exactly whose keys are meant.",
    bad: r#"
id = "cut"
title = "Cut keys"
when = "A key leaked."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "revoke"
title = "Revoke keys"
lever = "revoke_key"
accounts = "all"
keys = "mine"
after = ["capture"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: r#"
id = "cut"
title = "Cut keys"
when = "A key leaked."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "revoke"
title = "Revoke keys"
lever = "revoke_key"
accounts = "all"
keys = "own"
after = ["capture"]

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
};

pub(crate) const BAD_SCOPE: Rule = Rule {
    id: "bad-scope",
    severity: Severity::Refusal,
    says: "A scope says exactly which orders are cancelled.",
    bad: r#"
id = "stop"
title = "Cancel orders"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "cancel"
title = "Cancel orders"
lever = "cancel_orders"
accounts = "all"
scope = "mine"
after = ["capture"]
hold_until = ["stop-bots"]

[[step]]
id = "stop-bots"
title = "Stop the bots"
lever = "stop_automation"
accounts = "all"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: CANCEL,
};

pub(crate) const BAD_DURATION: Rule = Rule {
    id: "bad-duration",
    severity: Severity::Refusal,
    says: "A time is a whole number with its unit, more than nothing and at most a day.",
    bad: r#"
id = "record"
title = "Record what is there"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"
deadline = "2"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: RECORD,
};

pub(crate) const BAD_LINK: Rule = Rule {
    id: "bad-link",
    severity: Severity::Refusal,
    says: "A link is https, to a host that reads as what it is, without a username in it.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
link = "http://ibkr.com/support"
last_checked = 2026-11-23
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: BASE,
};

pub(crate) const BAD_READ_BACK: Rule = Rule {
    id: "bad-read-back",
    severity: Severity::Refusal,
    says: "A read-back asks for a value of a known format, and wants one that can be read.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "texts" }
"#,
    good: BASE,
};

const RECORD: &str = r#"
id = "record"
title = "Record what is there"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"
deadline = "2s"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#;

const CANCEL: &str = r#"
id = "stop"
title = "Cancel orders"
when = "Something is wrong."

[[step]]
id = "capture"
title = "Record orders"
lever = "capture"
accounts = "all"

[[step]]
id = "cancel"
title = "Cancel orders"
lever = "cancel_orders"
accounts = "all"
scope = { placed_after = "15m" }
after = ["capture"]
hold_until = ["stop-bots"]

[[step]]
id = "stop-bots"
title = "Stop the bots"
lever = "stop_automation"
accounts = "all"

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-security"
read_back = { ask = "Reference number", format = "text" }
"#;
