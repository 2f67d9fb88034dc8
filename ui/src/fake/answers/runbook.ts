// What the fake backend answers about runbooks: a linter with two rules, and steps read line by line.
import type { DiffLine, Document, Finding, RunbookAsk, RunbookTold, Step } from "../../bindings";
import type { Told } from "../../ipc";
import { failed, ok, type FakeBackend } from "../backend";
import { CLEAN, SAMPLE } from "./samples";

/** What was saved, by the backend that it was saved in. */
const shelves = new WeakMap<FakeBackend, Map<string, { saved: string | null; draft: string | null }>>();

function shelf(backend: FakeBackend): Map<string, { saved: string | null; draft: string | null }> {
  const there = shelves.get(backend);
  if (there !== undefined) return there;
  const made = new Map(backend.now.choices.map((choice) => [choice.runbook, { saved: textOf(choice.runbook, choice.title, choice.when), draft: choice.hasDraft ? SAMPLE : null }]));
  shelves.set(backend, made);
  return made;
}

function textOf(id: string, title: string, when: string): string {
  return CLEAN.replace(/^id = .*$/m, `id = ${JSON.stringify(id)}`)
    .replace(/^title = .*$/m, `title = ${JSON.stringify(title)}`)
    .replace(/^when = .*$/m, `when = ${JSON.stringify(when)}`);
}

export async function answerRunbook(backend: FakeBackend, ask: RunbookAsk): Promise<Told<RunbookTold>> {
  const kept = shelf(backend);
  switch (ask.ask) {
    case "read": {
      const found = kept.get(ask.id);
      if (found === undefined) return failed(`There is no runbook “${ask.id}”.`, "Nothing was changed.", "Choose one from the list.");
      return told(judged(backend, ask.id, found.draft ?? found.saved ?? "", found.draft !== null));
    }
    case "check":
      return told(judged(backend, ask.id, ask.text, false));
    case "edit_step":
      return edited(backend, ask.text, ask.step, ask.field, ask.value);
    case "move_step": {
      const { head, steps } = cut(ask.text);
      const [moved] = steps.splice(ask.from, 1);
      if (moved !== undefined) steps.splice(ask.to, 0, moved);
      return told(judged(backend, "", head + steps.join("\n\n") + "\n", false));
    }
    case "save": {
      const document = judged(backend, ask.id, ask.text, false);
      const id = ask.id === "" ? document.id : ask.id;
      const before = kept.get(id) ?? { saved: null, draft: null };
      if (document.refusals > 0) {
        kept.set(id, { ...before, draft: ask.text });
        return ok({ told: "done", words: "Kept as a draft. The saved version stays in use." });
      }
      kept.set(id, { saved: ask.text, draft: null });
      return ok({ told: "done", words: "Saved. A press uses it now." });
    }
    case "discard_draft": {
      const found = kept.get(ask.id);
      if (found !== undefined) kept.set(ask.id, { ...found, draft: null });
      return ok({ told: "done", words: "The draft is gone." });
    }
    case "remove":
      return ok({ told: "done", words: "Yours is gone. The shipped one is in use again." });
    case "print_card":
      return ok({ told: "done", words: "The card opened in your browser." });
  }
}

const told = (document: Document): Told<RunbookTold> => ok({ told: "document", ...document });

function cut(text: string): { head: string; steps: string[] } {
  const [head = "", ...steps] = text.split(/^(?=\[\[step\]\])/m);
  return { head, steps: steps.map((step) => step.trimEnd()) };
}

function edited(backend: FakeBackend, text: string, step: number, field: string, value: string): Told<RunbookTold> {
  if (field === "deadline" && value !== "" && !/^\d+(ms|s|m|h)$/.test(value)) {
    return failed(`“${value}” is no deadline.`, "The text is as it was.", "Write it like 30s or 2m.");
  }
  const { head, steps } = cut(text);
  const list = field === "after" ? `[${value.split(",").map((one) => JSON.stringify(one.trim())).join(", ")}]` : JSON.stringify(value);
  const lines = (steps[step] ?? "").split("\n");
  const at = lines.findIndex((line) => line.startsWith(`${field} =`));
  if (value === "") {
    if (at >= 0) lines.splice(at, 1);
  } else if (at >= 0) lines[at] = `${field} = ${list}`;
  else lines.push(`${field} = ${list}`);
  steps[step] = lines.join("\n");
  return told(judged(backend, "", head + steps.join("\n\n") + "\n", false));
}

function judged(backend: FakeBackend, id: string, text: string, isDraft: boolean): Document {
  const choice = backend.now.choices.find((one) => one.runbook === id);
  const found = findings(text);
  const broken = !/^id = "/m.test(text);
  return {
    id: first(text, "id") ?? id,
    title: first(text, "title") ?? choice?.title ?? "",
    when: first(text, "when") ?? choice?.when ?? "",
    text,
    saved: shelf(backend).get(id)?.saved ?? null,
    isDraft,
    own: choice?.own ?? true,
    findings: found,
    refusals: found.filter((one) => one.refuses).length,
    warnings: found.filter((one) => !one.refuses && one.kept === null).length,
    steps: broken ? [] : steps(text),
  };
}

const first = (text: string, key: string): string | undefined => new RegExp(`^${key} = "(.*)"`, "m").exec(text)?.[1];

function findings(text: string): Finding[] {
  const lines = text.split("\n");
  const found: Finding[] = [];
  if (!/^id = "/m.test(text)) {
    found.push({ rule: "missing-field", refuses: true, line: 1, column: 1, message: "The runbook has no id.", mend: 'Write id = "a-short-name" first.', diff: [], mended: null, keptAs: null, kept: null });
    return found;
  }
  const lever = lines.indexOf('lever = "cancel_orders"');
  const after = lines.indexOf('after = ["revoke"]');
  const other = lines.indexOf('after = ["capture"]');
  if (lever >= 0 && after >= 0) {
    const diff: DiffLine[] = [
      { added: false, text: lines[other] ?? "", line: other + 1 },
      { added: true, text: 'after = ["cancel"]', line: other + 1 },
      { added: false, text: lines[after] ?? "", line: after + 1 },
      { added: true, text: 'after = ["capture"]', line: after + 1 },
    ];
    const mended = lines.map((line, index) => (index === other ? 'after = ["cancel"]' : index === after ? 'after = ["capture"]' : line)).join("\n");
    found.push({
      rule: "cuts-own-branch",
      refuses: true,
      line: lever + 1,
      column: 9,
      message: "“cancel” needs the key that “revoke” takes away. On the day, every cancel would be refused.",
      mend: "Cancel first, then revoke.",
      diff,
      mended,
      keptAs: null,
      kept: null,
    });
  }
  if (!text.includes("contact =")) {
    const kept = /^# keep no-phone: (.*)$/m.exec(text)?.[1] ?? null;
    found.push({
      rule: "no-phone",
      refuses: false,
      line: 1,
      column: 1,
      message: "If the venue does not answer, nothing tells you whom to call.",
      mend: "Add a manual step with a contact.",
      diff: [],
      mended: null,
      keptAs: kept === null ? `# keep no-phone: REASON\n${text}` : null,
      kept,
    });
  }
  return found;
}

function steps(text: string): Step[] {
  const { head, steps: parts } = cut(text);
  let line = head.split("\n").length;
  return parts.map((part, index) => {
    const length = part.split("\n").length;
    const field = (key: string): string | undefined => new RegExp(`^${key} = "(.*)"`, "m").exec(part)?.[1];
    const after = /^after = \[(.*)\]/m.exec(part)?.[1];
    const waits = after === undefined || after === "" ? [] : after.split(",").map((one) => one.trim().replaceAll('"', ""));
    const step: Step = {
      id: field("id") ?? `step-${index + 1}`,
      title: field("title") ?? "",
      line,
      lastLine: line + length - 1,
      lever: field("lever") ?? null,
      accounts: field("accounts") ?? "",
      after: waits,
      deadline: field("deadline") ?? "",
      manual: field("manual") ?? null,
      say: field("say") ?? null,
      contact: part.includes("contact =") ? "Interactive Brokers security desk, United States, 1-877-442-2757" : null,
      ask: /ask = "(.*?)"/.exec(part)?.[1] ?? null,
      format: part.includes("ask =") ? "number" : null,
      starts: waits.length === 0 ? (index === 0 ? "at once" : "at once, beside step 1") : `after ${waits.join(", ")}`,
      does: field("lever") === "cancel_orders" ? ["IBKR main: through TWS, then Client Portal.", "IBKR bot: through TWS."] : [],
      refusedNow: field("lever") === "cancel_orders" && waits.includes("revoke") ? ["Its key is revoked before: it can never work here."] : [],
    };
    line += length + 1;
    return step;
  });
}
