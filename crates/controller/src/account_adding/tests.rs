use async_trait::async_trait;
use door::{DoorKind, Health, Keep, LeverSupport, Reading, Receipt, Released};
use tempfile::TempDir;
use vault::{Secret, Simulated, Slot, Vault};

use super::*;

#[tokio::test]
async fn a_narrow_key_is_kept_and_the_account_added() {
    let scene = Scene::new();
    let warnings = scene.add(says("no"), false).await.unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(scene.accounts(), ["K"]);
    for kind in ["spot", "futures"] {
        assert_eq!(scene.kept(kind).await.as_deref(), Some("key\nc2VjcmV0"));
    }
}

#[tokio::test]
async fn a_key_that_can_withdraw_is_refused_and_nothing_of_it_is_kept() {
    let scene = Scene::new();
    let NotAdded::MayWithdraw(error) = scene.add(says("yes"), false).await.unwrap_err() else {
        panic!("refused for another reason");
    };
    assert!(error.what.contains("futures door may withdraw"), "{error}");
    assert!(error.next.contains(INSISTENCE), "{}", error.next);
    assert_eq!(error.untouched, NOTHING_KEPT);
    scene.keeps_nothing().await;
}

#[tokio::test]
async fn a_key_that_can_withdraw_is_taken_from_a_person_who_insists_and_said_ever_after() {
    let scene = Scene::new();
    let warnings = scene.add(says("yes"), true).await.unwrap();
    assert!(warnings[0].contains("you accepted that"), "{warnings:?}");
    assert_eq!(scene.accounts(), ["K"]);
}

#[tokio::test]
async fn what_no_door_told_of_a_key_is_never_taken_for_a_no() {
    for told in [says("unknown"), says("perhaps"), silent(), Told::AuditFails] {
        let scene = Scene::new();
        let warnings = scene.add(told, false).await.unwrap();
        assert!(warnings[0].contains("did not tell"), "{warnings:?}");
    }
}

#[tokio::test]
async fn a_door_that_is_not_reached_keeps_the_account_and_says_what_was_not_seen() {
    let scene = Scene::new();
    let fails = Told::Fails(ErrorClass::Unreachable);
    let warnings = scene.add(fails, false).await.unwrap();
    assert!(warnings[0].contains("was not reached"), "{warnings:?}");
    assert_eq!(scene.accounts(), ["K"]);
}

#[tokio::test]
async fn a_key_that_the_venue_does_not_know_is_not_kept() {
    let scene = Scene::new();
    let fails = Told::Fails(ErrorClass::Unauthorised);
    let error = scene.add(fails, false).await.unwrap_err().into_error();
    assert!(error.what.contains("futures door is not taken"), "{error}");
    assert!(!error.next.is_empty());
    scene.keeps_nothing().await;
}

#[tokio::test]
async fn an_account_that_cannot_be_written_leaves_no_key_behind() {
    let scene = Scene::new();
    std::fs::create_dir(scene.home.accounts().with_extension("lock")).unwrap();
    let error = scene.add(says("no"), false).await.unwrap_err().into_error();
    assert!(error.what.contains("cannot"), "{error}");
    scene.keeps_nothing().await;
}

#[tokio::test]
async fn doors_that_cannot_be_built_leave_no_key_behind() {
    let scene = Scene::new();
    let broken = |_: &Account<Live>| Err(Error::wrong("no such door").next("wait"));
    let added = scene.add_with(&account(), &keys(), broken).await;
    assert_eq!(added.unwrap_err().into_error().next, "wait");
    scene.keeps_nothing().await;
}

#[tokio::test]
async fn the_key_of_an_account_of_that_name_is_left_alone() {
    let scene = Scene::new();
    scene.add(says("no"), false).await.unwrap();
    let other = [
        key(Kind::KrakenSpot, "other"),
        key(Kind::KrakenFutures, "other"),
    ];
    let named_alike = Account::new("k", "kraken", account().doors().to_vec()).unwrap();
    let never = |_: &Account<Live>| panic!("no door is opened");
    let added = scene.add_with(&named_alike, &other, never).await;
    let error = added.unwrap_err().into_error();
    assert!(error.what.contains("already"), "{error}");
    assert_eq!(scene.kept("spot").await.as_deref(), Some("key\nc2VjcmV0"));
}

#[tokio::test]
async fn a_door_without_its_key_is_said_before_anything_is_kept() {
    let scene = Scene::new();
    let one = [key(Kind::KrakenSpot, "key")];
    let never = |_: &Account<Live>| panic!("no door is opened");
    let added = scene.add_with(&account(), &one, never).await;
    let error = added.unwrap_err().into_error();
    assert!(error.what.contains("futures door has no key"), "{error}");
    scene.keeps_nothing().await;
}

#[tokio::test]
async fn removing_an_account_takes_its_keys_out_of_the_keychain() {
    let scene = Scene::new();
    scene.add(says("no"), false).await.unwrap();
    let means = || Ok(scene.means.clone());
    let name = AccountName::new("k");
    let removed = remove_account(&scene.home, &name, means).await.unwrap();
    assert_eq!(removed.keys_left, None);
    scene.keeps_nothing().await;
}

#[tokio::test]
async fn keys_that_stay_in_the_keychain_are_said() {
    let scene = Scene::new();
    scene.add(says("no"), false).await.unwrap();
    let means = || Err::<Means<Simulated>, _>(Error::wrong("the keychain is locked"));
    let name = AccountName::new("K");
    let removed = remove_account(&scene.home, &name, means).await.unwrap();
    let left = removed.keys_left.unwrap();
    assert!(left.what.contains("may still be in the keychain"), "{left}");
    assert!(left.next.contains(scene.home.id()), "{}", left.next);
    assert_eq!(scene.accounts(), Vec::<String>::new());
}

#[test]
fn only_the_sentence_itself_insists() {
    assert_eq!(insists(""), Ok(false));
    assert_eq!(insists(&format!(" {INSISTENCE}\n")), Ok(true));
    for other in ["yes", "this key can withdraw", &INSISTENCE.to_uppercase()] {
        assert!(insists(other).unwrap_err().next.contains(INSISTENCE));
    }
}

#[tokio::test]
async fn the_simulator_says_how_to_insist_where_the_key_that_it_gives_can_withdraw() {
    use simulator::{faults::Front, serve::Spec};

    for (front, withdraws) in [(Front::Deribit, true), (Front::KrakenSpot, false)] {
        let served = simulator::serve(Spec {
            fronts: [front].into(),
            ..Spec::default()
        });
        let served = served.await.unwrap();
        let arguments = served.accounts()[0].add_arguments();
        let words = arguments
            .iter()
            .skip_while(|argument| *argument != "--accept-withdraw-right")
            .nth(1);
        let insists = insists(words.map_or("", String::as_str));
        assert_eq!(insists, Ok(withdraws), "{arguments:?}");
        served.stop().await;
    }
}

/// A home, and a keychain in memory.
struct Scene {
    home: Home,
    vault: Vault<Simulated>,
    means: Means<Simulated>,
    _temporary: TempDir,
}

impl Scene {
    fn new() -> Self {
        let (temporary, home) = crate::testing::home();
        let vault = Vault::in_memory();
        Self {
            home,
            means: Means::new(vault.clone(), None),
            vault,
            _temporary: temporary,
        }
    }

    /// Adds an account whose spot door tells that its key is narrow, and whose other door tells
    /// `told`.
    async fn add(&self, told: Told, insisted: bool) -> Result<Vec<String>, NotAdded> {
        let doors = |_: &Account<Live>| Ok(vec![door("spot", says("no")), door("futures", told)]);
        add_account(
            &self.home,
            &account(),
            &keys(),
            insisted,
            &self.means,
            doors,
        )
        .await
    }

    async fn add_with(
        &self,
        account: &Account<Live>,
        keys: &[DoorKey],
        open: impl FnOnce(&Account<Live>) -> Result<Vec<Arc<dyn Door>>, Error>,
    ) -> Result<Vec<String>, NotAdded> {
        add_account(&self.home, account, keys, false, &self.means, open).await
    }

    fn accounts(&self) -> Vec<String> {
        let list = Accounts::read(&self.home).unwrap().list;
        list.iter().map(|one| one.name().to_string()).collect()
    }

    async fn kept(&self, kind: &str) -> Option<String> {
        let slot = Slot::of_account("K", kind).unwrap();
        let entry = self.vault.get(&slot).await.unwrap();
        entry.map(|entry| entry.expose().to_owned())
    }

    async fn keeps_nothing(&self) {
        if self.home.accounts().exists() {
            assert_eq!(self.accounts(), Vec::<String>::new());
        }
        for kind in ["spot", "futures"] {
            assert_eq!(self.kept(kind).await, None, "{kind}");
        }
    }
}

fn account() -> Account<Live> {
    let doors = [
        "spot=https://api.kraken.com",
        "futures=https://futures.kraken.com",
    ];
    let doors = doors.iter().map(|door| door.parse().unwrap()).collect();
    Account::new("K", "kraken", doors).unwrap()
}

fn keys() -> Vec<DoorKey> {
    vec![
        key(Kind::KrakenSpot, "key"),
        key(Kind::KrakenFutures, "key"),
    ]
}

fn key(kind: Kind, key: &str) -> DoorKey {
    let secret = Secret::new("c2VjcmV0".to_owned());
    DoorKey::typed(kind, Secret::new(key.to_owned()), secret).unwrap()
}

/// What a door tells of its key.
enum Told {
    Fact(Option<&'static str>),
    AuditFails,
    Fails(ErrorClass),
}

fn says(value: &'static str) -> Told {
    Told::Fact(Some(value))
}

fn silent() -> Told {
    Told::Fact(None)
}

fn door(kind: &str, told: Told) -> Arc<dyn Door> {
    Arc::new(Tells {
        kind: DoorKind::new(kind),
        told,
    })
}

struct Tells {
    kind: DoorKind,
    told: Told,
}

#[async_trait]
impl Door for Tells {
    fn kind(&self) -> &DoorKind {
        &self.kind
    }

    fn levers(&self) -> Vec<LeverSupport> {
        Vec::new()
    }

    fn poll_interval(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn open(&self) -> Result<Health, DoorError> {
        match self.told {
            Told::Fails(class) => Err(DoorError::new(class, "", "it failed")),
            Told::Fact(_) | Told::AuditFails => Ok(Health::default()),
        }
    }

    async fn act(&self, pull: &Pull, _keep: &dyn Keep) -> Result<Receipt, DoorError> {
        assert_eq!(pull.lever, Lever::Audit, "nothing else is done");
        let Told::Fact(value) = self.told else {
            return Err(DoorError::new(ErrorClass::Refused, "", "not allowed"));
        };
        let facts = value.map(|value| (Snapshot::MAY_WITHDRAW.to_owned(), value.to_owned()));
        Ok(Receipt {
            snapshot: Some(Snapshot {
                facts: facts.into_iter().collect(),
                ..Snapshot::default()
            }),
            ..Receipt::default()
        })
    }

    async fn read_back(&self, _pull: &Pull, _keep: &dyn Keep) -> Result<Reading, DoorError> {
        panic!("nothing is read back")
    }

    async fn release(&self, _keep: &dyn Keep) -> Result<Vec<Released>, DoorError> {
        Ok(Vec::new())
    }
}
