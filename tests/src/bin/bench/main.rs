//! The speed figures, each beside its baseline from the same run on the same machine.
//!
//! `cargo xtask bench [NAME]...`. Nothing here is a test: a figure that misses its goal is printed
//! as missed and changes no exit code. Everything is measured against simulated venues on loopback.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "figures go to standard output, progress beside it"
)]

#[cfg(target_os = "linux")]
mod bundle;
mod cold;
#[cfg(target_os = "linux")]
mod exchange;
mod figure;
mod fleet;
mod ground;
mod hold;
mod journal;
mod press;
mod tap;
#[cfg(target_os = "linux")]
mod window;

use std::{env, error::Error, process::ExitCode};

use figure::Figure;

/// What any benchmark may stumble over; it is told and the next one goes on.
type Failure = Box<dyn Error + Send + Sync>;

struct Benchmark {
    name: &'static str,
    run: fn() -> Result<Vec<Figure>, Failure>,
}

const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "press",
        run: press::figures,
    },
    Benchmark {
        name: "cold",
        run: cold::figures,
    },
    #[cfg(target_os = "linux")]
    Benchmark {
        name: "exchange",
        run: exchange::figures,
    },
    Benchmark {
        name: "fleet",
        run: fleet::figures,
    },
    Benchmark {
        name: "journal",
        run: journal::figures,
    },
    #[cfg(target_os = "linux")]
    Benchmark {
        name: "bundle",
        run: bundle::figures,
    },
    #[cfg(target_os = "linux")]
    Benchmark {
        name: "window",
        run: window::figures,
    },
];

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if let Some(folder) = env::var_os(bundle::PACK) {
        return bundle::child(folder.as_ref());
    }
    let wanted = env::args().skip(1).collect::<Vec<_>>();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !BENCHMARKS.iter().any(|benchmark| benchmark.name == **name))
    {
        let names = BENCHMARKS.iter().map(|benchmark| benchmark.name);
        let names = names.collect::<Vec<_>>().join(", ");
        eprintln!("no benchmark `{unknown}`; there are {names}");
        return ExitCode::FAILURE;
    }
    if cfg!(debug_assertions) {
        eprintln!("this is a debug build: its figures say nothing. Run cargo xtask bench.");
    }

    let mut figures = Vec::new();
    let mut exit = ExitCode::SUCCESS;
    for benchmark in BENCHMARKS {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == benchmark.name) {
            continue;
        }
        eprintln!("measuring {} ...", benchmark.name);
        match (benchmark.run)() {
            Ok(measured) => figures.extend(measured),
            Err(error) => {
                eprintln!("{} could not be measured: {error}", benchmark.name);
                exit = ExitCode::FAILURE;
            }
        }
    }
    print!("{}", figure::table(&figures));
    exit
}
