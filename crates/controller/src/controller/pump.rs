//! Carries a run's lines to one asker, and says when nothing is left that goes on by itself.

use std::time::Duration;

use incident::executor::LineStream;
use jiff::Timestamp;
use tokio::{sync::mpsc, time::sleep};

use crate::{Fold, Pressed, Reply};

/// How long a run is quiet before it is asked whether it has settled.
const QUIET: Duration = Duration::from_millis(60);

/// Ends with the run in this program, or when the asker has gone.
pub(super) async fn pump(
    run: String,
    how: Pressed,
    mut lines: LineStream,
    replies: mpsc::Sender<Reply>,
) {
    if replies.send(Reply::Pressed { run, how }).await.is_err() {
        return;
    }
    let mut fold = Fold::default();
    let mut said = false;
    loop {
        let line = tokio::select! {
            biased;
            line = lines.next() => line,
            () = sleep(QUIET), if !said => {
                if fold.is_settled(Timestamp::now())
                    && let Some(summary) = fold.summary()
                {
                    said = true;
                    if replies.send(Reply::Settled(Box::new(summary))).await.is_err() {
                        return;
                    }
                }
                continue;
            }
            () = replies.closed() => return,
        };
        let Some(line) = line else { return };
        if let Err(error) = fold.take(&line) {
            tracing::error!(%error, "the run's own line does not fold");
        }
        said = false;
        if replies
            .send(Reply::Line(Box::new((*line).clone())))
            .await
            .is_err()
        {
            return;
        }
    }
}
