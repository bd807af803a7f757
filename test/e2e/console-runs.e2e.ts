import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import type { Component } from "../../shared/contract/component.ts";
import { chromiumPath, openBrowser, openPage, signIn } from "./browser.ts";
import { act, demo, deployed } from "./journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

// What runs, or could not be built, as the console tells of it.

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

const created = (name: string, more: object) =>
  person.call<Component>("POST", `/v1/applications/${web.application}/components`, {
    name,
    source: { kind: "git", url: demo(platform.url, "node") },
    ...more,
  });

inBrowser("W5: what says that a build failed leads to the log of that build", async () => {
  const broken = await created("broken", { language: "go" });
  await expect(act(person.call, broken.id, "deploy", {})).rejects.toThrow("failed");
  await page.goto(`${team}/apps/shop/c/broken`);
  const note = page.getByRole("alert").first();
  await note.getByRole("link", { name: "Build log" }).click();
  await page.getByRole("log", { name: "Build log" }).locator(".log-row").first().waitFor();
  await page.goBack();
  const place = page.locator(".empty", { hasText: "the first deployment failed" });
  await place.getByRole("link", { name: "Build log" }).waitFor();
  await place.getByRole("button", { name: "Deploy" }).click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
});

inBrowser("L1: a line that a filter is for is found however far back it is", async () => {
  const program = `console.error("the first of all");for(let n=0;n<3000;n++)console.log("line "+n);import("./server.js")`;
  const loud = await created("loud", { configuration: { command: `node -e '${program}'` } });
  await act(person.call, loud.id, "deploy", {});
  await page.goto(`${team}/apps/shop/c/loud/logs?stream=err`);
  await page.getByRole("log", { name: "Logs" }).getByText("the first of all").waitFor();
});

inBrowser("L1: all that is kept of a log is read backwards and downloaded, however long it is", async () => {
  const count = 60_000;
  const program = `for(let n=1;n<=${count};n++)console.log("line "+n);import("./server.js")`;
  const long = await created("long", { configuration: { command: `node -e '${program}'` } });
  await act(person.call, long.id, "deploy", {});
  await page.goto(`${team}/apps/shop/c/long/logs`);
  const log = page.getByRole("log", { name: "Logs" });
  await log.locator(".log-row").first().waitFor();
  await eventually("the first line is shown", async () => {
    await log.evaluate((box: { scrollTop: number }) => {
      box.scrollTop = 0;
    });
    return log.getByText("line 1", { exact: true }).isVisible();
  });
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  const lines = readFileSync(await download.path(), "utf8").split("\n");
  const numbers = lines.flatMap((line) => /line (\d+)$/.exec(line)?.[1] ?? []);
  expect(numbers).toEqual(Array.from({ length: count }, (_, n) => String(n + 1)));
});

inBrowser("T1: a terminal is not left for another instance unasked: what was said in it stays", async () => {
  await page.goto(`${team}/apps/shop/c/web/terminal`);
  await page.locator('[data-testid="terminal"][data-state="open"]').waitFor();
  await page.locator(".xterm-screen").click();
  await page.keyboard.type("echo in-$((40+2))\n");
  await page.getByText("in-42").first().waitFor();
  await act(person.call, web.id, "restart");
  await page.locator('[data-testid="terminal"][data-state="exited"]').waitFor();
  await page.getByText("in-42").first().waitFor();
  await page.getByTestId("terminal").getByRole("button", { name: "New terminal" }).click();
  await page.locator('[data-testid="terminal"][data-state="open"]').waitFor();
});

inBrowser("W2: how many instances there are to be is shown as it is now, also after one's own change", async () => {
  const field = page.getByRole("spinbutton", { name: "Instances" });
  const isShown = (count: string) => eventually(`${count} is shown`, async () => (await field.inputValue()) === count);
  await page.goto(`${team}/apps/shop/c/web/scaling`);
  await page.getByLabel("One more").click();
  await page.getByRole("button", { name: "Scale", exact: true }).click();
  const plan = page.getByRole("dialog");
  await plan.getByRole("button", { name: "Apply" }).click();
  await plan.getByRole("button", { name: "Close" }).last().click();
  await plan.waitFor({ state: "hidden" });
  await isShown("2");
  await person.call("POST", `/v1/components/${web.id}/scale`, { replicas: 1 });
  await isShown("1");
});

inBrowser("W2: what is saved and could not be deployed is deployed when that is asked for again", async () => {
  await page.goto(`${team}/apps/shop/c/web/settings`);
  await page.getByLabel("Time to finish").fill("44");
  await page.locator("form", { hasText: "Time to finish" }).getByRole("button", { name: "Review changes" }).click();
  const plan = page.getByRole("dialog");
  await page.route("**/configure", (route) => route.fulfill({ status: 500, body: "<html>no explanation" }), { times: 1 });
  await plan.getByRole("button", { name: "Save and deploy" }).click();
  await plan.getByRole("alert").filter({ hasText: "without an explanation" }).waitFor();
  await plan.getByRole("button", { name: "Save and deploy" }).click();
  await plan.getByTestId("operation").waitFor();
  await plan.getByRole("button", { name: "Close" }).last().click();
  await plan.waitFor({ state: "hidden" });
});

inBrowser.each(["storage", "containers"])("U1: the command palette finds a component's %s", async (tab) => {
  await page.goto(team);
  await page.locator("main h1").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill(`web ${tab}`);
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`c/web/${tab}`));
});
