//! The text of a fault: `[DOOR/]ID[:PARAM=VALUE,...][@WHEN]`.
//!
//! `WHEN` is a time since the world began (`@500ms`), a request's number at its doors (`@#3`), or
//! either with an end (`@500ms..2s`). `account=1` (the first one served) or `account=U1234567`
//! limits a fault to one account.

use std::{fmt, str::FromStr, time::Duration};

use super::{FaultKind, Front};
use crate::world::AccountId;

/// One fault, where and when it bites.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Only at this front end; at all where the kind bites when absent.
    pub front: Option<Front>,
    /// From when on.
    pub begins: Begins,
    /// Until when, since the world began.
    pub until: Option<Duration>,
    params: Vec<(String, String)>,
}

/// From when on a fault bites.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begins {
    /// This long after the world began.
    At(Duration),
    /// With the nth request that reaches its doors, counted from 1.
    AtRequest(u64),
}

/// Why a spec is not a fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{spec:?} is not a fault: {why}")]
pub struct SpecError {
    /// The text.
    pub spec: String,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

impl Fault {
    /// A fault of this kind, everywhere and from the beginning.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            front: None,
            begins: Begins::At(Duration::ZERO),
            until: None,
            params: Vec::new(),
        }
    }

    /// The same, at one front end only.
    #[must_use]
    pub fn at(mut self, front: Front) -> Self {
        self.front = Some(front);
        self
    }

    /// The same, from a time on.
    #[must_use]
    pub fn beginning(mut self, begins: Begins) -> Self {
        self.begins = begins;
        self
    }

    /// The same, until a time since the world began.
    #[must_use]
    pub fn until(mut self, until: Duration) -> Self {
        self.until = Some(until);
        self
    }

    /// The same, with its times counted from `now` instead of the world's beginning.
    #[must_use]
    pub fn later_by(mut self, now: Duration) -> Self {
        if let Begins::At(at) = self.begins {
            self.begins = Begins::At(at + now);
        }
        self.until = self.until.map(|until| until + now);
        self
    }

    /// The id and what it does, a line for each kind: the id first, then where it bites.
    pub fn all() -> Vec<String> {
        FaultKind::ALL
            .iter()
            .map(|kind| format!("{:<24} {} [{}]", kind.id(), kind.says(), places(*kind)))
            .collect()
    }

    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn bites_at(&self, front: Front) -> bool {
        self.kind.fronts().contains(&front) && self.front.is_none_or(|only| only == front)
    }

    pub(super) fn is_for(&self, account: &AccountId, served: &[AccountId]) -> bool {
        let Some(only) = self.param("account") else {
            return true;
        };
        match only.parse::<usize>() {
            Ok(nth) => served.get(nth.wrapping_sub(1)) == Some(account),
            Err(_) => only == account.0,
        }
    }
}

impl FromStr for Fault {
    type Err = SpecError;

    fn from_str(spec: &str) -> Result<Self, SpecError> {
        parse(spec).map_err(|why| SpecError {
            spec: spec.chars().take(200).collect(),
            why,
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(front) = self.front {
            write!(f, "{}/", front.id())?;
        }
        f.write_str(self.kind.id())?;
        for (nth, (key, value)) in self.params.iter().enumerate() {
            write!(f, "{}{key}={value}", if nth == 0 { ':' } else { ',' })?;
        }
        match (self.begins, self.until) {
            (Begins::At(Duration::ZERO), None) => return Ok(()),
            (Begins::At(at), _) => write!(f, "@{}ms", at.as_millis())?,
            (Begins::AtRequest(nth), _) => write!(f, "@#{nth}")?,
        }
        match self.until {
            Some(until) => write!(f, "..{}ms", until.as_millis()),
            None => Ok(()),
        }
    }
}

fn parse(spec: &str) -> Result<Fault, String> {
    let (rest, when) = match spec.split_once('@') {
        Some((rest, when)) => (rest, Some(when)),
        None => (spec, None),
    };
    let (name, params) = match rest.split_once(':') {
        Some((name, params)) => (name, Some(params)),
        None => (rest, None),
    };
    let (front, id) = match name.split_once('/') {
        Some((front, id)) => (Some(front), id),
        None => (None, name),
    };
    let kind = kind(id)?;
    let mut fault = Fault::new(kind);
    if let Some(front) = front {
        let front = Front::from_id(front)
            .ok_or_else(|| format!("no door {front:?}; doors are tws, client-portal, ibc"))?;
        if !kind.fronts().contains(&front) {
            return Err(format!(
                "{} does not bite at {}, only at {}",
                kind.id(),
                front.id(),
                places(kind)
            ));
        }
        fault.front = Some(front);
    }
    for pair in params.into_iter().flat_map(|params| params.split(',')) {
        fault.params.push(param(kind, pair)?);
    }
    if let Some(when) = when {
        (fault.begins, fault.until) = span(when)?;
    }
    Ok(fault)
}

/// Where a kind bites, in words.
fn places(kind: FaultKind) -> String {
    let fronts: Vec<_> = kind.fronts().iter().map(|front| front.id()).collect();
    if fronts.is_empty() {
        "broker".to_owned()
    } else {
        fronts.join(", ")
    }
}

fn kind(id: &str) -> Result<FaultKind, String> {
    FaultKind::ALL
        .iter()
        .copied()
        .find(|kind| kind.id() == id)
        .ok_or_else(|| {
            let ids: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.id()).collect();
            format!("no fault {id:?}; there are {}", ids.join(", "))
        })
}

fn param(kind: FaultKind, pair: &str) -> Result<(String, String), String> {
    let (key, value) = pair
        .split_once('=')
        .ok_or_else(|| format!("{pair:?} is not PARAM=VALUE"))?;
    if key == "account" {
        let ordinal_or_id = value
            .parse::<usize>()
            .map_or(!value.is_empty(), |nth| nth > 0);
        return if ordinal_or_id {
            Ok((key.to_owned(), value.to_owned()))
        } else {
            Err("account counts from 1, or is an account's number".to_owned())
        };
    }
    if !kind.params().contains(&key) {
        let known = kind.params().join(", ");
        return Err(format!(
            "{} takes no {key:?}; it takes account{}{known}",
            kind.id(),
            if known.is_empty() { "" } else { ", " }
        ));
    }
    let good = match key {
        "every" if counts(kind) => value.parse::<u64>().is_ok_and(|every| every > 0),
        "times" | "reads" | "first" | "code" | "polls" => value.parse::<u64>().is_ok(),
        _ => duration(value).is_some_and(|wait| key != "every" || !wait.is_zero()),
    };
    if good {
        Ok((key.to_owned(), value.to_owned()))
    } else {
        Err(format!(
            "{key}={value} is not right; times are like 200ms or 3s, counts are whole numbers"
        ))
    }
}

/// Whether a kind's `every` counts requests. Otherwise it is a time.
fn counts(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::RateLimit | FaultKind::ErrorIn200 | FaultKind::FillDuringCancel
    )
}

fn span(when: &str) -> Result<(Begins, Option<Duration>), String> {
    let bad = || format!("@{when} is not a time (@500ms, @#3, @500ms..2s)");
    let (from, until) = match when.split_once("..") {
        Some((from, until)) => (from, Some(duration(until).ok_or_else(bad)?)),
        None => (when, None),
    };
    let begins = match from.strip_prefix('#') {
        Some(nth) => Begins::AtRequest(
            nth.parse()
                .ok()
                .filter(|nth: &u64| *nth > 0)
                .ok_or_else(bad)?,
        ),
        None => Begins::At(duration(from).ok_or_else(bad)?),
    };
    match (begins, until) {
        (Begins::At(at), Some(until)) if until <= at => Err(bad()),
        (Begins::At(_) | Begins::AtRequest(_), _) => Ok((begins, until)),
    }
}

/// A time in whole units: `200ms`, `3s`, `10m`; a bare number is milliseconds.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()].parse().ok()?;
    match unit {
        "ms" | "" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_parses_from_its_own_id_and_prints_back() {
        for kind in FaultKind::ALL {
            let fault: Fault = kind.id().parse().unwrap();
            assert_eq!(fault.kind, *kind);
            assert_eq!(fault.to_string(), kind.id());
            for front in kind.fronts() {
                let spec = format!("{}/{}:account=1@#2..3000ms", front.id(), kind.id());
                assert_eq!(spec.parse::<Fault>().unwrap().to_string(), spec);
            }
        }
    }

    #[test]
    fn a_spec_with_everything_means_what_it_says() {
        let fault: Fault = "client-portal/competing-session:every=200ms,account=2@1s..1m"
            .parse()
            .unwrap();
        assert_eq!(fault.front, Some(Front::ClientPortal));
        assert_eq!(fault.begins, Begins::At(Duration::from_secs(1)));
        assert_eq!(fault.until, Some(Duration::from_mins(1)));
        assert_eq!(fault.param("every"), Some("200ms"));
        assert_eq!(fault.param("account"), Some("2"));
    }

    #[test]
    fn what_is_not_a_fault_is_refused_with_the_reason() {
        for (spec, why) in [
            ("", "no fault"),
            ("hangs", "no fault"),
            ("moon/hang", "no door"),
            ("tws/cold-list", "does not bite at tws"),
            ("tws/attacker", "only at broker"),
            ("hang:every=3", "takes no"),
            ("attacker:every", "is not PARAM=VALUE"),
            ("attacker:every=0ms", "is not right"),
            ("attacker:every=soon", "is not right"),
            ("rate-limit:every=2s", "is not right"),
            ("hang:account=0", "counts from 1"),
            ("hang@soon", "is not a time"),
            ("hang@#0", "is not a time"),
            ("hang@2s..1s", "is not a time"),
            ("hang@99999999999999999999s", "is not a time"),
        ] {
            let error = spec.parse::<Fault>().unwrap_err();
            assert!(error.why.contains(why), "{spec}: {error}");
        }
    }

    #[test]
    fn the_list_of_faults_begins_each_line_with_the_id() {
        for (line, kind) in Fault::all().iter().zip(FaultKind::ALL) {
            assert_eq!(line.split_whitespace().next(), Some(kind.id()));
        }
    }
}
