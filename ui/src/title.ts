// The window's title repeats the mode and what is still open.
import type { View } from "./bindings";
import { texts } from "./texts";

function about(view: View): string {
  const run = view.run;
  if (run !== null) {
    switch (run.headline) {
      case "still_open":
        return texts.title.open(run.stillOpen);
      case "without_stop":
        return texts.title.withoutStop(run.withoutStop.length);
      case "skipped_by_you":
        return texts.title.skipped;
      case "contained":
        return texts.title.contained;
    }
  }
  switch (view.stance) {
    case "ready":
      return texts.title.ready;
    case "part":
      return texts.title.part(view.armed, view.accounts.length);
    case "offline":
      return texts.title.offline;
    case "unarmed":
      return texts.title.notArmed;
    case "live":
    case "latched":
    case "drill":
    case "practice":
      return "";
  }
}

/** `LIVE RUN: 12 still open · Firebreak`, `Ready · Firebreak`. */
export function titled(view: View | null): string {
  if (view === null) return texts.product;
  const words = about(view);
  const said = view.run !== null || view.stance === "drill" || view.stance === "practice";
  const mode = said && view.stance !== "part" ? texts.band.legend[view.stance] : "";
  const first = [mode, words].filter((part) => part !== "").join(": ");
  return `${first} · ${texts.product}`;
}
