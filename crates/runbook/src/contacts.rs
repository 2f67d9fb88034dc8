//! Whom to call, by legal entity. Data, because numbers move: the person's own entries win.
//!
//! A number stands here only where a source supports it. Where none does, the support page is the
//! answer, and nothing is guessed.

use toml::{Spanned, de::DeValue};

use crate::{
    finding::{Finding, Mend, Rule, Severity},
    parse::https,
    plan::Contact,
    read::{Fields, Reader},
};

/// The entity whose contacts are taken where an account names none.
pub const DEFAULT_ENTITY: &str = "US";

/// The legal entities that the shipped contacts know, by the code that an account carries.
pub const ENTITIES: [&str; 9] = ["US", "CA", "UK", "IE", "AU", "HK", "SG", "JP", "IN"];

const SHIPPED: &str = include_str!("../contacts.toml");
const FIELDS: &[&str] = &[
    "id",
    "venue",
    "entity",
    "name",
    "number",
    "page",
    "last_checked",
];

/// All contacts, the person's own before the shipped ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contacts {
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    venue: Option<String>,
    entity: Option<String>,
    contact: Contact,
}

impl Contacts {
    /// Those that come with the program.
    pub fn shipped() -> Self {
        Self::parse("contacts.toml", SHIPPED)
            .expect("a test reads the shipped contacts, and they are part of the program")
    }

    /// The same with a person's own entries before them. The format is that of the shipped file:
    /// `[[contact]]` with `id`, `name`, `page`, `last_checked`, and optional `venue`, `entity` and
    /// `number`.
    pub fn with_overrides(mut self, file_name: &str, text: &str) -> Result<Self, Vec<Finding>> {
        let mut entries = Self::parse(file_name, text)?.entries;
        entries.append(&mut self.entries);
        Ok(Self { entries })
    }

    /// Every contact's id, each once.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids = self
            .entries
            .iter()
            .map(|entry| entry.contact.id.as_str())
            .collect::<Vec<_>>();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether there is a contact of this id.
    pub fn knows(&self, id: &str) -> bool {
        self.entries.iter().any(|entry| entry.contact.id == id)
    }

    /// The contact for an account of `entity`: the entity's own entry, else the one for all
    /// entities, the person's before the shipped.
    pub fn find(&self, id: &str, entity: &str) -> Option<&Contact> {
        let of_id = || self.entries.iter().filter(|entry| entry.contact.id == id);
        of_id()
            .find(|entry| {
                let named = entry.entity.as_deref();
                named.is_some_and(|named| named.eq_ignore_ascii_case(entity))
            })
            .or_else(|| of_id().find(|entry| entry.entity.is_none()))
            .map(|entry| &entry.contact)
    }

    /// The venue that a contact is for; `None` where it is for all.
    pub fn venue(&self, id: &str) -> Option<&str> {
        self.entries
            .iter()
            .find(|entry| entry.contact.id == id)
            .and_then(|entry| entry.venue.as_deref())
    }

    fn parse(file_name: &str, text: &str) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader::new(file_name, text);
        let entries = reader.contacts();
        if reader.findings.is_empty() {
            return Ok(Self { entries });
        }
        Err(reader.in_order())
    }
}

impl<'a> Reader<'a> {
    fn contacts(&mut self) -> Vec<Entry> {
        let Some(root) = self.root() else {
            return Vec::new();
        };
        let top = self.fields(root.get_ref(), 0..0, "A list of contacts", &["contact"]);
        let Some(value) = top.get("contact") else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type("contact", value, "a list of contacts", "[[contact]]");
            return Vec::new();
        };
        let mut entries = Vec::with_capacity(items.len());
        for item in items {
            let DeValue::Table(table) = item.get_ref() else {
                self.wrong_type("contact", item, "a contact", "[[contact]]");
                continue;
            };
            let fields = self.fields(table, item.span(), "A contact", FIELDS);
            entries.extend(self.contact(&fields));
        }
        entries
    }

    fn contact(&mut self, fields: &Fields<'_, 'a>) -> Option<Entry> {
        let id = self.required(fields, "id");
        let venue = self.text(fields, "venue");
        let entity = self.text(fields, "entity");
        let name = self.required(fields, "name");
        let number = self.text(fields, "number");
        let number = number.map(|number| self.number(number));
        let page = self.required(fields, "page");
        let page = page.and_then(|page| self.page(page));
        if fields.get("last_checked").is_none() {
            self.missing(
                fields,
                "last_checked",
                "Add `last_checked = 2026-11-23`.",
                None,
            );
        }
        let last_checked = self.date(fields, "last_checked");
        Some(Entry {
            venue: venue.map(Spanned::into_inner),
            entity: entity.map(Spanned::into_inner),
            contact: Contact {
                id: id?.into_inner(),
                name: name?.into_inner(),
                number: match number {
                    Some(number) => Some(number?.into_inner()),
                    None => None,
                },
                page: page?.into_inner(),
                last_checked: last_checked?.into_inner(),
            },
        })
    }

    fn number(&mut self, number: Spanned<String>) -> Option<Spanned<String>> {
        let text = number.get_ref();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let plain = text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.'));
        if plain && (3..=18).contains(&digits) {
            return Some(number);
        }
        self.report(
            &BAD_CONTACT,
            number.span().start,
            "`number` is no telephone number",
            Mend::words("Write digits, spaces, hyphens and a leading +: \"+1 312 000 0000\"."),
        );
        None
    }

    fn page(&mut self, page: Spanned<String>) -> Option<Spanned<String>> {
        let Err(why) = https(page.get_ref()) else {
            return Some(page);
        };
        self.report(
            &BAD_CONTACT,
            page.span().start,
            format!("`page` {why}"),
            Mend::words("Write an address that begins with https:// and a plain host name."),
        );
        None
    }
}

pub(crate) const BAD_CONTACT: Rule = Rule {
    id: "bad-contact",
    severity: Severity::Refusal,
    says: "A contact's number can be dialled, and its page is https.",
    bad: r#"
[[contact]]
id = "desk"
name = "My desk"
number = "ask Anna"
page = "https://example.com/desk"
last_checked = 2026-11-23
"#,
    good: r#"
[[contact]]
id = "desk"
name = "My desk"
number = "+1 312 000 0000"
page = "https://example.com/desk"
last_checked = 2026-11-23
"#,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entity_has_a_security_desk_and_only_three_have_a_number() {
        let contacts = Contacts::shipped();
        let numbers = ENTITIES.map(|entity| {
            let contact = contacts.find("ibkr-security", entity).expect(entity);
            assert_eq!(contact.page, "https://ibkr.com/support");
            (entity, contact.number.as_deref())
        });
        assert_eq!(
            numbers,
            [
                ("US", Some("1-877-442-2757")),
                ("CA", Some("1-877-745-4222")),
                ("UK", None),
                ("IE", None),
                ("AU", Some("+61 2 7251 0088")),
                ("HK", None),
                ("SG", None),
                ("JP", None),
                ("IN", None),
            ]
        );
    }

    #[test]
    fn an_entity_that_nobody_listed_gets_the_page_and_no_number() {
        let contacts = Contacts::shipped();
        let contact = contacts.find("ibkr-security", "LU").expect("falls back");
        assert_eq!(contact.number, None);
        assert_eq!(contacts.find("nobody", "US"), None);
    }

    #[test]
    fn a_persons_own_number_wins_for_its_entity_and_leaves_the_others() {
        let own = r#"
            [[contact]]
            id = "ibkr-security"
            entity = "IE"
            name = "My desk"
            number = "+353 1 000 0000"
            page = "https://example.com/desk"
            last_checked = 2026-10-01
        "#;
        let contacts = Contacts::shipped()
            .with_overrides("own.toml", own)
            .expect("reads");
        let find = |entity| contacts.find("ibkr-security", entity).expect("there");
        assert_eq!(find("IE").name, "My desk");
        assert_eq!(find("US").number.as_deref(), Some("1-877-442-2757"));
        assert_eq!(contacts.ids(), ["ibkr-security"]);
    }

    #[test]
    fn bad_overrides_are_named_by_line_and_nothing_is_taken() {
        let bad = "[[contact]]\nid = \"x\"\nname = \"X\"\nnumber = \"call me\"\npage = \
                   \"http://example.com\"\n";
        let findings = Contacts::shipped()
            .with_overrides("own.toml", bad)
            .expect_err("bad");
        let lines = findings
            .iter()
            .map(|finding| (finding.rule, finding.line))
            .collect::<Vec<_>>();
        assert_eq!(
            lines,
            [("missing-field", 1), ("bad-contact", 4), ("bad-contact", 5)]
        );
    }
}
