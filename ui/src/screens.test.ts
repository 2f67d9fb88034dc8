import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { fixtures, type FixtureName } from "./fake/fixtures";
import { go, SCREENS } from "./nav.svelte";
import { expectAccessible, settled, showApp } from "./testing/show";

const names = Object.keys(fixtures) as FixtureName[];

describe("every fixture", () => {
  it.each(names)("is drawn without what axe finds: %s", { timeout: 60_000 }, async (name) => {
    await showApp(fixtures[name]());
    expect(screen.getAllByRole("heading", { level: 1 })).toHaveLength(1);
    expect(document.querySelector(".problem")?.textContent ?? "").not.toContain("could not be drawn");
    await expectAccessible();
  });
});

describe("every screen", () => {
  it.each(SCREENS)("is drawn without what axe finds: %s", { timeout: 60_000 }, async (name) => {
    await showApp(fixtures.ready());
    go(name);
    await settled();
    expect(screen.getAllByRole("heading", { level: 1 })).toHaveLength(1);
    await expectAccessible();
  });

  it.each(SCREENS)("keeps the band while a run is open: %s", async (name) => {
    await showApp(fixtures.live());
    go(name);
    await settled();
    expect(screen.getByRole("banner").textContent).toContain("LIVE RUN");
    expect(screen.getByRole("button", { name: "Board" })).toBeTruthy();
  });
});

describe("the title of the window", () => {
  it.each([
    ["ready", "Ready · Firebreak"],
    ["part", "Armed 2 of 3 · Firebreak"],
    ["unarmed", "Not armed · Firebreak"],
    ["offline", "Offline · Firebreak"],
    ["live", "LIVE RUN: 12 still open · Firebreak"],
    ["latched", "LATCHED: 2 positions have no stop · Firebreak"],
    ["practice", "PRACTICE · Firebreak"],
    ["practising", "PRACTICE: 12 still open · Firebreak"],
  ] as [FixtureName, string][])("of %s is %s", async (name, title) => {
    await showApp(fixtures[name]());
    expect(document.title).toBe(title);
  });
});

describe("Home", () => {
  it.each([
    ["ready", "Ready"],
    ["unarmed", "Not armed"],
    ["empty", "A press would cancel nothing"],
    ["offline", "No venue can be reached"],
    ["reading", "Reading accounts"],
    ["part", "1 run was left open"],
  ] as [FixtureName, string][])("of %s says %s", async (name, headline) => {
    await showApp(fixtures[name]());
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(headline);
  });

  it("shows each door that is not open with its reason and its mend", async () => {
    await showApp(fixtures.part());
    expect(document.body.textContent).toContain("Nothing listens at the address.");
    expect(document.body.textContent).toContain("Log in again at the gateway's page.");
    expect(document.body.textContent).toContain("Trying again in 9 s.");
  });

  it("puts a clean device first when this computer is suspect", async () => {
    await showApp(fixtures.ready());
    screen.getByLabelText("This computer is suspect").click();
    await settled();
    expect(document.body.textContent).toContain("Use another device, one that is clean");
  });

  it("comes in the order of the person's own runbooks, and says which is broken", async () => {
    await showApp(fixtures.own());
    const answers = screen.getAllByRole("radio").map((radio) => radio.getAttribute("value"));
    expect(answers.slice(-2)).toEqual(["my-desk", "my-bot"]);
    expect(document.body.textContent).toContain("Your file is passed over: Line 4");
  });

  it("shows what the simulator knows once practice is over", async () => {
    await showApp(fixtures.practised());
    expect(document.body.textContent).toContain("0 keys that still work.");
  });
});

describe("when the program does not answer", () => {
  it("says so, and what still works", async () => {
    const { fake } = await showApp(fixtures.ready());
    fake.instead.view = () => ({ status: "error", error: { what: "No answer.", untouched: "Nothing.", next: "Use the tray." } });
    const { refresh } = await import("./state.svelte");
    await refresh();
    await settled();
    expect(screen.getByRole("banner").textContent).toContain("The tray and the command line still work.");
    expect(document.body.textContent).toContain("Use the tray.");
  });
});
