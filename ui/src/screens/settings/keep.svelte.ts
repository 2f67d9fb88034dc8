// A choice of the person, kept at once. Until the program tells it back, what they chose is shown.
import type { Problem, Settings } from "../../bindings";
import { backend } from "../../ipc";
import { app } from "../../state.svelte";

export class Keeper {
  #wanted: Partial<Settings> = $state.raw({});
  /** The setting whose last change was refused, and why. */
  refused: { name: keyof Settings; problem: Problem } | null = $state.raw(null);
  #queue: Promise<unknown> = Promise.resolve();

  /** What is chosen: the last change, or else what the program holds. */
  get shown(): Settings | null {
    const held = app.view?.settings ?? null;
    return held === null ? null : { ...held, ...this.#wanted };
  }

  async put<K extends keyof Settings>(name: K, value: Settings[K]): Promise<boolean> {
    this.#wanted = { ...this.#wanted, [name]: value };
    this.refused = null;
    // one after the other: each is the whole of the settings
    const sent = this.#queue.then(() => this.#send(name, value));
    this.#queue = sent;
    return sent;
  }

  async #send<K extends keyof Settings>(name: K, value: Settings[K]): Promise<boolean> {
    const held = app.view?.settings;
    if (held === undefined) return false;
    const answer = await backend().settings({ ...held, ...this.#wanted, [name]: value });
    if (answer.status === "error") {
      this.#drop(name, value);
      this.refused = { name, problem: answer.error };
      return false;
    }
    // the next view has it; until then it is shown as chosen
    setTimeout(() => this.#drop(name, value), 2_000);
    return true;
  }

  #drop<K extends keyof Settings>(name: K, value: Settings[K]): void {
    if (this.#wanted[name] !== value) return;
    const { [name]: _, ...others } = this.#wanted;
    this.#wanted = others as Partial<Settings>;
  }
}
