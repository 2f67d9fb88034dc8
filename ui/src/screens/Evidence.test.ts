import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { ExportEnd } from "../bindings";
import { failed, ok, type FakeBackend } from "../fake/backend";
import { contents } from "../fake/answers/evidence";
import { fixtures } from "../fake/fixtures";
import { go } from "../nav.svelte";
import { click, fresh, type } from "../testing/screens";
import { backendWith, expectAccessible, settled, show } from "../testing/show";
import Evidence from "./Evidence.svelte";

const RUN = "2026-11-23T133207Z-contain-everything";
const RECIPIENT = `age1${"q".repeat(58)}`;
const DONE: ExportEnd = { end: "done", files: 93, sha256: "5d41", signer: "SHA256:Qm7w", withheld: 6, notes: ["No time stamp: the authority did not answer."] };

describe("evidence", () => {
  fresh();

  it("lists runs with their marks, and shows what the latest one's bundle holds", async () => {
    const { container } = await open();
    const runs = within(screen.getByRole("region", { name: "Runs" }));
    expect(runs.getAllByText("Live,", { exact: false }).length).toBeGreaterThan(0);
    expect(runs.getByText("Practice,", { exact: false })).toBeTruthy();
    expect(runs.getByText("3 still open, not reset")).toBeTruthy();
    expect(runs.getByText("damaged", { exact: false })).toBeTruthy();
    expect(runs.getByText("without a press,", { exact: false })).toBeTruthy();
    expect(screen.getByText("data/80-run-journal.jsonl")).toBeTruthy();
    expect(hero()).toBe("6 values will be withheld");
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
    await part("What was not me");
    expect(screen.queryByRole("grid")).toBeNull();
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
    const run = RUN;
    fake.tell({ export: { run, target: "/x.zip", percent: 42, doing: "packing", end: null } });
    await settled();
    expect(hero()).toBe("Exporting, 42 %");
    expect((screen.getByRole("progressbar") as HTMLProgressElement).value).toBe(42);
    fake.tell({ export: { run, target: "/x.zip", percent: 100, doing: "", end: DONE } });
    await settled();
    expect(hero()).toBe("Exported");
    expect(screen.getByText("Exported. 93 files. Verified by re-reading.")).toBeTruthy();
    expect(screen.getByText(/6 values were withheld/)).toBeTruthy();
    expect(screen.getByText("No time stamp: the authority did not answer.")).toBeTruthy();
    await expectAccessible(container);
  });

  it("does not call exported what was exported for somebody else", async () => {
    const { fake } = await open();
    await exporting();
    fake.tell({ export: { run: RUN, target: "/x.zip", percent: 100, doing: "", end: DONE } });
    await settled();
    expect(hero()).toBe("Exported");
    await click(screen.getByLabelText(/For a stranger/));
    expect(hero()).toBe("41 values will be withheld");
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
    const run = RUN;
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
    await part("Verify");
    await click(screen.getByRole("button", { name: "Choose" }));
    expect((screen.getByLabelText("File to check") as HTMLInputElement).value).toBe("/home/trader/inbox/from-the-desk.zip");
  });

  it.each([
    ["/home/trader/good.zip", "Verified", "The bundle is as its signer signed it."],
    ["/home/trader/bad.zip", "Refused: 1 check failed", "It was not changed here."],
    ["/home/trader/half.zip", "Unknown", "Do not rely on it."],
  ])("says what came of checking %s", async (path, word, lead) => {
    const { container } = await open();
    await part("Verify");
    await type(screen.getByLabelText("File to check"), path);
    await click(screen.getByRole("button", { name: "Verify" }));
    const dialog = within(screen.getByRole("dialog", { name: word }));
    expect(dialog.getByText(lead, { exact: false })).toBeTruthy();
    expect(dialog.getByText(/It does not say who that is/)).toBeTruthy();
    expect(dialog.getByText(/It does not say when they were made/)).toBeTruthy();
    await expectAccessible(container);
    await click(dialog.getByRole("button", { name: "Close" }));
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("says what is no bundle beside the field, and keeps the path", async () => {
    await open();
    await part("Verify");
    await type(screen.getByLabelText("File to check"), "/home/trader/notes.txt");
    await click(screen.getByRole("button", { name: "Verify" }));
    expect(screen.getByText(/notes.txt is not a bundle/)).toBeTruthy();
    expect(screen.queryByRole("dialog")).toBeNull();
    expect((screen.getByLabelText("File to check") as HTMLInputElement).value).toBe("/home/trader/notes.txt");
  });

  it("opens the report for whom it is chosen, as a page or on paper", async () => {
    const { fake } = await open();
    await click(screen.getByRole("button", { name: "Open the report" }));
    expect(screen.getByText("The report opened in your browser.")).toBeTruthy();
    await click(screen.getByLabelText(/For the broker/));
    await click(screen.getByRole("button", { name: "Report as PDF" }));
    expect(screen.getByText("The report opened as PDF.")).toBeTruthy();
    expect(asks(fake, "report").map((ask) => [ask["profile"], ask["pdf"]])).toEqual([
      ["own", false],
      ["broker", true],
    ]);
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

describe("what is withheld", () => {
  fresh();

  it("is asked anew for whom the bundle is, and the number is the biggest text", async () => {
    const { fake } = await open();
    await click(screen.getByLabelText(/For a stranger/));
    expect(hero()).toBe("41 values will be withheld");
    expect(asks(fake, "contents").at(-1)).toMatchObject({ run: RUN, profile: "share" });
    expect(screen.getByText("31 × account number")).toBeTruthy();
  });

  it("keeps to the last choice when an earlier one answers late", async () => {
    const { fake } = await open();
    const late: (() => void)[] = [];
    const answer = fake.evidence;
    fake.evidence = (ask) => (ask.ask === "contents" && ask.profile === "broker" ? new Promise((done) => late.push(() => void answer(ask).then(done))) : answer(ask));
    await click(screen.getByLabelText(/For the broker/));
    await click(screen.getByLabelText(/For a stranger/));
    late.forEach((tell) => tell());
    await settled();
    expect(hero()).toBe("41 values will be withheld");
  });

  it("opens a file as it will be sent: bars instead of values, and closes it again", async () => {
    const { container } = await open();
    const row = screen.getByRole("button", { name: /00004-sockets.json/ });
    await click(row);
    const preview = within(screen.getByTestId("preview"));
    expect(preview.getAllByRole("img", { name: "withheld: session cookie" })).toHaveLength(2);
    expect(preview.getAllByRole("img").every((bar) => bar.textContent === "")).toBe(true);
    expect(row.getAttribute("aria-expanded")).toBe("true");
    await expectAccessible(container);
    await click(row);
    expect(screen.queryByTestId("preview")).toBeNull();
  });

  it("says what could not be looked into", async () => {
    await open();
    expect(screen.getByText(/encrypted by TWS/)).toBeTruthy();
  });

  it("says why a file cannot be looked into", async () => {
    const { fake } = await open();
    fake.instead.evidence = () => failed("The file is gone.");
    await click(screen.getByRole("button", { name: /00004-sockets.json/ }));
    expect(screen.getByText("The file is gone.")).toBeTruthy();
  });
});

describe("how a bundle is sealed", () => {
  fresh();

  it("asks nobody, encrypts nothing and splits nothing unless that is chosen", async () => {
    const { fake } = await open();
    await exporting();
    expect(asks(fake, "export")[0]?.["choices"]).toEqual({ profile: "own", recipients: [], passphrase: "", originalsTo: "", timeStamp: "", volumeMb: null });
  });

  it("names the bundle before it", async () => {
    await open();
    expect(screen.getByTestId("supersedes").textContent).toContain("9f2c41ab");
  });

  it("takes recipients in the shape of age alone, those that are remembered too", async () => {
    const view = fixtures.ready();
    const known = `age1${"z".repeat(58)}`;
    const { fake, container } = await open({ ...view, settings: { ...view.settings, ageRecipients: [known] } });
    await click(screen.getByLabelText("Only these recipients"));
    await exporting();
    expect(screen.getByText("Nobody could open it. Add a recipient.")).toBeTruthy();
    await type(screen.getByLabelText("Recipient"), `${RECIPIENT}x`);
    await exporting();
    expect(screen.getByText(/That is no age recipient/)).toBeTruthy();
    expect(asks(fake, "export")).toEqual([]);
    await type(screen.getByLabelText("Recipient"), RECIPIENT);
    await click(screen.getByRole("button", { name: "Add" }));
    await click(screen.getByLabelText(known));
    await expectAccessible(container);
    await exporting();
    expect((asks(fake, "export")[0]?.["choices"] as { recipients: string[] }).recipients).toEqual([RECIPIENT, known]);
  });

  it("remembers a recipient when that is asked", async () => {
    const { fake } = await open();
    await click(screen.getByLabelText("Only these recipients"));
    await type(screen.getByLabelText("Recipient"), RECIPIENT);
    await click(screen.getByRole("button", { name: "Add" }));
    await click(screen.getByRole("button", { name: "Remember it" }));
    expect(fake.now.settings.ageRecipients).toEqual([RECIPIENT]);
  });

  it("wants a passphrase twice, and forgets it once it was used", async () => {
    const { fake } = await open();
    await click(screen.getByLabelText("Whoever has the passphrase"));
    await exporting();
    expect(screen.getByText("A passphrase is missing.")).toBeTruthy();
    await type(screen.getByLabelText("Passphrase"), "six words that nobody else knows");
    await type(screen.getByLabelText("The same again"), "six words that nobody knows");
    await exporting();
    expect(screen.getByText("The two are not the same. Type it again.")).toBeTruthy();
    expect(asks(fake, "export")).toEqual([]);
    await type(screen.getByLabelText("The same again"), "six words that nobody else knows");
    await exporting();
    expect((asks(fake, "export")[0]?.["choices"] as { passphrase: string }).passphrase).toBe("six words that nobody else knows");
    expect((screen.getByLabelText("Passphrase") as HTMLInputElement).value).toBe("");
    expect(JSON.stringify({ ...sessionStorage })).not.toContain("six words");
  });

  it("sends no passphrase that was typed before another way was chosen", async () => {
    const { fake } = await open();
    await click(screen.getByLabelText("Whoever has the passphrase"));
    await type(screen.getByLabelText("Passphrase"), "six words");
    await click(screen.getByLabelText("Everyone"));
    await exporting();
    expect((asks(fake, "export")[0]?.["choices"] as { passphrase: string }).passphrase).toBe("");
  });

  it("says what a time-stamp authority learns, and begins with the one of the settings", async () => {
    const view = fixtures.ready();
    const { fake } = await open({ ...view, settings: { ...view.settings, timeService: "http://tsa.example/tsr" } });
    expect(screen.getByText(/learns that a bundle was made/)).toBeTruthy();
    await click(screen.getByLabelText("Ask a time-stamp authority"));
    await type(screen.getByLabelText("Authority"), "tsa.example");
    await exporting();
    expect(screen.getByText(/That is no address/)).toBeTruthy();
    await type(screen.getByLabelText("Authority"), "http://tsa.example/tsr");
    await exporting();
    expect((asks(fake, "export")[0]?.["choices"] as { timeStamp: string }).timeStamp).toBe("http://tsa.example/tsr");
  });

  it("splits for mail, and sends the originals along to one recipient", async () => {
    const { fake } = await open();
    await click(screen.getByLabelText("Split it for mail"));
    await type(screen.getByLabelText("Largest part, in MB"), "0");
    await click(screen.getByLabelText(/The originals of what is withheld/));
    await exporting();
    expect(screen.getByText("A whole number from 1 on.")).toBeTruthy();
    await type(screen.getByLabelText("Largest part, in MB"), "15");
    await type(screen.getByLabelText("Who can open the originals"), RECIPIENT);
    await exporting();
    expect(asks(fake, "export")[0]?.["choices"]).toMatchObject({ volumeMb: 15, originalsTo: RECIPIENT });
  });
});

describe("the parts of evidence", () => {
  fresh();

  it("are gone through by arrows, with one tab stop", async () => {
    const { container } = await open();
    const tabs = screen.getAllByRole("tab");
    expect(tabs.map((tab) => tab.tabIndex)).toEqual([0, -1, -1, -1]);
    await fireEvent.keyDown(tabs[0] as HTMLElement, { key: "ArrowLeft" });
    await settled();
    expect(screen.getByRole("tab", { selected: true }).textContent).toBe("Verify");
    expect(document.activeElement).toBe(screen.getByRole("tab", { selected: true }));
    await expectAccessible(container);
  });

  it("begin with the one that was asked for", async () => {
    go("evidence", { part: "verify" });
    await open();
    expect(hero()).toBe("Verify a bundle");
  });
});

async function open(view = fixtures.ready()) {
  const shown = await show(Evidence, view, {});
  await settled();
  return shown;
}

/** The fake goes on packing by its own clock; nobody waits for it. */
async function exporting(): Promise<void> {
  vi.useFakeTimers();
  await click(screen.getByRole("button", { name: "Export bundle" }));
  vi.useRealTimers();
}

const part = (name: string): Promise<void> => click(screen.getByRole("tab", { name }));
const hero = (): string | null => screen.getByRole("heading", { level: 1 }).textContent;
const asks = (fake: FakeBackend, ask: string): Record<string, unknown>[] => fake.called("evidence").map((one) => one as Record<string, unknown>).filter((one) => one["ask"] === ask);
