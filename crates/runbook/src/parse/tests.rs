//! What is said about text that does not read, and that what reads is what was written.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::shipped;

const STEP_HEAD: &str = "id = \"r\"\ntitle = \"R\"\nwhen = \"W.\"\n\n[[step]]\nid = \"s\"\n\
                         title = \"S\"\n";

fn says(text: &str, expected: &Expect) {
    let findings = Runbook::parse("r.toml", text).expect_err("it must not read");
    let mut said = String::new();
    for finding in findings {
        writeln!(said, "{finding}").expect("a string takes it");
    }
    expected.assert_eq(&said);
}

fn step(fields: &str) -> String {
    format!("{STEP_HEAD}{fields}\n")
}

#[test]
fn an_unknown_field_is_named_with_the_one_that_was_meant() {
    says(
        &step("lever = \"capture\"\naccounts = \"all\"\ndeadlin = \"2s\""),
        &expect![[r"
            r.toml:10:1: refusal[unknown-field]: a step has no field `deadlin`
              mend: Write `deadline`.
        "]],
    );
}

#[test]
fn an_unknown_lever_is_named_with_the_one_that_was_meant() {
    says(
        &step("lever = \"cancel-order\"\naccounts = \"all\""),
        &expect![[r#"
            r.toml:8:9: refusal[unknown-lever]: there is no lever `cancel-order`
              mend: Write `lever = "cancel_orders"`.
        "#]],
    );
}

#[test]
fn a_duration_needs_its_unit() {
    says(
        &step("lever = \"capture\"\naccounts = \"all\"\ndeadline = \"two seconds\""),
        &expect![[r#"
            r.toml:10:12: refusal[bad-duration]: `deadline` is `two seconds`, which is no time
              mend: Write a whole number and its unit, from "1ms" to "24h": "250ms", "2s", "10m", "1h".
        "#]],
    );
}

#[test]
fn broken_syntax_is_named_where_it_breaks() {
    says(
        "id = \"r\"\ntitle = \"R\nwhen = \"W.\"\n",
        &expect![[r#"
            r.toml:2:11: refusal[syntax]: invalid basic string, expected `"`
              mend: Put the text in quotes, both on one line: `title = "Cancel every open order"`.
        "#]],
    );
}

#[test]
fn an_empty_file_lacks_everything_at_once() {
    says(
        "",
        &expect![[r#"
        r.toml:1:1: refusal[missing-field]: a runbook needs the field `id`
          mend: Add `id = "..."`.
        r.toml:1:1: refusal[missing-field]: a runbook needs the field `title`
          mend: Add `title = "..."`.
        r.toml:1:1: refusal[missing-field]: a runbook needs the field `when`
          mend: Add `when = "..."`.
        r.toml:1:1: refusal[missing-field]: the runbook has no step
          mend: Begin each step with a line `[[step]]`.
    "#]],
    );
}

#[test]
fn all_that_is_wrong_is_told_in_one_go() {
    says(
        &step(
            "manual = \"Do it.\"\nlast_checked = \"2026-11-23\"\ncontainment = \"yes\"\n\
             link = \"http://ibkr.com/\"\nscope = \"all\"\n\
             read_back = { ask = \"How many?\", format = \"numbr\", want = \"0\" }",
        ),
        &expect![[r#"
            r.toml:9:16: refusal[wrong-type]: `last_checked` must be a date without quotes, and this is text
              mend: Write `last_checked = 2026-11-23`.
            r.toml:10:15: refusal[wrong-type]: `containment` must be true or false, and this is text
              mend: Write `containment = true`.
            r.toml:11:8: refusal[bad-link]: `link` does not begin with https://
              mend: Write an address that begins with https:// and a plain host name.
            r.toml:12:1: refusal[misplaced-field]: `scope` belongs to a step with a lever
              mend: Take it out: a person has the time that it takes.
            r.toml:13:43: refusal[bad-read-back]: there is no format `numbr`
              mend: Write "number", "text", "time" or "yes_no".
        "#]],
    );
}

#[test]
fn a_wanted_value_must_be_an_answer() {
    says(
        &step(
            "manual = \"Do it.\"\nread_back = { ask = \"How many?\", format = \"number\", want = \
             \"none\" }",
        ),
        &expect![[r"
            r.toml:9:60: refusal[bad-read-back]: the wanted value `none` is itself no answer of that format
              mend: Write a wanted value that a person could read back.
        "]],
    );
}

#[test]
fn a_lever_step_says_on_which_accounts() {
    says(
        &step("lever = \"capture\""),
        &expect![[r#"
        r.toml:5:1: refusal[missing-field]: a step needs the field `accounts`
          mend: Add `accounts = "all"`.
    "#]],
    );
}

#[test]
fn a_lever_decides_itself_whether_it_contains() {
    says(
        &step("lever = \"cancel_orders\"\naccounts = \"all\"\ncontainment = false"),
        &expect![[r"
            r.toml:10:1: refusal[misplaced-field]: `containment` belongs to a step without a lever
              mend: Take it out: a lever decides by itself whether it contains.
        "]],
    );
}

#[test]
fn a_name_that_would_write_over_the_terminal_is_shown_escaped() {
    says(
        &step("lever = \"\\u001b[2Jcapture\"\naccounts = \"all\"\n\"\\u202efield\" = 1"),
        &expect![[r"
            r.toml:8:9: refusal[unsafe-text]: `lever` holds a control character
              mend: Write a few plain words.
            r.toml:10:1: refusal[unknown-field]: a step has no field `\u{202e}field`
              mend: Take it out. A step has: id, title, lever, accounts, scope, keys, after, deadline, hold_until, covers, containment, manual, say, menu_path, link, contact, read_back, page, last_checked.
        "]],
    );
}

#[test]
fn a_step_is_for_the_person_or_for_a_lever() {
    says(
        &step("accounts = \"all\""),
        &expect![[r#"
        r.toml:5:1: refusal[missing-field]: a step needs the field `lever`
          mend: Add `lever = "..."` for what Firebreak does, or `manual = "..."` for what the person does.
    "#]],
    );
}

#[test]
fn a_document_past_the_bound_is_not_read_at_all() {
    let text = format!("{}# {}", step("manual = \"Do it.\""), "x".repeat(300_000));
    let findings = Runbook::parse("r.toml", &text).expect_err("too large");
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, "size");
}

#[test]
fn what_reads_is_what_was_written() {
    let runbook = Runbook::parse(
        "r.toml",
        &step(
            "lever = \"cancel_orders\"\naccounts = [\"one\", \"two\"]\nafter = [\"a\"]\n\
             deadline = \"250ms\"\nscope = { placed_after = \"15m\" }\nhold_until = [\"b\"]\n\
             manual = \"Cancel them.\"\nlast_checked = 2026-11-23\n\
             read_back = { ask = \"Open?\", format = \"yes_no\", want = \"no\" }",
        ),
    )
    .expect("reads");
    let step = &runbook.steps[0];
    let Doing::Lever(pull) = &step.doing else {
        panic!("a lever step");
    };
    assert_eq!(*pull.lever.get_ref(), Lever::CancelOrders);
    assert_eq!(pull.scope, CancelScope::PlacedAfterSeconds(900));
    let deadline = pull.deadline.as_ref().map(|deadline| *deadline.get_ref());
    assert_eq!(deadline, Some(Duration::from_millis(250)));
    assert_eq!(step.hold_until()[0].get_ref().as_str(), "b");
    let fallback = pull.fallback.as_ref().expect("a fallback");
    assert!(fallback.proves());
    let checked = fallback.last_checked.map(|date| date.to_string());
    assert_eq!(checked.as_deref(), Some("2026-11-23"));
    let Accounts::Named(names) = &step.accounts else {
        panic!("named accounts");
    };
    let names = names.iter().map(|name| name.get_ref().as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn times_are_whole_and_within_a_day() {
    for (text, milliseconds) in [
        ("1ms", Some(1)),
        ("2s", Some(2_000)),
        ("10m", Some(600_000)),
        ("24h", Some(86_400_000)),
        ("25h", None),
        ("0s", None),
        ("1.5s", None),
        ("-1s", None),
        ("s", None),
        ("10", None),
        ("10 s", None),
        ("99999999999999999999h", None),
        ("18446744073709551615h", None),
    ] {
        let read = duration(text).map(|duration| duration.as_millis());
        assert_eq!(read, milliseconds, "{text}");
    }
}

#[test]
fn links_lead_where_they_seem_to() {
    for good in ["https://ibkr.com/support", "https://a.b:8443/?x=1#y"] {
        assert_eq!(https(good), Ok(()), "{good}");
    }
    for bad in [
        "http://ibkr.com",
        "https://ibkr.com@evil.example/",
        "https://іbkr.com/",
        "https:///x",
        "https://localhost/",
        "https://a b.com/",
        "https://[::1]/",
        "javascript:alert(1)",
    ] {
        assert!(https(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_digest_is_of_the_text_byte_for_byte() {
    let (id, text) = shipped()[0];
    let digest = |text: &str| Runbook::parse(id, text).expect("reads").reference().digest;
    assert_eq!(digest(text).len(), 64);
    assert_ne!(digest(text), digest(&format!("{text}\n")));
}
