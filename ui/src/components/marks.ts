// The shapes that there are, and which shape stands for what.
import type { DoorState, Far, LeverState, Stance, Word } from "../bindings";

export type MarkName =
  | Word
  | "armed"
  | "unarmed"
  | "offline"
  | "live"
  | "drill"
  | "practice"
  | "warn"
  | "full"
  | "phone"
  | "lock"
  | "file"
  | "withheld"
  | "brand";

export const stanceMark: Record<Stance, MarkName> = {
  ready: "armed",
  part: "partial",
  unarmed: "unarmed",
  offline: "offline",
  live: "live",
  latched: "lock",
  drill: "drill",
  practice: "practice",
};

export const farMark: Record<Far, MarkName | null> = {
  full: "full",
  partial: "partial",
  unknown: "unknown",
  by_you: "needs_you",
  not_offered: null,
};

export const doorMark: Record<DoorState, MarkName> = {
  not_opened: "unarmed",
  opening: "sending",
  open: "verified",
  lost: "unknown",
  shut: "refused",
};

/** A lever's state while nothing is pulled; its colour class is `c-` and this name. */
export const leverMark: Record<LeverState, MarkName | null> = {
  ready: "verified",
  by_you: "needs_you",
  dead: "refused",
  unknown: "unknown",
  not_offered: null,
};
