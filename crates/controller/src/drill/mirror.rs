//! Writes a drill's story into the journal of its run, so that the journal is enough to score it.

use drill::{Told, stage::Story};

use crate::{Command, Handle, Reply};

/// Ends with the story's last line, or once the run takes no more.
pub(super) async fn into_journal(story: Story, controller: Handle, run: String) {
    let mut count = story.count();
    let mut written = 0;
    loop {
        for line in story.since(written) {
            written += 1;
            let Ok(value) = serde_json::to_value(&line) else {
                continue;
            };
            let command = Command::Tell {
                run: run.clone(),
                line: value,
            };
            let taken = controller.ask(command).await.recv().await;
            if !matches!(taken, Some(Reply::Done(_))) || matches!(line.told, Told::Ended { .. }) {
                return;
            }
        }
        if count.changed().await.is_err() {
            return;
        }
    }
}
