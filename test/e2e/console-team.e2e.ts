import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Component } from "../../shared/contract/component.ts";
import { chromiumPath, openBrowser, openPage, overflow, seriousProblems, signIn } from "./browser.ts";
import { act, demo, deployed, get } from "./journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { zipOf } from "../builder/archive-maker.ts";
import { eventually } from "../support/eventually.ts";

const inBrowser = chromiumPath ? test : test.skip;
const patience = 180_000;
let platform: Platform;
let browser: Browser;
let page: Page;
let person: Awaited<ReturnType<typeof signUp>>;
let team: string;
let web: Component;

beforeAll(async () => {
  if (!chromiumPath) return;
  platform = await startPlatform();
  browser = await openBrowser();
  person = await signUp(platform.url);
  team = `${platform.url}/t/${person.session.teams[0]?.id}`;
  web = await deployed(person.call, { application: "shop", name: "web", git: demo(platform.url, "node") });
  ({ page } = await openPage(browser));
  await signIn(page, platform.url, person);
});
afterAll(async () => {
  if (!chromiumPath) return;
  await browser.close();
  await platform.stop();
  await removeHome(platform.home);
});

const button = (name: string) => page.getByRole("button", { name, exact: true });
const dialog = () => page.getByRole("dialog");

inBrowser("U1: a second person signs up by an invitation and is a member", async () => {
  await page.goto(`${team}/members`);
  await button("Invite someone").click();
  await dialog().getByLabel("E-mail").fill("grace@example.test");
  await button("Make the invitation").click();
  const link = /http\S+\/invite\/[\w.-]+/.exec(String(await dialog().getByText("/invite/").first().textContent()))?.[0];
  const other = await openPage(browser);
  await other.page.goto(String(link));
  await other.page.getByLabel("Your name").fill("Grace Hopper");
  await other.page.getByLabel("Password").fill("correct horse battery");
  await other.page.keyboard.press("Enter");
  await other.page.waitForURL(/\/t\//);
  await other.page.getByRole("link", { name: "shop" }).first().waitFor();
  await other.context.close();
  await page.getByRole("cell", { name: /Grace Hopper/ }).waitFor();
});

inBrowser(
  "U1: Enter sends a dialog and Escape closes it; the focus is then where it was, also when a second one took its place",
  async () => {
    const words = () => page.evaluate("document.activeElement?.innerText");
    const isFocused = (name: string) => eventually(`${name} has the focus`, async () => (await words()) === name);
    const open = async (path: string, name: string) => {
      await page.goto(`${team}${path}`);
      // A page that has just come takes the focus itself.
      await eventually(`${name} opens a dialog`, async () => {
        await button(name).first().press("Enter");
        const opened = dialog().waitFor({ timeout: 10_000 });
        return opened.then(
          () => true,
          () => false,
        );
      });
    };
    const leave = async () => {
      await page.keyboard.press("Escape");
      await dialog().waitFor({ state: "hidden" });
    };
    for (const [path, name] of [
      ["/members", "Invite someone"],
      ["/keys", "Create a key"],
      ["/settings", "Leave the team"],
    ] as const) {
      await open(path, name);
      await leave();
      await isFocused(name);
    }
    await open("/members", "Invite someone");
    await dialog().getByLabel("E-mail").fill("alan@example.test");
    await page.keyboard.press("Enter");
    await dialog().getByText("/invite/").first().waitFor();
    await leave();
    await isFocused("Invite someone");
  },
);

inBrowser("U1: R1: the page of limits says what is used", async () => {
  await page.goto(team);
  await page.getByRole("link", { name: "Usage", exact: true }).click();
  await page.waitForURL(/\/usage$/);
  await page.getByRole("meter", { name: "Components", exact: true }).waitFor();
  expect(await page.getByRole("meter", { name: "Components", exact: true }).getAttribute("aria-valuetext")).toBe("1 of 500");
  await page.getByText("API requests a second").waitFor();
});

inBrowser("U1: an API key is shown once, works, and stops working when it is revoked", async () => {
  await page.goto(`${team}/keys`);
  await button("Create a key").first().click();
  await dialog().getByRole("textbox", { name: "Name" }).fill("ci");
  await dialog().getByRole("button", { name: "Create", exact: true }).click();
  const secret = String(
    /pluvia_[\w-]+/.exec(
      String(
        await dialog()
          .getByText(/^pluvia_/)
          .first()
          .textContent(),
      ),
    )?.[0],
  );
  const ask = async () =>
    (await fetch(`${platform.url}/v1/applications`, { headers: { authorization: `Bearer ${secret}` } })).status;
  expect(await ask()).toBe(200);
  await button("I have copied it").click();
  await dialog().waitFor({ state: "hidden" });
  await eventually("the key is gone", async () => !(await page.content()).includes(secret));
  await button("Revoke").click();
  await dialog().getByRole("button", { name: "Revoke" }).click();
  await eventually("the key is refused", async () => (await ask()) === 401);
});

inBrowser("U1: a key is copied also where the page is not secure, and its dialog does not go by a second click", async () => {
  await page.goto(`${team}/keys`);
  await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })");
  await button("Create a key").first().dblclick();
  const name = dialog().getByRole("textbox", { name: "Name" });
  await name.fill("copied");
  await page.mouse.click(5, 5);
  await name.press("Enter");
  const secret = dialog()
    .getByText(/^pluvia_/)
    .first();
  const copy = dialog().getByRole("button", { name: "Copy" }).first();
  await copy.press("Enter");
  await dialog().getByRole("button", { name: "Copied", exact: true }).waitFor();
  const text = String(await secret.textContent());
  await button("I have copied it").click();
  await dialog().waitFor({ state: "hidden" });
  await button("Create a key").first().click();
  await name.press("Control+V");
  await eventually("it is pasted", async () => (await name.inputValue()) === text.slice(0, 60));
  await page.keyboard.press("Escape");
});

inBrowser("U1: what would be lost is named before it is, and a no changes nothing", async () => {
  const answered = async (says: RegExp, answer: string) => {
    await dialog().getByText(says).first().waitFor();
    await dialog().getByRole("button", { name: answer, exact: true }).click();
    await dialog().waitFor({ state: "hidden" });
  };
  await person.call("POST", "/v1/invitations", { email: "linus@example.test", role: "viewer" });
  await page.goto(`${team}/members`);
  const invited = page.getByRole("row", { name: /linus@example.test/ });
  await invited.getByRole("button", { name: "Withdraw" }).click();
  await answered(/The link that was sent stops working/, "Cancel");
  await invited.getByRole("button", { name: "Withdraw" }).click();
  await answered(/linus@example.test/, "Withdraw");
  await invited.waitFor({ state: "detached" });

  const member = page.getByRole("row", { name: /Grace Hopper/ });
  await member.getByRole("button", { name: "Remove" }).click();
  await answered(/grace@example.test loses access at once, and API keys that this person made stop working/, "Cancel");
  await member.waitFor();

  await person.call("PATCH", `/v1/components/${web.id}/variables`, { set: { GREETING: { kind: "plain", value: "Hi" } } });
  await page.goto(`${team}/apps/shop/c/web/variables`);
  await button("Remove GREETING").click();
  await button("Undo the edit of GREETING").click();
  await page.getByLabel("Value of GREETING").waitFor();
  await button("Review changes").waitFor({ state: "hidden" });

  await page.goto(`${team}/apps/shop/c/web/releases?release=1`);
  await page.goto(`${team}/apps/shop/c/web?do=remove`);
  await dialog().getByText("web will be removed with its releases, builds and logs.").first().waitFor();
  expect(await dialog().getByRole("button", { name: "Remove", exact: true }).isDisabled()).toBe(true);
  await page.goto(`${team}/apps/shop/settings`);
  await button("Remove this application").or(button("Remove")).first().click();
  await dialog().getByRole("listitem").filter({ hasText: "web" }).waitFor();
  expect(await dialog().getByRole("button", { name: "Remove", exact: true }).isDisabled()).toBe(true);
  await dialog().getByRole("button", { name: "Cancel" }).click();
});

inBrowser(
  "U1: signing in says what is wrong; a forgotten password is set anew by the mail's link, which works once",
  async () => {
    const forgetful = await signUp(platform.url);
    const mails = async () => (await readdir(join(platform.home, "mail"))).sort();
    const { page, context, complaints } = await openPage(browser);
    const enter = async (password: string) => {
      await page.goto(`${platform.url}/login?next=${encodeURIComponent("/account")}`);
      await page.getByLabel("E-mail").fill(forgetful.email);
      await page.getByLabel("Password").fill(password);
      await page.keyboard.press("Enter");
    };
    await enter("not the password");
    await page.getByRole("alert").getByText("This e-mail address and password do not fit together.").first().waitFor();

    await page.getByRole("link", { name: "Forgot the password?" }).click();
    await page.getByRole("heading", { name: "Forgot the password" }).waitFor();
    const before = await mails();
    await page.getByLabel("E-mail").fill(forgetful.email);
    await page.getByRole("button", { name: "Send the mail" }).click();
    await page.getByText("Look into your mailbox").waitFor();
    const [mail] = await eventually("a mail is there", async () => {
      const fresh = (await mails()).filter((name) => !before.includes(name));
      return fresh.length > 0 && fresh;
    });
    const text = await readFile(join(platform.home, "mail", String(mail)), "utf8");
    expect(text).toContain(`To: ${forgetful.email}`);
    const link = String(/http\S+\/reset-password#\S+/.exec(text)?.[0]);

    await page.goto(link);
    await page.getByLabel("New password").fill("short");
    await page.keyboard.press("Enter");
    await page.getByText("Use at least 12 characters.").first().waitFor();
    await page.getByLabel("New password").fill("another horse battery");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/login$/);

    await page.goto(link);
    await page.getByLabel("New password").fill("a third horse battery");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").first().waitFor();

    await enter(forgetful.password);
    await page.getByRole("alert").first().waitFor();
    await enter("another horse battery");
    await page.waitForURL(/\/account$/);
    expect(complaints).toEqual([]);
    await context.close();
  },
);

inBrowser("U1: the team is renamed, everywhere at once", async () => {
  await page.goto(`${team}/settings`);
  await page.getByLabel("Team name").fill("Rainmakers");
  await button("Rename").click();
  await button("Team Rainmakers, switch")
    .or(page.locator(".team-name", { hasText: "Rainmakers" }))
    .first()
    .waitFor();
});

inBrowser("C8: an owner demands provenance; what Pluvia built still deploys, and its release shows the signature", async () => {
  await page.goto(`${team}/settings`);
  const demand = page.getByRole("switch", { name: "Run only what Pluvia built and signed" });
  await demand.click();
  await eventually("it is kept", async () => (await demand.getAttribute("aria-checked")) === "true");
  await act(person.call, web.id, "deploy", {});
  await page.goto(`${team}/apps/shop/c/web/releases?release=2`);
  await page.getByText("Signed by the platform").waitFor();
});

inBrowser("A7: a port is added with its plan first", async () => {
  await page.goto(`${team}/apps/shop/c/web/ports`);
  await button("Add a port").click();
  await button("Review changes").click();
  await dialog().getByText("configuration.ports").first().waitFor();
  await dialog()
    .getByRole("button", { name: "Save", exact: true })
    .or(dialog().getByRole("button", { name: /^Save/ }))
    .first()
    .click();
  await eventually("the port is kept", async () => {
    const now = await person.call<Component>("GET", `/v1/components/${web.id}`);
    return now.configuration.ports.length === 2;
  });
  await dialog().waitFor({ state: "hidden" });
});

const portsNow = async () => {
  const { configuration } = await person.call<Component>("GET", `/v1/components/${web.id}`);
  return configuration.ports;
};
const savePorts = (ports: readonly object[]) => person.call("PATCH", `/v1/components/${web.id}`, { configuration: { ports } });
const shownPorts = (...wanted: readonly number[]) =>
  eventually(`the ports shown are ${wanted}`, async () => {
    const shown = await page
      .getByLabel("Port", { exact: true })
      .evaluateAll((all) => all.map((each) => (each as { value?: string }).value));
    return shown.join() === wanted.join();
  });
const saveOnly = async () => {
  await button("Review changes").click();
  await dialog().getByRole("button", { name: "Save only" }).click();
  await dialog().waitFor({ state: "hidden" });
};

inBrowser("U1: ports that two people add at once are both there, and the field that is typed in keeps the focus", async () => {
  await page.goto(`${team}/apps/shop/c/web/ports`);
  const before = await portsNow();
  const theirs = { port: 9_443, protocol: "tcp", internal: true, external: false };
  await button("Add a port").click();
  await page.getByLabel("Port", { exact: true }).last().fill("7001");
  await savePorts([...before.slice(1), theirs]);
  await shownPorts(...before.slice(1).map(({ port }) => port), 9_443, 7_001);
  await page.keyboard.press("Backspace");
  await page.keyboard.type("2");
  await saveOnly();
  expect((await portsNow()).map(({ port }) => port)).toEqual([...before.slice(1).map(({ port }) => port), 9_443, 7_002]);
  await savePorts(before);
});

inBrowser(
  "U1: of an entry that somebody else has changed too it is asked which is to be, and nothing typed is lost",
  async () => {
    await page.goto(`${team}/apps/shop/c/web/ports`);
    const before = await portsNow();
    const name = before[0]?.port;
    const first = page.getByLabel("Port", { exact: true }).first();
    const others = before.slice(1).map(({ port }) => port);
    await first.fill("7003");
    await savePorts(before.map((each, at) => (at === 0 ? { ...each, protocol: "tcp", external: false } : each)));
    const bar = page.getByRole("region", { name: "Unsaved changes" });
    await bar.getByText(`Somebody else has changed ${name} meanwhile too.`).waitFor();
    expect(await button("Review changes").getAttribute("aria-disabled")).toBe("true");
    await shownPorts(7_003, ...others);
    expect([await seriousProblems(page), await overflow(page)]).toEqual([[], 0]);
    await button("Take theirs").click();
    await bar.waitFor({ state: "hidden" });
    await shownPorts(Number(name), ...others);
    await first.fill("7003");
    await savePorts(before);
    await bar.getByText(`Somebody else has changed ${name} meanwhile too.`).waitFor();
    await button("Keep mine").click();
    await saveOnly();
    expect((await portsNow())[0]).toMatchObject({ port: 7_003, protocol: "tcp" });
    await savePorts(before);
  },
);

inBrowser("U1: a variable that somebody else has set meanwhile is not overwritten unasked", async () => {
  const path = `/v1/components/${web.id}/variables`;
  const set = (name: string, value: string) =>
    person.call("PATCH", path, { set: { [name]: { kind: "plain", value } }, unset: [] });
  await set("SHARED", "first");
  await page.goto(`${team}/apps/shop/c/web/variables`);
  await page.getByLabel("Value of SHARED").fill("mine");
  await set("ELSEWHERE", "theirs");
  await page.getByLabel("Value of ELSEWHERE").waitFor();
  expect(await button("Review changes").getAttribute("aria-disabled")).toBeNull();
  await set("SHARED", "theirs");
  const words = page.getByText("Somebody else has changed SHARED meanwhile too.");
  await words.waitFor();
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await words.evaluate((e) => (e as unknown as { scrollWidth: number }).scrollWidth)).toBeLessThanOrEqual(
    Math.ceil((await words.boundingBox())?.width ?? 0),
  );
  await page.setViewportSize(size ?? { width: 1280, height: 800 });
  expect(await button("Review changes").getAttribute("aria-disabled")).toBe("true");
  expect(await page.getByLabel("Value of SHARED").inputValue()).toBe("mine");
  await button("Keep mine").click();
  await saveOnly();
  const { items } = await person.call<{ items: readonly { name: string; value: string }[] }>("GET", path);
  expect(Object.fromEntries(items.map((v) => [v.name, v.value]))).toMatchObject({ SHARED: "mine", ELSEWHERE: "theirs" });
});

inBrowser(
  "U1: what is typed into a form of settings stays when somebody saves something else, which is taken into it",
  async () => {
    await page.goto(`${team}/apps/shop/c/web/settings`);
    const grace = page.getByLabel("Time to finish");
    await grace.fill("77");
    const path = `/v1/components/${web.id}`;
    const configure = (configuration: object) => person.call("PATCH", path, { configuration });
    const { configuration } = await person.call<Component>("GET", path);
    await configure({ placement: { ...configuration.placement, spread: !configuration.placement.spread } });
    await eventually("the other part of the page is as they saved it", async () => {
      const shown = await page.getByRole("switch", { name: "Spread" }).getAttribute("aria-checked");
      return shown === String(!configuration.placement.spread);
    });
    expect(await grace.inputValue()).toBe("77");
    await configure({ command: "node theirs.js" });
    const command = page.getByLabel("Start command");
    await eventually("the rest of the form is as they saved it", async () => (await command.inputValue()) === "node theirs.js");
    expect(await grace.inputValue()).toBe("77");
    await reviewIn("Time to finish");
    await dialog().getByRole("button", { name: "Save only" }).click();
    await dialog().waitFor({ state: "hidden" });
    const now = await person.call<Component>("GET", path);
    expect(now.configuration).toMatchObject({ command: "node theirs.js", graceSeconds: 77 });
    await configure({ command: null });
  },
);

const reviewIn = (label: string) =>
  page.locator("form", { hasText: label }).getByRole("button", { name: "Review changes" }).click();

inBrowser("U1: a field that two people have changed shows theirs and mine, and one of them is chosen", async () => {
  const path = `/v1/components/${web.id}`;
  const configure = (configuration: object) => person.call("PATCH", path, { configuration });
  await page.goto(`${team}/apps/shop/c/web/settings`);
  const grace = page.getByLabel("Time to finish", { exact: true });
  const note = page.getByRole("status").filter({ hasText: "Somebody else has changed Time to finish meanwhile too." });
  await grace.fill("78");
  await configure({ graceSeconds: 55 });
  await note.getByText("55 s").waitFor();
  await note.getByText("78 s").waitFor();
  const review = page.locator("form", { hasText: "Time to finish" }).getByRole("button", { name: "Review changes" });
  expect(await review.getAttribute("aria-disabled")).toBe("true");
  expect([await seriousProblems(page), await overflow(page)]).toEqual([[], 0]);
  await button("Take theirs: Time to finish").click();
  await note.waitFor({ state: "hidden" });
  expect(await grace.inputValue()).toBe("55");
  await grace.fill("79");
  await configure({ graceSeconds: 56 });
  await button("Keep mine: Time to finish").click();
  await reviewIn("Time to finish");
  await dialog().getByRole("button", { name: "Save only" }).click();
  await dialog().waitFor({ state: "hidden" });
  expect((await person.call<Component>("GET", path)).configuration.graceSeconds).toBe(79);
});

inBrowser("U1: sizes that two people change at once are both there, and of one that both change one is chosen", async () => {
  const path = `/v1/components/${web.id}`;
  const { configuration } = await person.call<Component>("GET", path);
  const resize = (resources: object) =>
    person.call("PATCH", path, { configuration: { resources: { ...configuration.resources, ...resources } } });
  await page.goto(`${team}/apps/shop/c/web/scaling`);
  const memory = page.locator("#memory");
  await memory.fill("300");
  await page.keyboard.press("Tab");
  await resize({ cpuMillis: 250 });
  await eventually("theirs is shown", async () => (await page.locator("#cpu").inputValue()) === "0.25");
  expect(await memory.inputValue()).toBe("300");
  await resize({ cpuMillis: 250, memoryMib: 400 });
  await page.getByText("400 MiB", { exact: true }).waitFor();
  const bar = page.getByRole("region", { name: "Unsaved changes" });
  await bar.getByText("Somebody else has changed Memory meanwhile too.").waitFor();
  expect(await button("Review changes").getAttribute("aria-disabled")).toBe("true");
  await button("Keep mine: Memory").click();
  await saveOnly();
  const now = await person.call<Component>("GET", path);
  expect(now.configuration.resources).toEqual({ cpuMillis: 250, memoryMib: 300 });
  await resize({});
});

inBrowser("B1: an uploaded archive whose build fails opens its log at the failing line, with what to do", async () => {
  await page.goto(`${team}/new`);
  await page.getByText("Upload an archive").click();
  const manifest = { name: "broken", scripts: { build: "echo before && echo the-cause && exit 3", start: "node x.js" } };
  await page.locator('input[type="file"]').setInputFiles({
    name: "broken.zip",
    mimeType: "application/zip",
    buffer: zipOf({ name: "package.json", content: JSON.stringify(manifest) }, { name: "x.js", content: "" }),
  });
  await page.locator('[data-testid="check"][data-state="ready"]').waitFor({ timeout: patience });
  await page.getByLabel("Application name").fill("broken");
  await button("Create and deploy").click();
  const story = page.locator('[data-testid="operation"][data-state="failed"]');
  await story.waitFor({ timeout: patience });
  await story.getByText("Read the log from the line named here").waitFor();
  await story.locator(".log-mark").waitFor();
  await story.getByText("the-cause").first().waitFor();
});

inBrowser("L1: a lost connection is told quietly, and the log goes on without a missing line", async () => {
  await page.goto(`${team}/apps/shop/c/web/logs`);
  const log = page.getByRole("log", { name: "Logs" });
  const asked = async (path: string) => {
    await get(String(web.url), path);
    await log.getByText(path).first().waitFor();
  };
  await asked("/before-it");
  await platform.kill();
  await page.getByText("No live connection.").waitFor();
  platform = await startPlatform({ home: platform.home, port: platform.port });
  await page.getByText("No live connection.").waitFor({ state: "detached", timeout: 60_000 });
  await asked("/after-it");
  expect(await log.getByText("/before-it").count()).toBe(1);
  expect(await log.locator(".log-gap").count()).toBe(0);
});
