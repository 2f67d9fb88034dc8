//! A real time-stamp authority: `openssl ts`, with certificates of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use evidence::Stamper;
use tempfile::TempDir;

/// With which keys an authority signs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keys {
    Rsa(&'static str),
    Curve(&'static str, &'static str),
}

/// An authority and the root above it.
pub(crate) struct Authority {
    folder: TempDir,
    digest: &'static str,
}

const CONFIG: &str = "
[ tsa ]
default_tsa = one
[ one ]
dir = .
serial = serial
signer_cert = tsa.pem
certs = root.pem
signer_key = tsa.key
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
";

impl Authority {
    /// One whose certificate is good for `days` from today, for `usage`.
    pub(crate) fn new(keys: Keys, days: &str, usage: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (new_key, digest): (Vec<String>, _) = match keys {
            Keys::Rsa(digest) => (vec!["rsa:2048".to_owned()], digest),
            Keys::Curve(curve, digest) => {
                let option = format!("ec_paramgen_curve:{curve}");
                (vec!["ec".to_owned(), "-pkeyopt".to_owned(), option], digest)
            }
        };
        let at = folder.path();
        fs::write(
            at.join("usage.cnf"),
            format!("extendedKeyUsage = {usage}\n"),
        )
        .unwrap();
        fs::write(at.join("serial"), "01\n").unwrap();
        fs::write(at.join("tsa.cnf"), CONFIG).unwrap();
        let mut root = vec!["req", "-x509", "-nodes", "-days", "30", "-newkey"];
        root.extend(new_key.iter().map(String::as_str));
        let hash = format!("-{digest}");
        root.extend([&hash, "-keyout", "root.key", "-out", "root.pem"]);
        root.extend(["-subj", "/CN=Test root"]);
        openssl(at, &root);
        let mut asked = vec!["req", "-nodes", "-newkey"];
        asked.extend(new_key.iter().map(String::as_str));
        asked.extend([
            "-keyout",
            "tsa.key",
            "-out",
            "tsa.csr",
            "-subj",
            "/CN=Test authority",
        ]);
        openssl(at, &asked);
        openssl(
            at,
            &[
                "x509",
                "-req",
                "-in",
                "tsa.csr",
                "-CA",
                "root.pem",
                "-CAkey",
                "root.key",
                "-CAcreateserial",
                "-out",
                "tsa.pem",
                "-days",
                days,
                &hash,
                "-extfile",
                "usage.cnf",
            ],
        );
        Self { folder, digest }
    }

    /// A good one.
    pub(crate) fn good() -> Self {
        Self::new(Keys::Rsa("sha256"), "30", "critical,timeStamping")
    }

    /// The certificate that a reader would trust.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }
}

impl Stamper for Authority {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        let at = self.folder.path();
        fs::write(at.join("query.tsq"), request).unwrap();
        let hash = format!("-{}", self.digest);
        openssl(
            at,
            &[
                "ts",
                "-reply",
                "-config",
                "tsa.cnf",
                "-queryfile",
                "query.tsq",
                "-out",
                "answer.tsr",
                &hash,
            ],
        );
        Ok(fs::read(at.join("answer.tsr")).unwrap())
    }
}

/// An authority that answers as it is told.
pub(crate) struct Scripted<F: Fn(&[u8]) -> Result<Vec<u8>, String>>(pub(crate) F);

impl<F: Fn(&[u8]) -> Result<Vec<u8>, String>> Stamper for Scripted<F> {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        (self.0)(request)
    }
}

fn openssl(at: &Path, arguments: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(at)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {said}");
}
