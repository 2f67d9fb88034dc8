//! Certificates of authorities that were added to those of the system: who has the key of one reads and
//! changes every page.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use machine::{Os, Unreadable, join};
use serde::Serialize;
use sha2::{Digest, Sha256};
use x509_cert::{Certificate, der::Decode, ext::pkix::BasicConstraints, time::Time};

use crate::lists::Kind;

use super::{
    look::{Found, Look, Times, when},
    registry,
    sqlite::Store,
};

const WHY: &str = "Who has its key can read and change every page, also the broker's.";
/// NSS trusts it to name servers (`CKT_NSS_TRUSTED_DELEGATOR`).
const TRUSTED: &[u8] = &[0xce, 0x53, 0x43, 0x52];

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Row {
    place: String,
    sha256: String,
    subject: String,
    issuer: String,
    valid_from: Option<Timestamp>,
    valid_to: Option<Timestamp>,
    is_authority: bool,
    /// Whether the store says that it may name servers.
    trusted: bool,
}

pub(super) fn look(look: &Look, found: &mut Found) {
    let mut rows = Vec::new();
    for (path, artifact) in look.files(found, "root-certificates") {
        if look.machine.about(&path).is_ok_and(|about| about.is_dir()) {
            continue;
        }
        if artifact.kind == Kind::Nss {
            nss(look, found, &path, &mut rows);
        } else {
            let read = look.machine.read_bytes(&path, machine::MOST);
            let Some(bytes) = found.take(&path, read) else {
                continue;
            };
            let of_file = of_pem(&bytes);
            if of_file.is_empty() {
                found.odd(&path, "is no certificate");
            }
            for der in of_file {
                match row(&path, &der, true) {
                    Some(row) => rows.push(row),
                    None => found.odd(&path, "holds a certificate that cannot be read"),
                }
            }
        }
    }
    for profile in look.profiles(found) {
        let path = join(&profile.folder, "cert9.db");
        if look.machine.exists(&path) {
            nss(look, found, &path, &mut rows);
        }
    }
    match look.machine.os() {
        Os::Linux => {}
        Os::MacOs => mac(look, found, &mut rows),
        Os::Windows => windows(look, found),
    }
    rows.sort();
    for row in rows.iter().filter(|row| row.trusted && row.is_authority) {
        let what = format!("A root certificate was added: {}", row.subject);
        let added = Times::of(&look.machine, &row.place).latest();
        found.see(what, WHY, added, &row.place);
    }
    found.put("certificates", &rows);
}

fn row(place: &str, der: &[u8], trusted: bool) -> Option<Row> {
    let certificate = Certificate::from_der(der).ok()?.tbs_certificate;
    let authority = certificate.get::<BasicConstraints>().ok().flatten();
    let at = |time: Time| when(i64::try_from(time.to_unix_duration().as_secs()).ok()?);
    Some(Row {
        place: place.to_owned(),
        sha256: hex::encode(Sha256::digest(der)),
        subject: certificate.subject.to_string(),
        issuer: certificate.issuer.to_string(),
        valid_from: at(certificate.validity.not_before),
        valid_to: at(certificate.validity.not_after),
        // the oldest kind says nothing of it, and is believed
        is_authority: authority.map_or(certificate.extensions.is_none(), |(_, of)| of.ca),
        trusted,
    })
}

/// The certificates of a file: in PEM, or one in DER.
fn of_pem(bytes: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains("-----BEGIN") {
        return Certificate::from_der(bytes)
            .map(|_| vec![bytes.to_owned()])
            .unwrap_or_default();
    }
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    blocks
        .filter_map(|block| {
            let (inside, _) = block.split_once("-----END")?;
            let inside: String = inside.split_whitespace().collect();
            STANDARD.decode(inside).ok()
        })
        .collect()
}

/// A store of NSS: the certificates with a trust object that lets them name servers.
fn nss(look: &Look, found: &mut Found, path: &str, rows: &mut Vec<Row>) {
    let read = || -> Result<Vec<(Vec<u8>, bool)>, Unreadable> {
        let store = Store::open(&look.machine, path, look.until)?;
        // columns are named by the number of the attribute: a11 the certificate, a81 and a82 whose it
        // is, ace536358 whether it may name servers
        let columns = store.columns("nssPublic");
        if !["a11", "a81", "a82"]
            .iter()
            .all(|c| columns.iter().any(|known| known == c))
        {
            return Ok(Vec::new());
        }
        let blob = |row: &rusqlite::Row<'_>, at| row.get::<_, Vec<u8>>(at).unwrap_or_default();
        let mut trusted = Vec::new();
        if columns.iter().any(|known| known == "ace536358") {
            let select = "SELECT a81, a82, ace536358 FROM nssPublic WHERE ace536358 IS NOT NULL";
            let all = store.rows(select, |row| {
                (blob(row, 2) == TRUSTED).then(|| (blob(row, 0), blob(row, 1)))
            })?;
            trusted = all.0;
        }
        let select =
            "SELECT a11, a81, a82 FROM nssPublic WHERE a0 = x'00000001' AND a11 IS NOT NULL";
        let all = store.rows(select, |row| {
            let is = trusted.contains(&(blob(row, 1), blob(row, 2)));
            Some((blob(row, 0), is))
        })?;
        Ok(all.0)
    };
    if let Some(all) = found.take(path, read()) {
        rows.extend(
            all.iter()
                .filter_map(|(der, trusted)| row(path, der, *trusted)),
        );
    }
}

fn mac(look: &Look, found: &mut Found, rows: &mut Vec<Row>) {
    let home = look.machine.in_home("Library/Keychains/login.keychain-db");
    for keychain in ["/Library/Keychains/System.keychain", &home] {
        let command = ["security", "find-certificate", "-a", "-p", keychain];
        if let Some(said) = look.ask(found, &command) {
            let of_keychain = of_pem(said.as_bytes());
            rows.extend(
                of_keychain
                    .iter()
                    .filter_map(|der| row(keychain, der, true)),
            );
        }
    }
}

/// The registry names them by their SHA-1, and holds each as a value that is not read.
fn windows(look: &Look, found: &mut Found) {
    let mut prints = Vec::new();
    for key in look.keys("root-certificates") {
        let Some(said) = look.ask(found, &["reg", "query", &key]) else {
            continue;
        };
        let below = registry::settings(&said).1.into_iter();
        let below =
            below.filter_map(|key| key.rsplit_once('\\').map(|(_, print)| print.to_owned()));
        for print in below.filter(|p| p.len() == 40 && p.chars().all(|c| c.is_ascii_hexdigit())) {
            let what = format!("A root certificate was added: SHA-1 {print}");
            found.see(what, WHY, None, &key);
            prints.push(print);
        }
    }
    found.put("thumbprints_sha1", &prints);
}
