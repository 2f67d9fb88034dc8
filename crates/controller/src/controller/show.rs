//! How things stand, put together from what the actor holds. Computed once for everybody who looks.

use std::sync::Arc;

use runbook::AccountOutline;
use tokio::sync::mpsc;
use vault::Realm;

use super::{Controller, held::Held};
use crate::{
    Notice, PROTOCOL_VERSION, Reply, Shell, View, notification::counted, reach, view::stance,
};

/// From how far off on a venue's clock is said to be, in milliseconds.
const FAR_OFF_MS: u64 = 5_000;

impl<R: Realm + PartialEq, S: Shell> Controller<R, S> {
    /// Shows and tells what changed, where anybody is there to see it.
    pub(super) fn show(&mut self) {
        self.changed = false;
        if self.shell.is_there() || self.views.receiver_count() > 0 {
            let view = self.publish();
            self.tell_of_run(&view);
        }
    }

    /// Sends views to one asker from now on. Whoever reads slowly gets the latest each time.
    pub(super) fn begin_watch(&mut self, replies: mpsc::Sender<Reply>) {
        let mut views = self.views.subscribe();
        drop(self.publish());
        views.mark_changed();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    changed = views.changed() => if changed.is_err() { return },
                    () = replies.closed() => return,
                }
                // the latest is taken once there is room for it, not before
                let Ok(room) = replies.reserve().await else {
                    return;
                };
                let view = views.borrow_and_update().clone();
                if let Some(view) = view {
                    room.send(Reply::View(Box::new((*view).clone())));
                }
            }
        });
    }

    pub(super) fn view(&mut self) -> View {
        self.seq += 1;
        let now = self.clock.now();
        let accounts = self.held.iter().map(Held::view).collect::<Vec<_>>();
        let outlines = self.outlines();
        let run = self.under_way().map(|open| open.view(now));
        let under_way = run.as_ref().map(|run| run.run.as_str());
        let not_recorded = match &run {
            Some(run) => run.board.not_recorded.clone(),
            None => self.kept.not_writable.as_ref().map(|e| e.what.clone()),
        };
        let left_open = self.kept.left_open.iter();
        let left_open = left_open.filter(|left| Some(left.run.as_str()) != under_way);
        View {
            version: PROTOCOL_VERSION,
            seq: self.seq,
            at: now,
            mode: self.mode,
            resident: true,
            attended: self.shell.is_there(),
            stance: stance(self.mode, run.as_ref().map(|run| &run.board), &accounts),
            cover_open: self.cover.is_some(),
            reading: self.reading,
            not_recorded,
            notices: self.notices(under_way),
            armed: u64::try_from(accounts.iter().filter(|a| a.armed).count()).unwrap_or(u64::MAX),
            accounts,
            reach_levers: reach::levers(&self.kept.everything, &outlines),
            contacts: self.kept.contacts_for(&outlines),
            choices: self.kept.choices.clone(),
            rehearsal: self.kept.rehearsal(now, !outlines.is_empty()),
            schedule: self.kept.schedule(now),
            readiness: self.kept.readiness.clone(),
            printed_card: self.kept.printed_card.clone(),
            left_open: left_open.cloned().collect(),
            run,
            settings: self.kept.settings.clone(),
        }
    }

    pub(super) fn outlines(&self) -> Vec<AccountOutline> {
        self.held.iter().map(|held| held.outline.clone()).collect()
    }

    fn publish(&mut self) -> Arc<View> {
        let view = Arc::new(self.view());
        self.shell.show(&view);
        self.views.send_replace(Some(Arc::clone(&view)));
        view
    }

    /// What the person should know, worst first.
    fn notices(&self, under_way: Option<&str>) -> Vec<Notice> {
        let mut notices = Vec::new();
        if let Some(error) = &self.accounts_trouble {
            let known = self.held.len();
            let known = counted(known, "account", "accounts");
            let untouched = format!("a press is about the {known} that were read before");
            notices.push(Notice::of("accounts", &error.clone().untouched(untouched)));
        }
        notices.extend(self.own_notices.iter().cloned());
        notices.extend(self.kept.notices(under_way));
        notices.extend(self.clocks());
        let owing = self.owing();
        if owing > 0 {
            notices.push(Notice {
                id: "woke_up".to_owned(),
                what: "this computer slept, or its clock was set".to_owned(),
                untouched: "nothing was sent to any venue; accounts stay to be armed".to_owned(),
                next: format!(
                    "wait: the doors of {} are being asked again",
                    counted(owing, "account", "accounts")
                ),
            });
        }
        notices
    }

    /// Venues whose clock is far from this computer's.
    fn clocks(&self) -> Option<Notice> {
        let doors = self.held.iter().flat_map(|held| {
            let name = held.account.name();
            let offsets = held.doors.iter();
            offsets.filter_map(move |door| Some((name, &door.kind, door.clock_offset_ms()?)))
        });
        let (name, kind, offset) = doors
            .filter(|(_, _, offset)| offset.unsigned_abs() > FAR_OFF_MS)
            .max_by_key(|(_, _, offset)| offset.unsigned_abs())?;
        let way = if offset > 0 { "ahead of" } else { "behind" };
        Some(Notice {
            id: "clock".to_owned(),
            what: format!(
                "the clock behind {name}'s {kind} door is {} s {way} this computer's",
                offset.unsigned_abs() / 1000
            ),
            untouched: "a press contains all the same; the record holds both clocks".to_owned(),
            next: "set this computer's clock by the network".to_owned(),
        })
    }
}
