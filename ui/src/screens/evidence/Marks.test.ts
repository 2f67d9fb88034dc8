import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { ActChoice, EvidenceAsk } from "../../bindings";
import { failed, ok, type FakeBackend } from "../../fake/backend";
import { fixtures } from "../../fake/fixtures";
import { go } from "../../nav.svelte";
import { click, fresh, type } from "../../testing/screens";
import { expectAccessible, settled, show, showApp } from "../../testing/show";
import Evidence from "../Evidence.svelte";
import { everything, PAGE } from "./marks/table.svelte";

const RUN = "2026-11-23T133207Z-contain-everything";
/** Two lines, in pixels of a page that is not laid out. */
const ROW = 52;

describe("the table of acts", () => {
  fresh();

  it("holds only the rows in sight, and tells how many there are", async () => {
    const { container, fake } = await open();
    expect(hero()).toBe("10 000 acts are not marked");
    const grid = screen.getByRole("grid");
    expect(grid.getAttribute("aria-rowcount")).toBe("10001");
    expect(rows().length).toBeGreaterThan(5);
    expect(rows().length).toBeLessThan(40);
    expect(rows()[0]?.getAttribute("aria-rowindex")).toBe("2");
    expect(asks(fake, "acts")).toHaveLength(1);
    expect(asks(fake, "acts")[0]).toMatchObject({ run: RUN, from: 0, count: PAGE });
    await expectAccessible(container);
  });

  it("asks for what is scrolled to and for nothing between", async () => {
    const { fake } = await open();
    await scroll(7_900);
    expect(asks(fake, "acts").map((ask) => ask.from)).toEqual([0, 7_800]);
    expect(rows().some((row) => row.dataset["key"] === "act-07900")).toBe(true);
    expect(rows().find((row) => row.dataset["key"] === "act-07900")?.getAttribute("aria-rowindex")).toBe("7902");
    expect(rows().length).toBeLessThan(40);
  });

  it("asks for no page twice, however long the way through them is", async () => {
    const { fake } = await open();
    for (let index = 0; index < 10_000; index += 900) await scroll(index);
    await scroll(9_990);
    const pages = asks(fake, "acts").map((ask) => ask.from);
    expect(pages.length).toBeLessThanOrEqual(10_000 / PAGE);
    expect(new Set(pages).size).toBe(pages.length);
    expect(rows().length).toBeLessThan(40);
  });

  it("keeps its height while rows come and go", async () => {
    await open();
    const height = (): number => {
      const spaces = [...document.querySelectorAll<HTMLElement>("tr.space")].map((space) => Number.parseInt(space.style.height, 10));
      return spaces.reduce((sum, one) => sum + one, 0) + rows().length * ROW;
    };
    expect(height()).toBe(10_000 * ROW);
    await scroll(5_000);
    expect(height()).toBe(10_000 * ROW);
  });

  it("shows a suggestion with its why, and marks nothing by itself", async () => {
    const { fake } = await open();
    const row = rows()[4] as HTMLElement;
    expect(within(row).getByRole("button", { name: "Mark as suggested: not mine" })).toBeTruthy();
    expect(row.textContent).toContain("Client id 17 was never seen before 23 November.");
    expect(row.textContent).toContain("not marked");
    expect(asks(fake, "mark")).toEqual([]);
  });

  it("narrows by what rows can be chosen by", async () => {
    const { fake } = await open();
    await select("filter-clientId", "17");
    await select("filter-kind", "session");
    expect(asks(fake, "acts").at(-1)?.choice).toEqual({ ...everything(), clientId: "17", kind: "session" });
    expect(counts()).toContain("22 in this filter");
    expect(screen.getByRole("grid").getAttribute("aria-rowcount")).toBe("23");
    await click(screen.getByTestId("filter-clear"));
    expect(asks(fake, "acts").at(-1)?.choice).toEqual(everything());
  });

  it("narrows by text as it is typed, and at once by Enter", async () => {
    const { fake } = await open();
    vi.useFakeTimers();
    await type(screen.getByLabelText("Text"), "with");
    await type(screen.getByLabelText("Text"), "withdrawal");
    expect(asks(fake, "acts")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(300);
    vi.useRealTimers();
    await settled();
    expect(asks(fake, "acts").map((ask) => ask.choice.text)).toEqual(["", "withdrawal"]);
    await type(screen.getByLabelText("From"), "2026-11-23 10:00");
    await fireEvent.submit(screen.getByRole("form", { name: "Filter" }));
    await settled();
    expect(asks(fake, "acts").at(-1)?.choice).toMatchObject({ text: "withdrawal", since: "2026-11-23 10:00" });
  });

  it("shows nothing of a filter that was left when its answer comes late", async () => {
    const { fake } = await open();
    const late: (() => void)[] = [];
    const answer = fake.evidence;
    fake.evidence = (ask) => (ask.ask === "acts" && ask.choice.kind === "key" ? new Promise((done) => late.push(() => void answer(ask).then(done))) : answer(ask));
    await select("filter-kind", "key");
    await select("filter-kind", "transfer");
    late.forEach((tell) => tell());
    await settled();
    expect(rows().length).toBeGreaterThan(0);
    expect(rows().every((row) => row.textContent.includes("Transfer,"))).toBe(true);
  });

  it("says what is wrong with a filter, and reads again when it was mended", async () => {
    await open();
    await type(screen.getByLabelText("From"), "yesterday");
    await fireEvent.submit(screen.getByRole("form", { name: "Filter" }));
    await settled();
    expect(screen.getByText("“yesterday” is no time.")).toBeTruthy();
    await type(screen.getByLabelText("From"), "");
    await fireEvent.submit(screen.getByRole("form", { name: "Filter" }));
    await settled();
    expect(screen.queryByText("“yesterday” is no time.")).toBeNull();
    expect(rows().length).toBeGreaterThan(5);
  });

  it("says so when no venue told of anything", async () => {
    await open();
    await fireEvent.change(screen.getByTestId("run-choice"), { target: { value: "2026-11-12T190400Z-collection" } });
    await settled();
    expect(hero()).toBe("Nothing was told yet");
    expect(screen.queryByRole("grid")).toBeNull();
  });

  it("says what could not be read, and where a row stands", async () => {
    await open();
    expect(screen.getByText(/the trades of 22 November could not be read/)).toBeTruthy();
    await click(rows()[4] as HTMLElement);
    const detail = within(screen.getByTestId("act-detail"));
    expect(detail.getByText(/It lies within the session/)).toBeTruthy();
    expect(detail.getByText(/data\/20-captures\//)).toBeTruthy();
  });
});

describe("marking", () => {
  fresh();

  it("goes by keys alone: arrows, Space, Shift, M, N, U, and the focus stays", async () => {
    const { fake } = await open();
    const grid = screen.getByRole("grid");
    grid.focus();
    await keys({ key: "ArrowDown" }, { key: "n" });
    expect(marks(fake)).toEqual([{ keys: ["act-00001"], verdict: "not_mine" }]);
    await keys({ key: "ArrowDown" }, { key: " " }, { key: "ArrowDown" }, { key: "ArrowDown" }, { key: " " }, { key: "m" });
    expect(marks(fake)[1]).toEqual({ keys: ["act-00002", "act-00004"], verdict: "mine" });
    await keys({ key: "ArrowDown" }, { key: "ArrowDown", shiftKey: true }, { key: "ArrowDown", shiftKey: true }, { key: "u" });
    expect(marks(fake)[2]).toEqual({ keys: ["act-00005", "act-00006", "act-00007"], verdict: "not_sure" });
    expect(document.activeElement).toBe(grid);
    expect(document.getElementById(grid.getAttribute("aria-activedescendant") ?? "")?.dataset["key"]).toBe("act-00007");
    expect(counts()).toContain("1 not mine");
    expect(counts()).toContain("2 mine");
    expect(counts()).toContain("3 not sure");
    expect(hero()).toBe("9 994 acts are not marked");
  });

  it("keeps the focus and the place when the marked rows leave the filter", async () => {
    const { fake } = await open();
    await select("filter-marked", "unmarked");
    const grid = screen.getByRole("grid");
    grid.focus();
    await keys({ key: "ArrowDown" }, { key: "n" }, { key: "n" });
    expect(marks(fake).map((one) => one.keys)).toEqual([["act-00001"], ["act-00002"]]);
    expect(document.activeElement).toBe(grid);
    expect(rows().map((row) => row.dataset["key"]).slice(0, 2)).toEqual(["act-00000", "act-00003"]);
  });

  it("selects from one row to another by Shift and a click, far apart too", async () => {
    const { fake } = await open();
    await click(rows()[2] as HTMLElement);
    await scroll(900);
    const row = rows().find((one) => one.dataset["key"] === "act-00900") as HTMLElement;
    await fireEvent.click(row, { shiftKey: true });
    await settled();
    expect(selected()).toBe("899 selected");
    await click(screen.getByTestId("mark-not_mine"));
    const [only] = marks(fake);
    expect(only?.keys).toHaveLength(899);
    expect(only?.keys[0]).toBe("act-00002");
    expect(only?.keys.at(-1)).toBe("act-00900");
  });

  it("marks all rows of a filter at once, the unread ones included", async () => {
    const { fake } = await open();
    await select("filter-clientId", "17");
    screen.getByRole("grid").focus();
    await keys({ key: "a", ctrlKey: true });
    expect(selected()).toBe("all 1 111 of the filter selected");
    await keys({ key: "n" });
    await settled();
    expect(marks(fake)).toEqual([{ keys: [], verdict: "not_mine" }]);
    expect(asks(fake, "mark")[0]?.choice).toEqual({ ...everything(), clientId: "17" });
    expect(words()).toBe("1 111 acts marked not mine.");
    expect(counts()).toContain("1 111 not mine");
  });

  it("takes one row out of all that are selected", async () => {
    const { fake } = await open();
    await select("filter-clientId", "17");
    await click(screen.getByTestId("select-all"));
    await click(rows()[0]?.querySelector(".box") as Element);
    expect(selected()).toBe("1 110 selected");
    await click(screen.getByTestId("mark-not_mine"));
    expect(marks(fake)[0]?.keys).toHaveLength(1_110);
    expect(marks(fake)[0]?.keys).not.toContain("act-00004");
  });

  it("marks nothing while nothing is selected", async () => {
    const { fake } = await open();
    for (const name of ["mark-not_mine", "mark-mine", "mark-not_sure", "mark-suggested", "mark-none"]) await click(screen.getByTestId(name));
    expect(marks(fake)).toEqual([]);
  });

  it("marks as suggested those that have a suggestion, and leaves the others", async () => {
    const { fake } = await open();
    await click(rows()[3] as HTMLElement);
    await click(screen.getByTestId("mark-suggested"));
    expect(words()).toBe("Nothing that is selected has a suggestion.");
    await fireEvent.click(rows()[6] as HTMLElement, { shiftKey: true });
    await settled();
    await click(screen.getByTestId("mark-suggested"));
    expect(marks(fake)).toEqual([{ keys: ["act-00004"], verdict: "not_mine" }]);
  });

  it("marks one row as suggested by the button in it", async () => {
    const { fake } = await open();
    await click(screen.getByTestId("as-suggested-act-00004"));
    expect(marks(fake)).toEqual([{ keys: ["act-00004"], verdict: "not_mine" }]);
  });

  it("takes the last mark back, each row to what it was", async () => {
    const { fake } = await open();
    await click(rows()[1] as HTMLElement);
    await click(screen.getByTestId("mark-mine"));
    await click(rows()[0] as HTMLElement);
    await fireEvent.click(rows()[2] as HTMLElement, { shiftKey: true });
    await settled();
    await click(screen.getByTestId("mark-not_mine"));
    expect(counts()).toContain("3 not mine");
    await click(screen.getByTestId("mark-undo"));
    expect(marks(fake).slice(2)).toEqual([
      { keys: ["act-00000", "act-00002"], verdict: null },
      { keys: ["act-00001"], verdict: "mine" },
    ]);
    expect(words()).toBe("Undone: 3 acts are as before.");
    expect(counts()).toContain("0 not mine");
    expect(counts()).toContain("1 mine");
    expect(screen.getByTestId("mark-undo").getAttribute("aria-disabled")).toBe("true");
  });

  it("takes back a mark of a whole filter too", async () => {
    const { fake } = await open();
    await select("filter-clientId", "17");
    await click(screen.getByTestId("select-all"));
    await click(screen.getByTestId("mark-not_mine"));
    screen.getByRole("grid").focus();
    await settled();
    await keys({ key: "z", ctrlKey: true });
    await settled();
    expect(marks(fake)[1]?.keys).toHaveLength(1_111);
    expect(counts()).toContain("0 not mine");
  });

  it("says in place why a mark was not made, and keeps what is selected", async () => {
    const { fake } = await open();
    const answer = fake.evidence;
    fake.evidence = (ask) => (ask.ask === "mark" ? Promise.resolve(failed("The case's log cannot be written.")) : answer(ask));
    await click(rows()[1] as HTMLElement);
    await click(screen.getByTestId("mark-mine"));
    expect(screen.getByText("The case's log cannot be written.")).toBeTruthy();
    expect(selected()).toBe("1 selected");
    expect(screen.getByTestId("mark-undo").getAttribute("aria-disabled")).toBe("true");
  });

  it("makes one mark at a time", async () => {
    const { fake } = await open();
    let tell = (): void => undefined;
    const answer = fake.evidence;
    fake.evidence = (ask) => (ask.ask === "mark" ? new Promise((done) => (tell = () => void answer(ask).then(done))) : answer(ask));
    await click(rows()[1] as HTMLElement);
    await click(screen.getByTestId("mark-mine"));
    await click(screen.getByTestId("mark-not_mine"));
    tell();
    await settled();
    expect(marks(fake)).toEqual([{ keys: ["act-00001"], verdict: "mine" }]);
  });

  it("leaves the window's own keys alone: N goes to no card, Escape lets go before it leaves", async () => {
    go("evidence", { part: "marks" });
    const { fake } = await showApp(fixtures.live());
    go("evidence", { part: "marks", run: RUN });
    await settled();
    screen.getByRole("grid").focus();
    await keys({ key: " " }, { key: "n" }, { key: " " }, { key: "Escape" });
    expect(document.documentElement.dataset["screen"]).toBe("evidence");
    expect(selected()).toBe("0 selected");
    expect(marks(fake)).toHaveLength(1);
  });

  it("takes a venue's words for text", async () => {
    const markup = '<img src=x onerror="window.pwned=1">';
    const { fake, container } = await open();
    const answer = fake.evidence;
    fake.evidence = async (ask) => {
      const told = await answer(ask);
      if (told.status !== "ok" || told.data.told !== "acts") return told;
      return ok({ ...told.data, rows: told.data.rows.map((row) => ({ ...row, words: markup, by: markup, why: [markup], sources: [markup] })) });
    };
    await select("filter-kind", "transfer");
    expect(screen.getAllByText(markup).length).toBeGreaterThan(1);
    expect(container.querySelector("img")).toBeNull();
  });
});

describe("losses", () => {
  fresh();

  it("follow the marks, each figure with its sum and its sources, and say what is not counted", async () => {
    const { container } = await open();
    const losses = within(screen.getByTestId("losses"));
    expect(losses.getByText(/Nothing is marked not mine/)).toBeTruthy();
    await click(rows()[3] as HTMLElement);
    await click(screen.getByTestId("mark-not_mine"));
    expect(losses.getByText("11200.00", { exact: false, selector: ".total" })).toBeTruthy();
    const details = container.querySelector<HTMLDetailsElement>('[data-testid="losses"] details') as HTMLDetailsElement;
    details.open = true;
    await fireEvent(details, new Event("toggle"));
    await settled();
    expect(losses.getByText(/quantity × price/)).toBeTruthy();
    expect(losses.getByText(/00013-ibkr-main-tws-executions.json/)).toBeTruthy();
    expect(losses.getByText(/a fill of 11:20 without a price/)).toBeTruthy();
    await expectAccessible(container);
  });
});

async function open() {
  go("evidence", { part: "marks" });
  const shown = await show(Evidence, fixtures.ready(), {});
  await settled();
  return shown;
}

async function scroll(index: number): Promise<void> {
  const scroller = screen.getByTestId("acts");
  scroller.scrollTop = index * ROW;
  await fireEvent.scroll(scroller);
  await settled();
}

async function keys(...all: KeyboardEventInit[]): Promise<void> {
  for (const init of all) {
    await fireEvent.keyDown(document.activeElement ?? document.body, init);
    await settled();
  }
}

async function select(testid: string, value: string): Promise<void> {
  await fireEvent.change(screen.getByTestId(testid), { target: { value } });
  await settled();
}

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-testid="acts"] tr[data-key]')];
const counts = (): string => screen.getByTestId("mark-counts").textContent.replace(/\s+/g, " ");
const selected = (): string => screen.getByTestId("mark-selected").textContent;
const words = (): string => screen.getByTestId("mark-words").textContent.trim();
const hero = (): string | null => screen.getByRole("heading", { level: 1 }).textContent;

interface Asked {
  choice: ActChoice;
  from: number;
  keys: string[];
  verdict: unknown;
}
const asks = (fake: FakeBackend, ask: string): Asked[] => fake.called("evidence").filter((one) => (one as EvidenceAsk).ask === ask) as Asked[];
const marks = (fake: FakeBackend): { keys: string[]; verdict: unknown }[] => asks(fake, "mark").map((ask) => ({ keys: ask.keys, verdict: ask.verdict }));
