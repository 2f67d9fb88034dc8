// What a screen reader is told: state changes once, the most harmful first, in one sentence each three seconds.
// Pure: views in, sentences out; the clock belongs to whoever calls.
import type { Run, Stance, Tile, View, Word } from "./bindings";
import { texts } from "./texts";

/** How long one sentence is left alone. */
export const SENTENCE_EVERY_MS = 3_000;

/** A tile whose word is another now. */
export interface Change {
  account: string;
  lever: string;
  tile: Tile;
}

const HARM: Record<Word, number> = {
  refused: 0,
  unknown: 1,
  needs_you: 2,
  partial: 3,
  sending: 4,
  accepted: 5,
  queued: 6,
  skipped: 7,
  verified: 8,
};

function tiles(run: Run | null): Map<string, Change> {
  const found = new Map<string, Change>();
  for (const row of run?.rows ?? []) {
    row.cells.forEach((cell, index) => {
      const account = run?.columns[index]?.account ?? "";
      if (cell.cell === "task") found.set(cell.task, { account, lever: row.title, tile: cell });
    });
  }
  return found;
}

/** The tiles whose word changed. */
export function changes(before: Run | null, now: Run | null): Change[] {
  if (before === null || now === null || before.run !== now.run || before.rows === now.rows) return [];
  const old = tiles(before);
  return [...tiles(now).values()].filter((change) => old.get(change.tile.task)?.tile.word !== change.tile.word);
}

/** What cannot wait: told at once, and for these alone. */
export function alerts(before: View | null, now: View): string[] {
  const said: string[] = [];
  const run = now.run;
  const old = before?.run?.run === run?.run ? (before?.run ?? null) : null;
  if (now.notRecorded !== null && run !== null && before?.notRecorded !== now.notRecorded) {
    said.push(texts.live.notRecorded(now.notRecorded));
  }
  if (run === null) return said;
  if (old === null && before !== null) said.push(texts.live.runStarted);
  if (run.contained && old !== null && !old.contained) said.push(texts.live.contained(run.accounts));
  if (run.withoutStop.length > (old?.withoutStop.length ?? 0)) said.push(texts.live.withoutStop(run.withoutStop.length));
  const worst = run.cards[0];
  if (worst !== undefined && old !== null && !old.cards.some((card) => card.task === worst.task)) {
    said.push(texts.live.newCard(worst.title, worst.account));
  }
  return said;
}

function said(stance: Stance, view: View): string {
  const word = stance === "part" ? texts.title.part(view.armed, view.accounts.length) : texts.band.legend[stance].toLowerCase();
  return texts.live.stance(word.charAt(0).toUpperCase() + word.slice(1));
}

/** Collects what changed until it is said. */
export class Batch {
  private readonly waiting = new Map<string, Change>();
  private remarks: string[] = [];
  private open: number | null = null;
  private mode = "";

  /** Takes in how things were and are. */
  take(before: View | null, now: View): void {
    for (const change of changes(before?.run ?? null, now.run)) this.waiting.set(change.tile.task, change);
    this.open = now.run?.stillOpen ?? null;
    this.mode = now.run === null ? "" : texts.live.mode[now.run.mode];
    if (before === null) return;
    if (before.coverOpen !== now.coverOpen && now.run === null) this.remarks.push(texts.live.cover(now.coverOpen));
    if (before.stance !== now.stance && now.run === null) this.remarks.push(said(now.stance, now));
  }

  /** Something that is said once, as it is. */
  remark(sentence: string): void {
    this.remarks.push(sentence);
  }

  /** The sentence that is due; none when nothing changed. */
  sentence(): string | null {
    const all = [...this.waiting.values()].sort((one, other) => HARM[one.tile.word] - HARM[other.tile.word]);
    const parts = this.remarks;
    this.waiting.clear();
    this.remarks = [];
    const [worst, ...rest] = all;
    if (worst !== undefined) {
      parts.push(texts.live.change(worst.account, worst.lever, texts.words.word[worst.tile.word], worst.tile.why));
      if (worst.tile.card !== null) parts.push(texts.live.card(worst.tile.card));
      if (rest.length > 0) parts.push(texts.live.also(counted(rest)));
      if (this.open !== null) parts.push(texts.live.open(this.open));
    }
    return parts.length === 0 ? null : `${this.mode}${parts.join(" ")}`;
  }
}

function counted(changes: Change[]): string[] {
  const words = new Map<Word, number>();
  for (const { tile } of changes) words.set(tile.word, (words.get(tile.word) ?? 0) + 1);
  return [...words].map(([word, n]) => `${n} ${texts.words.word[word]}`);
}
