// What the fake holds of cases: what was collected, added and marked. It lives as long as the backend.
import type { ActVerdict, CaseView, WordsRow } from "../../bindings";

const SKELETON = `My name is …, and account … at … is mine.

On … at … (local time) I noticed …

I did not place, allow or know of the orders, transfers and logins that are marked "not mine" in this pack.

I have not given my password, a code or a key to anybody.

Signed, …`;

const empty = (run: string): CaseView => ({
  run,
  steps: ["Cancel every open order", "Revoke the API keys", "Call the broker's security desk"],
  collected: [],
  sightings: [],
  attachments: [],
  notes: [],
  contacts: [],
  statement: SKELETON,
  stated: false,
  exported: [],
  damage: null,
});

/** As a case looks on the day after. */
const full = (run: string): CaseView => ({
  ...empty(run),
  collected: [
    { title: "Clock", at: "2026-11-23T13:41:02Z", outcome: "read", lacking: false, files: 1 },
    { title: "Processes", at: "2026-11-23T13:41:03Z", outcome: "read: 312 processes", lacking: false, files: 1 },
    { title: "Browser extensions", at: "2026-11-23T13:41:05Z", outcome: "read: 4 profiles, 19 extensions", lacking: false, files: 4 },
    { title: "Login history", at: "2026-11-23T13:41:09Z", outcome: "not collected: access denied to /var/log/btmp", lacking: true, files: 1 },
  ],
  sightings: [
    { what: "AnyDesk runs since 11:58", why: "Whoever is connected sees the screen and moves the mouse.", place: "/usr/bin/anydesk, process 4211", notable: true },
    { what: "An extension may read every page: “Coupon Finder”", why: "It was installed 3 days ago, from outside the store.", place: "Chrome, profile Default", notable: true },
    { what: "A user unit starts at login: helper.service", why: "It starts a program in the home folder.", place: "~/.config/systemd/user/helper.service", notable: false },
  ],
  attachments: [
    { name: "order-confirmation.png", at: "2026-11-23T14:02:00Z", size: "312 KB", sha256: "5d41402abc4b2a76b9719d911017c592ae2f1c3f9d7f6c9f2a7be2c0aa10fe41", about: "The push message of an order that I did not place", dated: "23 November, about 14:10", step: "Cancel every open order" },
  ],
  notes: [{ at: "2026-11-23T13:52:00Z", text: "The mouse moved by itself before I pressed.", step: "" }],
  contacts: [{ who: "IBKR security desk, “Maria”", at: "2026-11-23T13:49:00Z", by: "phone", number: "1-877-442-2757", reference: "T-4418822", said: "Login locked. They want the list of orders by mail." }],
  exported: [{ at: "2026-11-23T15:20:00Z", file: "contain-everything-1.zip", sha256: "9f2c41ab77d0e85c0b16f3a952ced1d4c1a2f5b86f0d9e3374a1c5e0b28d6f19", profile: "own" }],
});

export class Cases {
  readonly #cases = new Map<string, CaseView>();
  readonly #marks = new Map<string, Map<string, ActVerdict>>();
  words: WordsRow[] = [{ class: "home_address", text: "12 Harbour Lane" }];
  /** Collections that were begun, latest first. */
  begun: string[] = [];

  case(run: string): CaseView {
    const held = this.#cases.get(run) ?? (run.includes("contain-everything") ? full(run) : empty(run));
    this.#cases.set(run, held);
    return held;
  }

  change(run: string, over: Partial<CaseView>): void {
    this.#cases.set(run, { ...this.case(run), ...over });
  }

  marks(run: string): Map<string, ActVerdict> {
    const held = this.#marks.get(run) ?? new Map<string, ActVerdict>();
    this.#marks.set(run, held);
    return held;
  }
}
