//! Readiness: the last check, a new one, the person's answers, and trying a lever for real.

use controller::{
    Command, Reply,
    readiness::{self, Asking, Proving},
};
use jiff::Timestamp;
use runbook::AccountName;

use super::{Desk, Told};
use crate::{
    ask::{ReadinessAsk, ReadinessTold},
    convert::{self, readiness as converted},
    view::Problem,
};

impl Desk {
    /// About readiness. Always of the real accounts, also while simulated ones are shown.
    pub(crate) async fn readiness(&self, ask: ReadinessAsk) -> Told<ReadinessTold> {
        let command = match ask {
            ReadinessAsk::Kept => {
                let home = self.inner.home.clone();
                let last = move || readiness::last(&home, Timestamp::now());
                let read = tokio::task::spawn_blocking(last).await;
                return match read {
                    Ok(view) => Ok(ReadinessTold::Checked(converted::checked(&view))),
                    Err(error) => Err(Problem {
                        what: format!("the last check could not be read: {error}"),
                        untouched: "it is as it was".to_owned(),
                        next: "check now".to_owned(),
                    }),
                };
            }
            ReadinessAsk::Check { accounts } => Command::CheckReadiness {
                asking: Asking {
                    accounts: accounts.into_iter().map(AccountName::new).collect(),
                    ..Asking::default()
                },
            },
            ReadinessAsk::Answer { question, value } => Command::AnswerQuestion {
                id: question,
                value,
            },
            ReadinessAsk::Prove {
                account,
                order,
                live,
            } => Command::Prove {
                proving: Proving {
                    account: AccountName::new(account),
                    order,
                    live,
                },
            },
        };
        match self.live().await?.tell(command).await {
            Ok(Reply::Readiness(view)) => Ok(ReadinessTold::Checked(converted::checked(&view))),
            Ok(Reply::Proving(view)) => Ok(ReadinessTold::Trial(converted::trial(&view))),
            Ok(_) => Err(Problem {
                what: "the controller answered something else".to_owned(),
                untouched: "nothing was changed at any venue".to_owned(),
                next: "try again".to_owned(),
            }),
            Err(error) => Err(convert::problem(&error)),
        }
    }
}
