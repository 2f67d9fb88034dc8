// The frame: mode band, screens, phones, keys, live regions, and what several screens share.
import type { Problem, Stance } from "../../bindings";
import type { Screen } from "../../nav.svelte";

/** `1 account`, `3 accounts`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

const screens: Record<Screen, string> = {
  home: "Home",
  runbooks: "Runbooks",
  drills: "Drills",
  readiness: "Readiness",
  evidence: "Evidence",
  accounts: "Accounts",
  settings: "Settings",
};

/** The one word of each stance; `part` counts. */
const legend: Record<Exclude<Stance, "part">, string> = {
  ready: "ARMED",
  unarmed: "NOT ARMED",
  offline: "OFFLINE",
  live: "LIVE RUN",
  latched: "LATCHED",
  drill: "DRILL",
  practice: "PRACTICE",
};

const noAnswer: Problem = {
  what: "The program behind this window does not answer.",
  untouched: "Nothing was changed by this window.",
  next: "Use the tray icon, or type firebreak panic in a terminal. Then start Firebreak again.",
};

export const frame = {
  product: "Firebreak",
  connection: {
    noAnswer,
    /** Before the first view. */
    starting: "Reading how things stand",
    /** A screen that could not be drawn. */
    broken: {
      what: "This screen could not be drawn.",
      untouched: "The run goes on, and the program was told nothing.",
      next: "Draw it again, or go to another screen. The tray and firebreak panic work without it.",
    },
    again: "Draw it again",
  },
  screens,
  screensLabel: "Screens",
  boardTab: "Board",
  skip: {
    guard: "Skip to the guard",
    content: "Skip to the content",
    board: "Skip to what needs you",
  },
  band: {
    legend,
    part: (armed: number, all: number) => `ARMED ${armed} OF ${all}`,
    label: "How things stand",
    reading: "Reading accounts.",
    lost: "No answer from the program.",
    lostNext: "What is shown may be old. The tray and the command line still work.",
    looksOn: "Another process keeps the accounts armed. This window looks on.",
    armed: (armed: number, all: number) => `${armed} of ${count(all, "account")}.`,
    tested: "Levers tested",
    notTested: (n: number) => `${count(n, "account has", "accounts have")} untested levers.`,
    notArmedOne: (name: string) => `${name} is not armed.`,
    notArmedMany: (n: number) => `${n} accounts are not armed.`,
    cancelsNothing: "A press opens its doors first.",
    unarmed: "No door is kept open. A press opens them first.",
    noAccount: "No account is set up. The phone numbers work.",
    offline: "No venue answers.",
    offlineSince: "No venue answers since",
    armedOf: (armed: number, all: number) => `${armed} of ${all} accounts armed.`,
    tryingIn: (seconds: number) => `Trying again in ${seconds} s.`,
    trying: "Trying again now.",
    sincePress: "since the press.",
    recording: (lines: number) => `Recording, ${count(lines, "line")} synced.`,
    pressed: "Pressed",
    contained: "contained",
    staysUntilReset: "Stays until you reset it.",
    simulated: "Simulated accounts. Nothing leaves this computer.",
    notRecorded: "NOT RECORDED:",
    goesOn: "Containment goes on.",
    resumed: "Resumed",
    fromJournal: (asked: number) => `from the journal. ${count(asked, "task was", "tasks were")} asked again.`,
  },
  buttons: {
    call: "Call a broker",
    disarm: "Disarm",
    arm: (n: number) => (n === 1 ? "Arm 1 account" : `Arm ${n} accounts`),
    armOne: (name: string) => `Arm ${name}`,
    addAccount: "Add an account",
    tryNow: "Try now",
    exportBundle: "Export bundle",
    resetBoard: "Reset the board",
    endPractice: "End practice",
    endDrill: "End drill",
    thisIsReal: "This is real: stop practice",
    thisIsRealDrill: "This is real: stop the drill",
    close: "Close",
    cancel: "Cancel",
    openPage: "Open the page",
    choose: "Choose",
    working: "Working",
  },
  phones: {
    title: "Call a broker",
    none: "No numbers are known yet. Add an account, or put your own into contacts.toml.",
    noNumber: "No number is printed here. The page has it.",
    page: "Open the support page",
    checked: "Checked",
    verify: "Numbers differ by legal entity. Check yours on the page before you need it.",
    practice: "In practice, do not call. Say the words aloud instead.",
  },
  keys: {
    title: "Keys",
    screens: "Screens",
    cover: "Open or close the cover",
    escape: "Close the cover, go back",
    next: "Next card",
    phones: "Phone numbers",
    export: "Export the evidence",
    mend: "Apply the mend",
    list: "This list",
    off: "Single keys are turned off in Settings.",
    hold: "On the red button: hold Enter or Space for 1.2 seconds.",
    grid: "On the board: arrows move from tile to tile, Enter opens the proof.",
  },
  problem: {
    untouched: "Not touched:",
    next: "Next:",
  },
  notices: "What you should know",
  live: {
    runStarted: "Run started.",
    cover: (open: boolean) => (open ? "The cover is open. Nothing has happened yet." : "The cover is closed."),
    change: (account: string, lever: string, word: string, why: string) =>
      `${account}, ${lever}: ${word}.${why === "" ? "" : ` ${why.replace(/\.$/, "")}.`}`,
    card: (number: number) => `See card ${number}.`,
    also: (parts: string[]) => `Also ${parts.join(", ")}.`,
    open: (n: number) => `${n} still open.`,
    newCard: (title: string, account: string | null) => `New first card: ${title}${account === null ? "" : `, ${account}`}.`,
    withoutStop: (n: number) => `${count(n, "position now has", "positions now have")} no stop.`,
    notRecorded: (why: string) => `Not recorded: ${why.replace(/\.$/, "")}. Containment goes on.`,
    contained: (n: number) => (n === 1 ? "The account is contained." : `All ${n} accounts are contained.`),
    stance: (word: string) => `${word}.`,
    mode: { live: "", drill: "Drill. ", practice: "Practice. " },
  },
  title: {
    open: (n: number) => `${n} still open`,
    withoutStop: (n: number) => `${count(n, "position has", "positions have")} no stop`,
    skipped: "Not contained, skipped by you",
    contained: "Contained",
    ready: "Ready",
    notArmed: "Not armed",
    part: (armed: number, all: number) => `Armed ${armed} of ${all}`,
    offline: "Offline",
  },
};
