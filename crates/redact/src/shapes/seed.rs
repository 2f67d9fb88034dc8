//! The words of a wallet (BIP-39): twelve or more small words behind a word for them.

use super::Hit;
use super::text::run;

/// Twelve or more small words behind the word for them.
pub(super) fn look(text: &[u8], end: usize, hits: &mut Vec<Hit>) {
    // the rest of the name and what separates it
    let mut at = end;
    let last = (end + 60).min(text.len());
    while at < last {
        if let Some((stop, words)) = words_from(text, at) {
            if words >= 12 {
                hits.push(Hit::secret(at, stop, "the words of a wallet"));
            }
            if words >= 12 || stop >= last {
                return;
            }
        }
        at = run(text, at, 60, |b| b.is_ascii_alphanumeric());
        at = run(text, at, 60, |b| !b.is_ascii_alphanumeric());
        // `\n` and the like belong to no word
        if at > 0 && at < text.len() && text[at - 1] == b'\\' {
            at += 1;
        }
    }
}

/// How many words of a wallet follow one another, and where they end. Either each has quotes or none.
fn words_from(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    let mut end = from;
    let mut words = 0;
    let mut quotes = None;
    while words < 24 {
        let stop = run(text, at, 9, |b| b.is_ascii_lowercase());
        let whole = !text
            .get(stop)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
        if !(3..=8).contains(&(stop - at)) || !whole {
            break;
        }
        words += 1;
        end = stop;
        at = run(text, stop, 6, |b| {
            b.is_ascii_whitespace() || b",\"'".contains(&b)
        });
        // `2. word`
        let number = run(text, at, 2, |b| b.is_ascii_digit());
        if number > at && matches!(text.get(number), Some(b'.' | b')' | b':')) {
            at = run(text, number + 1, 3, |b| b == b' ');
        }
        let quoted = text[stop..at].iter().filter(|b| b"\"'".contains(b)).count();
        if at == stop || *quotes.get_or_insert(quoted) != quoted {
            break;
        }
    }
    (words > 0).then_some((end, words))
}
