// How far the person is on the first run. It outlives the screen: practice takes its place for a while.
import { isRecord, keep, kept, letGo } from "../kept";

export const STEPS = ["jobs", "account", "arm", "practice", "print"] as const;
export type StepName = (typeof STEPS)[number];
/** The last page is an end, not a step. */
export const COUNTED = STEPS.length - 1;

const isKept = (value: unknown): value is { step: StepName; practised: boolean } =>
  isRecord(value) && STEPS.some((step) => step === value["step"]) && typeof value["practised"] === "boolean";

class Way {
  step: StepName = $state("jobs");
  /** Whether practice was begun from here. */
  practised = $state(false);

  constructor() {
    const before = kept("first", isKept);
    if (before === null) return;
    this.step = before.step;
    this.practised = before.practised;
  }

  get at(): number {
    return STEPS.indexOf(this.step);
  }

  next(): void {
    this.go(STEPS[this.at + 1] ?? "print");
  }

  back(): void {
    this.go(STEPS[this.at - 1] ?? "jobs");
  }

  go(step: StepName): void {
    this.step = step;
    this.#keep();
  }

  began(): void {
    this.practised = true;
    this.go("print");
  }

  finish(): void {
    this.step = "jobs";
    this.practised = false;
    letGo("first");
  }

  #keep(): void {
    keep("first", { step: this.step, practised: this.practised });
  }
}

export const first = { way: new Way() };

/** Tests only. */
export function forgetWay(): void {
  first.way = new Way();
}
