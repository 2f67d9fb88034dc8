use runbook::AccountName;

use crate::{
    Command, Reply,
    readiness::{Asking, Proving, ReadinessView},
    testing::{Does, Stage, account},
};

fn check(root: &tempfile::TempDir) -> Command {
    let asking = Asking {
        machine_root: Some(root.path().to_owned()),
        ..Asking::default()
    };
    Command::CheckReadiness { asking }
}

fn checked(reply: Reply) -> ReadinessView {
    let Reply::Readiness(view) = reply else {
        panic!("{reply:?}");
    };
    *view
}

fn refused(reply: Reply) -> crate::Error {
    let Reply::Failed(error) = reply else {
        panic!("{reply:?}");
    };
    error
}

#[tokio::test]
async fn a_check_shows_in_every_view_and_says_which_account_is_armed() {
    let computer = tempfile::tempdir().unwrap();
    let stage = Stage::of(vec![account("main", &["tws"]), account("bot", &["tws"])]);
    assert_eq!(stage.view().await.readiness, None);
    let accounts = vec![AccountName::new("main")];
    stage.tell(Command::Arm { accounts }).await;
    let view = checked(stage.tell(check(&computer)).await);
    let armed = view
        .report
        .findings
        .iter()
        .filter(|it| it.id == "account-armed");
    let armed = armed.map(|it| (it.subject.as_str(), it.verdict.to_string()));
    let armed = armed.collect::<Vec<_>>();
    assert_eq!(
        armed,
        [("bot", "mend".to_owned()), ("main", "good".to_owned())]
    );
    let shown = stage.view_when(|view| view.readiness.is_some()).await;
    assert_eq!(shown.readiness.unwrap().headline, view.headline);
    // nobody asked for these doors to be kept open
    assert!(!shown.accounts[1].armed);
}

#[tokio::test]
async fn nothing_is_checked_or_proved_while_a_run_is_under_way() {
    let computer = tempfile::tempdir().unwrap();
    let stage = Stage::of(vec![account("main", &["tws"])]);
    let (run, _lines) = stage.press("lost-phone").await;
    let error = refused(stage.tell(check(&computer)).await);
    assert!(error.what.contains(&run), "{error}");
    assert!(error.untouched.contains("goes on"), "{}", error.untouched);
    let proving = Proving {
        account: AccountName::new("main"),
        order: None,
        live: false,
    };
    let error = refused(stage.tell(Command::Prove { proving }).await);
    assert!(error.what.contains(&run), "{error}");
}

#[tokio::test]
async fn a_press_breaks_a_check_off_and_starts_at_once() {
    let computer = tempfile::tempdir().unwrap();
    let stage = Stage::of(vec![account("main", &["tws"])]);
    stage.book.door("main", "tws").now_does(Does::Hangs);
    let mut checking = stage.ask(check(&computer)).await;
    let second = refused(stage.tell(check(&computer)).await);
    assert!(second.what.contains("a check is under way"), "{second}");
    stage.press("lost-phone").await;
    let broken_off = refused(checking.recv().await.unwrap());
    assert!(broken_off.what.contains("press"), "{broken_off}");
    assert!(!stage.home.root().join("readiness.json").exists());
}

#[tokio::test]
async fn an_answer_is_taken_through_the_actor_and_the_last_check_is_read_without_one() {
    let stage = Stage::of(vec![account("main", &["tws"])]);
    let id = "sim-lock".to_owned();
    let value = "yes".to_owned();
    let view = checked(stage.tell(Command::AnswerQuestion { id, value }).await);
    assert_eq!(view.headline, "Never checked");
    let view = checked(stage.tell(Command::Readiness).await);
    let mut asked = view.questions.iter();
    let answer = asked.find(|asked| asked.question.id == "sim-lock").unwrap();
    assert_eq!(answer.answer.as_ref().unwrap().value, "yes");
}
