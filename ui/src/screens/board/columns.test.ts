import { describe, expect, it } from "vitest";
import { inSight, pieces } from "./columns";

const names = Array.from({ length: 50 }, (_, index) => `Account ${index + 1}`);
const columnsOf = (drawn: ReturnType<typeof pieces>) => drawn.flatMap((piece) => ("column" in piece ? [piece.column] : []));
const gapsOf = (drawn: ReturnType<typeof pieces>) => drawn.flatMap((piece) => ("gap" in piece ? [piece.gap] : []));

describe("the columns of a wide board", () => {
  it("are all drawn while nothing was measured", () => {
    expect(inSight(0, 0, 0, 50)).toEqual({ first: 0, last: 49 });
  });

  it("are those in sight, with one more on each side", () => {
    expect(inSight(0, 700, 184, 50)).toEqual({ first: 0, last: 4 });
    expect(inSight(1840, 700, 184, 50)).toEqual({ first: 9, last: 14 });
    expect(inSight(100_000, 700, 184, 50)).toEqual({ first: 49, last: 49 });
  });

  it("leave a gap as wide as what is left out, and never leave out the one with the tab stop", () => {
    const drawn = pieces(names, { first: 20, last: 22 }, 0);
    expect(columnsOf(drawn)).toEqual([0, 20, 21, 22]);
    expect(gapsOf(drawn)).toEqual([19, 27]);
    expect(columnsOf(drawn).length + gapsOf(drawn).reduce((sum, gap) => sum + gap, 0)).toBe(50);
  });
});
