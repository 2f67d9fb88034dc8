//! The program's own log: rotating files in the home, for problem reports.
//!
//! It says what was done, never with what: no secret, no account number, no body of an answer.
//! Only this workspace's own targets are let in, so that no library writes them either.

use std::path::Path;

use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _};

use crate::Error;

/// What is logged unless `FIREBREAK_LOG` says otherwise: ours, and nothing of the libraries, whose
/// debug output may quote requests.
const FILTER: &str = "off,controller=info,incident=info,venues=info,evidence=info,vault=info,\
                      cli=info,firebreak=info";

/// Keeps the log's writer alive; the last lines are written when it is dropped.
pub struct Logs {
    _guard: WorkerGuard,
}

/// Starts logging to `folder`, a file a day, fourteen kept. A second call in one process only
/// makes the files.
pub fn start(folder: &Path) -> Result<Logs, Error> {
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("firebreak")
        .filename_suffix("log")
        .max_log_files(14)
        .build(folder)
        .map_err(|e| {
            Error::wrong(format!("cannot write a log in {}: {e}", folder.display()))
                .next("make the folder writable, or choose another home with --home")
        })?;
    let (writer, guard) = tracing_appender::non_blocking(appender);
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(writer)
        .with_filter(EnvFilter::new(FILTER));
    let subscriber = tracing_subscriber::registry().with(layer);
    // a process that hosts two controllers logs to the first one's folder
    drop(tracing::subscriber::set_global_default(subscriber));
    Ok(Logs { _guard: guard })
}
