// A press that has to be held. Nothing happens on down; what is let go before the time is nothing.

/** How long it is held. */
export const HOLD_MS = 1_200;
/** How late the timer may come before what was typed or released meanwhile is heard first. */
const LATE_MS = 100;
const LISTEN_MS = 50;

export class Hold {
  /** What holds it down; none while it is not held. */
  by = $state<"pointer" | "key" | null>(null);
  private startedAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly fire: () => void,
    private readonly cancelled: () => void,
  ) {}

  /** Begins; does nothing while something holds it already. */
  begin(by: "pointer" | "key"): void {
    if (this.by !== null) return;
    this.by = by;
    this.startedAt = performance.now();
    this.timer = setTimeout(this.due, HOLD_MS);
  }

  /** Lets go. Before the time, nothing was done. */
  release(by?: "pointer" | "key"): void {
    if (this.by === null || (by !== undefined && by !== this.by)) return;
    this.stop();
    this.cancelled();
  }

  /** Forgets a hold, without a word. */
  stop(): void {
    clearTimeout(this.timer);
    this.by = null;
  }

  private readonly due = (): void => {
    const left = HOLD_MS - (performance.now() - this.startedAt);
    if (left > 0) {
      this.timer = setTimeout(this.due, left);
    } else if (left < -LATE_MS) {
      // a window that stood still may have a release waiting in line: it goes first
      this.timer = setTimeout(this.done, LISTEN_MS);
    } else {
      this.done();
    }
  };

  private readonly done = (): void => {
    this.stop();
    this.fire();
  };
}
