//! How Kraken's requests are signed. The private key is base64 and only decoded here; nothing of it
//! leaves this file but the signature.
//!
//! Spot: `API-Sign = base64(HMAC-SHA512(key, path + SHA256(nonce + body)))`.
//! Futures: `Authent = base64(HMAC-SHA512(key, SHA256(data + nonce + path)))`, the path without
//! `/derivatives`, the nonce left out where none is sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use door::{DoorError, ErrorClass};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use vault::Secret;
use zeroize::Zeroizing;

/// The `API-Sign` header of a private spot request.
pub(super) fn spot(
    path: &str,
    nonce: u64,
    body: &str,
    secret: &Secret,
) -> Result<String, DoorError> {
    let digest = Sha256::new()
        .chain_update(nonce.to_string())
        .chain_update(body)
        .finalize();
    sign(secret, &[path.as_bytes(), &digest])
}

/// The `Authent` header of a futures request without a nonce. `data` is the query or the form body.
pub(super) fn futures(path: &str, data: &str, secret: &Secret) -> Result<String, DoorError> {
    let signed = path.strip_prefix("/derivatives").unwrap_or(path);
    let digest = Sha256::new()
        .chain_update(data)
        .chain_update(signed)
        .finalize();
    sign(secret, &[&digest])
}

fn sign(secret: &Secret, parts: &[&[u8]]) -> Result<String, DoorError> {
    let key = STANDARD
        .decode(secret.expose().trim())
        .map(Zeroizing::new)
        .map_err(|_| no_private_key())?;
    let mut mac = Hmac::<Sha512>::new_from_slice(&key).map_err(|_| no_private_key())?;
    for part in parts {
        mac.update(part);
    }
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

fn no_private_key() -> DoorError {
    DoorError::new(
        ErrorClass::Unauthorised,
        "",
        "what is kept as this account's private key is not one of Kraken's; nothing was sent",
    )
    .next("Enter the key again: Kraken shows the private key once, as letters and digits that end in ==.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn spot_signs_as_krakens_own_example() {
        let signed = spot(
            "/0/private/AddOrder",
            1_616_492_376_594,
            "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
            &secret(
                "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",
            ),
        );
        assert_eq!(
            signed.unwrap(),
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
        );
    }

    #[test]
    fn spot_signs_as_another_implementation_does() {
        let signed = spot(
            "/0/private/CancelAll",
            1_700_000_000_000,
            "nonce=1700000000000",
            &secret(SHARED),
        );
        assert_eq!(
            signed.unwrap(),
            "DaIR8lhHqNytq/23WYSXhGeXld0vlGaBKJ030wpNyWZuiOgjrzfS3Pn81ui4SOI3nCgTSkOi67pIsS5xvnYq6w=="
        );
    }

    #[test]
    fn futures_signs_as_another_implementation_does() {
        let signed = futures("/derivatives/api/v3/cancelallorders", "", &secret(SHARED));
        assert_eq!(
            signed.unwrap(),
            "6kMxCBq1tHX9qloJOrjYTJSoS21VAm1SxCpqqyGaA4MbbPniXBnohySLcNch9GEom+mAVurw57x36zFWmBLykw=="
        );
    }

    #[test]
    fn what_is_no_private_key_is_said_before_anything_is_sent() {
        let error = spot("/0/private/Balance", 1, "nonce=1", &secret("my password")).unwrap_err();
        assert_eq!(error.class, ErrorClass::Unauthorised);
        assert!(!error.next.is_empty());
    }
}
