// Runbooks that are only a draft: kept, and never yet saved for use.
import type { Choice } from "../../bindings";

/** Whether there is no saved text of it at all, so that nothing can be pressed. */
export const isDraftOnly = (choice: Choice): boolean => choice.broken !== null && choice.title.trim() === "";

/** What it is called: a draft that cannot be read has no title yet. */
export const called = (choice: Choice): string => (choice.title.trim() === "" ? choice.runbook : choice.title);
