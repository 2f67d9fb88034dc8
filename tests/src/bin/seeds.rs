//! Plays seeded emergencies and says which of them made Firebreak lie.
//!
//! `seeds --seeds N` plays seeds 1 to N on all cores; `seeds --seed S` plays one and prints it.

use std::{
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use tests::seeds::{Case, Played, play};

#[expect(clippy::print_stdout, reason = "this program's output is its result")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(what), Some(Ok(number))) = (
        arguments.next(),
        arguments.next().map(|text| text.parse::<u64>()),
    ) else {
        return usage();
    };
    match what.as_str() {
        "--seed" => show(number),
        "--seeds" => {
            let from = match (arguments.next().as_deref(), arguments.next()) {
                (None, _) => 1,
                (Some("--from"), Some(from)) => match from.parse() {
                    Ok(from) => from,
                    Err(_) => return usage(),
                },
                _ => return usage(),
            };
            let began = Instant::now();
            let bad = play_all(from, number);
            println!(
                "{number} seeds in {:.1} s: {} lies, {} starved",
                began.elapsed().as_secs_f32(),
                bad.iter()
                    .filter(|(_, played)| played.lie.is_some())
                    .count(),
                bad.iter()
                    .filter(|(_, played)| played.starved.is_some())
                    .count(),
            );
            if bad.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        _ => usage(),
    }
}

#[expect(clippy::print_stderr, reason = "this program has a terminal")]
fn usage() -> ExitCode {
    eprintln!("usage: seeds --seeds N [--from S] | seeds --seed S");
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "this program's output is its result")]
fn play_all(from: u64, count: u64) -> Vec<(u64, Played)> {
    let next = AtomicU64::new(from);
    let done = AtomicU64::new(0);
    let bad = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count {
                        return;
                    }
                    let played = play(&Case::of(seed));
                    if let Some(lie) = &played.lie {
                        println!("seed {seed} LIED at {lie}");
                        println!("  replay: cargo xtask simulate --seed {seed}");
                    }
                    if let Some(starved) = &played.starved {
                        println!("seed {seed} STARVED: {starved}");
                        println!("  replay: cargo xtask simulate --seed {seed}");
                    }
                    if played.lie.is_some() || played.starved.is_some() {
                        bad.lock()
                            .expect("no player panics while it holds this")
                            .push((seed, played));
                    }
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    if done.is_multiple_of(1_000) {
                        println!("{done} of {count} seeds played");
                    }
                }
            });
        }
    });
    bad.into_inner()
        .expect("no player panics while it holds this")
}

#[expect(clippy::print_stdout, reason = "this program's output is its result")]
fn show(seed: u64) -> ExitCode {
    let case = Case::of(seed);
    println!("{case:#?}");
    let played = play(&case);
    for line in &played.lines {
        match serde_json::to_string(&line.event) {
            Ok(event) => println!("{:>4} {:>7} ms  {event}", line.seq, line.mono_ms),
            Err(error) => println!("{:>4} cannot be shown: {error}", line.seq),
        }
    }
    for (task, word) in &played.words {
        println!("{word:>10}  {task}");
    }
    println!("contained: {}", played.contained);
    match (&played.lie, &played.starved) {
        (Some(lie), _) => println!("LIED at {lie}"),
        (None, Some(starved)) => println!("STARVED: {starved}"),
        (None, None) => {
            println!("no lie");
            return ExitCode::SUCCESS;
        }
    }
    ExitCode::FAILURE
}
