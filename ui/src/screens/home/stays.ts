// What a press leaves: each remainder once, with the accounts that it is true of.
import type { Account } from "../../bindings";

export interface Stay {
  key: string;
  lever: string;
  left: string;
  accounts: string[];
}

/** In the order of the levers, as the first account that has each tells it. */
export function staying(accounts: readonly Account[]): Stay[] {
  const stays = new Map<string, Stay>();
  for (const account of accounts) {
    for (const { lever, left } of account.reach) {
      if (left === null || left.trim() === "") continue;
      const key = `${lever} ${left}`;
      const known = stays.get(key);
      if (known) known.accounts.push(account.name);
      else stays.set(key, { key, lever, left, accounts: [account.name] });
    }
  }
  return [...stays.values()];
}
