// Every word that the window itself says, in English. Words that the program tells are not here.
import { accounts } from "./en/accounts";
import { board } from "./en/board";
import { evidence } from "./en/evidence";
import { firstRun } from "./en/firstRun";
import { frame } from "./en/frame";
import { home } from "./en/home";
import { places } from "./en/places";
import { runbooks } from "./en/runbooks";
import { settings } from "./en/settings";
import { words } from "./en/words";

export const en = {
  ...frame,
  words,
  home,
  board,
  runbooks,
  evidence,
  accounts,
  settings,
  firstRun,
  /** Drills and Readiness, which have their places only. */
  places,
};
