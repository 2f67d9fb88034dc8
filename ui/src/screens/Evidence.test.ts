import { render, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { failed, ok, type FakeBackend } from "../fake/backend";
import { contents } from "../fake/answers/evidence";
import { fixtures } from "../fake/fixtures";
import { go } from "../nav.svelte";
import { click, fresh, type } from "../testing/screens";
import { backendWith, expectAccessible, settled, show } from "../testing/show";
import Evidence from "./Evidence.svelte";

const DONE = { end: "done", files: 93, sha256: "5d41", signer: "SHA256:Qm7w", withheld: 6, notes: ["No time stamp: the authority did not answer."] };

describe("evidence", () => {
  fresh();

  it("lists runs with their marks, and shows what the latest one's bundle holds", async () => {
    const { container } = await open();
    const runs = within(screen.getByRole("region", { name: "Runs" }));
    expect(runs.getAllByText("Live,", { exact: false }).length).toBeGreaterThan(0);
    expect(runs.getByText("Practice,", { exact: false })).toBeTruthy();
    expect(runs.getByText("3 still open, not reset")).toBeTruthy();
    expect(runs.getByText("damaged", { exact: false })).toBeTruthy();
    expect(screen.getByText("data/journal.jsonl")).toBeTruthy();
    expect(hero()).toBe("Nothing is withheld");
    await expectAccessible(container);
  });

  it("says what is missing and what stays out, and why", async () => {
    await open();
    await click(screen.getByRole("button", { name: /The phone is lost/ }));
    expect(hero()).toBe("1 file is missing");
    expect(screen.getByText("captures/0031-tws-open-orders.bin")).toBeTruthy();
    expect(screen.getByText("Made by the program, no part of the record.")).toBeTruthy();
  });

  it("says what is wrong with a damaged journal", async () => {
    await open();
    await click(screen.getByRole("button", { name: /A session was stolen/ }));
    expect(hero()).toBe("The journal is damaged");
    expect(screen.getByText("Line 40 does not follow from line 39.")).toBeTruthy();
  });

  it("begins with the run that was asked for", async () => {
    go("evidence", { run: "2026-11-20T081500Z-lost-phone" });
    await open();
    expect(hero()).toBe("1 file is missing");
  });

  it("says so when there is no run", async () => {
    const { container } = await open(fixtures.empty());
    expect(hero()).toBe("No run yet");
    expect(screen.queryByRole("button", { name: "Export bundle" })).toBeNull();
    await expectAccessible(container);
  });

  it("wants a path before it exports", async () => {
    const { fake } = await open();
    await type(screen.getByLabelText("File to write"), "  ");
    await click(screen.getByRole("button", { name: "Export bundle" }));
    expect(screen.getByText(/A path is missing/)).toBeTruthy();
    expect(asks(fake, "export")).toEqual([]);
  });

  it("shows how far an export is and how it ended, in place", async () => {
    const { fake, container } = await open();
    const run = contents("2026-11-23T133207Z-contain-everything").run;
    fake.tell({ export: { run, target: "/x.zip", percent: 42, doing: "packing", end: null } });
    await settled();
    expect(hero()).toBe("Exporting, 42 %");
    expect((screen.getByRole("progressbar") as HTMLProgressElement).value).toBe(42);
    fake.tell({ export: { run, target: "/x.zip", percent: 100, doing: "", end: DONE } });
    await settled();
    expect(hero()).toBe("Exported");
    expect(screen.getByText("Exported. 93 files. Verified by re-reading.")).toBeTruthy();
    await expectAccessible(container);
  });

  it("keeps an export of another run out of this one's way", async () => {
    const { fake } = await open();
    fake.tell({ export: { run: "another", target: "/x.zip", percent: 42, doing: "packing", end: null } });
    await settled();
    expect(screen.getByText(/Another export is under way/)).toBeTruthy();
    await click(screen.getByRole("button", { name: "Export bundle" }));
    expect(asks(fake, "export")).toEqual([]);
  });

  it("offers to replace a file that stands there, and only then", async () => {
    const { fake } = await open();
    expect(screen.queryByRole("button", { name: /Replace/ })).toBeNull();
    await type(screen.getByLabelText("File to write"), "/home/trader/case.zip");
    await click(screen.getByRole("button", { name: "Export bundle" }));
    expect(screen.getByText(/case.zip is there already/)).toBeTruthy();
    expect((screen.getByLabelText("File to write") as HTMLInputElement).value).toBe("/home/trader/case.zip");
    vi.useFakeTimers();
    await click(screen.getByRole("button", { name: "Replace the file that is there" }));
    vi.useRealTimers();
    expect(asks(fake, "export").map((ask) => ask["replace"])).toEqual([false, true]);
  });

  it("offers it as well when the export failed on the way, and not for a full disk", async () => {
    const { fake } = await open();
    const run = contents("2026-11-23T133207Z-contain-everything").run;
    const end = (what: string) => ({ run, target: "/x.zip", percent: 80, doing: "", end: { end: "failed" as const, problem: { what, untouched: "Nothing.", next: "Choose." } } });
    fake.tell({ export: end("/x.zip is there already.") });
    await settled();
    expect(screen.getByRole("button", { name: "Replace the file that is there" })).toBeTruthy();
    fake.tell({ export: end("The folder /already there does not exist.") });
    await settled();
    expect(screen.queryByRole("button", { name: /Replace/ })).toBeNull();
    fake.tell({ export: end("There is no room on the disk.") });
    await settled();
    expect(hero()).toBe("Not exported");
    expect(screen.queryByRole("button", { name: /Replace/ })).toBeNull();
  });

  it("does not export what cannot be signed", async () => {
    const { fake } = await show(Evidence, fixtures.ready(), {});
    const answer = fake.evidence;
    fake.evidence = (ask) =>
      ask.ask === "contents" ? Promise.resolve(ok({ told: "contents" as const, ...contents(ask.run), problem: { what: "The keychain is locked.", untouched: "Nothing.", next: "Unlock it." } })) : answer(ask);
    await settled();
    expect(hero()).toBe("It cannot be signed now");
    await click(screen.getByRole("button", { name: "Export bundle" }));
    expect(asks(fake, "export")).toEqual([]);
  });

  it("fills a path that was chosen", async () => {
    await open();
    await click(screen.getAllByRole("button", { name: "Choose" })[1] as HTMLElement);
    expect((screen.getByLabelText("File to check") as HTMLInputElement).value).toBe("/home/trader/inbox/from-the-desk.zip");
  });

  it.each([
    ["/home/trader/good.zip", "Verified", "The bundle is as its signer signed it."],
    ["/home/trader/bad.zip", "Refused: 1 check failed", "It was not changed here."],
    ["/home/trader/half.zip", "Unknown", "Do not rely on it."],
  ])("says what came of checking %s", async (path, word, lead) => {
    const { container } = await open();
    await type(screen.getByLabelText("File to check"), path);
    await click(screen.getByRole("button", { name: "Verify" }));
    const dialog = within(screen.getByRole("dialog", { name: word }));
    expect(dialog.getByText(lead, { exact: false })).toBeTruthy();
    expect(dialog.getByText(/It does not say who that is/)).toBeTruthy();
    await expectAccessible(container);
    await click(dialog.getByRole("button", { name: "Close" }));
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("says what is no bundle beside the field, and keeps the path", async () => {
    await open();
    await type(screen.getByLabelText("File to check"), "/home/trader/notes.txt");
    await click(screen.getByRole("button", { name: "Verify" }));
    expect(screen.getByText(/notes.txt is not a bundle/)).toBeTruthy();
    expect(screen.queryByRole("dialog")).toBeNull();
    expect((screen.getByLabelText("File to check") as HTMLInputElement).value).toBe("/home/trader/notes.txt");
  });

  it("opens the report", async () => {
    const { fake } = await open();
    await click(screen.getByRole("button", { name: "Open the report" }));
    expect(asks(fake, "report")).toHaveLength(1);
    expect(screen.getByText("The report opened in your browser.")).toBeTruthy();
  });

  it("shows hostile names as text", async () => {
    const { fake, container } = await show(Evidence, fixtures.ready(), {});
    const markup = '<img src=x onerror="window.pwned=1">';
    const answer = fake.evidence;
    fake.evidence = (ask) =>
      ask.ask === "contents" ? Promise.resolve(ok({ told: "contents" as const, ...contents(ask.run), files: [{ path: markup, size: markup }], missing: [markup], leftOut: [{ path: markup, why: markup }] })) : answer(ask);
    await settled();
    expect(screen.getAllByText(markup).length).toBeGreaterThan(3);
    expect(container.querySelector("img")).toBeNull();
  });

  it("says when the runs cannot be read", async () => {
    const fake = backendWith(fixtures.ready());
    fake.instead.evidence = () => failed("The folder cannot be read.");
    render(Evidence);
    await settled();
    expect(hero()).toBe("It could not be read");
    expect(screen.getByText("The folder cannot be read.", { exact: false })).toBeTruthy();
  });
});

async function open(view = fixtures.ready()) {
  const shown = await show(Evidence, view, {});
  await settled();
  return shown;
}

const hero = (): string | null => screen.getByRole("heading", { level: 1 }).textContent;
const asks = (fake: FakeBackend, ask: string): Record<string, unknown>[] => fake.called("evidence").map((one) => one as Record<string, unknown>).filter((one) => one["ask"] === ask);
