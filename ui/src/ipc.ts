// The only file that reaches the program behind the window.
// Every call answers, as a value: what was told, or a Problem. Nothing here is ever thrown.
import { getCurrentWebview } from "@tauri-apps/api/webview";
import { commands, events } from "./bindings";
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
} from "./bindings";
import { texts } from "./texts";

/** What a call comes to. */
export type Told<T> = { status: "ok"; data: T } | { status: "error"; error: Problem };

/** Files that a hand drags over the window. */
export type Dragged = { dragged: "over" } | { dragged: "left" } | { dragged: "dropped"; paths: string[] };

/** The program behind the window, or a fake of it. */
export interface Backend {
  view(): Promise<Told<View>>;
  /** `simulated`: whether the page showed simulated accounts. */
  press(runbook: string, simulated: boolean): Promise<Told<null>>;
  cover(open: boolean): Promise<Told<null>>;
  arm(accounts: string[], on: boolean): Promise<Told<null>>;
  act(act: Act): Promise<Told<Acted>>;
  detail(task: string): Promise<Told<Detail>>;
  account(ask: AccountAsk): Promise<Told<AccountTold>>;
  runbook(ask: RunbookAsk): Promise<Told<RunbookTold>>;
  evidence(ask: EvidenceAsk): Promise<Told<EvidenceTold>>;
  settings(settings: Settings): Promise<Told<null>>;
  open(link: string): Promise<Told<null>>;
  practice(ask: PracticeAsk): Promise<Told<null>>;
  drill(ask: DrillAsk): Promise<Told<DrillTold>>;
  readiness(ask: ReadinessAsk): Promise<Told<ReadinessTold>>;
  /** Calls back with each new view; the answer stops it. */
  listen(told: (view: View) => void): Promise<() => void>;
  /** Calls back when files are dragged over the window or dropped; the answer stops it. */
  drops(told: (dragged: Dragged) => void): Promise<() => void>;
}

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "what" in error && "untouched" in error && "next" in error;
}

/** Turns whatever went wrong into words: a call that the program refuses or never hears is a Problem as well. */
async function told<T>(call: () => Promise<Told<T>>): Promise<Told<T>> {
  try {
    const answer = await call();
    if (answer.status === "error" && !isProblem(answer.error)) {
      return { status: "error", error: texts.connection.noAnswer };
    }
    return answer;
  } catch {
    return { status: "error", error: texts.connection.noAnswer };
  }
}

const real: Backend = {
  view: () => told(() => commands.view()),
  press: (runbook, simulated) => told(() => commands.press(runbook, simulated)),
  cover: (open) => told(() => commands.cover(open)),
  arm: (accounts, on) => told(() => commands.arm(accounts, on)),
  act: (act) => told(() => commands.act(act)),
  detail: (task) => told(() => commands.detail(task)),
  account: (ask) => told(() => commands.account(ask)),
  runbook: (ask) => told(() => commands.runbook(ask)),
  evidence: (ask) => told(() => commands.evidence(ask)),
  settings: (settings) => told(() => commands.settings(settings)),
  open: (link) => told(() => commands.open(link)),
  practice: (ask) => told(() => commands.practice(ask)),
  drill: (ask) => told(() => commands.drill(ask)),
  readiness: (ask) => told(() => commands.readiness(ask)),
  listen: (heard) => events.view.listen((event) => heard(event.payload)),
  drops: async (heard) =>
    getCurrentWebview().onDragDropEvent(({ payload }) => {
      if (payload.type === "enter") heard({ dragged: "over" });
      else if (payload.type === "leave") heard({ dragged: "left" });
      else if (payload.type === "drop") heard({ dragged: "dropped", paths: payload.paths });
    }),
};

let current: Backend = real;

/** The backend in use. */
export function backend(): Backend {
  return current;
}

/** Puts another backend in place: tests, and looking at fixtures. */
export function setBackend(other: Backend): void {
  current = other;
}
