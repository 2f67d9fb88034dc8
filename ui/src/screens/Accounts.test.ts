import { screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CERTIFICATE, WITHDRAWS } from "../fake/answers/account";
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

  it("tells real money from a test site and a simulator, and says that a bot shares a key", async () => {
    const { container } = await show(Accounts, fixtures.exchanges(), {});
    expect(within(screen.getByTestId("account-Kraken")).getByText("Real money")).toBeTruthy();
    expect(within(screen.getByTestId("account-Kraken")).getByText("Test site, no real money")).toBeTruthy();
    expect(within(screen.getByTestId("account-Deribit")).getByText("Simulator on this computer")).toBeTruthy();
    expect(screen.getByText(/Another program signs with this key/)).toBeTruthy();
    await expectAccessible(container);
  });

  it("says that removing takes the keys out of the keychain, and that they work on at the venue", async () => {
    const { container } = await show(Accounts, fixtures.exchanges(), {});
    await click(screen.getByRole("button", { name: "Remove IBKR main" }));
    expect(screen.queryByText(/out of the keychain/)).toBeNull();
    await click(screen.getByRole("button", { name: "Keep it" }));
    await click(screen.getByRole("button", { name: "Remove Kraken" }));
    expect(screen.getByText(/Its keys are taken out of the keychain/)).toBeTruthy();
    await click(screen.getByRole("button", { name: "Remove it" }));
    expect(screen.getByRole("alert", { name: "What is left to do" }).textContent).toContain("still work at the venue");
    await expectAccessible(container);
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
      { ask: "add", draft: { name: "Second bot", venue: "ibkr", entity: "", unseen: ["fix"], doors: [{ kind: "tws", address: "127.0.0.1:7496", username: "", pin: "", clientId: "", allowRemote: false }] }, keys: [], insistence: "" },
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

describe("adding an account with a key", () => {
  fresh();
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("offers each venue, and the doors of the one that is chosen", async () => {
    const { container } = await wizard();
    await click(screen.getByLabelText(/^Deribit/));
    await next();
    expect(screen.getByLabelText(/^API/)).toBeTruthy();
    expect(screen.queryByLabelText(/^TWS/)).toBeNull();
    await click(screen.getByLabelText(/^API/));
    const where = within(screen.getByRole("group", { name: "Where API is" }));
    expect((where.getByLabelText(/^Real money/) as HTMLInputElement).checked).toBe(true);
    expect(where.getByLabelText(/^Test site, no real money/)).toBeTruthy();
    expect(screen.queryByLabelText("Certificate, SHA-256")).toBeNull();
    await click(where.getByLabelText(/^Simulator/));
    expect(screen.getByLabelText("Certificate, SHA-256")).toBeTruthy();
    await accessible(container);
  });

  it("names the least scopes, what to leave off, and where, before it asks for a key", async () => {
    const { fake, container } = await wizard();
    await toKey();
    expect(hero()).toBe("Make a narrow key");
    expect(screen.getByText(/Make a key for Firebreak alone/)).toBeTruthy();
    const spot = within(screen.getByRole("region", { name: "Kraken spot" }));
    expect(spot.getByText("Cancel/Close Orders")).toBeTruthy();
    expect(spot.getByText("Withdraw Funds")).toBeTruthy();
    expect(spot.getByText("Checked on 2026-11-24")).toBeTruthy();
    expect(spot.getByText("Not checked against the venue's pages")).toBeTruthy();
    expect(container.querySelector("input[type=password]")).toBeNull();
    await click(spot.getAllByRole("button", { name: "Open the page" })[0]!);
    expect(fake.called("open")).toEqual(["https://www.kraken.com/u/security/api"]);
    await accessible(container);
  });

  it("sends the keys once, keeps none of them, and shows what was tested", async () => {
    const { fake, container } = await wizard();
    await toKey();
    await next();
    expect(hero()).toBe("Store the key");
    const fields = [...container.querySelectorAll("input[type=password]")];
    expect(fields.map((field) => field.getAttribute("autocomplete"))).toEqual(["off", "off"]);
    await type(screen.getByLabelText("API key"), "public-part");
    await type(screen.getByLabelText("Private key"), "c2VjcmV0");
    await accessible(container);
    await click(screen.getByRole("button", { name: "Store it and add the account" }));
    expect(asks(fake, "add")).toMatchObject([
      { draft: { venue: "kraken", name: "Kraken", entity: "", unseen: [], doors: [{ kind: "spot", address: "https://api.kraken.com" }] }, keys: [{ kind: "spot", key: "public-part", secret: "c2VjcmV0" }], insistence: "" },
    ]);
    expect(hero()).toMatch(/lever/);
    expectNowhere("public-part", "c2VjcmV0");
  });

  it("says what is wrong with a key beside its field, and does not show it again", async () => {
    await wizard();
    await toKey();
    await next();
    await type(screen.getByLabelText("API key"), "public-part");
    await type(screen.getByLabelText("Private key"), "c2Vj cmV0");
    await click(screen.getByRole("button", { name: "Store it and add the account" }));
    expect(hero()).toBe("Store the key");
    const secret = screen.getByLabelText("Private key") as HTMLInputElement;
    expect(secret.getAttribute("aria-invalid")).toBe("true");
    expect(secret.value).toBe("");
    expectNowhere("public-part", "c2Vj");
  });

  it("takes a key that can withdraw only after it was refused, and in the person's own words", async () => {
    const { fake, container } = await wizard();
    await toKey();
    await next();
    const add = async (words?: string): Promise<void> => {
      await type(screen.getByLabelText("API key"), `${WITHDRAWS}-1`);
      await type(screen.getByLabelText("Private key"), "c2VjcmV0");
      if (words !== undefined) await type(screen.getByLabelText("The words, typed by you"), words);
      await click(screen.getByRole("button", { name: "Store it and add the account" }));
    };
    expect(screen.queryByLabelText("The words, typed by you")).toBeNull();
    await add();
    expect(screen.getByText(/may withdraw/)).toBeTruthy();
    expect((screen.getByLabelText("The words, typed by you") as HTMLInputElement).value).toBe("");
    await accessible(container);
    await add("yes");
    expect(hero()).toBe("Store the key");
    expect(screen.getByText(/not the words that accept/)).toBeTruthy();
    await add("this key can withdraw and I accept it");
    expect(hero()).toMatch(/lever/);
    expect(asks(fake, "add").length).toBe(3);
    expectNowhere(WITHDRAWS);
  });

  it("forgets what was typed of a key when the person goes elsewhere", async () => {
    await wizard();
    await toKey();
    await next();
    await type(screen.getByLabelText("Private key"), "c2VjcmV0");
    await click(screen.getByRole("button", { name: "Back" }));
    await next();
    expect((screen.getByLabelText("Private key") as HTMLInputElement).value).toBe("");
    await type(screen.getByLabelText("Private key"), "c2VjcmV0");
    await click(screen.getByRole("button", { name: "Finish later" }));
    await click(screen.getByRole("button", { name: "Go on adding" }));
    expect((screen.getByLabelText("Private key") as HTMLInputElement).value).toBe("");
    expectNowhere("c2VjcmV0");
  });

  it("says that a locked keychain is in the way here", async () => {
    const { fake } = await wizard();
    const answer = fake.account;
    fake.account = (ask) =>
      ask.ask === "keychain"
        ? Promise.resolve(ok({ told: "keychain" as const, name: "Secret Service", signer: null, problem: { what: "The keychain is locked.", untouched: "Nothing was stored.", next: "Unlock it, then try again." } }))
        : answer(ask);
    await toKey();
    await next();
    expect(screen.getByText(/no key can be kept/)).toBeTruthy();
  });
});

/** To the key of an account at Kraken, spot only. */
async function toKey(): Promise<void> {
  await click(screen.getByLabelText(/^Kraken/));
  await next();
  await click(screen.getByLabelText(/^Spot and margin/));
  await next();
  await type(screen.getByLabelText("Nickname"), "Kraken");
  await next();
}

/** Neither in the window nor in what is kept over a reload. */
function expectNowhere(...secrets: string[]): void {
  const values = [...document.querySelectorAll("input")].map((input) => input.value);
  const everywhere = [document.body.innerHTML, JSON.stringify({ ...sessionStorage }), ...values].join("\n");
  for (const secret of secrets) expect(everywhere).not.toContain(secret);
}

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
