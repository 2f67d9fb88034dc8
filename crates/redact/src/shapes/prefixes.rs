//! Secrets that say themselves what they are, by how they begin; and those in addresses.

use super::Hit;
use super::text::{self, begins_word, run};

/// A shape that begins with a word of its own.
pub(crate) struct Prefix {
    /// In lower case.
    pub(crate) word: &'static str,
    /// Which of its letters are the rarest.
    pub(crate) rare: usize,
    /// As it is written; empty where case does not matter.
    exact: &'static str,
    /// How many of `bytes` follow.
    least: usize,
    most: usize,
    bytes: Bytes,
    /// What it is.
    reason: &'static str,
}

#[derive(Clone, Copy)]
enum Bytes {
    /// Letters and digits.
    Plain,
    /// Capital letters and digits.
    Capital,
    /// Letters, digits, `_` and `-`.
    Url,
    /// The same and `.`.
    Dotted,
    /// All that a path of an address is made of.
    Path,
    /// Two or more parts of [`Bytes::Url`], joined by `.`.
    Jwt,
}

const fn prefix(
    exact: &'static str,
    word: &'static str,
    rare: usize,
    (least, most): (usize, usize),
    bytes: Bytes,
    reason: &'static str,
) -> Prefix {
    Prefix {
        word,
        rare,
        exact,
        least,
        most,
        bytes,
        reason,
    }
}

const AWS: &str = "an AWS access key";
const GITHUB: &str = "a GitHub token";
const SLACK: &str = "a Slack token";
const GOOGLE: &str = "a Google key or token";
const STRIPE: &str = "a Stripe key";
const HOOK: &str = "the address of a webhook, which is a secret";

pub(crate) static ALL: &[Prefix] = &[
    prefix("AKIA", "akia", 0, (16, 16), Bytes::Capital, AWS),
    prefix("ASIA", "asia", 0, (16, 16), Bytes::Capital, AWS),
    prefix("ghp_", "ghp_", 0, (30, 255), Bytes::Plain, GITHUB),
    prefix("gho_", "gho_", 0, (30, 255), Bytes::Plain, GITHUB),
    prefix("ghu_", "ghu_", 0, (30, 255), Bytes::Plain, GITHUB),
    prefix("ghs_", "ghs_", 0, (30, 255), Bytes::Plain, GITHUB),
    prefix("ghr_", "ghr_", 0, (30, 255), Bytes::Plain, GITHUB),
    prefix(
        "github_pat_",
        "github_pat_",
        6,
        (40, 255),
        Bytes::Url,
        GITHUB,
    ),
    prefix(
        "glpat-",
        "glpat-",
        1,
        (20, 255),
        Bytes::Dotted,
        "a GitLab token",
    ),
    prefix("xoxb-", "xoxb-", 0, (10, 255), Bytes::Url, SLACK),
    prefix("xoxp-", "xoxp-", 0, (10, 255), Bytes::Url, SLACK),
    prefix("xoxa-", "xoxa-", 0, (10, 255), Bytes::Url, SLACK),
    prefix("xoxr-", "xoxr-", 0, (10, 255), Bytes::Url, SLACK),
    prefix("xoxs-", "xoxs-", 0, (10, 255), Bytes::Url, SLACK),
    prefix("xoxe", "xoxe", 0, (20, 255), Bytes::Dotted, SLACK),
    prefix("xoxc-", "xoxc-", 0, (10, 255), Bytes::Url, SLACK),
    prefix("xoxd-", "xoxd-", 0, (10, 255), Bytes::Path, SLACK),
    prefix("xapp-", "xapp-", 0, (10, 255), Bytes::Url, SLACK),
    prefix("AIza", "aiza", 1, (35, 35), Bytes::Url, GOOGLE),
    prefix("ya29.", "ya29.", 1, (20, 2048), Bytes::Dotted, GOOGLE),
    prefix("GOCSPX-", "gocspx-", 2, (20, 64), Bytes::Url, GOOGLE),
    prefix("1//0", "1//0", 0, (30, 512), Bytes::Url, GOOGLE),
    prefix("sk_live_", "sk_live_", 2, (16, 255), Bytes::Plain, STRIPE),
    prefix("rk_live_", "rk_live_", 2, (16, 255), Bytes::Plain, STRIPE),
    prefix("sk_test_", "sk_test_", 1, (16, 255), Bytes::Plain, STRIPE),
    prefix("npm_", "npm_", 0, (36, 36), Bytes::Plain, "an npm token"),
    prefix(
        "pypi-AgE",
        "pypi-age",
        1,
        (40, 1024),
        Bytes::Url,
        "a PyPI token",
    ),
    prefix(
        "hf_",
        "hf_",
        0,
        (30, 64),
        Bytes::Plain,
        "a Hugging Face token",
    ),
    prefix(
        "sk-ant-",
        "sk-ant-",
        1,
        (20, 255),
        Bytes::Url,
        "an Anthropic key",
    ),
    prefix(
        "sk-proj-",
        "sk-proj-",
        1,
        (20, 255),
        Bytes::Url,
        "an OpenAI key",
    ),
    prefix(
        "dop_v1_",
        "dop_v1_",
        1,
        (64, 64),
        Bytes::Plain,
        "a DigitalOcean token",
    ),
    prefix("SG.", "sg.", 0, (60, 80), Bytes::Dotted, "a SendGrid key"),
    prefix(
        "eyJ",
        "eyj",
        0,
        (30, 64 * 1024),
        Bytes::Jwt,
        "a JSON web token",
    ),
    prefix("", "hooks.slack.com/", 3, (20, 255), Bytes::Path, HOOK),
    prefix("", "/api/webhooks/", 6, (20, 255), Bytes::Path, HOOK),
    prefix(
        "",
        "api.telegram.org/bot",
        4,
        (30, 60),
        Bytes::Path,
        "a Telegram bot's token",
    ),
];

pub(super) fn look(text: &[u8], start: usize, prefix: &Prefix, hits: &mut Vec<Hit>) {
    let behind = start + prefix.word.len();
    let own_word = !prefix.exact.is_empty();
    if own_word
        && (!text[start..].starts_with(prefix.exact.as_bytes()) || !begins_word(text, start))
    {
        return;
    }
    let of: fn(u8) -> bool = match prefix.bytes {
        Bytes::Plain => |b| b.is_ascii_alphanumeric() || b == b'_',
        Bytes::Capital => |b| b.is_ascii_uppercase() || b.is_ascii_digit(),
        Bytes::Url => |b| b.is_ascii_alphanumeric() || b"_-".contains(&b),
        Bytes::Dotted | Bytes::Jwt => |b| b.is_ascii_alphanumeric() || b"_-.".contains(&b),
        Bytes::Path => |b| b.is_ascii_alphanumeric() || b"_-.:/%+=".contains(&b),
    };
    // one more than allowed shows that it is longer
    let mut end = run(text, behind, prefix.most + 1, of);
    if matches!(prefix.bytes, Bytes::Dotted | Bytes::Jwt) {
        end -= text[behind..end]
            .iter()
            .rev()
            .take_while(|b| **b == b'.')
            .count();
    }
    let body = &text[behind..end];
    let length = body.len();
    let fits = match prefix.bytes {
        Bytes::Jwt => is_jwt(body),
        Bytes::Capital => length == prefix.most && !body.ends_with(b"EXAMPLE"),
        Bytes::Plain | Bytes::Url | Bytes::Dotted | Bytes::Path => {
            (prefix.least..=prefix.most).contains(&length) && body.iter().any(u8::is_ascii_digit)
        }
    };
    if fits {
        let start = if own_word { start } else { behind };
        hits.push(Hit::secret(start, end, prefix.reason));
    }
}

/// Behind its `eyJ`: a head, a body, and mostly a signature.
fn is_jwt(body: &[u8]) -> bool {
    let mut parts = body.split(|b| *b == b'.').map(<[u8]>::len);
    matches!((parts.next(), parts.next()), (Some(head), Some(rest)) if head >= 8 && rest >= 8)
        || body.len() >= 30 && body.windows(2).any(|two| two == b"..")
}

/// `https://user:password@host`: the password.
pub(super) fn address(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) {
    if start == 0 || !text[start - 1].is_ascii_alphanumeric() {
        return;
    }
    let stop = run(text, end, 512, |b| b > b' ' && !b"/?#\"'<>\\`".contains(&b));
    let Some(at) = memchr::memrchr(b'@', &text[end..stop]) else {
        return;
    };
    let user = &text[end..end + at];
    let Some(colon) = memchr::memchr(b':', user) else {
        return;
    };
    let password = &user[colon + 1..];
    if !password.is_empty() && !super::values::stands_in(password) {
        hits.push(Hit::secret(
            end + colon + 1,
            end + at,
            "a password in an address",
        ));
    }
}

/// The digits behind `?t=`, as the Flex Web Service has them.
pub(super) fn flex(text: &[u8], end: usize, hits: &mut Vec<Hit>) {
    let stop = run(text, end, 64, |b| b.is_ascii_digit());
    if stop - end >= 15
        && !text
            .get(stop)
            .is_some_and(|b| text::token_byte(*b) && *b != b'.')
    {
        hits.push(Hit::secret(end, stop, "an IBKR Flex token"));
    }
}
