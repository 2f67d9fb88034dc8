import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { failed } from "../fake/backend";
import { fixtures } from "../fake/fixtures";
import { settings } from "../fake/parts";
import { click, fresh } from "../testing/screens";
import { expectAccessible, settled, show, showApp } from "../testing/show";
import FirstRun from "./FirstRun.svelte";

describe("the first run", () => {
  fresh();

  it("begins with the three jobs, and each step can be skipped", async () => {
    const { container } = await show(FirstRun, fixtures.first(), {});
    expect(hero()).toBe("Three jobs: stop it, practise, prove it.");
    await expectAccessible(container);
    await skip();
    expect(hero()).toBe("Which venue is it at?");
    await expectAccessible(container);
    await skip();
    expect(hero()).toBe("Arm");
    await skip();
    expect(hero()).toBe("Press once, for practice");
    await expectAccessible(container);
    await skip();
    expect(hero()).toBe("Print the card.");
    await expectAccessible(container);
  });

  it("is over for good once it was skipped", async () => {
    const { fake } = await show(FirstRun, fixtures.first(), {});
    await click(screen.getByRole("button", { name: "Skip all of it" }));
    expect(fake.called("settings")).toEqual([{ ...settings, introduced: true }]);
  });

  it("arms what was added", async () => {
    const { fake } = await show(FirstRun, { ...fixtures.unarmed(), settings: { ...settings, introduced: false } }, {});
    await skip();
    expect(screen.getByText("Added: IBKR main, IBKR bot, IBKR joint.")).toBeTruthy();
    await click(screen.getByRole("button", { name: "Next" }));
    await click(screen.getByRole("button", { name: "Arm all 3 accounts" }));
    expect(fake.called("arm")).toEqual([{ accounts: [], on: true }]);
    expect(screen.getByText("3 of 3 armed.")).toBeTruthy();
  });

  it("gives way to practice, and ends on the card after it", async () => {
    const { fake, stop } = await showApp(fixtures.first());
    await skip();
    await skip();
    await skip();
    await click(screen.getByRole("button", { name: "Practise one press" }));
    expect(fake.called("practice")).toEqual(["start"]);
    expect(screen.queryByText("Print the card.")).toBeNull();
    fake.tell({ ...fixtures.first(), seq: fake.now.seq });
    await settled();
    expect(hero()).toBe("Print the card.");
    await click(screen.getByRole("button", { name: /^Print the card/ }));
    expect(screen.getByText("The card opened in your browser.")).toBeTruthy();
    await click(screen.getByRole("button", { name: "Finish" }));
    expect(fake.now.settings.introduced).toBe(true);
    stop();
  });

  it("says why practice could not start", async () => {
    const { fake } = await show(FirstRun, fixtures.first(), {});
    fake.instead.practice = () => failed("No port is free.");
    await skip();
    await skip();
    await skip();
    await click(screen.getByRole("button", { name: "Practise one press" }));
    expect(screen.getByText("No port is free.", { exact: false })).toBeTruthy();
  });
});

const skip = (): Promise<void> => click(screen.getByRole("button", { name: "Skip this step" }));
const hero = (): string | null => screen.getByRole("heading", { level: 1 }).textContent;
