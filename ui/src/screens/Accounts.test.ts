import { screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CERTIFICATE } from "../fake/answers/account";
import { failed, ok, type FakeBackend } from "../fake/backend";
import { fixtures } from "../fake/fixtures";
import { go } from "../nav.svelte";
import { click, fresh, type } from "../testing/screens";
import { expectAccessible, settled, show } from "../testing/show";
import Accounts from "./Accounts.svelte";
import { CHECK_AFTER_MS, forgetWizard } from "./accounts/draft.svelte";

describe("accounts", () => {
  fresh();

  it("lists each with its doors, why it is not armed, and its last test", async () => {
    const { container } = await show(Accounts, fixtures.part(), {});
    expect(hero()).toBe("1 account is not armed");
    expect(screen.getByText("No door of it is open.")).toBeTruthy();
    expect(screen.getByText(/the session has ended. Log in again/)).toBeTruthy();
    expect(screen.getByText("never")).toBeTruthy();
    await expectAccessible(container);
  });

  it("arms and disarms one account", async () => {
    const { fake } = await show(Accounts, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: "Disarm IBKR bot" }));
    expect(fake.called("arm")).toEqual([{ accounts: ["IBKR bot"], on: false }]);
    expect(screen.getByText("Disarmed by you.")).toBeTruthy();
    await click(screen.getByRole("button", { name: "Arm IBKR bot" }));
    expect(fake.called("arm")[1]).toEqual({ accounts: ["IBKR bot"], on: true });
  });

  it("says beside the account why it could not be armed", async () => {
    const { fake } = await show(Accounts, fixtures.unarmed(), {});
    fake.instead.arm = () => failed("The keychain is locked.", "Nothing was armed.", "Unlock it, then try again.");
    await click(screen.getByRole("button", { name: "Arm IBKR joint" }));
    expect(screen.getByText(/Nothing was armed/)).toBeTruthy();
  });

  it("tests every lever, and shows the worst first", async () => {
    const { container } = await show(Accounts, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: "Test IBKR bot" }));
    const levers = within(screen.getByRole("table", { name: "Levers" })).getAllByRole("row");
    expect(levers[1]?.textContent).toContain("dead");
    expect(levers[2]?.textContent).toContain("unknown");
    await expectAccessible(container);
  });

  it("removes only after it said what stays", async () => {
    const { fake } = await show(Accounts, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: "Remove IBKR bot" }));
    const dialog = within(screen.getByRole("dialog", { name: "Remove IBKR bot?" }));
    expect(dialog.getByText(/Its runs and their evidence stay/)).toBeTruthy();
    await click(dialog.getByRole("button", { name: "Keep it" }));
    expect(asks(fake, "remove")).toEqual([]);
    await click(screen.getByRole("button", { name: "Remove IBKR bot" }));
    await click(screen.getByRole("button", { name: "Remove it" }));
    expect(asks(fake, "remove")).toEqual([{ ask: "remove", name: "IBKR bot" }]);
    expect(screen.queryByText("IBKR bot")).toBeNull();
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("says that practice shows simulated accounts, and adds none to them", async () => {
    await show(Accounts, fixtures.practice(), {});
    expect(screen.getByText(/the accounts here are simulated/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Add an account" })).toBeNull();
    expect(screen.queryByRole("button", { name: /^Remove/ })).toBeNull();
  });

  it("says what there is to do when there is none", async () => {
    const { container } = await show(Accounts, fixtures.empty(), {});
    expect(hero()).toBe("No account yet");
    expect(screen.getByText(/never asks for your password/)).toBeTruthy();
    await expectAccessible(container);
  });
});

describe("adding an account", () => {
  fresh();
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("begins where it is asked for", async () => {
    go("accounts", { add: true });
    await show(Accounts, fixtures.ready(), {});
    await settled();
    expect(hero()).toBe("Which venue is it at?");
  });

  it("does not go on without a door, and says so", async () => {
    const { container } = await wizard();
    await next();
    await next();
    expect(hero()).toBe("Which doors are open?");
    expect(screen.getByText(/No door is chosen. Choose at least one./)).toBeTruthy();
    expect(screen.getByText("1 field needs you")).toBeTruthy();
    await accessible(container);
  });

  it("says what is wrong beside its field, and keeps what was typed", async () => {
    await wizard();
    await next();
    await click(screen.getByLabelText(/^TWS or IB Gateway/));
    await type(screen.getByLabelText("Address"), "127.0.0.1");
    await type(screen.getByLabelText("API client id"), "seven");
    await vi.advanceTimersByTimeAsync(CHECK_AFTER_MS);
    await settled();
    expect(screen.getByText(/“127.0.0.1” has no port/)).toBeTruthy();
    const id = screen.getByLabelText("API client id") as HTMLInputElement;
    expect(id.value).toBe("seven");
    expect(id.getAttribute("aria-invalid")).toBe("true");
    expect(document.getElementById(id.getAttribute("aria-describedby")?.split(" ").at(-1) ?? "")?.textContent).toContain("“seven” is not a number");
    await next();
    expect(hero()).toBe("Which doors are open?");
    expect((screen.getByLabelText("Address") as HTMLInputElement).value).toBe("127.0.0.1");
  });

  it("speaks of no field before the person was there", async () => {
    await wizard();
    await next();
    await click(screen.getByLabelText(/^TWS or IB Gateway/));
    await vi.advanceTimersByTimeAsync(CHECK_AFTER_MS);
    await settled();
    expect(screen.queryByText(/address is missing/)).toBeNull();
  });

  it("says what an address elsewhere means, and takes it only when accepted", async () => {
    await wizard();
    await next();
    await click(screen.getByLabelText(/^TWS or IB Gateway/));
    expect(screen.queryByText(/Whoever can reach that address/)).toBeNull();
    await type(screen.getByLabelText("Address"), "10.0.0.4:7496");
    expect(screen.getByText(/Whoever can reach that address/)).toBeTruthy();
    await next();
    expect(hero()).toBe("Which doors are open?");
    await click(screen.getByLabelText("It is on another computer, and I accept that"));
    await next();
    expect(hero()).toBe("What do you call it?");
  });

  it("reads a certificate, and pins it only when the person says that it is the same", async () => {
    await wizard();
    await next();
    await click(screen.getByLabelText(/^Client Portal gateway/));
    await click(screen.getByRole("button", { name: /^Use https/ }));
    await click(screen.getByRole("button", { name: "Read its certificate" }));
    const pin = screen.getByLabelText("Certificate, SHA-256") as HTMLInputElement;
    expect(screen.getByText(/3b7e 9f21/)).toBeTruthy();
    expect(pin.value).toBe("");
    await click(screen.getByRole("button", { name: "They are the same: pin it" }));
    expect(pin.value).toBe(CERTIFICATE);
    expect(screen.getByText("Pinned.")).toBeTruthy();
  });

  it("says that another certificate is pinned", async () => {
    await wizard();
    await next();
    await click(screen.getByLabelText(/^Client Portal gateway/));
    await click(screen.getByRole("button", { name: /^Use https/ }));
    await type(screen.getByLabelText("Certificate, SHA-256"), "ab".repeat(32));
    await click(screen.getByRole("button", { name: "Read its certificate" }));
    expect(screen.getByText(/Another certificate is pinned/)).toBeTruthy();
  });

  it("refuses a name that is taken, whatever its case", async () => {
    await wizard();
    await toName("ibkr MAIN");
    await next();
    expect(screen.getByText(/already an account named ibkr MAIN/)).toBeTruthy();
    expect((screen.getByLabelText("Nickname") as HTMLInputElement).value).toBe("ibkr MAIN");
  });

  it("goes from venue to armed, and asks for no password on the way", async () => {
    const { fake, container } = await wizard();
    await toName("Second bot");
    await click(screen.getByLabelText("Orders that come in over FIX"));
    await next();
    expect(hero()).toBe("Where is what kept?");
    expect(screen.getByText(/Secret Service, answers/)).toBeTruthy();
    expect(screen.getByText(/so nothing is stored/)).toBeTruthy();
    expect(container.querySelector("input[type=password]")).toBeNull();
    await accessible(container);
    await click(screen.getByRole("button", { name: "Add the account" }));
    expect(asks(fake, "add")).toEqual([
      { ask: "add", draft: { name: "Second bot", venue: "ibkr", entity: "", unseen: ["fix"], doors: [{ kind: "tws", address: "127.0.0.1:7496", username: "", pin: "", clientId: "", allowRemote: false }] } },
    ]);
    expect(hero()).toBe("1 lever is dead");
    await accessible(container);
    await next();
    await click(screen.getByRole("button", { name: "Arm Second bot" }));
    expect(hero()).toBe("Second bot is armed");
    await click(screen.getByRole("button", { name: "Done" }));
    expect(screen.getByRole("button", { name: "Add an account" })).toBeTruthy();
  });

  it("keeps the draft when it could not be added, and says why", async () => {
    const { fake } = await wizard();
    await toName("Second bot");
    await next();
    const answer = fake.account;
    fake.account = (ask) => (ask.ask === "add" ? Promise.resolve(failed("There is no room on the disk.")) : answer(ask));
    await click(screen.getByRole("button", { name: "Add the account" }));
    expect(hero()).toBe("Where is what kept?");
    expect(screen.getByText(/no room on the disk/)).toBeTruthy();
    expect(screen.getAllByText("Second bot").length).toBeGreaterThan(0);
  });

  it("says that a locked keychain is in nobody's way here", async () => {
    const { fake } = await wizard();
    await toName("Second bot");
    const answer = fake.account;
    fake.account = (ask) =>
      ask.ask === "keychain"
        ? Promise.resolve(ok({ told: "keychain" as const, name: "Secret Service", signer: null, problem: { what: "The keychain is locked.", untouched: "Nothing was stored.", next: "Unlock it, then try again." } }))
        : answer(ask);
    await next();
    expect(screen.getByText(/The keychain is locked/)).toBeTruthy();
    expect(screen.getByText(/none of its doors has a key/)).toBeTruthy();
  });

  it("keeps the draft over leaving and over a reload", async () => {
    const { unmount } = await wizard();
    await toName("Second bot");
    await click(screen.getByRole("button", { name: "Finish later" }));
    expect(screen.getByRole("button", { name: "Go on adding" })).toBeTruthy();
    unmount();
    forgetWizard();
    await show(Accounts, fixtures.ready(), {});
    await click(screen.getByRole("button", { name: "Go on adding" }));
    expect((screen.getByLabelText("Nickname") as HTMLInputElement).value).toBe("Second bot");
  });
});

async function wizard() {
  const shown = await show(Accounts, fixtures.ready(), {});
  await click(screen.getByRole("button", { name: "Add an account" }));
  return shown;
}

async function toName(name: string): Promise<void> {
  await next();
  await click(screen.getByLabelText(/^TWS or IB Gateway/));
  await click(screen.getByRole("button", { name: "Use 127.0.0.1:7496 (TWS)" }));
  await next();
  await type(screen.getByLabelText("Nickname"), name);
}

const next = (): Promise<void> => click(screen.getByRole("button", { name: "Next" }));
const hero = (): string | null => screen.getByRole("heading", { level: 1 }).textContent;
const asks = (fake: FakeBackend, ask: string): unknown[] => fake.called("account").filter((one) => (one as { ask: string }).ask === ask);

async function accessible(node: Element): Promise<void> {
  vi.useRealTimers();
  await expectAccessible(node);
  vi.useFakeTimers();
}
