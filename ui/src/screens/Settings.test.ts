import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { Settings as Chosen } from "../bindings";
import { failed, type FakeBackend } from "../fake/backend";
import { fixtures } from "../fake/fixtures";
import { settings } from "../fake/parts";
import { click, fresh, type } from "../testing/screens";
import { expectAccessible, settled, show } from "../testing/show";
import Settings from "./Settings.svelte";

describe("settings", () => {
  fresh();

  it("keeps each change at once, and the rest as it was", async () => {
    const { fake, container } = await show(Settings, fixtures.ready(), {});
    await settled();
    await click(screen.getByLabelText("Press twice, without holding"));
    await click(screen.getByLabelText("A sound when something needs you"));
    await click(screen.getByLabelText("150 %"));
    await click(screen.getByLabelText("Dark"));
    expect(fake.called("settings").at(-1)).toEqual({ ...settings, pressTwice: true, sound: true, textPercent: 150, appearance: "dark" });
    await expectAccessible(container);
  });

  it("loses none of two changes made at once", async () => {
    const { fake } = await show(Settings, fixtures.ready(), {});
    void fireEvent.click(screen.getByLabelText("A sound when something needs you"));
    void fireEvent.click(screen.getByLabelText("Show times in UTC first"));
    await settled();
    expect(fake.now.settings).toMatchObject({ sound: true, utcFirst: true });
  });

  it("shows what is kept when a change was refused, and says why beside it", async () => {
    const { fake } = await show(Settings, fixtures.ready(), {});
    fake.instead.settings = () => failed("The settings cannot be written.");
    const sound = screen.getByLabelText("A sound when something needs you") as HTMLInputElement;
    await click(sound);
    expect(sound.checked).toBe(false);
    expect(screen.getByText(/cannot be written/)).toBeTruthy();
  });

  it("records a chord, and leaves it by Escape", async () => {
    const { fake } = await show(Settings, fixtures.ready(), {});
    const chord = screen.getByRole("button", { name: /Global shortcut/ });
    await click(chord);
    await fireEvent.keyDown(chord, { key: "Escape", code: "Escape" });
    await settled();
    expect(fake.called("settings")).toEqual([]);
    await click(chord);
    await fireEvent.keyDown(chord, { key: "k", code: "KeyK" });
    await settled();
    expect(screen.getByText(/one that people type with/)).toBeTruthy();
    await fireEvent.keyDown(chord, { key: "K", code: "KeyK", ctrlKey: true, altKey: true });
    await settled();
    expect((fake.called("settings")[0] as Chosen).hotkey).toBe("Ctrl+Alt+K");
    await click(screen.getByRole("button", { name: "Take it away" }));
    expect((fake.called("settings")[1] as Chosen).hotkey).toBeNull();
  });

  it("says the truth about Wayland, with the command to bind", async () => {
    const view = fixtures.ready();
    const { container } = await show(Settings, { ...view, outside: { ...view.outside, hotkey: "wayland_limited", hotkeyWhy: "This is a Wayland session.", tray: "No tray library was found." } }, {});
    expect(screen.getByText(/does not hear keys while another window has the focus/)).toBeTruthy();
    expect(screen.getByText("firebreak panic --twice")).toBeTruthy();
    expect(screen.getByText(/No tray library was found/)).toBeTruthy();
    await settled();
    await expectAccessible(container);
  });

  it("keeps a refused folder in its field", async () => {
    const { fake } = await show(Settings, fixtures.ready(), {});
    fake.instead.settings = () => failed("There is no such folder.", "Nothing.", "Make it first.");
    const folder = screen.getByLabelText("Folder for bundles") as HTMLInputElement;
    await type(folder, "/nowhere");
    await click(screen.getByRole("button", { name: "Keep this folder" }));
    expect(folder.value).toBe("/nowhere");
    expect(screen.getByText(/There is no such folder. Make it first./)).toBeTruthy();
  });

  it("keeps a folder that was chosen", async () => {
    const { fake } = await show(Settings, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: "Choose" }));
    expect(fake.now.settings.evidenceFolder).toBe("/home/trader/cases");
  });

  it("keeps a time-stamp authority in the shape of an address, and none when it is emptied", async () => {
    const { fake } = await show(Settings, fixtures.ready(), {});
    await type(screen.getByLabelText("Time-stamp authority"), "tsa.example");
    await click(screen.getByTestId("time-service-keep"));
    expect(screen.getByText(/That is no address/)).toBeTruthy();
    expect(fake.called("settings")).toEqual([]);
    await type(screen.getByLabelText("Time-stamp authority"), "http://tsa.example/tsr");
    await click(screen.getByTestId("time-service-keep"));
    expect(fake.now.settings.timeService).toBe("http://tsa.example/tsr");
    await type(screen.getByLabelText("Time-stamp authority"), " ");
    await click(screen.getByTestId("time-service-keep"));
    expect(fake.now.settings.timeService).toBeNull();
  });

  it("remembers recipients in the shape of age, and forgets them", async () => {
    const { fake } = await show(Settings, fixtures.ready(), {});
    const recipient = `age1${"q".repeat(58)}`;
    await type(screen.getByLabelText("Another recipient"), "age1short");
    await click(screen.getByTestId("recipient-add"));
    expect(screen.getByText(/That is no age recipient/)).toBeTruthy();
    await type(screen.getByLabelText("Another recipient"), recipient);
    await click(screen.getByTestId("recipient-add"));
    expect(fake.now.settings.ageRecipients).toEqual([recipient]);
    await click(screen.getByRole("button", { name: `Forget ${recipient}` }));
    expect(fake.now.settings.ageRecipients).toEqual([]);
  });

  it("keeps the words to withhold when that is asked, and none that is empty", async () => {
    const { fake, container } = await show(Settings, fixtures.ready(), {});
    await settled();
    await click(screen.getByTestId("words-add"));
    await click(screen.getByTestId("words-keep"));
    expect(screen.getByText(/Words are missing/)).toBeTruthy();
    expect(asked(fake, "set_words")).toEqual([]);
    await fireEvent.change(screen.getAllByLabelText("What it is")[1] as Element, { target: { value: "person" } });
    await type(screen.getAllByLabelText("Words")[1] as Element, " Jane Doe ");
    await click(screen.getByRole("button", { name: "Take away 12 Harbour Lane" }));
    await expectAccessible(container);
    await click(screen.getByTestId("words-keep"));
    expect(asked(fake, "set_words")).toEqual([{ ask: "set_words", words: [{ class: "person", text: "Jane Doe" }] }]);
  });

  it("keeps what was typed when the words cannot be kept", async () => {
    const { fake } = await show(Settings, fixtures.ready(), {});
    await settled();
    await type(screen.getByLabelText("Words"), "14 Harbour Lane");
    fake.instead.evidence = () => failed("The words cannot be written.");
    await click(screen.getByTestId("words-keep"));
    expect(screen.getByText("The words cannot be written.")).toBeTruthy();
    expect((screen.getByLabelText("Words") as HTMLInputElement).value).toBe("14 Harbour Lane");
  });

  it("says why it cannot start with the session", async () => {
    const view = fixtures.ready();
    await show(Settings, { ...view, settings: { ...settings, armAtLogin: false }, outside: { ...view.outside, autostartWhy: "There is no autostart folder." } }, {});
    expect((screen.getByLabelText("Start with the session and arm") as HTMLInputElement).disabled).toBe(true);
    expect(screen.getByText(/There is no autostart folder/)).toBeTruthy();
  });

  it("shows the signing key, and that it looks for no updates", async () => {
    await show(Settings, fixtures.ready(), {});
    await settled();
    expect(screen.getByText(/SHA256:Qm7w/)).toBeTruthy();
    expect(screen.getByText("Firebreak does not look for updates by itself.")).toBeTruthy();
  });
});

const asked = (fake: FakeBackend, ask: string): unknown[] => fake.called("evidence").filter((one) => (one as { ask: string }).ask === ask);
