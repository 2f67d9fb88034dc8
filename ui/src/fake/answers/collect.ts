// A collection of a computer's traces, played: each collector in its order, and how it ended.
import type { CollectorRow } from "../../bindings";
import type { FakeBackend } from "../backend";

const row = (title: string, state: CollectorRow["state"], words: string): CollectorRow => ({ title, state, words });

/** How it ends: 14 read, 2 not on this computer, 1 access denied. */
export const collectors: CollectorRow[] = [
  row("Clock", "collected", "12 ms behind"),
  row("Logged-in users", "collected", "2 sessions"),
  row("Processes", "collected", "312 processes"),
  row("Connections", "collected", "88 sockets"),
  row("Remote control", "collected", "AnyDesk runs"),
  row("Started by itself", "collected", "41 entries"),
  row("Browser extensions", "collected", "19 extensions in 4 profiles"),
  row("Cookies of the broker's sites", "collected", "names hashed, no value read"),
  row("Proxy, hosts and DNS", "collected", "as shipped"),
  row("Root certificates", "collected", "none was added"),
  row("Recent downloads", "collected", "63 files"),
  row("System and patches", "collected", "patched 2 days ago"),
  row("Disk encryption", "collected", "LUKS"),
  row("Login history", "lacking", "access denied to /var/log/btmp"),
  row("TWS logs", "collected", "9 files, encrypted by TWS"),
  row("Client Portal gateway", "not_here", "no folder of it"),
  row("IBC", "not_here", "no configuration of it"),
];

export function collecting(backend: FakeBackend, run: string): void {
  const step = (done: number): void =>
    backend.tell({
      collecting: {
        run,
        rows: collectors.map((one, index) => (index < done ? one : { title: one.title, state: index === done ? "reading" : "waiting", words: "" })),
        ended: done >= collectors.length,
        problem: null,
      },
    });
  step(0);
  for (let done = 1; done <= collectors.length; done += 1) setTimeout(() => step(done), done * 150);
}

export const steps = [
  "TWS: Help, then Diagnostics, then API logs. Choose the day, then Export logs.",
  "IB Gateway: File, then Gateway logs. Choose the day, then Export logs.",
];
