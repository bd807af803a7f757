import type { Browser, Page } from "playwright-core";
import { chromiumPath, openBrowser, openPage, overflow, seriousProblems, signIn } from "./browser.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

// The overview of a team with more applications than anyone looks through.

const inBrowser = chromiumPath ? test : test.skip;
let platform: Platform;
let browser: Browser;
let page: Page;
let overview: string;

beforeAll(async () => {
  if (!chromiumPath) return;
  platform = await startPlatform({ env: { PLUVIA_LIMITS: "applications=400" } });
  browser = await openBrowser();
  const person = await signUp(platform.url);
  overview = `${platform.url}/t/${person.session.teams[0]?.id}`;
  for (let at = 0; at < 300; at++) {
    const description = at % 7 === 0 ? "Every seventh" : "";
    const made = await person.call<{ id: string }>("POST", "/v1/applications", { name: `app-${at}`, description });
    const source = { kind: "image", image: "example.org/x:1" };
    if (at < 3) await person.call("POST", `/v1/applications/${made.id}/components`, { name: `needle-${at}`, source });
  }
  ({ page } = await openPage(browser));
  await signIn(page, platform.url, person);
});
afterAll(async () => {
  if (!chromiumPath) return;
  await browser.close();
  await platform.stop();
  await removeHome(platform.home);
});

const field = () => page.getByRole("textbox", { name: "Filter applications" });
const cards = () => page.getByRole("article");
const open = async (query = "") => {
  await page.goto(overview + query);
  await field().waitFor();
};
const counts = (count: number) => eventually(`${count} cards are there`, async () => (await cards().count()) === count);
const asked = (query: string) => eventually(`the URL asks for ${query}`, async () => new URL(page.url()).search === query);

inBrowser("U1: 300 applications come in pages; the next one begins at its top and keeps in the URL", async () => {
  await open();
  await counts(24);
  await page.getByText("1–24 of 300").waitFor();
  await page.getByRole("button", { name: "Next page" }).press("Enter");
  await page.getByText("25–48 of 300").waitFor();
  await eventually("it is at its top", async () => Number((await field().boundingBox())?.y) > 0);
  await page.reload();
  await page.getByText("25–48 of 300").waitFor();
  await page.goto(`${overview}?apps.page=13`);
  await page.getByText("289–300 of 300").waitFor();
  const next = page.getByRole("button", { name: "Next page" });
  await next.press("Enter");
  expect([await next.getAttribute("aria-disabled"), await cards().count()]).toEqual(["true", 12]);
});

inBrowser(
  "U1: applications are found by the keyboard, by names and components; the find is linked and begins at its first page",
  async () => {
    await open("?apps.page=9");
    await field().focus();
    await page.keyboard.type("SEVENTH");
    await page.getByText("43 of 300").waitFor();
    await page.getByText("1–24 of 43").waitFor();
    await asked("?apps.filter=SEVENTH");
    await page.keyboard.press("Escape");
    await page.getByText("1–24 of 300").waitFor();
    await page.keyboard.type("needle");
    await counts(3);
    await asked("?apps.filter=needle");
    await page.reload();
    await counts(3);
    expect(await field().inputValue()).toBe("needle");
  },
);

inBrowser("U1: a filter loses no letter, wherever it is typed, and an input method's letters come whole", async () => {
  await open();
  await field().focus();
  await page.keyboard.type("app-9");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.type("29");
  expect(await field().inputValue()).toBe("app-299");
  await counts(1);
  await page.keyboard.press("Escape");
  await asked("");
  const method = await page.context().newCDPSession(page);
  for (const text of ["b", "bu", "bu s"])
    await method.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await asked("");
  await method.send("Input.insertText", { text: "部署" });
  await asked(`?apps.filter=${encodeURIComponent("部署")}`);
  expect(await field().inputValue()).toBe("部署");
});

inBrowser("U1: a filter that nothing passes says so and leads back; the focus is then in the filter", async () => {
  await open("?apps.filter=nowhere&apps.state=failed");
  await page.getByRole("heading", { name: "No application matches" }).waitFor();
  expect([await seriousProblems(page), await overflow(page)]).toEqual([[], 0]);
  await page.getByRole("button", { name: "Show all applications" }).press("Enter");
  await counts(24);
  await asked("");
  await eventually("the field has the focus, empty", () =>
    page.evaluate("document.activeElement?.matches('.overview-filter input') && document.activeElement.value === ''"),
  );
});

inBrowser("U1: applications are filtered by state, chosen by the keyboard", async () => {
  await open("?apps.page=2");
  await page.getByRole("combobox", { name: "State" }).press("ArrowDown");
  await page.getByText("Not deployed (300)").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await asked("?apps.state=empty");
  await page.reload();
  await page.getByText("300 of 300").waitFor();
  expect([await seriousProblems(page), await overflow(page)]).toEqual([[], 0]);
});

inBrowser("U1: a page opens at its top, and going back leads to where one was", async () => {
  const scrolled = () => page.evaluate("scrollY") as Promise<number>;
  await page.goto(`${overview}/audit`);
  await page.getByRole("table").getByRole("row").nth(20).waitFor();
  await page.getByRole("link", { name: "Applications", exact: true }).first().click();
  await counts(24);
  await page.evaluate("scrollTo(0, 600)");
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByRole("heading", { name: "Audit log" }).waitFor();
  await eventually("it is at its top", async () => (await scrolled()) === 0);
  await page.evaluate("scrollTo(0, 300)");
  await page.goBack();
  await counts(24);
  await eventually("it is where it was", async () => (await scrolled()) === 600);
});

inBrowser("U1: going back leads to where one was also when what the page shows is long on its way", async () => {
  const scrolled = () => page.evaluate("scrollY") as Promise<number>;
  await open();
  await counts(24);
  await page.evaluate("scrollTo(0, 600)");
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByRole("table").getByRole("row").nth(20).waitFor();
  let arrive = () => {};
  const held = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await page.route(/\/v1\/applications/, async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  await page.getByRole("table").getByRole("row").nth(20).waitFor();
  await page.goBack();
  await page.getByRole("main").getByRole("status", { name: "Loading" }).first().waitFor();
  arrive();
  await counts(24);
  await eventually("it is where it was", async () => (await scrolled()) === 600);
  await page.unroute(/\/v1\/applications/);
});

inBrowser("U1: among 300 applications the one for a new component is found by typing", async () => {
  await page.goto(`${overview}/new?from=image`);
  await page.getByPlaceholder("docker.io/library/nginx:1.29").fill("example.org/x:1");
  await page.keyboard.press("Enter");
  const application = page.getByRole("combobox", { name: "Application" });
  await application.click();
  await page.keyboard.type("app-299");
  await page.keyboard.press("Enter");
  await page.getByLabel("Application name").waitFor({ state: "detached" });
  await page.getByTitle("app-299").first().waitFor();
});
