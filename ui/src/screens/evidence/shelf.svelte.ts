// The runs at hand, the one that is looked at, and what was typed about bundles. It outlives the screen.
import type { BundleContents, EvidenceTold, ExportChoices, Preview, Purpose, RunHead, Verified } from "../../bindings";
import { Doing } from "../../doing.svelte";
import { backend } from "../../ipc";
import { app } from "../../state.svelte";
import { Sealing } from "./bundle/sealing.svelte";

/** What of a run is looked at; `verify` is about any bundle. */
export const PARTS = ["bundle", "case", "marks", "verify"] as const;
export type Part = (typeof PARTS)[number];

class Shelf {
  runs: RunHead[] | null = $state.raw(null);
  run: string | null = $state(null);
  part: Part = $state("bundle");
  /** For whom the bundle is. */
  profile = $state("own");
  contents: BundleContents | null = $state.raw(null);
  /** The file in the bundle that is looked into. */
  preview: Preview | null = $state.raw(null);
  /** Where the bundle goes, as typed. */
  target = $state("");
  /** For whom the last bundle was asked; none before. */
  exportedFor: string | null = $state(null);
  sealing = new Sealing();
  /** The file to check, as typed. */
  path = $state("");
  signer = $state("");
  verified: Verified | null = $state.raw(null);
  /** Whether the result of the check is shown. */
  told = $state(false);

  readonly listing = new Doing();
  readonly reading = new Doing();
  readonly previewing = new Doing();
  readonly exporting = new Doing();
  readonly verifying = new Doing();
  readonly collecting = new Doing();

  get head(): RunHead | null {
    return this.runs?.find((one) => one.run === this.run) ?? null;
  }

  async list(wanted?: string): Promise<void> {
    const told = await this.listing.ask(() => backend().evidence({ ask: "runs" }));
    if (told?.data.told !== "runs") return;
    this.runs = told.data.runs;
    const there = (run: string | null | undefined): run is string => run != null && this.runs?.some((one) => one.run === run) === true;
    const next = there(wanted) ? wanted : there(this.run) ? this.run : this.runs[0]?.run;
    if (next !== undefined) await this.look(next);
  }

  async look(run: string, profile = this.profile): Promise<void> {
    const other = run !== this.run;
    if (other || profile !== this.profile) {
      this.contents = null;
      this.preview = null;
      this.exporting.problem = null;
    }
    this.run = run;
    this.profile = profile;
    if (other) {
      this.target = "";
      this.exportedFor = null;
    }
    const doing = this.reading;
    doing.busy = true;
    doing.problem = null;
    const answer = await backend().evidence({ ask: "contents", run, profile });
    // another may have been chosen meanwhile
    if (this.run !== run || this.profile !== profile) return;
    doing.busy = false;
    if (answer.status === "error") {
      doing.problem = answer.error;
      this.contents = null;
    } else if (answer.data.told === "contents") {
      this.contents = answer.data;
      if (this.target === "") this.target = answer.data.target;
    }
  }

  /** Looks into a file as it would go; a second time closes it. */
  async peek(path: string): Promise<void> {
    const { run, profile } = this;
    const open = this.preview?.path === path;
    this.preview = null;
    if (open || run === null) return;
    const told = await this.previewing.ask(() => backend().evidence({ ask: "preview", run, profile, path }));
    if (told?.data.told === "preview" && this.run === run && this.profile === profile) this.preview = told.data;
  }

  async export(replace: boolean, choices: ExportChoices): Promise<void> {
    const { run, target } = this;
    if (run === null) return;
    const told = await this.exporting.ask(() => backend().evidence({ ask: "export", run, target: target.trim(), replace, choices }));
    if (told === null) return;
    this.exportedFor = choices.profile;
    this.sealing.forgetPassphrase();
  }

  async verify(): Promise<boolean> {
    const told = await this.verifying.ask(() => backend().evidence({ ask: "verify", path: this.path.trim(), signer: this.signer.trim() }));
    if (told?.data.told !== "verified") return false;
    this.verified = told.data;
    this.told = true;
    return true;
  }

  /** Collects from this computer: into a run, or into a new collection. */
  async collect(into: string | null): Promise<boolean> {
    const told = await this.collecting.ask<EvidenceTold>(() => backend().evidence({ ask: "collect", run: into }));
    if (told?.data.told !== "done") return false;
    this.part = "case";
    await this.list(told.data.run);
    return true;
  }
}

/** Whether a collection goes on now. */
export const collectingNow = (): boolean => app.view?.collecting != null && !app.view.collecting.ended && app.view.collecting.problem === null;

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
