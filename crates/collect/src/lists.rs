//! What is looked for, and where: data that a person can read, and add to.

use std::{collections::BTreeSet, path::Path};

use machine::{
    Os,
    browsers::{self, Browser},
    remote::{self, Tool},
    sites,
};
use serde::Deserialize;

/// The list that comes with the program, as a person reads it.
pub const SHIPPED: &str = include_str!("lists.toml");
/// The most that is read of a person's own list.
const MOST: u64 = 1024 * 1024;

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lists {
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) browsers: Vec<Browser>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) guards: Vec<Guard>,
    pub(crate) sites: Vec<String>,
}

/// Files of one kind that one collector reads.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Artifact {
    pub(crate) name: String,
    pub(crate) collector: String,
    pub(crate) kind: Kind,
    pub(crate) os: Os,
    /// Whether the system's own packages put files there too.
    #[serde(default)]
    pub(crate) packaged: bool,
    pub(crate) paths: Vec<String>,
}

/// What is read of an artifact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    DesktopEntry,
    Unit,
    Cron,
    Script,
    Launchd,
    Registry,
    Task,
    Policy,
    Hosts,
    Dns,
    Proxy,
    Pem,
    Nss,
    Folder,
    Quarantine,
    Tcc,
    Utmp,
    Session,
    Wtmp,
    Btmp,
    Lastlog,
    Evtx,
    Release,
    Dpkg,
    Version,
    InstallHistory,
}

/// A program that guards against malware.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guard {
    pub(crate) name: String,
    /// Names of its running programs, in small letters.
    pub(crate) processes: Vec<String>,
}

/// A list as it is written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    artifact: Vec<Artifact>,
    browser: Vec<Browser>,
    tool: Vec<Tool>,
    guard: Vec<Guard>,
    site: Vec<String>,
}

impl Lists {
    /// Those that come with the program.
    pub fn shipped() -> Self {
        let mut lists = Self {
            artifacts: Vec::new(),
            browsers: browsers::browsers().to_vec(),
            tools: remote::tools().to_vec(),
            guards: Vec::new(),
            sites: sites().to_vec(),
        };
        lists.add(toml::from_str(SHIPPED).expect("a test reads the list of the program"));
        lists
    }

    /// Those of the program with what the person's file at `path` says otherwise or besides. The
    /// error says what is wrong with it, and in which line.
    pub fn with(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let length = std::fs::metadata(path)
            .map_err(|e| format!("{shown} cannot be read: {e}"))?
            .len();
        if length > MOST {
            return Err(format!("{shown} is larger than {} KiB", MOST / 1024));
        }
        let text =
            std::fs::read_to_string(path).map_err(|e| format!("{shown} cannot be read: {e}"))?;
        let written = toml::from_str(&text).map_err(|e| format!("{shown}: {e}"))?;
        let mut lists = Self::shipped();
        lists.add(written);
        Ok(lists)
    }

    /// What `collector` reads on `os`.
    pub(crate) fn of<'a>(
        &'a self,
        os: Os,
        collector: &'a str,
    ) -> impl Iterator<Item = &'a Artifact> {
        let artifacts = self.artifacts.iter();
        artifacts.filter(move |a| a.os == os && a.collector == collector)
    }

    fn add(&mut self, written: Written) {
        for artifact in written.artifact {
            let same = |a: &&mut Artifact| {
                (&a.name, &a.collector, a.os) == (&artifact.name, &artifact.collector, artifact.os)
            };
            match self.artifacts.iter_mut().find(same) {
                Some(known) => *known = artifact,
                None => self.artifacts.push(artifact),
            }
        }
        self.browsers.extend(written.browser);
        self.tools.extend(written.tool);
        self.guards.extend(written.guard);
        self.sites.extend(written.site);
        let mut seen = BTreeSet::new();
        self.sites.retain(|site| seen.insert(site.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_artifact_is_read_by_a_collector_of_its_system() {
        let lists = Lists::shipped();
        for artifact in &lists.artifacts {
            let ids: Vec<_> = crate::collectors(artifact.os)
                .iter()
                .map(|c| c.id)
                .collect();
            assert!(ids.contains(&&*artifact.collector), "{}", artifact.name);
            assert!(!artifact.paths.is_empty(), "{}", artifact.name);
        }
        assert!(!lists.guards.is_empty());
    }

    #[test]
    fn a_persons_file_replaces_adds_and_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lists.toml");
        let own = "site = [\"broker.example\"]\n[[artifact]]\nname = \"UnixHostsFile\"\ncollector = \"network\"\n\
                   kind = \"hosts\"\nos = \"linux\"\npaths = [\"/srv/hosts\"]\n";
        std::fs::write(&path, own).unwrap();
        let lists = Lists::with(&path).unwrap();
        assert!(lists.sites.contains(&"broker.example".to_owned()));
        let hosts: Vec<_> = lists
            .of(Os::Linux, "network")
            .filter(|a| a.kind == Kind::Hosts)
            .collect();
        assert_eq!(hosts.len(), 1);
        assert_eq!(hosts[0].paths, ["/srv/hosts"]);
        std::fs::write(&path, "command = \"rm\"\n").unwrap();
        let refused = Lists::with(&path).unwrap_err();
        assert!(refused.contains("line 1"), "{refused}");
        assert!(Lists::with(&folder.path().join("none")).is_err());
    }
}
