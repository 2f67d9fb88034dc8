// Which columns of a wide board are drawn: those in sight, one more on each side, and the one with the tab stop.

/** The first and the last column that are in sight. */
export interface Sight {
  first: number;
  last: number;
}

/** A column that is drawn, or how many are left out. */
export type Piece = { key: string; column: number } | { key: string; gap: number };

/** What is in sight, with one more on each side; nothing is left out while nothing was measured. */
export function inSight(scrolled: number, seen: number, columnWidth: number, columns: number): Sight {
  if (!(seen > 0) || !(columnWidth > 0)) return { first: 0, last: columns - 1 };
  const first = Math.floor(scrolled / columnWidth) - 1;
  const last = Math.floor((scrolled + seen) / columnWidth) + 1;
  return { first: Math.max(0, Math.min(first, columns - 1)), last: Math.min(columns - 1, Math.max(0, last)) };
}

/** The cells of a row, from left to right. */
export function pieces(names: readonly string[], sight: Sight, stop: number): Piece[] {
  const drawn: Piece[] = [];
  let gap = 0;
  names.forEach((name, column) => {
    if (column !== stop && (column < sight.first || column > sight.last)) {
      gap += 1;
      return;
    }
    if (gap > 0) drawn.push({ key: `before ${column}`, gap });
    gap = 0;
    drawn.push({ key: `of ${name}`, column });
  });
  if (gap > 0) drawn.push({ key: "after", gap });
  return drawn;
}
