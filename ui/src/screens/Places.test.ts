import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { failed, type FakeBackend } from "../fake/backend";
import { fixtures } from "../fake/fixtures";
import { nav } from "../nav.svelte";
import { click, fresh } from "../testing/screens";
import { expectAccessible, settled, show } from "../testing/show";
import Drills from "./Drills.svelte";
import Readiness from "./Readiness.svelte";

describe("drills", () => {
  fresh();

  it("says when the next rehearsal is, what will happen, and lists only what was practised", async () => {
    const { container } = await show(Drills, fixtures.ready(), {});
    await settled();
    expect(hero()).toBe("Next rehearsal: Mon 30 Nov");
    expect(screen.getByText("Practice has no clock and no score.")).toBeTruthy();
    expect(within(screen.getByRole("table")).getAllByRole("row")).toHaveLength(2);
    await expectAccessible(container);
  });

  it("says so when a rehearsal is due", async () => {
    await show(Drills, fixtures.part(), {});
    expect(hero()).toBe("A rehearsal is due");
  });

  it("says so when none was made yet", async () => {
    await show(Drills, fixtures.empty(), {});
    await settled();
    expect(hero()).toBe("No practice yet");
  });

  it("starts practice and ends it", async () => {
    const { fake, container } = await show(Drills, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: "Practise one press" }));
    expect(fake.called("practice")).toEqual(["start"]);
    expect(hero()).toBe("Practice is on");
    await expectAccessible(container);
    await click(screen.getByRole("button", { name: "End practice" }));
    expect(fake.called("practice")).toEqual(["start", "end"]);
  });

  it("waits while a live run goes on", async () => {
    const { fake } = await show(Drills, fixtures.live(), {});
    await click(screen.getByRole("button", { name: "Practise one press" }));
    expect(fake.called("practice")).toEqual([]);
    expect(screen.getByText(/Practice waits until it is reset/)).toBeTruthy();
  });

  it("goes to the record of what was practised", async () => {
    await show(Drills, fixtures.ready(), {});
    await settled();
    await click(screen.getByRole("button", { name: /^Record of/ }));
    expect(nav.screen).toBe("evidence");
    expect(nav.target.run).toBe("2026-11-23T084000Z-leaked-api-key");
  });

  it("shows what was true after the reset", async () => {
    await show(Drills, fixtures.practised(), {});
    expect(screen.getByText(/0 keys that still work/)).toBeTruthy();
  });
});

describe("readiness", () => {
  fresh();

  it("calls nothing ready before it was tested", async () => {
    const { container } = await show(Readiness, fixtures.ready(), {});
    expect(hero()).toBe("Nothing was tested yet");
    expect(screen.getAllByText("not tested")).toHaveLength(3);
    expect(screen.queryByText("ready")).toBeNull();
    await expectAccessible(container);
  });

  it("tests each account, one after the other, and shows the worst first", async () => {
    const { fake, container } = await show(Readiness, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: "Test every lever" }));
    await settled();
    expect(tests(fake)).toEqual(["IBKR main", "IBKR bot", "IBKR joint"]);
    expect(hero()).toBe("1 lever is dead");
    expect(screen.getByText("IBKR bot, Cancel orders: it would be refused now.")).toBeTruthy();
    const rows = within(screen.getByRole("table")).getAllByRole("row");
    expect(rows[1]?.textContent).toContain("IBKR bot");
    expect(rows[1]?.textContent).toContain("dead");
    await expectAccessible(container);
  });

  it("counts an account whose test failed as not tested", async () => {
    const { fake } = await show(Readiness, fixtures.ready(), {});
    const answer = fake.account;
    fake.account = (ask) => (ask.ask === "test" && ask.name === "IBKR bot" ? Promise.resolve(failed("The test did not end in time.")) : answer(ask));
    await click(screen.getByRole("button", { name: "Test every lever" }));
    await settled();
    expect(hero()).toBe("1 account was not tested");
    expect(screen.getByText("The test did not end in time.", { exact: false })).toBeTruthy();
  });

  it("says what to do when there is no account", async () => {
    const { container } = await show(Readiness, fixtures.empty(), {});
    expect(hero()).toBe("Nothing to check");
    await expectAccessible(container);
    await click(screen.getByRole("button", { name: "Add an account" }));
    expect(nav.screen).toBe("accounts");
    expect(nav.target.add).toBe(true);
  });

  it("names a door that is not open among the mends", async () => {
    await show(Readiness, fixtures.part(), {});
    expect(screen.getByText("IBKR joint: TWS", { exact: false })).toBeTruthy();
    expect(screen.getByText(/Start TWS, log in/)).toBeTruthy();
  });
});

const hero = (): string | null => screen.getByRole("heading", { level: 1 }).textContent;
const tests = (fake: FakeBackend): string[] => fake.called("account").map((one) => one as { ask: string; name: string }).filter((one) => one.ask === "test").map((one) => one.name);
