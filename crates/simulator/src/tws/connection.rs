//! One client from its handshake to its end. Whatever it sends, only this connection can end.

use std::{io, pin::pin};

use tokio::{
    net::{TcpStream, tcp::OwnedReadHalf},
    sync::broadcast,
};

use super::{
    Gateway,
    client::Client,
    frame::{FrameReader, Frames, Incoming, Unreadable, negotiate},
    notice::{NO_ID, Notice},
    outlet::Outlet,
    request::Request,
    translate::{Speech, time_text},
};
use crate::{
    faults::{FaultKind, Front, Standing},
    world::{AccountId, Update, World, WorldError},
};

/// How many clients TWS takes at a time.
const MOST_CLIENTS: usize = 32;

/// Serves one client until either side ends it.
pub(super) async fn serve(gateway: Gateway, stream: TcpStream) {
    // small frames must not wait for each other
    let _ = stream.set_nodelay(true);
    let (from, to) = stream.into_split();
    let outlet = Outlet::new(to, gateway.world.clone(), gateway.account.clone());
    let mut connection = Connection {
        reader: FrameReader::new(from),
        outlet,
        gateway,
    };
    if let Err(error) = connection.run().await {
        tracing::debug!(%error, "a client of the simulated TWS was let go");
    }
}

struct Connection {
    gateway: Gateway,
    reader: FrameReader<OwnedReadHalf>,
    outlet: Outlet,
}

impl Connection {
    async fn run(&mut self) -> Result<(), Unreadable> {
        self.half_open().await;
        let Some(version) = self.handshake().await? else {
            return Ok(());
        };
        // before the session begins, so that nothing falls between it and the first update
        let updates = self.world().updates();
        let Some(seat) = self.start().await? else {
            return Ok(());
        };
        let mut session = Session {
            client: Client::new(self.gateway.clone(), seat.client, version),
            linked: self.world().tws_linked(self.account()),
            updates,
        };
        self.welcome(&session).await?;
        loop {
            self.turn(&mut session).await?;
        }
    }

    /// The negotiated version, once it was told; `None` when there is nobody to go on with.
    async fn handshake(&mut self) -> Result<Option<i32>, Unreadable> {
        let Some(versions) = self.reader.hello().await? else {
            return Ok(None);
        };
        self.half_open().await;
        if self.bites(FaultKind::MuteHandshake) {
            self.world()
                .request(Front::Tws, self.account(), "handshake");
            std::future::pending::<()>().await;
        }
        let Some(version) = negotiate(versions) else {
            return Ok(None);
        };
        let now = self.world().clock(Front::Tws, self.account());
        self.outlet
            .open(&Frames::welcome(version, &time_text(now)))
            .await?;
        Ok(Some(version))
    }

    /// Waits for the request that starts the API and takes the client's id.
    async fn start(&mut self) -> Result<Option<Seat>, Unreadable> {
        loop {
            let Some(incoming) = self.reader.next().await? else {
                return Ok(None);
            };
            self.half_open().await;
            let request = Request::read(&incoming);
            self.note(&request);
            let mut frames = Frames::default();
            let Request::StartApi(start) = request else {
                self.speech().say(Notice::not_started(), &mut frames);
                self.outlet.open(&frames).await?;
                continue;
            };
            let client = start.client_id.unwrap_or(0);
            if self.world().clients(self.account()).len() >= MOST_CLIENTS {
                return Ok(None);
            }
            return match self.world().connect_client(self.account(), client) {
                Ok(connection) => Ok(Some(Seat {
                    world: self.world().clone(),
                    account: self.account().clone(),
                    client,
                    connection,
                })),
                Err(WorldError::ClientIdInUse(client)) => {
                    self.speech()
                        .say(Notice::client_id_in_use(client), &mut frames);
                    self.outlet.open(&frames).await?;
                    Ok(None)
                }
                Err(_) => Ok(None),
            };
        }
    }

    /// What a client hears when its session begins.
    async fn welcome(&mut self, session: &Session) -> Result<(), Unreadable> {
        let mut frames = Frames::default();
        session.client.managed_accounts(&mut frames);
        session.client.next_valid_id(&mut frames);
        let speech = self.speech();
        for notice in Notice::farms(session.linked) {
            speech.say(notice, &mut frames);
        }
        if !session.linked {
            speech.say(Notice::link_lost(NO_ID), &mut frames);
        }
        session.client.replay(&mut frames);
        self.outlet.open(&frames).await?;
        Ok(())
    }

    /// Waits for one thing to happen and does what it asks for.
    async fn turn(&mut self, session: &mut Session) -> Result<(), Unreadable> {
        let world = self.world().clone();
        let account = self.account().clone();
        let mut changed = pin!(world.faults().changed());
        // from here on no change is missed
        changed.as_mut().enable();
        self.half_open().await;
        self.reachable()?;
        self.tell_of_link(session).await?;
        let standing = |kind| {
            let faults = world.faults();
            faults.standing(world.now(), Some(Front::Tws), &account, kind)
        };
        let lost = standing(FaultKind::LinkLost);
        let cut = standing(FaultKind::Unreachable);
        let mut frames = Frames::default();
        tokio::select! {
            incoming = self.reader.next() => {
                self.half_open().await;
                self.reachable()?;
                return match incoming {
                    Ok(Some(incoming)) => self.answer(session, &incoming).await,
                    Ok(None) => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                    Err(Unreadable::Length(length)) => {
                        self.speech().say(Notice::bad_length(length), &mut frames);
                        self.outlet.send(&frames).await?;
                        Err(Unreadable::Length(length))
                    }
                    Err(error) => Err(error),
                };
            }
            update = session.updates.recv() => match update {
                Ok(update) => session.client.heed(&update, &mut frames),
                // it does not read as fast as things happen: TWS lets such a client go
                Err(_) => return Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            },
            () = changed => {}
            () = begins(&lost) => {}
            () = begins(&cut) => {}
        }
        self.half_open().await;
        self.outlet.send(&frames).await?;
        Ok(())
    }

    async fn answer(
        &mut self,
        session: &mut Session,
        incoming: &Incoming,
    ) -> Result<(), Unreadable> {
        let request = Request::read(incoming);
        self.note(&request);
        if self.bites(FaultKind::Hang) {
            return Ok(());
        }
        self.tell_of_link(session).await?;
        let mut frames = Frames::default();
        if self.gateway.takes_one() {
            session.client.answer(&request, &mut frames);
        } else {
            self.speech().say(Notice::too_fast(), &mut frames);
        }
        self.outlet.send(&frames).await?;
        Ok(())
    }

    /// Says so when the link to the broker was lost or came back since this was last called.
    async fn tell_of_link(&mut self, session: &mut Session) -> io::Result<()> {
        let linked = self.world().tws_linked(self.account());
        if linked == session.linked {
            return Ok(());
        }
        session.linked = linked;
        let mut frames = Frames::default();
        self.speech().say(
            if linked {
                Notice::link_back()
            } else {
                Notice::link_lost(NO_ID)
            },
            &mut frames,
        );
        self.outlet.send(&frames).await
    }

    /// Never returns while nothing is to be read or written any more. Such a connection does not
    /// come back to life.
    async fn half_open(&self) {
        if self.bites(FaultKind::HalfOpen) {
            std::future::pending::<()>().await;
        }
    }

    /// An error, which ends the connection, while none holds.
    fn reachable(&self) -> io::Result<()> {
        if self.gateway.is_unreachable() {
            return Err(io::Error::from(io::ErrorKind::ConnectionReset));
        }
        Ok(())
    }

    fn note(&self, request: &Request) {
        self.world()
            .request(Front::Tws, self.account(), request.name());
    }

    fn bites(&self, kind: FaultKind) -> bool {
        let faults = self.world().faults();
        faults.on(Front::Tws, self.account(), kind).is_some()
    }

    fn speech(&self) -> Speech<'_> {
        Speech {
            world: &self.gateway.world,
            account: &self.gateway.account,
        }
    }

    fn world(&self) -> &World {
        &self.gateway.world
    }

    fn account(&self) -> &AccountId {
        &self.gateway.account
    }
}

/// An API session that was started.
struct Session {
    client: Client,
    linked: bool,
    updates: broadcast::Receiver<Update>,
}

/// A client id, taken for as long as this lives.
struct Seat {
    world: World,
    account: AccountId,
    client: i32,
    connection: u64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.world
            .disconnect_client(&self.account, self.client, self.connection);
    }
}

/// Returns when a fault that is known to begin later begins.
async fn begins(standing: &Standing) {
    match standing {
        Standing::From(at) => tokio::time::sleep_until(*at).await,
        Standing::Bites(_) | Standing::Idle => std::future::pending().await,
    }
}
