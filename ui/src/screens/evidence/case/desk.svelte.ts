// A case as it was told, and what the person types into it: kept by run, and over leaving the screen.
import type { CaseView, EvidenceAsk } from "../../../bindings";
import { Doing } from "../../../doing.svelte";
import { backend } from "../../../ipc";
import { keep, kept, letGo } from "../../kept";

/** With whom the person spoke. */
export type Spoken = CaseView["contacts"][number];

const nobody = (): Spoken => ({ who: "", at: "", by: "phone", number: "", reference: "", said: "" });
const isText = (value: unknown): value is string => typeof value === "string";

/** What is typed for one run and not added yet. */
class Draft {
  /** Files to attach, by path. */
  files: string[] = $state([]);
  about = $state("");
  dated = $state("");
  step = $state("");
  note = $state("");
  noteStep = $state("");
  contact: Spoken = $state(nobody());
  /** The statement; none where it is as it was kept. */
  #statement: string | null = $state(null);
  readonly #name: string;

  constructor(run: string) {
    this.#name = `statement.${run}`;
    this.#statement = kept(this.#name, isText);
  }

  get statement(): string | null {
    return this.#statement;
  }

  set statement(text: string | null) {
    this.#statement = text;
    if (text === null) letGo(this.#name);
    else keep(this.#name, text);
  }
}

class Desk {
  view: CaseView | null = $state.raw(null);
  readonly reading = new Doing();
  readonly attaching = new Doing();
  readonly noting = new Doing();
  readonly talking = new Doing();
  readonly stating = new Doing();
  readonly watching = new Doing();
  readonly #drafts = new Map<string, Draft>();
  #asked = "";

  draft(run: string): Draft {
    const held = this.#drafts.get(run) ?? new Draft(run);
    this.#drafts.set(run, held);
    return held;
  }

  async read(run: string): Promise<void> {
    if (run !== this.#asked) this.view = null;
    this.#asked = run;
    this.reading.busy = true;
    const answer = await backend().evidence({ ask: "case", run });
    // another may have been chosen meanwhile
    if (this.#asked !== run) return;
    this.reading.busy = false;
    this.reading.problem = answer.status === "error" ? answer.error : null;
    if (answer.status === "ok" && answer.data.told === "case") this.view = answer.data;
  }

  /** Adds the files one after the other; how many were. Those that were not stay to be tried again. */
  async attach(run: string): Promise<number> {
    const draft = this.draft(run);
    let added = 0;
    while (draft.files[0] !== undefined) {
      const path = draft.files[0];
      if (!(await this.#do(this.attaching, { ask: "attach", run, path, about: draft.about.trim(), dated: draft.dated.trim(), step: draft.step }))) break;
      draft.files = draft.files.slice(1);
      added += 1;
    }
    if (added > 0) await this.read(run);
    if (draft.files.length === 0) {
      draft.about = "";
      draft.dated = "";
    }
    return added;
  }

  async note(run: string): Promise<boolean> {
    const draft = this.draft(run);
    if (!(await this.#do(this.noting, { ask: "note", run, text: draft.note.trim(), step: draft.noteStep }))) return false;
    draft.note = "";
    await this.read(run);
    return true;
  }

  async talk(run: string): Promise<boolean> {
    const draft = this.draft(run);
    if (!(await this.#do(this.talking, { ask: "contact", run, contact: $state.snapshot(draft.contact) }))) return false;
    draft.contact = nobody();
    await this.read(run);
    return true;
  }

  async state(run: string, text: string): Promise<boolean> {
    if (!(await this.#do(this.stating, { ask: "state", run, text }))) return false;
    const draft = this.draft(run);
    await this.read(run);
    // what was typed while it was kept is newer
    if (draft.statement === text) draft.statement = null;
    return true;
  }

  async watch(run: string, folder: string): Promise<void> {
    await this.#do(this.watching, { ask: "watch", run, folder });
  }

  async stopWatch(): Promise<void> {
    await this.#do(this.watching, { ask: "stop_watch" });
  }

  async #do(doing: Doing, ask: EvidenceAsk): Promise<boolean> {
    return (await doing.ask(() => backend().evidence(ask))) !== null;
  }
}

export const held = { desk: new Desk() };

/** Tests only. */
export function forgetCase(): void {
  held.desk = new Desk();
}
