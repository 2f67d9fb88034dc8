import { describe, expect, it } from "vitest";
import { tokens, underlined } from "./toml";

const TEXT = `id = "leaked" # why
[[step]]
after = ["capture"]
read_back = { ask = "How many?", want = 0 }
manual = """
[[not a head]] x = 1
"""
a.b = true`;

describe("colours of a runbook's text", () => {
  it("loses no character, whatever is typed", () => {
    for (const text of [TEXT, "", "\n\n", '"open', "\u0000\u202e=]]]", '<img src=x onerror="1">', "a = 'b"]) {
      const back = tokens(text).map((line) => line.map((token) => token.text).join("")).join("\n");
      expect(back).toBe(text);
    }
  });

  it("tells heads, keys, strings, values and remarks apart", () => {
    const lines = tokens(TEXT);
    expect(kinds(lines[0])).toEqual(["key", "plain", "string", "plain", "comment"]);
    expect(kinds(lines[1])).toEqual(["head"]);
    expect(kinds(lines[3])).toContain("value");
  });

  it("keeps a string over several lines one string", () => {
    const lines = tokens(TEXT);
    expect(kinds(lines[5])).toEqual(["string"]);
    expect(kinds(lines[7])).toEqual(["key", "plain", "key", "plain", "value"]);
  });

  it("underlines the word at the column and nothing else", () => {
    const [line] = tokens('lever = "cancel_orders"');
    const marked = underlined(line ?? [], 9).filter((piece) => piece.at);
    expect(marked.map((piece) => piece.text).join("")).toBe('"cancel_orders"');
  });

  it("underlines something even when the column is past the end", () => {
    const [line] = tokens("x = 1");
    expect(underlined(line ?? [], 99).some((piece) => piece.at)).toBe(true);
    expect(underlined([], 3)).toEqual([]);
  });
});

function kinds(line: { kind: string }[] | undefined): string[] {
  return (line ?? []).map((token) => token.kind);
}
