//! The secrets that the vault holds, known again by salted digests. Their text is never kept.
//!
//! A keyed sum of six bytes says where one may begin; the digest of all its bytes says whether it
//! does. The longer the shortest secret is, the fewer places have to be looked at.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The shortest secret that can be looked for, in bytes.
pub const SHORTEST: usize = WINDOW;
/// The longest, in bytes.
pub const LONGEST: usize = 16 * 1024;

const WINDOW: usize = 6;
const WIDEST_STRIDE: usize = 8;
const BITS: u32 = 17;

/// What the vault holds, as far as is needed to know it again, also when it stands there escaped for
/// JSON or XML, percent-encoded, in hex or in base64. It cannot be printed.
pub struct Known {
    salt: [u8; 32],
    /// For the sums of windows.
    keys: [u64; 2],
    names: Vec<String>,
    forms: Vec<Form>,
    bits: Box<[u64; 1 << (BITS - 6)]>,
    /// Sums of windows with the form and the place in it that they come from, sorted.
    windows: Vec<(u32, u32, u8)>,
    /// Every how many bytes one window is looked at.
    stride: usize,
}

struct Form {
    digest: [u8; 32],
    length: usize,
    name: u32,
    /// Bits of its first and last byte lie in the characters beside it.
    base64: bool,
}

/// Why a secret cannot be looked for. Nothing was added.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotKnown {
    /// It would be found everywhere.
    #[error(
        "a secret shorter than {SHORTEST} bytes cannot be looked for: it would be found everywhere. \
         Look through the pack for it yourself, or change it at its venue"
    )]
    TooShort,
    /// It is larger than what is held of a file at a time.
    #[error(
        "a secret longer than {LONGEST} bytes cannot be looked for. Look through the pack for it \
         yourself"
    )]
    TooLong,
}

impl Known {
    /// Nothing yet. `salt` is random, and new for each export.
    pub fn new(salt: [u8; 32]) -> Self {
        let sum: [u8; 32] = Sha256::new_with_prefix(salt)
            .chain_update(b"windows")
            .finalize()
            .into();
        let key = |at: usize| {
            let bytes = sum[at..].first_chunk::<8>().copied().unwrap_or_default();
            u64::from_le_bytes(bytes)
        };
        Self {
            salt,
            keys: [key(0), key(8) | 1],
            names: Vec::new(),
            forms: Vec::new(),
            bits: Box::new([0; 1 << (BITS - 6)]),
            windows: Vec::new(),
            stride: WIDEST_STRIDE,
        }
    }

    /// Nothing at all, where no vault is at hand.
    pub fn none() -> Self {
        Self::new([0; 32])
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Looks for `secret` from now on. `name` says which one it is (`the API secret of Kraken main`);
    /// it stands in the record of what was withheld.
    pub fn add(&mut self, name: &str, secret: &str) -> Result<(), NotKnown> {
        let secret = secret.trim();
        if secret.len() < SHORTEST {
            return Err(NotKnown::TooShort);
        }
        if secret.len() > LONGEST {
            return Err(NotKnown::TooLong);
        }
        let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        for (form, base64) in forms(secret) {
            self.add_form(&form, index, base64);
        }
        self.windows.sort_unstable();
        Ok(())
    }

    fn add_form(&mut self, form: &[u8], name: u32, base64: bool) {
        let reach = form.len().saturating_sub(WINDOW - 1);
        if reach == 0 {
            return;
        }
        while self.stride > reach {
            self.stride /= 2;
        }
        let digest = self.digest(form);
        if self.forms.iter().any(|other| other.digest == digest) {
            return;
        }
        let index = u32::try_from(self.forms.len()).unwrap_or(u32::MAX);
        for (offset, window) in (0_u8..).zip(form.windows(WINDOW)).take(self.stride) {
            let sum = self.sum(narrow(window));
            let (at, short) = split(sum);
            self.bits[at / 64] |= 1 << (at % 64);
            self.windows.push((short, index, offset));
        }
        self.forms.push(Form {
            digest,
            length: form.len(),
            name,
            base64,
        });
    }

    pub(crate) fn name(&self, name: u32) -> &str {
        self.names.get(name as usize).map_or("", String::as_str)
    }

    /// Calls `found` with each known secret that shows in a window of `from..to`.
    pub(crate) fn each(
        &self,
        text: &[u8],
        from: usize,
        to: usize,
        mut found: impl FnMut(usize, usize, u32),
    ) {
        if self.is_empty() {
            return;
        }
        let mut at = from;
        while at < to {
            let sum = match text
                .get(at..at + 8)
                .and_then(|eight| eight.first_chunk::<8>())
            {
                Some(eight) => self.sum(u64::from_le_bytes(*eight) & 0xffff_ffff_ffff),
                None => match text.get(at..at + WINDOW) {
                    Some(window) => self.sum(narrow(window)),
                    None => return,
                },
            };
            let (bit, short) = split(sum);
            if self.bits[bit / 64] >> (bit % 64) & 1 == 1 {
                self.confirm(text, at, short, &mut found);
            }
            at += self.stride;
        }
    }

    #[cold]
    #[inline(never)]
    fn confirm(
        &self,
        text: &[u8],
        at: usize,
        short: u32,
        found: &mut impl FnMut(usize, usize, u32),
    ) {
        let first = self.windows.partition_point(|(other, _, _)| *other < short);
        let same = self.windows[first..]
            .iter()
            .take_while(|(other, _, _)| *other == short);
        for (_, form, offset) in same {
            let form = &self.forms[*form as usize];
            let Some(start) = at.checked_sub(usize::from(*offset)) else {
                continue;
            };
            let end = start + form.length;
            if text
                .get(start..end)
                .is_some_and(|bytes| self.digest(bytes) == form.digest)
            {
                let beside = |at: Option<usize>| {
                    let byte = at.and_then(|at| text.get(at));
                    form.base64
                        && byte.is_some_and(|b| b.is_ascii_alphanumeric() || b"+/-_".contains(b))
                };
                let before = usize::from(beside(start.checked_sub(1)));
                let after = usize::from(beside(Some(end)));
                found(start - before, end + after, form.name);
            }
        }
    }

    fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        Sha256::new_with_prefix(self.salt)
            .chain_update(bytes)
            .finalize()
            .into()
    }

    #[inline]
    fn sum(&self, window: u64) -> u64 {
        (window ^ self.keys[0]).wrapping_mul(self.keys[1])
    }
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the upper bits are shifted down first"
)]
fn split(sum: u64) -> (usize, u32) {
    ((sum >> (64 - BITS)) as usize, (sum >> 15) as u32)
}

fn narrow(window: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes[..WINDOW].copy_from_slice(&window[..WINDOW]);
    u64::from_le_bytes(bytes)
}

type Bytes = Zeroizing<Vec<u8>>;

/// The ways in which a secret stands in files, each with whether it is base64.
fn forms(secret: &str) -> Vec<(Bytes, bool)> {
    let bytes = secret.as_bytes();
    let json = escaped(secret, Escape::Json);
    let mut forms = vec![Zeroizing::new(bytes.to_vec())];
    if let Ok(once) = std::str::from_utf8(&json) {
        forms.push(escaped(once, Escape::Json));
    }
    forms.extend([
        json,
        escaped(secret, Escape::JsonSlashes),
        escaped(secret, Escape::JsonAscii),
        escaped(secret, Escape::Xml),
        escaped(secret, Escape::XmlQuotes),
        percent(bytes, true, "-_.~", "%20"),
        percent(bytes, false, "-_.~", "%20"),
        percent(bytes, true, "-_.~!'()*", "%20"),
        percent(bytes, true, "-_.*", "+"),
        hex(bytes, b"0123456789abcdef"),
        hex(bytes, b"0123456789ABCDEF"),
    ]);
    let mut forms: Vec<(Bytes, bool)> = forms.into_iter().map(|form| (form, false)).collect();
    for before in 0..3 {
        let mut shifted = Zeroizing::new(vec![0; before]);
        shifted.extend(bytes);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = Zeroizing::new(engine.encode(&*shifted));
            // only what depends on no byte before or after it
            let (first, last) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
            forms.push((
                Zeroizing::new(encoded.as_bytes()[first..last].to_vec()),
                true,
            ));
        }
    }
    forms
}

/// The last hexadecimal digit of it.
fn digit(value: u16) -> char {
    char::from_digit(u32::from(value & 15), 16).unwrap_or('0')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    Json,
    JsonSlashes,
    JsonAscii,
    Xml,
    XmlQuotes,
}

fn escaped(text: &str, how: Escape) -> Bytes {
    let mut to = Zeroizing::new(String::with_capacity(text.len() * 6));
    for c in text.chars() {
        match (how, c) {
            (Escape::Xml | Escape::XmlQuotes, '&') => to.push_str("&amp;"),
            (Escape::Xml | Escape::XmlQuotes, '<') => to.push_str("&lt;"),
            (Escape::Xml | Escape::XmlQuotes, '>') => to.push_str("&gt;"),
            (Escape::XmlQuotes, '"') => to.push_str("&quot;"),
            (Escape::XmlQuotes, '\'') => to.push_str("&#39;"),
            (Escape::Xml | Escape::XmlQuotes, _) => to.push(c),
            (_, '"' | '\\') => {
                to.push('\\');
                to.push(c);
            }
            (Escape::JsonSlashes, '/') => to.push_str("\\/"),
            (_, '\n') => to.push_str("\\n"),
            (_, '\r') => to.push_str("\\r"),
            (_, '\t') => to.push_str("\\t"),
            (Escape::JsonAscii, c) if !c.is_ascii() || "&<>=+'".contains(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    to.push_str("\\u");
                    for shift in [12, 8, 4, 0] {
                        to.push(digit(*unit >> shift));
                    }
                }
            }
            (_, c) => to.push(c),
        }
    }
    Zeroizing::new(to.as_bytes().to_vec())
}

fn percent(bytes: &[u8], upper: bool, kept: &str, space: &str) -> Bytes {
    let mut to = Zeroizing::new(Vec::with_capacity(bytes.len() * 3));
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(byte) {
            to.push(*byte);
        } else if *byte == b' ' {
            to.extend(space.as_bytes());
        } else if upper {
            to.extend(format!("%{byte:02X}").as_bytes());
        } else {
            to.extend(format!("%{byte:02x}").as_bytes());
        }
    }
    to
}

fn hex(bytes: &[u8], digits: &[u8; 16]) -> Bytes {
    let mut to = Zeroizing::new(Vec::with_capacity(bytes.len() * 2));
    for byte in bytes {
        to.extend([
            digits[usize::from(byte >> 4)],
            digits[usize::from(byte & 15)],
        ]);
    }
    to
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(known: &Known, text: &[u8]) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        known.each(text, 0, text.len(), |start, end, _| {
            places.push((start, end));
        });
        places
    }

    #[test]
    fn a_secret_that_would_be_found_everywhere_is_refused_and_says_so() {
        let mut known = Known::none();
        let error = known.add("a pin", "12345").unwrap_err();
        assert_eq!(error, NotKnown::TooShort);
        assert!(error.to_string().contains("found everywhere"));
        assert_eq!(
            known.add("a book", &"x".repeat(LONGEST + 1)),
            Err(NotKnown::TooLong)
        );
        assert!(known.is_empty());
    }

    #[test]
    fn each_form_of_it_is_found() {
        let secret = "p\u{e4}ss/w\"r\\d+&=<7 x";
        let mut known = Known::new([7; 32]);
        known.add("one", secret).unwrap();
        for text in [
            secret.to_owned(),
            r#""p\u00e4ss/w\"r\\d\u002b\u0026\u003d\u003c7 x""#.to_owned(),
            "p\u{e4}ss/w\\\"r\\\\d+&=<7 x".to_owned(),
            "p\u{e4}ss\\/w\\\"r\\\\d+&=<7 x".to_owned(),
            "p%C3%A4ss%2Fw%22r%5Cd%2B%26%3D%3C7%20x".to_owned(),
            "p%c3%a4ss%2fw%22r%5cd%2b%26%3d%3c7%20x".to_owned(),
            "p%C3%A4ss%2Fw%22r%5Cd%2B%26%3D%3C7+x".to_owned(),
            "<v>p\u{e4}ss/w\"r\\d+&amp;=&lt;7 x</v>".to_owned(),
            hex_of(secret.as_bytes()),
            hex_of(secret.as_bytes()).to_uppercase(),
        ] {
            assert!(!found(&known, text.as_bytes()).is_empty(), "{text}");
        }
    }

    fn hex_of(bytes: &[u8]) -> String {
        String::from_utf8(hex(bytes, b"0123456789abcdef").to_vec()).unwrap()
    }

    proptest! {
        #[test]
        fn it_is_found_at_every_place_and_in_every_alignment_of_base64(
            secret in "[!-~]{6,40}", before in "[ -~]{0,20}", after in "[ -~]{0,20}"
        ) {
            let mut known = Known::new([1; 32]);
            known.add("one", &secret).unwrap();
            known.add("another", "a much longer secret than that").unwrap();
            let text = format!("{before}{secret}{after}");
            let at = before.len();
            prop_assert!(found(&known, text.as_bytes()).contains(&(at, at + secret.len())));
            let encoded = STANDARD_NO_PAD.encode(&text);
            prop_assert!(!found(&known, encoded.as_bytes()).is_empty(), "{}", encoded);
        }

        #[test]
        fn other_text_is_not(text in "[a-m ]{0,400}") {
            let mut known = Known::new([1; 32]);
            known.add("one", "nopqrs").unwrap();
            prop_assert_eq!(found(&known, text.as_bytes()), []);
        }
    }
}
