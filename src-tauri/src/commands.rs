//! The commands of the window, a line each: whatever they do is done elsewhere.

use tauri::State;

use crate::{
    ask::{
        AccountAsk, AccountTold, Act, Acted, DrillAsk, DrillTold, EvidenceAsk, EvidenceTold,
        PracticeAsk, ReadinessAsk, ReadinessTold, RunbookAsk, RunbookTold,
    },
    desk::Desk,
    view::{Detail, Problem, Settings, View},
};

type Told<T> = Result<T, Problem>;

/// How things stand. Asked at the start, and again and again: a window that does not ask is dead.
#[tauri::command]
#[specta::specta]
pub(crate) async fn view(desk: State<'_, Desk>) -> Told<View> {
    desk.view().await
}

/// The press. `simulated` says whether the page showed simulated accounts.
#[tauri::command]
#[specta::specta]
pub(crate) async fn press(
    desk: State<'_, Desk>,
    runbook: String,
    simulated: Option<bool>,
) -> Told<()> {
    desk.press(runbook, simulated).await
}

/// Opens or closes the cover.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cover(desk: State<'_, Desk>, open: bool) -> Told<()> {
    desk.cover(open).await
}

/// Arms these accounts, all when none is named; or lets go of all.
#[tauri::command]
#[specta::specta]
pub(crate) async fn arm(desk: State<'_, Desk>, accounts: Vec<String>, on: bool) -> Told<()> {
    desk.arm(accounts, on).await
}

/// What the person does in a run.
#[tauri::command]
#[specta::specta]
pub(crate) async fn act(desk: State<'_, Desk>, act: Act) -> Told<Acted> {
    desk.act(act).await
}

/// What a tile opens to.
#[tauri::command]
#[specta::specta]
pub(crate) async fn detail(desk: State<'_, Desk>, task: String) -> Told<Detail> {
    desk.detail(task).await
}

/// About accounts.
#[tauri::command]
#[specta::specta]
pub(crate) async fn account(desk: State<'_, Desk>, ask: AccountAsk) -> Told<AccountTold> {
    desk.account(ask).await
}

/// About runbooks.
#[tauri::command]
#[specta::specta]
pub(crate) async fn runbook(desk: State<'_, Desk>, ask: RunbookAsk) -> Told<RunbookTold> {
    desk.runbook(ask).await
}

/// About evidence.
#[tauri::command]
#[specta::specta]
pub(crate) async fn evidence(desk: State<'_, Desk>, ask: EvidenceAsk) -> Told<EvidenceTold> {
    desk.evidence(ask).await
}

/// Keeps what the person chose.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settings(desk: State<'_, Desk>, settings: Settings) -> Told<()> {
    desk.settings(settings).await
}

/// Opens a page in the browser, if it is on the list.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open(desk: State<'_, Desk>, link: String) -> Told<()> {
    desk.open(link).await
}

/// Starts or ends practice.
#[tauri::command]
#[specta::specta]
pub(crate) async fn practice(desk: State<'_, Desk>, ask: PracticeAsk) -> Told<()> {
    desk.practice(ask).await
}

/// About drills.
#[tauri::command]
#[specta::specta]
pub(crate) async fn drill(desk: State<'_, Desk>, ask: DrillAsk) -> Told<DrillTold> {
    desk.drill(ask).await
}

/// About readiness.
#[tauri::command]
#[specta::specta]
pub(crate) async fn readiness(desk: State<'_, Desk>, ask: ReadinessAsk) -> Told<ReadinessTold> {
    desk.readiness(ask).await
}
