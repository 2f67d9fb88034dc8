// Where the person is among the runbooks, and each text that they have open. It outlives the screen.
import type { Document, Problem } from "../../bindings";
import { backend } from "../../ipc";
import { isRecord, keep, kept } from "../kept";
import { Edit, letGoOfTyped, typed } from "./edit.svelte";

export type Place = { at: "list" } | { at: "read"; id: string } | { at: "edit"; id: string };

const isPlace = (value: unknown): value is Place =>
  isRecord(value) && (value["at"] === "list" || ((value["at"] === "read" || value["at"] === "edit") && typeof value["id"] === "string"));

class Desk {
  place: Place = $state.raw({ at: "list" });
  /** The document that is read. */
  reading: Document | null = $state.raw(null);
  edit: Edit | null = $state.raw(null);
  problem: Problem | null = $state.raw(null);
  loading = $state(false);
  /** The step that the editor should show first, by id. */
  step: string | null = $state(null);
  #edits = new Map<string, Edit>();
  #begun = false;

  /** Takes up where the person was before a reload. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const before = kept("runbooks", isPlace);
    if (before?.at === "read") void this.read(before.id);
    if (before?.at === "edit" && before.id !== "") void this.open(before.id);
  }

  list(): void {
    this.#go({ at: "list" });
  }

  async read(id: string): Promise<void> {
    this.#go({ at: "read", id });
    this.reading = null;
    const document = await this.#ask(id);
    if (document !== null && this.place.at === "read" && this.place.id === id) this.reading = document;
  }

  /** Opens it to edit, at a step if one is named. */
  async open(id: string, step?: string): Promise<void> {
    this.step = step ?? null;
    this.#go({ at: "edit", id });
    const open = this.#edits.get(id);
    if (open) {
      this.edit = open;
      void open.check();
      return;
    }
    this.edit = null;
    const document = await this.#ask(id);
    if (document === null) return;
    const edit = new Edit(id, document, typed(id) ?? document.text);
    this.#edits.set(id, edit);
    if (this.place.at === "edit" && this.place.id === id) this.edit = edit;
  }

  /** A new one, begun as a copy of `id`. */
  async copy(id: string, copied: (document: Document) => string): Promise<void> {
    const document = await this.#ask(id);
    if (document === null) return;
    const text = copied(document);
    letGoOfTyped("");
    const base: Document = { ...document, text: "", saved: null, isDraft: false, own: true };
    const edit = new Edit("", base, text);
    this.#edits.set("", edit);
    this.edit = edit;
    this.#go({ at: "edit", id: "" });
    void edit.check();
  }

  /** Whether something is typed there that is not saved. */
  hasTyped(id: string): boolean {
    const open = this.#edits.get(id);
    return open ? open.changed : typed(id) !== null;
  }

  /** After a new one got its id, or an own one was taken away. */
  close(edit: Edit): void {
    for (const [key, open] of this.#edits) if (open === edit) this.#edits.delete(key);
  }

  #go(place: Place): void {
    this.place = place;
    this.problem = null;
    keep("runbooks", place);
  }

  async #ask(id: string): Promise<Document | null> {
    this.loading = true;
    const answer = await backend().runbook({ ask: "read", id });
    this.loading = false;
    if (answer.status === "error") {
      this.problem = answer.error;
      return null;
    }
    return answer.data.told === "document" ? answer.data : null;
  }
}

export let desk = new Desk();

/** Tests only. */
export function forgetDesk(): void {
  desk = new Desk();
}
