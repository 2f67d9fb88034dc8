// Which runs the window has seen begin. A run that was there at the start takes no focus.
import { watch } from "../../state.svelte";

const began = new Set<string>();

/** Follows the views from now on; the answer stops it. */
export function following(): () => void {
  return watch((before, now) => {
    if (before !== null && now.run !== null && before.run?.run !== now.run.run) began.add(now.run.run);
  });
}

/** Whether this run has just begun; true once. */
export function shownFirst(run: string): boolean {
  return began.delete(run);
}
