// The last test of each account since the window was opened, and whether one is under way.
import type { Problem, Tested } from "../../bindings";
import { Doing } from "../../doing.svelte";
import { backend } from "../../ipc";
import { keychain, type Keychain } from "./draft.svelte";

class Tests {
  /** By account. */
  results: Readonly<Record<string, Tested>> = $state.raw({});
  problems: Readonly<Record<string, Problem>> = $state.raw({});
  running: string | null = $state(null);
  /** What the keychain said when all was last tested. */
  keychain: Keychain | null = $state.raw(null);
  readonly asking = new Doing();
  /** Of a test of several: how many are done, of how many. */
  through: { at: number; all: number } | null = $state.raw(null);

  async test(name: string): Promise<void> {
    if (this.running !== null) return;
    this.running = name;
    const answer = await backend().account({ ask: "test", name });
    this.running = null;
    const { [name]: _, ...others } = this.problems;
    this.problems = others;
    if (answer.status === "error") this.problems = { ...others, [name]: answer.error };
    else if (answer.data.told === "tested") this.results = { ...this.results, [name]: answer.data };
  }

  /** One account after the other: what each shows is never the other's doing. */
  async testAll(names: string[]): Promise<void> {
    if (this.through !== null) return;
    for (const [index, name] of names.entries()) {
      this.through = { at: index + 1, all: names.length };
      await this.test(name);
    }
    this.keychain = await keychain(this.asking);
    this.through = null;
  }

  /** Takes in what the wizard saw. */
  take(tested: Tested): void {
    this.results = { ...this.results, [tested.name]: tested };
  }
}

export const kept = { tests: new Tests() };

/** Tests only. */
export function forgetTests(): void {
  kept.tests = new Tests();
}
