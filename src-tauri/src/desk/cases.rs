//! Cases in the window: collecting, what the person adds, and the table of acts.

use std::{path::PathBuf, sync::Arc};

use controller::{
    cases::{self, Attaching, Watch},
    withhold::{self, Withhold},
};
use tokio::sync::Notify;

use super::{Desk, Told};
use crate::{
    ask::{self, EvidenceTold},
    convert,
    view::{Collecting, ExportWatch, Problem},
};

type Done = Result<EvidenceTold, controller::Error>;

/// A watch that goes on, and how it is ended.
pub(super) struct Watching {
    pub(super) view: ExportWatch,
    pub(super) end: Arc<Notify>,
}

impl Desk {
    pub(super) async fn attach_to_case(&self, run: String, file: Attaching) -> Done {
        let stored = cases::attach(&self.inner.home, &run, file).await?;
        Ok(done(&format!("Added. SHA-256 {}", stored.digest), run))
    }

    pub(super) async fn note_in_case(&self, run: String, text: String, step: String) -> Done {
        cases::note(&self.inner.home, &run, text, step).await?;
        Ok(done("Written down.", run))
    }

    pub(super) async fn contact(&self, run: String, contact: ask::SpokenWith) -> Done {
        let contact = cases::Contact {
            who: contact.who,
            at: contact.at,
            by: contact.by,
            number: contact.number,
            reference: contact.reference,
            said: contact.said,
        };
        cases::contact(&self.inner.home, &run, contact).await?;
        Ok(done("Written down.", run))
    }

    pub(super) async fn state_in_case(&self, run: String, text: String) -> Done {
        cases::state(&self.inner.home, &run, text).await?;
        Ok(done("The statement is kept.", run))
    }

    pub(super) async fn table(
        &self,
        run: &str,
        choice: ask::ActChoice,
        from: u32,
        count: u32,
    ) -> Done {
        let (home, choice) = (&self.inner.home, convert::act_choice(choice));
        let tables = &self.inner.tables;
        let page = tables
            .page(home, run, choice, wide(from), wide(count))
            .await?;
        Ok(EvidenceTold::Acts(convert::page(&page)))
    }

    pub(super) async fn losses(&self, run: &str) -> Done {
        let losses = self.inner.tables.losses(&self.inner.home, run).await?;
        Ok(EvidenceTold::Losses(convert::losses(&losses)))
    }

    pub(super) fn words(&self) -> Done {
        let words = withhold::words(&self.inner.home)?;
        let words = words.into_iter().map(|row| ask::WordsRow {
            class: row.class,
            text: row.text,
        });
        Ok(EvidenceTold::Words {
            words: words.collect(),
        })
    }

    pub(super) fn keep_words(&self, words: Vec<ask::WordsRow>) -> Done {
        let words = words.into_iter().map(|row| Withhold {
            class: row.class,
            text: row.text,
        });
        withhold::keep_words(&self.inner.home, words.collect())?;
        Ok(done("The words are kept.", String::new()))
    }

    pub(super) async fn read_case(&self, run: &str) -> Done {
        let home = &self.inner.home;
        let log = cases::log(home, run).await?;
        let steps = cases::steps(home, run)?;
        let (statement, _) = cases::statement(home, run).await?;
        Ok(EvidenceTold::Case(convert::case(
            run, steps, &log, statement,
        )))
    }

    pub(super) async fn mark(
        &self,
        run: String,
        keys: Vec<String>,
        choice: ask::ActChoice,
        verdict: Option<ask::ActVerdict>,
    ) -> Done {
        let verdict = verdict.map(convert::verdict_back);
        let count = self
            .inner
            .tables
            .mark(
                &self.inner.home,
                &run,
                keys,
                convert::act_choice(choice),
                verdict,
            )
            .await?;
        let words = match count {
            0 => "No row was marked.".to_owned(),
            1 => "1 row marked.".to_owned(),
            many => format!("{many} rows marked."),
        };
        Ok(done(&words, run))
    }

    /// Begins to collect. How far it is stands in the view.
    pub(super) fn collect(&self, run: Option<String>) -> Told<EvidenceTold> {
        {
            let mut state = self.state();
            if state.collecting.as_ref().is_some_and(|going| !going.ended) {
                return Err(Problem {
                    what: "this computer is being collected from".to_owned(),
                    untouched: "it goes on".to_owned(),
                    next: "wait for its end".to_owned(),
                });
            }
            state.collecting = Some(Collecting {
                run: run.clone().unwrap_or_default(),
                rows: cases::collectors(&[])
                    .iter()
                    .map(convert::collector)
                    .collect(),
                ended: false,
                problem: None,
            });
        }
        self.inner.changed.notify_one();
        let desk = self.clone();
        let into = run.clone();
        tauri::async_runtime::spawn(async move {
            let to_tell = desk.clone();
            let ended = cases::collect(&desk.inner.home, into.as_deref(), &[], move |step| {
                to_tell.collecting(&step);
            })
            .await;
            if let Some(collecting) = &mut desk.state().collecting {
                collecting.ended = true;
                match ended {
                    Ok(run) => collecting.run = run,
                    Err(error) => collecting.problem = Some(convert::problem(&error)),
                }
            }
            desk.inner.changed.notify_one();
        });
        Ok(done("Collecting has begun.", run.unwrap_or_default()))
    }

    fn collecting(&self, step: &cases::Step) {
        if let Some(collecting) = &mut self.state().collecting {
            let row = convert::collector(step);
            match collecting
                .rows
                .iter_mut()
                .find(|known| known.title == row.title)
            {
                Some(known) => *known = row,
                None => collecting.rows.push(row),
            }
        }
        self.inner.changed.notify_one();
    }

    /// Watches for exported logs, in place of an earlier watch.
    pub(super) async fn watch(&self, run: String, folder: &str) -> Told<EvidenceTold> {
        drop(self.stop_watch());
        let also = Some(folder.trim()).filter(|folder| !folder.is_empty());
        let mut watch = Watch::begin(&self.inner.home, &run, also.map(PathBuf::from))
            .await
            .map_err(|error| convert::problem(&error))?;
        let end = Arc::new(Notify::new());
        self.state().watching = Some(Watching {
            view: ExportWatch {
                run: run.clone(),
                steps: Watch::steps(),
                places: watch.places(),
                taken: Vec::new(),
                problem: None,
            },
            end: Arc::clone(&end),
        });
        self.inner.changed.notify_one();
        let desk = self.clone();
        tauri::async_runtime::spawn(async move {
            loop {
                let next = tokio::select! {
                    next = watch.next() => next,
                    () = end.notified() => return,
                };
                if let Some(watching) = &mut desk.state().watching {
                    match next {
                        Ok(names) => watching.view.taken.extend(names),
                        Err(error) => watching.view.problem = Some(convert::problem(&error)),
                    }
                }
                desk.inner.changed.notify_one();
            }
        });
        Ok(done("Watching. Export the logs now.", run))
    }

    /// Ends the watch, if there is one.
    pub(super) fn stop_watch(&self) -> EvidenceTold {
        if let Some(watching) = self.state().watching.take() {
            watching.end.notify_one();
        }
        self.inner.changed.notify_one();
        done("Nothing is watched for any more.", String::new())
    }
}

pub(super) fn done(words: &str, run: String) -> EvidenceTold {
    EvidenceTold::Done {
        words: words.to_owned(),
        run,
    }
}

fn wide(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
