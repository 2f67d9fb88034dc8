// What the fake backend answers about accounts: a few checks of what was typed, and one gateway's certificate.
import type { AccountAsk, AccountDraft, AccountTold, FieldProblem, KeyDraft, LeverTested, Tested } from "../../bindings";
import type { Told } from "../../ipc";
import { failed, ok, type FakeBackend } from "../backend";
import { account, door } from "../parts";
import { venues } from "./venues";

export const CERTIFICATE = "3b7e9f21c04d58aa16e2b9905f7c34d18e6a0b52f1c7d98345ab60ef12d7c9b8";

/** A key of this beginning can withdraw. */
export const WITHDRAWS = "withdraws";
const INSISTENCE = "this key can withdraw and I accept it";

export async function answerAccount(backend: FakeBackend, ask: AccountAsk): Promise<Told<AccountTold>> {
  switch (ask.ask) {
    case "venues":
      return ok({ told: "venues", venues });
    case "check":
      return ok({ told: "checked", problems: problems(backend, ask.draft), warnings: warnings(ask.draft) });
    case "add": {
      if (problems(backend, ask.draft).length > 0) return failed("The account cannot be added yet.");
      const wrong = keyProblems(ask.draft, ask.keys);
      if (wrong.length > 0) return ok({ told: "checked", problems: wrong, warnings: [] });
      if (ask.insistence !== "" && ask.insistence !== INSISTENCE) return failed("Those are not the words that accept a key that can withdraw.", "Nothing was put into the keychain.", `Type exactly: ${INSISTENCE}`);
      if (ask.keys.some((one) => one.key.startsWith(WITHDRAWS)) && ask.insistence !== INSISTENCE) {
        const problem = { what: "The key of the spot door may withdraw.", untouched: "The accounts are as they were, and the keychain keeps no key of this one.", next: `Make a key without that right; or, if it has to be this one, accept it in these words: ${INSISTENCE}` };
        return ok({ told: "may_withdraw", problem, insistence: INSISTENCE });
      }
      const made = account(ask.draft.name.trim(), {
        armed: false,
        wanted: false,
        whyNot: "Nobody asked for it.",
        maskedId: null,
        testedAt: null,
        venue: ask.draft.venue,
        entity: ask.draft.entity || null,
        doors: ask.draft.doors.map((one) => door(one.kind, { environment: moneyAt(one.kind, one.address), address: one.address, state: "not_opened", words: "Nobody asked for it." })),
      });
      backend.tell({ accounts: [...backend.now.accounts, made] });
      return ok({ told: "done", words: `${made.name} was added.`, warnings: warnings(ask.draft) });
    }
    case "test":
      return ok({ told: "tested", ...testedAt(backend, ask.name) });
    case "remove": {
      const removed = backend.now.accounts.find((one) => one.name === ask.name);
      backend.tell({ accounts: backend.now.accounts.filter((one) => one.name !== ask.name) });
      return ok({ told: "done", words: `${ask.name} was removed.`, warnings: removed?.doors.some((one) => one.environment !== null) === true ? ["Its keys still work at the venue. Delete them there."] : [] });
    }
    case "certificate":
      if (!ask.address.startsWith("https://")) return failed(`Nothing at “${ask.address}” shows a certificate.`, "Nothing was pinned.", "Begin the address with https://.");
      return ok({ told: "certificate", sha256: CERTIFICATE });
    case "keychain":
      return ok({ told: "keychain", name: "Secret Service", signer: "SHA256:Qm7wK1v0yJt4Xr9sZbEoLd2nGhVf8uCpA6iT3eYkfT0", problem: null });
  }
}

const wordsOf = (kind: string) => venues.flatMap((one) => one.doors).find((one) => one.kind === kind);

function moneyAt(kind: string, address: string) {
  const words = wordsOf(kind);
  return words === undefined ? null : (words.addresses.find((one) => one.address === address)?.environment ?? "simulated");
}

function keyProblems(draft: AccountDraft, keys: KeyDraft[]): FieldProblem[] {
  return draft.doors.flatMap((one, index) => {
    const words = wordsOf(one.kind);
    const typed = keys.find((key) => key.kind === one.kind);
    if (words === undefined) return [];
    const next = "Copy it whole from the page where the key was made.";
    if (typed === undefined || typed.key === "") return [{ field: `doors.${index}.key`, what: `The ${words.key} of the ${one.kind} door is empty.`, next }];
    if (typed.secret === "" || typed.secret.includes(" ")) return [{ field: `doors.${index}.secret`, what: `The ${words.secret} of the ${one.kind} door holds a blank or is empty.`, next }];
    return [];
  });
}

function problems(backend: FakeBackend, draft: AccountDraft): FieldProblem[] {
  const found: FieldProblem[] = [];
  if (draft.doors.length === 0) found.push({ field: "doors", what: "No door is chosen.", next: "Choose at least one." });
  for (const [index, one] of draft.doors.entries()) {
    const field = `doors.${index}.address`;
    if (one.address === "") found.push({ field, what: "The address is missing.", next: "Write it like 127.0.0.1:7496." });
    else if (wordsOf(one.kind)?.addresses.some((own) => own.address === one.address) === true) continue;
    else if (!/:\d+$/.test(one.address)) found.push({ field, what: `“${one.address}” has no port.`, next: "Write it like 127.0.0.1:7496." });
    else if (!one.address.includes("127.0.0.1") && !one.allowRemote) found.push({ field: `doors.${index}.allowRemote`, what: "It is not on this computer.", next: "Accept what that means, or use an address here." });
    if (one.clientId !== "" && !/^\d+$/.test(one.clientId)) found.push({ field: `doors.${index}.clientId`, what: `“${one.clientId}” is not a number.`, next: "Give a whole number, or leave it empty." });
  }
  const name = draft.name.trim().toLowerCase();
  if (name === "") found.push({ field: "name", what: "The nickname is missing.", next: "Give a name that you know at once." });
  else if (backend.now.accounts.some((one) => one.name.toLowerCase() === name)) found.push({ field: "name", what: `There is already an account named ${draft.name.trim()}.`, next: "Choose another name." });
  return found;
}

function warnings(draft: AccountDraft): string[] {
  const portal = draft.doors.find((one) => one.kind === "client-portal");
  return portal !== undefined && portal.pin === "" ? ["The Client Portal door has no certificate pinned. The first connection would trust whatever answers."] : [];
}

/** A test of an account at an exchange names its own doors, and the card for its keys. */
function testedAt(backend: FakeBackend, name: string): Tested {
  const broker = tested(name);
  const doors = backend.now.accounts.find((one) => one.name === name)?.doors.filter((one) => one.environment !== null) ?? [];
  if (doors.length === 0) return broker;
  return {
    ...broker,
    doors: doors.map((one) => ({ kind: one.kind, reached: true, words: "The key works.", next: "", warnings: one.warnings, tookMs: 180 })),
    levers: broker.levers.map((one) => {
      if (one.lever === "revoke_key") return { ...one, far: "by_you", state: "by_you", seen: "your card: Delete the API keys" };
      return one.lever === "cancel_orders" ? { ...one, far: "full", state: "ready", seen: "0 open orders, 3 families." } : one;
    }),
  };
}

export function tested(name: string): Tested {
  const lever = (id: string, far: LeverTested["far"], state: LeverTested["state"], seen: string, left: string | null = null): LeverTested => ({ lever: id, far, left, state, seen });
  const bot = name.includes("bot");
  return {
    name,
    at: "2026-11-23T13:20:00Z",
    doors: [
      { kind: "tws", reached: true, words: "TWS 10.45, server version 226.", next: "", warnings: [], tookMs: 212 },
      bot
        ? { kind: "client-portal", reached: false, words: "The gateway answers, and nobody is logged in.", next: "Log in at the gateway's page.", warnings: [], tookMs: 1_804 }
        : { kind: "client-portal", reached: true, words: "Logged in. The brokerage session is ours.", next: "", warnings: [], tookMs: 340 },
    ],
    levers: [
      lever("capture", "full", "ready", "7 reads, 0.8 s."),
      bot ? lever("cancel_orders", "full", "dead", "Read-Only API is on. A cancel gets error 321.") : lever("cancel_orders", "full", "ready", "Read-Only API is off."),
      lever("block_trading", "by_you", "by_you", "No lever. The card has the number to call."),
      lever("revoke_key", "not_offered", "not_offered", "These doors have no key."),
      lever("end_sessions", "partial", "by_you", "The page is on the card.", "other platforms stay logged in"),
      lever("stop_automation", "full", "ready", "2 processes found, and may be ended."),
      ...(bot ? [lever("audit", "partial", "unknown", "The gateway was not reached.")] : [lever("audit", "partial", "ready", "Settings read.", "user rights are not shown")]),
    ],
  };
}
