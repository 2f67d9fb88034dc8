import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { EvidenceAsk } from "../../bindings";
import type { FakeBackend } from "../../fake/backend";
import { fixtures } from "../../fake/fixtures";
import { go } from "../../nav.svelte";
import { click, fresh } from "../../testing/screens";
import { expectAccessible, settled, showApp } from "../../testing/show";
import { maybeBundle } from "./drop.svelte";

describe("files that are dropped on the window", () => {
  fresh();

  it("have a target with words while they are held over it", async () => {
    const { fake } = await showApp(fixtures.ready());
    fake.drag({ dragged: "over" });
    await settled();
    expect(screen.getByTestId("drop-target").textContent).toContain("A bundle is checked.");
    await expectAccessible();
    fake.drag({ dragged: "left" });
    await settled();
    expect(screen.queryByTestId("drop-target")).toBeNull();
  });

  it("are checked at once where a bundle is dropped on another screen", async () => {
    const { fake } = await showApp(fixtures.ready());
    await drop(fake, "/home/trader/good.zip");
    expect(asks(fake, "verify")).toEqual([{ ask: "verify", path: "/home/trader/good.zip", signer: "" }]);
    expect(document.documentElement.dataset["screen"]).toBe("evidence");
    expect(screen.getByRole("dialog", { name: "Verified" })).toBeTruthy();
  });

  it("are asked about on Evidence where one may be a bundle: check it, or add it", async () => {
    const { fake } = await evidence();
    await drop(fake, "/home/trader/case.001");
    expect(screen.getByTestId("offered").textContent).toContain("What about case.001?");
    expect(asks(fake, "verify")).toEqual([]);
    await expectAccessible();
    await click(screen.getByRole("button", { name: "Check this bundle" }));
    expect(asks(fake, "verify")).toHaveLength(1);
    expect(screen.queryByTestId("offered")).toBeNull();
  });

  it("go into the form of attachments, and are added when that is asked", async () => {
    const { fake } = await evidence();
    await drop(fake, "/home/trader/mail.zip");
    await click(screen.getByRole("button", { name: "Attach to “Contain everything”" }));
    expect((screen.getByTestId("attach-path") as HTMLInputElement).value).toBe("/home/trader/mail.zip");
    expect(asks(fake, "attach")).toEqual([]);
    await click(screen.getByTestId("attach-do"));
    expect(asks(fake, "attach")).toHaveLength(1);
  });

  it("are added together, each once, with one description", async () => {
    const { fake } = await showApp(fixtures.ready());
    await drop(fake, "/a/1.png", "/a/2.png", "/a/1.png");
    expect(screen.getByTestId("attach-files").textContent).toContain("/a/2.png");
    await click(screen.getByRole("button", { name: "Attach 2 files" }));
    expect(asks(fake, "attach").map((ask) => ask["path"])).toEqual(["/a/1.png", "/a/2.png"]);
  });

  it("that were not added stay to be tried again", async () => {
    const { fake } = await showApp(fixtures.ready());
    await drop(fake, "/a/1.png", "/a/2.gone", "/a/3.png");
    await click(screen.getByRole("button", { name: "Attach 3 files" }));
    expect(screen.getByText("/a/2.gone is not there.")).toBeTruthy();
    expect(screen.getByTestId("attach-files").textContent).not.toContain("/a/1.png");
    expect(screen.getByRole("button", { name: "Attach 2 files" })).toBeTruthy();
  });

  it("are neither checked nor added when that is said", async () => {
    const { fake } = await evidence();
    await drop(fake, "/home/trader/case.zip.age");
    await click(screen.getByRole("button", { name: "Neither" }));
    expect(screen.queryByTestId("offered")).toBeNull();
    expect([...asks(fake, "verify"), ...asks(fake, "attach")]).toEqual([]);
  });

  it.each([
    ["/a/case.zip", true],
    ["/a/case.zip.age", true],
    ["C:\\cases\\case.001", true],
    ["/a/case-folder", true],
    ["/a/case-folder/", true],
    ["/a/photo.jpg", false],
    ["/a/mail.eml", false],
    ["/a.zip/photo.jpg", false],
  ])("may be a bundle or not by their name: %s", (path, may) => {
    expect(maybeBundle(path)).toBe(may);
  });
});

async function evidence() {
  const shown = await showApp(fixtures.ready());
  go("evidence");
  await settled();
  return shown;
}

async function drop(fake: FakeBackend, ...paths: string[]): Promise<void> {
  fake.drag({ dragged: "dropped", paths });
  await settled();
  await settled();
}

const asks = (fake: FakeBackend, ask: string): Record<string, unknown>[] => fake.called("evidence").filter((one) => (one as EvidenceAsk).ask === ask) as Record<string, unknown>[];
