//! `panic`, and what every followed run shares: its lines as they happen, and how the call ends.

use std::time::Duration;

use controller::{
    COVER_COUNTS_FOR, Command, Error, Fold, Headless, Home, Link, Pressed, Reply, drill::Drill,
};
use drill::player::{Deed, Pages};
use incident::{Board, CardView, Event, Mode, Summary, journal::Line};
use jiff::Timestamp;
use runbook::{AccountName, TaskId};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval},
};

use crate::{
    args::Panic,
    out::{Exit, Out},
    terminal::{Screen, Typed, words},
    verb::person::{self, Person, Turn},
};

/// How often a live board is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(150);
/// How long a scripted person takes for a card.
const READS_FOR: Duration = Duration::from_millis(300);

pub(super) async fn panic(home: &Home, args: &Panic, out: Out) -> Result<Exit, Error> {
    let accounts = args
        .accounts
        .iter()
        .map(AccountName::new)
        .collect::<Vec<_>>();
    let press = |twice| Command::Panic {
        runbook: args.runbook.clone(),
        accounts: accounts.clone(),
        from: "terminal".to_owned(),
        twice,
    };
    if args.twice {
        // the cover of a controller is its own; without one a file of the home is the cover
        if let Some(link) = Link::find(home).await {
            return follow(link, press(true), out).await;
        }
        if !is_second_press(home)? {
            say_cover_is_open(out);
            return Ok(Exit::Done);
        }
    }
    let asks = out.terminal && !args.now && !args.twice;
    if asks && !confirmed(home, args, &accounts, out).await? {
        return Ok(Exit::Interrupted);
    }
    if let Err(error) = home.writable() {
        out.aside(format!("UNRECORDED   {error}. Containing all the same."));
    }
    let link = Link::take(home, Headless).await?;
    follow(link, press(false), out).await
}

/// Posts the press and follows its run to the end of the call.
async fn follow(link: Link, press: Command, out: Out) -> Result<Exit, Error> {
    let person = if out.terminal {
        Person::Terminal(None)
    } else {
        Person::Nobody
    };
    let exit = match link.ask(press).await {
        Ok(mut replies) => match replies.recv().await {
            Some(Reply::Done(_)) => {
                say_cover_is_open(out);
                Ok(Exit::Done)
            }
            first => {
                Follow::new(&link, out, person)
                    .run_from(first, replies)
                    .await
            }
        },
        Err(error) => Err(error),
    };
    link.close().await;
    exit
}

fn say_cover_is_open(out: Out) {
    out.line("COVER OPEN   press again within 10 s to contain");
    out.object(&json!({ "cover": "open", "for_ms": COVER_COUNTS_FOR.as_secs() * 1000 }));
}

/// What a press would do, and Enter.
async fn confirmed(
    home: &Home,
    args: &Panic,
    accounts: &[AccountName],
    out: Out,
) -> Result<bool, Error> {
    let runbook = controller::find_runbook(home, &args.runbook)?;
    let known = controller::Accounts::read(home)?;
    let chosen = known.select(accounts)?;
    if chosen.is_empty() {
        // the press itself says what to do
        return Ok(true);
    }
    let names = chosen.iter().map(|account| account.name().as_str());
    out.line(format!(
        "LIVE  {}   {}",
        runbook.title,
        names.collect::<Vec<_>>().join(", ")
    ));
    out.line("Press Enter to contain, Ctrl-C to leave.");
    let mut line = String::new();
    let mut stdin = BufReader::new(tokio::io::stdin());
    tokio::select! {
        read = stdin.read_line(&mut line) => Ok(matches!(read, Ok(1..))),
        () = interrupted() => Ok(false),
    }
}

/// Whether the cover was opened in the last seconds. It is used up, or opened.
fn is_second_press(home: &Home) -> Result<bool, Error> {
    let now = Timestamp::now();
    let open = home.was_cover_open(now)?;
    if !open {
        home.open_cover(now)
            .map_err(|error| error.next("contain at once: firebreak panic --now"))?;
    }
    Ok(open)
}

/// Ends when the person or the system asks this process to.
pub(super) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut hangup)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    // without a handler the system's own action ends the process
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Follows one run from a press to the end of the call.
pub(super) struct Follow<'a> {
    link: &'a Link,
    out: Out,
    person: Person,
    fold: Fold,
    run: String,
    how: Option<Pressed>,
    last: Option<Summary>,
    told: words::Told,
    screen: Option<Screen>,
    leaving: bool,
    interrupted: bool,
    drill: Option<&'a Drill>,
    /// Of a drill: the last line, which comes after the score.
    kept_back: Option<Line>,
    /// Of a drill: whom a script is calling, about which account.
    calling: Option<(String, String)>,
}

/// What the loop goes on with.
enum Next {
    Reply(Option<Reply>),
    Typed(Typed),
    Draw,
    Read,
    Interrupted,
    Over,
}

/// Ends once a drill's time is over; never where there is none.
async fn is_over(over: &mut Option<watch::Receiver<bool>>) {
    if let Some(over) = over
        && over.wait_for(|over| *over).await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

impl<'a> Follow<'a> {
    pub(super) fn new(link: &'a Link, out: Out, person: Person) -> Self {
        Self {
            link,
            out,
            person,
            fold: Fold::default(),
            run: String::new(),
            how: None,
            last: None,
            told: words::Told::default(),
            screen: None,
            leaving: false,
            interrupted: false,
            drill: None,
            kept_back: None,
            calling: None,
        }
    }

    /// The same for a run in a drill: answers go through the drill, which notes them, and its time
    /// ends the call.
    pub(super) fn in_drill(mut self, drill: &'a Drill) -> Self {
        self.drill = Some(drill);
        self
    }

    /// The last line, where it was kept back.
    pub(super) fn last_line(&mut self) -> Option<Line> {
        self.kept_back.take()
    }

    /// The run's folder name, once the press was taken.
    pub(super) fn name(&self) -> &str {
        &self.run
    }

    /// The same with the first reply read already.
    pub(super) async fn run_from(
        &mut self,
        first: Option<Reply>,
        replies: mpsc::Receiver<Reply>,
    ) -> Result<Exit, Error> {
        if let Some(first) = first
            && let Some(exit) = self.hear(first).await?
        {
            return Ok(exit);
        }
        self.run(replies).await
    }

    /// Shows lines until the call is over, and says how it ended.
    pub(super) async fn run(&mut self, mut replies: mpsc::Receiver<Reply>) -> Result<Exit, Error> {
        if matches!(self.person, Person::Terminal(_)) {
            self.screen = Screen::open(self.out);
        }
        let mut draw = interval(DRAW_EVERY);
        draw.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut read = interval(READS_FOR);
        read.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = std::pin::pin!(interrupted());
        let mut over = self.drill.map(Drill::over);
        loop {
            let next = tokio::select! {
                biased;
                reply = replies.recv() => Next::Reply(reply),
                typed = Screen::typed(&mut self.screen) => Next::Typed(typed),
                _ = draw.tick(), if self.screen.is_some() => Next::Draw,
                _ = read.tick(), if self.person.is_scripted() && !self.leaving => Next::Read,
                () = &mut stop, if !self.interrupted => Next::Interrupted,
                () = is_over(&mut over), if !self.leaving => Next::Over,
            };
            match next {
                Next::Reply(Some(reply)) => {
                    if let Some(exit) = self.hear(reply).await? {
                        return Ok(exit);
                    }
                }
                Next::Reply(None) => return self.end(),
                Next::Typed(Typed::Leave) | Next::Interrupted => {
                    if let Some(exit) = self.interrupt().await {
                        return Ok(exit);
                    }
                }
                Next::Over => {
                    if let Some(summary) = self.fold.summary() {
                        self.leave(summary).await;
                    }
                }
                Next::Read => self.read().await,
                Next::Typed(Typed::Line(line)) => self.obey(&line).await,
                Next::Typed(Typed::Edited) | Next::Draw => self.draw(),
            }
        }
    }

    async fn hear(&mut self, reply: Reply) -> Result<Option<Exit>, Error> {
        match reply {
            Reply::Pressed { run, how } => {
                self.run = run;
                self.how = Some(how);
                self.say_how(how);
            }
            Reply::Line(line) => self.take(&line),
            Reply::Settled(summary) => {
                if !self.leaving {
                    return self.settled(*summary).await;
                }
            }
            Reply::Failed(error) => {
                self.screen = None;
                return Err(error);
            }
            Reply::View(_)
            | Reply::Detail(_)
            | Reply::Readiness(_)
            | Reply::Proving(_)
            | Reply::Done(_) => {}
        }
        Ok(None)
    }

    fn say_how(&self, how: Pressed) {
        match how {
            Pressed::Started => {}
            Pressed::Attached => self.out.aside(format!("attached to the run {}", self.run)),
            Pressed::Extended => self.out.aside(format!("added to the run {}", self.run)),
            Pressed::Resumed => self.out.aside(format!("took up the run {}", self.run)),
        }
    }

    fn take(&mut self, line: &Line) {
        if let Err(error) = self.fold.take(line) {
            self.out
                .aside(format!("line {} does not follow: {error}", line.seq));
        }
        self.last = if let Event::RunSummary(summary) = &line.event {
            Some(summary.clone())
        } else {
            None
        };
        self.put(line);
        if self.screen.is_none()
            && let Some(run) = self.fold.run()
        {
            for text in self.told.news(run, line) {
                self.out.line(text);
            }
        }
    }

    /// Streams a line. In a drill the last one is kept back until the score is told.
    fn put(&mut self, line: &Line) {
        if let Some(kept) = self.kept_back.take() {
            self.out.object(&kept);
        }
        if self.drill.is_some() && matches!(line.event, Event::RunSummary(_)) {
            self.kept_back = Some(line.clone());
        } else {
            self.out.object(line);
        }
    }

    /// Nothing goes on by itself: it is the person's turn, or the call is over.
    async fn settled(&mut self, summary: Summary) -> Result<Option<Exit>, Error> {
        let Some(board) = self.fold.board(Timestamp::now()) else {
            return Ok(None);
        };
        match self.person.turn(&board) {
            Turn::Wait => {}
            Turn::Reset => {
                self.leaving = true;
                let without_stop = u64::try_from(summary.without_stop.len()).ok();
                self.tell(Command::Reset {
                    run: self.run.clone(),
                    positions_without_stop: without_stop,
                    by: incident::Actor::Script,
                })
                .await;
            }
            Turn::Over => return Ok(self.leave(summary).await),
        }
        Ok(None)
    }

    /// A scripted person answers the next card.
    async fn read(&mut self) {
        let Some(board) = self.fold.board(Timestamp::now()) else {
            return;
        };
        if let (Some(drill), Person::Player(player)) = (self.drill, &mut self.person) {
            if let Some((contact, account)) = &self.calling {
                let lock = ["security-desk".to_owned()];
                if drill.carry_on_call(contact, account, &lock) {
                    return;
                }
                self.calling = None;
            }
            match player.turn(&board, &PagesOf(drill)) {
                Some(Deed::Call { contact, task }) => {
                    let card = board.cards.iter().find(|card| card.task == task);
                    let named = card.and_then(|card| card.account.as_ref());
                    let first = || drill.scenario().accounts.first().map(|it| it.name.clone());
                    let account = named.map(ToString::to_string).or_else(first);
                    self.calling = Some((contact, account.unwrap_or_default()));
                }
                Some(Deed::Answer { task, value, .. }) => self.answer(&board, task, value).await,
                None => {}
            }
        } else if let Some((task, value)) = self.person.answer(&board) {
            self.answer(&board, task, value).await;
        }
    }

    /// A script's answer to a card.
    async fn answer(&self, board: &Board, task: TaskId, value: String) {
        let by = incident::Actor::Script;
        let card = board.cards.iter().find(|card| card.task == task);
        if let (Some(drill), Some(card)) = (self.drill, card) {
            if let Err(error) = drill.answer(card, value, by).await {
                self.out.aside(format!("not taken: {error}"));
            }
            return;
        }
        let run = self.run.clone();
        let answer = Command::Answer {
            run,
            task,
            value,
            by,
        };
        self.tell(answer).await;
    }

    /// Ends the call: a run of this process is left resumable, another's goes on without us.
    async fn leave(&mut self, summary: Summary) -> Option<Exit> {
        if self.link.is_own() {
            self.leaving = true;
            self.tell(Command::Leave {
                run: self.run.clone(),
            })
            .await;
            return None;
        }
        self.out
            .object(&json!({ "event": Event::RunSummary(summary.clone()) }));
        self.last = Some(summary.clone());
        self.close_out(&summary);
        Some(Exit::of(&summary))
    }

    async fn interrupt(&mut self) -> Option<Exit> {
        self.interrupted = true;
        if self.leaving {
            return None;
        }
        let summary = self.fold.summary()?;
        self.leave(summary).await.map(|_| Exit::Interrupted)
    }

    async fn tell(&self, command: Command) {
        if let Err(error) = self.link.tell(command).await {
            self.out.aside(format!("not taken: {error}"));
        }
    }

    /// The lines have ended.
    fn end(&mut self) -> Result<Exit, Error> {
        self.screen = None;
        let Some(summary) = self.last.take() else {
            return Err(
                Error::lost(format!("the run {} went on without this call", self.run))
                    .untouched("what was sent to venues stays sent, and stands in the journal")
                    .next(format!("go on with it: firebreak run resume {}", self.run)),
            );
        };
        self.close_out(&summary);
        if self.interrupted {
            return Ok(Exit::Interrupted);
        }
        Ok(Exit::of(&summary))
    }

    fn close_out(&mut self, summary: &Summary) {
        self.screen = None;
        for line in words::summary(summary, self.out) {
            self.out.line(line);
        }
        if self
            .fold
            .run()
            .is_some_and(|run| run.mode == Mode::Live && !run.is_reset)
        {
            self.out.line(format!(
                "next: firebreak run resume {run}, firebreak run reset {run}, firebreak bundle \
                 {run}",
                run = self.run
            ));
        }
    }

    async fn obey(&mut self, line: &str) {
        let Some(board) = self.fold.board(Timestamp::now()) else {
            return;
        };
        if let Some(seen) = (line.trim() == "/look")
            .then(|| self.person.look(&board))
            .flatten()
        {
            if let Some(screen) = &mut self.screen {
                screen.say(&[seen]);
            }
            return self.draw();
        }
        if let Some(said) = self.obey_in_drill(line, &board).await {
            if let Some(screen) = &mut self.screen {
                screen.say(&said);
            }
            return self.draw();
        }
        let said = match person::understand(line, &board, &self.run) {
            Ok(Some(command)) => match self.link.tell(command).await {
                Ok(Reply::Done(words)) => words,
                Ok(_) => String::new(),
                Err(error) => error.to_string(),
            },
            Ok(None) => String::new(),
            Err(hint) => hint,
        };
        if let Some(screen) = &mut self.screen {
            screen.say(&[said]);
        }
        self.draw();
    }

    /// What only a drill knows: its pages, its phone; and answers, which it notes.
    async fn obey_in_drill(&self, line: &str, board: &Board) -> Option<Vec<String>> {
        let drill = self.drill?;
        if let Some(asked) = line.trim().strip_prefix('/')
            && super::in_drill::knows(asked)
        {
            return Some(super::in_drill::obey(drill, asked).await);
        }
        let Ok(Some(Command::Answer {
            task, value, by, ..
        })) = person::understand(line, board, &self.run)
        else {
            return None;
        };
        let card = board.cards.iter().find(|card| card.task == task)?;
        Some(vec![match drill.answer(card, value, by).await {
            Ok(Reply::Done(words)) => words,
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }])
    }

    fn draw(&mut self) {
        if let Some(drill) = self.drill {
            drill.tick();
        }
        let Some(screen) = &mut self.screen else {
            return;
        };
        if let Some(board) = self.fold.board(Timestamp::now()) {
            screen.draw(&board, self.fold.lines());
        }
    }
}

/// The simulated pages, as a scripted player of a drill meets them.
struct PagesOf<'a>(&'a Drill);

impl Pages for PagesOf<'_> {
    fn look(&self, card: &CardView) -> Option<String> {
        self.0.look(card)
    }
}
