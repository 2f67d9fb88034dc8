import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { fixtures, type FixtureName } from "./fake/fixtures";
import { go, SCREENS } from "./nav.svelte";
import { expectAccessible, settled, showApp } from "./testing/show";

const names = Object.keys(fixtures) as FixtureName[];
/** Those that are made of the same parts as another one are drawn, and not judged once more. */
const ALIKE: FixtureName[] = ["empty", "ready", "resumed", "unrecorded", "skipped", "practice", "practising", "fifty", "hostile", "own", "eight"];

describe("every fixture", () => {
  it.each(names)("is drawn: %s", async (name) => {
    await showApp(fixtures[name]());
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    expect(document.querySelector(".problem")?.textContent ?? "").not.toContain("could not be drawn");
    if (!ALIKE.includes(name)) await expectAccessible();
  });
});

describe("every screen", () => {
  it.each(SCREENS)("is drawn without what axe finds, and says from outside which it is: %s", async (name) => {
    await showApp(fixtures.ready());
    go(name);
    await settled();
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    expect({ ...document.documentElement.dataset }).toMatchObject({ screen: name, stance: "ready", seq: "1" });
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

describe("what the tests of the real window hold on to", () => {
  it.each([
    ["live", "board"],
    ["first", "first-run"],
  ] as [FixtureName, string][])("%s is the screen %s", async (name, shown) => {
    await showApp(fixtures[name]());
    expect(document.documentElement.dataset["screen"]).toBe(shown);
  });

  it("tells which view is drawn, once it is drawn", async () => {
    const { fake } = await showApp(fixtures.ready());
    fake.tell({ coverOpen: true });
    await settled();
    expect(document.documentElement.dataset["seq"]).toBe("2");
    expect(document.querySelector('[data-testid="guard-hold"]')).not.toBeNull();
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

  it("says once, below the table, what stays of what is reached in part", async () => {
    await showApp(fixtures.ready());
    const stays = screen.getByRole("list", { name: "What stays" });
    expect([...stays.children].map((line) => line.textContent)).toEqual([
      "IBKR bot, API keys: tokens live up to 24 h",
      "IBKR bot, IBKR joint, Sessions: own session only",
    ]);
    expect(screen.getAllByRole("cell", { name: "partial" })).toHaveLength(3);
  });

  it("says what stays once where it is the same for every account", async () => {
    await showApp(fixtures.eight());
    const stays = screen.getByRole("list", { name: "What stays" });
    expect(stays.children).toHaveLength(2);
    expect(stays.children[0]?.textContent).toMatch(/^New trading: the TWS window/);
    expect(screen.getAllByRole("cell", { name: "partial" })).toHaveLength(4);
  });

  it("offers no draft that was never saved, and Runbooks lists it as a draft", async () => {
    const ready = fixtures.ready();
    const draft = { ...ready.choices[0]!, runbook: "my-draft", title: "", own: true, broken: "Line 1: no title." };
    await showApp({ ...ready, choices: [...ready.choices, draft] });
    expect(screen.getAllByRole("radio").map((radio) => radio.getAttribute("value"))).not.toContain("my-draft");
    go("runbooks");
    await settled();
    const row = document.querySelector('[data-testid="runbook-my-draft"]');
    expect(row?.textContent).toContain("my-draft");
    expect(row?.querySelector(".badge.draft")?.textContent).toBe("draft");
    expect(row?.querySelector(".badge.broken")).toBeNull();
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
