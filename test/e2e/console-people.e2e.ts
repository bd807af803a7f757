import type { Browser, Page } from "playwright-core";
import { chromiumPath, openBrowser, openPage, overflow, seriousProblems, signIn } from "./browser.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

const inBrowser = chromiumPath ? test : test.skip;
let platform: Platform;
let browser: Browser;

beforeAll(async () => {
  if (!chromiumPath) return;
  platform = await startPlatform();
  browser = await openBrowser();
});
afterAll(async () => {
  if (!chromiumPath) return;
  await browser.close();
  await platform.stop();
  await removeHome(platform.home);
});

type Person = Awaited<ReturnType<typeof signUp>>;
const teamOf = (person: Person) => `${platform.url}/t/${person.session.teams[0]?.id}`;
let invited = 0;
const invite = async (owner: Person, role: string) => {
  invited++;
  const email = `guest-${invited}@example.test`;
  const { token } = await owner.call<{ token: string }>("POST", "/v1/invitations", { email, role });
  return { email, link: `${platform.url}/invite/${token}` };
};

/** A person of no other team, in a browser of their own. */
async function guestOf(owner: Person, role: string): Promise<{ page: Page; user: string; complaints: string[] }> {
  const { email, link } = await invite(owner, role);
  const { page, complaints } = await openPage(browser);
  await page.goto(link);
  await page.getByLabel("Your name").fill("Grace Hopper");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/t\//);
  const { items } = await owner.call<{ items: { user: string; email: string }[] }>("GET", "/v1/members");
  return { page, complaints, user: String(items.find((one) => one.email === email)?.user) };
}

inBrowser("U1: whose only team has removed them sees it at once, and makes a team of their own", async () => {
  const owner = await signUp(platform.url);
  const { page, user, complaints } = await guestOf(owner, "developer");
  await page.goto(`${teamOf(owner)}/members`);
  await page.getByRole("row", { name: owner.email }).waitFor();
  await owner.call("DELETE", `/v1/members/${user}`);
  await page.getByText("There is nothing here").waitFor();
  await page.getByRole("link", { name: "To the applications" }).click();
  await page.waitForURL(/\/account$/);
  await page.getByText("You are in no team").waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  expect([await seriousProblems(page), await overflow(page)]).toEqual([[], 0]);
  await page.getByRole("button", { name: "Create a team" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Team name").fill("Mine");
  await dialog.getByRole("button", { name: "Create", exact: true }).dblclick();
  await page.waitForURL(/\/t\//);
  await page.goto(`${platform.url}/account`);
  await page.getByRole("listitem").filter({ hasText: "Owner" }).waitFor();
  expect(await page.getByRole("listitem").filter({ hasText: "Mine" }).count()).toBe(1);
  expect(complaints).toEqual([]);
});

inBrowser("U1: a new role is known on the page of the person who got it, without a reload", async () => {
  const owner = await signUp(platform.url);
  const { page, user } = await guestOf(owner, "viewer");
  await page.goto(`${teamOf(owner)}/settings`);
  await page.getByLabel("Team name").and(page.locator(":disabled")).waitFor();
  await owner.call("PATCH", `/v1/members/${user}`, { role: "owner" });
  await page.getByLabel("Team name").and(page.locator(":enabled")).waitFor();
  await owner.call("PATCH", `/v1/members/${user}`, { role: "viewer" });
  await page.getByLabel("Team name").and(page.locator(":disabled")).waitFor();
});

inBrowser(
  "U1: a team that somebody else renames is renamed on every page; a name being typed stays, and one is chosen",
  async () => {
    const owner = await signUp(platform.url);
    const { page } = await openPage(browser);
    await signIn(page, platform.url, owner);
    await page.goto(`${teamOf(owner)}/settings`);
    const field = page.getByRole("textbox", { name: "Team name" });
    const demand = page.getByRole("switch", { name: "Run only what Pluvia built and signed" });
    await field.and(page.locator('[value="Ada\'s team"]')).waitFor();
    await owner.call("PATCH", "/v1/team", { name: "Rainmakers", requiresProvenance: true });
    await page.locator(".team-name", { hasText: "Rainmakers" }).waitFor();
    await field.and(page.locator('[value="Rainmakers"]')).waitFor();
    await demand.and(page.locator('[aria-checked="true"]')).waitFor();
    await field.fill("My own ");
    await owner.call("PATCH", "/v1/team", { name: "Theirs" });
    await page.getByText("Somebody else has changed Team name meanwhile too.").first().waitFor();
    expect(await field.inputValue()).toBe("My own ");
    await page.getByRole("button", { name: "Keep mine: Team name" }).click();
    await page.getByRole("button", { name: "Rename", exact: true }).click();
    await page.locator(".team-name", { hasText: "My own" }).waitFor();
    await page.getByRole("button", { name: "Rename", exact: true }).and(page.locator('[aria-disabled="true"]')).waitFor();
    expect(await page.getByText("Somebody else has changed").count()).toBe(0);
  },
);

inBrowser("U1: an invitation for another account is not offered to be accepted, but to sign out for it", async () => {
  const owner = await signUp(platform.url);
  const other = await signUp(platform.url);
  const { email, link } = await invite(owner, "developer");
  const { page } = await openPage(browser);
  await signIn(page, platform.url, other);
  await page.goto(link);
  await page.getByText(`This invitation was sent to ${email}`).waitFor();
  expect(await page.getByRole("button", { name: "Accept the invitation" }).count()).toBe(0);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Your name").fill("Guest");
  expect(await page.getByLabel("E-mail").inputValue()).toBe(email);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.keyboard.press("Enter");
  await page.waitForURL(teamOf(owner));
});

inBrowser(
  "U1: a key is shown with what its maker may now, and not as active when the maker has left; the audit log is filtered by the names it shows",
  async () => {
    const owner = await signUp(platform.url);
    const { page: guest, user } = await guestOf(owner, "developer");
    await guest.goto(`${teamOf(owner)}/keys`);
    await guest.getByRole("button", { name: "Create a key" }).first().click();
    const dialog = guest.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("graces");
    await dialog.getByRole("button", { name: "Create", exact: true }).click();
    await dialog.getByText("This is the only time it is shown.").waitFor();
    const { page } = await openPage(browser);
    await signIn(page, platform.url, owner);
    await page.goto(`${teamOf(owner)}/keys`);
    const key = page.getByRole("row", { name: /graces/ });
    await key.getByText("Active").waitFor();
    expect(await key.textContent()).not.toContain("……");
    await owner.call("PATCH", `/v1/members/${user}`, { role: "viewer" });
    await key.getByText("Viewer (made as Developer)").waitFor();
    await owner.call("DELETE", `/v1/members/${user}`);
    await key.getByText("Its maker has left").waitFor();

    const application = await owner.call<{ id: string }>("POST", "/v1/applications", { name: "storefront" });
    await page.goto(`${teamOf(owner)}/audit`);
    await page.getByRole("row", { name: new RegExp(`storefront.*${application.id}`) }).waitFor();
    await page.getByRole("searchbox").or(page.getByLabel("Filter")).first().fill("storefront");
    await page.getByRole("row", { name: new RegExp(application.id) }).waitFor();
  },
);

inBrowser("U1: what is shown once goes by its one button alone, which says so in the reader's language", async () => {
  const owner = await signUp(platform.url);
  const { page } = await openPage(browser, { language: "zh" });
  await signIn(page, platform.url, owner);
  const dialog = page.getByRole("dialog");
  await page.goto(`${teamOf(owner)}/members`);
  await page.getByRole("button", { name: "邀请成员" }).click();
  await dialog.getByLabel("邮箱").fill("once@example.test");
  await page.keyboard.press("Enter");
  await dialog.getByText("把此链接发给对方").waitFor();
  expect(await dialog.locator(".ant-modal-footer button").allTextContents()).toEqual(["关闭"]);
  await page.goto(`${teamOf(owner)}/keys`);
  await page.getByRole("button", { name: "创建密钥" }).first().click();
  await dialog.getByRole("textbox", { name: "名称" }).fill("ci");
  await page.keyboard.press("Enter");
  await dialog.getByText("仅显示这一次").waitFor();
  await page.keyboard.press("Escape");
  expect(await dialog.getByRole("button", { name: /^(关闭|取消|Cancel|Close)$/ }).count()).toBe(0);
  await dialog.getByRole("button", { name: "我已复制" }).click();
  await dialog.waitFor({ state: "hidden" });
});

inBrowser("U1: a link of an invitation that was cut off says that there is no such invitation", async () => {
  const { page } = await openPage(browser);
  await page.goto(`${platform.url}/invite/pluvia_inv`);
  await page.getByRole("alert").getByText("There is no such invitation").waitFor();
});

inBrowser("U1: a name of one's own that is typed and not saved is not left behind unasked; saved, the focus stays", async () => {
  const owner = await signUp(platform.url);
  const { page } = await openPage(browser);
  await signIn(page, platform.url, owner);
  await page.goto(`${platform.url}/account`);
  await page.getByLabel("Your name").fill("Countess");
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
  expect(await page.getByLabel("Your name").inputValue()).toBe("Countess");
  await page.getByRole("button", { name: "Save", exact: true }).press("Enter");
  await page.locator(".person-name", { hasText: "Countess" }).first().waitFor();
  await eventually(
    "the focus is on the button",
    async () => (await page.evaluate("document.activeElement?.textContent")) === "Save",
  );
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("row", { name: /Countess/ }).waitFor();
});
