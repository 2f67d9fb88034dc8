// What the fake backend answers about readiness: one check, with something of every kind in it.
import type { Audit, LeverRow, PersonQuestion, Readiness, ReadinessAsk, ReadinessTold, TrialOrder } from "../../bindings";
import type { Told } from "../../ipc";
import { failed, ok, type FakeBackend } from "../backend";
import { AT } from "../parts";

const lever = (account: string, id: string, state: LeverRow["state"], seen: string, reach: string, over: Partial<LeverRow> = {}): LeverRow => ({
  account,
  lever: id,
  state,
  seen,
  reach,
  why: "",
  mend: "",
  checkedAt: AT,
  provedAt: null,
  ...over,
});

const audit = (id: string, area: Audit["area"], verdict: Audit["verdict"], subject: string, what: string, over: Partial<Audit> = {}): Audit => ({
  id,
  area,
  subject,
  verdict,
  severity: "medium",
  what,
  why: "It makes an incident longer.",
  mend: verdict === "good" ? "" : "Turn it off in its settings.",
  how: "Read from /proc/net/tcp.",
  ...over,
});

const question = (id: string, ask: string, over: Partial<PersonQuestion> = {}): PersonQuestion => ({
  id,
  ask,
  format: "count",
  choices: [],
  hint: "a number",
  why: "A device that an intruder added outlives a new password.",
  mend: "Remove them on that page.",
  answer: null,
  answeredAt: null,
  verdict: "unknown",
  ...over,
});

export const checked: Readiness = {
  at: AT,
  headline: "1 lever is dead",
  changed: "Since the last check: IBKR bot, Cancel orders: ready before, dead now, and 1 more change",
  changes: ["IBKR bot, Cancel orders: ready before, dead now", "new: Kraken key: may withdraw"],
  levers: [
    lever("IBKR bot", "cancel_orders", "dead", "Read-Only API is on. A cancel gets error 321.", "none", {
      why: "While it is on, Firebreak cannot cancel.",
      mend: "In IB Gateway: Configure, Settings, API, Settings. Clear “Read-Only API”, then Apply.",
    }),
    lever("Kraken", "revoke_key", "unknown", "Page not opened since then.", "by you", { checkedAt: "2026-10-12T09:00:00Z" }),
    lever("IBKR bot", "revoke_key", "by_you", "Page opens. A token lives on, up to 24 h.", "partial"),
    lever("IBKR bot", "stop_automation", "ready", "2 processes found and may be ended.", "full"),
    lever("IBKR main", "cancel_orders", "proved", "Read-Only API is off.", "full", { provedAt: "2026-11-20T09:00:00Z" }),
  ],
  findings: [
    audit("key-may-withdraw", "privilege", "mend", "Kraken, spot key ••k9", "The key may withdraw.", { severity: "critical", mend: "Make one that may query and cancel orders, and no more." }),
    audit("api-port-open-to-network", "platform", "mend", "java, port 7496", "It listens on every address.", { severity: "high" }),
    audit("disk-encryption", "host", "unknown", "this computer", "Whether the disk is encrypted could not be told."),
    audit("remote-control", "host", "good", "this computer", "No remote-control tool was found."),
  ],
  questions: [
    question("second-factor-strangers", "How many devices does that page list that are not in your hands?"),
    question("second-factor", "What does that page name as second factor?", { format: "choice", choices: ["app", "hardware key", "sms", "none"], hint: "app, hardware key, sms, none", answer: "app", answeredAt: "2026-11-01T09:00:00Z", verdict: "good" }),
  ],
  trouble: [],
};

export const orders: TrialOrder[] = [
  { key: "1041", words: "AAPL buy 1 LMT at 12.00", refused: null },
  { key: "1042", words: "AAPL sell 200 STP stop 182.50", refused: "It may protect a position." },
];

export function answerReadiness(backend: FakeBackend, ask: ReadinessAsk): Told<ReadinessTold> {
  switch (ask.ask) {
    case "kept":
      if (backend.now.readiness !== null) return ok({ told: "checked", ...checked });
      return ok({ told: "checked", ...checked, headline: "Never checked", changed: "Nothing to compare yet", changes: [], levers: [], findings: [] });
    case "check":
      return ok({ told: "checked", ...checked });
    case "answer": {
      if (ask.value === "many") return failed("That is no answer to this question.", "Nothing was kept.", "Answer with a number.");
      const questions = checked.questions.map((one) => (one.id === ask.question ? { ...one, answer: ask.value, answeredAt: AT, verdict: "good" as const } : one));
      return ok({ told: "checked", ...checked, questions });
    }
    case "prove": {
      const money = ask.account === "IBKR main" ? "real" : "test";
      if (ask.order === null) return ok({ told: "trial", account: ask.account, money, orders, proved: [] });
      if (money === "real" && !ask.live) return failed("Real money is behind IBKR main.", "No order was cancelled.", "Say that it is meant this time.");
      return ok({ told: "trial", account: ask.account, money, orders, proved: ["Cancelled through tws: accepted", "Gone, read through client-portal: 1 order listed"] });
    }
  }
}
