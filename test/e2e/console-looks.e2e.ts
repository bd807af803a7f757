import type { Browser, Page } from "playwright-core";
import { builtConsole } from "../../infra/local/console-build.ts";
import { initialLoad, initialLoadMaxBytes, totalOf } from "../../infra/tools/console-size.ts";
import type { Component } from "../../shared/contract/component.ts";
import { instanceName } from "../../shared/domain/instance-name.ts";
import { chromiumPath, type Look, openBrowser, openPage, overflow, seriousProblems, signIn } from "./browser.ts";
import { act, demo, deployed } from "./journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

const inBrowser = chromiumPath ? test : test.skip;
let platform: Platform;
let browser: Browser;
let person: Awaited<ReturnType<typeof signUp>>;
let team: string;
let dataCenter: string;

beforeAll(async () => {
  if (!chromiumPath) return;
  platform = await startPlatform();
  browser = await openBrowser();
  person = await signUp(platform.url);
  team = String(person.session.teams[0]?.id);
  const { items } = await person.call<{ items: readonly { id: string }[] }>("GET", "/v1/data-centers");
  dataCenter = String(items[0]?.id);
  const web = await deployed(person.call, { application: "shop", name: "web", git: demo(platform.url, "node") });
  const broken = await person.call<Component>("POST", `/v1/applications/${web.application}/components`, {
    name: "broken",
    source: { kind: "git", url: demo(platform.url, "node") },
    configuration: { command: "node no-such-file.js", health: { kind: "http", startSeconds: 5 } },
  });
  await expect(act(person.call, broken.id, "deploy", {})).rejects.toThrow("failed");
});
afterAll(async () => {
  if (!chromiumPath) return;
  await browser.close();
  await platform.stop();
  await removeHome(platform.home);
});

/** Signed in, with a look of its own. */
async function signedIn(look: Look): Promise<Page> {
  const { page } = await openPage(browser, look);
  await signIn(page, platform.url, person);
  return page;
}

const component = [
  "",
  "/logs",
  "/terminal",
  "/variables",
  "/ports",
  "/storage",
  "/containers",
  "/scaling",
  "/dependencies",
  "/releases?release=1",
  "/operations",
  "/settings",
];
const pages = (): string[] => [
  `/t/${team}`,
  `/t/${team}/new`,
  `/t/${team}/apps/shop`,
  `/t/${team}/apps/shop/table`,
  `/t/${team}/apps/shop/settings`,
  ...component.map((tab) => `/t/${team}/apps/shop/c/web${tab}`),
  `/t/${team}/apps/shop/c/broken`,
  `/t/${team}/apps/shop/c/broken/operations`,
  `/t/${team}/members`,
  `/t/${team}/keys`,
  `/t/${team}/usage`,
  `/t/${team}/audit`,
  `/t/${team}/settings`,
  "/data-centers",
  `/data-centers/${dataCenter}`,
  "/account",
];
/** The page's own content is there: no skeleton is left. */
const settled = async (page: Page, path: string) => {
  await page.goto(platform.url + path);
  await page.locator("main h1, main h2").first().waitFor();
  await eventually("the page is complete", async () => (await page.locator(".skeleton").count()) === 0);
};

const looks: readonly Look[] = [
  { theme: "light", language: "en" },
  { theme: "dark", language: "zh" },
  { width: 390, height: 844, theme: "light", language: "zh" },
  { width: 390, height: 844, theme: "dark", language: "en" },
];

inBrowser.each(looks.map((look) => [`${look.width ?? 1280} px, ${look.theme}, ${look.language}`, look] as const))(
  "U1: every page at %s has nothing serious for axe, is no wider than the window and has a title of its own",
  async (_, look) => {
    const page = await signedIn(look);
    const problems: string[] = [];
    const titles = new Map<string, string>();
    for (const path of pages()) {
      await settled(page, path);
      const title = await page.title();
      if (titles.has(title)) problems.push(`${path} has the title of ${titles.get(title)}: ${title}`);
      titles.set(title, path);
      for (const problem of await seriousProblems(page)) problems.push(`${path} ${problem}`);
      if ((await overflow(page)) > 0) problems.push(`${path} is wider than the window by ${await overflow(page)} px`);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  },
);

inBrowser.each(looks.slice(0, 2).map((look) => [look.theme, look] as const))(
  "U1: who may only look can read every part of a component in %s",
  async (_, look) => {
    const { token } = await person.call<{ token: string }>("POST", "/v1/invitations", {
      email: `viewer-${look.theme}@example.test`,
      role: "viewer",
    });
    const { page, context } = await openPage(browser, look);
    await page.goto(`${platform.url}/invite/${token}`);
    await page.locator('input[autocomplete="name"]').fill("Grace");
    await page.locator('input[type="password"]').fill("correct horse battery");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/t\//);
    const problems: string[] = [];
    for (const tab of component) {
      await settled(page, `/t/${team}/apps/shop/c/web${tab}`);
      for (const problem of await seriousProblems(page)) problems.push(`${tab} ${problem}`);
    }
    expect(problems).toEqual([]);
    await context.close();
  },
);

/** What people see who are not signed in. */
const outside = ["/login", "/signup", "/forgot-password", "/reset-password", "/reset-password#token", "/invite/unknown"];

inBrowser.each(looks.map((look) => [`${look.width ?? 1280} px, ${look.theme}, ${look.language}`, look] as const))(
  "U1: what is seen before signing in, at %s, has nothing serious for axe, fits the window and takes the keyboard at once",
  async (_, look) => {
    const { page, context } = await openPage(browser, look);
    const problems: string[] = [];
    for (const path of outside) {
      await page.goto("about:blank");
      await page.goto(platform.url + path);
      await page.locator("h1").waitFor();
      await eventually("the page is complete", async () => (await page.locator(".skeleton").count()) === 0);
      for (const problem of await seriousProblems(page)) problems.push(`${path} ${problem}`);
      if ((await overflow(page)) > 0) problems.push(`${path} is wider than the window by ${await overflow(page)} px`);
      if ((await page.locator("form").count()) > 0)
        await eventually(`the first field of ${path} has the focus`, () =>
          page.evaluate("document.activeElement === document.querySelector('form input')"),
        );
    }
    expect(problems).toEqual([]);
    await context.close();
  },
);

/** What opens on a page rather than at an address of its own. */
const openings: readonly (readonly [name: string, open: (page: Page) => Promise<unknown>])[] = [
  [
    "the command palette",
    async (page) => {
      await settled(page, `/t/${team}`);
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").waitFor();
      await page.keyboard.type("web");
      await page.getByRole("option").first().waitFor();
    },
  ],
  [
    "the plan of a change",
    async (page) => {
      await settled(page, `/t/${team}/apps/shop/c/web?do=deploy`);
      await page.locator(".effects").first().waitFor();
    },
  ],
  [
    "the removal of a component",
    async (page) => {
      await settled(page, `/t/${team}/apps/shop/c/web?do=remove`);
      await page.locator(".effects").first().waitFor();
    },
  ],
  [
    "a source that was checked",
    async (page) => {
      await settled(page, `/t/${team}/new?url=${encodeURIComponent(demo(platform.url, "node"))}&check=now`);
      await page.locator('[data-testid="check"]:not([data-state="running"])').waitFor({ timeout: 60_000 });
    },
  ],
  [
    "a source that cannot be had",
    async (page) => {
      await settled(page, `/t/${team}/new?url=${encodeURIComponent(demo(platform.url, "nope"))}&check=now`);
      await page.locator('[data-testid="check"]:not([data-state="running"])').waitFor({ timeout: 60_000 });
    },
  ],
  [
    "a page that is not there",
    (page) => page.goto(`${platform.url}/t/${team}/nowhere`).then(() => page.getByRole("heading").first().waitFor()),
  ],
  [
    "why a component is as it is",
    async (page) => {
      await settled(page, `/t/${team}/apps/shop/c/broken`);
      await page.locator(".log-mark").waitFor();
      await page.getByTestId("status").click();
      await page.locator(".status-why").waitFor();
    },
  ],
];

inBrowser.each([looks[0], looks[1]].map((look) => [look?.theme, look] as const))(
  "U1: what opens on pages has nothing serious for axe in %s",
  async (_, look) => {
    const page = await signedIn(look ?? {});
    // What slides or fades in has its contrast only at the end.
    await page.emulateMedia({ reducedMotion: "reduce" });
    const problems: string[] = [];
    for (const [name, open] of openings) {
      await open(page);
      for (const problem of await seriousProblems(page)) problems.push(`${name}: ${problem}`);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  },
);

/** Lists that open below a field: of a field with a label, with a name alone, and one in which nothing is found. */
const lists: readonly (readonly [field: string, path: string, typed?: string])[] = [
  ["Health check", "/settings"],
  ["Protocol of port 8080", "/ports"],
  ["Add a dependency", "/dependencies"],
  ["Add a dependency", "/dependencies", "nothing of this name"],
];
inBrowser("U1: a list that opens has the name of its field, also when nothing is found in it", async () => {
  const page = await signedIn({});
  const problems: string[] = [];
  for (const [field, path, typed] of lists) {
    await settled(page, `/t/${team}/apps/shop/c/${path === "/dependencies" ? "broken" : "web"}${path}`);
    await page.getByRole("combobox", { name: field }).click();
    await page.getByRole("listbox").waitFor({ state: "attached" });
    if (typed) await page.keyboard.type(typed);
    await eventually("the list has its name", async () => (await page.getByRole("listbox", { name: field }).count()) === 1);
    for (const problem of await seriousProblems(page)) problems.push(`${field}: ${problem}`);
  }
  expect(problems).toEqual([]);
  await page.context().close();
});

inBrowser("U1: what needs a person stands before the applications, on a phone and for the keyboard", async () => {
  const page = await signedIn({ width: 390, height: 844 });
  await settled(page, `/t/${team}`);
  const needs = page.getByRole("region", { name: "Needs you" });
  await needs.getByRole("link", { name: "shop / broken" }).waitFor();
  const [above, below] = [await needs.boundingBox(), await page.getByRole("article").first().boundingBox()];
  expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);
  expect(
    await page.evaluate("document.querySelector('main a[href*=\"/c/\"]').closest('section')?.getAttribute('aria-labelledby')"),
  ).toBe("needs-you");
  await page.context().close();
});

inBrowser("W5: a failed component shows the line of its log that tells why", async () => {
  const page = await signedIn({});
  await settled(page, `/t/${team}/apps/shop/c/broken`);
  await page.locator(".log-mark", { hasText: "Cannot find module" }).waitFor();
  await settled(page, `/t/${team}/apps/shop/c/broken/operations`);
  await page.getByRole("region", { name: "Last lines of its log" }).getByText("Cannot find module").waitFor();
  await page.context().close();
});

inBrowser(
  "U1: the cells of a table begin where its heads do, and an instance's name keeps the end that tells it apart",
  async () => {
    const page = await signedIn({});
    await settled(page, `/t/${team}/apps/shop/c/web`);
    const table = page.getByRole("table", { name: "Instances" });
    const [head, name] = [table.getByRole("button", { name: "Instance" }), table.locator(".instance-id")];
    const [above, below] = [await head.boundingBox(), await name.boundingBox()];
    expect(below?.x).toBeCloseTo(above?.x ?? Number.NaN, 0);
    const whole = String(await name.getAttribute("title"));
    expect(await name.textContent()).toBe(instanceName("web", whole));
    const [begin, end] = [name.locator("span").first(), name.locator("span").last()];
    expect(whole.endsWith(String(await end.textContent()))).toBe(true);
    expect((await begin.boundingBox())?.x).toBe(below?.x);
    await page.context().close();
  },
);

inBrowser("U1: the palette leads to any action of any component by the keyboard alone", async () => {
  const page = await signedIn({});
  await settled(page, `/t/${team}`);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("shop web restart");
  await page.getByRole("option", { name: /shop \/ web/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Restart" }).waitFor();
  await page.keyboard.press("Escape");
  await page.context().close();
});

inBrowser("U1: the focus is seen on whatever the keyboard reaches, and nothing moves for who wants no motion", async () => {
  const page = await signedIn({});
  await page.emulateMedia({ reducedMotion: "reduce" });
  await settled(page, `/t/${team}/apps/shop/c/web`);
  for (let n = 0; n < 25; n++) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(
      "(() => { const e = document.activeElement; const s = getComputedStyle(e); const p = getComputedStyle(e.closest('label, .ant-btn, .ant-select') ?? e); return [s, p].some((x) => (x.outlineStyle !== 'none' && parseFloat(x.outlineWidth) > 0) || x.boxShadow !== 'none') ? '' : e.outerHTML.slice(0, 160); })()",
    );
    expect(seen).toBe("");
  }
  const moving = await page.evaluate(
    "[...document.querySelectorAll('*')].filter((e) => { const s = getComputedStyle(e); return parseFloat(s.animationDuration) > 0.01 && s.animationName !== 'none' || parseFloat(s.transitionDuration) > 0.01; }).map((e) => e.className).slice(0, 5)",
  );
  expect(moving).toEqual([]);
  await page.context().close();
});

inBrowser("U1: the whole console is in Chinese when Chinese is chosen, and a choice is remembered", async () => {
  const page = await signedIn({ language: "en" });
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("link", { name: "数据中心" }).waitFor();
  await page.reload();
  await page.getByRole("link", { name: "数据中心" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
  await settled(page, `/t/${team}/apps/shop/c/web/logs`);
  await page.getByText("发布版本 1 开始接收流量。").waitFor();
  await page.context().close();
});

/** What screen readers and tooltips say, as far as it is a phrase: names of people's own things are single words, or joined by a slash. */
const phrases = `[...document.querySelectorAll("main *")].flatMap((e) => ["aria-label", "title", "placeholder", "aria-description"].map((name) => e.getAttribute(name) ?? "")).concat([...document.querySelectorAll("main [id*=desc]")].map((e) => e.textContent ?? "")).filter((text) => / /.test(text) && !/[\\u4e00-\\u9fff]| \\/ |#\\d|Mozilla/.test(text))`;
inBrowser("U1: what only screen readers and tooltips say is in Chinese too", async () => {
  const page = await signedIn({ language: "zh" });
  const english: string[] = [];
  for (const path of pages()) {
    await settled(page, path);
    english.push(...((await page.evaluate(phrases)) as string[]).map((text) => `${path} ${text}`));
  }
  expect(english).toEqual([]);
  await page.context().close();
});

inBrowser("U1: before the platform answers the page says so rather than staying empty", async () => {
  const page = await signedIn({});
  let answer = () => {};
  const answered = new Promise<void>((done) => {
    answer = done;
  });
  await page.route("**/v1/session", (route) => answered.then(() => route.continue()));
  await page.reload();
  await page.getByText("The platform takes long to answer").waitFor();
  expect(await seriousProblems(page)).toEqual([]);
  answer();
  await page.locator("main h1").waitFor();
  await page.context().close();
});

inBrowser("U1: a click on a link is seen to be heard while its page is slow to come", async () => {
  const page = await signedIn({});
  await settled(page, `/t/${team}`);
  let answer = () => {};
  const answered = new Promise<void>((done) => {
    answer = done;
  });
  await page.route("**/assets/audit*", (route) => answered.then(() => route.continue()));
  await page.getByRole("link", { name: "Audit log" }).click();
  const going = page.getByRole("progressbar", { name: "The page is loading" });
  await going.waitFor();
  expect(await seriousProblems(page)).toEqual([]);
  answer();
  await page.getByRole("heading", { name: "Audit log" }).waitFor();
  await going.waitFor({ state: "detached" });
  await page.context().close();
});

inBrowser("U1: a link to an operation shows that one or says that it is not there, never another one", async () => {
  const page = await signedIn({});
  await settled(page, `/t/${team}/apps/shop/c/web/operations?op=op_none`);
  await page.getByRole("alert").getByText("op_none").waitFor();
  expect(await page.locator('[data-testid="operation"]').count()).toBe(0);
  await page.context().close();
});

inBrowser("U1: the page of a data center is named in the breadcrumb, below the list it is in", async () => {
  const page = await signedIn({});
  await settled(page, "/data-centers");
  await page.getByRole("main").getByRole("link", { name: "embedded" }).click();
  const crumbs = page.getByRole("navigation", { name: "Where you are" });
  await crumbs.getByRole("link", { name: "embedded" }).waitFor();
  await crumbs.getByRole("link", { name: "Data centers" }).click();
  await page.getByRole("heading", { name: "Data centers" }).waitFor();
  await page.context().close();
});

inBrowser("U1: the name that a removal asks for is typed at once, by the keyboard alone", async () => {
  const page = await signedIn({});
  await settled(page, `/t/${team}/apps/shop/c/broken?do=remove`);
  const name = page.getByLabel("Type broken to confirm.");
  await name.waitFor();
  await eventually("the name is asked for", () => page.evaluate("document.activeElement?.id === 'confirm-name'"));
  await page.keyboard.type("broken");
  expect(await name.inputValue()).toBe("broken");
  await page.context().close();
});

inBrowser("U1: at 390 px a component is restarted and its log read", async () => {
  const page = await signedIn({ width: 390, height: 844 });
  await settled(page, `/t/${team}/apps/shop/c/web`);
  await page.getByRole("button", { name: "Restart", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restart" }).click();
  await page.locator('[data-testid="operation"][data-state="succeeded"]').first().waitFor({ timeout: 120_000 });
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("navigation", { name: "Parts of the component" }).getByRole("link", { name: "Logs" }).click();
  await page.getByRole("log").locator(".log-row").first().waitFor();
  await page.context().close();
});

inBrowser("A8: a wrong password is said in words, and what was typed is kept", async () => {
  const { page, context } = await openPage(browser);
  await page.goto(`${platform.url}/login`);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill("not the password");
  await page.keyboard.press("Enter");
  const alert = page.getByRole("alert").first();
  await alert.waitFor();
  expect(await alert.textContent()).toMatch(/password/i);
  expect(await page.getByLabel("E-mail").inputValue()).toBe(person.email);
  await context.close();
});

inBrowser("U1: another team's address shows nothing of it", async () => {
  const { page, context } = await openPage(browser);
  const other = await signUp(platform.url);
  await page.goto(`${platform.url}/login?next=${encodeURIComponent(`/t/${team}/apps/shop`)}`);
  await page.getByLabel("E-mail").fill(other.email);
  await page.getByLabel("Password").fill(other.password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  await context.close();
});

inBrowser("U1: the sign-in page and the overview load with at most 300 KB", () => {
  const weights = initialLoad(builtConsole);
  console.info(`initial load: ${totalOf(weights)} bytes of gzip in ${weights.length} files`);
  expect(totalOf(weights)).toBeLessThanOrEqual(initialLoadMaxBytes);
});
