import { describe, expect, it } from "vitest";
import { account } from "../../fake/parts";
import { staying } from "./stays";

describe("what stays", () => {
  it("is told once for all accounts that it is true of", () => {
    const stays = staying([account("one"), account("two")]);
    expect(stays.map(({ lever, left, accounts }) => [lever, left, accounts.join(" and ")])).toEqual([
      ["revoke_key", "tokens live up to 24 h", "one and two"],
      ["end_sessions", "own session only", "one and two"],
    ]);
  });

  it("is told apart where accounts differ", () => {
    const other = account("two", { reach: [{ lever: "block_trading", far: "partial", left: "the web can still trade" }] });
    expect(staying([account("one"), other]).map((stay) => stay.accounts)).toEqual([["one"], ["one"], ["two"]]);
  });

  it("is nothing where a press reaches everything", () => {
    expect(staying([account("one", { reach: [{ lever: "cancel_orders", far: "full", left: null }] })])).toEqual([]);
  });
});
