//! What is shown of a drill under way.

use drill::{Told, scenario::Form};
use simulator::pages::Page;

use super::{AlarmView, Drill, DrillView, FactView, PageName, PageRow, PageView, Phase};

impl Drill {
    /// How it stands.
    pub fn view(&self) -> DrillView {
        let scenario = self.scenario();
        let alarms = self.alarms();
        let first = alarms.first().map(|(at_ms, _)| *at_ms);
        let state = self.state();
        let phase = if state.ended.is_some() {
            Phase::Over
        } else if state.run.is_some() {
            Phase::Pressed
        } else if !alarms.is_empty() {
            Phase::Alarm
        } else if state.begun {
            Phase::Waiting
        } else {
            Phase::Briefing
        };
        DrillView {
            scenario: scenario.id.clone(),
            title: scenario.title.clone(),
            story: scenario.story.clone(),
            fix: self.fix.clone(),
            phase,
            player: self.stage.plot().player,
            clock: self.stage.plot().clock,
            paused: self.stage.is_paused(),
            since_alarm_ms: first.map(|at_ms| self.stage.story().now_ms().saturating_sub(at_ms)),
            warming_up: self.simulation.is_warming_up(),
            alarms: alarms.into_iter().map(|(_, alarm)| alarm).collect(),
            facts: scenario
                .facts
                .iter()
                .map(|fact| FactView {
                    id: fact.id.clone(),
                    ask: fact.ask.clone(),
                    answer: state.asked.contains(&fact.id).then(|| fact.answer.clone()),
                })
                .collect(),
            pages: self
                .stage
                .pages()
                .into_iter()
                .map(|(account, page)| PageName {
                    account,
                    page: page.id().to_owned(),
                    title: page.title().to_owned(),
                })
                .collect(),
            contacts: self.callable(),
            call: state.phone.as_ref().map(super::OnThePhone::view),
            keychain_locked: state.keychain_locked,
            window_dead: state.window_dead,
            run: state.run.clone(),
            ended: state.ended,
        }
    }

    /// What reached the person so far, each with when.
    fn alarms(&self) -> Vec<(u64, AlarmView)> {
        let lines = self.stage.story().since(0);
        let mut first = None;
        let mut alarms = Vec::new();
        for line in lines {
            let Told::Alarm {
                form, from, text, ..
            } = line.told
            else {
                continue;
            };
            let after_ms = line.at_ms - *first.get_or_insert(line.at_ms);
            let nth = alarms.len();
            let known = self.scenario().alarms.get(nth);
            let rings = known.is_some_and(|it| it.form == Form::Call && it.caller.is_some());
            alarms.push((
                line.at_ms,
                AlarmView {
                    nth: u32::try_from(nth + 1).unwrap_or(u32::MAX),
                    form,
                    from,
                    text,
                    after_ms,
                    rings,
                },
            ));
        }
        alarms
    }

    /// Who calls in the `nth` alarm, and how they are shown.
    pub(super) fn caller_of(&self, nth: u32) -> Option<(String, String)> {
        let nth = usize::try_from(nth).ok()?.checked_sub(1)?;
        let (_, shown) = self.alarms().into_iter().nth(nth)?;
        let caller = self.scenario().alarms.get(nth)?.caller.clone()?;
        Some((caller, shown.from))
    }
}

/// A page as it is shown.
pub(super) fn page_view(account: &str, page: &Page, refused: Option<String>) -> PageView {
    PageView {
        account: account.to_owned(),
        page: page.id.id().to_owned(),
        title: page.title.to_owned(),
        rows: page
            .rows
            .iter()
            .map(|row| PageRow {
                id: row.id.clone(),
                text: row.text.clone(),
                action: row.action.map(str::to_owned),
            })
            .collect(),
        refused,
    }
}
