//! What a collector has brought so far, and what it could not have.

use door::{Act, clean};
use jiff::Timestamp;

use crate::{Collected, Content, Outcome, Sighting, Taken};

/// Gaps that are told one by one.
const GAPS_TOLD: usize = 8;

/// A collector at work.
pub(super) struct Collector {
    id: &'static str,
    title: &'static str,
    began: Timestamp,
    taken: Vec<Taken>,
    sightings: Vec<Sighting>,
    acts: Vec<(String, Act)>,
    gaps: Vec<String>,
    denied: usize,
}

impl Collector {
    pub(super) fn new((id, title): (&'static str, &'static str)) -> Self {
        Self {
            id,
            title,
            began: Timestamp::now(),
            taken: Vec::new(),
            sightings: Vec::new(),
            acts: Vec::new(),
            gaps: Vec::new(),
            denied: 0,
        }
    }

    pub(super) fn take(&mut self, taken: Taken) {
        self.taken.push(taken);
    }

    /// Takes what this program wrote down itself of `source`.
    pub(super) fn take_text(
        &mut self,
        name: &str,
        source: &str,
        modified: Option<Timestamp>,
        text: String,
    ) {
        self.take(Taken {
            name: name.to_owned(),
            source: source.to_owned(),
            modified,
            content: Content::Bytes(text.into_bytes()),
        });
    }

    pub(super) fn see(&mut self, sighting: Sighting) {
        self.sightings.push(sighting);
    }

    /// Takes the acts that the file `name` tells.
    pub(super) fn tell(&mut self, name: &str, acts: Vec<Act>) {
        let acts = acts.into_iter().map(|act| (name.to_owned(), act));
        self.acts.extend(acts);
    }

    /// Something was not had.
    pub(super) fn lack(&mut self, what: impl Into<String>) {
        self.gaps.push(clean(&what.into()));
    }

    /// Something may not be read by this user.
    pub(super) fn deny(&mut self, what: impl Into<String>) {
        self.denied += 1;
        self.lack(what);
    }

    /// All of it; `nowhere` says what was looked for where nothing was found.
    pub(super) fn end(self, nowhere: &str) -> Collected {
        let nothing = self.taken.is_empty() && self.sightings.is_empty();
        let why = told(&self.gaps);
        let outcome = match (nothing, self.gaps.len()) {
            (true, 0) => Outcome::NotHere {
                why: nowhere.to_owned(),
            },
            (true, gaps) if gaps == self.denied => Outcome::Denied { why },
            (true, _) => Outcome::Failed { why },
            (false, 0) => Outcome::Collected,
            (false, _) => Outcome::Partly { why },
        };
        Collected {
            collector: self.id.to_owned(),
            title: self.title.to_owned(),
            began: self.began,
            ended: Timestamp::now(),
            outcome,
            taken: self.taken,
            sightings: self.sightings,
            acts: self.acts,
        }
    }
}

fn told(gaps: &[String]) -> String {
    let mut why = gaps
        .iter()
        .take(GAPS_TOLD)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("; ");
    if gaps.len() > GAPS_TOLD {
        why = format!("{why}; and {} more", gaps.len() - GAPS_TOLD);
    }
    why
}

/// A sighting that needs no reason.
pub(super) fn plain(what: impl Into<String>, place: &str) -> Sighting {
    Sighting {
        what: clean(&what.into()),
        why: String::new(),
        notable: false,
        at: None,
        place: place.to_owned(),
    }
}

/// A sighting for the first page.
pub(super) fn notable(what: impl Into<String>, why: &str, place: &str) -> Sighting {
    Sighting {
        why: why.to_owned(),
        notable: true,
        ..plain(what, place)
    }
}
