//! The phone of a drill: calls played as text, and what a desk does on the simulated pages.
//!
//! What the person types may be a code or a password. It is judged and forgotten: only that they
//! spoke is shown.

use drill::{
    Outcome, Told,
    inject::HostEffect,
    phone::{Asked, Call, Demand, Said, Slip, Voice},
};
use simulator::pages::PageId;
use tokio::time::Instant;

use super::{CallLine, CallView, ContactView, Drill};
use crate::Error;

/// The call under way, or the last one.
pub(super) struct OnThePhone {
    call: Call,
    with: String,
    lines: Vec<CallLine>,
    stage: &'static str,
    ticked: Instant,
    /// How often a script spoke at the desk.
    spoke: usize,
    /// How much of what was given away was told.
    slips: usize,
}

impl OnThePhone {
    fn hears(&mut self, said: Vec<Said>) {
        let with = &self.with;
        self.lines.extend(said.into_iter().map(|said| CallLine {
            who: match said.who {
                Voice::Line => "the line".to_owned(),
                Voice::Agent | Voice::Caller => with.clone(),
            },
            text: said.text,
        }));
    }

    fn says(&mut self, text: &str) {
        self.lines.push(CallLine {
            who: "you".to_owned(),
            text: text.to_owned(),
        });
    }

    /// What the story is told of it: how far it is, and that something was given away; never what.
    fn news(&mut self) -> Vec<Told> {
        let told = |stage: &str| Told::Called {
            contact: self.call.contact().to_owned(),
            stage: stage.to_owned(),
        };
        let slips = self.call.slips();
        let new = slips.get(self.slips..).unwrap_or_default().iter();
        let mut news = new
            .map(|slip| {
                told(match slip {
                    Slip::Secret => "secret",
                    Slip::Agreed => "agreed",
                })
            })
            .collect::<Vec<_>>();
        let stage = self.call.stage();
        if stage != self.stage {
            news.push(told(stage));
        }
        self.slips = slips.len();
        self.stage = stage;
        news
    }

    pub(super) fn view(&self) -> CallView {
        CallView {
            with: self.with.clone(),
            lines: self.lines.clone(),
            goes_on: self.call.stage() != "hung_up",
            queued: self.call.stage() == "queued",
        }
    }
}

impl Drill {
    /// Calls a contact.
    pub fn dial(&self, contact: &str) -> Result<(), Error> {
        self.refuse_second_call()?;
        let seed = self.seed();
        let (mut call, said) = Call::dial(self.scenario(), contact, seed).ok_or_else(|| {
            Error::wrong(format!(
                "nobody is to be reached at {contact} in this drill"
            ))
            .next("call one of those that are listed")
        })?;
        if self.stage.host_effect() == Some(HostEffect::LongerQueue) {
            call = call.in_a_longer_queue();
        }
        let with = self.contact_name(contact);
        self.takes_call(call, with, said);
        Ok(())
    }

    /// Picks up a call that rings: one of the alarms, counted from 1.
    pub fn pick_up(&self, nth: u32) -> Result<(), Error> {
        self.refuse_second_call()?;
        let rings = self.caller_of(nth);
        let (call, from, said) = rings
            .and_then(|(caller, from)| {
                let (call, said) = Call::pick_up(self.scenario(), &caller)?;
                Some((call, from, said))
            })
            .ok_or_else(|| Error::wrong("no such call rings").next("look at what reached you"))?;
        self.takes_call(call, from, said);
        Ok(())
    }

    /// Presses a key of the menu, or says something. What was typed is shown as that the person
    /// spoke, and kept nowhere.
    pub fn say(&self, input: &str) -> Result<(), Error> {
        let shown = if input.trim().chars().count() == 1 {
            format!("pressed {}", input.trim())
        } else {
            "(you spoke)".to_owned()
        };
        self.with_call(|phone| {
            phone.says(&shown);
            let said = phone.call.say(input);
            phone.hears(said);
        })
    }

    /// Ends the call.
    pub fn hang_up(&self) -> Result<(), Error> {
        self.with_call(|phone| {
            let said = phone.call.hang_up();
            phone.hears(said);
        })
    }

    /// Lets time pass on the phone. To be called some times a second while a queue goes on.
    pub fn tick(&self) {
        let paused = self.stage.is_paused();
        let queued = {
            let mut state = self.state();
            let Some(phone) = &mut state.phone else {
                return;
            };
            if paused {
                phone.ticked = Instant::now();
            }
            !paused && phone.call.stage() == "queued"
        };
        if queued {
            let speed = self.stage.plot().speed;
            // it was there a moment ago
            let _ = self.with_call(|phone| {
                let real = phone.ticked.elapsed();
                phone.ticked = Instant::now();
                let said = phone.call.tick(real.mul_f64(speed));
                phone.hears(said);
            });
        }
    }

    /// Says the next thing that somebody says who does it right: presses the menu's key, waits in
    /// the queue, names the account, asks for what is done on these pages, refuses to give what no
    /// desk asks for, and hangs up. Says whether the call goes on. For scripted players.
    pub fn carry_on_call(&self, contact: &str, account: &str, pages: &[String]) -> bool {
        let Some(desk) = self
            .scenario()
            .desks
            .iter()
            .find(|it| it.contact == contact)
        else {
            return false;
        };
        self.tick();
        let at = {
            let state = self.state();
            let phone = state
                .phone
                .as_ref()
                .filter(|it| it.call.contact() == contact);
            phone.map(|phone| (phone.call.stage(), phone.spoke))
        };
        let done = match at {
            None | Some(("hung_up", _)) => self.dial(contact),
            Some(("queued", _)) => Ok(()),
            Some(("menu", _)) => match desk.menu.iter().find(|line| line.desk) {
                Some(line) => self.say(&line.press),
                None => self.hang_up(),
            },
            Some((_, spoke)) if spoke <= desk.questions.len() => {
                let refuses = desk.questions.get(spoke).is_some_and(|question| {
                    matches!(question.wants, Demand::Secret | Demand::Refusal)
                });
                let said = if refuses {
                    self.say("No.")
                } else {
                    self.say(&wishes(account, pages))
                };
                if let Some(phone) = &mut self.state().phone {
                    phone.spoke += 1;
                }
                said
            }
            Some(_) => {
                // what the desk was asked for is done by now
                drop(self.hang_up());
                return false;
            }
        };
        done.is_ok()
    }

    /// Whom the person can call.
    pub(super) fn callable(&self) -> Vec<ContactView> {
        let desks = self.scenario().desks.iter();
        desks
            .map(|desk| ContactView {
                id: desk.contact.clone(),
                name: self.contact_name(&desk.contact),
            })
            .collect()
    }

    fn contact_name(&self, id: &str) -> String {
        let mut desks = self.scenario().desks.iter();
        if let Some(name) = desks
            .find(|desk| desk.contact == id)
            .and_then(|it| it.name.clone())
        {
            return name;
        }
        runbook::Contacts::shipped()
            .find(id, runbook::DEFAULT_ENTITY)
            .map_or_else(|| id.to_owned(), |contact| contact.name.clone())
    }

    fn refuse_second_call(&self) -> Result<(), Error> {
        let state = self.state();
        match &state.phone {
            Some(phone) if phone.call.stage() != "hung_up" => {
                Err(Error::wrong("you are on the phone already").next("hang up first"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn takes_call(&self, call: Call, with: String, said: Vec<Said>) {
        let mut phone = OnThePhone {
            call,
            with,
            lines: Vec::new(),
            stage: "",
            ticked: Instant::now(),
            spoke: 0,
            slips: 0,
        };
        phone.hears(said);
        self.state().phone = Some(phone);
        // the call was put there one line above
        let _ = self.with_call(|_| {});
    }

    /// Does something in the call under way; what the desk was asked for is done on the pages, and
    /// how far the call is, is told.
    fn with_call(&self, does: impl FnOnce(&mut OnThePhone)) -> Result<(), Error> {
        let asked = {
            let mut state = self.state();
            let phone = state
                .phone
                .as_mut()
                .ok_or_else(|| Error::wrong("you are not on the phone").next("call somebody"))?;
            does(phone);
            phone.call.asked()
        };
        for one in asked {
            self.desk_does(&one);
        }
        let told = {
            let mut state = self.state();
            state
                .phone
                .as_mut()
                .map(OnThePhone::news)
                .unwrap_or_default()
        };
        for told in told {
            self.stage.story().tell(told);
        }
        self.touch();
        Ok(())
    }

    fn desk_does(&self, asked: &Asked) {
        let page = PageId::from_id(&asked.page);
        let outcome = page.and_then(|page| {
            let outcome = self.stage.act(&asked.account, page, None)?;
            let opened = self.stage.page(&asked.account, page)?;
            Some((outcome, opened.reference))
        });
        let mut state = self.state();
        let Some(phone) = &mut state.phone else {
            return;
        };
        let said = match outcome {
            Some((Outcome::Done, reference)) => phone.call.done(asked, reference.as_deref()),
            Some((Outcome::Refused { why }, _)) => phone.call.refused(asked, &why),
            None => phone.call.refused(asked, "there is no such page"),
        };
        phone.hears(said);
    }
}

/// What somebody says who knows what to ask for.
fn wishes(account: &str, pages: &[String]) -> String {
    let mut said = format!("It is {account}.");
    for page in pages {
        said.push_str(match page.as_str() {
            "security-desk" => " Lock it now.",
            "sessions" => " Log out all sessions.",
            "withdrawals" => " Stop the withdrawals.",
            "transfers" => " I dispute the transfer.",
            "orders" => " Cancel the orders.",
            "two-factor" => " Remove the new device.",
            "contact" => " The contact data is not mine.",
            _ => "",
        });
    }
    said
}
