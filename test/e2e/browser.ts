import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const candidates = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
];
/** null: there is no browser on this machine, and these tests are skipped. */
export const chromiumPath: string | null = candidates.find((path) => path && existsSync(path)) ?? null;

/** No sandbox, as tests may run as root; nothing that calls home. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath ?? "", args: flags });

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  readonly language?: "en" | "zh";
}

const pages = new Set<Page>();

/** Where each open page is, and what it and its dialogs show to a screen reader. */
async function shownByPages(): Promise<string> {
  const shown = await Promise.all(
    [...pages].map(async (page) => {
      const parts = await page.locator("main, [role=dialog]").all();
      const seen = await Promise.all(parts.map((part) => part.ariaSnapshot({ timeout: 5_000 }).catch(String)));
      return `${page.url()} showed:\n${seen.join("\n").replace(/^.*\/url:.*\n/gm, "")}`;
    }),
  );
  return shown.join("\n").slice(0, 3_000);
}
Object.assign(globalThis, { shownByPages });

// What runs in the page is given as text: this project is checked without the DOM's types.

/** A page of a new person: no cookies, its own look. Whatever the page complains about is kept in `complaints`. */
export async function openPage(
  browser: Browser,
  look: Look = {},
): Promise<{ page: Page; context: BrowserContext; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1280, height: look.height ?? 800 },
    locale: look.language === "zh" ? "zh-CN" : "en-US",
  });
  const choices = { "pluvia.theme": look.theme ?? "light", "pluvia.language": look.language ?? "en" };
  await context.addInitScript(
    `for (const [key, value] of Object.entries(${JSON.stringify(choices)})) if (!localStorage.getItem(key)) localStorage.setItem(key, value);`,
  );
  const page = await context.newPage();
  pages.add(page);
  page.on("close", () => pages.delete(page));
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource|WebSocket/.test(message.text())) complaints.push(message.text());
  });
  return { page, context, complaints };
}

/** As a person does, in whatever language; resolves in the team. */
export async function signIn(
  page: Page,
  url: string,
  person: { readonly email: string; readonly password: string },
): Promise<void> {
  await page.goto(`${url}/login`);
  await page.locator('input[type="email"]').fill(person.email);
  await page.locator('input[type="password"]').fill(person.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/t\//);
}

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Resolves when everything that fades or moves has come to rest, but for what never does. What opens begins to do so a moment later. */
const atRest = (page: Page): Promise<void> =>
  page.evaluate(`(async () => {
    const isMoving = (a) => a.playState === "running" && Number.isFinite(a.effect.getComputedTiming().endTime);
    for (let still = 0, looks = 0; still < 3 && looks < 100; looks++) {
      still = document.getAnimations().some(isMoving) ? 0 : still + 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  })()`);

/** What axe finds serious or critical on the page, as sentences. The page's own policy forbids foreign scripts, so it is evaluated. */
export async function seriousProblems(page: Page): Promise<string[]> {
  const { readFile } = await import("node:fs/promises");
  await atRest(page);
  await page.evaluate(await readFile(axePath, "utf8"));
  const found: Violation[] = await page.evaluate("axe.run().then((result) => result.violations)");
  return found
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.html.slice(0, 200)} ${node.failureSummary.slice(0, 200)}`));
}

/** How many pixels the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
