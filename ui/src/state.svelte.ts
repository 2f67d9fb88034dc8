// The last view that the program told, and whether it still answers. The only state about the world:
// everything on screen is read from it, and nothing here is ever worked out.
import type { Problem, View } from "./bindings";
import { backend } from "./ipc";
import { share } from "./share";

/** How often the view is asked for; the program takes it as the window's sign of life. */
export const ASK_EVERY_MS = 5_000;

interface State {
  /** The last view; none before the first answer. */
  view: View | null;
  /** Why the program does not answer, while it does not. */
  lost: Problem | null;
  /** When the last view came, on the window's own clock. */
  heardAt: number;
}

let view = $state.raw<View | null>(null);
let lost = $state.raw<Problem | null>(null);
let heardAt = $state.raw(0);

/** Read-only for everybody else. */
export const app: Readonly<State> = {
  get view() {
    return view;
  },
  get lost() {
    return lost;
  },
  get heardAt() {
    return heardAt;
  },
};

type Watcher = (before: View | null, now: View) => void;
const watchers = new Set<Watcher>();

/** Calls back at each change of the view with the one before; the answer stops it. */
export function watch(watcher: Watcher): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** How often a large board is drawn, at most; what matters most is drawn at once. */
export const DRAW_EVERY_MS = 100;
const LARGE_COLUMNS = 4;
/** The same for a board that nobody sees the whole of. */
export const DRAW_HUGE_EVERY_MS = 250;
const HUGE_COLUMNS = 8;
const drawEvery = (fresh: View): number => ((fresh.run?.columns.length ?? 0) > HUGE_COLUMNS ? DRAW_HUGE_EVERY_MS : DRAW_EVERY_MS);
let waiting: View | null = null;
let drawing: ReturnType<typeof setTimeout> | undefined;

/** Whether a view may wait a moment: the same large run goes on, and only its tiles move. */
function mayWait(fresh: View): boolean {
  if (view === null || view.run === null || fresh.run === null) return false;
  if (fresh.run.columns.length <= LARGE_COLUMNS || performance.now() - heardAt >= drawEvery(fresh)) return false;
  return fresh.run.run === view.run.run && fresh.stance === view.stance && fresh.run.contained === view.run.contained;
}

function draw(fresh: View): void {
  clearTimeout(drawing);
  waiting = null;
  const before = view;
  view = share(before, fresh);
  heardAt = performance.now();
  for (const watcher of watchers) watcher(before, view);
}

/** Takes a view in, unless it is older than the one at hand. */
export function take(fresh: View): void {
  lost = null;
  if (fresh.seq <= (waiting ?? view ?? { seq: -1 }).seq) return;
  if (!mayWait(fresh)) {
    draw(fresh);
    return;
  }
  clearTimeout(drawing);
  waiting = fresh;
  drawing = setTimeout(() => waiting !== null && draw(waiting), drawEvery(fresh) - (performance.now() - heardAt));
}

/** Asks for the view now. */
export async function refresh(): Promise<void> {
  const answer = await backend().view();
  if (answer.status === "ok") take(answer.data);
  else lost = answer.error;
}

/** Listens, asks, and goes on asking; the answer stops it. */
export function start(): () => void {
  let stopped = false;
  let unlisten: (() => void) | null = null;
  backend()
    .listen(take)
    .then(
      (stop) => {
        if (stopped) stop();
        else unlisten = stop;
      },
      () => undefined,
    );
  void refresh();
  const timer = setInterval(() => void refresh(), ASK_EVERY_MS);
  return () => {
    stopped = true;
    clearInterval(timer);
    unlisten?.();
  };
}

/** Forgets everything: tests only. */
export function forget(): void {
  view = null;
  lost = null;
  heardAt = 0;
  waiting = null;
  clearTimeout(drawing);
  watchers.clear();
}
