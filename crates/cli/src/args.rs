//! What can be typed. The names here are a contract: people, scripts and shortcuts rely on them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

/// Contain a trading account that may be in someone else's hands, and prove it.
#[derive(Parser, Debug)]
#[command(
    name = "firebreak",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    /// Where accounts, runbooks, runs and history live
    #[arg(long, value_name = "DIR", env = "FIREBREAK_HOME", global = true)]
    pub(crate) home: Option<PathBuf>,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Press: contain the accounts now
    Panic(Panic),
    /// Say how things stand
    Status,
    /// Add, list, test or remove accounts
    #[command(subcommand)]
    Account(Account),
    /// Keep accounts armed in a resident process
    Arm(Arm),
    /// Let go of credentials and connections
    Disarm,
    /// See, check and add runbooks
    #[command(subcommand)]
    Runbook(Runbook),
    /// Try it: a simulated account, one press, one bundle, nothing to configure
    Practice(Practice),
    /// Rehearse: a drill in simulated accounts, scored
    Drill(Drill),
    /// Say whether every lever would work now, and what to mend
    Readiness(Readiness),
    /// Look at runs, go on with them, add to their record, close them
    #[command(subcommand)]
    Run(Run),
    /// Collect what this computer and its broker programs tell, without a press
    Collect(Collect),
    /// Say whose acts were, write down calls and a statement, and see what it cost
    #[command(subcommand)]
    Case(Case),
    /// Pack the evidence of a run or collection
    Bundle(Bundle),
    /// Check a bundle, without keychain or network
    Verify(Verify),
    /// Serve simulated venues on loopback until stdin closes
    Simulate(Simulate),
    /// Print a shell's completions
    Completions {
        /// For which shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// `panic`.
#[derive(Args, Debug)]
pub(crate) struct Panic {
    /// Which runbook
    #[arg(default_value = "contain-everything")]
    pub(crate) runbook: String,
    /// Only this account; may be given several times
    #[arg(long = "account", value_name = "NAME")]
    pub(crate) accounts: Vec<String>,
    /// Contain at once, without asking
    #[arg(long)]
    pub(crate) now: bool,
    /// The first call opens the cover, a second within 10 s contains
    #[arg(long, conflicts_with = "now")]
    pub(crate) twice: bool,
}

/// `account`.
#[derive(Subcommand, Debug)]
pub(crate) enum Account {
    /// Add an account and test what can be tested without effect
    Add(AccountAdd),
    /// List the accounts
    List,
    /// Test every door of an account, without effect
    Test {
        /// Its name
        name: String,
    },
    /// Forget an account, and take its keys out of the keychain
    Remove {
        /// Its name
        name: String,
    },
}

/// `account add`. The keys of its doors are asked for on the terminal, or taken from stdin: for each
/// door in the order given the key and then its secret, one a line. They are never arguments.
#[derive(Args, Debug)]
pub(crate) struct AccountAdd {
    /// Which venue (ibkr, kraken, deribit)
    #[arg(long)]
    pub(crate) venue: String,
    /// What to call it
    #[arg(long)]
    pub(crate) name: String,
    /// A way into it: `KIND=ADDRESS[,username=U][,pin=SHA256]`; may be given several times
    #[arg(long = "door", value_name = "DOOR", required = true)]
    pub(crate) doors: Vec<String>,
    /// The legal entity whose phone numbers apply (US, CA, UK, IE, AU, HK, SG, JP, IN)
    #[arg(long)]
    pub(crate) entity: Option<String>,
    /// A kind of orders that exists there and that no door sees (fix, other-users)
    #[arg(long = "unseen", value_name = "FAMILY")]
    pub(crate) unseen: Vec<String>,
    /// Take a key that can withdraw. The words are: this key can withdraw and I accept it
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) accept_withdraw_right: String,
}

/// `arm`.
#[derive(Args, Debug)]
pub(crate) struct Arm {
    /// Only these accounts
    pub(crate) accounts: Vec<String>,
    /// Stay in this process, for service managers
    #[arg(long)]
    pub(crate) foreground: bool,
}

/// `runbook`.
#[derive(Subcommand, Debug)]
pub(crate) enum Runbook {
    /// List the runbooks
    List,
    /// Print one
    Show {
        /// Its id
        id: String,
    },
    /// Check a file
    Lint {
        /// The file
        file: PathBuf,
    },
    /// Print what a press would do now, and send nothing
    Plan {
        /// Its id
        id: String,
    },
    /// Check a file and keep it
    Add {
        /// The file
        file: PathBuf,
    },
    /// Write one page to print, for when this computer cannot be trusted
    Card {
        /// Its id
        id: String,
        /// Where to write it, instead of into the home
        #[arg(short, long, value_name = "FILE.html")]
        output: Option<PathBuf>,
    },
}

/// `practice`.
#[derive(Args, Debug)]
pub(crate) struct Practice {
    /// Let a scripted person answer the cards from the simulated pages
    #[arg(long)]
    pub(crate) auto: bool,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// `drill`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Drill {
    #[command(subcommand)]
    pub(crate) what: Option<DrillVerb>,
    /// Which scenario (see drill list); the one that is advised when left out
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) scenario: String,
    /// Everything random follows from it; drawn when left out
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Who plays: you, or a scripted player
    #[arg(long, value_enum, default_value = "you")]
    pub(crate) player: DrillPlayer,
    /// Let a scripted player play: the same as --player good
    #[arg(long, conflicts_with = "player")]
    pub(crate) auto: bool,
    /// How many times faster than the clock the story goes [default: 1 for you, 10 for scripts]
    #[arg(long, value_name = "X", value_parser = speed)]
    pub(crate) speed: Option<f64>,
    /// What goes wrong on purpose: an id, or none; one that fits is drawn when left out
    #[arg(long, value_name = "ID")]
    pub(crate) inject: Option<String>,
    /// The runbook that a scripted player presses, instead of the right one
    #[arg(long, value_name = "RUNBOOK")]
    pub(crate) press: Option<String>,
    /// Show and judge no times
    #[arg(long)]
    pub(crate) no_clock: bool,
}

/// Who plays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum DrillPlayer {
    /// A person at this terminal
    You,
    /// Presses at the alarm and reads the simulated pages
    Good,
    /// Presses and answers nothing
    Idle,
    /// Presses and answers what sounds done
    Liar,
}

/// What there is beside a drill itself.
#[derive(Subcommand, Debug)]
pub(crate) enum DrillVerb {
    /// List the scenarios
    List,
    /// List the injects: what can go wrong on purpose
    Injects,
    /// Say how drills went so far
    History {
        /// Only this scenario
        scenario: Option<String>,
    },
    /// Print what came of one drill again
    Debrief {
        /// Its number in the history, or `latest`
        #[arg(default_value = "latest")]
        drill: String,
    },
    /// Choose the one fix that the next briefing reminds of
    Fix {
        /// The drill's number in the history, or `latest`
        drill: String,
        /// The fix, by its id in the debrief
        fix: String,
    },
    /// Say when to rehearse, put it off, or write a calendar file
    Schedule {
        /// Put it off by so many days
        #[arg(long, value_name = "DAYS", requires = "reason", value_parser = clap::value_parser!(u16).range(1..=90))]
        snooze: Option<u16>,
        /// Why it is put off
        #[arg(long)]
        reason: Option<String>,
        /// Write the next rehearsal as iCalendar
        #[arg(long, value_name = "FILE.ics")]
        ics: Option<PathBuf>,
    },
    /// Check a scenario file
    Lint {
        /// The file
        file: PathBuf,
    },
}

/// A speed that a story can be played at.
fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=100.0).contains(&speed) => Ok(speed),
        Ok(_) | Err(_) => Err("a number from 0.1 to 100".to_owned()),
    }
}

/// `readiness`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Readiness {
    #[command(subcommand)]
    pub(crate) act: Option<ReadinessAct>,
    /// Only these accounts
    pub(crate) accounts: Vec<String>,
    /// A folder in which secrets may be looked for; may be given several times
    #[arg(long, value_name = "DIR")]
    pub(crate) look_in: Vec<PathBuf>,
    /// The folder that stands in for this computer's root
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) machine_root: Option<PathBuf>,
}

/// What there is beside a check.
#[derive(Subcommand, Debug)]
pub(crate) enum ReadinessAct {
    /// List what no program can see, and what you answered
    Questions,
    /// Answer a question with the value that you read
    Answer {
        /// The question's id
        id: String,
        /// The value
        value: String,
    },
    /// Cancel one order of your own, and keep the proof; without one, list what there is
    Prove {
        /// The account
        account: String,
        /// The order, as it is listed
        #[arg(long, value_name = "ID")]
        order: Option<String>,
        /// Also where real money is behind the account, this time
        #[arg(long)]
        live: bool,
    },
}

/// `run`.
#[derive(Subcommand, Debug)]
pub(crate) enum Run {
    /// List the runs
    List,
    /// Print a run's journal
    Show {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
    },
    /// Go on with a run that was left
    Resume {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
    },
    /// Look, then close a run and give back what it held
    Reset {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
        /// How many positions you read that now have no stop
        #[arg(long, value_name = "N")]
        positions_without_stop: Option<u64>,
    },
    /// Write something down in the record
    Note {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
        /// What
        text: String,
        /// The step that it belongs to
        #[arg(long, default_value = "", hide_default_value = true)]
        step: String,
    },
    /// Put a file into the record
    Attach {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
        /// The file
        file: PathBuf,
        /// What it shows
        #[arg(long, default_value = "", hide_default_value = true)]
        about: String,
        /// When that happened
        #[arg(long, default_value = "", hide_default_value = true)]
        dated: String,
        /// The step that it belongs to
        #[arg(long, default_value = "", hide_default_value = true)]
        step: String,
    },
    /// Answer a card with the value that you read
    Answer {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
        /// The step, or step@account
        step: String,
        /// The value, or the one-time code; `-` reads it from standard input
        value: String,
    },
}

/// `bundle`.
#[derive(Args, Debug)]
pub(crate) struct Bundle {
    /// A run's or collection's folder name, a unique start of it, or `latest`
    pub(crate) run: String,
    /// Where to write it
    #[arg(short, long, value_name = "FILE.zip")]
    pub(crate) output: Option<PathBuf>,
    /// For whom: own (secrets are withheld), broker, police, or share (nothing names you)
    #[arg(long, value_name = "PROFILE", default_value = "own")]
    pub(crate) redact: String,
    /// Who alone can open it: an age recipient (age1...), repeatable
    #[arg(long, value_name = "AGE-RECIPIENT")]
    pub(crate) encrypt_to: Vec<String>,
    /// Ask for a passphrase that opens it, on the terminal or as a line of standard input
    #[arg(long, conflicts_with = "encrypt_to")]
    pub(crate) passphrase: bool,
    /// Send the originals of what is withheld along, readable for this age recipient alone
    #[arg(long, value_name = "AGE-RECIPIENT")]
    pub(crate) originals_to: Option<String>,
    /// Ask this time-stamp authority (RFC 3161); it learns that a bundle was made, and its digest
    #[arg(long, value_name = "URL")]
    pub(crate) timestamp: Option<String>,
    /// Split it into files of at most so many MB, for mail
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) split: Option<u32>,
    /// List what goes in and what is withheld, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `collect`.
#[derive(Args, Debug)]
pub(crate) struct Collect {
    /// Into this run or collection, instead of a new collection
    #[arg(long, value_name = "RUN")]
    pub(crate) into: Option<String>,
    /// Ask this account too, repeatable; a session that is open elsewhere may lose its seat
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Vec<String>,
    /// Watch for logs that you export from TWS or IB Gateway, and take them in, until Ctrl-C
    #[arg(long, requires = "into")]
    pub(crate) watch: bool,
    /// Look in this folder too
    #[arg(long, value_name = "DIR", requires = "watch")]
    pub(crate) folder: Option<PathBuf>,
}

/// `case`.
#[derive(Subcommand, Debug)]
pub(crate) enum Case {
    /// Print what was added to a run or collection
    Show {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
    },
    /// Print what was done in the accounts, and whose it was as you said
    Acts {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
        #[command(flatten)]
        choice: Choice,
    },
    /// Say whose acts were
    Mark {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
        /// Whose
        #[arg(value_enum)]
        whose: Whose,
        /// These, by their keys; all of the choice when left out
        #[arg(value_name = "KEY")]
        keys: Vec<String>,
        #[command(flatten)]
        choice: Choice,
    },
    /// Print what the acts that are not yours cost
    Losses {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
    },
    /// Write down with whom you spoke
    Contact {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
        /// With whom
        #[arg(long)]
        who: String,
        /// When, as 2026-11-24 14:05 [default: now]
        #[arg(long, default_value = "", hide_default_value = true)]
        at: String,
        /// How
        #[arg(long, default_value = "phone")]
        by: String,
        /// The number or address
        #[arg(long, default_value = "", hide_default_value = true)]
        number: String,
        /// Their reference
        #[arg(long, default_value = "", hide_default_value = true)]
        reference: String,
        /// What was said
        #[arg(long, default_value = "", hide_default_value = true)]
        said: String,
    },
    /// Keep your statement from a file (`-` reads standard input), or print it as it stands
    Statement {
        /// Its folder name, a unique start of it, or `latest`
        run: String,
        /// The file
        file: Option<PathBuf>,
    },
}

/// Which acts. What is left out narrows nothing.
#[derive(Args, Debug, Default)]
pub(crate) struct Choice {
    /// Of this account
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) account: String,
    /// order, fill, transfer, session, key or address
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) kind: String,
    /// By this API client
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pub(crate) client_id: String,
    /// By this user name or key
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) submitter: String,
    /// In this session
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) session: String,
    /// From this address
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) ip: String,
    /// `mine`, `not_mine`, `not_sure`, `unmarked` or `suggested`
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) marked: String,
    /// From this time on, as 2026-11-24 14:05
    #[arg(
        long,
        value_name = "TIME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) since: String,
    /// Before this time
    #[arg(
        long,
        value_name = "TIME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) until: String,
    /// With this text
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) text: String,
}

/// Whose an act was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Whose {
    /// Yours
    Mine,
    /// Somebody else's: you dispute it
    NotMine,
    /// You do not know
    NotSure,
    /// Take the mark back
    Unmarked,
}

/// `verify`.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The bundle, or its first volume
    pub(crate) file: PathBuf,
    /// The signer's fingerprint (SHA256:...), as you got it by another way
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) signer: Option<String>,
}

/// `simulate`.
#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A venue (ibkr) or one door of it (ibkr-tws); may be given several times
    #[arg(long = "venue", value_name = "V", default_value = "ibkr")]
    pub(crate) venues: Vec<String>,
    /// How many accounts
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub(crate) accounts: u16,
    /// How many open orders each
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) orders: u32,
    /// What goes wrong: `[DOOR/]ID[:PARAM=VALUE,...][@WHEN]`; may be given several times
    #[arg(long = "fault", value_name = "SPEC")]
    pub(crate) faults: Vec<String>,
    /// List what can go wrong, one a line, its id first
    #[arg(long = "faults")]
    pub(crate) list_faults: bool,
}
