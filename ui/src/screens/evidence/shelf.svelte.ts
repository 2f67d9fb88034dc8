// The runs at hand, the one that is looked at, and what was typed about bundles. It outlives the screen.
import type { BundleContents, Purpose, RunHead, Verified } from "../../bindings";
import { Doing } from "../../doing.svelte";
import { backend } from "../../ipc";

class Shelf {
  runs: RunHead[] | null = $state.raw(null);
  run: string | null = $state(null);
  contents: BundleContents | null = $state.raw(null);
  /** Where the bundle goes, as typed. */
  target = $state("");
  /** The file to check, as typed. */
  path = $state("");
  signer = $state("");
  verified: Verified | null = $state.raw(null);

  readonly listing = new Doing();
  readonly reading = new Doing();
  readonly exporting = new Doing();
  readonly verifying = new Doing();

  async list(wanted?: string): Promise<void> {
    const told = await this.listing.ask(() => backend().evidence({ ask: "runs" }));
    if (told?.data.told !== "runs") return;
    this.runs = told.data.runs;
    const there = (run: string | null | undefined): run is string => run != null && this.runs?.some((one) => one.run === run) === true;
    const next = there(wanted) ? wanted : there(this.run) ? this.run : this.runs[0]?.run;
    if (next !== undefined) await this.look(next);
  }

  async look(run: string): Promise<void> {
    const other = run !== this.run;
    this.run = run;
    if (other) {
      this.contents = null;
      this.target = "";
      this.exporting.problem = null;
    }
    const doing = this.reading;
    doing.busy = true;
    doing.problem = null;
    const answer = await backend().evidence({ ask: "contents", run });
    // another run may have been chosen meanwhile
    if (this.run !== run) return;
    doing.busy = false;
    if (answer.status === "error") {
      doing.problem = answer.error;
      this.contents = null;
    } else if (answer.data.told === "contents") {
      this.contents = answer.data;
      if (this.target === "") this.target = answer.data.target;
    }
  }

  async export(replace: boolean): Promise<void> {
    const { run, target } = this;
    if (run === null) return;
    await this.exporting.ask(() => backend().evidence({ ask: "export", run, target: target.trim(), replace }));
  }

  async verify(): Promise<boolean> {
    const told = await this.verifying.ask(() => backend().evidence({ ask: "verify", path: this.path.trim(), signer: this.signer.trim() }));
    if (told?.data.told !== "verified") return false;
    this.verified = told.data;
    return true;
  }
}

/** Asks for a file by the system's own dialog; nothing when none was chosen. */
export async function chosen(doing: Doing, purpose: Purpose): Promise<string | null> {
  const told = await doing.ask(() => backend().evidence({ ask: "choose", purpose }));
  return told?.data.told === "chosen" ? told.data.path : null;
}

export const held = { shelf: new Shelf() };

/** Tests only. */
export function forgetShelf(): void {
  held.shelf = new Shelf();
}
