//! The sites of brokers and exchanges: a session there trades.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sites {
    site: Vec<String>,
}

/// Their domains, as this program knows them.
pub fn sites() -> &'static [String] {
    static SITES: LazyLock<Vec<String>> = LazyLock::new(|| {
        toml::from_str::<Sites>(include_str!("../data/broker-sites.toml"))
            .expect("a test reads the list that comes with the program")
            .site
    });
    &SITES
}

/// Which of `sites` the host `host` is or is below.
pub fn broker_site<'a>(sites: &'a [String], host: &str) -> Option<&'a str> {
    let host = host.trim_start_matches('.').to_ascii_lowercase();
    sites.iter().map(String::as_str).find(|site| {
        host == *site
            || host
                .strip_suffix(*site)
                .is_some_and(|front| front.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_brokers_by_its_whole_domain_only() {
        let of = |host| broker_site(sites(), host);
        assert_eq!(of("kraken.com"), Some("kraken.com"));
        assert_eq!(of(".WWW.ibkr.com"), Some("ibkr.com"));
        assert_eq!(of("notkraken.com"), None);
        assert_eq!(of("kraken.com.example.net"), None);
    }
}
