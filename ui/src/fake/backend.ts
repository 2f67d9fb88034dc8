// A backend that needs no program: answers from a fixture, and plays the few things that a hand can try.
// Used by the tests and by `?fake=NAME`; no part of a shipped window.
import type {
  AccountAsk,
  AccountTold,
  Act,
  Acted,
  Detail,
  DrillAsk,
  DrillTold,
  EvidenceAsk,
  EvidenceTold,
  PracticeAsk,
  Problem,
  ReadinessAsk,
  ReadinessTold,
  RunbookAsk,
  RunbookTold,
  Settings,
  View,
} from "../bindings";
import type { Backend, Dragged, Told } from "../ipc";
import { answerAccount } from "./answers/account";
import { Cases } from "./answers/cases";
import { answerDrill } from "./answers/drill";
import { answerEvidence } from "./answers/evidence";
import { answerReadiness } from "./answers/readiness";
import { answerRunbook } from "./answers/runbook";
import { crowd, drilled, live, practised } from "./boards";
import { fixtures, type FixtureName } from "./fixtures";
import { after } from "./parts";

/** A call that was made, for a test to look at. */
export interface Call {
  name: keyof Backend;
  argument: unknown;
}

export const ok = <T>(data: T): Told<T> => ({ status: "ok", data });
export const failed = (what: string, untouched = "Nothing was changed.", next = "Try again."): { status: "error"; error: Problem } => ({
  status: "error",
  error: { what, untouched, next },
});

export class FakeBackend implements Backend {
  now: View;
  readonly calls: Call[] = [];
  /** Whether the page of the last press showed simulated accounts. */
  simulated: boolean | null = null;
  /** What the next calls of a name answer instead; a test sets it. */
  readonly instead: { [name in keyof Backend]?: (argument: unknown) => Promise<Told<never>> | Told<never> } = {};
  /** What was added to cases, and marked in them. */
  readonly cases = new Cases();
  private heard = new Set<(view: View) => void>();
  private dragging = new Set<(dragged: Dragged) => void>();

  constructor(first: View) {
    this.now = first;
  }

  /** Changes how things stand, and tells it. */
  tell(over: Partial<View>): void {
    this.now = { ...this.now, ...over, seq: this.now.seq + 1 };
    // what comes over the wire is never the same object
    for (const told of this.heard) told(structuredClone(this.now));
  }

  /** The arguments of the calls of a name. */
  called(name: keyof Backend): unknown[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.argument);
  }

  private async note<T>(name: keyof Backend, argument: unknown, answer: () => Told<T> | Promise<Told<T>>): Promise<Told<T>> {
    this.calls.push({ name, argument });
    const other = this.instead[name];
    return other === undefined ? answer() : other(argument);
  }

  view = (): Promise<Told<View>> => this.note("view", null, () => ok(structuredClone(this.now)));

  press = (runbook: string, simulated: boolean): Promise<Told<null>> =>
    this.note("press", runbook, () => {
      this.simulated = simulated;
      const { drill, practice } = this.now;
      if (drill !== null) this.tell({ coverOpen: false, run: drilled, drill: { ...drill, phase: "pressed", run: drilled.run, windowDead: false } });
      else this.tell({ coverOpen: false, stance: practice === null ? "live" : "practice", run: practice === null ? live : practised });
      return ok(null);
    });

  cover = (open: boolean): Promise<Told<null>> =>
    this.note("cover", open, () => {
      if (open !== this.now.coverOpen) this.tell({ coverOpen: open });
      return ok(null);
    });

  arm = (accounts: string[], on: boolean): Promise<Told<null>> =>
    this.note("arm", { accounts, on }, () => {
      const named = (name: string): boolean => accounts.length === 0 || accounts.includes(name);
      const all = this.now.accounts.map((one) =>
        named(one.name) ? { ...one, armed: on, wanted: on, whyNot: on ? null : "Disarmed by you." } : one,
      );
      const armed = all.filter((one) => one.armed).length;
      this.tell({ accounts: all, armed, stance: armed === 0 ? "unarmed" : armed === all.length ? "ready" : "part" });
      return ok(null);
    });

  act = (act: Act): Promise<Told<Acted>> =>
    this.note<Acted>("act", act, () => {
      if (act.act === "look") return ok({ words: "Done on the simulated page. It shows 0.", value: "0" });
      if (act.act === "reset") this.tell({ run: null, stance: "unarmed", armed: 0 });
      return ok({ words: "Recorded.", value: null });
    });

  detail = (task: string): Promise<Told<Detail>> =>
    this.note("detail", task, () => {
      const tile = this.now.run?.rows
        .flatMap((row) => row.cells)
        .find((cell) => cell.cell === "task" && cell.task === task);
      if (tile?.cell !== "task") return failed("There is no such task.");
      return ok({
        task,
        title: tile.title,
        word: tile.word,
        why: tile.why,
        proof: tile.word === "verified" ? ["Every family was listed empty, twice, 2.1 s apart.", "Seen through TWS, acted through Client Portal."] : [],
        left: tile.word === "partial" ? ["A token lives on until Tue 14:10."] : [],
        doors: [
          { door: "tws", attempts: 2, readings: 3, found: tile.word === "refused" ? ["order 1041, AAPL, sell 200"] : [], failure: tile.word === "refused" ? "The venue refused: read-only API." : null },
        ],
        lines: [
          { seq: 41, at: after(1), monoMs: 1_012, event: "started", text: '{"type":"started","task":"cancel"}', digests: [] },
          { seq: 58, at: after(2.4), monoMs: 2_410, event: "verified", text: '{"type":"verified","task":"cancel","seen":0}', digests: ["5d41402abc4b2a76b9719d911017c592ae2f1c3f9d7f6c9f2a7be2c0aa10fe41"] },
        ],
        linesLeftOut: 12,
      });
    });

  account = (ask: AccountAsk): Promise<Told<AccountTold>> => this.note("account", ask, () => answerAccount(this, ask));
  runbook = (ask: RunbookAsk): Promise<Told<RunbookTold>> => this.note("runbook", ask, () => answerRunbook(this, ask));
  evidence = (ask: EvidenceAsk): Promise<Told<EvidenceTold>> => this.note("evidence", ask, () => answerEvidence(this, ask));

  settings = (settings: Settings): Promise<Told<null>> =>
    this.note("settings", settings, () => {
      this.tell({ settings });
      return ok(null);
    });

  open = (link: string): Promise<Told<null>> => this.note("open", link, () => ok(null));

  practice = (ask: PracticeAsk): Promise<Told<null>> =>
    this.note("practice", ask, () => {
      const other = ask === "start" ? fixtures.practice() : fixtures.ready();
      this.tell({ ...other, settings: this.now.settings, coverOpen: ask === "this_is_real" });
      return ok(null);
    });

  drill = (ask: DrillAsk): Promise<Told<DrillTold>> => this.note("drill", ask, () => answerDrill(this, ask));
  readiness = (ask: ReadinessAsk): Promise<Told<ReadinessTold>> => this.note("readiness", ask, () => answerReadiness(this, ask));

  /** Drags files over the window, or drops them. */
  drag(dragged: Dragged): void {
    for (const told of this.dragging) told(dragged);
  }

  drops = async (told: (dragged: Dragged) => void): Promise<() => void> => {
    this.dragging.add(told);
    return () => this.dragging.delete(told);
  };

  listen = async (told: (view: View) => void): Promise<() => void> => {
    this.heard.add(told);
    return () => this.heard.delete(told);
  };
}

/** What a browser tells of files that are dragged over the page: names, no paths. */
function draggedHere(fake: FakeBackend): void {
  const paths = (event: DragEvent): string[] => [...(event.dataTransfer?.files ?? [])].map((file) => `/home/trader/inbox/${file.name}`);
  addEventListener("dragenter", () => fake.drag({ dragged: "over" }));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("dragleave", (event) => event.relatedTarget === null && fake.drag({ dragged: "left" }));
  addEventListener("drop", (event) => {
    event.preventDefault();
    fake.drag({ dragged: "dropped", paths: paths(event) });
  });
}

/** The backend of `?fake=NAME`; an unknown name is `ready`. `busy` keeps fifty accounts changing. */
export function fakeBackend(name: string): Backend {
  if (name === "busy") {
    const busy = new FakeBackend(fixtures.fifty());
    let turn = 0;
    setInterval(() => busy.tell({ run: crowd((turn += 1)) }), 250);
    return busy;
  }
  const known = name in fixtures ? (name as FixtureName) : "ready";
  const fake = new FakeBackend(fixtures[known]());
  draggedHere(fake);
  // at hand for whoever looks at the page from outside
  Object.assign(globalThis, { fake });
  return fake;
}
