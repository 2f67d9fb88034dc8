//! Whether a request was signed by who holds the key.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};

/// Spot: HMAC-SHA512 over the path and the SHA-256 of nonce and body.
pub(super) fn spot(secret: &str, path: &str, nonce: &str, body: &[u8], shown: &str) -> bool {
    let mut hash = Sha256::new();
    hash.update(nonce.as_bytes());
    hash.update(body);
    let mut signed = path.as_bytes().to_vec();
    signed.extend_from_slice(&hash.finalize());
    is_signed(secret, &signed, shown)
}

/// Futures: HMAC-SHA512 over the SHA-256 of data, nonce and path.
pub(super) fn futures(secret: &str, path: &str, nonce: &str, data: &[u8], shown: &str) -> bool {
    let mut hash = Sha256::new();
    hash.update(data);
    hash.update(nonce.as_bytes());
    hash.update(path.as_bytes());
    is_signed(secret, &hash.finalize(), shown)
}

fn is_signed(secret: &str, signed: &[u8], shown: &str) -> bool {
    let (Ok(secret), Ok(shown)) = (STANDARD.decode(secret), STANDARD.decode(shown)) else {
        return false;
    };
    Hmac::<Sha512>::new_from_slice(&secret).is_ok_and(|mut mac| {
        mac.update(signed);
        mac.verify_slice(&shown).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str =
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==";
    const SECRET: &str =
        "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";

    #[test]
    fn krakens_own_example_is_signed_and_nothing_near_it_is() {
        let body =
            b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25";
        let nonce = "1616492376594";
        let path = "/0/private/AddOrder";
        assert!(spot(SECRET, path, nonce, body, EXAMPLE));
        assert!(!spot(SECRET, "/0/private/Balance", nonce, body, EXAMPLE));
        assert!(!spot(SECRET, path, "1616492376595", body, EXAMPLE));
        assert!(!spot(SECRET, path, nonce, b"nonce=1616492376594", EXAMPLE));
        assert!(!spot(SECRET, path, nonce, body, "AAAA"));
        assert!(!spot(SECRET, path, nonce, body, ""));
    }

    #[test]
    fn futures_sign_the_path_without_its_first_part() {
        let secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let shown = "6kMxCBq1tHX9qloJOrjYTJSoS21VAm1SxCpqqyGaA4MbbPniXBnohySLcNch9GEom+mAVurw57x36zFWmBLykw==";
        assert!(futures(secret, "/api/v3/cancelallorders", "", b"", shown));
        assert!(!futures(
            secret,
            "/derivatives/api/v3/cancelallorders",
            "",
            b"",
            shown
        ));
    }
}
