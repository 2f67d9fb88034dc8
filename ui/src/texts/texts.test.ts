import { describe, expect, it } from "vitest";

const sources = import.meta.glob<string>("./**/*.ts", { query: "?raw", import: "default", eager: true });
const files = Object.entries(sources).filter(([path]) => !path.includes(".test."));

describe("the texts", () => {
  it("are there", () => {
    expect(files.length).toBeGreaterThan(8);
  });

  it.each(files)("hold no exclamation mark: %s", (_path, source) => {
    const words = source.replaceAll("!==", "").replaceAll("!=", "");
    expect(words.split("\n").filter((line) => line.includes("!"))).toEqual([]);
  });

  it.each(files)("use the words of the field and no others: %s", (_path, source) => {
    expect(source).not.toMatch(/\b(please|oops|sorry|success(ful|fully)?)\b/i);
  });
});

describe("the components", () => {
  const components = import.meta.glob<string>("../**/*.svelte", { query: "?raw", import: "default", eager: true });

  it.each(Object.entries(components))("have no inline style, no markup from text, no transition: %s", (_path, source) => {
    expect(source).not.toMatch(/\sstyle="/);
    expect(source).not.toContain("{@html");
    expect(source).not.toMatch(/svelte\/(transition|animate)/);
  });

  it.each(Object.entries(components))("have no text of their own: %s", (_path, source) => {
    const markup = source
      .replace(/<script[\s\S]*?<\/script>/g, "")
      .replace(/<style[\s\S]*?<\/style>/g, "")
      .replace(/<!--[\s\S]*?-->|&nbsp;/g, "")
      .replace(/\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g, "");
    const words = markup.replace(/<[^>]*>/g, "").match(/[A-Za-z]{3,}/g);
    expect(words ?? []).toEqual([]);
  });
});
