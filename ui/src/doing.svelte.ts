// Something that was asked for: whether it is under way, and the problem that it came to.
import { untrack } from "svelte";
import type { Problem } from "./bindings";
import type { Told } from "./ipc";

export class Doing {
  /** Whether the answer is still awaited. */
  busy = $state(false);
  /** Why the last one was not done. Stays until the next is asked for. */
  problem = $state.raw<Problem | null>(null);

  /** Asks; the answer, or nothing when it is a problem or one is under way already. */
  async ask<T>(call: () => Promise<Told<T>>): Promise<{ data: T } | null> {
    // an effect that asks must not be asked again by the asking
    if (untrack(() => this.busy)) return null;
    this.busy = true;
    this.problem = null;
    const answer = await call();
    this.busy = false;
    if (answer.status === "ok") return { data: answer.data };
    this.problem = answer.error;
    return null;
  }
}
