//! The shapes that secrets have, and the words beside which they stand.

mod blocks;
mod context;
mod headers;
mod names;
mod personal;
mod prefixes;
mod seed;
mod siblings;
pub(crate) mod text;
mod values;

use std::sync::LazyLock;

use crate::Class;
use crate::hooks::{Hook, Hooks};
use names::Family;
use prefixes::Prefix;
pub(crate) use text::{Page, Stop};

/// A place that is withheld.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) class: Class,
    pub(crate) reason: &'static str,
    /// It goes on behind what is held.
    pub(crate) open: Option<Stop>,
}

impl Hit {
    fn secret(start: usize, end: usize, reason: &'static str) -> Self {
        Self {
            start,
            end,
            class: Class::Secret,
            reason,
            open: None,
        }
    }

    fn value(value: text::Value, class: Class, reason: &'static str) -> Self {
        Self {
            start: value.start,
            end: value.end,
            class,
            reason,
            open: value.open,
        }
    }
}

/// What the name of a table's column promises.
#[derive(Clone, Copy)]
pub(crate) struct Column(Family);

impl Column {
    pub(crate) fn named(name: &[u8], personal: bool) -> Option<Self> {
        let hooks = if personal { &*PERSONAL } else { &*SECRETS };
        let mut column = None;
        hooks.each(name, 0, name.len(), |start, end, look| match look {
            Look::Name(Family::Code | Family::Seed) => {}
            Look::Name(family) => {
                let whole = names::Name::around(name, start, end, family);
                if whole.is_some_and(|whole| whole.end == name.len()) {
                    column = Some(Self(family));
                }
            }
            Look::Header(_) if end == name.len() => column = Some(Self(Family::Cookie)),
            Look::Prefix(_)
            | Look::Block(_)
            | Look::Header(_)
            | Look::Address
            | Look::FlexToken
            | Look::Near(_)
            | Look::Jar
            | Look::WebKey
            | Look::Netscape => {}
        });
        column
    }

    pub(crate) fn hit(self, text: &[u8], start: usize, end: usize) -> Option<Hit> {
        let value = text::Value {
            start,
            end,
            open: None,
            quoted: true,
        };
        let fits = end > start && names::fits(self.0, &text[start..end], value);
        fits.then(|| Hit::value(value, self.0.class(), self.0.reason()))
    }
}

/// What is done where a word stands.
#[derive(Clone, Copy)]
enum Look {
    Name(Family),
    Prefix(&'static Prefix),
    Block(blocks::Block),
    Header(headers::Header),
    Address,
    FlexToken,
    Near(context::Near),
    Jar,
    WebKey,
    Netscape,
}

/// The looks that are taken, with what has been seen so far.
pub(crate) struct Shapes {
    hooks: &'static Hooks<Look>,
    /// Whether the classes other than secrets are looked for.
    personal: bool,
    seen: context::Seen,
    /// The last value that was found: what lies in it is not looked at again.
    covered: (u64, u64),
}

impl Shapes {
    pub(crate) fn new(personal: bool) -> Self {
        Self {
            hooks: if personal { &PERSONAL } else { &SECRETS },
            personal,
            seen: context::Seen::default(),
            covered: (0, 0),
        }
    }

    /// Puts what is found by words in `from..to` into `hits`. `base` is where the page begins in the
    /// file.
    pub(crate) fn look(
        &mut self,
        page: Page<'_>,
        base: u64,
        from: usize,
        to: usize,
        hits: &mut Vec<Hit>,
    ) {
        let hooks = self.hooks;
        hooks.each(page.text, from, to, |start, end, look| {
            let place = base + start as u64;
            if (self.covered.0..self.covered.1).contains(&place) {
                return;
            }
            let before = hits.len();
            self.take(look, page, base, start, end, hits);
            if let Some(hit) = hits.get(before) {
                self.covered = (base + hit.start as u64, base + hit.end as u64);
            }
        });
        if self.personal {
            personal::look(page, from, to, hits);
        }
    }

    fn take(
        &mut self,
        look: Look,
        page: Page<'_>,
        base: u64,
        start: usize,
        end: usize,
        hits: &mut Vec<Hit>,
    ) {
        match look {
            Look::Name(family) => {
                names::look(page, start, end, family, hits);
                if let Some(near) = family.near() {
                    context::look(page, base, start, near, &mut self.seen, hits);
                }
            }
            Look::Prefix(prefix) => prefixes::look(page.text, start, prefix, hits),
            Look::Block(block) => blocks::look(page, start, block, hits),
            Look::Header(header) => headers::look(page, start, end, header, hits),
            Look::Address => prefixes::address(page.text, start, end, hits),
            Look::FlexToken => prefixes::flex(page.text, end, hits),
            Look::Near(near) => context::look(page, base, start, near, &mut self.seen, hits),
            Look::Jar => siblings::jar(page.text, start, hits),
            Look::WebKey => siblings::web_key(page.text, start, hits),
            Look::Netscape => headers::netscape(page.text, start, hits),
        }
    }
}

static SECRETS: LazyLock<Hooks<Look>> = LazyLock::new(|| Hooks::new(&secret_hooks()));

static PERSONAL: LazyLock<Hooks<Look>> = LazyLock::new(|| {
    let mut hooks = secret_hooks();
    hooks.extend(personal_hooks());
    Hooks::new(&hooks)
});

fn secret_hooks() -> Vec<Hook<'static, Look>> {
    use blocks::Block;
    use context::Near;
    use headers::Header;
    let name = |word: &'static str, rare, family| Hook {
        word: word.as_bytes(),
        rare,
        look: Look::Name(family),
    };
    let hook = |word: &'static str, rare, look| Hook {
        word: word.as_bytes(),
        rare,
        look,
    };
    let mut hooks = vec![
        name("pass", 1, Family::Pass),
        name("kennwort", 2, Family::Pass),
        name("pwd", 0, Family::Pwd),
        name("secret", 2, Family::Secret),
        name("privatekey", 4, Family::Private),
        name("private_key", 5, Family::Private),
        name("private-key", 5, Family::Private),
        name("private key", 5, Family::Private),
        name("token", 1, Family::Token),
        name("apikey", 1, Family::Key),
        name("api_key", 1, Family::Key),
        name("api-key", 1, Family::Key),
        name("api key", 1, Family::Key),
        name("accesskey", 4, Family::Key),
        name("access_key", 5, Family::Key),
        name("access-key", 5, Family::Key),
        name("access-sign", 7, Family::Signed),
        name("bapi-sign", 1, Family::Signed),
        name("api-sign", 1, Family::Signed),
        name("api_sign", 1, Family::Signed),
        name("authent", 3, Family::Signed),
        name("signature", 3, Family::Signature),
        name("credential", 5, Family::Token),
        name("session", 2, Family::Session),
        name("xyzab", 0, Family::Cookie),
        name("ssodh", 2, Family::Cookie),
        name("sess-uuid", 4, Family::Cookie),
        name("sessid", 3, Family::Cookie),
        name("otp", 0, Family::Otp),
        name("pin", 0, Family::Pin),
        name("mnemonic", 0, Family::Seed),
        name("seed", 0, Family::Seed),
        name("recovery", 3, Family::Seed),
        name("code=", 1, Family::Code),
        hook("authorization", 1, Look::Header(Header::Authorization)),
        hook("bearer ", 2, Look::Header(Header::Bearer)),
        hook("cookie", 2, Look::Header(Header::Cookie)),
        hook(" -u ", 0, Look::Header(Header::User)),
        hook("--user ", 2, Look::Header(Header::User)),
        hook("private key", 8, Look::Block(Block::Pem)),
        hook("age-secret-key-", 4, Look::Block(Block::Age)),
        hook("private-lines:", 8, Look::Block(Block::Putty)),
        hook("moz_cookies", 3, Look::Block(Block::CookieStore)),
        hook("create table logins", 7, Look::Block(Block::CookieStore)),
        hook("create table cookies", 7, Look::Block(Block::CookieStore)),
        hook("://", 0, Look::Address),
        hook("?t=", 0, Look::FlexToken),
        hook("&t=", 0, Look::FlexToken),
        hook("u0026t=", 3, Look::FlexToken),
        hook("&amp;t=", 1, Look::FlexToken),
        hook("kraken", 2, Look::Near(Near::Kraken)),
        hook("deribit", 1, Look::Near(Near::Deribit)),
        hook("binance", 0, Look::Near(Near::Key)),
        hook("coinbase", 2, Look::Near(Near::Key)),
        hook("httponly", 2, Look::Jar),
        hook("samesite", 3, Look::Jar),
        hook("hostonly", 1, Look::Jar),
        hook("\"kty\"", 1, Look::WebKey),
        hook("\ttrue\t", 0, Look::Netscape),
        hook("\tfalse\t", 4, Look::Netscape),
    ];
    let prefixes = prefixes::ALL.iter();
    hooks.extend(prefixes.map(|prefix| Hook {
        word: prefix.word.as_bytes(),
        rare: prefix.rare,
        look: Look::Prefix(prefix),
    }));
    hooks
}

fn personal_hooks() -> Vec<Hook<'static, Look>> {
    let name = |word: &'static str, rare, family| Hook {
        word: word.as_bytes(),
        rare,
        look: Look::Name(family),
    };
    vec![
        name("account", 2, Family::Account),
        name("acct", 1, Family::Account),
        name("iban", 0, Family::Account),
        name("phone", 0, Family::Phone),
        name("mobile", 1, Family::Phone),
        name("firstname", 2, Family::Person),
        name("first_name", 4, Family::Person),
        name("lastname", 3, Family::Person),
        name("last_name", 3, Family::Person),
        name("fullname", 3, Family::Person),
        name("full_name", 3, Family::Person),
        name("street", 2, Family::Home),
        name("postal", 1, Family::Home),
        name("zipcode", 1, Family::Home),
        name("hostname", 3, Family::Computer),
    ]
}
