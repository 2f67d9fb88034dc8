import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { debrief } from "../fake/answers/drill";
import { failed, type FakeBackend } from "../fake/backend";
import { fixtures } from "../fake/fixtures";
import { go, nav } from "../nav.svelte";
import { click, fresh, type } from "../testing/screens";
import { expectAccessible, settled, show, showApp } from "../testing/show";
import Drills from "./Drills.svelte";
import { picture } from "./drills/svg";

describe("drills", () => {
  fresh();

  it("says when the next rehearsal is and why, and lists the scenarios with the advised one first", async () => {
    const { container } = await show(Drills, fixtures.ready(), {});
    await settled();
    expect(hero()).toBe("Next rehearsal: Mon 30 Nov");
    expect(screen.getAllByText("7 days after the first one.").length).toBeGreaterThan(0);
    const rows = within(screen.getAllByRole("table")[0]!).getAllByRole("row");
    expect(rows[1]?.textContent).toContain("Two minutes on the phone");
    expect(rows[1]?.textContent).toContain("Next");
    await expectAccessible(container);
  });

  it("says so when a rehearsal is due, and since when", async () => {
    await show(Drills, fixtures.part(), {});
    await settled();
    expect(hero()).toBe("A rehearsal is due");
    expect(document.querySelector(".lead")?.textContent).toContain("30 days after the last one. Due since Sun 1 Nov.");
  });

  it("says so when none was made yet", async () => {
    await show(Drills, fixtures.empty(), {});
    await settled();
    expect(hero()).toBe("No drill yet");
    expect(document.querySelector(".lead")?.textContent).toContain("It takes 8 minutes at most.");
  });

  it("says what became of a history that cannot be read", async () => {
    const { fake } = await show(Drills, fixtures.ready(), {});
    await settled();
    fake.instead.drill = () => failed("The history is of a newer version.", "It was left as it is.", "Use the newer one.");
    fake.tell({ drilled: "another" });
    await settled();
    expect(screen.getAllByText(/It was left as it is/).length).toBeGreaterThan(0);
  });

  it("asks for clock and injects before it starts one, and hides which inject", async () => {
    const { fake, container } = await show(Drills, fixtures.ready(), {});
    await settled();
    await click(screen.getByRole("button", { name: "Choose: The library that lied" }));
    expect(screen.getByText(/What it is stays hidden/)).toBeTruthy();
    await click(screen.getByRole("checkbox", { name: /^With the clock/ }));
    await expectAccessible(container);
    await click(screen.getByTestId("drill-start"));
    expect(asked(fake, "start")).toEqual([{ ask: "start", scenario: "lying-library", seed: null, speed: null, clock: false, injects: true }]);
  });

  it("starts nothing while a live run goes on", async () => {
    const { fake } = await show(Drills, fixtures.live(), {});
    await settled();
    await click(screen.getByRole("button", { name: "Practise one press" }));
    await click(screen.getByRole("button", { name: "Choose: The library that lied" }));
    expect(fake.called("practice")).toEqual([]);
    expect(asked(fake, "start")).toEqual([]);
    expect(screen.getByText(/wait until it is reset/)).toBeTruthy();
  });

  it("puts a rehearsal off for a reason alone", async () => {
    const { fake } = await show(Drills, fixtures.ready(), {});
    await settled();
    await click(screen.getByRole("button", { name: "Put it off" }));
    await click(screen.getByRole("button", { name: "Put it off" }));
    expect(asked(fake, "snooze")).toEqual([]);
    expect(screen.getByText("Type the reason. You will read it again.")).toBeTruthy();
    await type(screen.getByLabelText("Why"), "On a train");
    await click(screen.getByRole("button", { name: "Put it off" }));
    expect(asked(fake, "snooze")).toEqual([{ ask: "snooze", days: 7, reason: "On a train" }]);
  });

  it("tells the history with a chart for each scenario, its median and its best", async () => {
    await show(Drills, fixtures.ready(), {});
    await settled();
    const chart = screen.getByRole("img", { name: /^The library that lied: time until contained/ });
    expect(chart.querySelectorAll("circle")).toHaveLength(3);
    expect(chart.querySelectorAll("path")).toHaveLength(1);
    expect(screen.getByText(/Median of the last 5: 2:12/)).toBeTruthy();
    expect(screen.getByText(/Played by the script “good”/)).toBeTruthy();
  });

  it("starts practice and ends it", async () => {
    const { fake, container } = await show(Drills, fixtures.ready(), {});
    await settled();
    await click(screen.getByRole("button", { name: "Practise one press" }));
    expect(fake.called("practice")).toEqual(["start"]);
    expect(hero()).toBe("Practice is on");
    await expectAccessible(container);
    await click(screen.getByRole("button", { name: "End practice" }));
    expect(fake.called("practice")).toEqual(["start", "end"]);
  });

  it("goes to the record of what was practised", async () => {
    await show(Drills, fixtures.ready(), {});
    await settled();
    await click(screen.getByRole("button", { name: /^Record of/ }));
    expect(nav.screen).toBe("evidence");
    expect(nav.target.run).toBe("2026-11-23T084000Z-leaked-api-key");
  });

  it("shows what was true after the reset of practice", async () => {
    await show(Drills, fixtures.practised(), {});
    expect(screen.getByText(/0 keys that still work/)).toBeTruthy();
  });
});

describe("a debrief", () => {
  fresh();

  async function looked() {
    const shown = await show(Drills, fixtures.ready(), {});
    go("drills", { debrief: debrief.drill });
    await settled();
    return shown;
  }

  it("has the false done as its biggest text, then figures, the picture and its table", async () => {
    const { container } = await looked();
    expect(hero()).toBe("1 false done");
    expect(screen.getByText(/The key still worked for 43 seconds/)).toBeTruthy();
    expect(container.querySelector(".picture svg.chart rect.bad")).not.toBeNull();
    const table = within(screen.getByRole("table", { name: "Timeline", hidden: true }));
    expect(table.getAllByRole("row", { hidden: true })).toHaveLength(debrief.timeline.length + 1);
    expect(table.getByText("0:04 before")).toBeTruthy();
    await expectAccessible(container);
  });

  it("carries one fix over, and leads to its step in the editor", async () => {
    const { fake } = await looked();
    await click(screen.getByTestId("fix-take"));
    expect(asked(fake, "choose_fix")).toEqual([{ ask: "choose_fix", drill: debrief.drill, fix: "ask-for-the-rest" }]);
    expect(screen.getByTestId("fix-taken")).toBeTruthy();
    await click(screen.getByRole("button", { name: "Edit this step" }));
    expect(nav.screen).toBe("runbooks");
    expect(nav.target).toEqual({ runbook: "leaked-api-key", step: "revoke" });
  });

  it("takes a fix in the person's own words", async () => {
    const { fake } = await looked();
    await click(screen.getByRole("button", { name: "Choose another fix" }));
    const own = screen.getByLabelText("Or in your own words");
    await type(own, "no");
    await fireEvent.submit(own.closest("form")!);
    expect(asked(fake, "choose_fix")).toEqual([]);
    await type(own, "Breathe, then read the board.");
    await fireEvent.submit(own.closest("form")!);
    await settled();
    expect(asked(fake, "choose_fix")).toEqual([{ ask: "choose_fix", drill: debrief.drill, fix: "Breathe, then read the board." }]);
    expect(screen.getByText("Breathe, then read the board.")).toBeTruthy();
  });

  it("keeps what was written to the three questions", async () => {
    const { fake } = await looked();
    await type(screen.getByLabelText("What slowed you?"), "The menu.");
    await click(screen.getByTestId("answers-keep"));
    expect(asked(fake, "write_answers")).toEqual([
      {
        ask: "write_answers",
        drill: debrief.drill,
        answers: [
          { question: "surprised", text: "" },
          { question: "slowed", text: "The menu." },
          { question: "change", text: "" },
        ],
      },
    ]);
    expect(screen.getByText("Kept.")).toBeTruthy();
  });

  it("shows the table open where the picture holds what it should not", async () => {
    const { fake } = await show(Drills, fixtures.ready(), {});
    fake.instead.drill = (argument) => {
      const told = { told: "debrief", ...debrief, timelineSvg: debrief.timelineSvg.replace("<circle", '<circle onclick="x()"') };
      return { status: "ok", data: (argument as { ask: string }).ask === "debrief" ? told : { told: "done", words: "" } } as never;
    };
    go("drills", { debrief: debrief.drill });
    await settled();
    expect(document.querySelector(".picture")).toBeNull();
    expect(screen.getByText(/The picture cannot be shown/)).toBeTruthy();
    expect(screen.getByRole("table", { name: "Timeline" }).closest("details")?.open).toBe(true);
  });
});

describe("the picture", () => {
  it("is built of what the program draws", () => {
    const drawn = picture(debrief.timelineSvg);
    expect(drawn?.querySelectorAll("rect")).toHaveLength(3);
    expect(drawn?.querySelector("desc")?.textContent).toContain("false done");
  });

  const wrap = (inside: string, attributes = ""): string => `<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 1 1"${attributes}>${inside}</svg>`;

  it.each([
    ["a script", wrap("<script>window.pwned=1</script>")],
    ["a handler", wrap('<rect onload="x()"/>')],
    ["a link", wrap('<a href="https://x"><text x="0">t</text></a>')],
    ["a foreign object", wrap("<foreignObject><b>x</b></foreignObject>")],
    ["a style", wrap('<rect style="fill:red"/>')],
    ["a class of another place", wrap('<rect class="band"/>')],
    ["an address in an attribute", wrap('<rect class="bad" x="url(#x)"/>')],
    ["another name space", '<svg xmlns="http://www.w3.org/1999/xhtml" class="chart"/>'],
    ["what is no XML", "<svg><b>"],
    ["nothing", ""],
  ])("is none where there is %s", (_what, text) => {
    expect(picture(text)).toBeNull();
  });

  it("keeps text as text", () => {
    const drawn = picture(wrap('<text x="0">&lt;b&gt;Phone&lt;/b&gt;</text>'));
    expect(drawn?.querySelector("b")).toBeNull();
    expect(drawn?.textContent).toBe("<b>Phone</b>");
  });
});

describe("a drill that is on", () => {
  fresh();

  it("is unmistakable, and begins with a briefing and what was to be done better", async () => {
    const { fake } = await showApp(fixtures.briefing());
    expect(document.title).toBe("DRILL · Firebreak");
    expect(document.querySelector(".frame")?.className).toContain("mode-drill");
    expect(screen.getByRole("banner").textContent).toContain("Simulated accounts. Nothing leaves this computer.");
    expect(screen.getByText(/You chose to do this better/).parentElement?.textContent).toContain("Read the key list again");
    expect(screen.queryByTestId("guard-cover")).toBeNull();
    await expectAccessible();
    await click(screen.getByTestId("drill-begin"));
    expect(asked(fake, "begin")).toHaveLength(1);
    expect(hero()).toBe("Nothing has happened yet");
    expect(screen.getByTestId("guard-cover")).toBeTruthy();
    await expectAccessible();
  });

  it("shows what reached the person in its form, and a call that rings can be picked up", async () => {
    const { fake } = await showApp(fixtures.alarm());
    expect(hero()).toBe("The phone rings");
    expect(screen.getByTestId("alarm-1").textContent).toContain("Mail");
    await expectAccessible();
    await click(screen.getByRole("button", { name: "Pick up" }));
    expect(asked(fake, "pick_up")).toEqual([{ ask: "pick_up", alarm: 2 }]);
    await type(screen.getByLabelText("Press a key, or say something"), "1");
    await click(screen.getByRole("button", { name: "Say it" }));
    expect(asked(fake, "say")).toEqual([{ ask: "say", text: "1" }]);
    expect(screen.getByRole("log").textContent).toContain("You wait in the queue.");
    await click(screen.getByRole("button", { name: "Hang up" }));
    expect(asked(fake, "hang_up")).toHaveLength(1);
    await expectAccessible();
  });

  it("finds a fact out on request alone", async () => {
    const { fake } = await showApp(fixtures.alarm());
    await click(screen.getByRole("button", { name: "Find out: Does the bot run now?" }));
    expect(asked(fake, "fact")).toEqual([{ ask: "fact", id: "bot" }]);
    expect(screen.getByText("Yes, since Monday.")).toBeTruthy();
  });

  it("opens a simulated page, acts on a row, and shows its text as text", async () => {
    const { fake } = await showApp(fixtures.alarm());
    await fireEvent.change(screen.getByTestId("page-choice"), { target: { value: "1" } });
    await click(screen.getByTestId("page-show"));
    expect(screen.getByText("<b>Phone</b>, yesterday")).toBeTruthy();
    await click(screen.getByRole("button", { name: "End: <b>Phone</b>, yesterday" }));
    expect(asked(fake, "act_on")).toEqual([{ ask: "act_on", account: "Kraken", page: "sessions", row: "3" }]);
    expect(screen.queryByText("<b>Phone</b>, yesterday")).toBeNull();
    await expectAccessible();
  });

  it("asks twice before it is stood down or left, and leads to the debrief", async () => {
    const { fake } = await showApp(fixtures.alarm());
    await click(screen.getByTestId("drill-stand-down"));
    expect(asked(fake, "stand_down")).toEqual([]);
    await click(screen.getByTestId("drill-stand-down-yes"));
    expect(asked(fake, "stand_down")).toHaveLength(1);
    await settled();
    expect(nav.screen).toBe("drills");
    expect(hero()).toBe("1 false done");
  });

  it("pauses, and says that what Firebreak has begun goes on", async () => {
    const { fake } = await showApp(fixtures.drilling());
    await click(screen.getByTestId("drill-pause"));
    expect(asked(fake, "pause")).toEqual([{ ask: "pause", on: true }]);
    expect(screen.getByText(/What Firebreak has begun goes on/)).toBeTruthy();
  });

  it("is pressed by the same guard, under its own label, for simulated accounts alone", async () => {
    const { fake } = await showApp({ ...fixtures.alarm(), coverOpen: true });
    expect(screen.getByTestId("guard-hold").textContent).toContain("Hold to contain (drill)");
    screen.getByTestId("guard-without-holding").click();
    await settled();
    await new Promise((done) => setTimeout(done, 450));
    await click(screen.getByTestId("guard-now"));
    expect(fake.called("press")).toEqual(["contain-everything"]);
    expect(fake.simulated).toBe(true);
    expect(hero()).toBe("12 still open");
  });

  it("has the board with its pages and phone beside the cards, and a card opens the page it is about", async () => {
    const { fake } = await showApp(fixtures.drilling());
    await expectAccessible();
    await click(document.querySelector("[data-testid$='-page']")!);
    expect(asked(fake, "page")).toEqual([{ ask: "page", account: "IBKR main", page: "sessions" }]);
    expect(document.activeElement?.id).toBe("simulated-pages");
    await click(screen.getByTestId("drill-finish"));
    expect(screen.getByText("End it with 12 still open?")).toBeTruthy();
    await click(screen.getByTestId("drill-finish-yes"));
    await settled();
    expect(hero()).toBe("1 false done");
  });

  it("answers nothing on the guard while the page behaves as if it were dead, and says the way out once that was tried", async () => {
    const { fake } = await showApp(fixtures.dead());
    expect(screen.queryByText(/In the tray's menu/)).toBeNull();
    await fireEvent.keyDown(document.body, { key: "c" });
    screen.getByTestId("guard-without-holding").click();
    await settled();
    expect(fake.called("cover")).toEqual([]);
    expect(screen.queryByTestId("guard-now")).toBeNull();
    expect(screen.getByText(/In the tray's menu: Contain \(drill\)/)).toBeTruthy();
  });

  it("is stopped at once by what is real, with the cover open", async () => {
    const { fake } = await showApp(fixtures.drilling());
    go("readiness");
    await settled();
    await click(screen.getByTestId("drill-real"));
    await settled();
    expect(asked(fake, "this_is_real")).toHaveLength(1);
    expect(nav.screen).toBe("home");
    expect(hero()).toBe("Ready");
    expect(screen.getByTestId("guard-hold").textContent).not.toContain("drill");
  });
});

const hero = (): string | null => screen.getByRole("heading", { level: 1 }).textContent;
const asked = (fake: FakeBackend, ask: string): unknown[] => fake.called("drill").filter((one) => (one as { ask: string }).ask === ask);
