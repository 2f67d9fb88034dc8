//! Evidence: runs, bundles and reports, and the files that a person chooses.

use std::path::{Path, PathBuf};

use controller::{
    Home,
    bundles::{self, Existing},
    cases::Attaching,
};
use tauri_plugin_dialog::DialogExt as _;
use tokio::sync::oneshot;

use super::{Desk, Told, acts, cases::done};
use crate::{
    ask::{EvidenceAsk, EvidenceTold, ExportChoices, Purpose},
    convert,
    view::{Export, ExportEnd, Problem},
};

impl Desk {
    /// About evidence.
    pub(crate) async fn evidence(&self, ask: EvidenceAsk) -> Told<EvidenceTold> {
        let home = &self.inner.home;
        let told = match ask {
            EvidenceAsk::Runs => return self.runs().await,
            EvidenceAsk::Contents { run, profile } => self.contents(&run, &profile).await,
            EvidenceAsk::Preview { run, profile, path } => {
                let preview = bundles::preview(home, &run, &profile, &path).await;
                preview.map(|preview| EvidenceTold::Preview(convert::preview(&preview)))
            }
            EvidenceAsk::Export {
                run,
                target,
                replace,
                choices,
            } => return self.export(run, target, replace, choices),
            EvidenceAsk::Verify { path, signer } => bundles::verify(Path::new(&path), &signer)
                .await
                .map(|found| EvidenceTold::Verified(convert::verified(&path, &found))),
            EvidenceAsk::Report { run, profile, pdf } => {
                return self.report(run, &profile, pdf).await;
            }
            EvidenceAsk::Choose { purpose } => {
                return Ok(EvidenceTold::Chosen {
                    path: self.choose(purpose).await?,
                });
            }
            EvidenceAsk::Collect { run } => return self.collect(run),
            EvidenceAsk::Watch { run, folder } => return self.watch(run, &folder).await,
            EvidenceAsk::StopWatch => return Ok(self.stop_watch()),
            EvidenceAsk::Case { run } => self.read_case(&run).await,
            EvidenceAsk::Attach {
                run,
                path,
                about,
                dated,
                step,
            } => {
                let path = PathBuf::from(path.trim());
                let file = Attaching {
                    path,
                    about,
                    dated,
                    step,
                };
                self.attach_to_case(run, file).await
            }
            EvidenceAsk::Note { run, text, step } => self.note_in_case(run, text, step).await,
            EvidenceAsk::Contact { run, contact } => self.contact(run, contact).await,
            EvidenceAsk::State { run, text } => self.state_in_case(run, text).await,
            EvidenceAsk::Acts {
                run,
                choice,
                from,
                count,
            } => self.table(&run, choice, from, count).await,
            EvidenceAsk::Mark {
                run,
                keys,
                choice,
                verdict,
            } => self.mark(run, keys, choice, verdict).await,
            EvidenceAsk::Losses { run } => self.losses(&run).await,
            EvidenceAsk::Words => self.words(),
            EvidenceAsk::SetWords { words } => self.keep_words(words),
        };
        told.map_err(|error| convert::problem(&error))
    }

    async fn contents(&self, run: &str, profile: &str) -> Result<EvidenceTold, controller::Error> {
        let home = &self.inner.home;
        let contents = bundles::contents(home, run, profile).await?;
        let folder = self.chosen().evidence_folder.map(PathBuf::from);
        let target = bundles::default_target(home, run, folder.as_deref());
        Ok(EvidenceTold::Contents(convert::contents(
            &contents, profile, &target,
        )))
    }

    async fn report(&self, run: String, profile: &str, pdf: bool) -> Told<EvidenceTold> {
        let path = bundles::report(&self.inner.home, &run, profile, pdf)
            .await
            .map_err(|e| convert::problem(&e))?;
        acts::open_with_system(&path.display().to_string())?;
        let words = format!("The report is open. It is kept in {}", path.display());
        Ok(done(&words, run))
    }

    async fn runs(&self) -> Told<EvidenceTold> {
        let home = self.inner.home.clone();
        let listed = tokio::task::spawn_blocking(move || list(&home)).await;
        match listed {
            Ok(Ok(runs)) => Ok(EvidenceTold::Runs { runs }),
            Ok(Err(error)) => Err(convert::problem(&error)),
            Err(error) => Err(Problem {
                what: format!("the runs could not be read: {error}"),
                untouched: "they are as they were".to_owned(),
                next: "try again".to_owned(),
            }),
        }
    }

    /// Begins an export. How far it is, and how it ended, stands in the view.
    fn export(
        &self,
        run: String,
        target: String,
        replace: bool,
        choices: ExportChoices,
    ) -> Told<EvidenceTold> {
        if !Path::new(target.trim()).is_absolute() {
            return Err(Problem {
                what: "the file to export to is not named with its whole path".to_owned(),
                untouched: "nothing was written".to_owned(),
                next: "begin with the folder, from the root of the disk on; or choose it"
                    .to_owned(),
            });
        }
        {
            let mut state = self.state();
            if state
                .export
                .as_ref()
                .is_some_and(|export| export.end.is_none())
            {
                return Err(Problem {
                    what: "an export is under way".to_owned(),
                    untouched: "it goes on".to_owned(),
                    next: "wait for its end".to_owned(),
                });
            }
            state.export = Some(Export {
                run: run.clone(),
                target: target.clone(),
                percent: 0,
                doing: "packing".to_owned(),
                end: None,
            });
        }
        self.inner.changed.notify_one();
        let desk = self.clone();
        let begun = run.clone();
        tauri::async_runtime::spawn(async move {
            let existing = if replace {
                Existing::Replace
            } else {
                Existing::Keep
            };
            let to_tell = desk.clone();
            let written = bundles::export(
                &desk.inner.home,
                &run,
                Path::new(target.trim()),
                existing,
                &convert::choices(choices),
                move |progress| to_tell.exporting(u32::from(progress.percent), progress.doing),
            )
            .await;
            desk.exported(match written {
                Ok(written) => convert::written(&written),
                Err(error) => ExportEnd::Failed {
                    problem: convert::problem(&error),
                },
            });
        });
        Ok(done("The export has begun.", begun))
    }

    fn exporting(&self, percent: u32, doing: &str) {
        if let Some(export) = &mut self.state().export {
            export.percent = percent;
            doing.clone_into(&mut export.doing);
        }
        self.inner.changed.notify_one();
    }

    fn exported(&self, end: ExportEnd) {
        if let Some(export) = &mut self.state().export {
            export.end = Some(end);
        }
        self.inner.changed.notify_one();
    }

    /// Lets the person choose in the system's own dialog.
    async fn choose(&self, purpose: Purpose) -> Told<Option<String>> {
        let no_dialog = || Problem {
            what: "the system's dialog cannot be opened".to_owned(),
            untouched: "nothing was changed".to_owned(),
            next: "type the path".to_owned(),
        };
        let app = self.inner.app.get().ok_or_else(no_dialog)?;
        let (chosen, choice) = oneshot::channel();
        let tell = move |path: Option<tauri_plugin_dialog::FilePath>| {
            let path = path.and_then(|path| path.into_path().ok());
            // whoever asked may have gone
            drop(chosen.send(path.map(|path| path.display().to_string())));
        };
        let begin = match self.chosen().evidence_folder {
            Some(folder) => PathBuf::from(folder),
            None => self.inner.home.root().to_owned(),
        };
        let dialog = app.dialog().file().set_directory(begin);
        match purpose {
            Purpose::Export => dialog
                .set_title("Export the bundle to")
                .set_file_name("case.zip")
                .add_filter("Bundle", &["zip"])
                .save_file(tell),
            Purpose::Verify => dialog
                .set_title("Verify a bundle")
                .add_filter("Bundle", &["zip", "age", "001"])
                .pick_file(tell),
            Purpose::Attach => dialog.set_title("Attach a file").pick_file(tell),
            Purpose::Folder => dialog.set_title("Folder for bundles").pick_folder(tell),
            Purpose::Calendar => dialog
                .set_title("Save the schedule to")
                .set_file_name("rehearsal.ics")
                .add_filter("Calendar", &["ics"])
                .save_file(tell),
        }
        choice.await.map_err(|_| no_dialog())
    }
}

/// Every run and collection of the home, latest first.
fn list(home: &Home) -> Result<Vec<crate::view::RunHead>, controller::Error> {
    let runs = home
        .run_names()?
        .into_iter()
        .map(|name| (name, home.runs()));
    let collections = home.collection_names()?.into_iter();
    let collections = collections.map(|name| (name, home.collections()));
    let mut cases: Vec<_> = runs.chain(collections).collect();
    // names begin with the time
    cases.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    Ok(cases
        .iter()
        .map(|(name, folder)| convert::run_head(&controller::outline_run(&folder.join(name))))
        .collect())
}
