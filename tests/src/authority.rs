//! A time-stamp authority on loopback: its own certificates, and `openssl ts` behind HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What `openssl` is told of the authority.
const SETTINGS: &str = "\
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[stamps]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = the_tsa
[the_tsa]
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
";

/// An authority that answers until it is dropped.
pub struct Authority {
    folder: tempfile::TempDir,
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Authority {
    /// Makes its root and its signing certificate, and listens.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("tsa.cnf"), SETTINGS).unwrap();
        fs::write(at.join("serial"), "01\n").unwrap();
        let days = ["-days", "30", "-config", "tsa.cnf"];
        openssl(
            at,
            &[
                "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key",
            ],
            &[
                "-out",
                "root.csr",
                "-subj",
                "/CN=Test root",
                "-config",
                "tsa.cnf",
            ],
        );
        openssl(
            at,
            &["x509", "-req", "-in", "root.csr", "-signkey", "root.key"],
            &[
                "-out",
                "root.pem",
                "-extfile",
                "tsa.cnf",
                "-extensions",
                "root",
                "-days",
                "30",
            ],
        );
        openssl(
            at,
            &[
                "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key",
            ],
            &[
                "-out",
                "tsa.csr",
                "-subj",
                "/CN=Test authority",
                "-config",
                "tsa.cnf",
            ],
        );
        openssl(
            at,
            &[
                "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
            ],
            &[
                "-CAcreateserial",
                "-out",
                "tsa.pem",
                "-extfile",
                "tsa.cnf",
                "-extensions",
                "stamps",
                days[0],
                days[1],
            ],
        );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/tsr", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, at) = (Arc::clone(&asked), at.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // its folder goes when the test has ended
                if !at.exists() {
                    break;
                }
                count.fetch_add(1, Ordering::SeqCst);
                answer(stream.unwrap(), &at);
            }
        });
        Self { folder, url, asked }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate that whoever trusts it trusts.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream, at: &Path) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut query = vec![0; length];
    reader.read_exact(&mut query).unwrap();
    fs::write(at.join("query.tsq"), query).unwrap();
    openssl(
        at,
        &["ts", "-reply", "-config", "tsa.cnf", "-section", "the_tsa"],
        &[
            "-queryfile",
            "query.tsq",
            "-signer",
            "tsa.pem",
            "-inkey",
            "tsa.key",
            "-out",
            "reply.tsr",
        ],
    );
    let reply = fs::read(at.join("reply.tsr")).unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/timestamp-reply\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        reply.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&reply).unwrap();
}

fn openssl(at: &Path, first: &[&str], rest: &[&str]) {
    let ran = Command::new("openssl")
        .args(first)
        .args(rest)
        .current_dir(at)
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "openssl {first:?}: {}",
        String::from_utf8_lossy(&ran.stderr)
    );
}
