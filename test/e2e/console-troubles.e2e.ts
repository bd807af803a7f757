import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromiumPath, openBrowser, openPage, seriousProblems, signIn } from "./browser.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

// The console when its session, the network or the platform fails in the middle of work: nothing that was typed is lost.

const inBrowser = chromiumPath ? test : test.skip;
let platform: Platform;
let browser: Browser;
let person: Awaited<ReturnType<typeof signUp>>;
let team: string;
let page: Page;
let context: BrowserContext;

beforeAll(async () => {
  if (!chromiumPath) return;
  platform = await startPlatform();
  browser = await openBrowser();
  person = await signUp(platform.url);
  team = `${platform.url}/t/${person.session.teams[0]?.id}`;
  const shop = await person.call<{ id: string }>("POST", "/v1/applications", { name: "shop" });
  const source = { kind: "image", image: "example.org/x:1" };
  await person.call("POST", `/v1/applications/${shop.id}/components`, { name: "web", source });
});
beforeEach(async () => {
  if (!chromiumPath) return;
  ({ page, context } = await openPage(browser));
  await signIn(page, platform.url, person);
});
afterEach(() => context?.close());
afterAll(async () => {
  if (!chromiumPath) return;
  await browser.close();
  await platform.stop();
  await removeHome(platform.home);
});

async function signOut(on: Page): Promise<void> {
  await on.locator(".person-button").click();
  await on.getByRole("menuitem", { name: "Sign out" }).click();
  await on.waitForURL(/login/);
}
/** What waits for `opened` goes on once it is. */
function gate(): { opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
const again = () => page.getByRole("dialog", { name: "Sign in again" });
const button = (name: string) => page.getByRole("button", { name, exact: true });
/** A new variable each time, that is typed and not saved. */
let typed = 0;
const variable = () => `CARE_${typed}`;
async function typeVariable(): Promise<void> {
  typed += 1;
  await page.goto(`${team}/apps/shop/c/web/variables`);
  await page.getByRole("textbox", { name: "Name" }).fill(variable());
  await page.getByRole("textbox", { name: "Value" }).last().fill("typed with care");
  await page.keyboard.press("Enter");
  await isTyped();
}
const isTyped = () =>
  eventually("what was typed is there", () =>
    page
      .getByLabel(variable())
      .first()
      .inputValue()
      .then((value) => value === "typed with care"),
  );

inBrowser(
  "U1: a session that ends in the middle of a form asks to sign in again over it, and the change is then saved",
  async () => {
    await typeVariable();
    await context.clearCookies();
    await button("Review changes").click();
    await again().waitFor();
    expect(await again().getByLabel("E-mail").inputValue()).toBe(person.email);
    await eventually("the password has the focus", () => page.evaluate("document.activeElement?.type === 'password'"));
    expect(await seriousProblems(page)).toEqual([]);
    await page.keyboard.type("not the password");
    await page.keyboard.press("Enter");
    await again().getByRole("alert").waitFor();
    await again().getByLabel("Password").fill(person.password);
    await page.keyboard.press("Enter");
    await again().waitFor({ state: "hidden" });
    await button("Save only").click();
    await page.getByText("Saved").first().waitFor();
    await isTyped();
  },
);

inBrowser("U1: a review that is still on its way when a session ends waits until its person has signed in again", async () => {
  const drawer = gate();
  await page.route(/change-drawer/, async (route) => {
    await drawer.opened;
    await route.continue();
  });
  await typeVariable();
  await context.clearCookies();
  await button("Review changes").click();
  // Somebody else's change makes the page ask anew.
  const { items } = await person.call<{ items: readonly { id: string }[] }>("GET", "/v1/applications");
  await person.call("PATCH", `/v1/applications/${items[0]?.id}`, { description: `beside ${variable()}` });
  await again().waitFor();
  const arrived = page.waitForResponse(/change-drawer/);
  drawer.open();
  await arrived;
  await again().getByLabel("Password").pressSequentially(person.password);
  await page.keyboard.press("Enter");
  await again().waitFor({ state: "hidden" });
  await button("Save only").click();
  await page.getByText("Saved").first().waitFor();
  await isTyped();
});

inBrowser("U1: who looks away from signing in again keeps the page and a way back to it", async () => {
  await page.goto(`${team}/apps/shop/settings`);
  await page.getByLabel("Description").fill("what the shop is for");
  await context.clearCookies();
  await button("Save").click();
  await again().waitFor();
  await page.keyboard.press("Escape");
  await again().waitFor({ state: "hidden" });
  await page.getByRole("alert").filter({ hasText: "Sign in again" }).waitFor();
  expect(await page.getByLabel("Description").inputValue()).toBe("what the shop is for");
  expect(await page.getByText("send an API key").count()).toBe(0);
  await page.getByRole("status").filter({ hasText: "You are signed out" }).getByRole("button").click();
  await again().getByLabel("Password").fill(person.password);
  await page.keyboard.press("Enter");
  await again().waitFor({ state: "hidden" });
  await eventually("nothing is wrong any more", async () => (await page.getByRole("alert").count()) === 0);
  await button("Save").click();
  await eventually("it is saved", async () => {
    const { items } = await person.call<{ items: readonly { description: string }[] }>("GET", "/v1/applications");
    return items[0]?.description === "what the shop is for";
  });
});

inBrowser("U1: what was asked before signing in again and is refused after it does not ask for that anew", async () => {
  await page.goto(`${team}/apps/shop/settings`);
  await page.getByLabel("Description").fill("asked before");
  const late = gate();
  let asked = 0;
  await page.route("**/v1/components/*", async (route) => {
    asked += 1;
    await late.opened;
    await route.fulfill({ status: 401, json: { error: { code: "unauthenticated", message: "late" } } });
  });
  // Somebody else's change makes the page ask.
  const { items } = await person.call<{ items: readonly { id: string }[] }>("GET", "/v1/components");
  await person.call("PATCH", `/v1/components/${items[0]?.id}`, { configuration: { graceSeconds: 31 } });
  await eventually("the page asks", async () => asked > 0);
  await context.clearCookies();
  await button("Save").click();
  await again().getByLabel("Password").fill(person.password);
  await page.keyboard.press("Enter");
  await again().waitFor({ state: "hidden" });
  // As one of them was refused, all are asked for.
  const all = page.waitForResponse(/\/v1\/components\?/);
  late.open();
  await all;
  expect(await again().count()).toBe(0);
});

inBrowser("U1: a button that is at work keeps its name", async () => {
  await page.goto(`${team}/apps/shop/settings`);
  await page.getByLabel("Description").fill(`at work ${Date.now()}`);
  const answer = gate();
  await page.route("**/v1/applications/*", async (route) => {
    await answer.opened;
    await route.continue();
  });
  await button("Save").click();
  await button("Save").locator(".spin").waitFor();
  answer.open();
  await button("Save").locator(".spin").waitFor({ state: "detached" });
  await page.getByText("Saved").first().waitFor();
});

inBrowser(
  "U1: tabs share their session: signing in anew in one of them is enough, and as somebody else nothing of the first person stays",
  async () => {
    await page.goto(`${team}/apps/shop/settings`);
    await page.getByLabel("Description").fill("of two tabs");
    const other = await context.newPage();
    await other.goto(team);
    await signOut(other);
    await again().waitFor();
    await signIn(other, platform.url, person);
    await again().waitFor({ state: "hidden" });
    expect(await page.getByLabel("Description").inputValue()).toBe("of two tabs");
    await button("Save").click();
    await eventually("it is saved", async () => {
      const { items } = await person.call<{ items: readonly { description: string }[] }>("GET", "/v1/applications");
      return items[0]?.description === "of two tabs";
    });
    const grace = await signUp(platform.url);
    await signOut(other);
    await signIn(other, platform.url, grace);
    await page.waitForURL(new RegExp(`/t/${grace.session.teams[0]?.id}`));
  },
);

inBrowser("U1: a refresh that fails leaves the page and what was typed, says so, and is tried again", async () => {
  await typeVariable();
  await page.route("**/v1/**", (route) => route.fulfill({ status: 500, body: "<html>no explanation" }));
  // Somebody else's change makes what is on the page old.
  const { items } = await person.call<{ items: readonly { id: string }[] }>("GET", "/v1/components");
  await person.call("PATCH", `/v1/components/${items[0]?.id}/variables`, {
    set: { OTHER: { kind: "plain", value: "1" } },
    unset: [],
  });
  const stale = page.getByRole("status").filter({ hasText: "may be out of date" });
  await stale.waitFor();
  await isTyped();
  await page.unroute("**/v1/**");
  await stale.waitFor({ state: "hidden" });
  await page.getByLabel("OTHER").first().waitFor();
  await isTyped();
});

inBrowser("U1: that edits are not saved is in sight however long the list is", async () => {
  await page.setViewportSize({ width: 390, height: 440 });
  await typeVariable();
  await page.evaluate("scrollTo(0, 0)");
  const bar = page.getByRole("region", { name: "Unsaved changes" });
  await eventually("the bar is in the window", async () => {
    const box = await bar.boundingBox();
    return box !== null && box.y > 0 && box.y + box.height <= 440;
  });
});

inBrowser("U1: without a network a review of edits says so beside them, and goes on when there is one again", async () => {
  await typeVariable();
  await eventually("what an edit needs has come", () =>
    page.evaluate("performance.getEntriesByType('resource').some(({ name }) => name.includes('sign-in-again'))"),
  );
  await page.waitForLoadState("networkidle");
  await context.setOffline(true);
  await button("Review changes").click();
  const plan = page.getByRole("dialog").filter({ hasText: "The platform does not answer." });
  await plan.waitFor();
  await isTyped();
  await context.setOffline(false);
  await plan.getByRole("button", { name: "Try again" }).click();
  await button("Save only").click();
  await page.getByText("Saved").first().waitFor();
  await isTyped();
});

inBrowser("U1: without a network the question before unsaved edits are left is asked all the same", async () => {
  await typeVariable();
  await page.route("**/assets/**", (route) => route.abort());
  const asked: string[] = [];
  page.on("dialog", (question) => {
    asked.push(question.message());
    void question.dismiss();
  });
  await page.getByRole("link", { name: "Members" }).click();
  await eventually(
    "it was asked",
    async () => asked.length > 0 || (await page.getByRole("dialog", { name: "Leave this page?" }).count()) > 0,
  );
  if (asked.length === 0) await page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
  await isTyped();
});

inBrowser("U1: a page that could not be loaded while the platform was away comes by itself when it is back", async () => {
  await page.goto(`${team}/members`);
  await page.getByRole("cell", { name: person.email }).waitFor();
  await platform.kill();
  await page.getByRole("link", { name: "Usage", exact: true }).click();
  await page.getByRole("alert").getByText("The platform does not answer.").waitFor();
  await page.getByText("No live connection.").waitFor();
  platform = await startPlatform({ home: platform.home, port: platform.port });
  await page.getByRole("heading", { name: "Usage" }).waitFor({ timeout: 60_000 });
});

inBrowser(
  "U1: what was corrected before creating is not left behind unasked, and an application's name that is taken is said at its field",
  async () => {
    await page.goto(`${team}/new?from=image`);
    const image = page.getByPlaceholder("docker.io/library/nginx:1.29");
    await image.fill("not an image!!");
    await page.keyboard.press("Enter");
    await page.getByText('"not an image!!" is no name of an image.').waitFor();
    await image.fill("example.org/shop:1");
    await page.keyboard.press("Enter");
    const part = page.getByRole("region", { name: "Confirm" });
    await part.waitFor();
    await eventually("the keyboard goes on there", () =>
      page.evaluate("document.activeElement?.getAttribute('aria-label') === 'Confirm'"),
    );
    const name = page.getByLabel("Application name");
    await name.fill("shop");
    await page.keyboard.press("Enter");
    await page.getByText("There is an application of this name.").waitFor();
    expect(await page.getByLabel("Component name").getAttribute("aria-invalid")).not.toBe("true");
    await page.getByRole("link", { name: "Members" }).click();
    await page.getByRole("dialog", { name: "Leave this page?" }).getByRole("button", { name: "Stay" }).click();
    expect(await name.inputValue()).toBe("shop");
  },
);

inBrowser("A8: a variable that is typed and not yet added is not left behind unasked", async () => {
  await page.goto(`${team}/apps/shop/c/web/variables`);
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("HALF_TYPED");
  await page.getByRole("link", { name: "Ports" }).click();
  await page.getByRole("dialog", { name: "Leave this page?" }).getByRole("button", { name: "Stay" }).click();
  expect(await name.inputValue()).toBe("HALF_TYPED");
});

inBrowser("A7: a value keeps its lines however it is typed, a secret's too", async () => {
  const key = "-----BEGIN KEY-----\nMII=\n-----END KEY-----";
  const add = async (name: string) => {
    await page.getByRole("textbox", { name: "Name" }).fill(name);
    await page.getByRole("textbox", { name: "Value", exact: true }).fill(key);
    await page.keyboard.press("Enter");
    await page.getByLabel(`Value of ${name}`).waitFor();
  };
  await page.goto(`${team}/apps/shop/c/web/variables`);
  await add("PLAIN_LINES");
  await page.getByRole("switch", { name: "Secret" }).click();
  await add("SECRET_LINES");
  const ofSecret = page.getByRole("textbox", { name: "Value of SECRET_LINES" });
  const hiddenBy = () =>
    page.evaluate(`getComputedStyle(document.querySelector('[aria-label="Value of SECRET_LINES"]')).webkitTextSecurity`);
  expect(await hiddenBy()).toBe("disc");
  await page.getByRole("listitem").filter({ has: ofSecret }).getByRole("button", { name: "Show" }).click();
  expect(await hiddenBy()).toBe("none");
  const sent = page.waitForRequest((request) => request.method() === "PATCH" && request.url().includes("/variables"));
  await button("Review changes").click();
  await button("Save only").click();
  expect((await sent).postDataJSON().set).toEqual({
    PLAIN_LINES: { kind: "plain", value: key },
    SECRET_LINES: { kind: "secret", value: key },
  });
  await page.getByText("Saved").first().waitFor();
});

inBrowser("P1: what was made before a creation failed is gone on with, and not asked for anew", async () => {
  await page.goto(`${team}/new?from=image`);
  await page.getByPlaceholder("docker.io/library/nginx:1.29").fill("example.org/mill:1");
  await page.keyboard.press("Enter");
  const fails = async (what: string) => {
    await page.route(what, (route) => route.fulfill({ status: 500, body: "<html>no explanation" }));
    const failed = page.waitForResponse(what);
    await button("Create and deploy").click();
    await failed;
    await page.getByRole("alert").filter({ hasText: "without an explanation" }).waitFor();
    await page.unroute(what);
  };
  await fails("**/v1/applications/*/components");
  await fails("**/v1/components/*/deploy");
  await page.getByRole("button", { name: "To the component" }).click();
  await page.waitForURL(/apps\/mill\/c\/web/);
  const { items } = await person.call<{ items: readonly { name: string }[] }>("GET", "/v1/applications");
  expect(items.filter(({ name }) => name.startsWith("mill"))).toHaveLength(1);
});

inBrowser("P3: an archive that could not be uploaded can be chosen once more", async () => {
  await page.goto(`${team}/new?from=upload`);
  await page.route("**/v1/uploads", (route) => route.fulfill({ status: 500, body: "<html>no explanation" }));
  const field = page.locator('input[type="file"]');
  await field.setInputFiles({ name: "app.tgz", mimeType: "application/gzip", buffer: Buffer.from("no archive") });
  await page.getByRole("alert").waitFor();
  // A browser tells of a choice only where another one was made before.
  expect(await field.inputValue()).toBe("");
});

/** An application of its own with a component, that a test may change. */
async function made(name: string): Promise<{ readonly application: string; readonly component: string }> {
  const { id } = await person.call<{ id: string }>("POST", "/v1/applications", { name });
  const source = { kind: "image", image: "example.org/x:1" };
  const component = await person.call<{ id: string }>("POST", `/v1/applications/${id}/components`, { name: "web", source });
  return { application: id, component: component.id };
}

inBrowser("U1: what is renamed stays on its page, with what is typed there, whoever renames it", async () => {
  const { application, component } = await made("moor");
  await page.goto(`${team}/apps/moor/c/web/settings`);
  await page.getByLabel("Name", { exact: true }).fill("site");
  await button("Review changes").first().click();
  await button("Save only").click();
  await page.waitForURL(/apps\/moor\/c\/site\/settings/);
  await page.getByRole("heading", { name: "site", exact: true }).waitFor();
  await page.getByLabel("Start command").fill("typed with care");
  await person.call("PATCH", `/v1/components/${component}`, { name: "page" });
  await person.call("PATCH", `/v1/applications/${application}`, { name: "fen" });
  await page.waitForURL(/apps\/fen\/c\/page\/settings/);
  await page.getByRole("heading", { name: "page", exact: true }).waitFor();
  expect(await page.getByLabel("Start command").inputValue()).toBe("typed with care");
});

inBrowser("A8: what somebody else says of an application is not undone by saving another change to it", async () => {
  const { application } = await made("heath");
  const described = (description: string) => person.call("PATCH", `/v1/applications/${application}`, { description });
  await page.goto(`${team}/apps/heath/settings`);
  const field = page.getByLabel("Description");
  await page.getByLabel("Name", { exact: true }).fill("dale");
  await described("by another");
  await eventually("it is seen", async () => (await field.inputValue()) === "by another");
  await field.fill("mine");
  await described("by a third");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await button("Save").click();
  await page.waitForURL(/apps\/dale\/settings/);
  expect(await person.call("GET", `/v1/applications/${application}`)).toMatchObject({ name: "dale", description: "mine" });
});

inBrowser("A8: a number that is missing is said at its field before anything is sent", async () => {
  await page.goto(`${team}/apps/shop/c/web/settings`);
  const grace = page.getByLabel("Time to finish");
  await grace.fill("");
  await page.keyboard.press("Enter");
  await page.getByText("This is needed.").waitFor();
  expect(await page.getByRole("dialog").count()).toBe(0);
});
