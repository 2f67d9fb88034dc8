// Every word that the window itself says, in English. Words that the program tells are not here.
import { accounts } from "./en/accounts";
import { board } from "./en/board";
import { case_ } from "./en/case";
import { drills } from "./en/drills";
import { evidence } from "./en/evidence";
import { firstRun } from "./en/firstRun";
import { frame } from "./en/frame";
import { home } from "./en/home";
import { marks } from "./en/marks";
import { readiness } from "./en/readiness";
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
  case: case_,
  marks,
  accounts,
  settings,
  firstRun,
  drills,
  readiness,
};
