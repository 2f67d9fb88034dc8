// A runbook being edited: the text as typed, and what the linter last said about it.
// The linter is asked, never imitated; a text that it refuses is never saved for use.
import type { Document, Problem, RunbookTold } from "../../bindings";
import { backend, type Told } from "../../ipc";
import { isRecord, keep, kept, letGo } from "../kept";

export const CHECK_AFTER_MS = 250;

export type Tab = "text" | "steps";

interface Kept {
  text: string;
}

const isKept = (value: unknown): value is Kept => isRecord(value) && typeof value["text"] === "string";

export class Edit {
  /** As opened; empty for a new one. */
  id: string;
  text = $state("");
  /** The text that was read: what Discard goes back to. */
  base = $state("");
  /** What was said about `judged`. */
  document: Document = $state.raw() as Document;
  /** The text that `document` is about. */
  judged = $state("");
  tab: Tab = $state("text");
  busy = $state(false);
  problem: Problem | null = $state.raw(null);
  /** The field of a step whose last value was refused, as `2.deadline`, and why. */
  fieldProblem: { field: string; problem: Problem } | null = $state.raw(null);
  /** In a line, what was done last. */
  done = $state("");
  /** The text before the last change that was not typed. */
  undo: string | null = $state(null);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(id: string, document: Document, text = document.text) {
    this.id = id;
    this.document = document;
    this.base = document.text;
    this.judged = document.text;
    this.text = text;
    if (text !== document.text) this.#later();
  }

  get changed(): boolean {
    return this.text !== this.base;
  }

  get checking(): boolean {
    return this.text !== this.judged;
  }

  get isNew(): boolean {
    return this.id === "";
  }

  type(text: string): void {
    this.done = "";
    this.undo = null;
    this.#put(text);
  }

  /** Puts a text in that the person did not type, and remembers the one before. */
  change(text: string, done: string): void {
    const before = this.text;
    this.#put(text);
    this.undo = before;
    this.done = done;
    void this.check();
  }

  goBack(done: string): void {
    if (this.undo === null) return;
    const before = this.undo;
    this.#put(before);
    this.undo = null;
    this.done = done;
    void this.check();
  }

  /** Asks the linter about the text as it is now. */
  async check(): Promise<void> {
    clearTimeout(this.#timer);
    const text = this.text;
    const asked = ++this.#asked;
    const answer = await backend().runbook({ ask: "check", id: this.id, text });
    if (asked === this.#asked) this.#take(answer, text);
  }

  async editStep(step: number, field: string, value: string): Promise<void> {
    const text = this.text;
    const answer = await backend().runbook({ ask: "edit_step", text, step, field, value });
    if (this.text !== text) return;
    const name = `${step}.${field}`;
    if (answer.status === "error") {
      this.fieldProblem = { field: name, problem: answer.error };
      return;
    }
    if (this.fieldProblem?.field === name) this.fieldProblem = null;
    if (answer.data.told === "document") this.change(answer.data.text, "");
  }

  async moveStep(from: number, to: number): Promise<void> {
    const text = this.text;
    const answer = await backend().runbook({ ask: "move_step", text, from, to });
    if (this.text !== text) return;
    if (answer.status === "error") this.problem = answer.error;
    else if (answer.data.told === "document") this.change(answer.data.text, "");
  }

  /** Saves for use, if the linter finds nothing to refuse in this very text. */
  async save(): Promise<boolean> {
    return this.#saved(false);
  }

  async keepAsDraft(): Promise<boolean> {
    return this.#saved(true);
  }

  async discard(done: string): Promise<void> {
    if (this.changed) {
      this.change(this.base, done);
      return;
    }
    this.busy = true;
    const answer = await backend().runbook({ ask: "discard_draft", id: this.id });
    this.busy = false;
    if (answer.status === "error") {
      this.problem = answer.error;
      return;
    }
    await this.#read(this.id, done);
  }

  async #saved(asDraft: boolean): Promise<boolean> {
    this.busy = true;
    this.problem = null;
    await this.check();
    const text = this.text;
    const refused = this.document.refusals > 0;
    if (this.checking || refused !== asDraft) {
      this.busy = false;
      return false;
    }
    const answer = await backend().runbook({ ask: "save", id: this.id, text });
    this.busy = false;
    if (answer.status === "error") {
      this.problem = answer.error;
      return false;
    }
    const wasNew = this.isNew;
    letGo(name(this.id));
    const id = wasNew ? this.document.id : this.id;
    const words = answer.data.told === "done" ? answer.data.words : "";
    if (this.text === text) await this.#read(id, words);
    return true;
  }

  async #read(id: string, done: string): Promise<void> {
    const answer = await backend().runbook({ ask: "read", id });
    if (answer.status === "error") {
      this.problem = answer.error;
      return;
    }
    if (answer.data.told !== "document") return;
    this.id = id;
    this.#asked += 1;
    clearTimeout(this.#timer);
    this.document = answer.data;
    this.base = answer.data.text;
    this.judged = answer.data.text;
    this.text = answer.data.text;
    this.undo = null;
    this.done = done;
    letGo(name(id));
  }

  #put(text: string): void {
    this.text = text;
    this.problem = null;
    if (text === this.base) letGo(name(this.id));
    else keep(name(this.id), { text } satisfies Kept);
    this.#later();
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.check(), CHECK_AFTER_MS);
  }

  #take(answer: Told<RunbookTold>, text: string): void {
    if (answer.status === "error") {
      this.problem = answer.error;
      return;
    }
    if (answer.data.told !== "document") return;
    this.problem = null;
    this.document = answer.data;
    this.judged = text;
  }
}

const name = (id: string): string => `runbook.${id === "" ? "+" : id}`;

/** What was typed for this runbook and not saved. */
export function typed(id: string): string | null {
  return kept(name(id), isKept)?.text ?? null;
}

export function letGoOfTyped(id: string): void {
  letGo(name(id));
}
