//! Starts a world and its front ends on loopback, and says how to reach them. What it hands out is
//! the only way to a simulated account: the addresses in it were bound here, so they can never
//! belong to anybody else.

mod served;

use std::{collections::BTreeSet, future::Future, io, net::Ipv4Addr, sync::Arc};

use jiff::Timestamp;
use tokio::{net::TcpListener, task::JoinSet};

pub use served::{ServedAccount, ServedDoor};

use crate::{
    attacker::{self, Script},
    client_portal::{self, Gateway},
    deribit,
    faults::{Fault, Front},
    flex::Flex,
    https::{self, Authority, Handler, Site},
    kraken, tws,
    world::{AccountId, Seeding, Username, Venue, World, WorldError},
};

/// What to serve.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Everything random follows from it.
    pub seed: u64,
    /// Which front ends accounts have: an account at each venue that one of them stands at.
    pub fronts: BTreeSet<Front>,
    /// How many accounts at each venue.
    pub accounts: usize,
    /// What each begins with.
    pub seeding: Seeding,
    /// What goes wrong, from the beginning on.
    pub faults: Vec<Fault>,
    /// What intruders and innocents do, on each account.
    pub scripts: Vec<Script>,
    /// The accounts one by one; when there are any, they are all.
    pub account_specs: Vec<AccountSpec>,
}

/// One account to serve.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountSpec {
    /// At which venue.
    pub venue: Venue,
    /// Its name, unique in the simulation.
    pub name: String,
    /// Its front ends there; one that nobody reaches from outside has none.
    pub fronts: BTreeSet<Front>,
    /// What it begins with.
    pub seeding: Seeding,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            seed: 1,
            fronts: Venue::Ibkr.fronts().iter().copied().collect(),
            accounts: 1,
            seeding: Seeding::default(),
            faults: Vec::new(),
            scripts: Vec::new(),
            account_specs: Vec::new(),
        }
    }
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A `--venue` that is not simulated.
    #[error("no simulated venue {0:?}; there are {all}", all = all_venues())]
    NoVenue(String),
    /// No port could be had, or no certificate made.
    #[error("cannot listen on loopback: {0}")]
    Listen(#[from] io::Error),
    /// Two accounts of one name.
    #[error("two accounts are named {0:?}")]
    SameName(String),
    /// A door that stands at another venue.
    #[error("the account {0:?} has no door {door:?} at its venue", door = .1.id())]
    DoorElsewhere(String, Front),
    /// The Client Portal gateway does not start.
    #[error(transparent)]
    Gateway(#[from] client_portal::ServeError),
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
    /// The world could not be seeded.
    #[error(transparent)]
    World(#[from] WorldError),
}

fn all_venues() -> String {
    let doors = |venue: Venue| {
        venue
            .all_fronts()
            .map(move |front| format!("{}-{}", venue.id(), front.id()))
    };
    Venue::ALL
        .into_iter()
        .flat_map(|venue| std::iter::once(venue.id().to_owned()).chain(doors(venue)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The front ends that a list of venues asks for: `ibkr` is the usual doors of one account, and
/// `ibkr-tws` is one of them.
pub fn fronts<S: AsRef<str>>(venues: &[S]) -> Result<BTreeSet<Front>, ServeError> {
    let mut fronts = BTreeSet::new();
    for venue in venues {
        let venue = venue.as_ref();
        if let Some(whole) = Venue::from_id(venue) {
            fronts.extend(whole.fronts());
            continue;
        }
        let one = venue.split_once('-').and_then(|(venue, door)| {
            let front = Front::from_id(door)?;
            (front.venue().id() == venue).then_some(front)
        });
        fronts.insert(one.ok_or_else(|| ServeError::NoVenue(venue.to_owned()))?);
    }
    Ok(fronts)
}

/// A running simulation. Everything ends when it is dropped.
pub struct Served {
    world: World,
    accounts: Vec<ServedAccount>,
    authority: Authority,
    gateways: Vec<Gateway>,
    tasks: JoinSet<()>,
}

impl Served {
    /// The world behind the front ends.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The accounts, in the order in which faults count them.
    pub fn accounts(&self) -> &[ServedAccount] {
        &self.accounts
    }

    /// The throwaway authority's certificate, as PEM: who trusts it trusts every simulated exchange
    /// of this simulation, and nothing else.
    pub fn authority(&self) -> &str {
        self.authority.pem()
    }

    /// Ends every front end and waits for it.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Starts what `spec` asks for.
pub async fn serve(spec: Spec) -> Result<Served, ServeError> {
    let world = World::new(spec.seed, Timestamp::now());
    let mut served = Served {
        world: world.clone(),
        accounts: Vec::new(),
        authority: Authority::new().map_err(ServeError::Certificate)?,
        gateways: Vec::new(),
        tasks: JoinSet::new(),
    };
    for account in account_specs(&spec) {
        let account = served.add_account(&account).await?.account().clone();
        for script in &spec.scripts {
            let act = attacker::perform(world.clone(), account.clone(), script.clone());
            served.tasks.spawn(act);
        }
    }
    for fault in spec.faults {
        world.faults().switch_on(fault);
    }
    served.spawn(async move { world.drive().await });
    let world = served.world.clone();
    served.spawn(attacker::haunt(world));
    Ok(served)
}

/// The accounts that a spec asks for: those that it names, or else as many as it says at each venue
/// that one of its front ends stands at.
fn account_specs(spec: &Spec) -> Vec<AccountSpec> {
    if !spec.account_specs.is_empty() {
        return spec.account_specs.clone();
    }
    let mut accounts = Vec::new();
    for venue in Venue::ALL {
        let fronts = spec.fronts.iter().copied();
        let fronts: BTreeSet<_> = fronts.filter(|front| front.venue() == venue).collect();
        let times = if fronts.is_empty() { 0 } else { spec.accounts };
        accounts.extend((1..=times).map(|nth| AccountSpec {
            venue,
            name: format!("{}-{nth}", venue.id()),
            fronts: fronts.clone(),
            seeding: spec.seeding.clone(),
        }));
    }
    accounts
}

impl Served {
    /// Serves one account more.
    pub async fn add_account(&mut self, spec: &AccountSpec) -> Result<&ServedAccount, ServeError> {
        let name = &spec.name;
        if self.accounts.iter().any(|served| served.name() == name) {
            return Err(ServeError::SameName(name.clone()));
        }
        if let Some(front) = spec.fronts.iter().find(|it| it.venue() != spec.venue) {
            return Err(ServeError::DoorElsewhere(name.clone(), *front));
        }
        let world = self.world.clone();
        let account = match spec.venue {
            Venue::Ibkr => world.seed_account(name, &spec.seeding)?,
            Venue::Kraken | Venue::Deribit => {
                world.seed_exchange(name, spec.venue, &spec.seeding)?
            }
        };
        let mut doors = Vec::new();
        for front in &spec.fronts {
            doors.push(self.open(*front, &account, name).await?);
        }
        let totp = match spec.venue {
            Venue::Deribit => Some(world.totp_secret(&account)?),
            Venue::Ibkr | Venue::Kraken => None,
        };
        let served = ServedAccount::new(name.clone(), spec.venue, account, doors);
        let nth = self.accounts.len();
        self.accounts.push(served.with_totp(totp));
        Ok(&self.accounts[nth])
    }

    async fn open(
        &mut self,
        front: Front,
        account: &AccountId,
        name: &str,
    ) -> Result<ServedDoor, ServeError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (world, account) = (self.world.clone(), account.clone());
        let site = Site {
            world: world.clone(),
            account: account.clone(),
            front,
        };
        match front {
            Front::Tws => {
                let port = address.port();
                world.change_tws_settings(&account, |settings| settings.socket_port = port)?;
                let user = world.tws_user(&account)?;
                self.spawn(ended(front, tws::serve(world, account, listener)));
                Ok(ServedDoor::new(front, address, None, Some(user)))
            }
            Front::ClientPortal => {
                let user = Username(format!("{name}-web"));
                let gateway = client_portal::serve(world, account, user.clone(), listener)?;
                let pin = gateway.pin().to_owned();
                self.gateways.push(gateway);
                Ok(ServedDoor::new(front, address, Some(pin), Some(user)))
            }
            Front::Ibc => {
                self.spawn(ended(front, crate::ibc::serve(world, account, listener)));
                Ok(ServedDoor::new(front, address, None, None))
            }
            Front::Flex => {
                let service = Flex::new(site, address.to_string())?;
                let told = (service.queries(), service.token().to_owned());
                let door = self.exchange(listener, service)?;
                Ok(door.with_token(told))
            }
            Front::KrakenSpot => self.exchange(listener, kraken::spot(site)),
            Front::KrakenFutures => self.exchange(listener, kraken::futures(site)),
            Front::Deribit => self.exchange(listener, deribit::api(site)),
        }
    }

    /// Serves an exchange's front end, with a certificate that the throwaway authority signed.
    fn exchange(
        &mut self,
        listener: TcpListener,
        handler: Arc<dyn Handler>,
    ) -> Result<ServedDoor, ServeError> {
        let address = listener.local_addr()?;
        let identity = self.authority.identity().map_err(ServeError::Certificate)?;
        let Site {
            world,
            account,
            front,
        } = handler.site().clone();
        let key = world.panic_key(&account, front).and_then(|key| key.api);
        self.spawn(https::accept(listener, identity.acceptor, handler));
        Ok(ServedDoor::new(front, address, Some(identity.pin), None).with_key(key))
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}

/// A front end that ends is a defect of the simulator, and is said so.
async fn ended(front: Front, task: impl Future<Output = io::Result<()>>) {
    if let Err(error) = task.await {
        tracing::error!(front = front.id(), %error, "a simulated front end ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn venues_name_one_accounts_doors() {
        let tws_and_web = fronts(&["ibkr-tws", "ibkr-client-portal"]).unwrap();
        assert_eq!(tws_and_web, [Front::Tws, Front::ClientPortal].into());
        let ibkr = fronts(&["ibkr"]).unwrap();
        assert_eq!(ibkr, [Front::Tws, Front::ClientPortal, Front::Ibc].into());
        let all = fronts(&["ibkr", "kraken", "deribit"]).unwrap();
        let mut usual: BTreeSet<_> = Front::ALL.into();
        usual.remove(&Front::Flex);
        assert_eq!(all, usual);
        assert_eq!(fronts(&["ibkr-flex"]).unwrap(), [Front::Flex].into());
        assert_eq!(
            fronts(&["kraken-spot"]).unwrap(),
            [Front::KrakenSpot].into()
        );
        for bad in ["bitmex", "ibkr-", "ibkr-moon", "ibkr-spot", ""] {
            assert!(fronts(&[bad]).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn every_account_gets_its_own_ports_and_users() {
        let spec = Spec {
            accounts: 2,
            fronts: [Front::Ibc].into(),
            ..Spec::default()
        };
        let served = serve(spec).await.unwrap();
        let [first, second] = served.accounts() else {
            panic!("two accounts were asked for");
        };
        assert_ne!(first.doors()[0].address(), second.doors()[0].address());
        assert!(first.doors()[0].address().ip().is_loopback());
        assert_ne!(first.account(), second.account());
        served.stop().await;
    }

    #[tokio::test]
    async fn accounts_are_served_one_by_one_where_they_are_named() {
        let named = |venue, name: &str, fronts: &[Front]| AccountSpec {
            venue,
            name: name.to_owned(),
            fronts: fronts.iter().copied().collect(),
            seeding: Seeding {
                orders: 1,
                ..Seeding::default()
            },
        };
        let spec = Spec {
            account_specs: vec![
                named(Venue::Ibkr, "taxable", &[Front::Ibc]),
                named(Venue::Ibkr, "pension", &[]),
                named(Venue::Deribit, "coins", &[Front::Deribit]),
            ],
            ..Spec::default()
        };
        let mut served = serve(spec).await.unwrap();
        let names: Vec<_> = served.accounts().iter().map(ServedAccount::name).collect();
        assert_eq!(names, ["taxable", "pension", "coins"]);
        assert!(served.accounts()[1].doors().is_empty());
        let again = served.add_account(&named(Venue::Ibkr, "coins", &[])).await;
        assert!(matches!(again, Err(ServeError::SameName(name)) if name == "coins"));
        let wrong = named(Venue::Kraken, "other", &[Front::Deribit]);
        let wrong = served.add_account(&wrong).await.map(|_| ()).unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "the account \"other\" has no door \"api\" at its venue"
        );
        let more = named(Venue::Kraken, "more", &[Front::KrakenSpot]);
        assert_eq!(served.add_account(&more).await.unwrap().doors().len(), 1);
        served.stop().await;
    }
}
