import { describe, expect, it, vi } from "vitest";
import { fixtures } from "./fake/fixtures";
import { setBackend, type Backend } from "./ipc";
import { share } from "./share";
import { DRAW_HUGE_EVERY_MS, app, refresh, take, watch } from "./state.svelte";
import { backendWith, settled } from "./testing/show";
import { failed, FakeBackend } from "./fake/backend";

describe("the last view", () => {
  it("keeps the newer view when an older one comes late", () => {
    take({ ...fixtures.ready(), seq: 7, armed: 3 });
    take({ ...fixtures.ready(), seq: 6, armed: 1 });
    expect(app.view?.armed).toBe(3);
  });

  it("takes each newer view and tells the one before", () => {
    const seen: (number | undefined)[] = [];
    watch((before) => seen.push(before?.seq));
    take({ ...fixtures.ready(), seq: 1 });
    take({ ...fixtures.ready(), seq: 2 });
    expect(seen).toEqual([undefined, 1]);
  });

  it("keeps the identity of every part that did not change", () => {
    take(structuredClone(fixtures.live()));
    const before = app.view;
    const next = structuredClone(fixtures.live());
    next.seq = 2;
    next.run!.elapsedMs += 1_000;
    take(next);
    expect(app.view).not.toBe(before);
    expect(app.view?.run?.rows).toBe(before?.run?.rows);
    expect(app.view?.accounts).toBe(before?.accounts);
  });

  it("says when the program does not answer, and forgets it with the next answer", async () => {
    const fake = backendWith(fixtures.ready());
    fake.instead.view = () => failed("No answer.");
    await refresh();
    expect(app.lost?.what).toBe("No answer.");
    delete fake.instead.view;
    await refresh();
    expect(app.lost).toBeNull();
  });

  it("hears what the program tells by itself", async () => {
    const fake = new FakeBackend(fixtures.ready());
    setBackend(fake satisfies Backend);
    await fake.listen(take);
    await refresh();
    fake.tell({ coverOpen: true });
    await settled();
    expect(app.view?.coverOpen).toBe(true);
  });
});

describe("a large board", () => {
  it("is drawn at most four times a second, and with the newest view", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    take({ ...fixtures.fifty(), seq: 1 });
    vi.advanceTimersByTime(40);
    take({ ...fixtures.fifty(), seq: 2, armed: 2 });
    take({ ...fixtures.fifty(), seq: 3, armed: 3 });
    take({ ...fixtures.fifty(), seq: 2, armed: 1 });
    expect(app.view?.seq).toBe(1);
    vi.advanceTimersByTime(DRAW_HUGE_EVERY_MS - 41);
    expect(app.view?.seq).toBe(1);
    vi.advanceTimersByTime(2);
    expect(app.view?.armed).toBe(3);
    take({ ...fixtures.fifty(), seq: 4, stance: "latched" });
    expect(app.view?.stance).toBe("latched");
    vi.useRealTimers();
  });
});

describe("sharing", () => {
  it("gives back the old value when nothing changed", () => {
    const old = { a: [1, { b: null }], c: "x" };
    expect(share(old, structuredClone(old))).toBe(old);
  });

  it("takes what was added, taken away or changed in kind", () => {
    expect(share({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
    expect(share([1, 2, 3], [1, 2])).toEqual([1, 2]);
    expect(share([1], [1, undefined])).toEqual([1, undefined]);
    expect(share({ a: null }, { a: {} })).toEqual({ a: {} });
    expect(share({ a: undefined }, { b: undefined })).toEqual({ b: undefined });
  });
});
