import { describe, expect, it } from "vitest";
import { heard } from "./chord";

const none = { ctrlKey: false, altKey: false, shiftKey: false, metaKey: false };

describe("a chord", () => {
  it("is written as the shell reads it", () => {
    expect(heard({ ...none, code: "F12", key: "F12", ctrlKey: true, shiftKey: true })).toEqual({ chord: "Ctrl+Shift+F12" });
    expect(heard({ ...none, code: "KeyK", key: "к", altKey: true, metaKey: true })).toEqual({ chord: "Alt+Super+K" });
  });

  it("waits while only modifiers are held", () => {
    expect(heard({ ...none, code: "ControlLeft", key: "Control", ctrlKey: true })).toEqual({ only: "modifiers", held: "Ctrl" });
  });

  it("refuses a key that people type with", () => {
    expect(heard({ ...none, code: "KeyK", key: "k" })).toEqual({ refused: "bare" });
    expect(heard({ ...none, code: "KeyK", key: "K", shiftKey: true })).toEqual({ refused: "bare" });
  });

  it("takes a function key alone", () => {
    expect(heard({ ...none, code: "F9", key: "F9" })).toEqual({ chord: "F9" });
  });

  it("refuses a key without a name", () => {
    expect(heard({ ...none, code: "", key: "Unidentified", ctrlKey: true })).toEqual({ refused: "unknown" });
  });
});
