//! The table in which a person says what was theirs, a page at a time, and what the rest cost.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use door::ActKind;
use evidence::{
    acts::{self, ActKey, ActRow, Acts, Losses},
    case::{Case, Verdict},
};
use jiff::{Timestamp, tz::TimeZone};
use runbook::AccountName;
use serde::{
    Serialize,
    de::{DeserializeOwned, IntoDeserializer as _},
};

use super::{in_words, time};
use crate::{
    Error, Home,
    bundles::{self, PROGRAM, beside},
};

/// The most rows of a page.
const MOST_ROWS: usize = 500;
/// The most values of a kind that can be chosen by.
const MOST_VALUES: usize = 100;

/// Which rows, as a person says it. What is empty narrows nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choice {
    /// Of this account.
    pub account: String,
    /// Of this kind (`order`, `fill`, `transfer`, `session`, `key`, `address`).
    pub kind: String,
    /// By this API client.
    pub client_id: String,
    /// By this user name or key.
    pub submitter: String,
    /// In this session.
    pub session: String,
    /// From this address.
    pub ip: String,
    /// Marked so (`mine`, `not_mine`, `not_sure`), `unmarked`, or `suggested`: unmarked, with a
    /// suggestion.
    pub marked: String,
    /// From this time on.
    pub since: String,
    /// Until this time.
    pub until: String,
    /// With this text in it.
    pub text: String,
}

/// A page of the table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Page {
    /// How many rows there are.
    pub total: usize,
    /// How many are of the choice.
    pub matching: usize,
    /// How many of all are marked so.
    pub marked: Marked,
    /// The first row's number, counted from 0.
    pub from: usize,
    /// The rows, in order of time.
    pub rows: Vec<ActRow>,
    /// What can be chosen by.
    pub facets: Facets,
    /// What could not be read, a sentence each.
    pub notes: Vec<String>,
}

/// How many rows are marked so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Marked {
    /// As the person's own.
    pub mine: usize,
    /// As somebody else's.
    pub not_mine: usize,
    /// As not known.
    pub not_sure: usize,
}

/// The values that occur, in their order, at most a hundred of each.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Facets {
    /// Accounts.
    pub accounts: Vec<String>,
    /// API clients.
    pub client_ids: Vec<String>,
    /// User names and keys.
    pub submitters: Vec<String>,
    /// Sessions.
    pub sessions: Vec<String>,
    /// Addresses.
    pub ips: Vec<String>,
}

/// Tables that were read, so that a page does not read all again. Clones share them.
#[derive(Clone, Default)]
pub struct Tables(Arc<Mutex<Option<Read>>>);

struct Read {
    folder: PathBuf,
    /// How the case's files stood.
    stood: Vec<(u64, Option<SystemTime>)>,
    acts: Arc<Acts>,
}

impl Tables {
    /// A page of the table of the case `name`: `count` rows of `choice` from the row `from` on.
    pub async fn page(
        &self,
        home: &Home,
        name: &str,
        choice: Choice,
        from: usize,
        count: usize,
    ) -> Result<Page, Error> {
        let acts = self.acts(home, name).await?;
        beside(move || {
            let wanted = Wanted::of(&choice)?;
            Ok(page_of(&acts, &wanted, from, count))
        })
        .await
    }

    /// Marks the rows named by `keys`, or where none is named all rows of `choice`, and says how
    /// many. `verdict` of `None` takes marks back.
    pub async fn mark(
        &self,
        home: &Home,
        name: &str,
        keys: Vec<String>,
        choice: Choice,
        verdict: Option<Verdict>,
    ) -> Result<usize, Error> {
        home.writable()?;
        let acts = self.acts(home, name).await?;
        let folder = home.case(name)?;
        beside(move || {
            let (acts, how) = if keys.is_empty() {
                let rows = Wanted::of(&choice)?.rows(&acts);
                let keys = rows.into_iter().map(|row| row.key.clone()).collect();
                (keys, choice.words())
            } else {
                (named(&acts, &keys)?, "one by one".to_owned())
            };
            let count = acts.len();
            if count > 0 {
                Case::open(&folder, PROGRAM)
                    .and_then(|case| case.mark(Timestamp::now(), acts, verdict, &how))
                    .map_err(|error| in_words(&error))?;
            }
            Ok(count)
        })
        .await
    }

    /// What the acts that are marked as not the person's cost.
    pub async fn losses(&self, home: &Home, name: &str) -> Result<Losses, Error> {
        let acts = self.acts(home, name).await?;
        beside(move || Ok(acts.losses())).await
    }

    async fn acts(&self, home: &Home, name: &str) -> Result<Arc<Acts>, Error> {
        let folder = home.case(name)?;
        let tables = self.clone();
        beside(move || {
            let stood = stood(&folder);
            let mut read = tables.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(read) = &*read
                && read.folder == folder
                && read.stood == stood
            {
                return Ok(Arc::clone(&read.acts));
            }
            let acts = Acts::of(&folder).map_err(|error| bundles::in_words(&error))?;
            let acts = Arc::new(acts);
            *read = Some(Read {
                folder,
                stood,
                acts: Arc::clone(&acts),
            });
            Ok(acts)
        })
        .await
    }
}

/// How the files that tell of acts stand: their sizes and times.
fn stood(folder: &Path) -> Vec<(u64, Option<SystemTime>)> {
    ["journal.jsonl", "case.jsonl"]
        .iter()
        .map(|name| {
            fs::metadata(folder.join(name))
                .map_or((0, None), |about| (about.len(), about.modified().ok()))
        })
        .collect()
}

fn named(acts: &Acts, keys: &[String]) -> Result<Vec<ActKey>, Error> {
    let known: BTreeSet<&str> = acts.rows().iter().map(|row| row.key.0.as_str()).collect();
    if let Some(unknown) = keys.iter().find(|key| !known.contains(key.as_str())) {
        return Err(
            Error::wrong(format!("there is no act {}", door::clean(unknown)))
                .untouched("no mark was changed")
                .next("see the acts with their keys: firebreak run acts latest --json"),
        );
    }
    Ok(keys.iter().map(|key| ActKey(key.clone())).collect())
}

fn page_of(acts: &Acts, wanted: &Wanted, from: usize, count: usize) -> Page {
    let mut marked = Marked::default();
    for row in acts.rows() {
        match row.verdict {
            Some(Verdict::Mine) => marked.mine += 1,
            Some(Verdict::NotMine) => marked.not_mine += 1,
            Some(Verdict::NotSure) => marked.not_sure += 1,
            None => {}
        }
    }
    let rows = wanted.rows(acts);
    let shown = rows.iter().skip(from).take(count.min(MOST_ROWS));
    Page {
        total: acts.rows().len(),
        matching: rows.len(),
        marked,
        from,
        rows: shown.map(|row| (*row).clone()).collect(),
        facets: facets(acts),
        notes: acts.notes().to_vec(),
    }
}

fn facets(acts: &Acts) -> Facets {
    let values = |of: fn(&ActRow) -> Option<String>| -> Vec<String> {
        let found: BTreeSet<String> = acts.rows().iter().filter_map(of).collect();
        found.into_iter().take(MOST_VALUES).collect()
    };
    Facets {
        accounts: values(account),
        client_ids: values(|row| row.act.client_id.clone()),
        submitters: values(|row| row.act.submitter.clone()),
        sessions: values(|row| row.act.session.clone()),
        ips: values(|row| row.act.ip.clone()),
    }
}

fn account(row: &ActRow) -> Option<String> {
    row.account.as_ref().map(ToString::to_string)
}

/// A choice, read.
struct Wanted {
    choice: acts::Choice,
    /// Only rows that are not marked, and of which something is suggested.
    suggested: bool,
}

impl Wanted {
    fn of(choice: &Choice) -> Result<Self, Error> {
        let zone = TimeZone::system();
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let account = match choice.account.as_str() {
            "" => None,
            name => Some(AccountName::new(name)),
        };
        let suggested = choice.marked == "suggested";
        let marked = if suggested {
            "unmarked"
        } else {
            &choice.marked
        };
        Ok(Self {
            choice: acts::Choice {
                account,
                kind: word(&choice.kind, "kind of act")?,
                client_id: some(&choice.client_id),
                submitter: some(&choice.submitter),
                session: some(&choice.session),
                ip: some(&choice.ip),
                verdict: word::<acts::Marked>(marked, "mark")?,
                from: time(&choice.since, &zone)?,
                until: time(&choice.until, &zone)?,
                text: some(&choice.text),
            },
            suggested,
        })
    }

    /// The rows that are meant, in order of time.
    fn rows<'a>(&self, acts: &'a Acts) -> Vec<&'a ActRow> {
        let rows = acts.chosen(&self.choice);
        rows.into_iter()
            .filter(|row| !self.suggested || row.suggestion.is_some())
            .collect()
    }
}

/// One of a few words; none where nothing is written.
fn word<T: DeserializeOwned>(text: &str, what: &str) -> Result<Option<T>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    T::deserialize(text.into_deserializer())
        .map(Some)
        .map_err(|error: serde::de::value::Error| {
            refused(&format!("{} is no {what}: {error}", door::clean(text)))
        })
}

fn refused(what: &str) -> Error {
    Error::wrong(what)
        .untouched("no mark was changed")
        .next("choose by what occurs in the table")
}

impl Choice {
    /// In words, for the record: `all by client 7, of account main`.
    fn words(&self) -> String {
        let named = [
            ("of kind", &self.kind),
            ("of account", &self.account),
            ("by client", &self.client_id),
            ("by", &self.submitter),
            ("in session", &self.session),
            ("from address", &self.ip),
            ("marked", &self.marked),
            ("since", &self.since),
            ("until", &self.until),
            ("with the text", &self.text),
        ];
        let parts: Vec<String> = named
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(what, value)| format!("{what} {}", door::clean(value)))
            .collect();
        if parts.is_empty() {
            "all".to_owned()
        } else {
            format!("all {}", parts.join(", "))
        }
    }
}

/// A kind of act in a word, as a choice takes it.
pub fn kind_word(kind: ActKind) -> &'static str {
    match kind {
        ActKind::Order => "order",
        ActKind::Fill => "fill",
        ActKind::Transfer => "transfer",
        ActKind::Session => "session",
        ActKind::Key => "key",
        ActKind::Address => "address",
    }
}

/// By whom an act was done, as far as its venue tells, in words.
pub fn by_whom(row: &ActRow) -> String {
    let act = &row.act;
    let told = [
        ("", &act.submitter),
        ("client ", &act.client_id),
        ("session ", &act.session),
        ("from ", &act.ip),
        ("with ", &act.device),
    ];
    let told: Vec<String> = told
        .iter()
        .filter_map(|(what, value)| Some(format!("{what}{}", value.as_ref()?)))
        .collect();
    told.join(", ")
}

/// The money of an act in words; empty where none moved.
pub fn money(row: &ActRow) -> String {
    let act = &row.act;
    let currency = act.currency.as_deref().unwrap_or_default();
    match (act.amount, act.quantity, act.price) {
        (Some(amount), _, _) => format!("{amount} {currency}").trim().to_owned(),
        (None, Some(quantity), Some(price)) => format!("{quantity} at {price} {currency}")
            .trim()
            .to_owned(),
        (None, _, _) => String::new(),
    }
}
