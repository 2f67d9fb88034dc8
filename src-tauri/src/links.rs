//! Which pages may be opened in the browser. The window asks; this list decides.

use url::Url;

use crate::view::Problem;

/// Hosts whose pages the runbooks, the contacts and this program name. A subdomain counts.
const HOSTS: &[&str] = &[
    "interactivebrokers.com",
    "interactivebrokers.ca",
    "interactivebrokers.co.uk",
    "interactivebrokers.eu",
    "interactivebrokers.ie",
    "interactivebrokers.com.au",
    "interactivebrokers.com.hk",
    "interactivebrokers.com.sg",
    "interactivebrokers.co.jp",
    "interactivebrokers.co.in",
    "ibkr.com",
    "www.kraken.com",
    "support.kraken.com",
    "docs.kraken.com",
    "futures.kraken.com",
    "www.deribit.com",
    "support.deribit.com",
    "docs.deribit.com",
    "test.deribit.com",
];

/// The address, if its host is on the list and nothing about it is odd.
pub(crate) fn checked(link: &str) -> Result<Url, Problem> {
    let refused = |why: &str| Problem {
        what: format!("the page is not opened: {why}"),
        untouched: "nothing was sent anywhere".to_owned(),
        next: "type the venue's address into the browser yourself".to_owned(),
    };
    let url = Url::parse(link).map_err(|_| refused("its address is malformed"))?;
    if url.scheme() != "https" {
        return Err(refused("its address does not begin with https"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.port().is_some() {
        return Err(refused("its address holds a name, a password or a port"));
    }
    let host = url.host_str().unwrap_or_default();
    let listed = HOSTS.iter().any(|known| {
        host == *known
            || host
                .strip_suffix(known)
                .is_some_and(|before| before.ends_with('.'))
    });
    if listed {
        Ok(url)
    } else {
        Err(refused("its host is not on Firebreak's list"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_venues_are_opened() {
        for link in [
            "https://ibkr.com/support",
            "https://ndcdyn.interactivebrokers.com/sso/Login?action=OAUTH&RL=1&ip2loc=US",
        ] {
            assert!(checked(link).is_ok(), "{link}");
        }
    }

    #[test]
    fn every_link_of_a_shipped_runbook_and_contact_is_on_the_list() {
        for (id, text) in runbook::shipped() {
            for line in text.lines() {
                let Some(link) = line.trim().strip_prefix("link = ") else {
                    continue;
                };
                let link = link.trim().trim_matches('"');
                assert!(checked(link).is_ok(), "{id}: {link}");
            }
        }
        for entity in runbook::ENTITIES {
            let contacts = runbook::Contacts::shipped();
            if let Some(contact) = contacts.find("ibkr-security", entity) {
                assert!(checked(&contact.page).is_ok(), "{}", contact.page);
            }
        }
    }

    #[test]
    fn every_page_of_a_venues_words_is_on_the_list() {
        for kind in venues::Kind::ALL {
            let words = kind.words().map(|door| [&door.make, &door.delete]);
            for place in words.into_iter().flatten() {
                assert!(checked(&place.page).is_ok(), "{kind}: {}", place.page);
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for link in [
            "http://ibkr.com/support",
            "https://ibkr.com.evil.example/",
            "https://evilibkr.com/",
            "https://www.kraken.com.evil.example/u/security/api",
            "https://notwww.deribit.com/account/BTC/api",
            "https://ibkr.com@evil.example/",
            "https://user:word@ibkr.com/",
            "https://ibkr.com:8443/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "ibkr.com",
            "",
        ] {
            assert!(checked(link).is_err(), "{link}");
        }
    }
}
