// What the fake backend answers about evidence: runs, what a bundle holds and withholds, an export that comes along, bundles to check.
import type { BundleContents, Check, EvidenceAsk, EvidenceTold, ExportChoices, Preview, ProfileRow, RunHead, WithheldRow } from "../../bindings";
import type { Told } from "../../ipc";
import { failed, ok, type FakeBackend } from "../backend";
import { losses, mark, page } from "./acts";
import { collecting, steps } from "./collect";

const SIGNER = "SHA256:Qm7wK1v0yJt4Xr9sZbEoLd2nGhVf8uCpA6iT3eYkfT0";
const DIGEST = "5d41402abc4b2a76b9719d911017c592ae2f1c3f9d7f6c9f2a7be2c0aa10fe41";
const EARLIER = "9f2c41ab77d0e85c0b16f3a952ced1d4c1a2f5b86f0d9e3374a1c5e0b28d6f19";

const head = (run: string, title: string, over: Partial<RunHead> = {}): RunHead => ({
  run,
  mode: "live",
  title,
  collection: false,
  pressedAt: "2026-11-23T13:32:07Z",
  contained: true,
  stillOpen: 0,
  isReset: true,
  lines: 486,
  damage: null,
  ...over,
});

export const runs: RunHead[] = [
  head("2026-11-23T133207Z-contain-everything", "Contain everything"),
  head("2026-11-23T084000Z-leaked-api-key", "An API key leaked, or a bot runs wild", { mode: "practice", pressedAt: "2026-11-23T08:40:00Z", lines: 212 }),
  head("2026-11-20T081500Z-lost-phone", "The phone is lost", { pressedAt: "2026-11-20T08:15:00Z", contained: false, stillOpen: 3, isReset: false, lines: 121 }),
  collection("2026-11-12T190400Z-collection", "2026-11-12T19:04:00Z"),
  head("2026-10-03T001100Z-stolen-session", "A session was stolen", { pressedAt: null, contained: false, mode: null, damage: "Line 40 does not follow from line 39.", lines: 39 }),
];

function collection(run: string, at: string): RunHead {
  return head(run, "Collection", { mode: null, collection: true, pressedAt: at, contained: false, isReset: false, lines: 0 });
}

export const profiles: ProfileRow[] = [
  { id: "own", title: "For my own records", withholds: "Secrets only: keys, cookies, tokens, passwords." },
  { id: "broker", title: "For the broker", withholds: "Secrets, and the account numbers of other venues." },
  { id: "police", title: "For the police or IC3", withholds: "Secrets." },
  { id: "share", title: "For a stranger", withholds: "Secrets, account numbers, addresses, people, and the names of this computer and its user." },
];

export async function answerEvidence(backend: FakeBackend, ask: EvidenceAsk): Promise<Told<EvidenceTold>> {
  const { cases } = backend;
  const done = (words: string, run = ""): Told<EvidenceTold> => ok({ told: "done", words, run });
  const now = backend.now.at;
  switch (ask.ask) {
    case "runs":
      return ok({ told: "runs", runs: [...cases.begun.map((run) => collection(run, now)), ...(backend.now.accounts.length === 0 ? [] : runs)] });
    case "contents":
      return ok({ told: "contents", ...contents(ask.run, ask.profile) });
    case "preview":
      return ok({ told: "preview", ...preview(ask.path) });
    case "export":
      if (ask.target.includes("case.zip") && !ask.replace) return failed(`${ask.target} is there already.`, "The file that is there is as it was.", "Choose another name, or replace it.");
      exporting(backend, ask.run, ask.target, ask.choices);
      return done("The export was begun.", ask.run);
    case "verify":
      return verified(ask.path);
    case "report":
      return done(ask.pdf ? "The report opened as PDF." : "The report opened in your browser.", ask.run);
    case "collect": {
      const run = ask.run ?? `2026-11-24T1205${String(cases.begun.length).padStart(2, "0")}Z-collection`;
      if (ask.run === null) cases.begun.unshift(run);
      collecting(backend, run);
      return done("The collection was begun.", run);
    }
    case "watch":
      backend.tell({ watch: { run: ask.run, steps, places: ["/home/trader/Jts", "/home/trader/Downloads", ...(ask.folder === "" ? [] : [ask.folder])], taken: [], problem: null } });
      return done("Watching.", ask.run);
    case "stop_watch":
      backend.tell({ watch: null });
      return done("The watch has ended.");
    case "case":
      return ok({ told: "case", ...cases.case(ask.run) });
    case "attach": {
      if (ask.path.endsWith(".gone")) return failed(`${ask.path} is not there.`, "Nothing was added.", "Choose it again.");
      const name = ask.path.split(/[\\/]/).at(-1) ?? ask.path;
      cases.change(ask.run, { attachments: [...cases.case(ask.run).attachments, { name, at: now, size: "312 KB", sha256: DIGEST, about: ask.about, dated: ask.dated, step: ask.step }] });
      return done(`${name} was added.`, ask.run);
    }
    case "note":
      cases.change(ask.run, { notes: [...cases.case(ask.run).notes, { at: now, text: ask.text, step: ask.step }] });
      return done("Written down.", ask.run);
    case "contact":
      cases.change(ask.run, { contacts: [...cases.case(ask.run).contacts, { ...ask.contact, at: ask.contact.at === "" ? now : ask.contact.at }] });
      return done("Written down.", ask.run);
    case "state":
      cases.change(ask.run, { statement: ask.text, stated: true });
      return done("The statement was kept.", ask.run);
    case "acts":
      return page(backend, ask.run, ask.choice, ask.from, ask.count);
    case "mark":
      return mark(backend, ask.run, ask.keys, ask.choice, ask.verdict);
    case "losses":
      return ok({ told: "losses", ...losses(backend, ask.run) });
    case "words":
      return ok({ told: "words", words: cases.words });
    case "set_words":
      cases.words = ask.words;
      return done("Kept.");
    case "choose":
      return ok({ told: "chosen", path: chosen[ask.purpose] });
  }
}

const chosen: Record<Extract<EvidenceAsk, { ask: "choose" }>["purpose"], string> = {
  folder: "/home/trader/cases",
  verify: "/home/trader/inbox/from-the-desk.zip",
  attach: "/home/trader/Pictures/screenshot-14-10.png",
  export: "/home/trader/cases/case.zip",
  calendar: "/home/trader/cases/case.zip",
};

function exporting(backend: FakeBackend, run: string, target: string, choices: ExportChoices): void {
  const step = (percent: number, doing: string): void => backend.tell({ export: { run, target, percent, doing, end: null } });
  const notes = [
    ...(choices.timeStamp === "" ? [] : ["No time stamp: the authority did not answer within 10 s. The bundle is whole without it."]),
    ...(choices.volumeMb === null ? [] : [`It was split into 2 volumes of at most ${choices.volumeMb} MB. Send both.`]),
  ];
  step(0, "packing");
  setTimeout(() => step(55, "packing"), 400);
  setTimeout(() => step(90, "reading it again"), 900);
  setTimeout(() => {
    const exported = { at: backend.now.at, file: target.split("/").at(-1) ?? target, sha256: DIGEST, profile: choices.profile };
    backend.cases.change(run, { exported: [...backend.cases.case(run).exported, exported] });
    backend.tell({ export: { run, target, percent: 100, doing: "", end: { end: "done", files: 93, sha256: DIGEST, signer: SIGNER, withheld: 6, notes } } });
  }, 1_400);
}

const row = (path: string, place: string, count: number, reason: string, always = true): WithheldRow => ({ path, place, count, reason, always });

export function contents(run: string, profile = "own"): BundleContents {
  const bare = run.includes("lost-phone") || run.includes("collection");
  const secrets = bare ? [] : [
    row("data/20-captures/00012-ibkr-main-client-portal-tickle.json", "/session and 1 more", 2, "session cookie"),
    row("data/70-host/00004-sockets.json", "/12/url", 1, "web token"),
    row("data/75-broker/00002-ibc.ini", "line 14", 1, "password"),
    row("data/20-captures/00031-kraken-main-spot-keys.json", "/keys/0/key", 2, "API key"),
  ];
  const people = profile === "share" && !bare ? [row("data/20-captures/", "8 files", 31, "account number", false), row("data/70-host/00001-users.json", "/0/name", 4, "name of the user", false)] : [];
  const withheld = [...secrets, ...people];
  return {
    run,
    profile,
    profiles,
    files: [
      { path: "VERIFY.txt", size: "2 KB" },
      { path: "bag-info.txt", size: "1 KB" },
      { path: "manifest-sha256.txt", size: "9 KB" },
      { path: "tagmanifest-sha256.txt", size: "1 KB" },
      { path: "tagmanifest-sha256.txt.sig", size: "1 KB" },
      { path: "data/00-summary.html", size: "148 KB" },
      { path: "data/00-summary.pdf", size: "211 KB" },
      { path: "data/10-timeline.csv", size: "31 KB" },
      { path: "data/11-orders.csv", size: "840 KB" },
      { path: "data/20-captures/", size: "71 files" },
      { path: "data/60-attached/", size: "1 file" },
      { path: "data/65-statements/", size: "1 file" },
      { path: "data/70-host/", size: "17 files" },
      { path: "data/75-broker/", size: "9 files" },
      { path: "data/80-run-journal.jsonl", size: "188 KB" },
      { path: "data/85-case-log.jsonl", size: "12 KB" },
      { path: "data/90-redactions.json", size: "4 KB" },
      { path: "data/runbook.toml", size: "5 KB" },
    ],
    count: 93,
    bytes: "4.1 MB",
    missing: run.includes("lost-phone") ? ["captures/0031-tws-open-orders.bin"] : [],
    leftOut: run.includes("lost-phone") ? [{ path: "journal.lock", why: "Made by the program, no part of the record." }] : [],
    withheld,
    withheldCount: withheld.reduce((sum, one) => sum + one.count, 0),
    opaque: bare ? [] : ["9 TWS logs are encrypted by TWS: nobody but IBKR can look into them."],
    journalLines: run.includes("collection") ? 0 : 486,
    supersedes: run.includes("contain-everything") ? EARLIER : null,
    signer: SIGNER,
    keyKeptIn: "Secret Service",
    target: `/home/trader/${run}.zip`,
    problem: null,
  };
}

function preview(path: string): Preview {
  const text = (words: string): { text: string; withheld: null } => ({ text: words, withheld: null });
  return {
    path,
    lines: [
      { number: 11, parts: [text('{ "session": "'), { text: "", withheld: "session cookie" }, text('",')] },
      { number: 12, parts: [text('  "ssoExpires": 540000, "userId": '), { text: "", withheld: "account number" }, text(" }")] },
      { number: null, parts: [] },
      { number: 40, parts: [text('{ "cookie": "'), { text: "", withheld: "session cookie" }, text('" }')] },
    ],
    more: true,
  };
}

function verified(path: string): Told<EvidenceTold> {
  if (path.endsWith(".txt")) return failed(`${path} is not a bundle.`, "It was not changed.", "Choose the .zip that was exported.");
  const bad = path.includes("bad");
  const half = path.includes("half");
  const check = (title: string, proves: string, outcome: Check["outcome"], seen: string[]): Check => ({ title, proves, outcome, seen });
  return ok({
    told: "verified",
    path,
    asSigned: !bad && !half,
    signer: half ? null : SIGNER,
    checks: [
      check("Files", "Each file is byte for byte the one that was packed.", bad ? "failed" : "passed", bad ? ["data/00-summary.html differs.", "data/60-attached/00002-photo.jpg is missing."] : ["93 of 93 files."]),
      check("Signature", "Whoever holds the key with this fingerprint signed the list of files. It does not say who that is.", half ? "not_possible" : "passed", half ? ["There is no signature."] : ["Ed25519."]),
      check("Time stamp", "The authority saw the list of files before the time that it gives. It does not say when they were made.", "passed", ["FreeTSA, Mon 23 Nov 2026 15:20:11 UTC."]),
      check("Journal", "No line was put in, taken out or changed after it was written.", "passed", ["486 lines, one chain."]),
    ],
  });
}
