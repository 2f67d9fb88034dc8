//! Kraken's REST APIs on loopback.

use std::sync::Arc;

use crate::https::{Answer, Handler, Request, Site, StatusCode};

/// The API for spot and margin, under `/0`.
pub fn spot(site: Site) -> Arc<dyn Handler> {
    Arc::new(Closed(site))
}

/// The API for futures, under `/derivatives/api/v3`.
pub fn futures(site: Site) -> Arc<dyn Handler> {
    Arc::new(Closed(site))
}

struct Closed(Site);

impl Handler for Closed {
    fn site(&self) -> &Site {
        &self.0
    }

    fn answer(&self, _request: Request) -> Answer {
        Answer::json(StatusCode::SERVICE_UNAVAILABLE, b"{}".to_vec())
    }
}
