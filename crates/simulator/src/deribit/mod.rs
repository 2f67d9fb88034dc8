//! Deribit's JSON-RPC API over HTTPS on loopback.

use std::sync::Arc;

use crate::https::{Answer, Handler, Request, Site, StatusCode};

/// The API, under `/api/v2`.
pub fn api(site: Site) -> Arc<dyn Handler> {
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
