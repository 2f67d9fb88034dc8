import { fireEvent, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failed, ok, type FakeBackend } from "../fake/backend";
import { SAMPLE } from "../fake/answers/samples";
import { fixtures } from "../fake/fixtures";
import { go } from "../nav.svelte";
import { click, fresh, put, type } from "../testing/screens";
import { expectAccessible, settled, show } from "../testing/show";
import { CHECK_AFTER_MS } from "./runbooks/edit.svelte";
import Runbooks from "./Runbooks.svelte";

const LEAKED = "An API key leaked, or a bot runs wild";
const REFUSED = SAMPLE.replace('read_back = {', 'contact = "ibkr-security"\nread_back = {');

describe("runbooks", () => {
  fresh();
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("lists each with what it is for, and marks what is the person's own and what is broken", async () => {
    const { container } = await show(Runbooks, fixtures.own(), {});
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("1 runbook cannot be read");
    expect(screen.getByText("Line 4: unknown lever “stop”.")).toBeTruthy();
    expect(screen.getAllByText("yours")).toHaveLength(2);
    await accessible(container);
  });

  it("says what to do when there is none", async () => {
    await show(Runbooks, { ...fixtures.ready(), choices: [] }, {});
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("No runbooks");
    expect(screen.getByText(/Restore the shipped ones/)).toBeTruthy();
  });

  it("is read one step at a time, by arrow keys as well", async () => {
    const { container } = await show(Runbooks, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: `Read: ${LEAKED}` }));
    expect(screen.getByText(/Step 1 of 5/)).toBeTruthy();
    await fireEvent.keyDown(window, { key: "ArrowRight" });
    await settled();
    expect(screen.getByText(/Step 2 of 5/)).toBeTruthy();
    await click(screen.getByRole("button", { name: "Previous step" }));
    expect(screen.getByText(/Step 1 of 5/)).toBeTruthy();
    await accessible(container);
  });

  it("shows every step when it is read aloud", async () => {
    await show(Runbooks, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: `Read: ${LEAKED}` }));
    await click(screen.getByRole("button", { name: "Read aloud" }));
    expect(screen.getAllByRole("listitem").filter((item) => /Step \d of 5/.test(item.textContent ?? ""))).toHaveLength(5);
  });

  it("opens to be read when the checklist is asked for", async () => {
    await show(Runbooks, fixtures.unarmed(), {});
    go("runbooks", { runbook: "leaked-api-key", read: true });
    await settled();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(LEAKED);
  });

  it("applies a mend, and takes it back", async () => {
    const { container } = await editing();
    await typed(REFUSED);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("1 refusal");
    await accessible(container);
    await click(screen.getByRole("button", { name: "Apply this mend" }));
    expect(text()).not.toContain('after = ["revoke"]');
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Nothing to mend");
    await click(screen.getByRole("button", { name: "Undo" }));
    expect(text()).toBe(REFUSED);
  });

  it("applies the first mend by Ctrl+.", async () => {
    await editing();
    await typed(REFUSED);
    await fireEvent.keyDown(window, { key: ".", ctrlKey: true });
    await settled();
    expect(text()).not.toContain('after = ["revoke"]');
  });

  it("never saves for use what the linter refuses, and offers to keep it as a draft", async () => {
    const { fake } = await editing();
    // saved at once, before the linter was asked by itself
    await type(box(), REFUSED);
    await click(screen.getByRole("button", { name: "Save" }));
    expect(saves(fake)).toEqual([]);
    expect(screen.getByText(/cannot be saved for use/)).toBeTruthy();
    await click(screen.getByRole("button", { name: "Keep as draft" }));
    expect(saves(fake)).toHaveLength(1);
    expect(screen.getByText(/Kept as a draft/)).toBeTruthy();
    expect(screen.getByText(/This is a draft/)).toBeTruthy();
  });

  it("saves what is clean", async () => {
    const { fake } = await editing();
    await typed(`${text()}\n# why\n`);
    await click(screen.getByRole("button", { name: "Save" }));
    expect(saves(fake)).toHaveLength(1);
    expect(screen.getByText("Saved. A press uses it now.")).toBeTruthy();
  });

  it("keeps a text whose saving failed, and says why", async () => {
    const { fake } = await editing();
    await typed(`${text()}\n# why\n`);
    const before = text();
    const answer = fake.runbook;
    fake.runbook = (ask) => (ask.ask === "save" ? Promise.resolve(failed("There is no room on the disk.")) : answer(ask));
    await click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getByText(/no room on the disk/)).toBeTruthy();
    expect(text()).toBe(before);
  });

  it("asks for a reason before it keeps a warning", async () => {
    const { fake } = await editing();
    const plain = text();
    const answer = fake.runbook;
    fake.runbook = async (ask) => {
      const told = await answer(ask);
      if (told.status === "error" || told.data.told !== "document") return told;
      const kept = /^# keep: (.*)$/m.exec(told.data.text)?.[1] ?? null;
      return ok({
        ...told.data,
        warnings: kept === null ? 1 : 0,
        findings: [{ rule: "one-chain", refuses: false, line: 1, column: 1, message: "All is one chain.", mend: "", diff: [], mended: null, keptAs: kept === null ? `# keep: REASON\n${told.data.text}` : null, kept }],
      });
    };
    await typed(`${plain}\n`);
    await click(screen.getByRole("button", { name: "Keep it so, with a reason" }));
    await click(screen.getByRole("button", { name: "Keep it so" }));
    expect(screen.getByText(/A reason is missing/)).toBeTruthy();
    await type(screen.getByLabelText("Why do you keep it so?"), "It is $& short \u0000and plain");
    await click(screen.getByRole("button", { name: "Keep it so" }));
    expect(text().split("\n")[0]).toBe("# keep: It is $& short and plain");
    expect(screen.getByText("1 warning kept with a reason")).toBeTruthy();
  });

  it("puts a step's field into the text, and keeps a refused value in its field", async () => {
    await editing();
    await click(screen.getByRole("button", { name: "Steps" }));
    const deadline = screen.getAllByLabelText("Deadline")[0] as HTMLInputElement;
    await put(deadline, "soon");
    expect(screen.getByText(/“soon” is no deadline/)).toBeTruthy();
    expect(deadline.value).toBe("soon");
    await put(deadline, "5s");
    expect(screen.queryByText(/is no deadline/)).toBeNull();
    await click(screen.getByRole("button", { name: "Text" }));
    expect(text()).toContain('deadline = "5s"');
  });

  it("moves a step", async () => {
    await editing();
    await click(screen.getByRole("button", { name: "Steps" }));
    await click(screen.getByRole("button", { name: "Move down: Record orders, fills, positions and sessions" }));
    await click(screen.getByRole("button", { name: "Text" }));
    expect(text().indexOf('id = "stop-bots"')).toBeLessThan(text().indexOf('id = "capture"'));
  });

  it("keeps unsaved text over leaving the screen and over a reload", async () => {
    const first = await editing();
    await typed(`${text()}\n# mine\n`);
    first.unmount();
    const { forgetDesk } = await import("./runbooks/desk.svelte");
    forgetDesk();
    await show(Runbooks, fixtures.ready(), {});
    await settled();
    expect(text()).toContain("# mine");
  });

  it("goes back to the saved text when changes are discarded", async () => {
    await editing();
    const before = text();
    await typed(`${before}\n# mine\n`);
    await click(screen.getByRole("button", { name: "Discard changes" }));
    expect(text()).toBe(before);
  });

  it("does not edit while a run goes on, and says so", async () => {
    const { fake } = await editing();
    fake.tell({ run: fixtures.live().run });
    await settled();
    expect(screen.getByText(/Editing is closed while a run goes on/)).toBeTruthy();
    expect(box().readOnly).toBe(true);
  });

  it("begins a new one as a copy under a name of its own", async () => {
    await show(Runbooks, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: `Copy to a new runbook: ${LEAKED}` }));
    expect(text()).toContain('id = "my-leaked-api-key"');
  });

  it("shows hostile text as text", async () => {
    const { fake, container } = await editing();
    const markup = '<img src=x onerror="window.pwned=1">';
    const answer = fake.runbook;
    fake.runbook = async (ask) => {
      const told = await answer(ask);
      if (told.status === "error" || told.data.told !== "document") return told;
      return ok({ ...told.data, title: markup, refusals: 1, findings: [{ rule: "x", refuses: true, line: 1, column: 1, message: markup, mend: markup, diff: [{ added: true, text: markup, line: 1 }], mended: null, keptAs: null, kept: null }] });
    };
    await typed(`# ${markup}\n`);
    expect(container.querySelector("img")).toBeNull();
    expect(screen.getAllByText(markup, { exact: false }).length).toBeGreaterThan(2);
  });

  it("says when a runbook cannot be read", async () => {
    const { fake } = await show(Runbooks, fixtures.ready(), {});
    fake.instead.runbook = () => failed("The file cannot be read.");
    await click(screen.getByRole("button", { name: `Read: ${LEAKED}` }));
    expect(screen.getByText("The file cannot be read.", { exact: false })).toBeTruthy();
  });
});

async function editing() {
  const shown = await show(Runbooks, fixtures.ready(), {});
  await click(screen.getByRole("button", { name: `Edit: ${LEAKED}` }));
  return shown;
}

const box = (): HTMLTextAreaElement => screen.getByRole("textbox", { name: /^Text of/ });
const text = (): string => box().value;

async function typed(value: string): Promise<void> {
  await type(box(), value);
  await vi.advanceTimersByTimeAsync(CHECK_AFTER_MS);
  await settled();
}

const saves = (fake: FakeBackend): unknown[] => fake.called("runbook").filter((ask) => (ask as { ask: string }).ask === "save");

async function accessible(node: Element): Promise<void> {
  vi.useRealTimers();
  await expectAccessible(node);
  vi.useFakeTimers();
}
