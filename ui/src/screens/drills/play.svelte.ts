// What the person does in the drill under way, and the simulated page that lies open. It outlives the screens.
import type { DrillAsk, PageTold } from "../../bindings";
import { Doing } from "../../doing.svelte";
import { backend } from "../../ipc";

class Play {
  /** The page that lies open, as it was last read. */
  page: PageTold | null = $state.raw(null);
  /** Which page is chosen to be opened, by its place in the list. */
  choice = $state("0");
  /** Whether somebody tried the guard while the page behaves as if it were dead. */
  triedDead = $state(false);
  readonly paging = new Doing();
  readonly doing = new Doing();
  /** What is typed to say on the phone. */
  words = $state("");

  /** Does something; whether it was done. */
  async do(ask: DrillAsk): Promise<boolean> {
    return (await this.doing.ask(() => backend().drill(ask))) !== null;
  }

  async open(account: string, page: string): Promise<void> {
    await this.#read({ ask: "page", account, page });
  }

  /** Does what the page offers: on one row, or on all. */
  async act(row: string | null): Promise<void> {
    if (this.page === null) return;
    const { account, page } = this.page;
    await this.#read({ ask: "act_on", account, page, row });
  }

  async #read(ask: DrillAsk): Promise<void> {
    const told = await this.paging.ask(() => backend().drill(ask));
    if (told?.data.told === "page") this.page = told.data;
  }
}

export const held = { play: new Play() };

/** A new drill begins with nothing open. */
export function forgetPlay(): void {
  held.play = new Play();
}
