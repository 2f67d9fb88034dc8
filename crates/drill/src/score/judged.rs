//! What a drill is held against.

use std::time::Duration;

use crate::{inject::Inject, scenario::Scenario, story::Told};

/// What the score needs to know of a scenario, as it was played.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Judged {
    /// Whether pressing is right.
    pub press: bool,
    /// The runbooks that are right.
    pub runbooks: Vec<String>,
    /// The runbooks that do as well.
    pub acceptable: Vec<String>,
    /// Whom to call where nothing has to be pressed, or where no press contains it, by contact id.
    pub call: Option<String>,
    /// What comes before what: `press`, `lever:cancel_orders`, `page:sessions`,
    /// `call:ibkr-security`.
    pub order: Vec<String>,
    /// Within which times, from the first genuine alarm, by the names that scenarios have for them.
    pub targets: Vec<(String, Duration)>,
    /// Whether it can end contained.
    pub contains: bool,
    /// Who can be reached by phone, by contact id.
    pub desks: Vec<String>,
    /// Who calls the person, by id: an answered call of theirs is none that the person made.
    pub callers: Vec<String>,
}

impl Judged {
    /// A scenario with what goes wrong on purpose.
    pub fn of(scenario: &Scenario, inject: Option<Inject>) -> Self {
        let right = &scenario.right;
        let targets = scenario.targets.set().into_iter();
        Self {
            press: right.press,
            runbooks: right.runbooks.clone(),
            acceptable: right.acceptable.clone(),
            call: right.instead.as_ref().and_then(|it| it.call.clone()),
            order: scenario.order.iter().map(ToString::to_string).collect(),
            targets: targets
                .map(|(name, time)| (name.to_owned(), time))
                .collect(),
            contains: scenario.may_end_contained(inject),
            desks: scenario.desks.iter().map(|it| it.contact.clone()).collect(),
            callers: scenario.callers.iter().map(|it| it.id.clone()).collect(),
        }
    }

    /// Whether the person made a call: to somebody who did not call them.
    pub(crate) fn is_call_out(&self, told: &Told) -> bool {
        matches!(told, Told::Called { contact, .. } if !self.callers.contains(contact))
    }

    /// The target of a name.
    pub fn target(&self, name: &str) -> Option<Duration> {
        let named = self.targets.iter().find(|(known, _)| known == name);
        named.map(|(_, time)| *time)
    }
}
