import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { failed, type FakeBackend } from "../fake/backend";
import { fixtures } from "../fake/fixtures";
import { nav } from "../nav.svelte";
import { click, fresh, type } from "../testing/screens";
import { expectAccessible, settled, show, showApp } from "../testing/show";
import Readiness from "./Readiness.svelte";

describe("readiness", () => {
  fresh();

  it("calls nothing ready before it was checked", async () => {
    const { container } = await show(Readiness, fixtures.empty(), {});
    await settled();
    expect(hero()).toBe("Never checked");
    expect(screen.queryByText("ready")).toBeNull();
    await expectAccessible(container);
    await click(screen.getByRole("button", { name: "Add an account" }));
    expect(nav.screen).toBe("accounts");
  });

  it("says what is worst biggest, and what changed before what stayed", async () => {
    const { container } = await show(Readiness, fixtures.ready(), {});
    await settled();
    expect(hero()).toBe("1 lever is dead");
    expect(container.querySelector(".lead")?.textContent).toContain("Since the last check: IBKR bot, Cancel orders: ready before, dead now");
    const changed = screen.getByRole("heading", { name: "What changed since the last check" });
    const table = screen.getByRole("table", { name: "Levers of each account, worst first" });
    expect(changed.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
    const rows = within(table).getAllByRole("row");
    expect(rows[1]?.textContent).toContain("IBKR bot");
    expect(rows[1]?.textContent).toContain("dead");
    expect(within(table).getByText(/^Proved/)).toBeTruthy();
    await expectAccessible(container);
  });

  it("has the mends beside it, the dead lever first, and checks that account again", async () => {
    const { fake } = await show(Readiness, fixtures.ready(), {});
    await settled();
    const mends = within(screen.getByRole("complementary", { name: "Mends" }));
    expect(mends.getAllByRole("heading", { level: 2 })[0]?.textContent).toContain("IBKR bot: Cancel orders");
    expect(mends.getByText(/Clear “Read-Only API”/)).toBeTruthy();
    await click(mends.getByRole("button", { name: "Check again: IBKR bot" }));
    expect(asked(fake, "check")).toEqual([{ ask: "check", accounts: ["IBKR bot"] }]);
  });

  it("checks everything, and says what came of a check that was refused", async () => {
    const { fake } = await show(Readiness, fixtures.ready(), {});
    await settled();
    await click(screen.getByTestId("check-all"));
    expect(asked(fake, "check")).toEqual([{ ask: "check", accounts: [] }]);
    fake.instead.readiness = () => failed("A run is under way.", "Nothing was asked of any venue.", "Check when it is over.");
    await click(screen.getByTestId("check-all"));
    expect(screen.getByText("A run is under way.")).toBeTruthy();
    expect(hero()).toBe("1 lever is dead");
  });

  it("opens a finding to why it matters, what to do and how it was seen, and folds the good ones", async () => {
    await show(Readiness, fixtures.ready(), {});
    await settled();
    const finding = screen.getByRole("region", { name: "Findings" });
    expect(within(finding).getByText("1 more is good")).toBeTruthy();
    const first = finding.querySelector("details");
    expect(first?.textContent).toContain("The key may withdraw.");
    expect(first?.textContent).toContain("How it was seen");
    expect(finding.textContent).toContain("Whether the disk is encrypted could not be told.");
  });

  it("keeps the answer to a question with its age, and the typed value where it was refused", async () => {
    const { fake } = await show(Readiness, fixtures.ready(), {});
    await settled();
    await click(screen.getByRole("button", { name: /^Answer: How many devices/ }));
    const field = screen.getByLabelText(/^How many devices/);
    await fireEvent.submit(field.closest("form")!);
    expect(screen.getByText("Nothing is typed. Read the value and type it.")).toBeTruthy();
    await type(field, "many");
    await fireEvent.submit(field.closest("form")!);
    await settled();
    expect(screen.getByText("That is no answer to this question.")).toBeTruthy();
    expect((screen.getByLabelText(/^How many devices/) as HTMLInputElement).value).toBe("many");
    await type(screen.getByLabelText(/^How many devices/), "0");
    await fireEvent.submit(screen.getByLabelText(/^How many devices/).closest("form")!);
    await settled();
    expect(asked(fake, "answer").at(-1)).toEqual({ ask: "answer", question: "second-factor-strangers", value: "0" });
    expect(screen.getByTestId("question-second-factor-strangers").textContent).toContain("You answered 0, Mon 23 Nov.");
  });

  it("tries a lever for real on one order that is chosen, and on a real account only when that is meant", async () => {
    const { fake, container } = await show(Readiness, fixtures.ready(), {});
    await settled();
    await click(screen.getByTestId("try-IBKR main"));
    await settled();
    expect(screen.getByText("Real money is behind this account.")).toBeTruthy();
    const protective = screen.getByRole<HTMLInputElement>("radio", { name: /AAPL sell 200/ });
    expect(protective.disabled).toBe(true);
    await expectAccessible(container);
    await click(screen.getByTestId("trial-do"));
    expect(screen.getByText("Choose an order first.")).toBeTruthy();
    await click(screen.getByRole("radio", { name: /AAPL buy 1/ }));
    await click(screen.getByTestId("trial-do"));
    expect(screen.getByText(/Say that you mean it/)).toBeTruthy();
    expect(asked(fake, "prove")).toEqual([{ ask: "prove", account: "IBKR main", order: null, live: false }]);
    await click(screen.getByTestId("trial-live"));
    await click(screen.getByTestId("trial-do"));
    await settled();
    expect(asked(fake, "prove").at(-1)).toEqual({ ask: "prove", account: "IBKR main", order: "1041", live: true });
    expect(within(screen.getByTestId("trial")).getByText("Proved. The order is gone.")).toBeTruthy();
  });

  it("waits while a live run goes on", async () => {
    const { fake } = await show(Readiness, fixtures.live(), {});
    await settled();
    await click(screen.getByTestId("check-all"));
    expect(asked(fake, "check")).toEqual([]);
    expect(screen.getByText(/The next check waits/)).toBeTruthy();
  });

  it("counts what is to be mended on its tab, and Home tells it in a line", async () => {
    await showApp(fixtures.deadLever());
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("1 lever is dead");
    expect(document.querySelector(".lead")?.textContent).toContain("IBKR bot, Cancel orders: it would be refused now.");
    expect(screen.getByRole("button", { name: "Readiness, 3 to mend" })).toBeTruthy();
    expect(screen.getByRole("banner").textContent).toContain("1 lever is dead.");
    const atHand = screen.getByRole("complementary", { name: "At hand" });
    expect(atHand.textContent).toContain("Stale: Client Portal (never), IBKR Mobile.");
    expect(atHand.textContent).toContain("1 lever is dead");
    await click(screen.getByTestId("drills"));
    expect(nav.screen).toBe("drills");
    expect(nav.target.scenario).toBe("two-minutes-via");
  });
});

const hero = (): string | null => screen.getByRole("heading", { level: 1 }).textContent;
const asked = (fake: FakeBackend, ask: string): unknown[] => fake.called("readiness").filter((one) => (one as { ask: string }).ask === ask);
