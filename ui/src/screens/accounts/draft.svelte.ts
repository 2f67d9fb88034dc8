// An account being added: what was typed, at which step, and what the program said about it. It outlives the screen.
// The keys that are typed last are no part of what is kept: they are in memory until they are sent, and then gone.
import type { AccountDraft, DoorDraft, DoorWords, FieldProblem, KeyDraft, Problem, Tested, VenueWords } from "../../bindings";
import { Doing } from "../../doing.svelte";
import { backend } from "../../ipc";
import { isRecord, keep, kept, letGo } from "../kept";
import { emptyDoor, KINDS, kindsOf, signs, type Kind } from "./kinds";

/** All steps; `key` only where a door signs with one. */
export const STEPS = ["venue", "doors", "name", "key", "store", "test", "arm"] as const;
export type StepName = (typeof STEPS)[number];

export const CHECK_AFTER_MS = 250;

interface Typed {
  venue: string;
  chosen: Kind[];
  doors: Record<Kind, DoorDraft>;
  name: string;
  entity: string;
  unseen: string[];
}

interface Kept extends Typed {
  step: StepName;
  added: string | null;
}

interface TypedKey {
  key: string;
  secret: string;
}

const noKeys = (): Record<Kind, TypedKey> => Object.fromEntries(KINDS.map((kind) => [kind, { key: "", secret: "" }])) as Record<Kind, TypedKey>;

const nothing = (): Typed => ({
  venue: "ibkr",
  chosen: [],
  doors: Object.fromEntries(KINDS.map((kind) => [kind, emptyDoor(kind)])) as Record<Kind, DoorDraft>,
  name: "",
  entity: "",
  unseen: [],
});

const isDoor = (value: unknown): value is DoorDraft =>
  isRecord(value) && ["kind", "address", "username", "pin", "clientId"].every((key) => typeof value[key] === "string") && typeof value["allowRemote"] === "boolean";

const isKept = (value: unknown): value is Kept =>
  isRecord(value) &&
  STEPS.some((step) => step === value["step"]) &&
  [value["venue"], value["name"], value["entity"]].every((text) => typeof text === "string") &&
  Array.isArray(value["chosen"]) &&
  value["chosen"].every((kind) => KINDS.some((one) => one === kind)) &&
  Array.isArray(value["unseen"]) &&
  (value["added"] === null || typeof value["added"] === "string") &&
  isRecord(value["doors"]) &&
  KINDS.every((kind) => isRecord(value["doors"]) && isDoor(value["doors"][kind]));

/** The step that asks for a field. */
function stepOf(field: string): StepName {
  if (/^doors\.\d+\.(key|secret)$/.test(field)) return "store";
  if (field === "doors" || field.startsWith("doors.")) return "doors";
  return field === "venue" ? "venue" : "name";
}

export class Wizard {
  open = $state(false);
  step: StepName = $state("venue");
  typed: Typed = $state(nothing());
  problems: FieldProblem[] = $state.raw([]);
  warnings: string[] = $state.raw([]);
  /** The steps whose Next was pressed: their empty fields may be spoken of. */
  tried: StepName[] = $state([]);
  touched: string[] = $state([]);
  /** The account's name, once it is in the list. */
  added: string | null = $state(null);
  addedWords = $state("");
  tested: Tested | null = $state.raw(null);
  /** What each venue calls things; none before it was asked. */
  words: VenueWords[] = $state.raw([]);
  /** What is typed of keys. Never kept, and empty again once it was sent or left. */
  keys: Record<Kind, TypedKey> = $state(noKeys());
  /** The words that accept a key that can withdraw, as typed. */
  insistence = $state("");
  /** Why a key that can withdraw was not taken, and the words that accept it. */
  refused: { problem: Problem; insistence: string } | null = $state.raw(null);

  readonly asking = new Doing();
  readonly checking = new Doing();
  readonly adding = new Doing();
  readonly testing = new Doing();
  readonly arming = new Doing();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor() {
    const before = kept("account", isKept);
    if (before === null) return;
    const { step, added, ...typed } = before;
    this.typed = typed;
    this.step = step;
    this.added = added;
  }

  get begun(): boolean {
    return this.added !== null || this.step !== "venue" || this.typed.chosen.length > 0 || this.typed.name !== "";
  }

  /** The doors that are chosen, in the order in which they are tried. */
  get chosen(): Kind[] {
    return kindsOf(this.typed.venue).filter((kind) => this.typed.chosen.includes(kind));
  }

  /** Those of them that sign with a key. */
  get signing(): Kind[] {
    return this.chosen.filter(signs);
  }

  get steps(): StepName[] {
    return STEPS.filter((step) => step !== "key" || this.signing.length > 0);
  }

  get at(): number {
    return this.steps.indexOf(this.step);
  }

  get draft(): AccountDraft {
    const { venue, name, entity, unseen, doors } = $state.snapshot(this.typed);
    const atBroker = venue === "ibkr";
    return { venue, name, entity: atBroker ? entity : "", unseen: atBroker ? unseen : [], doors: this.chosen.map((kind) => doors[kind]) };
  }

  /** What the chosen venue calls things. */
  get venueWords(): VenueWords | undefined {
    return this.words.find((one) => one.venue === this.typed.venue);
  }

  wordsOf(kind: Kind): DoorWords | undefined {
    return this.venueWords?.doors.find((one) => one.kind === kind);
  }

  /** Asks what each venue calls things, once. */
  async learn(): Promise<void> {
    if (this.words.length > 0) return;
    const told = await this.asking.ask(() => backend().account({ ask: "venues" }));
    if (told?.data.told === "venues") this.words = told.data.venues;
  }

  /** A door's field as the program calls it: by the door's place among those chosen. */
  nameOf(kind: Kind, field: string): string {
    return `doors.${this.chosen.indexOf(kind)}.${field}`;
  }

  /** What is wrong with a field of a door, if the person has been there. */
  ofDoor(kind: Kind, field: keyof DoorDraft | keyof TypedKey): string | undefined {
    return this.of(this.nameOf(kind, field));
  }

  /** What is wrong with a field, as one sentence after the other. */
  of(field: string): string | undefined {
    const found = this.problems.find((one) => same(one.field, field));
    if (found === undefined || !(this.tried.includes(this.step) || this.touched.some((one) => same(one, field)))) return undefined;
    return [found.what, found.next].filter((part) => part !== "").join(" ");
  }

  /** What stands in the way of this step. */
  get inTheWay(): FieldProblem[] {
    return this.problems.filter((one) => stepOf(one.field) === this.step);
  }

  /** To be called after anything was typed or chosen. */
  changed(field: string): void {
    if (!this.touched.includes(field)) this.touched.push(field);
    this.#keep();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.check(), CHECK_AFTER_MS);
  }

  changedDoor(kind: Kind, field: keyof DoorDraft): void {
    this.changed(this.nameOf(kind, field));
  }

  /** To be called when what is typed of a key changes: nothing is asked, and nothing kept. */
  changedKey(kind: Kind, field: keyof TypedKey): void {
    const name = this.nameOf(kind, field);
    this.problems = this.problems.filter((one) => one.field !== name);
  }

  /** Forgets what was typed of keys. */
  forgetKeys(): void {
    this.keys = noKeys();
    this.insistence = "";
  }

  choose(kind: Kind, on: boolean): void {
    if (on && this.typed.doors[kind].address === "") this.typed.doors[kind].address = this.wordsOf(kind)?.addresses[0]?.address ?? "";
    this.typed.chosen = on ? [...this.typed.chosen, kind] : this.typed.chosen.filter((one) => one !== kind);
    // places move, so what was said about a place no longer holds
    this.touched = this.touched.filter((field) => !field.startsWith("doors."));
    this.problems = [];
    this.changed("doors");
  }

  async check(): Promise<boolean> {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    const answer = await backend().account({ ask: "check", draft: this.draft });
    if (asked !== this.#asked) return false;
    if (answer.status === "error") {
      this.checking.problem = answer.error;
      return false;
    }
    this.checking.problem = null;
    if (answer.data.told !== "checked") return false;
    this.problems = answer.data.problems;
    this.warnings = answer.data.warnings;
    return true;
  }

  async next(): Promise<void> {
    if (!this.tried.includes(this.step)) this.tried.push(this.step);
    if (this.added === null) {
      if (!(await this.check()) || this.inTheWay.length > 0) return;
    }
    this.go(this.steps[this.at + 1] ?? "arm");
  }

  back(): void {
    this.go(this.steps[this.at - 1] ?? "venue");
  }

  go(step: StepName): void {
    this.forgetKeys();
    this.step = step;
    this.#keep();
  }

  /** Puts the account into the list; goes to the first step that is in the way, if one is. */
  async add(): Promise<void> {
    if (this.adding.busy) return;
    const checked = await this.check();
    if (!checked) return;
    if (this.#showFirst()) return;
    const draft = this.draft;
    const keys: KeyDraft[] = this.signing.map((kind) => ({ kind, ...$state.snapshot(this.keys[kind]) }));
    const insistence = this.insistence;
    this.forgetKeys();
    const told = await this.adding.ask(() => backend().account({ ask: "add", draft, keys, insistence }));
    // a problem, as words that are others, leaves the question standing
    if (told !== null) this.refused = null;
    if (told?.data.told === "checked") {
      this.problems = told.data.problems;
      this.#showFirst();
    }
    if (told?.data.told === "may_withdraw") this.refused = { problem: told.data.problem, insistence: told.data.insistence };
    if (told?.data.told !== "done") return;
    this.added = draft.name.trim();
    this.addedWords = told.data.words;
    this.warnings = told.data.warnings;
    this.go("test");
    await this.test();
  }

  /** Goes to the first step that is in the way; whether there is one. */
  #showFirst(): boolean {
    const first = this.steps.find((step) => this.problems.some((one) => stepOf(one.field) === step));
    if (first === undefined) return false;
    if (!this.tried.includes(first)) this.tried.push(first);
    if (first !== this.step) this.go(first);
    return true;
  }

  async test(): Promise<void> {
    const name = this.added;
    if (name === null) return;
    const told = await this.testing.ask(() => backend().account({ ask: "test", name }));
    if (told?.data.told === "tested") this.tested = told.data;
  }

  async arm(): Promise<void> {
    const name = this.added;
    if (name !== null) await this.arming.ask(() => backend().arm([name], true));
  }

  leave(): void {
    this.forgetKeys();
    this.open = false;
  }

  /** Forgets all of it: the account is in the list, or the person wants none. */
  finish(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    letGo("account");
    this.open = false;
    this.step = "venue";
    this.typed = nothing();
    this.problems = [];
    this.warnings = [];
    this.tried = [];
    this.touched = [];
    this.added = null;
    this.addedWords = "";
    this.tested = null;
    this.forgetKeys();
    this.refused = null;
    for (const doing of [this.asking, this.checking, this.adding, this.testing, this.arming]) doing.problem = null;
  }

  #keep(): void {
    const { step, added } = this;
    keep("account", { ...$state.snapshot(this.typed), step, added } satisfies Kept);
  }
}

/** Field names are compared without regard to how their words are joined. */
function same(one: string, other: string): boolean {
  const plain = (name: string): string => name.replace(/_/g, "").toLowerCase();
  return plain(one) === plain(other);
}

/** The certificate that a gateway shows, or why it cannot be read. */
export async function certificate(doing: Doing, address: string): Promise<string | null> {
  const told = await doing.ask(() => backend().account({ ask: "certificate", address }));
  return told?.data.told === "certificate" ? told.data.sha256 : null;
}

/** What the keychain says about itself. */
export interface Keychain {
  name: string;
  signer: string | null;
  problem: Problem | null;
}

export async function keychain(doing: Doing): Promise<Keychain | null> {
  const told = await doing.ask(() => backend().account({ ask: "keychain" }));
  return told?.data.told === "keychain" ? { name: told.data.name, signer: told.data.signer, problem: told.data.problem } : null;
}

export const adding = { wizard: new Wizard() };

/** Tests only. */
export function forgetWizard(): void {
  adding.wizard = new Wizard();
}
