// The state words, and the names of levers, doors and venues.
import type { DoorState, Far, LeverState, Word } from "../../bindings";

const word: Record<Word, string> = {
  queued: "queued",
  sending: "sending",
  accepted: "accepted",
  verified: "verified",
  partial: "partial",
  refused: "refused",
  unknown: "unknown",
  needs_you: "needs you",
  skipped: "skipped",
};

const far: Record<Far, string> = {
  full: "full",
  partial: "partial",
  unknown: "unknown",
  by_you: "you",
  not_offered: "not offered",
};

const door: Record<DoorState, string> = {
  not_opened: "not opened",
  opening: "opening",
  open: "open",
  lost: "lost",
  shut: "shut",
};

const lever: Record<LeverState, string> = {
  ready: "ready",
  by_you: "by you",
  dead: "dead",
  unknown: "unknown",
  not_offered: "not offered",
};

const levers: Record<string, string> = {
  capture: "Record evidence",
  stop_automation: "Stop bots",
  cancel_orders: "Cancel orders",
  stop_withdrawals: "Stop withdrawals",
  block_trading: "Block trading",
  revoke_key: "Revoke keys",
  end_sessions: "End sessions",
  audit: "Look for changes",
};

const reached: Record<string, string> = {
  capture: "Evidence",
  stop_automation: "Bots here",
  cancel_orders: "Open orders",
  stop_withdrawals: "Withdrawals",
  block_trading: "New trading",
  revoke_key: "API keys",
  end_sessions: "Sessions",
  audit: "Changes",
};

const doors: Record<string, string> = {
  tws: "TWS",
  "client-portal": "Client Portal",
  ibc: "IBC",
  flex: "Statements (Flex)",
  spot: "Kraken spot",
  futures: "Kraken futures",
  api: "Deribit API",
};

const venues: Record<string, string> = { ibkr: "Interactive Brokers", kraken: "Kraken", deribit: "Deribit" };

export const words = {
  /** A task's state. */
  word,
  /** How far a press goes. */
  far,
  /** How a door is. */
  door,
  /** How a lever is while nothing is pulled. */
  leverState: lever,
  /** A lever, as an act. An id without a name stands for itself. */
  lever: (id: string): string => levers[id] ?? id,
  /** A lever, as what it reaches. */
  reached: (id: string): string => reached[id] ?? id,
  /** A kind of door. */
  doorKind: (kind: string): string => doors[kind] ?? kind,
  /** A venue. */
  venue: (id: string): string => venues[id] ?? id,
};
