import type { Browser, Page } from "playwright-core";
import type { Component } from "../../shared/contract/component.ts";
import { chromiumPath, openBrowser, openPage, signIn } from "./browser.ts";
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
  await signIn(page, platform.url, person);
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

inBrowser("U1: older entries that were asked for come, though the list is fetched anew meanwhile", async () => {
  const pages = page.getByRole("navigation", { name: "Pages" });
  await page.goto(`${team}/apps/shop/c/web/operations`);
  await pages.getByText("of 50").waitFor();
  // No answer comes before the list is fetched anew, which ends the asking.
  const asked = Promise.withResolvers<void>();
  await page.route(/\/v1\/operations\?.*page=/, () => asked.resolve(), { times: 1 });
  await button("Show older entries").click();
  await asked.promise;
  // An operation that cannot be fetched by itself has the lists fetched.
  await page.route(/\/v1\/operations\/op_/, (route) => route.fulfill({ status: 404, json: {} }), { times: 1 });
  const anew = page.waitForResponse((answer) => /\/v1\/operations\?(?!.*page=).*component=/.test(answer.url()));
  await person.call("POST", `/v1/components/${web.id}/stop`);
  await anew;
  await pages.getByText(/of 10[01]/).waitFor();
});

const plan = () => page.getByRole("dialog");
const reviewGrace = async (seconds: string) => {
  await page.getByLabel("Time to finish").fill(seconds);
  await page.locator("form", { hasText: "Time to finish" }).getByRole("button", { name: "Review changes" }).click();
  await plan().getByText("configuration.graceSeconds").waitFor();
};

inBrowser("U1: going back from a plan closes it, and what was edited is there", async () => {
  await page.goto(`${team}/apps/shop/c/web/settings`);
  await reviewGrace("77");
  await page.goBack();
  await plan().waitFor({ state: "hidden" });
  expect(page.url()).toBe(`${team}/apps/shop/c/web/settings`);
  expect(await page.getByLabel("Time to finish").inputValue()).toBe("77");
  await reviewGrace("78");
  await page.goBack();
  await plan().waitFor({ state: "hidden" });
  await page.getByLabel("Time to finish").fill("30");
});

inBrowser("U1: a plan that was closed by its button or applied leaves no step in the way back", async () => {
  await page.goto(`${team}/members`);
  await page.getByRole("link", { name: "Applications", exact: true }).click();
  await page
    .getByRole("link", { name: "shop / web" })
    .or(page.getByRole("link", { name: "web", exact: true }))
    .first()
    .click();
  await page.getByRole("navigation", { name: "Parts of the component" }).getByRole("link", { name: "Settings" }).click();
  await reviewGrace("41");
  await plan().getByRole("button", { name: "Cancel" }).click();
  await plan().waitFor({ state: "hidden" });
  await reviewGrace("42");
  await plan().getByRole("button", { name: "Save only" }).click();
  await plan().waitFor({ state: "hidden" });
  await eventually("it is saved", async () => {
    const { configuration } = await person.call<Component>("GET", `/v1/components/${web.id}`);
    return configuration.graceSeconds === 42;
  });
  await page.goBack();
  await page.waitForURL(`${team}/apps/shop/c/web`);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("shop web remove");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await plan().getByLabel("Type web to confirm.").waitFor();
  await page.goBack();
  await plan().waitFor({ state: "hidden" });
  expect(page.url()).toBe(`${team}/apps/shop/c/web`);
});

/** Where the keyboard is: within the page's own content, and there on what. */
const focused = () =>
  page.evaluate(
    "(() => { const e = document.activeElement; return e.matches('main, main *') ? (e.getAttribute('aria-label') ?? e.innerText.trim().split('\\n')[0]) : 'outside: ' + e.innerText; })()",
  );
const isFocused = (words: string) =>
  eventually(`${words} has the focus`, async () => {
    expect(await focused()).toBe(words);
    return true;
  });
const heard = (title: string) =>
  eventually(`${title} is heard`, async () => (await page.locator('[aria-live="polite"].sr-only').textContent()) === title);

inBrowser("U1: a followed link takes the keyboard to the page it leads to, whose title is heard", async () => {
  await page.goto(team);
  await page.getByRole("link", { name: "Members" }).press("Enter");
  await isFocused("Members");
  await heard("Members · Pluvia");
  await page.getByRole("link", { name: "Applications", exact: true }).press("Enter");
  await isFocused("Applications");
  await page.getByRole("link", { name: "shop", exact: true }).first().press("Enter");
  await isFocused("shop");
  await page.getByRole("navigation", { name: "Parts of the application" }).getByRole("link", { name: "Table" }).press("Enter");
  await isFocused("Table");
  await page.getByRole("row").getByRole("link", { name: "web", exact: true }).press("Enter");
  await isFocused("web");
  const tabs = page.getByRole("navigation", { name: "Parts of the component" });
  await tabs.getByRole("link", { name: "Settings" }).press("Enter");
  await isFocused("Settings");
  await heard("Settings · web · shop · Pluvia");
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.matches('[aria-label=Settings] *')")).toBe(true);
  await page.goBack();
  await isFocused("Overview");
});

inBrowser("U1: the command palette does not say that there is nothing while what there is is on its way", async () => {
  const answer = Promise.withResolvers<void>();
  await page.route(/\/v1\/data-centers/, (route) => answer.promise.then(() => route.continue()));
  await page.goto(team);
  await page.locator("main h1").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("embedded");
  await page.getByText("What can be found is still loading").waitFor();
  answer.resolve();
  await page.getByRole("option").first().waitFor();
  await page.getByRole("combobox").fill("no such thing");
  await page.getByText("Nothing matches “no such thing”.").waitFor();
  await page.unroute(/\/v1\/data-centers/);
  await page.keyboard.press("Escape");
});

inBrowser("U1: on a phone a link of the menu takes the keyboard to its page, too", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(team);
  await button("Open the menu").click();
  await page.getByRole("dialog").getByRole("link", { name: "Audit log" }).press("Enter");
  await isFocused("Audit log");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await isFocused("Audit log");
  await page.setViewportSize({ width: 1280, height: 800 });
});
