// Which screen is shown. Screens are places, not pages: there is no address and no router.

/** The screens, in the order of the navigation and of Ctrl+1 to Ctrl+7. */
export const SCREENS = ["home", "runbooks", "drills", "readiness", "evidence", "accounts", "settings"] as const;
export type Screen = (typeof SCREENS)[number];

/** What a screen may be asked to show first. */
export interface Target {
  /** Evidence: this run. */
  run?: string;
  /** Evidence: this part of it. */
  part?: "bundle" | "case" | "marks" | "verify";
  /** Runbooks: this one, by id. */
  runbook?: string;
  /** Runbooks: its steps to read, one at a time. */
  read?: boolean;
  /** Runbooks: this step of it, by id. */
  step?: string;
  /** Home, in a drill: go to how it ends. */
  end?: boolean;
  /** Drills: what came of this one, by its number. */
  debrief?: string;
  /** Drills: begin this scenario, by id. */
  scenario?: string;
  /** Accounts: begin with adding one. */
  add?: boolean;
  /** Accounts: this one, by name. */
  account?: string;
  /** Board: go to the reset. */
  reset?: boolean;
}

interface Place {
  screen: Screen;
  target: Target;
}

let place = $state.raw<Place>({ screen: "home", target: {} });
let before: Screen = "home";

export const nav = {
  get screen(): Screen {
    return place.screen;
  },
  get target(): Target {
    return place.target;
  },
};

/** Goes to a screen. A new target object each time, so that asking twice is heard twice. */
export function go(screen: Screen, target: Target = {}): void {
  if (screen !== place.screen) before = place.screen;
  place = { screen, target };
}

/** Goes to where the person was before. */
export function back(): void {
  go(before === place.screen ? "home" : before);
}
