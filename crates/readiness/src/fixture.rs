//! Two machines in a folder: one with everything as it should be, one with forty weaknesses.
//!
//! For tests of this crate and of whole programs. Every secret in them is made up as they are made.

use std::{
    fmt::Write,
    fs, io,
    net::IpAddr,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    time::{Duration, SystemTime},
};

/// The folder that either machine lets be searched for secrets.
pub const PLACE: &str = "/home/ada/work";
/// The made-up password that stands in the planted machine, and must stand in no finding.
pub const PASSWORD: &str = "hunter2-planted";

/// A weakness that the planted machine has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Planted {
    /// The finding's id.
    pub id: &'static str,
    /// The finding's subject.
    pub subject: String,
}

/// Makes a Linux machine with nothing to mend below `root`, which is empty.
pub fn clean(root: &Path) -> io::Result<()> {
    let tree = Tree(root);
    tree.file("machine.toml", CLEAN_MACHINE, 0o644)?;
    tree.trading_apart()?;
    tree.guarded_system()?;
    tree.quiet_browsers()?;
    tree.harmless_files()?;
    tree.processes(&[
        Program::of(
            400,
            1001,
            &["java", "ibcalpha.ibc.IbcGateway", "/opt/ibc/config.ini"],
        )
        .at("127.0.0.1", 4001)
        .at("127.0.0.1", 7462),
        Program::of(401, 1001, &["java", "clientportal.gw.GatewayStart"])
            .at("::ffff:127.0.0.1", 5000),
        Program::of(402, 1000, &["/usr/lib/firefox/firefox"]),
        Program::of(403, 0, &["/usr/sbin/sshd"]).at("0.0.0.0", 22),
    ])
}

/// Makes a Linux machine with forty weaknesses below `root`, which is empty, and names them.
pub fn planted(root: &Path) -> io::Result<Vec<Planted>> {
    let tree = Tree(root);
    tree.file("machine.toml", PLANTED_MACHINE, 0o644)?;
    tree.trading_open()?;
    tree.open_system()?;
    tree.curious_browsers()?;
    tree.secrets()?;
    let ibc = [
        "java",
        "ibcalpha.ibc.IbcGateway",
        "/home/ada/ibc/config.ini",
        "ada",
        PASSWORD,
        "live",
    ];
    let relay = ["socat", "TCP-LISTEN:4004,fork", "TCP:127.0.0.1:4002"];
    tree.processes(&[
        Program::of(400, 1000, &ibc)
            .at("::", 4001)
            .at("0.0.0.0", 7462),
        Program::of(401, 1000, &["java", "clientportal.gw.GatewayStart"]).at("0.0.0.0", 5000),
        Program::of(402, 1000, &["/usr/lib/firefox/firefox"]),
        Program::of(403, 1000, &relay).at("0.0.0.0", 4004),
        Program::of(404, 0, &["/usr/bin/anydesk", "--service"]),
        Program::of(405, 1000, &["/usr/bin/x11vnc"]).at("0.0.0.0", 5900),
    ])?;
    Ok(planted_list())
}

fn planted_list() -> Vec<Planted> {
    let jts = "/home/ada/Jts/jts.ini";
    let ibc = "/home/ada/ibc/config.ini";
    let web = "/home/ada/clientportal.gw/root/conf.yaml";
    let here = "this computer";
    let all: [(&str, &str); 40] = [
        (
            "trusted-address-beyond-this-computer",
            "/home/ada/Jts/jts.ini: 10.0.0.7",
        ),
        ("tws-login-not-encrypted", jts),
        ("tws-version", "/home/ada/Jts"),
        ("password-in-file", ibc),
        ("ibc-command-port-unguarded", ibc),
        ("ibc-takes-commands-from-others", ibc),
        ("ibc-accepts-any-connection", ibc),
        ("ibc-turns-read-only-off", ibc),
        (
            "ibc-bypasses-precautions",
            "/home/ada/ibc/config.ini: BypassOrderPrecautions",
        ),
        ("no-daily-logoff", ibc),
        ("web-gateway-any-origin", web),
        (
            "web-gateway-allows-others",
            "/home/ada/clientportal.gw/root/conf.yaml: 10.*",
        ),
        ("web-gateway-shipped-key", web),
        ("web-gateway-other-host", web),
        ("api-port-open-to-network", "port 4001"),
        ("web-gateway-open-to-network", "port 5000"),
        ("ibc-command-port-open-to-network", "port 7462"),
        ("api-port-passed-on", "socat: 4002"),
        ("settings-writable-by-others", jts),
        ("settings-readable-by-others", web),
        ("logs-readable-by-others", "/home/ada/clientportal.gw/logs"),
        ("same-user-as-browser", here),
        ("password-on-command-line", "IBC"),
        ("disk-not-encrypted", here),
        ("updates-pending", here),
        ("updates-not-looked-for", here),
        ("restart-needed", here),
        ("screen-does-not-lock", here),
        ("login-without-password", here),
        ("firewall-off", here),
        ("remote-control-tool", "AnyDesk"),
        ("remote-control-tool", "a VNC server"),
        ("remote-desktop-open-to-network", "port 5900"),
        ("second-administrator", "bob"),
        ("second-root", "toor"),
        ("extension-sees-broker-sites", "Firefox: Price Helper"),
        ("extension-sees-broker-sites", "Chrome: Trade Automator"),
        ("secret-in-history", "/home/ada/work/.bash_history:2"),
        ("secret-in-env-file", "/home/ada/work/bot/.env:1"),
        ("secret-in-git-remote", "/home/ada/work/bot/.git/config:2"),
    ];
    let planted = |(id, subject): (&'static str, &str)| Planted {
        id,
        subject: subject.to_owned(),
    };
    all.into_iter().map(planted).collect()
}

const CLEAN_MACHINE: &str = r#"home = "/home/ada"
uid = 1000

[tools]
"gsettings get org.gnome.desktop.screensaver lock-enabled" = "true\n"
"gsettings get org.gnome.desktop.session idle-delay" = "uint32 300\n"
"apt-get -s -o Debug::NoLocking=true upgrade" = "Reading package lists...\n"
"#;

const PLANTED_MACHINE: &str = r#"home = "/home/ada"
uid = 1000

[tools]
"gsettings get org.gnome.desktop.screensaver lock-enabled" = "false\n"
"gsettings get org.gnome.desktop.session idle-delay" = "uint32 300\n"
"#;

/// A program that runs, and where it listens.
struct Program<'a> {
    pid: u32,
    uid: u32,
    arguments: &'a [&'a str],
    listens: Vec<(IpAddr, u16)>,
}

impl<'a> Program<'a> {
    fn of(pid: u32, uid: u32, arguments: &'a [&'a str]) -> Self {
        Self {
            pid,
            uid,
            arguments,
            listens: Vec::new(),
        }
    }

    fn at(mut self, address: &str, port: u16) -> Self {
        self.listens
            .extend(address.parse().map(|address| (address, port)));
        self
    }
}

struct Tree<'a>(&'a Path);

impl Tree<'_> {
    fn file(&self, path: &str, text: &str, mode: u32) -> io::Result<()> {
        let path = self.0.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
    }

    fn folder(&self, path: &str, mode: u32) -> io::Result<()> {
        let path = self.0.join(path);
        fs::create_dir_all(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
    }

    /// A trading program of a user of its own, its files closed to others.
    fn trading_apart(&self) -> io::Result<()> {
        let jts = "[IBGateway]\nApiOnly=true\nTrustedIPs=127.0.0.1\n[Logon]\nUseSSL=true\n";
        self.file("opt/Jts/jts.ini", jts, 0o600)?;
        self.folder("opt/Jts/ibgateway/1046", 0o755)?;
        let ibc = "FIX=no\nIbLoginId=\nIbPassword=\nExistingSessionDetectedAction=manual\n\
                   AcceptIncomingConnectionAction=reject\nReadOnlyApi=\nAllowBlindTrading=no\n\
                   CommandServerPort=7462\nBindAddress=127.0.0.1\nControlFrom=\n";
        self.file("opt/ibc/config.ini", ibc, 0o600)?;
        self.file("opt/ibc/version", "3.24.1\n", 0o644)?;
        let web = "proxyRemoteHost: \"https://api.ibkr.com\"\nlistenPort: 5000\nlistenSsl: true\n\
                   sslCert: \"own.jks\"\nsslPwd: \"\"\ncors:\n  origin.allowed: \"https://localhost:5000\"\n  \
                   allowCredentials: false\nips:\n  allow:\n    - 127.0.0.1\n  deny:\n";
        self.file("opt/clientportal.gw/root/conf.yaml", web, 0o600)?;
        self.folder("opt/clientportal.gw/logs", 0o700)
    }

    fn trading_open(&self) -> io::Result<()> {
        let jts = "[IBGateway]\nTrustedIPs=127.0.0.1,10.0.0.7\n[Logon]\nUseSSL=false\n";
        self.file("home/ada/Jts/jts.ini", jts, 0o666)?;
        self.folder("home/ada/Jts/ibgateway/1019", 0o755)?;
        let ibc = format!(
            "IbLoginId=ada\nIbPassword={PASSWORD}\nCommandServerPort=7462\nControlFrom=10.0.0.7\n\
             AcceptIncomingConnectionAction=accept\nReadOnlyApi=no\nBypassOrderPrecautions=yes\n\
             AutoRestartTime=08:00 AM\n"
        );
        self.file("home/ada/ibc/config.ini", &ibc, 0o600)?;
        let web = "proxyRemoteHost: \"https://api.ibkr.com.example.net\"\nlistenPort: 5000\n\
                   listenSsl: true\nsslCert: \"vertx.jks\"\nsslPwd: \"mywebapi\"\ncors:\n  \
                   origin.allowed: \"*\"\n  allowCredentials: false\nips:\n  allow:\n    - 10.*\n    - 127.0.0.1\n";
        self.file("home/ada/clientportal.gw/root/conf.yaml", web, 0o644)?;
        self.folder("home/ada/clientportal.gw/logs", 0o755)?;
        for open in [
            "home",
            "home/ada",
            "home/ada/clientportal.gw",
            "home/ada/Jts",
        ] {
            self.folder(open, 0o755)?;
        }
        Ok(())
    }

    fn guarded_system(&self) -> io::Result<()> {
        self.file("proc/mounts", "/dev/mapper/root / ext4 rw 0 0\n", 0o644)?;
        self.file("sys/class/block/dm-0/dm/name", "root\n", 0o644)?;
        self.file(
            "sys/class/block/dm-0/dm/uuid",
            "CRYPT-LUKS2-0-root\n",
            0o644,
        )?;
        self.folder("var/lib/apt/lists/partial", 0o755)?;
        self.file("etc/ufw/ufw.conf", "ENABLED=yes\n", 0o644)?;
        self.file(
            "etc/gdm3/custom.conf",
            "[daemon]\nAutomaticLoginEnable=false\n",
            0o644,
        )?;
        let passwd = "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/bash\n\
                      trader:x:1001:1001::/opt/trader:/bin/bash\n";
        self.file("etc/passwd", passwd, 0o644)?;
        self.file(
            "etc/group",
            "root:x:0:\nsudo:x:27:ada\ntrader:x:1001:\n",
            0o644,
        )?;
        self.file("home/ada/.config/dconf/user", "", 0o600)
    }

    fn open_system(&self) -> io::Result<()> {
        self.file("proc/mounts", "/dev/vda1 / ext4 rw 0 0\n", 0o644)?;
        self.file("sys/class/block/vda1/partition", "1\n", 0o644)?;
        self.folder("var/lib/apt/lists", 0o755)?;
        let long_ago = SystemTime::now().checked_sub(Duration::from_hours(24 * 60));
        let lists = fs::File::open(self.0.join("var/lib/apt/lists"))?;
        lists.set_modified(long_ago.unwrap_or(SystemTime::UNIX_EPOCH))?;
        let told = "\n12 updates can be applied immediately.\n";
        self.file("var/lib/update-notifier/updates-available", told, 0o644)?;
        self.file("run/reboot-required", "", 0o644)?;
        self.file("etc/ufw/ufw.conf", "ENABLED=no\n", 0o644)?;
        let login = "[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=ada\n";
        self.file("etc/gdm3/custom.conf", login, 0o644)?;
        let passwd = "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\n\
                      ada:x:1000:1000::/home/ada:/bin/bash\nbob:x:1002:1002::/home/bob:/bin/bash\n";
        self.file("etc/passwd", passwd, 0o644)?;
        self.file("etc/group", "root:x:0:\nsudo:x:27:ada,bob\n", 0o644)?;
        self.file("home/ada/.config/dconf/user", "", 0o600)
    }

    fn quiet_browsers(&self) -> io::Result<()> {
        let list = r#"{"schemaVersion": 36, "addons": [{"id": "notes@example.net",
            "type": "extension", "active": true, "location": "app-profile",
            "defaultLocale": {"name": "Notes"},
            "userPermissions": {"permissions": ["storage"], "origins": ["https://example.net/*"]}}]}"#;
        self.file(
            "home/ada/.mozilla/firefox/x.default/extensions.json",
            list,
            0o600,
        )?;
        let manifest = r#"{"manifest_version": 3, "name": "Notes", "permissions": ["storage"]}"#;
        self.chrome(manifest)
    }

    fn curious_browsers(&self) -> io::Result<()> {
        let list = r#"{"schemaVersion": 36, "addons": [{"id": "helper@example.net",
            "type": "extension", "active": true, "location": "app-profile",
            "defaultLocale": {"name": "Price Helper"},
            "userPermissions": {"permissions": ["tabs"], "origins": ["<all_urls>"]}}]}"#;
        self.file(
            "home/ada/.mozilla/firefox/x.default/extensions.json",
            list,
            0o600,
        )?;
        let manifest = r#"{"manifest_version": 3, "name": "Trade Automator",
            "host_permissions": ["https://*.mexc.com/*"]}"#;
        self.chrome(manifest)
    }

    fn chrome(&self, manifest: &str) -> io::Result<()> {
        let extension = "home/ada/.config/google-chrome/Default/Extensions/abcdefgh/1.0_0";
        self.file(&format!("{extension}/manifest.json"), manifest, 0o600)
    }

    fn harmless_files(&self) -> io::Result<()> {
        let work = &PLACE[1..];
        self.file(&format!("{work}/.bash_history"), "ls\ngit push\n", 0o600)?;
        self.file(
            &format!("{work}/bot/.env"),
            "API_SECRET=${FROM_KEYCHAIN}\n",
            0o600,
        )?;
        let git = "[remote \"origin\"]\n\turl = git@github.com:ada/bot.git\n";
        self.file(&format!("{work}/bot/.git/config"), git, 0o600)?;
        let notebook = "{\"cells\": [{\"source\": [\"password = getpass()\\n\"]}]}\n";
        self.file(&format!("{work}/n.ipynb"), notebook, 0o600)?;
        self.folder("home/ada", 0o700)
    }

    fn secrets(&self) -> io::Result<()> {
        let work = &PLACE[1..];
        let key: String = "aB3dE6gH9jK2mN5p".chars().cycle().take(64).collect();
        let history = format!("ls\nexport BINANCE_API_SECRET={key}\n");
        self.file(&format!("{work}/.bash_history"), &history, 0o600)?;
        let env = format!("KRAKEN_PRIVATE_KEY={key}{}==\n", &key[..22]);
        self.file(&format!("{work}/bot/.env"), &env, 0o600)?;
        let git = format!("[remote \"origin\"]\n\turl = https://ada:{PASSWORD}@git.host.net/bot\n");
        self.file(&format!("{work}/bot/.git/config"), &git, 0o600)
    }

    /// What `/proc` tells of programs and of what listens.
    fn processes(&self, programs: &[Program<'_>]) -> io::Result<()> {
        let head =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n";
        let (mut four, mut six) = (head.to_owned(), head.to_owned());
        let mut inode = 1000;
        for program in programs {
            let folder = format!("proc/{}", program.pid);
            let name = program.arguments[0].rsplit('/').next().unwrap_or_default();
            self.file(&format!("{folder}/comm"), &format!("{name}\n"), 0o644)?;
            let line = program.arguments.join("\0") + "\0";
            self.file(&format!("{folder}/cmdline"), &line, 0o644)?;
            let uid = program.uid;
            let status = format!("Name:\t{name}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n");
            self.file(&format!("{folder}/status"), &status, 0o644)?;
            self.folder(&format!("{folder}/fd"), 0o755)?;
            for (address, port) in &program.listens {
                inode += 1;
                let table = if address.is_ipv4() {
                    &mut four
                } else {
                    &mut six
                };
                let address = of_kernel(*address);
                writeln!(
                    table,
                    "   0: {address}:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 \
                     00000000 {uid:5}        0 {inode} 1 0000000000000000 100 0 0 10 0"
                )
                .map_err(io::Error::other)?;
                let link = self.0.join(format!("{folder}/fd/{inode}"));
                symlink(format!("socket:[{inode}]"), link)?;
            }
        }
        self.file("proc/net/tcp", &four, 0o644)?;
        self.file("proc/net/tcp6", &six, 0o644)
    }
}

/// An address as the kernel prints it: each four bytes as one number of its own byte order.
fn of_kernel(address: IpAddr) -> String {
    let bytes = match address {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => six.octets().to_vec(),
    };
    let words = bytes.as_chunks::<4>().0.iter();
    let words: Vec<String> = words
        .map(|word| format!("{:08X}", u32::from_ne_bytes(*word)))
        .collect();
    words.concat()
}
