use super::*;
use crate::Home;

#[test]
fn the_template_of_a_new_runbook_has_nothing_to_say_about() {
    let (_temporary, home) = home();
    let document = read(&home, "").unwrap();
    assert_eq!(document.findings, [], "{:#?}", document.findings);
    assert_eq!((document.saved, document.own), (None, false));
    assert_eq!(document.steps.len(), 4);
}

#[test]
fn a_refusal_comes_with_its_line_its_diff_and_the_mended_text() {
    let (_temporary, home) = home();
    let text = TEMPLATE.replace("lever = \"cancel_orders\"", "lever = \"cancel_order\"");
    let document = check(&home, "", &text).unwrap();
    assert_eq!(document.refusals, 1, "{:#?}", document.findings);
    let finding = &document.findings[0];
    assert!(finding.refuses);
    assert_eq!(finding.kept_as, None, "a refusal cannot be kept");
    let line = text
        .lines()
        .position(|line| line.contains("cancel_order\""))
        .unwrap()
        + 1;
    assert_eq!(finding.line, line);
    let diff = finding
        .diff
        .iter()
        .map(|line| (line.added, line.text.as_str(), line.line))
        .collect::<Vec<_>>();
    assert_eq!(
        diff,
        [
            (false, "lever = \"cancel_order\"", line),
            (true, "lever = \"cancel_orders\"", line),
        ]
    );
    assert_eq!(finding.mended.as_deref(), Some(TEMPLATE));
    assert_eq!(
        document.title, "What to do when",
        "also while it is refused"
    );
}

#[test]
fn a_warning_is_kept_by_a_remark_with_a_reason() {
    let (_temporary, home) = home();
    let text = TEMPLATE.replace("hold_until = [\"end-sessions\"]\n", "");
    let document = check(&home, "", &text).unwrap();
    assert_eq!((document.refusals, document.warnings), (0, 1));
    let finding = &document.findings[0];
    assert_eq!((finding.rule, &finding.kept), ("no-hold-down", &None));
    let kept = finding.kept_as.as_ref().unwrap();
    let kept = kept.replace("REASON", "I watch it myself");
    let document = check(&home, "", &kept).unwrap();
    assert_eq!((document.warnings, document.findings.len()), (0, 1));
    assert_eq!(
        document.findings[0].kept.as_deref(),
        Some("I watch it myself")
    );
}

#[test]
fn steps_say_when_they_start_and_what_they_do_on_each_account() {
    let (_temporary, home) = home();
    let door = "tws=127.0.0.1:4001".parse().unwrap();
    let account = venues::Account::new("main", "ibkr", vec![door]).unwrap();
    let not_armed = Some("nobody armed it".to_owned());
    let text = &read(&home, "contain-everything").unwrap().text;
    let document = check_on(
        &home,
        "contain-everything",
        text,
        vec![account.outline(not_armed)],
    )
    .unwrap();
    let step = |id: &str| document.steps.iter().find(|step| step.id == id).unwrap();
    let capture = step("capture");
    assert_eq!((capture.line, capture.last_line), (6, 11));
    assert_eq!(capture.starts, "at once");
    assert_eq!(capture.deadline, "2s");
    assert_eq!(
        capture.does,
        ["main: through tws, unknown if not proved within 2 s"]
    );
    assert_eq!(capture.refused_now, ["main: not armed: nobody armed it"]);
    let call = step("call");
    assert_eq!(call.starts, "at once, beside step 1");
    assert_eq!(call.does, ["yours to do"]);
    assert!(call.contact.as_ref().unwrap().contains("1-877-442-2757"));
    assert_eq!(call.format, Some(runbook::ReadBackFormat::Text));
    let cancel = step("cancel");
    assert_eq!(cancel.starts, "when step 1 has ended, or its time is over");
    assert_eq!(
        (cancel.accounts.as_str(), &cancel.after[..]),
        ("all", &["capture".to_owned()][..])
    );
    assert_eq!(
        step("revoke").does,
        ["main: no door offers it; nothing is done"]
    );
    let lines = document.text.lines().count();
    assert_eq!(document.steps.last().unwrap().last_line, lines);
}

#[test]
fn a_text_that_is_refused_becomes_a_draft_and_the_saved_one_stays_in_use() {
    let (_temporary, home) = home();
    let shipped = find_runbook(&home, "lost-phone").unwrap().text;
    let wrong = shipped.replace("lever = \"cancel_orders\"", "lever = \"teleport\"");
    let saved = save(&home, "lost-phone", &wrong).unwrap();
    assert!(!saved.in_use);
    assert_eq!(saved.id, "lost-phone");
    assert_eq!(find_runbook(&home, "lost-phone").unwrap().text, shipped);
    let opened = read(&home, "lost-phone").unwrap();
    assert_eq!((opened.text, opened.is_draft), (wrong, true));
    assert_eq!(opened.saved.as_ref(), Some(&shipped));
    let shelf = Shelf::read(&home).unwrap();
    let entry = shelf
        .entries
        .iter()
        .find(|it| it.id == "lost-phone")
        .unwrap();
    assert!(entry.has_draft && !entry.own);
    assert_eq!(shelf.entries.len(), runbook::shipped().len());

    discard_draft(&home, "lost-phone").unwrap();
    let opened = read(&home, "lost-phone").unwrap();
    assert_eq!((opened.text, opened.is_draft), (shipped, false));
    assert!(discard_draft(&home, "lost-phone").is_err());
}

#[test]
fn a_text_that_is_clean_is_in_use_and_its_draft_is_gone() {
    let (_temporary, home) = home();
    save(&home, "lost-phone", "id = 1").unwrap();
    let text = format!(
        "# mine\n{}",
        find_runbook(&home, "lost-phone").unwrap().text
    );
    let saved = save(&home, "lost-phone", &text).unwrap();
    assert!(saved.in_use && saved.document.own && !saved.document.is_draft);
    assert_eq!(find_runbook(&home, "lost-phone").unwrap().text, text);
    assert!(
        !Shelf::read(&home)
            .unwrap()
            .entries
            .iter()
            .any(|it| it.has_draft)
    );
    assert_eq!(remove(&home, "lost-phone"), Ok(true));
    assert_ne!(find_runbook(&home, "lost-phone").unwrap().text, text);
    let shipped = remove(&home, "lost-phone").unwrap_err();
    assert!(shipped.what.contains("comes with the program"), "{shipped}");
}

#[test]
fn an_id_that_is_changed_moves_the_runbook_and_one_that_is_taken_is_refused() {
    let (_temporary, home) = home();
    let saved = save(&home, "", TEMPLATE).unwrap();
    assert_eq!((saved.id.as_str(), saved.in_use), ("my-runbook", true));
    let renamed = TEMPLATE.replace("id = \"my-runbook\"", "id = \"night\"");
    assert_eq!(save(&home, "my-runbook", &renamed).unwrap().id, "night");
    assert!(find_runbook(&home, "my-runbook").is_err());
    assert!(find_runbook(&home, "night").is_ok());
    for taken in ["lost-phone", "night"] {
        let text = TEMPLATE.replace("my-runbook", taken);
        let error = save(&home, "", &text).unwrap_err();
        assert!(error.what.contains("already a runbook"), "{error}");
        assert!(error.untouched.contains("nothing was saved"));
    }
    assert_eq!(remove(&home, "night"), Ok(false));
}

#[test]
fn a_new_text_without_an_id_is_kept_as_the_new_draft() {
    let (_temporary, home) = home();
    let saved = save(&home, "", "title = \"half\"\n").unwrap();
    assert!(!saved.in_use);
    assert_eq!(read(&home, "").unwrap().text, "title = \"half\"\n");
    let entry = Shelf::read(&home).unwrap().entries.pop().unwrap();
    assert!(entry.has_draft && entry.broken.is_some(), "{entry:?}");
    discard_draft(&home, "").unwrap();
    assert_eq!(read(&home, "").unwrap().text, TEMPLATE);

    let refused = TEMPLATE.replace("cancel_orders", "teleport");
    assert_eq!(save(&home, "", &refused).unwrap().id, "my-runbook");
    assert_eq!(read(&home, "my-runbook").unwrap().text, refused);
    let saved = save(&home, "my-runbook", TEMPLATE).unwrap();
    assert!(saved.in_use);
    assert!(!Shelf::read(&home).unwrap().entries.pop().unwrap().has_draft);
}

#[test]
fn what_is_no_text_is_refused_in_words_and_nothing_is_kept() {
    let (_temporary, home) = home();
    for (text, word) in [
        ("x".repeat(1024 * 1024 + 1), "1 MiB"),
        ("id = \"a\"\n\0".to_owned(), "line 2"),
        ("title = \"\u{1b}[2J\"".to_owned(), "line 1"),
    ] {
        for error in [
            check(&home, "", &text).unwrap_err(),
            save(&home, "", &text).unwrap_err(),
        ] {
            assert!(error.what.contains(word), "{error}");
            assert!(!error.next.is_empty());
        }
    }
    assert_eq!(std::fs::read_dir(home.runbooks()).unwrap().count(), 0);
    for id in ["../accounts", "a/b", ".", "no-such"] {
        assert!(read(&home, id).is_err(), "{id}");
        assert!(discard_draft(&home, id).is_err(), "{id}");
        assert!(remove(&home, id).is_err(), "{id}");
    }
}

const COMMENTED: &str = "\
id = \"x\"   # the id

# why we record
[[step]]
id = \"one\"
title = \"First\"    # keep short
lever = \"capture\"

[[step]]
id = \"two\"
title = \"Second\"
after = [\"one\"]

# the last
[[step]]
id = \"three\"
read_back = { ask = \"?\", format = \"text\" }
";

#[test]
fn a_field_is_changed_and_every_other_byte_stays() {
    let edited = edit_step(COMMENTED, 0, "title", "Record \"all\"").unwrap();
    assert_eq!(
        edited,
        COMMENTED.replace(
            "\"First\"    # keep short",
            "'Record \"all\"'    # keep short"
        )
    );
    let edited = edit_step(COMMENTED, 1, "after", "one, three").unwrap();
    assert_eq!(
        edited,
        COMMENTED.replace("[\"one\"]", "[\"one\", \"three\"]")
    );
    let edited = edit_step(COMMENTED, 1, "after", " ").unwrap();
    assert_eq!(edited, COMMENTED.replace("after = [\"one\"]\n", ""));
    let edited = edit_step(COMMENTED, 0, "accounts", "all").unwrap();
    assert_eq!(
        edited,
        COMMENTED.replace(
            "lever = \"capture\"\n",
            "lever = \"capture\"\naccounts = \"all\"\n"
        )
    );
    let edited = edit_step(COMMENTED, 0, "accounts", "main, bot").unwrap();
    assert!(
        edited.contains("accounts = [\"main\", \"bot\"]\n"),
        "{edited}"
    );
    let edited = edit_step(COMMENTED, 2, "manual", "One.\nTwo.").unwrap();
    let read: toml::Table = edited.parse().unwrap();
    assert_eq!(read["step"][2]["manual"].as_str(), Some("One.\nTwo."));
}

#[test]
fn a_step_is_moved_with_its_remarks_and_back_again() {
    let moved = move_step(COMMENTED, 2, 0).unwrap();
    let at = |text: &str| moved.find(text).unwrap();
    assert!(at("# the last") < at("# why we record"), "{moved}");
    assert!(at("# why we record") < at("id = \"one\""), "{moved}");
    assert!(at("id = \"one\"") < at("id = \"two\""), "{moved}");
    assert!(moved.starts_with("id = \"x\"   # the id\n\n# the last\n[[step]]\n"));
    assert_eq!(move_step(&moved, 0, 2).unwrap(), COMMENTED);
    assert_eq!(move_step(COMMENTED, 1, 1).unwrap(), COMMENTED);
}

#[test]
fn an_edit_that_cannot_be_made_leaves_the_text_and_says_why() {
    for (result, word) in [
        (edit_step(COMMENTED, 9, "title", "x"), "no step 10"),
        (edit_step(COMMENTED, 0, "lever", "x"), "no field"),
        (edit_step("id = [", 0, "title", "x"), "TOML"),
        (edit_step("step = 1", 0, "title", "x"), "no step 1"),
        (edit_step(COMMENTED, 0, "title", "a\0b"), "cannot be shown"),
        (move_step(COMMENTED, 0, 3), "no step 4"),
        (move_step("id = [", 0, 0), "TOML"),
        (move_step("id = \"x\"", 0, 0), "no step 1"),
    ] {
        let error = result.unwrap_err();
        assert!(error.what.contains(word), "{error}");
        assert!(!error.next.is_empty());
    }
}

fn home() -> (tempfile::TempDir, Home) {
    let temporary = tempfile::tempdir().unwrap();
    let home = Home::open(Some(temporary.path())).unwrap();
    (temporary, home)
}
