//! The tray, as a panel has it: the item registers, its menu is asked for over the session bus, an
//! entry is chosen.

use std::{
    collections::HashMap,
    sync::mpsc::{self, Receiver, Sender},
    time::Duration,
};

use tests::desk::Desk;
use zbus::{
    blocking::{Connection, Proxy, connection},
    message::Header,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use crate::person::{ONE_DOOR, all_are, arm, board, runs_in, truth};

/// How long an item has to register.
const REGISTERED_WITHIN: Duration = Duration::from_secs(20);

#[test]
fn the_trays_menu_contains_without_the_window_and_says_how_things_stand() {
    let mut desk = Desk::set_up();
    let simulator = tests::program::Simulator::start(desk.home(), &ONE_DOOR);
    desk.add(&simulator.accounts);
    let panel = Panel::open(&desk);
    desk.open();
    arm(desk.page());

    let tray = panel.item();
    desk.soon("the menu says that it is armed", || {
        tray.labels().iter().any(|label| label == "Armed, 1 of 1")
    });
    tray.choose("Contain everything now");
    board(desk.page());
    all_are(desk.page(), "Cancel orders", &["verified"]);
    desk.soon("the menu says that a run is open", || {
        tray.labels()
            .iter()
            .any(|label| label.starts_with("LIVE RUN") || label.starts_with("LATCHED"))
    });
    assert!(
        tray.labels()
            .iter()
            .any(|label| label == "Quit: containment stops")
    );
    assert_eq!(runs_in(&desk).len(), 1);
    assert_eq!(truth(simulator).0, 0);
}

/// Where items register.
struct Watcher {
    registered: Sender<(String, String)>,
}

#[expect(
    clippy::needless_pass_by_value,
    clippy::unused_self,
    reason = "the shape that the bus asks for"
)]
#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // nobody may be waiting any more
        let _ = self.registered.send((sender, service.to_owned()));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// A panel with room for a tray.
struct Panel {
    bus: Connection,
    registered: Receiver<(String, String)>,
}

impl Panel {
    fn open(desk: &Desk) -> Self {
        let (told, registered) = mpsc::channel();
        let bus = connection::Builder::address(desk.bus())
            .unwrap()
            .serve_at("/StatusNotifierWatcher", Watcher { registered: told })
            .unwrap()
            .name("org.kde.StatusNotifierWatcher")
            .unwrap()
            .build()
            .unwrap();
        Self { bus, registered }
    }

    fn item(&self) -> Tray {
        let (sender, path) = self.registered.recv_timeout(REGISTERED_WITHIN).unwrap();
        let item = Proxy::new(
            &self.bus,
            sender.clone(),
            path,
            "org.kde.StatusNotifierItem",
        )
        .unwrap();
        let menu: OwnedObjectPath = item.get_property("Menu").unwrap();
        Tray {
            menu: Proxy::new(&self.bus, sender, menu, "com.canonical.dbusmenu").unwrap(),
        }
    }
}

/// A tray icon's menu.
struct Tray {
    menu: Proxy<'static>,
}

/// An entry of it as it comes: number, properties, what is below.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl Tray {
    fn entries(&self) -> Vec<(i32, String)> {
        let none: Vec<&str> = Vec::new();
        let told: Result<(u32, Layout), _> = self.menu.call("GetLayout", &(0_i32, -1_i32, none));
        let mut entries = Vec::new();
        // the menu is made anew at each change: one that is gone is asked for again
        if let Ok((_, layout)) = told {
            collect(layout, &mut entries);
        }
        entries
    }

    fn labels(&self) -> Vec<String> {
        self.entries().into_iter().map(|(_, label)| label).collect()
    }

    fn choose(&self, label: &str) {
        let entries = self.entries();
        let (number, _) = entries
            .iter()
            .find(|(_, one)| one == label)
            .unwrap_or_else(|| panic!("no {label:?} in {entries:?}"));
        let nothing = Value::from(0_i32);
        let () = self
            .menu
            .call("Event", &(*number, "clicked", nothing, 0_u32))
            .unwrap();
    }
}

fn collect((number, properties, below): Layout, into: &mut Vec<(i32, String)>) {
    if let Some(label) = properties
        .get("label")
        .and_then(|value| <&str>::try_from(value).ok())
    {
        into.push((number, label.to_owned()));
    }
    for value in below {
        if let Ok(layout) = Layout::try_from(value) {
            collect(layout, into);
        }
    }
}
