// The last check, as it was kept or made, and what the person is doing about it. It outlives the screen.
import type { Readiness, ReadinessAsk, ReadinessTold, Trial } from "../../bindings";
import { Doing } from "../../doing.svelte";
import { backend } from "../../ipc";
import { keychain, type Keychain } from "../accounts/draft.svelte";

class Check {
  told: Readiness | null = $state.raw(null);
  readonly reading = new Doing();
  readonly checking = new Doing();
  readonly answering = new Doing();
  readonly trying = new Doing();
  readonly asking = new Doing();
  keychain: Keychain | null = $state.raw(null);
  /** The account whose lever is tried for real. */
  trialOf: string | null = $state(null);
  trial: Trial | null = $state.raw(null);

  /** Reads the last check. */
  async read(): Promise<void> {
    this.#take(await this.reading.ask(() => backend().readiness({ ask: "kept" })));
  }

  /** Checks now: these accounts, or all. Whether it came to an end. */
  async check(accounts: string[]): Promise<boolean> {
    const told = await this.checking.ask(() => backend().readiness({ ask: "check", accounts }));
    this.#take(told);
    this.keychain = await keychain(this.asking);
    return told !== null;
  }

  async answer(question: string, value: string): Promise<boolean> {
    const told = await this.answering.ask(() => backend().readiness({ ask: "answer", question, value }));
    this.#take(told);
    return told !== null;
  }

  /** Lists what a lever can be tried on. */
  async list(account: string): Promise<void> {
    this.trialOf = account;
    this.trial = null;
    await this.#try({ ask: "prove", account, order: null, live: false });
  }

  /** Cancels that one order. */
  async prove(order: string, live: boolean): Promise<void> {
    const { trialOf } = this;
    if (trialOf === null) return;
    await this.#try({ ask: "prove", account: trialOf, order, live });
    if (this.trial !== null && this.trial.proved.length > 0) await this.read();
  }

  leave(): void {
    this.trialOf = null;
    this.trial = null;
    this.trying.problem = null;
  }

  async #try(ask: ReadinessAsk): Promise<void> {
    const told = await this.trying.ask(() => backend().readiness(ask));
    if (told?.data.told === "trial" && told.data.account === this.trialOf) this.trial = told.data;
  }

  #take(told: { data: ReadinessTold } | null): void {
    if (told?.data.told === "checked") this.told = told.data;
  }
}

export const kept = { check: new Check() };

/** Tests only. */
export function forgetCheck(): void {
  kept.check = new Check();
}
