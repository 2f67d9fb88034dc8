// Puts a component, or the whole window, on a fake backend, and checks it for what axe finds.
import { render } from "@testing-library/svelte";
import axe from "axe-core";
import { tick, type Component } from "svelte";
import { expect } from "vitest";
import App from "../App.svelte";
import type { View } from "../bindings";
import { FakeBackend } from "../fake/backend";
import { setBackend } from "../ipc";
import { start, take } from "../state.svelte";

/** A fake backend in place, its view taken in. */
export function backendWith(view: View): FakeBackend {
  const fake = new FakeBackend(view);
  setBackend(fake);
  void fake.listen(take);
  take(structuredClone(view));
  return fake;
}

/** A component on a fake backend. */
export async function show<P extends Record<string, unknown>>(component: Component<P>, view: View, props: P) {
  const fake = backendWith(view);
  const shown = render(component as Component, { props });
  await tick();
  return { fake, ...shown };
}

/** The whole window on a fake backend. */
export async function showApp(view: View) {
  const fake = new FakeBackend(view);
  setBackend(fake);
  const stop = start();
  const shown = render(App);
  await settled();
  return { fake, stop, ...shown };
}

/** Lets promises and effects run out. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) {
    await Promise.resolve();
    await tick();
  }
}

/** What needs a real window is left to the tests in one; only what is wrong is gathered. */
const AXE: axe.RunOptions = {
  rules: Object.fromEntries(
    ["color-contrast", "target-size", "scrollable-region-focusable", "css-orientation-lock", "avoid-inline-spacing", "link-in-text-block"].map((rule) => [rule, { enabled: false }]),
  ),
  resultTypes: ["violations"],
  preload: false,
  iframes: false,
};

/** Fails with axe's own words when it finds anything. Colours need a real window. */
export async function expectAccessible(node: Element = document.body): Promise<void> {
  const result = await axe.run(node, AXE);
  expect(result.violations.map((one) => `${one.id}: ${one.nodes.map((found) => found.html).join(" | ")}`)).toEqual([]);
}
