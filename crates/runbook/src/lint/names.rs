//! Names of accounts and contacts that must be there.

use toml::Spanned;

use super::Linter;
use crate::{
    document::Accounts,
    finding::{Mend, Replacement, Rule, Severity, nearest},
    syntax_rules::BAD_ACCOUNTS,
    terrain::VENUES,
};

impl Linter<'_> {
    pub(super) fn names(&mut self) {
        for step in self.steps() {
            match &step.accounts {
                Accounts::Venue(venue) => self.venue(venue),
                Accounts::Named(names) if self.has_accounts() => {
                    for name in names {
                        self.account(name);
                    }
                }
                Accounts::Situation | Accounts::All | Accounts::Named(_) => {}
            }
            if let Some(contact) = step
                .instruction()
                .and_then(|instruction| instruction.contact.as_ref())
            {
                self.contact(contact);
            }
        }
    }

    fn venue(&mut self, venue: &Spanned<String>) {
        let mut known = VENUES.to_vec();
        known.extend(self.terrain.accounts.iter().map(|it| it.venue.as_str()));
        if known.contains(&venue.get_ref().as_str()) {
            return;
        }
        let mend = match nearest(venue.get_ref(), known.iter().copied()) {
            Some(near) => Mend::edits(
                format!("Write \"venue:{near}\"."),
                vec![Replacement::new(venue.span(), format!("\"venue:{near}\""))],
            ),
            None => Mend::words(format!("Write the id of a venue: {}.", known.join(", "))),
        };
        let message = format!("there is no venue `{}`", venue.get_ref());
        self.report(&BAD_ACCOUNTS, venue.span().start, message, mend);
    }

    fn account(&mut self, name: &Spanned<String>) {
        let terrain = self.terrain;
        let known = terrain.accounts.iter().map(|account| account.name.as_str());
        if known.clone().any(|known| known == name.get_ref()) {
            return;
        }
        let mend = match nearest(name.get_ref(), known.clone()) {
            Some(near) => Mend::edits(
                format!("Write \"{near}\"."),
                vec![Replacement::new(name.span(), format!("\"{near}\""))],
            ),
            None => Mend::words(format!(
                "Add that account, or write one of: {}.",
                known.collect::<Vec<_>>().join(", ")
            )),
        };
        let message = format!("there is no account `{}`", name.get_ref());
        self.report(&BAD_ACCOUNTS, name.span().start, message, mend);
    }

    fn contact(&mut self, id: &Spanned<String>) {
        let contacts = &self.terrain.contacts;
        if contacts.knows(id.get_ref()) {
            return;
        }
        let known = contacts.ids();
        let mend = match nearest(id.get_ref(), known.iter().copied()) {
            Some(near) => Mend::edits(
                format!("Write `contact = \"{near}\"`."),
                vec![Replacement::new(id.span(), format!("\"{near}\""))],
            ),
            None => Mend::words(format!(
                "Add that contact to your contacts, or write one of: {}.",
                known.join(", ")
            )),
        };
        let message = format!("there is no contact `{}`", id.get_ref());
        self.report(&UNKNOWN_CONTACT, id.span().start, message, mend);
    }
}

pub(super) const UNKNOWN_CONTACT: Rule = Rule {
    id: "unknown-contact",
    severity: Severity::Refusal,
    says: "A contact is one that is listed: a card without its number helps nobody.",
    bad: r#"
id = "call"
title = "Call the desk"
when = "Something is wrong."

[[step]]
id = "call"
title = "Call the desk"
manual = "Call the desk. Ask for a reference number."
contact = "ibkr-secuirty"
read_back = { ask = "Reference number", format = "text" }
"#,
    good: crate::read::BASE,
};
