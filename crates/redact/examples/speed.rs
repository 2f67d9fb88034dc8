//! How fast clean text and text with finds are searched and copied, beside the SHA-256 of the same bytes.
//!
//! `cargo run --release -p redact --example speed [FILE...]`: with files, what is found in each.

#![expect(clippy::print_stdout, reason = "it is a program for the terminal")]

use std::error::Error;
use std::fmt::Write;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Cursor};
use std::time::{Duration, Instant};

use redact::{Class, Known, Profile, Redactor, Words};
use sha2::{Digest, Sha256};

const BYTES: usize = 256 << 20;
const ROUNDS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if !files.is_empty() {
        return found(&files);
    }
    let texts = [
        ("JSON lines, clean", "a.jsonl", orders("")),
        ("a log, clean", "a.log", log()),
        (
            "JSON lines, a find in 100 lines",
            "a.jsonl",
            orders(",\"session\":\"9f86d081884c7d659a2feaa0c55ad015\""),
        ),
    ];
    for (title, name, text) in &texts {
        let sha = fastest(text.len(), || {
            black_box(Sha256::digest(text));
        });
        println!("{title}: SHA-256 {sha:.0} MB/s");
        for profile in ["own", "share"] {
            let redactor = redactor(profile)?;
            let copy = fastest(text.len(), || {
                let copied = redactor.copy(name, &mut Cursor::new(text), &mut io::sink());
                assert!(black_box(copied).is_ok());
            });
            println!("  {profile}: {copy:.0} MB/s, {:.2} of SHA-256", copy / sha);
        }
    }
    Ok(())
}

fn found(files: &[String]) -> Result<(), Box<dyn Error>> {
    let redactor = redactor("own")?;
    for path in files {
        let copied = redactor.copy(path, &mut File::open(path)?, &mut io::sink())?;
        for withheld in copied.withheld {
            let pointer = withheld.pointer.unwrap_or_default();
            println!("{path}:{}: {} {pointer}", withheld.line, withheld.reason);
        }
    }
    Ok(())
}

/// As the window makes one: some secrets are known, some words are listed.
fn redactor(profile: &str) -> Result<Redactor, Box<dyn Error>> {
    let mut known = Known::new([1; 32]);
    for number in 0..20 {
        known.add(
            "a secret",
            &format!("{number:02}-made-up-secret-of-an-account"),
        )?;
    }
    let mut words = Words::default();
    words.add(Class::HomeAddress, "1 High Street, Oldtown")?;
    words.add(Class::Computer, "adas-laptop")?;
    let profile = Profile::of_id(profile).ok_or("no such profile")?;
    Ok(Redactor::new(profile, known, words))
}

fn fastest(bytes: usize, mut run: impl FnMut()) -> f64 {
    let rounds = (0..ROUNDS).map(|_| {
        let (began, busy) = (Instant::now(), busy());
        run();
        match (busy, self::busy()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => began.elapsed(),
        }
    });
    let best = rounds.min().unwrap_or(Duration::MAX);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a quarter of a gibibyte is exact"
    )]
    let bytes = bytes as f64;
    bytes / 1e6 / best.as_secs_f64()
}

/// The time that the processor spent on this thread: what else runs does not count. Linux tells it.
fn busy() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ')
        .next()?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}

/// Rows as the Client Portal lists orders; `extra` is in every hundredth.
fn orders(extra: &str) -> Vec<u8> {
    let mut text = String::with_capacity(BYTES + 1024);
    let mut state = 1_u64;
    let mut count = 0;
    while text.len() < BYTES {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let (a, b, c) = (state >> 44, state >> 34, state >> 50);
        let extra = if count % 100 == 0 { extra } else { "" };
        let _ = writeln!(
            text,
            "{{\"row\":{a},\"orderId\":{b},\"conid\":{c},\"ticker\":\"AAPL\",\"side\":\"BUY\",\
             \"status\":\"Submitted\",\"remainingQuantity\":{c}.0,\"price\":\"{c}.25\",\
             \"lastExecutionTime_r\":17{b},\"orderType\":\"Limit\",\"listingExchange\":\"NASDAQ.NMS\",\
             \"description\":\"Buy {c} Limit 12.50, Day\"{extra}}}"
        );
        count += 1;
    }
    text.into_bytes()
}

fn log() -> Vec<u8> {
    let mut text = String::with_capacity(BYTES + 1024);
    let mut state = 1_u64;
    while text.len() < BYTES {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let (a, b) = (state >> 54, state >> 40);
        let _ = writeln!(
            text,
            "2026-11-24 10:{:02}:{:02}.{a:03} [JTS-EServerSocket-{a}] INFO  - [0:226:1:2:0:3:{b}:DET] Sent order \
             status for client {a}: filled 0, remaining {a}, average price 0.0",
            a % 60,
            b % 60
        );
    }
    text.into_bytes()
}
