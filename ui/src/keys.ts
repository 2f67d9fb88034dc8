// The keyboard map of the whole window. Single keys work outside inputs, and can be turned off.
import { tick } from "svelte";
import { backend } from "./ipc";
import { back, go, nav, SCREENS } from "./nav.svelte";
import { app } from "./state.svelte";

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

function toggle(id: string): void {
  const list = document.getElementById(id);
  if (list !== null && typeof list.togglePopover === "function") list.togglePopover();
}

/** Goes to the next card of the board, and opens it. */
export async function nextCard(): Promise<void> {
  if (app.view?.run === null || app.view === null) return;
  go("home");
  await tick();
  const cards = [...document.querySelectorAll<HTMLDetailsElement>("details[data-card]")];
  if (cards.length === 0) return;
  const at = cards.findIndex((card) => card.contains(document.activeElement));
  openCard(cards[(at + 1) % cards.length]);
}

/** Goes to a card by its number, and opens it. */
export function goToCard(number: number): void {
  openCard(document.querySelector<HTMLDetailsElement>(`details[data-card="${number}"]`) ?? undefined);
}

function openCard(card: HTMLDetailsElement | undefined): void {
  const summary = card?.querySelector("summary");
  if (card === undefined || !summary) return;
  if (!card.open) summary.click();
  summary.focus();
  card.scrollIntoView({ block: "nearest" });
}

function cover(open: boolean): void {
  const view = app.view;
  if (view === null || view.run !== null || nav.screen !== "home" || view.drill?.windowDead === true) return;
  void backend().cover(open);
}

function escape(event: KeyboardEvent): void {
  if (document.querySelector("[popover]:popover-open, dialog[open]") !== null) return;
  if (app.view?.coverOpen === true && app.view.run === null) {
    event.preventDefault();
    void backend().cover(false);
  } else if (nav.screen !== "home" && !typing(event.target)) {
    back();
  }
}

function withModifier(event: KeyboardEvent): void {
  const screen = SCREENS[Number(event.key) - 1];
  if (screen !== undefined) {
    event.preventDefault();
    go(screen);
  } else if (event.key.toLowerCase() === "e") {
    event.preventDefault();
    const run = app.view?.run?.run;
    go("evidence", run === undefined ? {} : { run });
  }
}

function single(key: string): boolean {
  switch (key.toLowerCase()) {
    case "c":
      cover(app.view?.coverOpen !== true);
      return true;
    case "n":
      void nextCard();
      return true;
    case "p":
      toggle("phones");
      return true;
    case "?":
      toggle("keys");
      return true;
    default:
      return false;
  }
}

/** What a key does anywhere in the window. Ctrl+. belongs to the runbook editor. */
export function onkeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") {
    escape(event);
  } else if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    withModifier(event);
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat && !typing(event.target)) {
    if ((app.view?.settings.singleKeys ?? true) && single(event.key)) event.preventDefault();
  }
}
