import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { live } from "../fake/boards";
import { failed, ok } from "../fake/backend";
import { fixtures } from "../fake/fixtures";
import { settled, showApp } from "../testing/show";

const tile = (name: RegExp) => screen.getByRole("gridcell", { name });
const card = (number: number) => document.querySelector<HTMLElement>(`[data-card="${number}"]`)!;

describe("the board", () => {
  it("says biggest what is still open, then the worst of it", async () => {
    await showApp(fixtures.live());
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("12 still open");
    expect(document.body.textContent).toContain("IBKR joint still has 3 open orders.");
    expect(document.title).toBe("LIVE RUN: 12 still open · Firebreak");
  });

  it("shows text of a venue as text", async () => {
    await showApp(fixtures.hostile());
    expect(document.querySelector("img, script")).toBeNull();
    expect((window as unknown as { pwned?: number }).pwned).toBeUndefined();
    expect(document.body.textContent).toContain('<img src=x onerror="window.pwned=1">');
  });

  it("lists every position without a stop, and never folds them", async () => {
    await showApp(fixtures.live());
    const stops = document.querySelector<HTMLElement>("[data-stops]")!;
    expect(stops.closest("details")).toBeNull();
    expect(stops.textContent).toContain("2 positions now have no stop");
    expect(within(stops).getAllByRole("row")).toHaveLength(3);
  });

  it("says first that nothing is recorded", async () => {
    await showApp(fixtures.unrecorded());
    expect(screen.getByRole("banner").querySelector("p")?.textContent?.trim()).toMatch(/^NOT RECORDED: the disk is full\. Containment goes on\./);
  });

  it("says that it was taken up again", async () => {
    await showApp(fixtures.resumed());
    expect(screen.getByRole("banner").textContent).toContain("3 tasks were asked again.");
  });

  it("names each tile in full", async () => {
    await showApp(fixtures.live());
    expect(tile(/^IBKR joint, Cancel orders, refused\s?, Key may not cancel\s?, Card 2$/)).toBeTruthy();
  });

  it("has one tab stop in the grid, moved by the arrows", async () => {
    await showApp(fixtures.live());
    const stops = () => screen.getAllByRole("gridcell").filter((cell) => cell.tabIndex === 0);
    expect(stops()).toHaveLength(1);
    stops()[0]!.focus();
    await fireEvent.keyDown(document.activeElement!, { key: "ArrowRight" });
    await fireEvent.keyDown(document.activeElement!, { key: "ArrowDown" });
    await settled();
    await fireEvent.keyDown(document.activeElement!, { key: "ArrowDown" });
    await settled();
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^IBKR bot, Cancel orders, accepted/);
    await fireEvent.keyDown(document.activeElement!, { key: "End" });
    await settled();
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^IBKR joint, Cancel orders/);
    for (let step = 0; step < 9; step += 1) {
      await fireEvent.keyDown(document.activeElement!, { key: "ArrowUp" });
      await settled();
    }
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^IBKR joint, Record evidence/);
    expect(stops()).toHaveLength(1);
  });

  it("opens on Enter what a tile rests on, and closes on Esc", async () => {
    const { fake } = await showApp(fixtures.live());
    const cell = tile(/^IBKR main, Cancel orders, verified/);
    await fireEvent.click(cell);
    await settled();
    expect(fake.called("detail")).toEqual(["cancel_orders@IBKR main"]);
    expect(document.body.textContent).toContain("Every family was listed empty, twice");
    expect(document.body.textContent).toContain("5d41 402a");
    await fireEvent.keyDown(cell, { key: "Escape" });
    await settled();
    expect(document.body.textContent).not.toContain("Every family was listed empty, twice");
    cell.focus();
    await fireEvent.keyDown(cell, { key: "Enter" });
    await settled();
    expect(fake.called("detail")).toHaveLength(2);
  });

  it("asks again for the proof when the tile changed, and only then", async () => {
    const { fake } = await showApp(fixtures.live());
    await fireEvent.click(tile(/^IBKR bot, Cancel orders, +accepted/));
    await settled();
    fake.tell({ at: "2026-11-23T13:34:50Z" });
    await settled();
    expect(fake.called("detail")).toHaveLength(1);
    const rows = live.rows.map((row) => ({
      ...row,
      cells: row.cells.map((cell) =>
        cell.cell === "task" && cell.task === "cancel_orders@IBKR bot" ? { ...cell, word: "verified" as const, since: "2026-11-23T13:34:51Z" } : cell,
      ),
    }));
    fake.tell({ run: { ...live, rows } });
    await settled();
    expect(fake.called("detail")).toHaveLength(2);
  });

  it("records a value that was read, never a tick", async () => {
    const { fake } = await showApp(fixtures.live());
    expect(document.querySelector("input[type=checkbox]")).toBeNull();
    const two = within(card(2));
    await fireEvent.input(two.getByLabelText(/How many open orders/), { target: { value: "3" } });
    await fireEvent.click(two.getByRole("button", { name: "Record" }));
    await settled();
    expect(fake.called("act")).toEqual([{ act: "answer", task: live.cards[1]!.task, value: "3" }]);
  });

  it("sends a one-time code once, and keeps it nowhere", async () => {
    const { fake } = await showApp(fixtures.live());
    const cards = live.cards.map((one) => (one.number === 2 ? { ...one, ask: "One-time code", format: "code" as const } : one));
    fake.tell({ run: { ...live, cards } });
    await settled();
    const two = within(card(2));
    const field = two.getByLabelText<HTMLInputElement>("One-time code");
    expect(field.autocomplete).toBe("one-time-code");
    expect(field.inputMode || field.getAttribute("inputmode")).toBe("numeric");
    await fireEvent.click(two.getByRole("button", { name: "Send" }));
    await settled();
    expect(fake.called("act")).toEqual([]);
    expect(card(2).textContent).toContain("Type the code that your authenticator shows now");
    await fireEvent.input(field, { target: { value: " 123456 " } });
    await fireEvent.click(two.getByRole("button", { name: "Send" }));
    await settled();
    expect(fake.called("act")).toEqual([{ act: "answer", task: live.cards[1]!.task, value: "123456" }]);
    expect(field.value).toBe("");
    expect(card(2).textContent).not.toContain("123456");
  });

  it("refuses nonsense beside the field and keeps what was typed", async () => {
    const { fake } = await showApp(fixtures.live());
    const two = within(card(2));
    const field = two.getByLabelText<HTMLInputElement>(/How many open orders/);
    await fireEvent.input(field, { target: { value: "three" } });
    await fireEvent.click(two.getByRole("button", { name: "Record" }));
    await settled();
    expect(fake.called("act")).toEqual([]);
    expect(field.value).toBe("three");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(card(2).textContent).toContain("Type a whole number");
  });

  it("keeps a card open with words after a wrong value", async () => {
    const { fake } = await showApp(fixtures.live());
    fake.tell({ run: { ...live, cards: live.cards.map((one) => (one.number === 2 ? { ...one, lastAnswer: "3" } : one)) } });
    await settled();
    expect(card(2)).toHaveProperty("open", true);
    expect(card(2).textContent).toContain("You recorded \u201c3\u201d.");
    expect(card(2).textContent).toContain("Keep going.");
  });

  it("keeps what was typed while views come and cards move", async () => {
    const { fake } = await showApp(fixtures.live());
    const field = within(card(1)).getByLabelText<HTMLInputElement>(/reference number/);
    field.focus();
    await fireEvent.input(field, { target: { value: "00-1" } });
    const [first, ...rest] = live.cards;
    fake.tell({ run: { ...live, cards: [...rest, first!].map((one, index) => ({ ...one, number: index + 1 })) } });
    await settled();
    expect(within(card(4)).getByLabelText<HTMLInputElement>(/reference number/).value).toBe("00-1");
    expect(card(4)).toHaveProperty("open", true);
  });

  it("says what the program refuses, beside the card", async () => {
    const { fake } = await showApp(fixtures.live());
    fake.instead.act = () => failed("That is not an answer.", "The card stays open.", "Read it again.");
    const two = within(card(2));
    await fireEvent.input(two.getByLabelText(/How many open orders/), { target: { value: "0" } });
    await fireEvent.click(two.getByRole("button", { name: "Record" }));
    await settled();
    expect(card(2).textContent).toContain("That is not an answer.");
  });

  it("skips only with a reason or because it does not apply", async () => {
    const { fake } = await showApp(fixtures.live());
    const two = within(card(2));
    await fireEvent.click(two.getByRole("button", { name: "Skip" }));
    await fireEvent.click(two.getByLabelText("For another reason"));
    await fireEvent.click(two.getByRole("button", { name: "Skip it" }));
    await settled();
    expect(fake.called("act")).toEqual([]);
    await fireEvent.input(two.getByLabelText("Reason"), { target: { value: "The desk does it." } });
    await fireEvent.click(two.getByRole("button", { name: "Skip it" }));
    await settled();
    expect(fake.called("act")).toEqual([{ act: "skip", task: live.cards[1]!.task, reason: "The desk does it." }]);
  });

  it("attaches a file that was chosen", async () => {
    const { fake } = await showApp(fixtures.live());
    fake.instead.evidence = () => ok({ told: "chosen", path: "/tmp/page.png" }) as never;
    const two = within(card(2));
    await fireEvent.click(two.getByRole("button", { name: "Note or file" }));
    await fireEvent.click(two.getByRole("button", { name: "Choose" }));
    await settled();
    await fireEvent.click(two.getByRole("button", { name: "Attach" }));
    await settled();
    expect(fake.called("act")).toEqual([{ act: "attach", path: "/tmp/page.png" }]);
  });

  it("leads to another card while the person is on hold", async () => {
    await showApp(fixtures.live());
    await fireEvent.click(within(card(1)).getByRole("button", { name: "I am on hold" }));
    expect(card(2).contains(document.activeElement)).toBe(true);
  });

  it("opens a page by the program alone", async () => {
    const { fake } = await showApp(fixtures.live());
    await fireEvent.click(within(card(2)).getByRole("button", { name: "Open the page" }));
    expect(fake.called("open")).toEqual(["https://ibkr.com/orders"]);
    expect([...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href"))).toEqual(["#main"]);
  });

  it("resets only with the number of positions without a stop", async () => {
    const { fake } = await showApp(fixtures.latched());
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("2 positions have no stop");
    await fireEvent.click(screen.getByRole("button", { name: "Reset" }));
    await settled();
    expect(fake.called("act")).toEqual([]);
    await fireEvent.input(screen.getByLabelText("How many positions have no stop?"), { target: { value: "2" } });
    await fireEvent.click(screen.getByRole("button", { name: "Reset" }));
    await settled();
    expect(fake.called("act")).toEqual([{ act: "reset", positions_without_stop: 2 }]);
  });

  it("keeps apart what the venue proved and what the person read", async () => {
    await showApp(fixtures.latched());
    expect(document.body.textContent).toContain("13 proved by the venue, 4 read by you.");
  });

  it("does not say contained when something that contains was skipped", async () => {
    await showApp(fixtures.skipped());
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Not contained, skipped by you");
    expect(document.body.textContent).not.toContain("accounts are contained");
  });

  it("calls nobody in practice, and reads the simulated page", async () => {
    const { fake } = await showApp(fixtures.practising());
    expect(card(1).textContent).not.toContain("877");
    expect(card(1).textContent).toContain("Do not call the real desk.");
    await fireEvent.click(within(card(2)).getByRole("button", { name: "Do it on the simulated page" }));
    await settled();
    expect(fake.called("act")).toEqual([{ act: "look", task: live.cards[1]!.task }]);
    expect(card(2).textContent).toContain("The simulated page shows: 0");
  });

  it("moves on with the keys that were said, and not in an input", async () => {
    await showApp(fixtures.live());
    await fireEvent.keyDown(window, { key: "n" });
    await settled();
    expect(card(1).contains(document.activeElement)).toBe(true);
    await fireEvent.keyDown(document.activeElement!, { key: "n" });
    await settled();
    expect(card(2).contains(document.activeElement)).toBe(true);
    const field = within(card(2)).getByLabelText(/How many open orders/);
    field.focus();
    await fireEvent.keyDown(field, { key: "n" });
    await settled();
    expect(document.activeElement).toBe(field);
  });

  it("leaves single keys alone where they are turned off", async () => {
    const shown = fixtures.live();
    await showApp({ ...shown, settings: { ...shown.settings, singleKeys: false } });
    await fireEvent.keyDown(window, { key: "n" });
    await settled();
    expect(card(1).contains(document.activeElement)).toBe(false);
  });

  it("says how many accounts there are, and draws only those in sight when they are many", async () => {
    const seen = vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(700);
    const wide = vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockImplementation(function (this: HTMLElement) {
      return this.tagName === "TABLE" ? 128 + 50 * 184 : 128;
    });
    await showApp(fixtures.fifty());
    const grid = screen.getByRole("grid", { name: "Accounts and levers" });
    expect(grid.getAttribute("aria-colcount")).toBe("51");
    expect(document.getElementById(grid.getAttribute("aria-describedby") ?? "")?.textContent).toBe("50 accounts");
    expect(grid.querySelectorAll("thead th")).toHaveLength(51);
    expect(grid.querySelector('[aria-label^="Account 2, Cancel orders"]')).not.toBeNull();
    expect(grid.querySelector('[aria-label^="Account 30, Cancel orders"]')).toBeNull();
    // the keyboard goes anywhere all the same
    grid.querySelector<HTMLElement>('td[tabindex="0"]')!.focus();
    await fireEvent.keyDown(document.activeElement!, { key: "End" });
    await settled();
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Account 50, Record evidence/);
    expect(document.activeElement?.getAttribute("aria-colindex")).toBe("51");
    seen.mockRestore();
    wide.mockRestore();
  });

  it("touches only the tiles that changed", async () => {
    const { fake } = await showApp(fixtures.fifty());
    const changed: Node[] = [];
    const observer = new MutationObserver((records) => changed.push(...records.map((record) => record.target)));
    observer.observe(document.querySelector("table.grid")!, { subtree: true, childList: true, characterData: true, attributes: true });
    const run = fixtures.fifty().run!;
    const rows = structuredClone(run.rows);
    const cell = rows[2]!.cells[10]!;
    if (cell.cell !== "task") throw new Error("a task was expected");
    cell.why = "1 of 200 orders is open";
    fake.tell({ run: { ...run, rows } });
    await settled();
    observer.disconnect();
    const cells = new Set(changed.map((node) => (node instanceof Element ? node : node.parentElement)?.closest("td")));
    expect(cells.size).toBe(1);
  });
});
