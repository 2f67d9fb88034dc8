// What the tests of the screens share: a fresh window, native dialogs that jsdom lacks, and what a hand does.
import { fireEvent } from "@testing-library/svelte";
import { beforeEach } from "vitest";
import { forgetWizard } from "../screens/accounts/draft.svelte";
import { forgetTests } from "../screens/accounts/tests.svelte";
import { forgetDrills } from "../screens/drills/shelf.svelte";
import { forgetPlay } from "../screens/drills/play.svelte";
import { forgetCase } from "../screens/evidence/case/desk.svelte";
import { forgetDrop } from "../screens/evidence/drop.svelte";
import { forgetMarks } from "../screens/evidence/marks/table.svelte";
import { forgetShelf } from "../screens/evidence/shelf.svelte";
import { forgetWay } from "../screens/firstrun/way.svelte";
import { forgetCheck } from "../screens/readiness/check.svelte";
import { forgetDesk } from "../screens/runbooks/desk.svelte";
import { settled } from "./show";

HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.open = false;
  this.dispatchEvent(new Event("close"));
};

/** Nothing that was typed or seen in the test before is left. */
export function fresh(): void {
  beforeEach(() => {
    sessionStorage.clear();
    forgetDesk();
    forgetShelf();
    forgetCase();
    forgetMarks();
    forgetDrop();
    forgetWizard();
    forgetTests();
    forgetWay();
    forgetDrills();
    forgetPlay();
    forgetCheck();
  });
}

export async function click(node: Element): Promise<void> {
  await fireEvent.click(node);
  await settled();
}

export async function type(node: Element, value: string): Promise<void> {
  await fireEvent.input(node, { target: { value } });
  await settled();
}

/** Types, and leaves the field. */
export async function put(node: Element, value: string): Promise<void> {
  await type(node, value);
  await fireEvent.change(node);
  await settled();
}
