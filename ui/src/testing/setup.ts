// What every test begins with: nothing left of the test before, and what jsdom lacks.
import { cleanup } from "@testing-library/svelte";
import { afterEach, beforeEach } from "vitest";
import { go } from "../nav.svelte";
import { forget } from "../state.svelte";

Element.prototype.scrollIntoView ??= () => undefined;
HTMLCanvasElement.prototype.getContext = () => null;

beforeEach(() => {
  forget();
  go("home");
});
afterEach(() => {
  cleanup();
});
