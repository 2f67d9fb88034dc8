import { fireEvent, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failed } from "../../fake/backend";
import { fixtures } from "../../fake/fixtures";
import { settings } from "../../fake/parts";
import { settled, showApp } from "../../testing/show";

const CANCELLED = "Cancelled. Nothing was done.";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function opened(over = {}) {
  const shown = await showApp({ ...fixtures.cover(), ...over });
  return { ...shown, button: screen.getByRole("button", { name: /Hold to contain|Start, and keep trying/ }) };
}
const down = { button: 0, isPrimary: true, pointerId: 1 };

describe("the guard", () => {
  it("asks the program to open the cover, and waits for its word", async () => {
    const { fake } = await showApp(fixtures.ready());
    fake.instead.cover = () => failed("Not now.");
    await fireEvent.click(screen.getByText("Open the cover"));
    await settled();
    expect(fake.called("cover")).toEqual([true]);
    expect(document.querySelector("details.cover")).not.toHaveProperty("open", true);
  });

  it("puts the focus on the button when the cover opens", async () => {
    const { fake } = await showApp(fixtures.ready());
    fake.tell({ coverOpen: true });
    await settled();
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Hold to contain" }));
  });

  it("fires when it was held for 1.2 seconds", async () => {
    const { fake, button } = await opened();
    await fireEvent.pointerDown(button, down);
    await vi.advanceTimersByTimeAsync(1_190);
    expect(fake.called("press")).toEqual([]);
    await vi.advanceTimersByTimeAsync(20);
    expect(fake.called("press")).toEqual(["contain-everything"]);
  });

  it("does nothing on down, and nothing when it is let go early", async () => {
    const { fake, button } = await opened();
    await fireEvent.pointerDown(button, down);
    expect(button.textContent).toContain("Keep holding");
    await vi.advanceTimersByTimeAsync(1_100);
    await fireEvent.pointerUp(button, down);
    await fireEvent.click(button, { detail: 1 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(fake.called("press")).toEqual([]);
    expect(document.querySelector(".help")?.textContent).toContain(CANCELLED);
  });

  it.each([
    ["the pointer leaves", (button: HTMLElement) => fireEvent.pointerLeave(button, down)],
    ["Esc is pressed", () => fireEvent.keyDown(window, { key: "Escape" })],
    ["the focus goes", (button: HTMLElement) => fireEvent.blur(button)],
    ["the window loses the focus", () => fireEvent.blur(window)],
    ["the system takes the pointer", (button: HTMLElement) => fireEvent.pointerCancel(button, down)],
  ])("is cancelled when %s", async (_words, cancel) => {
    const { fake, button } = await opened();
    await fireEvent.pointerDown(button, down);
    await vi.advanceTimersByTimeAsync(600);
    await cancel(button);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(fake.called("press")).toEqual([]);
    expect(document.querySelector(".help")?.textContent).toContain(CANCELLED);
  });

  it("ignores another button of the mouse", async () => {
    const { fake, button } = await opened();
    await fireEvent.pointerDown(button, { ...down, button: 2 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(fake.called("press")).toEqual([]);
  });

  it.each(["Enter", " "])("fires when the key %j is held, and ignores its repeats", async (key) => {
    const { fake, button } = await opened();
    await fireEvent.keyDown(button, { key, repeat: true });
    await vi.advanceTimersByTimeAsync(1_300);
    expect(fake.called("press")).toEqual([]);
    await fireEvent.keyDown(button, { key });
    for (let time = 0; time < 1_200; time += 100) {
      await fireEvent.keyDown(button, { key, repeat: true });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(fake.called("press")).toEqual(["contain-everything"]);
  });

  it("does nothing when a key is let go early, nor by the click that a browser makes of it", async () => {
    const { fake, button } = await opened();
    await fireEvent.keyDown(button, { key: "Enter" });
    await vi.advanceTimersByTimeAsync(300);
    await fireEvent.keyUp(button, { key: "Enter" });
    await fireEvent.click(button, { detail: 0 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(fake.called("press")).toEqual([]);
    expect(screen.queryByRole("button", { name: "Contain now" })).toBeNull();
  });

  it("goes to the twin on a click with neither pointer nor key behind it", async () => {
    const { fake, button } = await opened();
    await vi.advanceTimersByTimeAsync(1_000);
    await fireEvent.click(button, { detail: 0 });
    await settled();
    const now = screen.getByRole("button", { name: "Contain now" });
    expect(document.activeElement).toBe(now);
    expect(fake.called("press")).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    await fireEvent.click(now, { detail: 0 });
    await settled();
    expect(fake.called("press")).toEqual(["contain-everything"]);
  });

  it("takes the second half of a double click for a slip", async () => {
    const { fake } = await opened();
    await fireEvent.click(screen.getByRole("button", { name: "Contain without holding" }));
    await settled();
    await fireEvent.click(screen.getByRole("button", { name: "Contain now" }), { detail: 2 });
    await fireEvent.click(screen.getByRole("button", { name: "Contain now" }), { detail: 1 });
    expect(fake.called("press")).toEqual([]);
  });

  it("goes back from the twin without doing anything", async () => {
    const { fake } = await opened();
    await fireEvent.click(screen.getByRole("button", { name: "Contain without holding" }));
    await settled();
    await fireEvent.click(screen.getByRole("button", { name: "Back" }));
    await settled();
    expect(screen.getByRole("button", { name: "Hold to contain" })).toBe(document.activeElement);
    expect(fake.called("press")).toEqual([]);
  });

  it("asks for press and press where the person set it so", async () => {
    const { fake } = await showApp({ ...fixtures.cover(), settings: { ...settings, pressTwice: true } });
    const button = screen.getByRole("button", { name: /^Contain Press, then press again/ });
    await fireEvent.pointerDown(button, down);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(fake.called("press")).toEqual([]);
    await fireEvent.click(button, { detail: 1 });
    await settled();
    await vi.advanceTimersByTimeAsync(500);
    await fireEvent.click(screen.getByRole("button", { name: "Contain now" }), { detail: 1 });
    await settled();
    expect(fake.called("press")).toEqual(["contain-everything"]);
  });

  it("runs what was answered to the question", async () => {
    const { fake, button } = await opened();
    await fireEvent.click(screen.getByLabelText("I lost my phone"));
    await fireEvent.pointerDown(button, down);
    await vi.advanceTimersByTimeAsync(1_250);
    expect(fake.called("press")).toEqual(["lost-phone"]);
  });

  it("changes what is seen before the program answers, and claims nothing", async () => {
    const { fake, button } = await opened();
    fake.instead.press = () => new Promise(() => undefined);
    await fireEvent.pointerDown(button, down);
    await vi.advanceTimersByTimeAsync(1_210);
    await settled();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Containing");
    expect(document.body.textContent).toContain("Nothing is claimed before.");
  });

  it("shows the board at once, with the focus on its headline", async () => {
    const { button } = await opened();
    await fireEvent.pointerDown(button, down);
    await vi.advanceTimersByTimeAsync(1_250);
    await settled();
    const headline = screen.getByRole("heading", { level: 1 });
    expect(headline.textContent).toBe("12 still open");
    expect(document.activeElement).toBe(headline);
  });

  it("says beside the button why a press was not taken", async () => {
    const { fake, button } = await opened();
    fake.instead.press = () => failed("The program is ending.", "Nothing was sent.", "Start it again.");
    await fireEvent.pointerDown(button, down);
    await vi.advanceTimersByTimeAsync(1_250);
    await settled();
    expect(document.body.textContent).toContain("The program is ending.");
    expect(screen.getByRole("button", { name: "Hold to contain" })).toBeTruthy();
  });

  it("closes the cover on Esc, on leaving Home, and after ten idle minutes", async () => {
    const { fake } = await opened();
    await fireEvent.keyDown(window, { key: "Escape" });
    expect(fake.called("cover")).toEqual([false]);
    fake.tell({ coverOpen: true });
    await settled();
    await fireEvent.click(screen.getByRole("button", { name: "Settings" }));
    await settled();
    expect(fake.called("cover")).toEqual([false, false]);
    await fireEvent.click(screen.getByRole("button", { name: "Home" }));
    fake.tell({ coverOpen: true });
    await settled();
    await vi.advanceTimersByTimeAsync(599_000);
    expect(fake.called("cover")).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(fake.called("cover")).toEqual([false, false, false]);
  });

  it("has no red button while nothing is armed, and opens the checklist", async () => {
    await showApp(fixtures.unarmed());
    expect(document.querySelector(".hold")).toBeNull();
    expect(screen.getByRole("button", { name: "Open the checklist" })).toBeTruthy();
  });

  it("starts the checklist while no venue answers: held, or pressed twice", async () => {
    const { fake } = await showApp(fixtures.offline());
    const button = screen.getByRole("button", { name: "Start, and keep trying" });
    await fireEvent.pointerDown(button, down);
    await vi.advanceTimersByTimeAsync(100);
    await fireEvent.pointerUp(button, down);
    await fireEvent.click(button, { detail: 1 });
    await settled();
    await vi.advanceTimersByTimeAsync(500);
    await fireEvent.click(screen.getByRole("button", { name: "Contain now" }), { detail: 1 });
    await settled();
    expect(fake.called("press")).toEqual(["contain-everything"]);
  });

  it("is usable while the accounts are being read", async () => {
    await showApp({ ...fixtures.reading(), coverOpen: true });
    expect(screen.getByRole("button", { name: "Hold to contain" })).toBeTruthy();
  });
});
