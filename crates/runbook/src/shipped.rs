//! The runbooks that come with the program.

use crate::document::Runbook;

macro_rules! shipped {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../runbooks/", $id, ".toml")))),*]
    };
}

const SHIPPED: &[(&str, &str)] = shipped!["contain-everything"];

/// Id and text of each shipped runbook, the one for when one does not know first.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    SHIPPED
}

/// A shipped runbook by its id.
pub fn shipped_runbook(id: &str) -> Option<Runbook> {
    let (id, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == id)?;
    let runbook = Runbook::parse(&format!("{id}.toml"), text)
        .expect("a test reads every shipped runbook, and they are part of the program");
    Some(runbook)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_runbook_reads_and_bears_the_id_of_its_file() {
        for (id, text) in shipped() {
            match Runbook::parse(id, text) {
                Ok(runbook) => assert_eq!(runbook.id, *id),
                Err(findings) => panic!("{findings:#?}"),
            }
        }
    }
}
