// Pieces that fixtures are put together from. Names and numbers are samples.
import type { Account, Card, Cell, Choice, Contact, Door, Drill, Far, Reach, Run, Schedule, Settings, Tile, View, Word } from "../bindings";

export const LEVERS = [
  "cancel_orders",
  "stop_withdrawals",
  "block_trading",
  "revoke_key",
  "end_sessions",
  "stop_automation",
] as const;

export const AT = "2026-11-23T13:34:48Z";
export const PRESSED = "2026-11-23T13:32:07Z";

/** A moment so many seconds after the press. */
export const after = (seconds: number): string => new Date(Date.parse(PRESSED) + seconds * 1_000).toISOString();

export const contacts: Contact[] = [
  {
    id: "ibkr-security",
    name: "Interactive Brokers security desk, United States",
    number: "1-877-442-2757",
    page: "https://ibkr.com/support",
    lastChecked: "2026-11-23",
  },
  {
    id: "ibkr-security",
    name: "Interactive Brokers support, Australia (ask for security concerns)",
    number: "+61 2 7251 0088",
    page: "https://ibkr.com/support",
    lastChecked: "2026-11-23",
  },
  {
    id: "ibkr-security",
    name: "Interactive Brokers support, Ireland (find the number on the page)",
    number: null,
    page: "https://ibkr.com/support",
    lastChecked: "2026-11-23",
  },
];

const choice = (runbook: string, title: string, when: string): Choice => ({
  runbook,
  title,
  when,
  own: false,
  broken: null,
  lastRehearsed: null,
  steps: 14,
  hasDraft: false,
});

export const choices: Choice[] = [
  choice("contain-everything", "Contain everything", "Something is wrong with an account, and you do not know what."),
  choice("stolen-session", "A session was stolen", "Somebody may be using your login in a browser."),
  choice("lost-phone", "The phone is lost", "The phone with IBKR Mobile is gone."),
  choice("leaked-api-key", "An API key leaked, or a bot runs wild", "Orders that you did not place carry your bot's key."),
  choice("compromised-workstation", "The trading computer is not yours alone", "The computer may be watched or steered."),
  choice("phished-login", "A login was phished", "You gave your password or a code to a page or a caller."),
];

export const door = (kind: string, over: Partial<Door> = {}): Door => ({
  kind,
  address: kind === "tws" ? "127.0.0.1:7497" : "https://127.0.0.1:5000",
  environment: null,
  state: "open",
  words: "Answers.",
  next: "",
  since: "2026-11-23T12:58:04Z",
  retryAt: null,
  clockOffsetMs: 12,
  warnings: [],
  ...over,
});

export const shut = (kind: string): Door =>
  door(kind, {
    state: "shut",
    words: "Nothing listens at the address.",
    next: "Start TWS, log in, and turn on Enable ActiveX and Socket Clients.",
    since: "2026-11-23T12:58:04Z",
    retryAt: "2026-11-23T13:34:57Z",
    clockOffsetMs: null,
  });

const reach = (fars: Far[], left: (string | null)[]): Reach[] =>
  LEVERS.map((lever, index) => ({ lever, far: fars[index] ?? "not_offered", left: left[index] ?? null }));

export const account = (name: string, over: Partial<Account> = {}): Account => ({
  name,
  venue: "ibkr",
  maskedId: `U•••••${(12 + name.length * 5) % 100}`,
  entity: "US",
  armed: true,
  wanted: true,
  whyNot: null,
  doors: [door("tws"), door("client-portal")],
  testedAt: "2026-11-23T13:30:12Z",
  reach: reach(
    ["full", "by_you", "full", "partial", "partial", "full"],
    [null, null, null, "tokens live up to 24 h", "own session only", null],
  ),
  ...over,
});

export const settings: Settings = {
  armAtLogin: true,
  hotkey: "Ctrl+Shift+F12",
  pressTwice: false,
  coverCloses: true,
  singleKeys: true,
  sound: false,
  textPercent: 100,
  appearance: "system",
  utcFirst: false,
  evidenceFolder: null,
  timeService: null,
  ageRecipients: [],
  introduced: true,
};

export const schedule: Schedule = {
  next: "2026-11-30T09:00:00Z",
  why: "7 days after the first one",
  overdue: false,
  scenario: "two-minutes-via",
  snoozed: null,
  waysIn: [
    { id: "exchange-key", title: "A leaked key", last: "2026-11-16T17:05:00Z", stale: false },
    { id: "client-portal", title: "Client Portal", last: null, stale: true },
    { id: "ibkr-mobile", title: "IBKR Mobile", last: "2026-06-02T17:05:00Z", stale: true },
  ],
  trouble: [],
};

export const drill = (over: Partial<Drill> = {}): Drill => ({
  scenario: "lying-library",
  title: "The library that lied",
  story: "Your bot trades at Kraken with a key of its own. You have updated its library this morning.",
  fix: null,
  phase: "alarm",
  clock: true,
  paused: false,
  sinceAlarmMs: 42_000,
  warmingUp: false,
  alarms: [
    { nth: 1, form: "mail", from: "Kraken", text: "A new API key was created. If this was not you, act now.", afterMs: 0, rings: false },
    { nth: 2, form: "call", from: "Kraken support", text: "An unknown number calls and says it is the support.", afterMs: 30_000, rings: true },
  ],
  facts: [
    { id: "bot", ask: "Does the bot run now?", answer: null },
    { id: "update", ask: "Which version was installed?", answer: "2.4.1, an hour ago." },
  ],
  pages: [
    { account: "Kraken", page: "keys", title: "API keys" },
    { account: "Kraken", page: "sessions", title: "Sessions" },
    { account: "IBKR main", page: "sessions", title: "Sessions" },
  ],
  contacts: [{ id: "ibkr-security", name: "Interactive Brokers, the practice desk" }],
  call: null,
  keychainLocked: false,
  windowDead: false,
  run: null,
  ...over,
});

export const view = (over: Partial<View> = {}): View => ({
  seq: 1,
  at: AT,
  stance: "ready",
  armed: 3,
  reading: false,
  notRecorded: null,
  notices: [],
  coverOpen: false,
  choices,
  accounts: [
    account("IBKR main", { doors: [door("tws")], reach: reach(["full", "by_you", "by_you", "not_offered", "by_you", "not_offered"], []) }),
    account("IBKR bot"),
    account("IBKR joint", { entity: null, maskedId: "U•••••88", reach: reach(["full", "by_you", "unknown", "by_you", "partial", "full"], [null, null, null, null, "own session only", null]) }),
  ],
  reachLevers: [...LEVERS],
  contacts,
  rehearsal: { last: "2026-11-16T17:05:00Z", lastMsToContained: 132_000, due: "2026-11-30T09:00:00Z", overdue: false },
  printedCard: { printedAt: "2026-11-09T10:00:00Z", stale: false },
  run: null,
  practice: null,
  drill: null,
  drilled: null,
  schedule,
  readiness: {
    headline: "2 findings to mend",
    dead: [],
    toMend: 2,
    unknown: 1,
    changed: "Nothing changed since the last check",
    checkedAt: "2026-11-23T13:20:00Z",
    trouble: null,
  },
  leftOpen: [],
  export: null,
  collecting: null,
  watch: null,
  settings,
  outside: { tray: null, hotkey: "on", hotkeyWhy: "", command: "firebreak panic --twice", autostartWhy: null },
  program: {
    version: "0.1.0",
    home: "/home/trader/.local/share/firebreak",
    logs: "/home/trader/.local/share/firebreak/logs",
    looksOn: false,
    keychain: "Secret Service",
  },
  ...over,
});

export const tile = (word: Word, why: string, over: Partial<Tile> = {}): Cell => ({
  cell: "task",
  task: over.task ?? `${word}-${why}`,
  title: "",
  word,
  why,
  next: "",
  since: after(1.4),
  sinceMs: 1_400,
  until: null,
  card: null,
  seenThrough: word === "verified" ? ["tws"] : [],
  readByYou: false,
  reopened: 0,
  ...over,
});

export const card = (number: number, title: string, over: Partial<Card> = {}): Card => ({
  number,
  task: `card-${number}-${title}`,
  title,
  account: "IBKR joint",
  text: "",
  why: "No door can do it.",
  menuPath: null,
  link: null,
  say: null,
  contact: null,
  otherContacts: [],
  ask: null,
  format: "number",
  lastChecked: "2026-11-23",
  lastAnswer: null,
  containment: true,
  hasPage: false,
  page: null,
  ...over,
});

export const run = (over: Partial<Run>): Run => ({
  run: "2026-11-23T133207Z-contain-everything",
  mode: "live",
  title: "Contain everything",
  pressedAt: PRESSED,
  elapsedMs: 161_000,
  lines: 214,
  head: "9f2c41ab77d0e85c0b16f3a952ced1d4c1a2f5b86f0d9e3374a1c5e0b28d6f19",
  recorded: true,
  resumed: 0,
  resumedAt: null,
  askedAgain: 0,
  headline: "still_open",
  worst: "",
  stillOpen: 0,
  contained: false,
  msToContained: null,
  accounts: 3,
  verified: 0,
  readByYou: 0,
  tasks: 0,
  skippedByYou: 0,
  tally: [],
  columns: [],
  rows: [],
  cards: [],
  cardsDone: 0,
  holds: [],
  withoutStop: [],
  captures: 71,
  notes: 0,
  ...over,
});
