// A tile as a screen reader says it: whose, what, in which state, why, and its time or card.
import type { Cell } from "../../bindings";
import { moment, took } from "../../format";
import { texts } from "../../texts";

/** What took less than this is told as how long it took. */
export const SHORT_MS = 60_000;

export function spoken(cell: Cell, account: string, lever: string, utcFirst: boolean): string {
  const words = texts.board.grid;
  if (cell.cell !== "task") return [account, lever, cell.cell === "not_offered" ? words.notOffered : words.notInRunbook].join(", ");
  const parts = [account, lever, texts.words.word[cell.word], cell.why];
  if (cell.until !== null) parts.push(`${words.until} ${moment(cell.until, "soon", utcFirst)}`);
  if (cell.card !== null) parts.push(words.card(cell.card));
  else if (cell.word === "verified" || cell.word === "skipped") parts.push(cell.sinceMs < SHORT_MS ? took(cell.sinceMs) : moment(cell.since, "time", utcFirst));
  if (cell.reopened > 0) parts.push(words.reopened(cell.reopened));
  return parts.filter((part) => part !== "").join(", ");
}
