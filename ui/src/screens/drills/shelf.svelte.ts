// What is kept of drills: scenarios, history, the debrief that is looked at. It outlives the screen.
import type { Debrief, History, Scenario } from "../../bindings";
import { Doing } from "../../doing.svelte";
import { backend } from "../../ipc";

class Shelf {
  scenarios: Scenario[] | null = $state.raw(null);
  problems: string[] = $state.raw([]);
  history: History | null = $state.raw(null);
  /** The scenario whose start is being chosen. */
  chosen: string | null = $state(null);
  clock = $state(true);
  injects = $state(true);
  /** The number of the debrief that is looked at. */
  looking: string | null = $state(null);
  debrief: Debrief | null = $state.raw(null);
  /** What was written to the three questions, by question. */
  answers: Record<string, string> = $state({});
  readonly listing = new Doing();
  readonly telling = new Doing();
  readonly starting = new Doing();
  readonly reading = new Doing();
  readonly keeping = new Doing();

  async list(): Promise<void> {
    const [scenarios, history] = await Promise.all([
      this.listing.ask(() => backend().drill({ ask: "scenarios" })),
      this.telling.ask(() => backend().drill({ ask: "history" })),
    ]);
    if (scenarios?.data.told === "scenarios") {
      this.scenarios = scenarios.data.scenarios;
      this.problems = scenarios.data.problems;
    }
    if (history?.data.told === "history") this.history = history.data;
  }

  async start(scenario: string): Promise<void> {
    const { clock, injects } = this;
    const told = await this.starting.ask(() => backend().drill({ ask: "start", scenario, seed: null, speed: null, clock, injects }));
    if (told !== null) this.chosen = null;
  }

  /** Looks at what came of a drill. */
  async look(drill: string): Promise<void> {
    this.looking = drill;
    this.debrief = null;
    const told = await this.reading.ask(() => backend().drill({ ask: "debrief", drill }));
    if (told?.data.told !== "debrief" || this.looking !== drill) return;
    this.debrief = told.data;
    this.answers = Object.fromEntries(told.data.questions.map((one) => [one.id, one.answer]));
  }

  back(): void {
    this.looking = null;
    this.debrief = null;
  }

  async take(fix: string): Promise<void> {
    const { debrief } = this;
    if (debrief === null) return;
    const told = await this.keeping.ask(() => backend().drill({ ask: "choose_fix", drill: debrief.drill, fix }));
    if (told !== null) this.debrief = { ...debrief, chosenFix: fix };
  }

  async keep(): Promise<boolean> {
    const { debrief } = this;
    if (debrief === null) return false;
    const answers = debrief.questions.map(({ id }) => ({ question: id, text: this.answers[id] ?? "" }));
    return (await this.keeping.ask(() => backend().drill({ ask: "write_answers", drill: debrief.drill, answers }))) !== null;
  }
}

export const kept = { shelf: new Shelf() };

/** Tests only. */
export function forgetDrills(): void {
  kept.shelf = new Shelf();
}
