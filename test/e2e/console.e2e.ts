import type { Browser, Page } from "playwright-core";
import { chromiumPath, openBrowser, openPage } from "./browser.ts";
import { demo, get, otherDemos } from "./journey.ts";
import { type Platform, removeHome, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

if (!chromiumPath) console.warn("there is no Chromium on this machine: the console was not tested in a browser");
const inBrowser = chromiumPath ? test : test.skip;

let platform: Platform;
let browser: Browser;
let page: Page;
let complaints: string[];
const email = `ada-${Date.now()}@example.test`;
const password = "correct horse battery";

beforeAll(async () => {
  if (!chromiumPath) return;
  platform = await startPlatform();
  browser = await openBrowser();
  ({ page, complaints } = await openPage(browser));
});
afterAll(async () => {
  if (!chromiumPath) return;
  await browser.close();
  await platform.stop();
  await removeHome(platform.home);
});

const button = (name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });
const tab = async (name: string) =>
  page.getByRole("navigation", { name: "Parts of the component" }).getByRole("link", { name, exact: true }).click();
/** The drawer of a change: what it would do, then its operation to the end. */
const drawer = () => page.getByRole("dialog");
/** A build of the slowest demo on a busy machine. */
const patience = 180_000;
const operationSucceeds = (where = page.locator("body")) =>
  where.locator('[data-testid="operation"][data-state="succeeded"]').first().waitFor({ timeout: patience });
const applyInDrawer = async (name: string) => {
  await drawer().getByRole("button", { name, exact: true }).last().click();
  await operationSucceeds(drawer());
  await drawer().getByRole("button", { name: "Close", exact: true }).last().click();
  await drawer().waitFor({ state: "hidden" });
};

inBrowser("U1: a newcomer signs up and lands in an empty team that says what to do", async () => {
  await page.goto(platform.url);
  await page.waitForURL(/\/signup$/);
  await page.getByLabel("Your name").fill("Ada Chen");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("short");
  await button("Create account").click();
  await page.getByText("Use at least 12 characters.").waitFor();
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Team name").fill("Acme");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Deploy your first application" }).waitFor();
});

inBrowser("C3: a source that cannot be reached says why and what to do, and nothing is created", async () => {
  await page.getByLabel("Repository URL").fill(`${platform.url}/git/demos/nothing.git`);
  await button("Check it").click();
  await page.locator('[data-testid="check"][data-state="blocked"]').waitFor({ timeout: patience });
  expect(await page.locator(".finding").first().textContent()).toMatch(/repository|reach|found/i);
  await page.getByRole("link", { name: "Applications", exact: true }).click();
  await page.getByRole("heading", { name: "Deploy your first application" }).waitFor();
});

inBrowser("P1: from a repository URL to the application's own URL, one page that grows downward", async () => {
  await page.getByLabel("Repository URL").fill(demo(platform.url, "node"));
  await button("Check it").click();
  await page.locator('[data-testid="check"][data-state="ready"]').waitFor({ timeout: patience });
  await page.getByLabel("Application name").fill("hello");
  await button("Create and deploy").click();
  await operationSucceeds();
  const link = page.getByTestId("open-app");
  await link.waitFor({ timeout: patience });
  const url = String(await link.getAttribute("href"));
  expect((await get(url)).status).toBe(200);
  await page.getByRole("button", { name: "To the component" }).click();
  await page.locator('[data-testid="status"][data-status="running"]').waitFor();
});

inBrowser("A7: a changed variable shows its plan, then its operation, and the application answers with it", async () => {
  await tab("Variables");
  await page.getByLabel("Value of GREETING").fill("Hello from the console");
  await page.getByLabel("Name", { exact: true }).fill("ANOTHER");
  await page.getByLabel("Value", { exact: true }).fill("one");
  await button("Add").click();
  await button("Review changes").click();
  await drawer().getByText("variables.GREETING").waitFor();
  await applyInDrawer("Save and deploy");
  const url = String(await page.getByTestId("component-url").getAttribute("href"));
  expect((await get(url)).text).toContain("Hello from the console");
});

inBrowser("A8: unsaved edits are not lost by following a link", async () => {
  await page.getByLabel("Value of GREETING").fill("half typed");
  await tab("Ports");
  await page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
  expect(await page.getByLabel("Value of GREETING").inputValue()).toBe("half typed");
  await button("Discard").click();
});

inBrowser("W7: a rollback from the list of releases restores what was", async () => {
  await tab("Releases");
  const first = page.getByRole("row").filter({ has: page.getByRole("button", { name: "#1", exact: true }) });
  await first.getByRole("button", { name: "Diff" }).click();
  await page.getByRole("heading", { name: "Release #1" }).waitFor();
  await first.getByRole("button", { name: "Roll back" }).click();
  await applyInDrawer("Roll back");
  const url = String(await page.getByTestId("component-url").getAttribute("href"));
  expect((await get(url)).text).not.toContain("Hello from the console");
});

inBrowser("L1: the runtime log is shown, followed and searched", async () => {
  await tab("Logs");
  const log = page.getByRole("log", { name: "Logs" });
  await log.locator(".log-row").first().waitFor();
  const url = String(await page.getByTestId("component-url").getAttribute("href"));
  await get(url, "/a-path-to-look-for");
  await log.getByText("a-path-to-look-for").first().waitFor();
  await page.getByLabel("Search the log").fill("a-path-to-look-for");
  await page.keyboard.press("Enter");
  await eventually("only matching lines are shown", async () => {
    const lines = await log.locator(".log-text").allTextContents();
    return lines.length > 0 && lines.every((line) => line.includes("a-path-to-look-for"));
  });
});

inBrowser("T1: a terminal in the instance answers what is typed", async () => {
  await tab("Terminal");
  await page.locator('[data-testid="terminal"][data-state="open"]').waitFor();
  await page.locator(".xterm-screen").click();
  await page.keyboard.type("echo in-$((40+2))\n");
  await page.getByText("in-42").first().waitFor();
  await page.keyboard.type("exit 3\n");
  await page.getByText("The program ended with code 3.").waitFor();
});

inBrowser("W2: scaling shows what it does and the instances appear", async () => {
  await tab("Scaling");
  await page.getByLabel("One more").click();
  await button("Scale").click();
  await applyInDrawer("Apply");
  await tab("Overview");
  const rows = page.getByRole("table", { name: "Instances" }).locator("tbody tr");
  await eventually("two instances are shown", async () => (await rows.count()) === 2);
});

inBrowser("U1: the command palette finds any component and its tabs", async () => {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("web releases");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Releases" }).waitFor();
});

inBrowser("U1: the command palette finds a data center by its name", async () => {
  const before = page.url();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("embedded");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "embedded", exact: true }).waitFor();
  await page.goto(before);
  await page.getByRole("heading", { name: "Releases" }).waitFor();
});

inBrowser("W2: removing asks for the name, and the component is gone after", async () => {
  await tab("Settings");
  await page.locator(".danger-zone").getByRole("button", { name: "Remove" }).click();
  const remove = drawer().getByRole("button", { name: "Remove", exact: true }).last();
  expect(await remove.isDisabled()).toBe(true);
  await drawer().getByLabel("Type web to confirm.").fill("web");
  await remove.click();
  await page.getByRole("heading", { name: "There is nothing here" }).waitFor({ timeout: patience });
});

inBrowser.each(otherDemos)("P1: the %s demo goes from its URL to an answer, too", async (name) => {
  const [team] = /\/t\/[^/]+/.exec(page.url()) ?? [];
  await page.goto(`${platform.url}${team}/new`);
  await page.getByLabel("Repository URL").fill(demo(platform.url, name));
  await button("Check the source").click();
  await page.locator('[data-testid="check"][data-state="ready"]').waitFor({ timeout: patience });
  await page.getByLabel("Application name").fill(`demo-${name}`);
  await button("Create and deploy").click();
  await operationSucceeds();
  const link = page.getByTestId("open-app");
  await link.waitFor({ timeout: patience });
  expect((await get(String(await link.getAttribute("href")))).status).toBe(200);
});

inBrowser("the page complained of nothing on the whole way", () => {
  expect(complaints).toEqual([]);
});
