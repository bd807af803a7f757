// node test/e2e/screenshots.ts: pictures of every page of the running product, into docs/screenshots.
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Component } from "../../shared/contract/component.ts";
import { type Look, openBrowser, openPage, signIn } from "./browser.ts";
import { act, demo, deployed } from "./journey.ts";
import { removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

const target = resolve(import.meta.dirname, "../../docs/screenshots");
const looks: readonly Look[] = [
  { width: 1280, height: 800, theme: "light", language: "en" },
  { width: 1280, height: 800, theme: "dark", language: "zh" },
  { width: 390, height: 844, theme: "light", language: "zh" },
  { width: 390, height: 844, theme: "dark", language: "en" },
];
type Person = Awaited<ReturnType<typeof signUp>>;

/** An application of several components that depend on each other, one of them broken, one not deployed yet. */
async function furnish(url: string, person: Person): Promise<void> {
  const { call } = person;
  const web = await deployed(call, {
    application: "shop",
    name: "web",
    git: demo(url, "node"),
    variables: { GREETING: "Welcome to the shop" },
  });
  const create = (name: string, more: object) =>
    call<Component>("POST", `/v1/applications/${web.application}/components`, { name, ...more });
  const ports = [{ port: 8000, protocol: "http", internal: true, external: false }];
  const prices = await create("prices", { source: { kind: "git", url: demo(url, "static") }, configuration: { ports } });
  await act(call, prices.id, "deploy", {});
  const broken = await create("orders", {
    source: { kind: "git", url: demo(url, "node") },
    configuration: {
      command: "node no-such-file.js",
      ports,
      health: { kind: "http", startSeconds: 5 },
      dependencies: [{ component: prices.id, port: 8000, alias: "PRICES" }],
    },
  });
  await act(call, broken.id, "deploy", {}).catch(() => undefined); // it is meant to fail
  await create("mail", { source: { kind: "push" } });
  await call("PATCH", `/v1/components/${web.id}`, {
    configuration: {
      dependencies: [
        { component: prices.id, port: 8000, alias: "PRICES" },
        { component: broken.id, port: 8000, alias: "ORDERS" },
      ],
    },
  });
  await act(call, web.id, "configure");
  await act(call, web.id, "scale", { replicas: 2 });
  await call("PATCH", `/v1/components/${web.id}/variables`, { set: { API_KEY: { kind: "secret", value: "s3cret" } } });
  await deployed(call, { application: "docs", name: "site", git: demo(url, "static") });
  await call("POST", "/v1/keys", { name: "ci", role: "developer" });
  await call("POST", "/v1/invitations", { email: "grace@example.test", role: "viewer" });
  for (let n = 0; n < 6; n++) await fetch(String(web.url)).catch(() => undefined); // lines for the log, where the name resolves
}

async function shoot(page: Page, name: string, look: Look): Promise<void> {
  await eventually("the page is complete", async () => (await page.locator(".skeleton").count()) === 0);
  await page.evaluate("document.fonts.ready.then(() => true)");
  // Animations that open a drawer or fit a canvas take 200 ms.
  await page.waitForTimeout(600);
  await page.screenshot({ path: `${target}/${name}-${look.width}-${look.theme}-${look.language}.png` });
}

const pagesOf = (team: string, dataCenter: string): Readonly<Record<string, string>> => {
  const web = `/t/${team}/apps/shop/c/web`;
  return {
    overview: `/t/${team}`,
    new: `/t/${team}/new`,
    topology: `/t/${team}/apps/shop`,
    "application-table": `/t/${team}/apps/shop/table`,
    "application-settings": `/t/${team}/apps/shop/settings`,
    component: web,
    "component-failed": `/t/${team}/apps/shop/c/orders`,
    "component-push": `/t/${team}/apps/shop/c/mail`,
    logs: `${web}/logs`,
    terminal: `${web}/terminal`,
    variables: `${web}/variables`,
    ports: `${web}/ports`,
    storage: `${web}/storage`,
    scaling: `${web}/scaling`,
    dependencies: `${web}/dependencies`,
    releases: `${web}/releases?release=2`,
    operations: `${web}/operations`,
    settings: `${web}/settings`,
    members: `/t/${team}/members`,
    keys: `/t/${team}/keys`,
    usage: `/t/${team}/usage`,
    audit: `/t/${team}/audit`,
    team: `/t/${team}/settings`,
    "data-centers": "/data-centers",
    "data-center": `/data-centers/${dataCenter}`,
    account: "/account",
  };
};

/** What people see who are not signed in. */
const outside = {
  login: "/login",
  signup: "/signup",
  "forgot-password": "/forgot-password",
  "reset-password": "/reset-password#token",
  "reset-password-without": "/reset-password",
};

/** What needs a hand: the check of a source, a plan, the palette. */
async function shootActions(page: Page, url: string, team: string, look: Look): Promise<void> {
  await page.goto(`${url}/t/${team}/new?url=${encodeURIComponent(demo(url, "python"))}&check=now`);
  await page.locator('[data-testid="check"]:not([data-state="running"])').waitFor({ timeout: 60_000 });
  await shoot(page, "new-confirm", look);
  await page.goto(`${url}/t/${team}/apps/shop/c/web?do=deploy`);
  await page.locator(".effects").first().waitFor();
  await shoot(page, "plan", look);
  await page.goto(`${url}/t/${team}`);
  await page.locator("main h1").waitFor();
  await page.keyboard.press("Control+k");
  await page.locator(".palette-list").waitFor();
  await shoot(page, "palette", look);
}

async function all(browser: Browser, url: string, person: Person, newcomer: Person): Promise<void> {
  const team = String(person.session.teams[0]?.id);
  const { items } = await person.call<{ items: readonly { id: string }[] }>("GET", "/v1/data-centers");
  const dataCenter = String(items[0]?.id);
  for (const look of looks) {
    const before = await openPage(browser, look);
    for (const [name, path] of Object.entries(outside)) {
      await before.page.goto(url + path);
      await before.page.locator("h1").waitFor();
      await shoot(before.page, name, look);
    }
    await signIn(before.page, url, newcomer);
    await before.page.locator("main h1").waitFor();
    await shoot(before.page, "empty-team", look);
    await before.context.close();
    const { page, context } = await openPage(browser, look);
    await signIn(page, url, person);
    for (const [name, path] of Object.entries(pagesOf(team, dataCenter))) {
      await page.goto(url + path);
      await page.locator("main h1, main h2").first().waitFor();
      if (name === "terminal") await page.locator('[data-testid="terminal"][data-state="open"]').waitFor();
      await shoot(page, name, look);
    }
    await shootActions(page, url, team, look);
    await context.close();
  }
}

await mkdir(target, { recursive: true });
const platform = await startPlatform();
const browser = await openBrowser();
try {
  const person = await signUp(platform.url, "ada@example.test");
  await furnish(platform.url, person);
  await all(browser, platform.url, person, await signUp(platform.url, "new@example.test"));
} finally {
  await browser.close();
  await platform.stop();
  await removeHome(platform.home);
}
