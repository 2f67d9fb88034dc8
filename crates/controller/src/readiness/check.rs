//! A check: every door opened and read, every audit asked, and all of it compared with the last.

use std::{sync::Arc, time::Duration};

use door::Door;
use futures_util::future::join_all;
use jiff::Timestamp;
use readiness::{Answers, Changes, Finding, LeverRow, Machine, Os, Places, Report};
use runbook::AccountOutline;
use tokio::{task::spawn_blocking, time::interval};
use vault::{Live, Realm};
use venues::{Account, Means};

use super::{
    Asking, ReadinessView,
    doors::{self, Armed},
    kept, keys, levers, plans, privilege, proofs,
};
use crate::{
    Accounts, Command, Error, Home, Link, Reply,
    account_test::{self, Tested, test_doors},
};

/// How often it is looked whether a run has begun in another process.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// An account, and how it is to be looked at.
pub(crate) struct Subject<R: Realm> {
    pub(crate) account: Account<R>,
    pub(crate) armed: Armed,
    /// Its doors; none when it is left out of this check.
    pub(crate) doors: Option<Result<Vec<Arc<dyn Door>>, Error>>,
}

/// What one account's check gave.
#[derive(Default)]
struct Checked {
    outlines: Vec<AccountOutline>,
    rows: Vec<LeverRow>,
    findings: Vec<Finding>,
    tested: Vec<Tested>,
}

/// Checks `subjects`, the computer and the person's answers, and keeps what was found in `home`.
/// Takes a minute at most. Nothing is changed at any venue.
pub(crate) async fn check<R: Realm>(
    home: &Home,
    subjects: Vec<Subject<R>>,
    means: Option<Means<R>>,
    asking: &Asking,
    now: Timestamp,
) -> ReadinessView {
    let mut troubles = Vec::new();
    let answers = Answers::read(&kept::answers(home)).unwrap_or_else(|error| {
        troubles.push(error.to_string());
        Answers::default()
    });
    let accounts: Vec<&Account<R>> = subjects.iter().map(|it| &it.account).collect();
    let (computer, checked, between) = tokio::join!(
        computer(asking, answers.clone(), now),
        join_all(subjects.iter().map(|subject| one(subject, now))),
        keys::between(&accounts, means.as_ref()),
    );
    let mut all = Checked::default();
    for checked in checked {
        all.outlines.extend(checked.outlines);
        all.rows.extend(checked.rows);
        all.findings.extend(checked.findings);
        all.tested.extend(checked.tested);
    }
    all.findings.extend(between);
    match computer {
        Ok(found) => all.findings.extend(found),
        Err(error) => troubles.push(error.what),
    }
    let before = match kept::snapshot(home).read() {
        Ok(before) => before,
        Err(error) => {
            troubles.push(error.to_string());
            None
        }
    };
    if let Some(before) = &before {
        let left_out = |name: &str| {
            let mut of = subjects
                .iter()
                .filter(|it| it.account.name().as_str() == name);
            of.any(|subject| subject.doors.is_none())
        };
        let (rows, findings) = kept::left_out(before, left_out, now);
        all.rows.extend(rows);
        all.findings.extend(findings);
    }
    let (proofs, unread) = proofs::read(home);
    troubles.extend(unread);
    all.findings
        .extend(plans::dry_run(home, all.outlines, &all.rows));
    let report = Report::new(now, all.rows, all.findings);
    let report = kept::as_of(report, &levers::proved_at(&proofs), now);
    let changes = Changes::between(before.as_ref(), &report);
    for tested in &all.tested {
        if let Err(error) = account_test::remember_tested(home, tested) {
            tracing::warn!(%error, "when the account was tested is not remembered");
        }
    }
    let lost = kept::keep(home, &report, &changes);
    // a file that was told of once is not told of again
    troubles.extend(lost.filter(|lost| !troubles.contains(lost)));
    kept::view(report, changes, &answers, troubles, true)
}

/// One account. One that is left out is planned for, and not asked.
async fn one<R: Realm>(subject: &Subject<R>, now: Timestamp) -> Checked {
    let account = &subject.account;
    let doors = match &subject.doors {
        None => {
            return Checked {
                outlines: vec![account.outline(None)],
                ..Checked::default()
            };
        }
        Some(Ok(doors)) => doors,
        Some(Err(error)) => {
            return Checked {
                outlines: vec![account.outline(Some(error.what.clone()))],
                findings: vec![doors::not_built(account.name().as_str(), error)],
                ..Checked::default()
            };
        }
    };
    let tested = test_doors(account, doors).await;
    let shut = (!tested.doors.iter().any(|door| door.reached)).then(|| {
        let why = tested.doors.iter();
        let why = why.map(|door| format!("{}: {}", door.kind, door.words));
        why.collect::<Vec<_>>().join("; ")
    });
    let mut findings = doors::of_account(account, &tested, &subject.armed);
    findings.extend(levers::not_offered(&tested));
    findings.extend(privilege::of_account(account, &tested, now));
    Checked {
        outlines: vec![account.outline(shut)],
        rows: levers::rows(&tested),
        findings,
        tested: vec![tested],
    }
}

/// What is found on the computer, and in the person's answers.
async fn computer(
    asking: &Asking,
    answers: Answers,
    now: Timestamp,
) -> Result<Vec<Finding>, Error> {
    let places = Places::of(&asking.look_in);
    let root = asking.machine_root.clone();
    let looked = spawn_blocking(move || {
        let machine = root.map_or_else(Machine::this, |root| Machine::at(root, Os::Linux));
        readiness::audit(&machine, &places, &answers, now)
    });
    looked
        .await
        .map_err(|error| Error::wrong(format!("this computer could not be looked at: {error}")))
}

/// Checks the accounts of `home` in this process, while no run is under way in any. Broken off when
/// one begins.
pub async fn check_home(home: &Home, asking: &Asking) -> Result<ReadinessView, Error> {
    refuse_during_run(home).await?;
    let accounts = Accounts::read(home)?;
    let chosen = accounts.select(&asking.accounts)?;
    let means = home.means().ok();
    let subjects = accounts.list.iter().map(|account| {
        let is_chosen = chosen.iter().any(|it| it.name() == account.name());
        Subject::<Live> {
            account: account.clone(),
            armed: Armed::No("no resident process; a press opens its doors then".to_owned()),
            doors: is_chosen.then(|| Ok(account.open(&home.means()?)?)),
        }
    });
    let subjects = subjects.collect();
    tokio::select! {
        view = check(home, subjects, means, asking, Timestamp::now()) => Ok(view),
        error = a_run_begins(home) => Err(error),
    }
}

async fn a_run_begins(home: &Home) -> Error {
    let mut looks = interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        if let Err(error) = refuse_during_run(home).await {
            return error;
        }
    }
}

/// A check and a press would share each venue's pace and sessions.
pub(super) async fn refuse_during_run(home: &Home) -> Result<(), Error> {
    let Some(link) = Link::find(home).await else {
        return Ok(());
    };
    match link.tell(Command::Status).await {
        Ok(Reply::View(view)) => match view.run {
            Some(run) => Err(under_way(&run.run)),
            None => Ok(()),
        },
        // who does not answer performs no run that could be disturbed from here
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Why nothing is checked now.
pub(crate) fn under_way(run: &str) -> Error {
    Error::wrong(format!("the run {run} is under way"))
        .untouched("nothing was checked; the run goes on undisturbed")
        .next(format!("look, then reset it: firebreak run reset {run}"))
}
