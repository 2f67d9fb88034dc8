//! `simulate`: venues on loopback, and the truth about them, until stdin closes.

use std::io::Read as _;

use controller::Error;
use serde_json::json;
use simulator::{
    faults::Fault,
    serve::{Spec, fronts, serve},
    world::Seeding,
};
use tokio::sync::oneshot;

use crate::{
    args::Simulate,
    out::{Exit, Out, put},
    verb::press::interrupted,
};

pub(super) async fn simulate(args: &Simulate, out: Out) -> Result<Exit, Error> {
    if args.list_faults {
        for line in Fault::all() {
            put(&line);
        }
        return Ok(Exit::Done);
    }
    let faults = args
        .faults
        .iter()
        .map(|spec| spec.parse::<Fault>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Error::wrong(e).next("see what there is: firebreak simulate --faults"))?;
    let spec = Spec {
        seed: args.seed,
        fronts: fronts(&args.venues).map_err(Error::wrong)?,
        accounts: usize::from(args.accounts),
        seeding: Seeding {
            orders: usize::try_from(args.orders).unwrap_or(usize::MAX),
            ..Seeding::default()
        },
        faults,
        ..Spec::default()
    };
    let served = serve(spec).await.map_err(|e| {
        Error::wrong(e)
            .untouched("nothing is served")
            .next("close other programs that listen on loopback, then try again")
    })?;
    for account in served.accounts() {
        put(&account.serving(served.authority()).to_string());
    }
    put(&json!({ "ready": true }).to_string());

    let mut truth = served.world().truth();
    let mut closed = stdin_closed();
    let mut stop = std::pin::pin!(interrupted());
    let exit = loop {
        tokio::select! {
            event = truth.recv() => match event {
                Some(event) => put(&json!({ "truth": event }).to_string()),
                None => break Exit::Done,
            },
            _ = &mut closed => break Exit::Done,
            () = &mut stop => break Exit::Interrupted,
        }
    };
    let world = served.world().clone();
    served.stop().await;
    // what happened until the last front end was closed
    while let Ok(event) = truth.try_recv() {
        put(&json!({ "truth": event }).to_string());
    }
    put(&json!({ "truth_summary": world.truth_summary() }).to_string());
    if exit == Exit::Interrupted {
        out.aside("interrupted");
    }
    Ok(exit)
}

/// Ends when stdin does. A thread of its own, since a blocked read cannot be called off.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (closed, wait) = oneshot::channel();
    let read = move || {
        let mut stdin = std::io::stdin().lock();
        let mut bytes = [0; 1024];
        while matches!(stdin.read(&mut bytes), Ok(1..)) {}
        // the simulation may have ended otherwise
        let _ = closed.send(());
    };
    // without the thread the wait ends at once, and so does the simulation
    drop(
        std::thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(read),
    );
    wait
}
