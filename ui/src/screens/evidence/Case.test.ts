import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { Collecting } from "../../bindings";
import { collectors, steps } from "../../fake/answers/collect";
import { failed, type FakeBackend } from "../../fake/backend";
import { fixtures } from "../../fake/fixtures";
import { go } from "../../nav.svelte";
import { click, fresh, type } from "../../testing/screens";
import { expectAccessible, settled, show, showApp } from "../../testing/show";
import Evidence from "../Evidence.svelte";
import { forgetCase } from "./case/desk.svelte";

const RUN = "2026-11-23T133207Z-contain-everything";

describe("collecting from this computer", () => {
  fresh();

  it("begins a collection without a press, and shows it", async () => {
    const { fake } = await open();
    await collectNow();
    expect(asks(fake, "collect")).toEqual([{ ask: "collect", run: null }]);
    expect(screen.getByRole("tab", { selected: true }).textContent).toBe("Case");
    const chosen = screen.getAllByRole("button").find((button) => button.getAttribute("aria-current") === "true");
    expect(chosen?.textContent).toContain("without a press,");
  });

  it("collects into the run that is chosen, and only when it is asked into that one", async () => {
    const { fake } = await open();
    vi.useFakeTimers();
    await click(screen.getByRole("button", { name: "Collect into “Contain everything”" }));
    vi.useRealTimers();
    expect(asks(fake, "collect")).toEqual([{ ask: "collect", run: RUN }]);
  });

  it("collects into the live run while one is open", async () => {
    const view = fixtures.live();
    const { fake } = await open(view);
    await collectNow();
    expect(asks(fake, "collect")).toEqual([{ ask: "collect", run: view.run?.run }]);
  });

  it("begins where there is no run at all", async () => {
    const { fake } = await show(Evidence, fixtures.empty(), {});
    await settled();
    await collectNow();
    expect(asks(fake, "collect")).toHaveLength(1);
    expect(screen.getByTestId("collect")).toBeTruthy();
  });

  it("shows each collector with its state in words and what came of it, and ends in place", async () => {
    const { fake, container } = await open();
    fake.tell({ collecting: progress(13) });
    await settled();
    expect(hero()).toBe("Reading this computer, 13 of 17");
    const rows = within(screen.getByRole("list", { name: "Collectors" }));
    expect(rows.getByText("Login history").closest("li")?.textContent).toContain("reading");
    expect(rows.getByText("IBC").closest("li")?.textContent).toContain("waits");
    expect((screen.getByRole("progressbar") as HTMLProgressElement).value).toBe(13);
    expect(screen.getByTestId("collect-into").getAttribute("aria-disabled")).toBe("true");
    await expectAccessible(container);
    fake.tell({ collecting: { ...progress(17), ended: true } });
    await settled();
    expect(screen.getByTestId("collect-end").textContent).toContain("Collected. 14 read, 2 not on this computer, 1 not read in full.");
    expect(screen.getByText("access denied to /var/log/btmp")).toBeTruthy();
    expect(asks(fake, "case").length).toBeGreaterThan(1);
    await expectAccessible(container);
  });

  it("says that the computer itself may be lying", async () => {
    await open();
    expect(screen.getByText(/The computer itself may be lying/)).toBeTruthy();
  });

  it("says why it was not kept, and why it was not begun", async () => {
    const { fake } = await open();
    fake.tell({ collecting: { ...progress(4), problem: { what: "The disk is full.", untouched: "What was kept before is as it was.", next: "Make room." } } });
    await settled();
    expect(hero()).toBe("The collection could not be kept");
    expect(screen.getByTestId("collect-end").textContent).toContain("What was kept before is as it was.");
    fake.instead.evidence = () => failed("Another collection is under way.");
    await click(screen.getByRole("button", { name: /Collect into/ }));
    expect(screen.getByText("Another collection is under way.")).toBeTruthy();
  });

  it("is begun from Home and from the board too", async () => {
    const { fake } = await showApp(fixtures.ready());
    vi.useFakeTimers();
    await click(screen.getByTestId("home-collect"));
    vi.useRealTimers();
    expect(asks(fake, "collect")).toEqual([{ ask: "collect", run: null }]);
    expect(document.documentElement.dataset["screen"]).toBe("evidence");
  });

  it("goes into the run of the board that it is begun from", async () => {
    const view = fixtures.live();
    const { fake } = await showApp(view);
    vi.useFakeTimers();
    await click(screen.getByTestId("board-collect"));
    vi.useRealTimers();
    expect(asks(fake, "collect")).toEqual([{ ask: "collect", run: view.run?.run }]);
  });
});

describe("the guided export of a broker's logs", () => {
  fresh();

  it("tells the steps, what was taken in, and stops", async () => {
    const { fake, container } = await open();
    await type(screen.getByLabelText("Another folder to look in"), " /mnt/logs ");
    await click(screen.getByRole("button", { name: "Watch for exported logs" }));
    expect(asks(fake, "watch")).toEqual([{ ask: "watch", run: RUN, folder: "/mnt/logs" }]);
    const watch = within(screen.getByTestId("watch"));
    expect(watch.getByText(/IB Gateway: File, then Gateway logs/)).toBeTruthy();
    expect(watch.getByText("Watching")).toBeTruthy();
    expect(watch.getByText(/\/mnt\/logs/)).toBeTruthy();
    fake.tell({ watch: { run: RUN, steps, places: [], taken: ["api.20261123.log"], problem: null } });
    await settled();
    expect(watch.getByText("api.20261123.log")).toBeTruthy();
    await expectAccessible(container);
    await click(watch.getByRole("button", { name: "Stop watching" }));
    expect(asks(fake, "stop_watch")).toHaveLength(1);
    expect(watch.queryByText("Watching")).toBeNull();
  });

  it("says when it watches for another run", async () => {
    const { fake } = await open();
    fake.tell({ watch: { run: "another", steps, places: [], taken: [], problem: null } });
    await settled();
    expect(screen.getByText("It watches for another run.")).toBeTruthy();
  });
});

describe("a case", () => {
  fresh();

  it("shows what stands out first, and folds the rest", async () => {
    const { container } = await open();
    expect(hero()).toBe("2 things to look at");
    const findings = within(screen.getByTestId("findings"));
    expect(findings.getByText("AnyDesk runs since 11:58")).toBeTruthy();
    expect(findings.getByText("1 more finding")).toBeTruthy();
    await expectAccessible(container);
  });

  it("adds a file with what it shows, when it happened and its step", async () => {
    const { fake } = await open();
    await click(screen.getByTestId("attach-do"));
    expect(screen.getByText("A file is missing. Choose it, or drop it on the window.")).toBeTruthy();
    await click(screen.getByTestId("attach-choose"));
    expect((screen.getByTestId("attach-path") as HTMLInputElement).value).toBe("/home/trader/Pictures/screenshot-14-10.png");
    await type(screen.getByTestId("attach-about"), "The order that I did not place");
    await type(screen.getByTestId("attach-dated"), "Monday, 14:10");
    await select(screen.getByTestId("attach-step"), "Revoke the API keys");
    await click(screen.getByTestId("attach-do"));
    expect(asks(fake, "attach")).toEqual([
      { ask: "attach", run: RUN, path: "/home/trader/Pictures/screenshot-14-10.png", about: "The order that I did not place", dated: "Monday, 14:10", step: "Revoke the API keys" },
    ]);
    expect(screen.getByText("Happened: Monday, 14:10. Revoke the API keys")).toBeTruthy();
    expect((screen.getByTestId("attach-path") as HTMLInputElement).value).toBe("");
  });

  it("keeps what was typed when a file could not be added", async () => {
    await open();
    await type(screen.getByTestId("attach-path"), "/tmp/photo.gone");
    await type(screen.getByTestId("attach-about"), "A photo");
    await click(screen.getByTestId("attach-do"));
    expect(screen.getByText("/tmp/photo.gone is not there.")).toBeTruthy();
    expect((screen.getByTestId("attach-about") as HTMLInputElement).value).toBe("A photo");
  });

  it("writes down a note to a step", async () => {
    const { fake } = await open();
    await click(screen.getByTestId("note-do"));
    expect(screen.getByText("Write something first.")).toBeTruthy();
    await type(screen.getByTestId("note-text"), "The mouse moved again.");
    await select(screen.getByTestId("note-step"), "Cancel every open order");
    await click(screen.getByTestId("note-do"));
    expect(asks(fake, "note")).toEqual([{ ask: "note", run: RUN, text: "The mouse moved again.", step: "Cancel every open order" }]);
    expect(within(screen.getByTestId("notes")).getByText("The mouse moved again.")).toBeTruthy();
  });

  it("writes down with whom the person spoke", async () => {
    const { fake } = await open();
    await click(screen.getByTestId("contact-do"));
    expect(screen.getByText("A name or a desk is missing.")).toBeTruthy();
    await type(screen.getByTestId("contact-who"), "Kraken support");
    await select(screen.getByTestId("contact-by"), "chat");
    await type(screen.getByTestId("contact-reference"), "#991");
    await type(screen.getByTestId("contact-said"), "They look into it.");
    await click(screen.getByTestId("contact-do"));
    expect(asks(fake, "contact")[0]?.["contact"]).toEqual({ who: "Kraken support", at: "", by: "chat", number: "", reference: "#991", said: "They look into it." });
    expect(within(screen.getByTestId("contacts")).getByText("#991")).toBeTruthy();
    expect((screen.getByTestId("contact-who") as HTMLInputElement).value).toBe("");
  });

  it("keeps a statement when that is asked, and not before", async () => {
    const { fake } = await open();
    expect(state()).toBe("skeleton");
    await type(screen.getByTestId("statement-text"), "I did not do that.");
    expect(state()).toBe("changed");
    expect(asks(fake, "state")).toEqual([]);
    await click(screen.getByTestId("statement-keep"));
    expect(asks(fake, "state")).toEqual([{ ask: "state", run: RUN, text: "I did not do that." }]);
    expect(state()).toBe("kept");
  });

  it("loses no statement that was not kept: not by leaving, not by another run, not by a reload", async () => {
    const first = await open();
    await type(screen.getByTestId("statement-text"), "Half a sentence");
    await click(screen.getByRole("button", { name: /The phone is lost/ }));
    expect((screen.getByTestId("statement-text") as HTMLTextAreaElement).value).not.toContain("Half");
    first.unmount();
    forgetCase();
    await open();
    await click(screen.getByRole("button", { name: /Contain everything/ }));
    expect((screen.getByTestId("statement-text") as HTMLTextAreaElement).value).toBe("Half a sentence");
    expect(state()).toBe("changed");
    await click(screen.getByRole("button", { name: "Back to what was kept" }));
    expect(state()).toBe("skeleton");
  });

  it("lists the bundles that were written", async () => {
    await open();
    expect(within(screen.getByTestId("written")).getByText("contain-everything-1.zip")).toBeTruthy();
    expect(within(screen.getByTestId("written")).getByText("For my own records", { exact: false })).toBeTruthy();
  });

  it("says when it cannot be read, and when its log is damaged", async () => {
    const { fake } = await open();
    fake.cases.change(RUN, { damage: "Line 4 does not follow from line 3." });
    fake.tell({ watch: { run: RUN, steps, places: [], taken: ["a.log"], problem: null } });
    await settled();
    expect(screen.getByText("Line 4 does not follow from line 3.")).toBeTruthy();
    fake.instead.evidence = () => failed("The case cannot be opened.");
    await click(screen.getByRole("button", { name: /The phone is lost/ }));
    expect(hero()).toBe("The case could not be read");
  });
});

async function open(view = fixtures.ready()) {
  go("evidence", { part: "case" });
  const shown = await show(Evidence, view, {});
  await settled();
  return shown;
}

/** Collectors that are done, and one that reads. */
function progress(done: number): Collecting {
  return { run: RUN, rows: collectors.map((row, index) => (index < done ? row : { title: row.title, state: index === done ? "reading" : "waiting", words: "" })), ended: false, problem: null };
}

async function collectNow(): Promise<void> {
  vi.useFakeTimers();
  await click(screen.getByTestId("collect-now"));
  vi.useRealTimers();
  await settled();
}

async function select(node: Element, value: string): Promise<void> {
  await fireEvent.change(node, { target: { value } });
  await settled();
}

const state = (): string | undefined => screen.getByTestId("statement-state").dataset["state"];
const hero = (): string | null => screen.getByRole("heading", { level: 1 }).textContent;
const asks = (fake: FakeBackend, ask: string): Record<string, unknown>[] => fake.called("evidence").map((one) => one as Record<string, unknown>).filter((one) => one["ask"] === ask);
