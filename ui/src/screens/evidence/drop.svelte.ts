// Files that a hand drags over the window: a bundle is checked, anything else is added to the case that is looked at.
import type { Dragged } from "../../ipc";
import { go, nav } from "../../nav.svelte";
import { held as cases } from "./case/desk.svelte";
import { held } from "./shelf.svelte";

class Drop {
  /** Whether files are held over the window. */
  over = $state(false);
  /** A file that may be a bundle: what to do with it is asked. */
  offered: string | null = $state(null);

  async hear(dragged: Dragged): Promise<void> {
    this.over = dragged.dragged === "over";
    if (dragged.dragged !== "dropped") return;
    const paths = [...new Set(dragged.paths)];
    const only = paths.length === 1 ? paths[0] : undefined;
    if (only !== undefined && maybeBundle(only)) {
      if (nav.screen === "evidence" && held.shelf.run !== null) this.offered = only;
      else await this.check(only);
    } else if (paths.length > 0) {
      await this.attach(paths);
    }
  }

  async check(path: string): Promise<void> {
    const { shelf } = held;
    this.offered = null;
    shelf.path = path;
    shelf.signer = "";
    go("evidence", { part: "verify" });
    await shelf.verify();
  }

  /** Puts them into the form: what they show is asked before they are added. */
  async attach(paths: string[]): Promise<void> {
    const { shelf } = held;
    this.offered = null;
    if (shelf.run === null) await shelf.list();
    go("evidence", { part: "case", ...(shelf.run === null ? {} : { run: shelf.run }) });
    if (shelf.run !== null) cases.desk.draft(shelf.run).files = paths;
  }

  leave(): void {
    this.offered = null;
  }
}

/** A .zip, .age or first volume, or a name without an end: perhaps a folder. */
export function maybeBundle(path: string): boolean {
  const name = nameOf(path);
  return /\.(zip|age|\d{3})$/i.test(name) || !name.replace(/^\.+/, "").includes(".");
}

/** The last part of a path, as either kind of system writes it. */
export const nameOf = (path: string): string => path.split(/[\\/]/).filter((part) => part !== "").at(-1) ?? path;

export const dropped = { drop: new Drop() };

/** Tests only. */
export function forgetDrop(): void {
  dropped.drop = new Drop();
}
