// When a door is tried again.
import type { View } from "./bindings";

/** Whole seconds until the next door is tried again, at `now`; none when no door says when. */
export function secondsToRetry(view: View, now: number): number | null {
  const times = view.accounts
    .flatMap((account) => account.doors)
    .map((door) => (door.retryAt === null ? Number.NaN : Date.parse(door.retryAt)))
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? null : Math.max(0, Math.ceil((Math.min(...times) - now) / 1_000));
}

/** Whole seconds from `now` until a moment; none for no moment. */
export function secondsUntil(moment: string | null, now: number): number | null {
  const time = moment === null ? Number.NaN : Date.parse(moment);
  return Number.isNaN(time) ? null : Math.max(0, Math.ceil((time - now) / 1_000));
}
