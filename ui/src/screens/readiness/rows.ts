// What is known of each account's levers: what was tested, worst account first. Untested is unknown, never ready.
import type { Account, LeverTested, Problem, Tested } from "../../bindings";
import { worstFirst } from "../accounts/worst";

export interface Group {
  account: Account;
  tested: Tested | null;
  problem: Problem | null;
  levers: LeverTested[];
}

const HARM: Record<LeverTested["state"], number> = { dead: 0, unknown: 1, by_you: 3, ready: 4, not_offered: 5 };

export function groups(accounts: readonly Account[], results: Readonly<Record<string, Tested>>, problems: Readonly<Record<string, Problem>>): Group[] {
  const made = accounts.map((account): Group => {
    const tested = results[account.name] ?? null;
    return { account, tested, problem: problems[account.name] ?? null, levers: worstFirst(tested?.levers ?? []) };
  });
  return made.sort((one, other) => harm(one) - harm(other));
}

function harm(group: Group): number {
  if (group.problem !== null) return 1;
  if (group.tested === null) return 2;
  return Math.min(...group.levers.map((lever) => HARM[lever.state]), 5);
}
