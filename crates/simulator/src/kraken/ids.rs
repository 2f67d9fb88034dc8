//! The venue's names of orders and trades, made from the world's numbers and read back.

use crate::world::PermId;

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A transaction id of spot: `O2ABCD-ABCDE-ABCDEF`.
pub(super) fn txid(order: PermId) -> String {
    let mut rest = order.0.unsigned_abs();
    let mut letters = [b'A'; 16];
    for letter in letters.iter_mut().rev() {
        *letter = LETTERS[usize::try_from(rest % 32).unwrap_or(0)];
        rest /= 32;
    }
    let text = String::from_utf8_lossy(&letters);
    format!("O{}-{}-{}", &text[..5], &text[5..10], &text[10..])
}

/// The order of a transaction id.
pub(super) fn of_txid(id: &str) -> Option<PermId> {
    let letters = id.strip_prefix('O')?;
    let mut number: u64 = 0;
    for letter in letters.bytes().filter(|byte| *byte != b'-') {
        let digit = LETTERS.iter().position(|known| *known == letter)?;
        number = number
            .checked_mul(32)?
            .checked_add(digit.try_into().ok()?)?;
    }
    let order = PermId(i64::try_from(number).ok()?);
    (txid(order) == id).then_some(order)
}

/// An order id of futures, a UUID.
pub(super) fn uuid(order: PermId) -> String {
    let number = order.0.unsigned_abs();
    format!(
        "{:08x}-0b5e-4a1d-9c3f-{:012x}",
        number >> 48,
        number & 0xffff_ffff_ffff
    )
}

/// The order of a UUID.
pub(super) fn of_uuid(id: &str) -> Option<PermId> {
    let high = u64::from_str_radix(id.get(..8)?, 16).ok()?;
    let low = u64::from_str_radix(id.get(24..)?, 16).ok()?;
    let order = PermId(i64::try_from((high << 48) | low).ok()?);
    (uuid(order) == id).then_some(order)
}

/// A trade of spot (`TABCDE-...`), or a fill of futures, from the world's own id of it.
pub(super) fn trade(execution: &str) -> String {
    let mut hex: String = execution
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect::<String>()
        .to_ascii_uppercase();
    hex.truncate(17);
    format!("T{hex:0>17}")
        .as_bytes()
        .chunks(6)
        .map(String::from_utf8_lossy)
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_found_by_the_name_that_it_was_given() {
        for number in [0, 1, 31, 32, 1_370_093_239, i64::MAX] {
            let order = PermId(number);
            assert_eq!(of_txid(&txid(order)), Some(order), "{}", txid(order));
            assert_eq!(of_uuid(&uuid(order)), Some(order), "{}", uuid(order));
        }
        for bad in ["", "O", "OABCDE", "oaaaaa-aaaaa-aaaaaa", "1", "O-----"] {
            assert_eq!(of_txid(bad), None, "{bad}");
            assert_eq!(of_uuid(bad), None, "{bad}");
        }
    }
}
