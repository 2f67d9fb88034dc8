// What the fake backend answers about evidence: three runs, an export that comes along, and three bundles to check.
import type { BundleContents, Check, EvidenceAsk, EvidenceTold, RunHead } from "../../bindings";
import type { Told } from "../../ipc";
import { failed, ok, type FakeBackend } from "../backend";

const SIGNER = "SHA256:Qm7wK1v0yJt4Xr9sZbEoLd2nGhVf8uCpA6iT3eYkfT0";

const head = (run: string, title: string, over: Partial<RunHead> = {}): RunHead => ({
  run,
  mode: "live",
  title,
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
  head("2026-10-03T001100Z-stolen-session", "A session was stolen", { pressedAt: null, contained: false, mode: null, damage: "Line 40 does not follow from line 39.", lines: 39 }),
];

export async function answerEvidence(backend: FakeBackend, ask: EvidenceAsk): Promise<Told<EvidenceTold>> {
  switch (ask.ask) {
    case "runs":
      return ok({ told: "runs", runs: backend.now.accounts.length === 0 ? [] : runs });
    case "contents":
      return ok({ told: "contents", ...contents(ask.run) });
    case "export":
      if (ask.target.includes("case.zip") && !ask.replace) return failed(`${ask.target} is there already.`, "The file that is there is as it was.", "Choose another name, or replace it.");
      exporting(backend, ask.run, ask.target);
      return ok({ told: "done", words: "The export was begun." });
    case "verify":
      return verified(ask.path);
    case "report":
      return ok({ told: "done", words: "The report opened in your browser." });
    case "choose":
      return ok({ told: "chosen", path: ask.purpose === "folder" ? "/home/trader/cases" : ask.purpose === "verify" ? "/home/trader/inbox/from-the-desk.zip" : "/home/trader/cases/case.zip" });
  }
}

function exporting(backend: FakeBackend, run: string, target: string): void {
  const step = (percent: number, doing: string): void => backend.tell({ export: { run, target, percent, doing, end: null } });
  step(0, "packing");
  setTimeout(() => step(55, "packing"), 400);
  setTimeout(() => step(90, "reading it again"), 900);
  setTimeout(
    () => backend.tell({ export: { run, target, percent: 100, doing: "", end: { end: "done", files: 93, sha256: "5d41402abc4b2a76b9719d911017c592ae2f1c3f9d7f6c9f2a7be2c0aa10fe41", signer: SIGNER } } }),
    1_400,
  );
}

export function contents(run: string): BundleContents {
  return {
    run,
    files: [
      { path: "VERIFY.txt", size: "2 KB" },
      { path: "bag-info.txt", size: "1 KB" },
      { path: "manifest-sha256.txt", size: "9 KB" },
      { path: "tagmanifest-sha256.txt", size: "1 KB" },
      { path: "tagmanifest-sha256.txt.sig", size: "1 KB" },
      { path: "data/journal.jsonl", size: "188 KB" },
      { path: "data/report.html", size: "148 KB" },
      { path: "data/runbook.toml", size: "5 KB" },
      { path: "data/captures/", size: "71 files" },
      { path: "data/notes/", size: "4 files" },
    ],
    count: 93,
    bytes: "4.1 MB",
    missing: run.includes("lost-phone") ? ["captures/0031-tws-open-orders.bin"] : [],
    leftOut: run.includes("lost-phone") ? [{ path: "journal.lock", why: "Made by the program, no part of the record." }] : [],
    journalLines: 486,
    signer: SIGNER,
    keyKeptIn: "Secret Service",
    target: `/home/trader/${run}.zip`,
    problem: null,
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
      check("Files", "Each file is byte for byte the one that was packed.", bad ? "failed" : "passed", bad ? ["data/report.html differs.", "data/notes/02.txt is missing."] : ["93 of 93 files."]),
      check("Signature", "Whoever holds the key with this fingerprint signed the list of files. It does not say who that is.", half ? "not_possible" : "passed", half ? ["There is no signature."] : ["Ed25519."]),
      check("Journal", "No line was put in, taken out or changed after it was written.", "passed", ["486 lines, one chain."]),
    ],
  });
}
