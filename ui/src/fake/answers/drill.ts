// What the fake backend answers about drills: a few scenarios, a page to act on, one debrief.
import type { Debrief, DrillAsk, DrillTold, History, PageTold, Scenario } from "../../bindings";
import type { Told } from "../../ipc";
import { failed, ok, type FakeBackend } from "../backend";
import { drill, schedule, view } from "../parts";

const scenario = (id: string, title: string, wayIn: string, over: Partial<Scenario> = {}): Scenario => ({
  id,
  title,
  wayIn,
  story: "You have a position, a stop under it, and a phone in your pocket.",
  minutes: 8,
  own: false,
  played: 0,
  last: null,
  bestMs: null,
  lastVerdict: null,
  sources: ["https://www.sec.gov/"],
  ...over,
});

export const scenarios: Scenario[] = [
  scenario("tokyo-two-hour", "Two hours in Tokyo", "Client Portal", { minutes: 10 }),
  scenario("lying-library", "The library that lied", "a leaked key", { played: 3, last: "2026-11-16T17:05:00Z", bestMs: 108_000, lastVerdict: "good" }),
  scenario("two-minutes-via", "Two minutes on the phone", "IBKR Mobile", { played: 1, last: "2026-06-02T17:05:00Z", lastVerdict: "failed" }),
  scenario("my-own", "The bot of my brother", "your own bot", { own: true }),
];

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 1102 120" role="img" aria-labelledby="drill-timeline drill-timeline-says">' +
  '<title id="drill-timeline">Timeline of the drill</title><desc id="drill-timeline-says">Revoke keys: false done from 1:01 to 1:44.</desc>' +
  '<line class="axis" x1="220" x2="1070" y1="96" y2="96"/><text x="220" y="114" text-anchor="middle">0:00</text>' +
  '<text x="0" y="52" class="strong" text-anchor="start">Cancel orders</text><rect class="flight" x="226" y="41" width="120" height="14" rx="1"/>' +
  '<circle class="proof" cx="346" cy="48" r="6.5"><title>0:12 verified</title></circle>' +
  '<text x="0" y="81" class="strong" text-anchor="start">Revoke keys</text><rect class="hand" x="400" y="70" width="90" height="14" rx="7"/>' +
  '<rect class="bad" x="490" y="70" width="200" height="14" rx="1"/><text x="590" y="81" class="strong" text-anchor="middle">false done</text>' +
  '<path class="bad" d="M300 20l6.5 6.5l-6.5 6.5l-6.5 -6.5z"><title>0:08 places an order</title></path></svg>';

export const debrief: Debrief = {
  drill: "2026-11-23T094000Z-lying-library",
  scenario: "lying-library",
  title: "The library that lied",
  at: "2026-11-23T09:40:00Z",
  verdict: "failed",
  why: ["Something was called done that was not."],
  headline: "1 false done",
  lead: "You recorded 0 API keys on Kraken at 1:01. The key still worked for 43 seconds after that.",
  figures: [
    { label: "Contained in", value: "2:12", note: "target 2:00, best 1:48" },
    { label: "Median of last 5", value: "2:26", note: "was 3:05" },
    { label: "First action", value: "0:09", note: "from the first sign" },
    { label: "Steps done", value: "11 of 12", note: "1 skipped, 0 out of order" },
    { label: "Next rehearsal", value: "Mon 30 Nov", note: "in 7 days: false done" },
  ],
  falseDone: ["Delete the API key, Kraken: you said 0, the page said 1, for 0:43."],
  timelineSvg: SVG,
  timeline: [
    { atMs: -4_000, who: "the intruder", what: "logs in with the key" },
    { atMs: 9_000, who: "you", what: "press" },
    { atMs: 61_000, who: "you", what: "record 0 API keys" },
  ],
  fixes: [
    { id: "ask-for-the-rest", text: "The step “Delete the API key” asks only for a count. Ask for the last four characters that are left as well.", runbook: "leaked-api-key", step: "revoke" },
    { id: "call-first", text: "Call first, then click while you are on hold.", runbook: null, step: null },
  ],
  chosenFix: null,
  questions: [
    { id: "surprised", ask: "What surprised you?", answer: "" },
    { id: "slowed", ask: "What slowed you?", answer: "" },
    { id: "change", ask: "What will you change?", answer: "" },
  ],
  lesson: "A key is gone when the venue refuses it, not when a list is short.",
  good: "Press, revoke, try the old key, read the refusal.",
  run: "2026-11-23T094000Z-leaked-api-key",
  next: "2026-11-30T09:00:00Z",
  nextWhy: "7 days after a false done",
};

export const history: History = {
  drills: [
    { drill: debrief.drill, scenario: "lying-library", at: debrief.at, player: "you", ended: "finished", verdict: "failed", containedMs: 132_000, falseDone: 1 },
    { drill: "2026-11-16T170500Z-lying-library", scenario: "lying-library", at: "2026-11-16T17:05:00Z", player: "you", ended: "finished", verdict: "good", containedMs: 108_000, falseDone: 0 },
    { drill: "2026-11-10T170500Z-two-minutes-via", scenario: "two-minutes-via", at: "2026-11-10T17:05:00Z", player: "good", ended: "timed_out", verdict: "poor", containedMs: null, falseDone: 0 },
  ],
  series: [{ scenario: "lying-library", title: "The library that lied", containedMs: [190_000, null, 108_000, 132_000], medianMs: 132_000, bestMs: 108_000 }],
  schedule,
  trouble: [],
};

/** How a page stands in the fake: it loses a row by each act on it. */
const ended = new WeakMap<FakeBackend, Set<string>>();

function page(backend: FakeBackend, account: string, id: string): PageTold {
  const gone = ended.get(backend) ?? new Set();
  const rows = [
    { id: "1", text: "This computer, now", action: null },
    { id: "2", text: "Firefox on Windows, 198.51.100.7, 3 minutes ago", action: "End" },
    { id: "3", text: "<b>Phone</b>, yesterday", action: "End" },
  ];
  return { account, page: id, title: backend.now.drill?.pages.find((one) => one.page === id)?.title ?? id, rows: rows.filter((row) => !gone.has(row.id)), refused: null };
}

export function answerDrill(backend: FakeBackend, ask: DrillAsk): Told<DrillTold> {
  const done = (words = ""): Told<DrillTold> => ok({ told: "done", words });
  const on = backend.now.drill;
  switch (ask.ask) {
    case "scenarios":
      return ok({ told: "scenarios", scenarios, problems: [] });
    case "history":
      return ok({ told: "history", ...history, drills: backend.now.rehearsal.last === null ? [] : history.drills, schedule: backend.now.schedule ?? schedule });
    case "debrief":
      return ok({ told: "debrief", ...debrief, drill: ask.drill });
    case "start": {
      const known = scenarios.find((one) => one.id === ask.scenario);
      if (known === undefined) return failed("There is no such scenario.");
      backend.tell({ stance: "drill", drilled: null, coverOpen: false, drill: drill({ scenario: known.id, title: known.title, phase: "briefing", alarms: [], sinceAlarmMs: null, clock: ask.clock }) });
      return done();
    }
    case "choose_fix":
    case "write_answers":
    case "snooze":
    case "export_calendar":
      return done("Kept.");
    case "finish":
    case "stand_down":
      backend.tell({ ...view(), drilled: debrief.drill });
      return ok({ told: "debrief", ...debrief });
    case "abandon":
      backend.tell(view());
      return done("The drill was left. It has no score.");
    case "this_is_real":
      backend.tell({ ...view(), coverOpen: true });
      return done();
    case "page":
      return ok({ told: "page", ...page(backend, ask.account, ask.page) });
    case "act_on": {
      const gone = ended.get(backend) ?? new Set<string>();
      ended.set(backend, gone);
      for (const row of ask.row === null ? ["2", "3"] : [ask.row]) gone.add(row);
      return ok({ told: "page", ...page(backend, ask.account, ask.page) });
    }
    case "begin":
      if (on !== null) backend.tell({ drill: { ...on, phase: "waiting" } });
      return done();
    case "pause":
      if (on !== null) backend.tell({ drill: { ...on, paused: ask.on } });
      return done();
    case "unlock_keychain":
      if (on !== null) backend.tell({ drill: { ...on, keychainLocked: false } });
      return done();
    case "fact":
      if (on !== null) backend.tell({ drill: { ...on, facts: on.facts.map((fact) => (fact.id === ask.id ? { ...fact, answer: "Yes, since Monday." } : fact)) } });
      return done();
    case "dial":
    case "pick_up":
      if (on !== null) backend.tell({ drill: { ...on, call: { with: "Interactive Brokers, the practice desk", lines: [{ who: "the line", text: "Press 1 for security." }], goesOn: true, queued: false } } });
      return done();
    case "say":
      if (on?.call) backend.tell({ drill: { ...on, call: { ...on.call, lines: [...on.call.lines, { who: "you", text: `pressed ${ask.text}` }], queued: true } } });
      return done();
    case "hang_up":
      if (on?.call) backend.tell({ drill: { ...on, call: { ...on.call, goesOn: false, queued: false } } });
      return done();
  }
}
