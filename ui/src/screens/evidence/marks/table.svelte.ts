// The acts of a run in pages, as they are looked at; what is selected; marking, and taking the last mark back.
import type { ActChoice, ActFacets, ActRow, ActVerdict, EvidenceTold, Losses, Problem } from "../../../bindings";
import { say } from "../../../components/Live.svelte";
import { backend } from "../../../ipc";
import { texts } from "../../../texts";

/** How many rows are asked for at once. */
export const PAGE = 200;
/** As many as one answer holds. */
const MOST = 500;
/** Of more rows than these the marks before are not remembered. */
const UNDO = 50_000;

const t = texts.marks;

export const everything = (): ActChoice => ({ account: "", kind: "", clientId: "", submitter: "", session: "", ip: "", marked: "", since: "", until: "", text: "" });

interface Counts {
  total: number;
  matching: number;
  mine: number;
  notMine: number;
  notSure: number;
}

/** Marks as they were. */
interface Before {
  verdict: ActVerdict | null;
  keys: string[];
}

const NO_FACETS: ActFacets = { accounts: [], clientIds: [], submitters: [], sessions: [], ips: [] };

class Table {
  run: string | null = $state(null);
  choice: ActChoice = $state.raw(everything());
  /** None before the first answer. */
  counts: Counts | null = $state.raw(null);
  facets: ActFacets = $state.raw(NO_FACETS);
  notes: string[] = $state.raw([]);
  losses: Losses | null = $state.raw(null);
  /** The row that the keys act on, counted from 0. */
  active = $state(0);
  /** Rows by key, as they were when they were selected. */
  selection: ReadonlyMap<string, ActRow> = $state.raw(new Map());
  /** Whether all rows of the filter are selected, those not read included. */
  whole = $state(false);
  /** Why rows could not be read. */
  problem: Problem | null = $state.raw(null);
  /** Why the last mark was not made, or the losses not told. */
  markProblem: Problem | null = $state.raw(null);
  lossProblem: Problem | null = $state.raw(null);
  marking = $state(false);
  undo: Before[] | null = $state.raw(null);
  /** What came of the last mark. */
  words = $state("");
  /** Grows when the rows are other ones: the table goes to its top. */
  turn = $state(0);

  #rows = new Map<number, ActRow>();
  #version = $state(0);
  /** Which pages are as they are now. */
  #fresh = new Set<number>();
  #generation = 0;
  #wanted: [number, number] = [0, 0];
  #pumping = false;
  #anchor = 0;

  get matching(): number {
    return this.counts?.matching ?? 0;
  }

  get unmarked(): number {
    const { counts } = this;
    return counts === null ? 0 : counts.total - counts.mine - counts.notMine - counts.notSure;
  }

  get selected(): number {
    return this.whole ? this.matching : this.selection.size;
  }

  /** How many filters narrow the rows. */
  get narrowed(): number {
    return Object.values(this.choice).filter((value) => value !== "").length;
  }

  row(index: number): ActRow | undefined {
    void this.#version;
    return this.#rows.get(index);
  }

  isSelected(row: ActRow | undefined): boolean {
    return this.whole || (row !== undefined && this.selection.has(row.key));
  }

  /** Looks at a run: anew when it is another one, else again. */
  async look(run: string): Promise<void> {
    if (run !== this.run) {
      this.run = run;
      this.choice = everything();
      this.counts = null;
      this.losses = null;
      this.undo = null;
      this.words = "";
      this.markProblem = null;
      this.facets = NO_FACETS;
      this.#anew();
    } else {
      this.#stale();
    }
    await Promise.all([this.#pump(), this.#cost()]);
  }

  /** Chooses other rows. */
  async narrow(over: Partial<ActChoice>): Promise<void> {
    this.choice = { ...this.choice, ...over };
    this.#anew();
    await this.#pump();
  }

  /** Says which rows are in sight; those that are missing are asked for. */
  async show(first: number, last: number): Promise<void> {
    this.#wanted = [first, last];
    await this.#pump();
  }

  /** Goes to a row; `extend` selects up to it from where the selection began. */
  async go(index: number, extend: boolean): Promise<void> {
    if (this.matching === 0) return;
    this.active = Math.min(Math.max(index, 0), this.matching - 1);
    if (extend) await this.#selectRange();
    else this.#anchor = this.active;
  }

  /** Selects one row alone. */
  pick(index: number): void {
    const row = this.#rows.get(index);
    this.active = index;
    this.#anchor = index;
    this.whole = false;
    this.selection = new Map(row === undefined ? [] : [[row.key, row]]);
  }

  /** Takes a row into the selection, or out of it. */
  async toggle(index: number): Promise<void> {
    const row = this.#rows.get(index);
    this.active = index;
    this.#anchor = index;
    if (row === undefined) return;
    if (this.whole) {
      const rows = await this.#read(0, this.matching);
      if (rows === null) return;
      this.selection = new Map(rows.map((one) => [one.key, one]));
      this.whole = false;
    }
    const next = new Map(this.selection);
    if (!next.delete(row.key)) next.set(row.key, row);
    this.selection = next;
  }

  selectAll(): void {
    this.selection = new Map();
    this.whole = this.matching > 0;
  }

  selectNone(): void {
    this.selection = new Map();
    this.whole = false;
  }

  /** Marks what is selected, or the row that the keys act on. None takes the marks back. */
  async mark(verdict: ActVerdict | null): Promise<void> {
    await this.#marking(async () => {
      const rows = await this.#chosen();
      if (rows === null) return;
      const { whole } = this;
      const count = whole ? this.matching : rows.length;
      if (!(await this.#ask(whole ? [] : rows.map((row) => row.key), verdict))) return;
      this.#marked(verdict === null ? t.takenBack(count) : t.marked(count, t.verdict[verdict]), before(rows.filter((row) => row.verdict !== verdict)));
      if (whole && count > rows.length) {
        this.undo = null;
        this.words = `${this.words} ${t.noUndo}`;
      }
    });
  }

  /** Marks each of what is selected as it is suggested; those without a suggestion stay. */
  async markAsSuggested(only?: ActRow): Promise<void> {
    await this.#marking(async () => {
      const rows = (only === undefined ? await this.#chosen(true) : [only])?.filter((row) => row.suggested !== null && row.suggested !== row.verdict);
      if (rows === undefined) return;
      if (rows.length === 0) {
        this.words = t.noneSuggested;
        say(this.words);
        return;
      }
      const done: ActRow[] = [];
      for (const [verdict, some] of grouped(rows, (row) => row.suggested)) {
        if (!(await this.#ask(some.map((row) => row.key), verdict))) break;
        done.push(...some);
      }
      if (done.length > 0) this.#marked(t.markedSuggested(done.length), before(done));
    });
  }

  /** Makes the marks as they were before the last. */
  async undoLast(): Promise<void> {
    const { undo } = this;
    if (undo === null) return;
    await this.#marking(async () => {
      let left = undo;
      while (left[0] !== undefined) {
        const [first, ...rest] = left;
        if (!(await this.#ask(first.keys, first.verdict))) break;
        left = rest;
      }
      const undone = undo.filter((one) => !left.includes(one)).reduce((sum, one) => sum + one.keys.length, 0);
      if (undone > 0) this.#marked(t.undone(undone), left);
    });
  }

  /** One at a time: what is selected must not change under it. */
  async #marking(mark: () => Promise<void>): Promise<void> {
    if (this.marking || this.run === null) return;
    this.marking = true;
    this.markProblem = null;
    this.words = "";
    try {
      await mark();
    } finally {
      this.marking = false;
    }
  }

  #marked(words: string, undo: Before[]): void {
    this.words = words;
    this.undo = undo.length === 0 ? null : undo;
    this.selectNone();
    say(words);
    this.#stale();
    void this.#pump();
    void this.#cost();
  }

  async #ask(keys: string[], verdict: ActVerdict | null): Promise<boolean> {
    const { run, choice } = this;
    // no key means all rows of the choice: only where that is what is selected
    if (run === null || (keys.length === 0 && !this.whole)) return false;
    const answer = await backend().evidence({ ask: "mark", run, keys, choice, verdict });
    this.markProblem = answer.status === "error" ? answer.error : null;
    return answer.status === "ok";
  }

  /** The rows that are meant. Where all of the filter are and too many to be read, none, unless each is needed. */
  async #chosen(each = false): Promise<ActRow[] | null> {
    if (this.whole) return each || this.matching <= UNDO ? this.#read(0, this.matching) : [];
    if (this.selection.size > 0) return [...this.selection.values()];
    const row = this.#rows.get(this.active);
    return row === undefined ? null : [row];
  }

  async #selectRange(): Promise<void> {
    const first = Math.min(this.#anchor, this.active);
    const last = Math.max(this.#anchor, this.active);
    const generation = this.#generation;
    const rows = await this.#read(first, last + 1);
    // the hand may have gone on
    if (rows === null || generation !== this.#generation || Math.min(this.#anchor, this.active) !== first || Math.max(this.#anchor, this.active) !== last) return;
    this.whole = false;
    this.selection = new Map(rows.map((row) => [row.key, row]));
  }

  /** Rows from one to before another: those at hand, else asked for. */
  async #read(from: number, to: number): Promise<ActRow[] | null> {
    const here = Array.from({ length: to - from }, (_, index) => this.#rows.get(from + index));
    if (here.every((row) => row !== undefined)) return here;
    const rows: ActRow[] = [];
    while (from + rows.length < to) {
      const told = await this.#acts(from + rows.length, Math.min(MOST, to - from - rows.length));
      if (told === null) return null;
      if (told.rows.length === 0) break;
      rows.push(...told.rows);
    }
    return rows;
  }

  /** Other rows: nothing of the old is shown. */
  #anew(): void {
    this.#rows = new Map();
    this.active = 0;
    this.#anchor = 0;
    this.#wanted = [0, 0];
    this.selectNone();
    this.#stale();
    this.#version += 1;
    this.turn += 1;
  }

  /** The rows are asked for again; until then they are shown as they were. */
  #stale(): void {
    this.#generation += 1;
    this.#fresh = new Set();
    this.problem = null;
  }

  #missing(): number | null {
    const [first, last] = this.#wanted;
    const end = this.counts === null || this.#fresh.size === 0 ? Math.max(last, 1) : Math.min(last, this.matching);
    for (let page = Math.floor(first / PAGE); page * PAGE < end; page += 1) {
      if (!this.#fresh.has(page)) return page;
    }
    return null;
  }

  /** Asks for one page after the other, always for what is in sight by then. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    for (let page = this.#missing(); page !== null && this.problem === null; page = this.#missing()) {
      const generation = this.#generation;
      const told = await this.#acts(page * PAGE, PAGE);
      if (generation !== this.#generation) continue;
      if (told === null) break;
      this.#fresh.add(page);
      this.#take(told);
    }
    this.#pumping = false;
  }

  #take(told: Extract<EvidenceTold, { told: "acts" }>): void {
    const { total, matching, mine, notMine, notSure } = told;
    this.counts = { total, matching, mine, notMine, notSure };
    this.facets = told.facets;
    this.notes = told.notes;
    told.rows.forEach((row, index) => this.#rows.set(told.from + index, row));
    for (const index of this.#rows.keys()) if (index >= matching) this.#rows.delete(index);
    this.active = Math.min(this.active, Math.max(0, matching - 1));
    this.#version += 1;
  }

  async #acts(from: number, count: number): Promise<Extract<EvidenceTold, { told: "acts" }> | null> {
    const { run, choice } = this;
    if (run === null) return null;
    const generation = this.#generation;
    const answer = await backend().evidence({ ask: "acts", run, choice, from, count });
    if (answer.status === "ok") return answer.data.told === "acts" ? answer.data : null;
    if (generation === this.#generation) this.problem = answer.error;
    return null;
  }

  async #cost(): Promise<void> {
    const { run } = this;
    if (run === null) return;
    const answer = await backend().evidence({ ask: "losses", run });
    if (run !== this.run) return;
    this.lossProblem = answer.status === "error" ? answer.error : null;
    if (answer.status === "ok" && answer.data.told === "losses") this.losses = answer.data;
  }
}

function grouped<K>(rows: ActRow[], key: (row: ActRow) => K): Map<K, ActRow[]> {
  const groups = new Map<K, ActRow[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}

/** What brings the marks of these rows back. */
const before = (rows: ActRow[]): Before[] => [...grouped(rows, (row) => row.verdict)].map(([verdict, some]) => ({ verdict, keys: some.map((row) => row.key) }));

export const held = { table: new Table() };

/** Tests only. */
export function forgetMarks(): void {
  held.table = new Table();
}
