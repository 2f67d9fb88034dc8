//! The TWS or IB Gateway socket as a door.
//!
//! TWS acknowledges no global cancel and may lose its link to IBKR while it goes on answering, so
//! nothing that it takes is ever read as done: only a whole listing of open orders is.

mod acts;
mod capture;
mod config;
mod errors;
mod listing;
mod map;
mod session;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use door::{
    CancelScope, Door, DoorError, DoorKind, ErrorClass, Fill, Found, Health, Keep, Lever,
    LeverSupport, Position, Pull, Reading, Receipt, Released, Unseen,
};
use futures_util::{StreamExt, future::join_all};
use ibapi::subscriptions::SubscriptionItem;
use jiff::Timestamp;
use tokio::time::timeout;

use self::{
    errors::door_error,
    listing::{Lanes, alone},
    map::{Book, Listed},
    session::{ANSWER_WITHIN, Link, Session},
};
use super::codes::{self, Meaning};
use crate::config::Kind;

/// How long a listing of open orders may take before this reading fails.
const LIST_WITHIN: Duration = Duration::from_secs(5);
/// How long the fills beside a listing are waited for.
const FILLS_WITHIN: Duration = Duration::from_secs(2);
/// How long single cancels are given to be answered. TWS answers within milliseconds or never.
const REPLIES_WITHIN: Duration = Duration::from_millis(500);
/// How long TWS has to answer anything at all after a cancel.
const ALIVE_WITHIN: Duration = Duration::from_secs(1);

/// What a TWS door is built from.
pub(super) struct Settings {
    pub(super) address: String,
    pub(super) client_id: Option<i32>,
    pub(super) levers: Vec<LeverSupport>,
    pub(super) unseen: Vec<Unseen>,
}

/// The socket, its levers, and the session behind it.
pub(super) struct TwsDoor {
    kind: DoorKind,
    link: Link,
    lanes: Lanes,
    levers: Vec<LeverSupport>,
    unseen: Vec<Unseen>,
}

impl TwsDoor {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            kind: Kind::Tws.door_kind(),
            link: Link::new(settings.address, settings.client_id),
            lanes: Lanes::default(),
            levers: settings.levers,
            unseen: settings.unseen,
        }
    }

    async fn book(&self, session: &Arc<Session>, keep: &dyn Keep) -> Result<Book, DoorError> {
        let rows = alone(
            &self.lanes.open_orders,
            session,
            LIST_WITHIN,
            "the open orders",
            listing::open_orders,
        )
        .await?;
        capture::keep_orders(keep, &rows);
        map::book(rows)
    }

    async fn positions(
        &self,
        session: &Arc<Session>,
        keep: &dyn Keep,
    ) -> Result<Vec<Position>, DoorError> {
        let held = alone(
            &self.lanes.positions,
            session,
            LIST_WITHIN,
            "the positions",
            listing::positions,
        )
        .await?;
        capture::keep_json(keep, "positions", &held);
        held.iter()
            .filter_map(|held| map::position(held).transpose())
            .collect()
    }

    /// Fills since the press, and those whose time cannot be read.
    async fn fills_since(
        &self,
        session: &Arc<Session>,
        pressed_at: Timestamp,
    ) -> Result<Vec<Fill>, DoorError> {
        let rows = alone(
            &self.lanes.executions,
            session,
            FILLS_WITHIN,
            "the executions",
            listing::executions,
        )
        .await?;
        let mut fills = Vec::new();
        for row in &rows.fills {
            let fill = map::fill(row)?;
            // the venue tells whole seconds
            if fill
                .at
                .is_none_or(|at| at.as_second() >= pressed_at.as_second())
            {
                fills.push(fill);
            }
        }
        Ok(fills)
    }

    /// The open orders that `pull` is about, and how many it leaves alone.
    async fn in_scope(
        &self,
        session: &Arc<Session>,
        pull: &Pull,
        keep: &dyn Keep,
    ) -> Result<(Vec<Listed>, Vec<Listed>, usize), DoorError> {
        let (book, positions) = match pull.scope {
            CancelScope::All | CancelScope::PlacedAfterSeconds(_) | CancelScope::Only(_) => {
                (self.book(session, keep).await?, Vec::new())
            }
            CancelScope::KeepProtective => {
                let (book, positions) =
                    tokio::join!(self.book(session, keep), self.positions(session, keep));
                (book?, positions?)
            }
        };
        let deactivated = book.deactivated;
        let (asked, left) = book.open.into_iter().partition(|listed| {
            listed
                .order
                .in_scope(&pull.scope, &positions, pull.pressed_at)
        });
        Ok((asked, left, deactivated))
    }

    async fn cancel(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        let session = self.link.session().await?;
        if pull.scope == CancelScope::All {
            return cancel_all(&session).await;
        }
        let (asked, left, _) = self.in_scope(&session, pull, keep).await?;
        if asked.is_empty() {
            return Ok(taken(format!(
                "no order to cancel, {} left alone",
                left.len()
            )));
        }
        // what is placed meanwhile is not the one that was asked for
        if left.is_empty() && !matches!(pull.scope, CancelScope::Only(_)) {
            return cancel_all(&session).await;
        }
        cancel_each(&session, &asked, &left).await
    }

    async fn read_orders(&self, pull: &Pull, keep: &dyn Keep) -> Result<Reading, DoorError> {
        let session = self.link.session().await?;
        let (listed, fills) = tokio::join!(
            self.in_scope(&session, pull, keep),
            self.fills_since(&session, pull.pressed_at)
        );
        let (asked, left, deactivated) = listed?;
        let mut words = vec![format!("{} open orders of all clients", asked.len())];
        if !left.is_empty() {
            words.push(format!("{} left alone as asked", left.len()));
        }
        if deactivated > 0 {
            words.push(format!("{deactivated} de-activated"));
        }
        let fills = fills.unwrap_or_else(|error| {
            words.push(format!("fills could not be read: {}", error.meaning));
            Vec::new()
        });
        Ok(Reading {
            found: asked
                .into_iter()
                .map(|listed| Found::Order(listed.order))
                .collect(),
            unseen: self.unseen.clone(),
            residue: Vec::new(),
            fills,
            words: words.join(", "),
        })
    }

    fn not_offered(&self, lever: Lever) -> DoorError {
        DoorError::new(
            ErrorClass::Unsupported,
            "",
            format!("the {} door does not offer {lever}", self.kind),
        )
    }
}

#[async_trait]
impl Door for TwsDoor {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        self.levers.clone()
    }

    fn poll_interval(&self) -> Duration {
        super::poll_interval(Kind::Tws)
    }

    async fn open(&self) -> Result<Health, DoorError> {
        let session = self.link.session().await?;
        let sent = Timestamp::now();
        let time = timeout(ANSWER_WITHIN, session.client.server_time_millis());
        let (time, settings) = tokio::join!(time, config::read(&session));
        let clock_offset_ms = match time {
            Ok(Ok(theirs)) => Some(offset_ms(
                sent,
                Timestamp::now(),
                theirs.unix_timestamp_nanos(),
            )),
            Ok(Err(_)) | Err(_) => None,
        };
        let mut warnings = account_warnings(session.client.handshake_managed_accounts());
        if let Err(error) = session.usable() {
            warnings.push(error.meaning);
        }
        match settings {
            Ok(settings) => {
                if config::read_only(&settings).is_ok_and(|reading| reading.found.is_empty()) {
                    warnings.push(format!(
                        "Read-Only API is on: cancels will be refused. Untick it. {}.",
                        codes::API_SETTINGS
                    ));
                }
            }
            // too old to tell its settings: whether it lists orders tells the same
            Err(_) => {
                if let Err(error) = self.book(&session, &door::Forget).await {
                    warnings.push(format!("{} {}", error.meaning, error.next));
                }
            }
        }
        Ok(Health {
            words: format!(
                "TWS or IB Gateway, server version {}, client id {}",
                session.client.server_version(),
                session.client.client_id()
            ),
            clock_offset_ms,
            paper: is_paper(session.client.handshake_managed_accounts()),
            warnings,
        })
    }

    async fn act(&self, pull: &Pull, keep: &dyn Keep) -> Result<Receipt, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.cancel(pull, keep).await,
            Lever::Capture => self.capture(keep).await,
            Lever::BlockTrading => {
                let session = self.link.session().await?;
                config::tick_read_only(&session).await
            }
            Lever::Audit => {
                let session = self.link.session().await?;
                let settings = config::read(&session).await?;
                capture::keep_json(keep, "settings", &settings);
                Ok(config::facts(&settings))
            }
            Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::RevokeKey
            | Lever::EndSessions => Err(self.not_offered(pull.lever)),
        }
    }

    async fn read_back(&self, pull: &Pull, keep: &dyn Keep) -> Result<Reading, DoorError> {
        match pull.lever {
            Lever::CancelOrders => self.read_orders(pull, keep).await,
            Lever::BlockTrading => {
                let session = self.link.session().await?;
                let settings = config::read(&session).await?;
                capture::keep_json(keep, "settings", &settings);
                config::read_only(&settings)
            }
            Lever::Capture
            | Lever::Audit
            | Lever::StopAutomation
            | Lever::StopWithdrawals
            | Lever::RevokeKey
            | Lever::EndSessions => Err(self.not_offered(pull.lever)),
        }
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        // read-only stays ticked: unticking it would loosen what the run tightened
        Ok(Vec::new())
    }
}

/// Writes the cancel of everything, then hears whether TWS is there and did not refuse it. TWS
/// answers in order, so a refusal comes before the time that is asked for.
async fn cancel_all(session: &Arc<Session>) -> Result<Receipt, DoorError> {
    timeout(ALIVE_WITHIN, session.client.global_cancel())
        .await
        .map_err(|_| errors::timed_out("the cancel"))?
        .map_err(|error| door_error(&error))?;
    hear_of_it(session).await?;
    Ok(taken(
        "TWS took the cancel of all orders of all clients; it acknowledges none".to_owned(),
    ))
}

async fn hear_of_it(session: &Arc<Session>) -> Result<(), DoorError> {
    match timeout(ALIVE_WITHIN, session.client.server_time()).await {
        Ok(Ok(_)) => session.usable(),
        Ok(Err(error)) => Err(door_error(&error)),
        Err(_) => Err(errors::timed_out("a sign of life after the cancel")),
    }
}

/// Cancels `asked` one by one and tells what TWS said of it. An id that an order in `left` also has
/// is not used: clients number their orders apart, and the wrong one could go.
async fn cancel_each(
    session: &Arc<Session>,
    asked: &[Listed],
    left: &[Listed],
) -> Result<Receipt, DoorError> {
    let can = |listed: &&Listed| {
        listed.order_id > 0 && left.iter().all(|kept| kept.order_id != listed.order_id)
    };
    let ids: Vec<i32> = asked.iter().filter(can).map(|it| it.order_id).collect();
    let mut replies = Vec::new();
    let mut failed = None;
    for id in &ids {
        match timeout(ALIVE_WITHIN, session.client.cancel_order(*id, "")).await {
            Ok(Ok(reply)) => replies.push(reply),
            Ok(Err(error)) => failed = Some(door_error(&error)),
            Err(_) => failed = Some(errors::timed_out("a cancel")),
        }
    }
    let sent = replies.len();
    let answers = join_all(replies.into_iter().map(|mut reply| async move {
        match timeout(REPLIES_WITHIN, reply.next()).await {
            Ok(Some(Ok(SubscriptionItem::Data(_)))) | Ok(None) | Err(_) => Ok(()),
            Ok(Some(Ok(SubscriptionItem::Notice(notice)))) => refusal_of(&notice),
            Ok(Some(Err(ibapi::Error::Notice(notice)))) => refusal_of(&notice),
            Ok(Some(Err(error))) => Err(door_error(&error)),
        }
    }))
    .await;
    let refused: Vec<DoorError> = answers.into_iter().filter_map(Result::err).collect();
    let by_hand = asked.len() - ids.len();
    if sent == refused.len() {
        return Err(refused.into_iter().next().or(failed).unwrap_or_else(|| {
            DoorError::new(
                ErrorClass::Refused,
                "",
                "these orders have no id of their own over the API",
            )
            .next("Cancel them in the TWS window, or cancel all orders.")
        }));
    }
    let mut words = vec![format!(
        "{sent} cancels sent one by one, {} left alone",
        left.len()
    )];
    if !refused.is_empty() {
        words.push(format!("{} refused", refused.len()));
    }
    if by_hand > 0 {
        words.push(format!(
            "{by_hand} without an id of their own: cancel them in the TWS window"
        ));
    }
    Ok(taken(words.join(", ")))
}

/// `Err` when a notice refuses a cancel. That there is nothing to cancel any more is none.
fn refusal_of(notice: &ibapi::Notice) -> Result<(), DoorError> {
    match codes::meaning(notice.code, &notice.message) {
        Meaning::Cancelled | Meaning::NothingToCancel | Meaning::Note | Meaning::LinkBack => Ok(()),
        Meaning::LinkLost
        | Meaning::SessionOver
        | Meaning::ClientIdTaken
        | Meaning::Paced
        | Meaning::Refused(_) => Err(errors::notice_error(notice)),
    }
}

fn taken(words: String) -> Receipt {
    Receipt {
        words,
        ..Receipt::default()
    }
}

/// Whether every account of the login is a paper one, as their numbers tell.
fn is_paper(accounts: &[String]) -> Option<bool> {
    let paper = accounts.iter().all(|account| account.starts_with('D'));
    (!accounts.is_empty()).then_some(paper)
}

fn account_warnings(accounts: &[String]) -> Vec<String> {
    let mut warnings = Vec::new();
    if accounts.iter().any(|account| account.starts_with('D')) {
        warnings.push("This is a paper account: no real order is touched.".to_owned());
    }
    if accounts.len() > 1 {
        warnings.push(format!(
            "This login has {} accounts: cancelling all orders cancels those of every one.",
            accounts.len()
        ));
    }
    warnings
}

/// Theirs minus ours at the middle of the question, in milliseconds.
fn offset_ms(sent: Timestamp, received: Timestamp, theirs_nanos: i128) -> i64 {
    let middle = i128::midpoint(sent.as_nanosecond(), received.as_nanosecond());
    i64::try_from((theirs_nanos - middle) / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_offset_is_taken_at_the_middle_of_the_question() {
        let sent = Timestamp::from_millisecond(1_000).unwrap();
        let received = Timestamp::from_millisecond(1_200).unwrap();
        assert_eq!(offset_ms(sent, received, 1_600 * 1_000_000), 500);
        assert_eq!(offset_ms(sent, received, 600 * 1_000_000), -500);
    }

    #[test]
    fn paper_and_several_accounts_are_warned_of() {
        let warnings = account_warnings(&["DU1".to_owned(), "DU2".to_owned()]);
        assert_eq!(warnings.len(), 2);
        assert!(account_warnings(&["U1".to_owned()]).is_empty());
    }

    #[test]
    fn a_login_is_a_paper_one_only_if_all_its_accounts_are() {
        let login = |accounts: &[&str]| {
            let accounts: Vec<String> = accounts.iter().map(|it| (*it).to_owned()).collect();
            is_paper(&accounts)
        };
        assert_eq!(login(&["DU1", "DF2"]), Some(true));
        assert_eq!(login(&["DU1", "U2"]), Some(false));
        assert_eq!(login(&[]), None);
    }
}
