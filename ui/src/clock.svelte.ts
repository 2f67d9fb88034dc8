// The program's clock, carried on between views, and a tick a second for what counts up or down.
import { app } from "./state.svelte";

let tick = $state(0);
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Milliseconds since the last view came. Reading it inside a component follows the tick. */
export function sinceHeard(): number {
  void tick;
  return app.view === null ? 0 : Math.max(0, performance.now() - app.heardAt);
}

/** Now, in milliseconds of the Unix epoch, as the program's clock has it. */
export function now(): number {
  const at = app.view === null ? Number.NaN : Date.parse(app.view.at);
  return (Number.isNaN(at) ? Date.now() : at) + sinceHeard();
}

/** Keeps the tick going while a component that shows it is there; use as `$effect(ticking)`. */
export function ticking(): () => void {
  users += 1;
  timer ??= setInterval(() => (tick += 1), 1_000);
  return () => {
    users -= 1;
    if (users === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}
