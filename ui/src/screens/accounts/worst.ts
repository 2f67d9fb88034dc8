// The order of harm among levers that nobody pulls, and the one sentence about all of them.
import type { LeverState, LeverTested } from "../../bindings";
import { texts } from "../../texts";

const ORDER: Record<LeverState, number> = { dead: 0, unknown: 1, by_you: 2, ready: 3, not_offered: 4 };

export function worstFirst<T extends { state: LeverState }>(levers: readonly T[]): T[] {
  return [...levers].sort((one, other) => ORDER[one.state] - ORDER[other.state]);
}

export function countOf(levers: readonly { state: LeverState }[], state: LeverState): number {
  return levers.filter((one) => one.state === state).length;
}

export function headlineOf(levers: readonly LeverTested[]): string {
  const t = texts.accounts.tested;
  const dead = countOf(levers, "dead");
  const unknown = countOf(levers, "unknown");
  const byYou = countOf(levers, "by_you");
  if (dead > 0) return t.dead(dead);
  if (unknown > 0) return t.unknown(unknown);
  if (byYou > 0) return t.byYou(byYou);
  return countOf(levers, "ready") > 0 ? t.ready : t.nothing;
}
