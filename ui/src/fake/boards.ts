// Runs to look at: live, contained, in practice, and with fifty accounts.
import type { Cell, Row, Run, Tally, Word } from "../bindings";
import { after, card, contacts, run, tile } from "./parts";

const none: Cell = { cell: "not_offered" };
const notAsked: Cell = { cell: "not_in_runbook" };

/** Gives each tile the task and the title that its place stands for. */
function placed(rows: Row[], accounts: string[]): Row[] {
  return rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell, index) =>
      cell.cell === "task" ? { ...cell, task: `${row.lever}@${accounts[index]}`, title: row.title } : cell,
    ),
  }));
}

export function tallied(rows: Row[]): Tally[] {
  const order: Word[] = ["refused", "unknown", "needs_you", "partial", "accepted", "sending", "queued", "verified", "skipped"];
  const words = rows.flatMap((row) => row.cells).flatMap((cell) => (cell.cell === "task" ? [cell.word] : []));
  return order
    .map((word) => ({ word, count: words.filter((other) => other === word).length }))
    .filter((tally) => tally.count > 0);
}

const ACCOUNTS = ["IBKR main", "IBKR bot", "IBKR joint"];
const columns = [
  { account: "IBKR main", maskedId: "U•••••12", stillOpen: 3 },
  { account: "IBKR bot", maskedId: "U•••••37", stillOpen: 5 },
  { account: "IBKR joint", maskedId: "U•••••88", stillOpen: 4 },
];

const stops = [
  {
    account: "IBKR main",
    instrument: "AAPL",
    quantity: "200",
    short: false,
    stops: [{ side: "sell", quantity: "200", price: "182.50" }],
  },
  {
    account: "IBKR main",
    instrument: "ES Dec",
    quantity: "1",
    short: true,
    stops: [{ side: "buy", quantity: "1", price: "6 940.00" }],
  },
];

const liveRows = placed(
  [
    {
      lever: "capture",
      title: "Record evidence",
      cells: [
        tile("verified", "41 responses hashed", { sinceMs: 1_400 }),
        tile("verified", "12 responses hashed", { sinceMs: 900 }),
        tile("verified", "18 responses hashed", { sinceMs: 1_100 }),
      ],
    },
    {
      lever: "stop_automation",
      title: "Stop bots",
      cells: [tile("skipped", "By you: no bot here", { sinceMs: 40_000 }), tile("verified", "2 ended, 0 came back", { sinceMs: 11_000 }), none],
    },
    {
      lever: "cancel_orders",
      title: "Cancel orders",
      cells: [
        tile("verified", "0 open, read twice", { since: after(154), sinceMs: 154_000, reopened: 1 }),
        tile("accepted", "4 asked, 1 cancelling"),
        tile("refused", "Key may not cancel", { card: 2 }),
      ],
    },
    {
      lever: "block_trading",
      title: "Block trading",
      cells: [tile("needs_you", "By phone only", { card: 1 }), tile("queued", "Waits for cancel"), none],
    },
    {
      lever: "revoke_key",
      title: "Revoke keys",
      cells: [
        notAsked,
        tile("partial", "A token lives on", { since: after(20), until: "2026-11-24T13:10:00Z" }),
        tile("needs_you", "On the web page", { card: 3 }),
      ],
    },
    {
      lever: "end_sessions",
      title: "End sessions",
      cells: [
        tile("needs_you", "On the web page", { card: 4 }),
        tile("unknown", "No answer, try 3 of 3", { next: "It is asked again once a minute." }),
        tile("needs_you", "On the web page", { card: 3 }),
      ],
    },
    {
      lever: "audit",
      title: "Look for changes",
      cells: [tile("queued", "Waits for sessions"), tile("queued", "Waits for sessions"), tile("sending", "Reading addresses")],
    },
  ],
  ACCOUNTS,
);

const say = "My account is compromised. Lock it now and end every session. Give me a reference number.";

const liveCards = [
  card(1, "Call the desk. Ask for a lock", {
    account: null,
    text: "Call first, from a phone that is safe. Stay on the line.",
    say,
    contact: contacts[0] ?? null,
    otherContacts: contacts.slice(1),
    ask: "Which reference number did the desk give?",
    format: "text",
  }),
  card(2, "Cancel 3 orders by hand", {
    text: "Open the page and cancel what it lists.",
    link: "https://ibkr.com/orders",
    menuPath: "Orders > Open > Cancel all",
    ask: "How many open orders does the page list now?",
    lastChecked: null,
  }),
  card(3, "Delete the API key, end sessions", {
    text: "Delete the key, then end what is open.",
    menuPath: "Settings > API > Delete",
    ask: "How many API keys does the page list now?",
  }),
  card(4, "New password, end sessions", {
    account: "IBKR main",
    text: "Change it on a device that is safe.",
    menuPath: "Settings > Login > Password",
    ask: "Did the page confirm the new password?",
    format: "yes_no",
  }),
];

export const live: Run = run({
  worst: "IBKR joint still has 3 open orders. The venue refused to cancel them.",
  stillOpen: 12,
  verified: 5,
  tasks: 18,
  skippedByYou: 1,
  tally: tallied(liveRows),
  columns,
  rows: liveRows,
  cards: liveCards,
  holds: [
    { account: "IBKR main", active: true, appeared: 2, lastEmpty: after(154) },
    { account: "IBKR bot", active: true, appeared: 0, lastEmpty: null },
  ],
  withoutStop: stops,
});

const proved = (why: string, seconds: number, readByYou = false): Cell =>
  tile("verified", why, { since: after(seconds), sinceMs: seconds * 1_000, readByYou });

const containedRows = placed(
  [
    { lever: "capture", title: "Record evidence", cells: [proved("41 responses hashed", 1), proved("12 responses hashed", 1), proved("18 responses hashed", 1)] },
    { lever: "stop_automation", title: "Stop bots", cells: [tile("skipped", "By you: no bot here", { sinceMs: 103_000, since: after(103) }), proved("2 ended, 0 came back", 3), none] },
    { lever: "cancel_orders", title: "Cancel orders", cells: [proved("0 open, read twice", 1_149), proved("0 open, read twice", 1_149), proved("You read 0, the venue too", 435, true)] },
    { lever: "block_trading", title: "Block trading", cells: [proved("You heard: locked. Ref 00-0000", 864, true), proved("Read-only is on, read back", 235), none] },
    { lever: "revoke_key", title: "Revoke keys", cells: [notAsked, proved("Old token tried: rejected", 1_131), proved("Old key tried: rejected", 540)] },
    { lever: "end_sessions", title: "End sessions", cells: [proved("You read 0 sessions", 1_153, true), proved("Session asked: not signed in", 338), proved("You read 1 session, your own", 623, true)] },
    { lever: "audit", title: "Look for changes", cells: [proved("0 users, 0 addresses new", 1_151), proved("0 settings changed", 1_151), proved("1 new address, removed", 723)] },
  ],
  ACCOUNTS,
);

export const contained: Run = run({
  elapsedMs: 1_161_000,
  headline: "without_stop",
  contained: true,
  msToContained: 1_153_000,
  lines: 486,
  verified: 17,
  readByYou: 4,
  tasks: 18,
  skippedByYou: 0,
  tally: tallied(containedRows),
  columns: columns.map((column) => ({ ...column, stillOpen: 0 })),
  rows: containedRows,
  cardsDone: 4,
  holds: [
    { account: "IBKR main", active: false, appeared: 2, lastEmpty: after(1_149) },
    { account: "IBKR bot", active: false, appeared: 0, lastEmpty: after(1_149) },
  ],
  withoutStop: stops,
  notes: 4,
});

export const practised: Run = run({
  ...live,
  run: "2026-11-23T133207Z-practice",
  mode: "practice",
  withoutStop: [],
  cards: liveCards.map((one) => ({ ...one, hasPage: one.contact === null })),
});

export const drilled: Run = run({
  ...live,
  run: "2026-11-23T133207Z-leaked-api-key",
  mode: "drill",
  title: "An API key leaked, or a bot runs wild",
  worst: "IBKR bot: 1 order rests in a closed market. It is asked again at the open.",
  withoutStop: [],
  cards: liveCards.map((one) => ({ ...one, page: one.contact === null ? "sessions" : null })),
});

/** Fifty accounts, eight levers. `turn` moves the states on, so that every turn changes some. */
export function crowd(turn = 0): Run {
  const names = Array.from({ length: 50 }, (_, index) => `Account ${index + 1}`);
  const levers: [string, string][] = [
    ["capture", "Record evidence"],
    ["stop_automation", "Stop bots"],
    ["cancel_orders", "Cancel orders"],
    ["stop_withdrawals", "Stop withdrawals"],
    ["block_trading", "Block trading"],
    ["revoke_key", "Revoke keys"],
    ["end_sessions", "End sessions"],
    ["audit", "Look for changes"],
  ];
  const path: Word[] = ["queued", "sending", "accepted", "partial", "verified"];
  const rows = placed(
    levers.map(([lever, title], row) => ({
      lever,
      title,
      cells: names.map((_, index) => {
        const word = index % 17 === 3 && row === 2 ? "refused" : (path[Math.min(4, Math.floor((turn + index + row) / 9) % 6)] ?? "verified");
        const left = Math.max(0, 200 - turn * 3 - index);
        return tile(word, word === "verified" ? "0 open, read twice" : `${left} of 200 orders are open`, { sinceMs: 500 + index * 40 });
      }),
    })),
    names,
  );
  const open = rows.flatMap((row) => row.cells).filter((cell) => cell.cell === "task" && cell.word !== "verified").length;
  return run({
    accounts: 50,
    worst: "Account 4 still has 200 open orders. The venue refused to cancel them.",
    stillOpen: open,
    tasks: 400,
    verified: 400 - open,
    tally: tallied(rows),
    columns: names.map((account, index) => ({ account, maskedId: `U•••••${index + 10}`, stillOpen: 8 })),
    rows,
    cards: liveCards,
    holds: names.map((account, index) => ({ account, active: true, appeared: index % 7 === 0 ? 2 : 0, lastEmpty: null })),
    withoutStop: Array.from({ length: 12 }, (_, index) => ({
      account: `Account ${index + 1}`,
      instrument: "AAPL",
      quantity: "200",
      short: index % 3 === 0,
      stops: [{ side: "sell", quantity: "200", price: "182.50" }],
    })),
    elapsedMs: 161_000 + turn * 250,
  });
}
