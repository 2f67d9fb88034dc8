//! Adding an account with its keys, and taking both away again.
//!
//! The keys go into the keychain first, since the doors read them there; then the doors are asked
//! what the keys may do; only then the account is written. Whatever fails on the way, the keys are
//! taken out again. No error and no log says what a key is.

use std::{sync::Arc, time::Duration};

use door::{CancelScope, Door, DoorError, ErrorClass, Forget, KeyScope, Lever, Pull, Snapshot};
use futures_util::future::join_all;
use jiff::Timestamp;
use runbook::AccountName;
use tokio::time::timeout;
use vault::{Live, Realm, VaultError};
use venues::{Account, DoorKey, Kind, Means};

use crate::{Accounts, Error, Home};

/// What a person types to have a key taken that can withdraw.
pub const INSISTENCE: &str = "this key can withdraw and I accept it";

/// How long a door may take to open, and again to say what its key may do.
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);
/// What is so when an account is not added.
const NOTHING_KEPT: &str =
    "the accounts are as they were, and the keychain keeps no key of this one";

/// Why an account was not added. Nothing of it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotAdded {
    /// A key can withdraw, and the person did not insist.
    MayWithdraw(Error),
    /// Anything else.
    Other(Error),
}

impl NotAdded {
    /// In words.
    pub fn into_error(self) -> Error {
        match self {
            Self::MayWithdraw(error) | Self::Other(error) => error,
        }
    }
}

impl<E: Into<Error>> From<E> for NotAdded {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// What is right about `typed` as [`INSISTENCE`]: `true` for the sentence, `false` for nothing, and
/// an error for anything else.
pub fn insists(typed: &str) -> Result<bool, Error> {
    match typed.trim() {
        "" => Ok(false),
        INSISTENCE => Ok(true),
        _ => Err(
            Error::wrong("those are not the words that accept a key that can withdraw")
                .untouched("nothing was put into the keychain, and nothing was sent to any venue")
                .next(format!("type exactly: {INSISTENCE}")),
        ),
    }
}

/// Adds an account to those of `home` with the keys of its doors, and gives what the person should
/// know of it. A key that can withdraw is taken only if `insisted`. `open` builds the doors.
///
/// Takes seconds as a rule, and half a minute at most, where a door signs with a key; else no venue
/// is asked.
pub async fn add_account<R: Realm>(
    home: &Home,
    account: &Account<Live>,
    keys: &[DoorKey],
    insisted: bool,
    means: &Means<R>,
    open: impl FnOnce(&Account<Live>) -> Result<Vec<Arc<dyn Door>>, Error>,
) -> Result<Vec<String>, NotAdded> {
    home.writable()?;
    // before the keychain is written: the name may be that of an account whose key would be lost
    let others = Accounts::read(home)?;
    others.refuse_taken(account.name())?;
    let missing = account
        .keys()
        .find(|kind| !keys.iter().any(|key| key.kind == *kind));
    if let Some(kind) = missing {
        return Err(Error::wrong(format!("the {kind} door has no key"))
            .untouched(NOTHING_KEPT)
            .next("give the key and its secret of each door")
            .into());
    }
    let warnings = account.warnings(&others.list);
    if keys.is_empty() {
        Accounts::add(home, account.clone())?;
        return Ok(warnings);
    }
    let mut kept = Vec::new();
    let added = async {
        keep(account.name(), keys, means, &mut kept).await?;
        let told = judge(&look(&open(account)?).await, insisted)?;
        Accounts::add(home, account.clone())?;
        Ok([warnings, told].concat())
    };
    match added.await {
        Ok(warnings) => Ok(warnings),
        Err(NotAdded::MayWithdraw(error)) => Err(NotAdded::MayWithdraw(
            taken_out(account.name(), kept, means, error).await,
        )),
        Err(NotAdded::Other(error)) => Err(NotAdded::Other(
            taken_out(account.name(), kept, means, error).await,
        )),
    }
}

/// An account that was removed.
#[derive(Debug)]
pub struct Removed {
    /// It.
    pub account: Account<Live>,
    /// Why its keys are still in the keychain, if they are.
    pub keys_left: Option<Error>,
}

/// Takes an account out of the list, and its keys out of the keychain.
pub async fn remove_account<R: Realm>(
    home: &Home,
    name: &AccountName,
    means: impl FnOnce() -> Result<Means<R>, Error>,
) -> Result<Removed, Error> {
    home.writable()?;
    let account = Accounts::remove(home, name)?;
    if account.keys().next().is_none() {
        return Ok(Removed {
            account,
            keys_left: None,
        });
    }
    let forgotten = async {
        let forgotten = means()?.forget_keys(account.name(), account.keys()).await;
        forgotten.map_err(Error::from)
    };
    let keys_left = forgotten.await.err().map(|error| {
        Error::wrong(format!(
            "its keys may still be in the keychain: {}",
            error.what
        ))
        .untouched("the account is out of the list; at the venue nothing changed")
        .next(format!(
            "delete the entries {}/{} of firebreak in the system's password manager, and the keys \
             at the venue",
            home.id(),
            account.name()
        ))
    });
    Ok(Removed { account, keys_left })
}

/// Puts the keys into the keychain. `kept` are those that are there, or may be, also on an error.
async fn keep<R: Realm>(
    account: &AccountName,
    keys: &[DoorKey],
    means: &Means<R>,
    kept: &mut Vec<Kind>,
) -> Result<(), VaultError> {
    for key in keys {
        let put = means.keep_key(account, key).await;
        if put.is_ok() || put == Err(VaultError::TimedOut) {
            kept.push(key.kind);
        }
        put?;
    }
    Ok(())
}

/// `error`, after what was kept was taken out of the keychain again; where it could not be, it says
/// so.
async fn taken_out<R: Realm>(
    account: &AccountName,
    kept: Vec<Kind>,
    means: &Means<R>,
    error: Error,
) -> Error {
    let Err(trouble) = means.forget_keys(account, kept).await else {
        return error.untouched(NOTHING_KEPT);
    };
    tracing::warn!(%trouble, "a key could not be taken out of the keychain again");
    let next = format!("{}; then add the account again", trouble.next());
    error
        .untouched(format!(
            "the accounts are as they were; a key may still be in the keychain: {trouble}"
        ))
        .next(next)
}

/// What a door said of its key.
struct Looked {
    kind: String,
    answer: Result<MayWithdraw, DoorError>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum MayWithdraw {
    Yes,
    No,
    Unknown,
}

/// Asks each door that signs what its key may do. Reads only.
async fn look(doors: &[Arc<dyn Door>]) -> Vec<Looked> {
    let signing = doors.iter().filter(|door| {
        let kind = Kind::from_id(&door.kind().0);
        kind.is_some_and(Kind::signs)
    });
    join_all(signing.map(|door| async {
        Looked {
            kind: door.kind().to_string(),
            answer: may_withdraw(door.as_ref()).await,
        }
    }))
    .await
}

async fn may_withdraw(door: &dyn Door) -> Result<MayWithdraw, DoorError> {
    within(door.open()).await?;
    let pull = Pull {
        lever: Lever::Audit,
        scope: CancelScope::All,
        keys: KeyScope::Others,
        pressed_at: Timestamp::now(),
    };
    let receipt = match within(door.act(&pull, &Forget)).await {
        Ok(receipt) => receipt,
        // the key works, whatever it may not read
        Err(error) => {
            tracing::info!(%error, door = %door.kind(), "what the key may do was not told");
            return Ok(MayWithdraw::Unknown);
        }
    };
    let facts = receipt.snapshot.unwrap_or_default().facts;
    let told = facts
        .iter()
        .filter(|(name, _)| name == Snapshot::MAY_WITHDRAW)
        .map(|(_, value)| match value.as_str() {
            "yes" => MayWithdraw::Yes,
            "no" => MayWithdraw::No,
            _ => MayWithdraw::Unknown,
        })
        .collect::<Vec<_>>();
    let worst = [MayWithdraw::Yes, MayWithdraw::Unknown, MayWithdraw::No];
    let worst = worst.into_iter().find(|one| told.contains(one));
    Ok(worst.unwrap_or(MayWithdraw::Unknown))
}

async fn within<T>(asking: impl Future<Output = Result<T, DoorError>>) -> Result<T, DoorError> {
    timeout(ANSWERS_WITHIN, asking).await.unwrap_or_else(|_| {
        let words = format!("no answer within {} s", ANSWERS_WITHIN.as_secs());
        Err(DoorError::new(ErrorClass::TimedOut, "", words))
    })
}

/// What the person should know of the keys, or why they are not taken.
fn judge(looked: &[Looked], insisted: bool) -> Result<Vec<String>, NotAdded> {
    let refused = looked.iter().find_map(|one| match &one.answer {
        Err(error) if error.class == ErrorClass::Unauthorised => Some((&one.kind, error)),
        Ok(_) | Err(_) => None,
    });
    if let Some((kind, error)) = refused {
        let next = if error.next.is_empty() {
            "copy the key again from the venue's page, or make a new one"
        } else {
            &error.next
        };
        return Err(
            Error::wrong(format!("the key of the {kind} door is not taken: {error}"))
                .untouched(NOTHING_KEPT)
                .next(next)
                .into(),
        );
    }
    let withdrawing = looked
        .iter()
        .filter(|one| one.answer == Ok(MayWithdraw::Yes))
        .map(|one| one.kind.as_str())
        .collect::<Vec<_>>();
    if !withdrawing.is_empty() && !insisted {
        return Err(NotAdded::MayWithdraw(
            Error::wrong(format!(
                "the key of the {} door may withdraw",
                withdrawing.join(" and the ")
            ))
            .untouched(NOTHING_KEPT)
            .next(format!(
                "make a key without that right; or, if it has to be this one, accept it in these \
                 words: {INSISTENCE}"
            )),
        ));
    }
    let warnings = looked.iter().filter_map(|one| {
        let kind = &one.kind;
        match &one.answer {
            Ok(MayWithdraw::No) => None,
            Ok(MayWithdraw::Yes) => Some(format!(
                "The key of the {kind} door may withdraw, and you accepted that. Whoever gets it \
                 could take the money."
            )),
            Ok(MayWithdraw::Unknown) => Some(format!(
                "The {kind} door did not tell whether its key may withdraw. Look at the key on the \
                 venue's page."
            )),
            Err(error) => Some(format!(
                "The {kind} door was not reached ({error}), so nobody saw whether its key works \
                 and whether it may withdraw. Test the account once it is reached."
            )),
        }
    });
    Ok(warnings.collect())
}

#[cfg(test)]
mod tests;
