// What is biggest on Evidence, and the line under it: what is still open of the part that is looked at. Picks among what is told.
import type { View } from "../../bindings";
import { texts } from "../../texts";
import type { held as cases } from "./case/desk.svelte";
import type { held as marks } from "./marks/table.svelte";
import type { held } from "./shelf.svelte";

type Shelf = (typeof held)["shelf"];
type Desk = (typeof cases)["desk"];
type Table = (typeof marks)["table"];

interface Top {
  hero: string;
  bold: string;
  lead: string;
}

const e = texts.evidence;
const c = texts.case;
const m = texts.marks;

export function top(view: View | null, shelf: Shelf, desk: Desk, table: Table): Top {
  if (shelf.part === "verify") return { hero: e.hero.verify, bold: "", lead: e.lead.verify };
  if (shelf.runs === null) return { hero: shelf.listing.problem === null ? e.hero.reading : e.hero.notRead, bold: "", lead: "" };
  if (shelf.runs.length === 0) return { hero: e.hero.noRuns, bold: "", lead: e.lead.noRuns };
  switch (shelf.part) {
    case "bundle":
      return ofBundle(view, shelf);
    case "case":
      return ofCase(view, shelf, desk);
    case "marks":
      return ofMarks(table);
  }
}

function ofBundle(view: View | null, shelf: Shelf): Top {
  const { contents, head } = shelf;
  const exported = view?.export?.run === shelf.run ? (view?.export ?? null) : null;
  const lead = { bold: e.lead.notYet, lead: e.lead.unchanged };
  if (exported !== null && exported.end === null) return { hero: e.hero.exporting(exported.percent), bold: exported.doing, lead: "" };
  if (shelf.exporting.problem !== null || exported?.end?.end === "failed") return { hero: e.hero.notExported, ...lead };
  // one for somebody else is not exported yet
  const other = shelf.exportedFor !== null && shelf.exportedFor !== shelf.profile;
  if (exported?.end?.end === "done" && !other) return { hero: e.hero.exported, bold: e.export.doneShort(exported.end.files), lead: e.lead.unchanged };
  if (head !== null && head.damage !== null) return { hero: e.hero.damaged, ...lead };
  if (contents === null) return { hero: shelf.reading.problem === null ? e.hero.looking : e.hero.notRead, ...lead };
  if (contents.problem !== null) return { hero: e.hero.notSigned, ...lead };
  if (contents.missing.length > 0) return { hero: e.hero.missing(contents.missing.length), ...lead };
  return { hero: contents.withheldCount === 0 ? e.hero.nothing : e.hero.withheld(contents.withheldCount), ...lead };
}

function ofCase(view: View | null, shelf: Shelf, desk: Desk): Top {
  const collecting = view?.collecting?.run === shelf.run ? (view?.collecting ?? null) : null;
  if (collecting?.problem != null) return { hero: c.collect.failed, bold: "", lead: "" };
  if (collecting !== null && !collecting.ended) {
    const done = collecting.rows.filter((row) => row.state !== "waiting" && row.state !== "reading").length;
    return { hero: c.hero.collecting(done, collecting.rows.length), bold: "", lead: c.lead.collecting };
  }
  if (desk.view === null || desk.view.run !== shelf.run) return { hero: desk.reading.problem === null ? c.hero.reading : c.hero.notRead, bold: "", lead: "" };
  const notable = desk.view.sightings.filter((one) => one.notable).length;
  if (notable > 0) return { hero: c.hero.notable(notable), bold: "", lead: c.lead.notable };
  if (desk.view.collected.length === 0 && collecting === null) return { hero: c.hero.notCollected, bold: "", lead: c.lead.notCollected };
  return { hero: c.hero.quiet, bold: "", lead: c.lead.quiet };
}

function ofMarks(table: Table): Top {
  if (table.counts === null) return { hero: table.problem === null ? m.hero.reading : m.hero.notRead, bold: "", lead: "" };
  if (table.counts.total === 0) return { hero: m.hero.none, bold: "", lead: "" };
  return table.unmarked === 0 ? { hero: m.hero.done, bold: "", lead: m.lead.done } : { hero: m.hero.open(table.unmarked), bold: "", lead: m.lead.open };
}
