// Ten thousand acts of a bad day, the same each time, and what marking them comes to.
import type { ActChoice, ActRow, ActsPage, ActVerdict, EvidenceTold, Losses } from "../../bindings";
import type { Told } from "../../ipc";
import { failed, ok, type FakeBackend } from "../backend";

/** A row, and what it is chosen by. */
interface Fact {
  row: ActRow;
  clientId: string;
  submitter: string;
  session: string;
  ip: string;
}

const MANY = 10_000;
const FEW = 12;
const BEGIN = Date.parse("2026-11-23T06:00:00Z");
const SYMBOLS = ["AAPL", "MSFT", "SPY", "TSLA", "ES Dec 26", "NVDA 450 P"];
const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

/** One act in nine is the intruder's. */
function fact(index: number): Fact {
  const theirs = index % 9 === 4;
  const kind = index % 50 === 7 ? "session" : index % 211 === 40 ? "transfer" : index % 997 === 13 ? "key" : index % 3 === 0 ? "fill" : "order";
  const symbol = at(SYMBOLS, index * 7);
  const quantity = 1 + ((index * 37) % 400);
  const price = `${100 + ((index * 13) % 250)}.${String((index * 29) % 100).padStart(2, "0")}`;
  const side = index % 2 === 0 ? "buy" : "sell";
  const words: Record<string, string> = {
    order: `Order ${40_000 + index}: ${side} ${quantity} ${symbol} at ${price}`,
    fill: `Fill of order ${40_000 + index}: ${side} ${quantity} ${symbol} at ${price}`,
    session: theirs ? "Login from a new device, Firefox on Windows" : "Login, TWS 10.37",
    transfer: "Withdrawal of 12 000.00 USD to an address that is new",
    key: "API key “bot-2” was made",
  };
  const clientId = theirs ? "17" : at(["0", "1", "2"], index);
  const submitter = theirs ? "trader2" : "trader1";
  const session = theirs ? "9f2c…41" : at(["a07d…10", "a07d…11"], index);
  const ip = theirs ? "185.220.101.4" : "82.14.7.201";
  const suspect = theirs || kind === "transfer";
  return {
    row: {
      key: `act-${String(index).padStart(5, "0")}`,
      at: index % 1_203 === 600 ? null : new Date(BEGIN + index * 2_900).toISOString(),
      account: at(["IBKR main", "IBKR bot"], Math.floor(index / 5)),
      kind,
      words: words[kind] ?? "",
      by: `client ${clientId}, ${submitter}, ${ip}`,
      money: kind === "fill" ? `${side === "buy" ? "-" : ""}${quantity * 100}.00 USD` : kind === "transfer" ? "-12 000.00 USD" : "",
      verdict: null,
      suggested: suspect ? "not_mine" : null,
      why: suspect ? [`Client id ${clientId} was never seen before 23 November.`, "It lies within the session from 185.220.101.4."] : [],
      sources: [`data/20-captures/000${10 + (index % 80)}-ibkr-main-tws-executions.json`],
    },
    clientId,
    submitter,
    session,
    ip,
  };
}

const generated = new Map<number, Fact[]>();
function facts(run: string): Fact[] {
  const count = run.includes("contain-everything") ? MANY : run.includes("phone") ? FEW : 0;
  const held = generated.get(count) ?? Array.from({ length: count }, (_, index) => fact(index));
  generated.set(count, held);
  return held;
}

/** Now and then a time is written as a person writes it. */
const moment = (text: string): number => Date.parse(/^\d{4}-\d\d-\d\d \d\d:\d\d$/.test(text) ? text.replace(" ", "T") : text);

function fits(one: Fact, verdict: ActVerdict | null, choice: ActChoice): boolean {
  const { row } = one;
  if (choice.account !== "" && row.account !== choice.account) return false;
  if (choice.kind !== "" && row.kind !== choice.kind) return false;
  if (choice.clientId !== "" && one.clientId !== choice.clientId) return false;
  if (choice.submitter !== "" && one.submitter !== choice.submitter) return false;
  if (choice.session !== "" && one.session !== choice.session) return false;
  if (choice.ip !== "" && one.ip !== choice.ip) return false;
  if (choice.since !== "" && (row.at === null || Date.parse(row.at) < moment(choice.since))) return false;
  if (choice.until !== "" && (row.at === null || Date.parse(row.at) > moment(choice.until))) return false;
  if (choice.text !== "" && !`${row.words} ${row.by}`.toLowerCase().includes(choice.text.toLowerCase())) return false;
  if (choice.marked === "unmarked") return verdict === null;
  if (choice.marked === "suggested") return verdict === null && row.suggested !== null;
  return choice.marked === "" || verdict === choice.marked;
}

export function page(backend: FakeBackend, run: string, choice: ActChoice, from: number, count: number): Told<EvidenceTold> {
  if (choice.since !== "" && Number.isNaN(moment(choice.since))) return failed(`“${choice.since}” is no time.`, "No row was marked.", "Write it as 2026-11-24 14:05.");
  const marks = backend.cases.marks(run);
  const all = facts(run);
  const chosen = all.filter((one) => fits(one, marks.get(one.row.key) ?? null, choice));
  const marked = (verdict: ActVerdict): number => [...marks.values()].filter((one) => one === verdict).length;
  const told: ActsPage = {
    total: all.length,
    matching: chosen.length,
    notMine: marked("not_mine"),
    mine: marked("mine"),
    notSure: marked("not_sure"),
    from,
    rows: chosen.slice(from, from + Math.min(count, 500)).map((one) => ({ ...one.row, verdict: marks.get(one.row.key) ?? null })),
    facets: {
      accounts: all.length === 0 ? [] : ["IBKR bot", "IBKR main"],
      clientIds: all.length === 0 ? [] : ["0", "1", "17", "2"],
      submitters: all.length === 0 ? [] : ["trader1", "trader2"],
      sessions: all.length === 0 ? [] : ["9f2c…41", "a07d…10", "a07d…11"],
      ips: all.length === 0 ? [] : ["185.220.101.4", "82.14.7.201"],
    },
    notes: all.length === MANY ? ["IBKR bot: the trades of 22 November could not be read."] : [],
  };
  return ok({ told: "acts", ...told });
}

export function mark(backend: FakeBackend, run: string, keys: string[], choice: ActChoice, verdict: ActVerdict | null): Told<EvidenceTold> {
  const marks = backend.cases.marks(run);
  const named = keys.length > 0 ? keys : facts(run).filter((one) => fits(one, marks.get(one.row.key) ?? null, choice)).map((one) => one.row.key);
  for (const key of named) {
    if (verdict === null) marks.delete(key);
    else marks.set(key, verdict);
  }
  return ok({ told: "done", words: `${named.length} marked.`, run });
}

export function losses(backend: FakeBackend, run: string): Losses {
  const marks = backend.cases.marks(run);
  const theirs = facts(run).filter((one) => marks.get(one.row.key) === "not_mine" && one.row.money !== "");
  const cents = (money: string): number => Math.round(Number.parseFloat(money.replaceAll(" ", "")) * 100);
  const sum = theirs.reduce((total, one) => total + cents(one.row.money), 0);
  return {
    totals: theirs.length === 0 ? [] : [{ currency: "USD", amount: (sum / 100).toFixed(2) }],
    lines: theirs.slice(0, 500).map((one) => ({ words: one.row.words, sum: `quantity × price, commission 1.00: ${one.row.money}`, amount: (cents(one.row.money) / 100).toFixed(2), currency: "USD", sources: one.row.sources })),
    notCounted: ["What the positions that are still open will cost.", "IBKR bot: a fill of 11:20 without a price."],
  };
}
