//! The tray: a press, the phone numbers and the way back to the window, without the window.
//!
//! Its menu is a function of the view. Opening its submenu is what opening the cover is elsewhere.

use tauri::{
    AppHandle, Wry,
    image::Image,
    menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu},
    tray::TrayIconBuilder,
};

use crate::{
    desk::Desk,
    environment,
    view::{Stance, View},
};

const ID: &str = "firebreak";

/// Makes the tray's icon; else says why there is none.
pub(crate) fn make(app: &AppHandle, desk: &Desk) -> Result<(), String> {
    environment::tray_library()?;
    let folder = desk.tray_folder();
    let wanted = desk.clone();
    TrayIconBuilder::with_id(ID)
        .temp_dir_path(folder)
        .tooltip("Firebreak")
        .show_menu_on_left_click(true)
        .on_menu_event(move |app, event| {
            if let Some(act) = Act::of(event.id().as_ref()) {
                wanted.tray(app, act);
            }
        })
        .build(app)
        .map(drop)
        .map_err(|error| {
            tracing::warn!(%error, "there is no tray icon");
            "the desktop takes no tray icon".to_owned()
        })
}

/// Shows `view` in the tray, where there is one.
pub(crate) fn show(app: &AppHandle, view: &View, before: Option<&View>) {
    let Some(tray) = app.tray_by_id(ID) else {
        return;
    };
    let entries = entries(view);
    if before.is_some_and(|before| self::entries(before) == entries) {
        return;
    }
    let shown = menu(app, &entries)
        .and_then(|menu| tray.set_menu(Some(menu)))
        .and_then(|()| tray.set_tooltip(Some(tooltip(view))))
        .and_then(|()| tray.set_icon(Some(icon(view.stance)?)));
    if let Err(error) = shown {
        tracing::warn!(%error, "the tray could not be changed");
    }
}

/// What an entry of the menu does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// Contains at once, by this runbook.
    Contain(String),
    /// Shows the window where the runbook is chosen.
    Choose,
    /// Shows the window.
    Show,
    /// Shows the phone list.
    Phones,
    /// Starts practice.
    Practise,
    /// Contains in the drill.
    Drill,
    /// Ends the drill, since something real happens.
    ThisIsReal,
    /// Arms every account.
    Arm,
    /// Lets go of every account.
    Disarm,
    /// Ends the program.
    Quit,
}

impl Act {
    fn id(&self) -> String {
        match self {
            Self::Contain(runbook) => format!("contain:{runbook}"),
            Self::Choose => "choose".to_owned(),
            Self::Show => "show".to_owned(),
            Self::Phones => "phones".to_owned(),
            Self::Practise => "practise".to_owned(),
            Self::Drill => "drill".to_owned(),
            Self::ThisIsReal => "this-is-real".to_owned(),
            Self::Arm => "arm".to_owned(),
            Self::Disarm => "disarm".to_owned(),
            Self::Quit => "quit".to_owned(),
        }
    }

    fn of(id: &str) -> Option<Self> {
        if let Some(runbook) = id.strip_prefix("contain:") {
            return Some(Self::Contain(runbook.to_owned()));
        }
        [
            Self::Choose,
            Self::Show,
            Self::Phones,
            Self::Practise,
            Self::Drill,
            Self::ThisIsReal,
            Self::Arm,
            Self::Disarm,
            Self::Quit,
        ]
        .into_iter()
        .find(|act| act.id() == id)
    }
}

/// A line of the menu.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Entry {
    /// Words only.
    Says(String),
    /// Something to do.
    Does(String, Act),
    /// More lines.
    Opens(String, Vec<Entry>),
    /// A rule.
    Line,
}

/// The menu of a view.
fn entries(view: &View) -> Vec<Entry> {
    let does = |text: &str, act: Act| Entry::Does(text.to_owned(), act);
    let everything = Act::Contain("contain-everything".to_owned());
    let drill = view.drill.is_some();
    let simulated = view.practice.is_some() || drill;
    let contain = if view.accounts.is_empty() && !simulated {
        vec![does("Open the checklist", Act::Choose)]
    } else {
        vec![
            does("Contain everything now", everything),
            does("Choose a runbook\u{2026}", Act::Choose),
        ]
    };
    let phones = view
        .contacts
        .iter()
        .map(|contact| {
            let number = contact.number.as_ref().unwrap_or(&contact.page);
            Entry::Does(format!("{number}   {}", contact.name), Act::Phones)
        })
        .collect::<Vec<_>>();
    let running = view.run.is_some();
    let mut entries = vec![Entry::Says(first_line(view)), Entry::Line];
    if drill {
        entries.push(does("Contain (drill)", Act::Drill));
        entries.push(does("This is real: stop the drill", Act::ThisIsReal));
        entries.push(Entry::Line);
    }
    let live = if drill {
        "Contain, your real accounts"
    } else {
        "Contain"
    };
    entries.push(Entry::Opens(live.to_owned(), contain));
    if !phones.is_empty() {
        entries.push(Entry::Opens("Call a broker".to_owned(), phones));
    }
    entries.push(does(
        if running {
            "Show the board"
        } else {
            "Show Firebreak"
        },
        Act::Show,
    ));
    if !running {
        if !simulated {
            entries.push(does("Practise one press", Act::Practise));
        }
        let wanted = view.accounts.iter().any(|account| account.wanted);
        if drill {
            // the accounts that are shown are simulated
        } else if wanted {
            entries.push(does("Disarm", Act::Disarm));
        } else if !view.accounts.is_empty() {
            entries.push(does("Arm", Act::Arm));
        }
    }
    entries.push(Entry::Line);
    let quit = if running {
        "Quit: containment stops"
    } else {
        "Quit"
    };
    entries.push(does(quit, Act::Quit));
    entries
}

fn first_line(view: &View) -> String {
    let open = view.run.as_ref().map_or(0, |run| run.still_open);
    match view.stance {
        Stance::Ready | Stance::Part => {
            format!("Armed, {} of {}", view.armed, view.accounts.len())
        }
        Stance::Unarmed => "Not armed".to_owned(),
        Stance::Offline => "Offline: no venue answers".to_owned(),
        Stance::Live => format!("LIVE RUN: {open} still open"),
        Stance::Latched => "LATCHED: look, then reset".to_owned(),
        Stance::Drill if view.run.is_none() => "DRILL: nothing was pressed".to_owned(),
        Stance::Drill => format!("DRILL: {open} still open"),
        Stance::Practice => format!("PRACTICE: {open} still open"),
    }
}

fn tooltip(view: &View) -> String {
    format!("Firebreak. {}", first_line(view))
}

/// The icon of a stance: each has a shape of its own.
fn icon(stance: Stance) -> tauri::Result<Image<'static>> {
    Image::from_bytes(match stance {
        Stance::Ready => include_bytes!("../../icons/tray/ready.png"),
        Stance::Part => include_bytes!("../../icons/tray/part.png"),
        Stance::Unarmed => include_bytes!("../../icons/tray/unarmed.png"),
        Stance::Offline => include_bytes!("../../icons/tray/offline.png"),
        Stance::Live => include_bytes!("../../icons/tray/live.png"),
        Stance::Latched => include_bytes!("../../icons/tray/latched.png"),
        Stance::Drill => include_bytes!("../../icons/tray/drill.png"),
        Stance::Practice => include_bytes!("../../icons/tray/practice.png"),
    })
}

fn menu(app: &AppHandle, entries: &[Entry]) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    for entry in entries {
        menu.append(&*item(app, entry)?)?;
    }
    Ok(menu)
}

fn item(app: &AppHandle, entry: &Entry) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
    Ok(match entry {
        Entry::Says(text) => Box::new(MenuItem::new(app, text, false, None::<&str>)?),
        Entry::Does(text, act) => {
            Box::new(MenuItem::with_id(app, act.id(), text, true, None::<&str>)?)
        }
        Entry::Line => Box::new(PredefinedMenuItem::separator(app)?),
        Entry::Opens(text, inner) => {
            let submenu = Submenu::new(app, text, true)?;
            for entry in inner {
                submenu.append(&*item(app, entry)?)?;
            }
            Box::new(submenu)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_account_the_tray_offers_the_checklist_and_the_numbers_and_no_press() {
        let texts = texts(&entries(&crate::convert::tests::view_of("")));
        assert!(texts.contains(&"Not armed".to_owned()), "{texts:?}");
        assert!(texts.contains(&"Open the checklist".to_owned()));
        assert!(!texts.contains(&"Contain everything now".to_owned()));
        assert!(texts.iter().any(|text| text.starts_with("1-877-442-2757")));
        assert!(texts.contains(&"Quit".to_owned()));
    }

    #[test]
    fn with_an_account_the_tray_contains_and_arms_also_while_nothing_is_armed() {
        let view = crate::convert::tests::view_of("main");
        let texts = texts(&entries(&view));
        assert!(texts.contains(&"Contain everything now".to_owned()));
        assert!(texts.contains(&"Arm".to_owned()), "{texts:?}");
        assert_eq!(tooltip(&view), "Firebreak. Not armed");
    }

    #[test]
    fn in_a_drill_the_tray_says_which_press_is_the_drills_and_which_is_real() {
        let view = crate::convert::tests::view_in_drill();
        let texts = texts(&entries(&view));
        assert_eq!(texts[0], "DRILL: nothing was pressed");
        let at = |wanted: &str| texts.iter().position(|text| text == wanted);
        assert!(at("Contain (drill)") < at("Contain, your real accounts"));
        assert!(at("This is real: stop the drill").is_some(), "{texts:?}");
        assert!(at("Arm").is_none() && at("Practise one press").is_none());
    }

    #[test]
    fn every_act_of_the_menu_is_known_by_its_id_again() {
        for act in [
            Act::Contain("lost-phone".to_owned()),
            Act::Choose,
            Act::Show,
            Act::Phones,
            Act::Practise,
            Act::Drill,
            Act::ThisIsReal,
            Act::Arm,
            Act::Disarm,
            Act::Quit,
        ] {
            assert_eq!(Act::of(&act.id()), Some(act));
        }
        assert_eq!(Act::of("format-the-disk"), None);
    }

    #[test]
    fn every_stance_has_an_icon_of_its_own() {
        let all = [
            Stance::Ready,
            Stance::Part,
            Stance::Unarmed,
            Stance::Offline,
            Stance::Live,
            Stance::Latched,
            Stance::Drill,
            Stance::Practice,
        ];
        let icons = all.map(|stance| icon(stance).unwrap().rgba().to_vec());
        for (at, one) in icons.iter().enumerate() {
            assert!(!icons[..at].contains(one), "{:?}", all[at]);
        }
    }

    fn texts(entries: &[Entry]) -> Vec<String> {
        entries
            .iter()
            .flat_map(|entry| match entry {
                Entry::Says(text) | Entry::Does(text, _) => vec![text.clone()],
                Entry::Opens(text, inner) => {
                    let mut all = vec![text.clone()];
                    all.extend(texts(inner));
                    all
                }
                Entry::Line => Vec::new(),
            })
            .collect()
    }
}
