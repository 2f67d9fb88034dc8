// How a check is laid out: levers by account in the order of the worst, findings that need doing before the rest.
import type { Audit, AuditVerdict, LeverRow, Readiness, ReadyState } from "../../bindings";
import type { MarkName } from "../../components/marks";

export const stateMark: Record<ReadyState, MarkName> = { dead: "refused", unknown: "unknown", by_you: "needs_you", ready: "verified", proved: "verified" };
export const stateColour: Record<ReadyState, string> = { dead: "c-red", unknown: "c-red", by_you: "c-amber", ready: "c-green", proved: "c-green" };
export const verdictMark: Record<AuditVerdict, MarkName> = { mend: "partial", unknown: "unknown", good: "verified" };
export const verdictColour: Record<AuditVerdict, string> = { mend: "c-amber", unknown: "c-red", good: "c-green" };

/** The rows of each account; an account comes where its worst row came. */
export function byAccount(levers: readonly LeverRow[]): { account: string; rows: LeverRow[] }[] {
  const groups: { account: string; rows: LeverRow[] }[] = [];
  for (const row of levers) {
    const group = groups.find((one) => one.account === row.account);
    if (group) group.rows.push(row);
    else groups.push({ account: row.account, rows: [row] });
  }
  return groups;
}

/** Something to do: a dead lever, or a finding. */
export interface Mend {
  title: string;
  what: string;
  mend: string;
  why: string;
  dead: boolean;
  /** The account to check again; none for what is about this computer. */
  account: string | null;
}

/** What is to be mended, worst first. */
export function mends(told: Readiness, lever: (row: LeverRow) => string): Mend[] {
  const dead = told.levers.filter((row) => row.state === "dead");
  const found = told.findings.filter((finding) => finding.verdict === "mend");
  return [
    ...dead.map((row) => ({ title: lever(row), what: row.seen, mend: row.mend, why: row.why, dead: true, account: row.account })),
    ...found.map((finding) => ({ title: finding.what, what: finding.subject, mend: finding.mend, why: finding.why, dead: false, account: null })),
  ];
}

/** What is shown of findings: what needs doing or is unknown, and how many more are good. */
export function shown(findings: readonly Audit[]): { open: Audit[]; good: Audit[] } {
  const audits = findings.filter((finding) => finding.area !== "person");
  return { open: audits.filter((one) => one.verdict !== "good"), good: audits.filter((one) => one.verdict === "good") };
}
