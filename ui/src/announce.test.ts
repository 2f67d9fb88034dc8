import { screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { alerts, Batch } from "./announce";
import type { Run, Word } from "./bindings";
import { live } from "./fake/boards";
import { fixtures } from "./fake/fixtures";
import { view } from "./fake/parts";
import { settled, showApp } from "./testing/show";

function moved(words: Record<string, Word>, over: Partial<Run> = {}): Run {
  const rows = live.rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell) => (cell.cell === "task" && words[cell.task] ? { ...cell, word: words[cell.task]! } : cell)),
  }));
  return { ...live, ...over, rows };
}
const before = view({ stance: "live", run: live });
const told = (run: Run) => view({ stance: "live", run });

describe("the polite sentence", () => {
  it("tells the most harmful change in full, counts the rest, and says what is open", () => {
    const batch = new Batch();
    batch.take(before, told(moved({ "cancel_orders@IBKR bot": "refused", "audit@IBKR joint": "verified", "block_trading@IBKR bot": "verified" }, { stillOpen: 10 })));
    expect(batch.sentence()).toBe("IBKR bot, Cancel orders: refused. 4 asked, 1 cancelling. Also 2 verified. 10 still open.");
  });

  it("tells each change once", () => {
    const batch = new Batch();
    batch.take(before, told(moved({ "cancel_orders@IBKR bot": "verified" })));
    expect(batch.sentence()).not.toBeNull();
    expect(batch.sentence()).toBeNull();
  });

  it("says which card a change belongs to", () => {
    const batch = new Batch();
    batch.take(told(moved({ "cancel_orders@IBKR joint": "sending" })), before);
    expect(batch.sentence()).toContain("See card 2.");
  });

  it("begins with the mode when it is not real", () => {
    const batch = new Batch();
    batch.take(told({ ...live, mode: "drill" }), told(moved({ "cancel_orders@IBKR bot": "verified" }, { mode: "drill" })));
    expect(batch.sentence()).toMatch(/^Drill\. IBKR bot/);
  });

  it("says nothing about words that stayed", () => {
    const batch = new Batch();
    batch.take(before, told({ ...structuredClone(live), elapsedMs: 9 }));
    expect(batch.sentence()).toBeNull();
  });
});

describe("the alert", () => {
  it("is for the start of a run", () => {
    expect(alerts(view(), told({ ...live, withoutStop: [] }))).toEqual(["Run started."]);
  });

  it("is for a new worst card, and not for a card that moved up", () => {
    const first = { ...live.cards[0]!, task: "new", title: "Call again", account: "IBKR bot" };
    expect(alerts(before, told({ ...live, cards: [first, ...live.cards] }))).toEqual(["New first card: Call again, IBKR bot."]);
    expect(alerts(before, told({ ...live, cards: live.cards.slice(1) }))).toEqual([]);
  });

  it("is for a position without a stop, for what is not recorded, and for contained", () => {
    const bare = told({ ...live, withoutStop: [] });
    expect(alerts(bare, before)).toEqual(["2 positions now have no stop."]);
    expect(alerts(before, { ...before, notRecorded: "the disk is full" })).toEqual(["Not recorded: the disk is full. Containment goes on."]);
    expect(alerts(before, told({ ...live, contained: true }))).toEqual(["All 3 accounts are contained."]);
  });

  it("is for nothing else", () => {
    expect(alerts(before, told(moved({ "cancel_orders@IBKR bot": "refused" })))).toEqual([]);
    expect(alerts(view(), view({ coverOpen: true }))).toEqual([]);
  });
});

describe("the live regions of the window", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("say one sentence in three seconds", async () => {
    const { fake } = await showApp(fixtures.live());
    await vi.advanceTimersByTimeAsync(3_000);
    const status = screen.getAllByRole("status")[0]!;
    fake.tell({ run: moved({ "cancel_orders@IBKR bot": "verified" }) });
    await settled();
    expect(status.textContent).toContain("IBKR bot, Cancel orders: verified.");
    fake.tell({ run: moved({ "cancel_orders@IBKR bot": "verified", "audit@IBKR joint": "accepted" }) });
    fake.tell({ run: moved({ "cancel_orders@IBKR bot": "verified", "audit@IBKR joint": "refused" }) });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(status.textContent).toContain("IBKR bot, Cancel orders");
    await vi.advanceTimersByTimeAsync(1_100);
    await settled();
    expect(status.textContent).toContain("IBKR joint, Look for changes: refused.");
  });
});
