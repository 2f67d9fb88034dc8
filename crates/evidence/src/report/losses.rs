//! The part of the report that counts what it cost, each figure with its sum and its sources.

use super::{Block, Holds, Section, Subject, heading, section, table, text};

/// What it cost.
pub(super) fn section_of(subject: &Subject<'_>) -> Section {
    let title = "What it cost";
    let Some(losses) = subject.losses else {
        return section(title, vec![text("It was not counted.")]);
    };
    let mut blocks = Vec::new();
    if losses.lines.is_empty() {
        blocks.push(text(
            "No act that is marked as not mine has a sum that can be counted.",
        ));
    } else {
        blocks.push(text(
            "Computed with exact decimals from the fills and positions that are named beside each \
             figure. Below zero is a loss. Currencies are not converted into one another.",
        ));
        blocks.push(Block::Table(table(
            &[("Money", Holds::Words, 20), ("Sum", Holds::Sums, 30)],
            totals(subject),
        )));
        blocks.push(heading("Each figure, to be done again by hand"));
        let rows = losses.lines.iter().map(|line| {
            vec![
                line.words.clone(),
                line.sum.clone(),
                format!("{} {}", line.amount, line.currency),
                line.sources.join("\n"),
            ]
        });
        blocks.push(Block::Table(table(
            &[
                ("What", Holds::Words, 34),
                ("How it is computed", Holds::Words, 32),
                ("Figure", Holds::Sums, 18),
                ("Told in", Holds::Marks, 36),
            ],
            rows.collect(),
        )));
    }
    if !losses.not_counted.is_empty() {
        blocks.push(heading("What is not in these figures"));
        blocks.push(Block::List {
            items: losses.not_counted.clone(),
        });
    }
    section(title, blocks)
}

fn totals(subject: &Subject<'_>) -> Vec<Vec<String>> {
    let totals = subject.losses.into_iter().flat_map(|losses| &losses.totals);
    totals
        .map(|total| vec![total.currency.clone(), total.amount.to_string()])
        .collect()
}
