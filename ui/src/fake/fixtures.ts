// How things may stand, each by a name: what the tests and `?fake=NAME` show.
import type { View } from "../bindings";
import { contained, crowd, drilled, live, practised } from "./boards";
import { account, after, choices, door, drill, schedule, settings, shut, view } from "./parts";

const story = "Somebody has the key of your bot. Orders appear that you did not place.";

const left = {
  run: "2026-11-20T081500Z-lost-phone",
  mode: "live" as const,
  title: "The phone is lost",
  collection: false,
  pressedAt: "2026-11-20T08:15:00Z",
  contained: false,
  stillOpen: 3,
  isReset: false,
  lines: 121,
  damage: null,
};

export const fixtures = {
  /** The first start: no account yet. */
  first: () =>
    view({
      stance: "unarmed",
      armed: 0,
      accounts: [],
      rehearsal: { last: null, lastMsToContained: null, due: "2026-11-23T13:34:48Z", overdue: false },
      schedule: { ...schedule, next: "2026-11-23T13:34:48Z", why: "none was made yet", waysIn: [] },
      readiness: null,
      printedCard: { printedAt: null, stale: false },
      settings: { ...settings, introduced: false },
    }),
  /** Introduced, and still no account. */
  empty: () =>
    view({
      stance: "unarmed",
      armed: 0,
      accounts: [],
      rehearsal: { last: null, lastMsToContained: null, due: "2026-11-23T13:34:48Z", overdue: false },
      schedule: { ...schedule, next: "2026-11-23T13:34:48Z", why: "none was made yet", waysIn: [] },
      readiness: null,
      printedCard: { printedAt: null, stale: false },
    }),
  reading: () => view({ stance: "unarmed", armed: 0, reading: true, accounts: [] }),
  ready: () => view(),
  cover: () => view({ coverOpen: true }),
  /** A check found a lever that would be refused. */
  deadLever: () => {
    const checked = view();
    return {
      ...checked,
      readiness: {
        headline: "1 lever is dead",
        dead: [{ account: "IBKR bot", lever: "cancel_orders" }],
        toMend: 2,
        unknown: 1,
        changed: "Since the last check: IBKR bot, Cancel orders: ready before, dead now, and 1 more change",
        checkedAt: "2026-11-23T13:20:00Z",
        trouble: null,
      },
    };
  },
  part: () =>
    view({
      stance: "part",
      armed: 2,
      accounts: [
        account("IBKR main", { doors: [door("tws")] }),
        account("IBKR bot", {
          doors: [
            door("tws"),
            door("client-portal", {
              state: "lost",
              words: "It was open, and the session has ended.",
              next: "Log in again at the gateway's page.",
              retryAt: "2026-11-23T13:34:57Z",
            }),
          ],
        }),
        account("IBKR joint", { armed: false, whyNot: "No door of it is open.", doors: [shut("tws")], testedAt: null }),
      ],
      leftOpen: [left],
      notices: [
        {
          id: "left_open",
          what: "A live run was left open on Fri 20 Nov.",
          untouched: "Nothing is asked again until you go on.",
          next: "Go on with it, or look at it and reset it.",
        },
      ],
      rehearsal: { last: "2026-10-01T09:00:00Z", lastMsToContained: 192_000, due: "2026-11-01T09:00:00Z", overdue: true },
      schedule: { ...schedule, next: "2026-11-01T09:00:00Z", why: "30 days after the last one", overdue: true },
      printedCard: { printedAt: "2026-11-09T10:00:00Z", stale: true },
    }),
  unarmed: () =>
    view({
      stance: "unarmed",
      armed: 0,
      accounts: ["IBKR main", "IBKR bot", "IBKR joint"].map((name, index) =>
        account(name, {
          armed: false,
          wanted: index < 2,
          whyNot: index < 2 ? "The keychain is locked." : "Disarmed by you.",
          doors: [door("tws", { state: "not_opened", words: "Nobody asked for it.", since: "2026-11-23T07:02:00Z" })],
        }),
      ),
      notices: [
        {
          id: "keychain",
          what: "The keychain is locked.",
          untouched: "No account was armed.",
          next: "Unlock it, then arm again.",
        },
      ],
    }),
  offline: () =>
    view({
      stance: "offline",
      armed: 3,
      accounts: ["IBKR main", "IBKR bot", "IBKR joint"].map((name) =>
        account(name, {
          doors: [
            door("tws", {
              state: "lost",
              words: "It was open, and does not answer.",
              next: "Check the network.",
              since: "2026-11-23T13:02:00Z",
              retryAt: "2026-11-23T13:34:53Z",
            }),
          ],
        }),
      ),
    }),
  live: () => view({ stance: "live", run: live }),
  resumed: () => view({ stance: "live", run: { ...live, resumed: 1, resumedAt: after(183), askedAgain: 3 } }),
  unrecorded: () => view({ stance: "live", notRecorded: "the disk is full.", run: { ...live, recorded: false } }),
  latched: () => view({ stance: "latched", run: contained }),
  skipped: () =>
    view({
      stance: "live",
      run: { ...contained, headline: "skipped_by_you", contained: false, msToContained: null, skippedByYou: 2, withoutStop: [] },
    }),
  practice: () => view({ stance: "practice", practice: { story, warmingUp: false, truth: [], endedRun: null }, accounts: [account("Practice account", { maskedId: "simulated" })] }),
  practising: () => view({ stance: "practice", run: practised, practice: { story, warmingUp: false, truth: [], endedRun: null } }),
  practised: () =>
    view({
      stance: "practice",
      accounts: [account("Practice account", { maskedId: "simulated", armed: false })],
      practice: {
        story,
        warmingUp: false,
        truth: ["Practice account: 0 open orders, 0 sessions of the intruder, 0 keys that still work."],
        endedRun: "2026-11-23T133207Z-practice",
      },
    }),
  briefing: () => view({ stance: "drill", armed: 0, reading: true, accounts: [], drill: drill({ phase: "briefing", fix: "Read the key list again before you record a number.", alarms: [], sinceAlarmMs: null, warmingUp: true }) }),
  waiting: () => view({ stance: "drill", drill: drill({ phase: "waiting", alarms: [], sinceAlarmMs: null }) }),
  alarm: () => view({ stance: "drill", drill: drill() }),
  dead: () => view({ stance: "drill", coverOpen: true, drill: drill({ windowDead: true }) }),
  drilling: () => view({ stance: "drill", run: drilled, drill: drill({ phase: "pressed", run: drilled.run, sinceAlarmMs: 58_000 }) }),
  fifty: () => view({ stance: "live", run: crowd(), accounts: Array.from({ length: 50 }, (_, index) => account(`Account ${index + 1}`)), armed: 50 }),
  /** Text from a venue that wants to be markup, and names without end. */
  hostile: () => {
    const markup = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</' + "script>";
    return view({
      stance: "live",
      run: {
        ...live,
        worst: markup,
        columns: live.columns.map((column, index) => ({ ...column, account: `${index} ${markup} ${"x".repeat(90)}` })),
        rows: live.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => (cell.cell === "task" ? { ...cell, why: `${markup} ${"y".repeat(200)}` } : cell)) })),
        cards: live.cards.map((one) => ({ ...one, title: markup, text: markup, why: markup, say: markup, menuPath: markup, ask: markup })),
        withoutStop: live.withoutStop.map((one) => ({ ...one, instrument: markup })),
      },
    });
  },
  /** Every lever, and remainders as long as a venue's are. */
  eight: () => {
    const levers = ["capture", "stop_automation", "cancel_orders", "stop_withdrawals", "block_trading", "revoke_key", "end_sessions", "audit"];
    const trade = "the TWS window, IBKR Mobile, IBKR Desktop and the web can still trade, and somebody at the TWS window can untick it";
    return view({
      armed: 2,
      reachLevers: levers,
      accounts: ["IBKR main", "IBKR bot"].map((name) =>
        account(name, {
          reach: levers.map((lever) =>
            lever === "block_trading" || lever === "end_sessions"
              ? { lever, far: "partial", left: lever === "block_trading" ? trade : "sessions of other user names go on" }
              : { lever, far: lever === "stop_withdrawals" ? "not_offered" : "full", left: null },
          ),
        }),
      ),
    });
  },
  /** Accounts at exchanges beside the broker's. */
  exchanges: () =>
    view({
      armed: 3,
      accounts: [
        account("IBKR main", { doors: [door("tws")] }),
        account("Kraken", {
          venue: "kraken",
          entity: null,
          maskedId: null,
          doors: [
            door("spot", { address: "https://api.kraken.com", environment: "live", words: "Kraken spot, key may query and cancel." }),
            door("futures", { address: "https://demo-futures.kraken.com", environment: "paper", warnings: ["Another program signs with this key: a nonce was refused. Make a key for Firebreak alone."] }),
          ],
        }),
        account("Deribit", { venue: "deribit", entity: null, maskedId: null, doors: [door("api", { address: "https://127.0.0.1:41873", environment: "simulated" })] }),
      ],
    }),
  /** Many runbooks of the person's own, one of them broken. */
  own: () =>
    view({
      choices: [
        ...choices,
        { ...choices[0]!, runbook: "my-desk", title: "My desk, in my order", own: true },
        { ...choices[0]!, runbook: "my-bot", title: "Only my bot", own: true, broken: "Line 4: unknown lever “stop”." },
      ],
    }),
} satisfies Record<string, () => View>;

export type FixtureName = keyof typeof fixtures;
