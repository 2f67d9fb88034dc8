//! Kraken's REST APIs on loopback: the documented paths, signatures, nonces and counters, with
//! errors in answers of status 200. Where the documents are silent, the harsher reading is served.
//!
//! They must never decide themselves what is true of an order, nor listen to a request before its
//! signature was checked.

mod bucket;
mod futures;
mod ids;
mod market;
mod sign;
mod spoil;
mod spot;

use std::sync::Arc;

use crate::https::{Handler, Site};

/// The API for spot and margin, under `/0`.
pub fn spot(site: Site) -> Arc<dyn Handler> {
    Arc::new(spot::Spot::new(site))
}

/// The API for futures, under `/derivatives/api/v3`, `/api/auth/v1` and `/api/history/v3`.
pub fn futures(site: Site) -> Arc<dyn Handler> {
    Arc::new(futures::Futures::new(site))
}

/// The fields of a query or a form; of one given twice, the last.
#[derive(Clone, Debug, Default)]
struct Fields(std::collections::BTreeMap<String, String>);

impl Fields {
    fn of(parts: &[&[u8]]) -> Self {
        Self(
            parts
                .iter()
                .flat_map(|part| url::form_urlencoded::parse(part))
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }
}
