//! The runbooks that come with the program.

use crate::document::Runbook;

macro_rules! shipped {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../runbooks/", $id, ".toml")))),*]
    };
}

const SHIPPED: &[(&str, &str)] = shipped![
    "contain-everything",
    "stolen-session",
    "phished-login",
    "lost-phone",
    "leaked-api-key",
    "compromised-workstation",
];

/// Id and text of each shipped runbook, the one for when one does not know first.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    SHIPPED
}

/// A shipped runbook by its id.
pub fn shipped_runbook(id: &str) -> Option<Runbook> {
    let (id, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == id)?;
    let runbook = Runbook::parse(&format!("{id}.toml"), text)
        .expect("a test reads every shipped runbook, and they are part of the program");
    Some(runbook)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, fmt::Write as _};

    use door::KeyScope;
    use expect_test::expect_file;

    use super::*;
    use crate::{
        Action, Card, Plan, Severity, Task, Terrain, lint, plan,
        testing::{account, deribit, kraken, terrain, two_accounts},
    };

    fn all() -> impl Iterator<Item = Runbook> {
        shipped().iter().map(
            |(id, text)| match Runbook::parse(&format!("{id}.toml"), text) {
                Ok(runbook) => runbook,
                Err(findings) => panic!("{findings:#?}"),
            },
        )
    }

    #[test]
    fn every_shipped_runbook_reads_and_bears_the_id_of_its_file() {
        let ids = all().map(|runbook| runbook.id).collect::<Vec<_>>();
        let files = shipped().iter().map(|(id, _)| *id).collect::<Vec<_>>();
        assert_eq!(ids, files);
        assert_eq!(files.len(), 6);
        assert!(shipped_runbook("lost-phone").is_some());
        assert!(shipped_runbook("no-such").is_none());
    }

    #[test]
    fn shipped_runbooks_lint_clean_whichever_doors_there_are() {
        let terrains = [
            Terrain::new(Vec::new()),
            terrain(),
            two_accounts(),
            Terrain::new(vec![account("main", &["tws"])]),
            Terrain::new(vec![account("main", &["client-portal"])]),
            Terrain::new(vec![account("main", &["ibc"])]),
            Terrain::new(vec![account("main", &["tws", "ibc"])]),
            Terrain::new(vec![kraken(), deribit()]),
            Terrain::new(vec![account("main", &["tws"]), kraken(), deribit()]),
        ];
        for runbook in all() {
            for terrain in &terrains {
                let mut found = lint(&runbook, terrain);
                // a way that nobody could follow yet is shipped, and shown as one
                found.retain(|finding| finding.rule != "never-checked");
                assert_eq!(found, [], "{}", runbook.id);
            }
        }
    }

    #[test]
    fn shipped_words_are_calm_and_short_enough_to_be_read_aloud() {
        for runbook in all() {
            assert!(!runbook.text.contains('!'), "{}", runbook.id);
            for step in &runbook.steps {
                assert!(step.title.split(' ').count() <= 10, "{}", step.title);
                for sentence in step
                    .instruction()
                    .into_iter()
                    .flat_map(|instruction| instruction.text.get_ref().split(". "))
                {
                    assert!(sentence.split(' ').count() <= 22, "{sentence}");
                }
            }
        }
    }

    #[test]
    fn a_step_of_one_id_reads_the_same_in_every_shipped_runbook() {
        let mut texts = HashMap::new();
        for runbook in all() {
            for step in &runbook.steps {
                let text = step
                    .instruction()
                    .map(|instruction| instruction.text.get_ref().clone());
                let first = texts
                    .entry(step.id().clone())
                    .or_insert_with(|| (step.lever(), text.clone()));
                assert_eq!(*first, (step.lever(), text), "{} {}", runbook.id, step.id());
            }
        }
    }

    #[test]
    fn every_containment_card_has_a_page_so_that_practice_can_answer_it() {
        for runbook in all() {
            for task in plan(&runbook, &terrain()).tasks {
                if let (true, Some(card)) = (task.containment, &task.card) {
                    assert!(card.page.is_some(), "{} {}", runbook.id, task.id);
                }
            }
        }
    }

    #[test]
    fn recording_never_holds_up_what_contains_for_more_than_two_seconds() {
        for runbook in all() {
            assert_eq!(runbook.steps[0].lever(), Some(door::Lever::Capture));
            let plan = plan(&runbook, &two_accounts());
            for task in &plan.tasks {
                if task.lever() == Some(door::Lever::Capture) {
                    assert_eq!((task.deadline_ms, task.after.len()), (Some(2_000), 0));
                }
            }
        }
    }

    #[test]
    fn plans_of_shipped_runbooks_are_as_they_were() {
        for runbook in all() {
            assert!(
                lint(&runbook, &two_accounts())
                    .iter()
                    .all(|finding| finding.severity == Severity::Warning)
            );
            let shown = show(&plan(&runbook, &two_accounts()));
            expect_file![format!("../plans/{}.txt", runbook.id)].assert_eq(&shown);
        }
    }

    /// A plan as a page of text: a task a paragraph.
    fn show(plan: &Plan) -> String {
        let mut page = format!("{}: {}\n", plan.runbook.id, plan.runbook.title);
        for task in &plan.tasks {
            show_task(&mut page, task).expect("a string takes it");
        }
        for missing in &plan.not_offered {
            writeln!(
                page,
                "\nnot offered: {} for {} on {}",
                missing.lever, missing.step, missing.account
            )
            .expect("a string takes it");
        }
        page
    }

    fn show_task(page: &mut String, task: &Task) -> std::fmt::Result {
        writeln!(page, "\n{}: {}", task.id, task.title)?;
        match &task.action {
            Action::Pull {
                lever,
                scope,
                keys,
                doors,
            } => {
                let doors = doors.iter().map(|door| door.door.0.as_str());
                let doors = doors.collect::<Vec<_>>().join(", ");
                let whose = match keys {
                    KeyScope::Others => "",
                    KeyScope::Own => " of its own",
                };
                writeln!(page, "  pull {lever}{whose} {scope:?} through {doors}")?;
            }
            Action::Manual => writeln!(page, "  by hand")?,
        }
        for (name, ids) in [
            ("after", &task.after),
            ("hold until", &task.hold_until),
            ("covers", &task.covers),
        ] {
            if !ids.is_empty() {
                let ids = ids.iter().map(crate::TaskId::as_str).collect::<Vec<_>>();
                writeln!(page, "  {name} {}", ids.join(", "))?;
            }
        }
        if let Some(deadline) = task.deadline() {
            writeln!(page, "  within {deadline:?}")?;
        }
        if task.containment {
            writeln!(page, "  containment")?;
        }
        if let Some(why) = &task.refused_now {
            writeln!(page, "  refused now: {why}")?;
        }
        task.card
            .as_ref()
            .map_or(Ok(()), |card| show_card(page, card))
    }

    fn show_card(page: &mut String, card: &Card) -> std::fmt::Result {
        writeln!(page, "  card: {}", card.text)?;
        for (name, text) in [
            ("menu", &card.menu_path),
            ("link", &card.link),
            ("say", &card.say),
            ("page", &card.page),
        ] {
            if let Some(text) = text {
                writeln!(page, "    {name}: {text}")?;
            }
        }
        for contact in card.contact.iter().chain(&card.other_contacts) {
            let number = contact.number.as_deref().unwrap_or("no number");
            writeln!(page, "    call: {}, {number}", contact.name)?;
        }
        if let Some(read_back) = &card.read_back {
            let want = read_back.want.as_deref().unwrap_or("anything");
            writeln!(page, "    ask: {} -> {want}", read_back.ask)?;
        }
        Ok(())
    }
}
