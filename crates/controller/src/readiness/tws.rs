//! Least privilege of TWS and IB Gateway: what their API settings let pass.

use readiness::{Area, Finding, Severity};

use super::{rights::fact, rule::Rule};

const HOW: &str = "TWS told its own settings over the API";
const SETTINGS: &str =
    "TWS: Global Configuration > API > Settings; IB Gateway: Configure > Settings > API > Settings";
const PRECAUTIONS: &str = "Global Configuration > API > Precautions";
const LOCK: &str = "Global Configuration > Lock and Exit";

const READ_ONLY: Rule = Rule {
    id: "api-may-trade",
    area: Area::Privilege,
    severity: Severity::Low,
    why: "Every program on this computer that reaches the port can place orders.",
};
const EVERYWHERE: Rule = Rule {
    id: "api-open-to-network",
    area: Area::Privilege,
    severity: Severity::High,
    why: "The API has no password: whoever reaches the port can trade.",
};
const TRUSTED: Rule = Rule {
    id: "api-trusts-others",
    area: Area::Privilege,
    severity: Severity::High,
    why: "A trusted address connects without a question being asked.",
};
const MASTER: Rule = Rule {
    id: "master-client-id",
    area: Area::Privilege,
    severity: Severity::Medium,
    why: "Any program that takes that id sees and cancels the orders of all others.",
};
const BYPASSED: Rule = Rule {
    id: "precautions-bypassed",
    area: Area::Privilege,
    severity: Severity::High,
    why: "Orders of any size go out over the API without the question that a person would be asked.",
};
const RESUBMITS: Rule = Rule {
    id: "orders-resubmitted",
    area: Area::Privilege,
    severity: Severity::Medium,
    why: "An order that TWS keeps and sends again may come back after it was cancelled elsewhere.",
};
const UNLOGGED: Rule = Rule {
    id: "api-not-logged",
    area: Area::Privilege,
    severity: Severity::Low,
    why: "Without the message log nobody can show later which program placed what.",
};
const STAYS_ON: Rule = Rule {
    id: "session-never-ends",
    area: Area::Privilege,
    severity: Severity::Low,
    why: "A restart keeps the login alive for up to a week without password or second factor.",
};

/// What TWS told of its settings. `other_way`: whether another door can cancel while the API is
/// read-only.
pub(super) fn settings(subject: &str, facts: &[(String, String)], other_way: bool) -> Vec<Finding> {
    let told = |name: &str| fact(facts, name);
    let mut findings = Vec::new();
    findings.extend(told("read-only API").map(|value| read_only(subject, value, other_way)));
    findings.extend(
        told("connections from this computer only").map(|value| match value {
            "on" => EVERYWHERE.good(subject, "Only this computer may connect.", HOW),
            _ => EVERYWHERE.mend(
                subject,
                "The API takes connections from the network.",
                format!("tick Allow connections from localhost only: {SETTINGS}"),
                HOW,
            ),
        }),
    );
    findings.extend(told("trusted IPs").map(|value| trusted(subject, value)));
    findings.extend(told("master client id").map(|value| match value {
        "none" | "0" => MASTER.good(subject, "No master client id is set.", HOW),
        id => MASTER.mend(
            subject,
            format!("The master client id is {id}."),
            format!("empty Master API client ID, unless a program of yours needs it: {SETTINGS}"),
            HOW,
        ),
    }));
    findings.push(match told("precautions bypassed") {
        Some("none") => BYPASSED.good(subject, "No precaution is bypassed.", HOW),
        Some(list) => BYPASSED.mend(
            subject,
            format!("Precautions are bypassed: {list}."),
            format!("untick them: {PRECAUTIONS}"),
            HOW,
        ),
        None => BYPASSED.unknown(
            subject,
            "Whether precautions are bypassed was not told.",
            format!("look: {PRECAUTIONS}"),
            HOW,
        ),
    });
    findings.extend(
        told("orders resubmitted on reconnect").map(|value| match value {
            "off" => RESUBMITS.good(subject, "Orders are not sent again by themselves.", HOW),
            _ => RESUBMITS.mend(
                subject,
                "Orders are kept and sent again after a reconnection.",
                format!("untick Maintain and resubmit orders: {SETTINGS}"),
                HOW,
            ),
        }),
    );
    findings.extend(told("API message log").map(|value| match value {
        "on" => UNLOGGED.good(subject, "API messages are logged.", HOW),
        _ => UNLOGGED.mend(
            subject,
            "API messages are not logged.",
            format!("tick Create API message log file: {SETTINGS}"),
            HOW,
        ),
    }));
    findings.push(logs_off(subject, told("log-off or restart")));
    findings
}

fn read_only(subject: &str, value: &str, other_way: bool) -> Finding {
    match (value, other_way) {
        ("on", true) => READ_ONLY.good(subject, "The API is read-only; another door cancels.", HOW),
        // the lever's own row says that it is dead
        ("on", false) => READ_ONLY.good(subject, "The API is read-only.", HOW),
        (_, true) => READ_ONLY.mend(
            subject,
            "API programs can place orders, and another door of this account can cancel.",
            format!("if no program of yours trades through it, tick Read-Only API: {SETTINGS}"),
            HOW,
        ),
        (_, false) => READ_ONLY.good(
            subject,
            "API programs can place orders; without that Firebreak could not cancel here.",
            HOW,
        ),
    }
}

fn trusted(subject: &str, value: &str) -> Finding {
    let others = value
        .split(", ")
        .filter(|ip| !["none", "127.0.0.1", "::1", ""].contains(ip));
    let others = others.collect::<Vec<_>>().join(", ");
    if others.is_empty() {
        return TRUSTED.good(subject, "No other address is trusted.", HOW);
    }
    TRUSTED.mend(
        subject,
        format!("Other addresses are trusted: {others}."),
        format!("take them out of Trusted IPs: {SETTINGS}"),
        HOW,
    )
}

fn logs_off(subject: &str, told: Option<&str>) -> Finding {
    match told.map(str::to_lowercase) {
        Some(told) if told.contains("restart") => STAYS_ON.mend(
            subject,
            "TWS restarts by itself and stays logged in.",
            format!("choose Auto log off where no program needs the week: {LOCK}"),
            format!("{HOW}: {told}"),
        ),
        Some(told) if !told.trim().is_empty() => {
            STAYS_ON.good(subject, "TWS logs off by itself.", format!("{HOW}: {told}"))
        }
        Some(_) | None => STAYS_ON.unknown(
            subject,
            "When TWS logs off was not told.",
            format!("look: {LOCK}"),
            HOW,
        ),
    }
}

#[cfg(test)]
mod tests {
    use readiness::Verdict;

    use super::*;

    fn found(facts: &[(&str, &str)], other_way: bool) -> Vec<(String, Verdict)> {
        let facts: Vec<_> = facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let findings = settings("main, tws", &facts, other_way);
        findings.into_iter().map(|f| (f.id, f.verdict)).collect()
    }

    #[test]
    fn settings_that_let_others_in_or_skip_a_question_are_to_be_mended() {
        let found = found(
            &[
                ("read-only API", "off"),
                ("connections from this computer only", "off"),
                ("trusted IPs", "127.0.0.1, 203.0.113.9"),
                ("master client id", "7"),
                ("precautions bypassed", "order precautions"),
                ("orders resubmitted on reconnect", "on"),
                ("API message log", "off"),
                ("log-off or restart", "Restart 23:45"),
            ],
            true,
        );
        assert_eq!(found.len(), 8);
        assert!(
            found.iter().all(|(_, verdict)| *verdict == Verdict::Mend),
            "{found:?}"
        );
    }

    #[test]
    fn tight_settings_are_good_and_what_is_not_told_is_unknown() {
        let tight = found(
            &[
                ("read-only API", "off"),
                ("connections from this computer only", "on"),
                ("trusted IPs", "127.0.0.1"),
                ("master client id", "none"),
                ("precautions bypassed", "none"),
                ("orders resubmitted on reconnect", "off"),
                ("API message log", "on"),
                ("log-off or restart", "logoff 23:45"),
            ],
            false,
        );
        assert!(
            tight.iter().all(|(_, verdict)| *verdict == Verdict::Good),
            "{tight:?}"
        );
        let nothing = found(&[], false);
        assert!(
            nothing
                .iter()
                .all(|(_, verdict)| *verdict == Verdict::Unknown)
        );
        assert_eq!(nothing.len(), 2);
    }
}
