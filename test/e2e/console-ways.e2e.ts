import type { Browser, Page } from "playwright-core";
import type { Component } from "../../shared/contract/component.ts";
import { chromiumPath, openBrowser, openPage } from "./browser.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

// Ways through the console: to what is older, back, and by the keyboard alone.

const inBrowser = chromiumPath ? test : test.skip;
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
  const shop = await person.call<{ id: string }>("POST", "/v1/applications", { name: "shop" });
  web = await person.call<Component>("POST", `/v1/applications/${shop.id}/components`, {
    name: "web",
    source: { kind: "image", image: "127.0.0.1:1/web:1" },
  });
  ({ page } = await openPage(browser));
  await page.goto(`${platform.url}/login`);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/t\//);
});
afterAll(async () => {
  if (!chromiumPath) return;
  await browser.close();
  await platform.stop();
  await removeHome(platform.home);
});

const button = (name: string) => page.getByRole("button", { name, exact: true });

inBrowser("U1: the first thing that was ever done to a component is reached, however much was done since", async () => {
  await person.call("POST", `/v1/components/${web.id}/deploy`, {});
  // The newest wins: each takes the place of the one before it.
  for (let n = 0; n < 104; n++) await person.call("POST", `/v1/components/${web.id}/${n % 2 === 0 ? "stop" : "start"}`);
  await page.goto(`${team}/apps/shop/c/web/operations`);
  const pages = page.getByRole("navigation", { name: "Pages" });
  for (const shown of [50, 100]) {
    await pages.getByText(`of ${shown}`).waitFor();
    await button("Show older entries").click();
  }
  await pages.getByText("of 105").waitFor();
  await page.getByRole("button", { name: "Show older entries" }).waitFor({ state: "detached" });
  await page.getByLabel("Filter").fill("Deploy");
  await page.getByRole("table", { name: "Operations" }).getByRole("button", { name: "Deploy" }).waitFor();
  await page.goto(team);
  const recent = page.getByRole("region", { name: "Recent operations" });
  await recent.getByRole("link").first().waitFor();
  const before = await recent.getByRole("link").count();
  await recent.getByRole("button", { name: "Show older entries" }).click();
  await eventually("more is shown", async () => (await recent.getByRole("link").count()) > before);
});
