import type { Browser, Page } from "playwright-core";
import { cloud } from "../../edge-agents/runtime/cloud.ts";
import { joined } from "../../edge-agents/runtime/joined.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { memoryDurableText } from "../../shared/adapters/memory/durable-text.ts";
import type { Component } from "../../shared/contract/component.ts";
import { chromiumPath, openBrowser, openPage, signIn } from "./browser.ts";
import { demo, deployed } from "./journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

// A data center of the team's own in the console. Its agent joins and reports as real ones do and runs nothing; that a cluster runs what is
// configured here is test/kubernetes' to show.

const inBrowser = chromiumPath ? test : test.skip;
let platform: Platform;
let browser: Browser;
let page: Page;
let person: Awaited<ReturnType<typeof signUp>>;
let web: Component;
let db: Component;
let agent: ReturnType<typeof cloud>;

beforeAll(async () => {
  if (!chromiumPath) return;
  platform = await startPlatform();
  browser = await openBrowser();
  person = await signUp(platform.url);
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

const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const dialog = () => page.getByRole("dialog");
const tab = (component: string, name: string) =>
  page.goto(`${platform.url}/t/${person.session.teams[0]?.id}/apps/shop/c/${component}/${name}`);
const view = (component: Component) => person.call<Component>("GET", `/v1/components/${component.id}`);
const save = async () => {
  await button("Review changes").last().click();
  await dialog().getByRole("button", { name: /^Save/ }).last().click();
  await dialog().waitFor({ state: "hidden" });
};

/** Joins with the token of the page and says what an agent of a cluster would say. */
async function joinCluster(token: string): Promise<void> {
  const clock = systemClock();
  const credential = await joined({
    text: memoryDurableText(),
    joining: {
      registrar: cloud(platform.url, async () => ""),
      token,
      again: "never",
      kind: "kubernetes",
      preflight: async () => [],
    },
    clock,
    signal: AbortSignal.timeout(120_000),
    log: () => {},
  });
  agent = cloud(platform.url, credential.bearer);
  await agent.report({
    version: 1,
    observations: [],
    agentVersion: "0.1.0",
    capabilities: [
      { name: "volumes", available: true, message: "Storage classes: standard." },
      { name: "node-changes", available: true, message: "It can." },
    ],
    nodes: [worker()],
  });
}
const worker = (more: object = {}) => ({
  name: "worker-1",
  ready: true,
  cordoned: false,
  version: "v1.35.0",
  createdAt: null,
  cpuMillis: 4_000,
  memoryBytes: 8 * 2 ** 30,
  diskBytes: 100 * 2 ** 30,
  used: { cpuMillis: 500, memoryBytes: 2 * 2 ** 30, diskBytes: 91 * 2 ** 30 },
  instances: 2,
  otherPods: 7,
  labels: { disk: "ssd", "kubernetes.io/os": "linux" },
  taints: [],
  signals: [{ code: "node.disk-filling", detail: { percent: 91 } }],
  ...more,
});

inBrowser("P2: a cluster is added, the command is shown once, and the page follows it until it has joined", async () => {
  await page.goto(`${platform.url}/data-centers`);
  await button("Add a data center").first().click();
  await dialog().getByRole("textbox").first().fill("east");
  await dialog().locator(".ant-btn-primary").click();
  const token = async () => /pluvia_join_[\w-]+/.exec(await page.content())?.[0];
  await eventually("the command is shown", async () => (await token()) !== undefined);
  await joinCluster(String(await token()));
  await page.getByText("connected", { exact: false }).first().waitFor();
  await page.goto(`${platform.url}/data-centers`);
  await page.getByRole("link", { name: "east" }).first().waitFor();
});

inBrowser("W9: its nodes are listed; a chosen one tells what is wrong, and what it is marked with", async () => {
  await page.getByRole("link", { name: "east" }).first().click();
  await page.getByText("Ready, with a warning").waitFor();
  // What follows a list as long as this one is out of sight.
  const spares = Array.from({ length: 16 }, (_, n) => worker({ name: `spare-${n}`, signals: [], labels: {} }));
  await agent.report({ version: 1, observations: [], nodes: [worker(), ...spares] });
  await page.reload();
  await page.getByRole("button", { name: "spare-15" }).waitFor();
  await page.getByRole("button", { name: "worker-1" }).click();
  const wrong = page.getByText("The node's disk is 91 % full.");
  await wrong.waitFor();
  await eventually("it is in sight", async () => {
    const box = await wrong.boundingBox();
    return box !== null && box.y > 52 && box.y + box.height < 800;
  });
  await page.getByText("disk=ssd").waitFor();
  await agent.report({ version: 1, observations: [], nodes: [worker()] });
});

/** What the agent is asked to do with nodes, once it is asked. */
async function askedOfNodes() {
  let tasks = (await agent.desired(0)).nodeTasks ?? [];
  await eventually("the agent is asked", async () => {
    tasks = (await agent.desired(0)).nodeTasks ?? [];
    return tasks.length > 0;
  });
  return tasks;
}

inBrowser("R1: a node is drained after a question, tells how it goes, and can be given up and uncordoned", async () => {
  await page.getByText("Nothing of this team", { exact: true }).first().waitFor();
  await button("Drain").click();
  await dialog().getByText("its 2 instances of Pluvia start elsewhere", { exact: false }).waitFor();
  await dialog().getByRole("button", { name: "Drain" }).click();
  const [task] = await askedOfNodes();
  expect(task).toMatchObject({ node: "worker-1", change: { kind: "drain" } });
  await agent.report({
    version: 1,
    observations: [],
    nodes: [worker({ cordoned: true })],
    nodeTasks: [{ operation: String(task?.operation) as `op_${string}`, state: "running", left: 1, blocked: ["web-0"] }],
  });
  await page.getByText("Disruption budgets hold back web-0", { exact: false }).first().waitFor();
  await eventually("nothing else can be asked of it", async () =>
    /Something is being done/.test((await button("Labels and taints").getAttribute("aria-description")) ?? ""),
  );
  await button("Give up").first().click();
  await eventually("the agent is asked no more", async () => (await agent.desired(0)).nodeTasks?.length === 0);
  await button("Uncordon").waitFor();
});

inBrowser("R1: labels and taints of a node are edited; Kubernetes' own are not offered", async () => {
  await button("Labels and taints").click();
  const labels = dialog().getByLabel("Labels");
  expect(await labels.inputValue()).toBe("disk=ssd");
  await labels.fill("disk");
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().getByText("This line says nothing: disk").waitFor();
  await labels.fill("disk=nvme");
  await dialog().getByLabel("Taints").fill("gpu=yes:NoSchedule");
  await dialog().getByRole("button", { name: "Save" }).click();
  const [task] = await askedOfNodes();
  expect(task?.change).toEqual({
    kind: "edit",
    labels: { disk: "nvme" },
    taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }],
    taintsSeen: [],
  });
  await agent.report({
    version: 1,
    observations: [],
    nodes: [worker({ labels: { disk: "nvme" } })],
    nodeTasks: [{ operation: String(task?.operation) as `op_${string}`, state: "succeeded", left: 0, blocked: [] }],
  });
  await page.getByText("disk=nvme").waitFor();
});

inBrowser("W2: a data center that runs no further containers says so on the button that adds one", async () => {
  await tab("web", "containers");
  const add = button("Add a container");
  await add.waitFor();
  await eventually("the reason is told", async () =>
    /cannot run further containers/.test((await add.getAttribute("aria-description")) ?? ""),
  );
});

inBrowser("W2: a component made in the new data center gets a volume, a file, a kind, a schedule and a placement", async () => {
  const centers = await person.call<{ readonly items: readonly { readonly id: string; readonly name: string }[] }>(
    "GET",
    "/v1/data-centers",
  );
  db = await person.call<Component>("POST", `/v1/applications/${web.application}/components`, {
    name: "db",
    dataCenter: centers.items.find((d) => d.name === "east")?.id,
    source: { kind: "git", url: demo(platform.url, "node") },
  });
  await tab("db", "storage");
  await button("Add a volume").click();
  await page.getByLabel("Path of data").fill("/var/lib/../data");
  await eventually("a bad path is refused", async () =>
    /does not lead upwards/.test((await button("Review changes").getAttribute("aria-description")) ?? ""),
  );
  await page.getByLabel("Path of data").fill("/var/lib/db");
  await button("Add a file").click();
  await button("Discard").last().click();
  await page.getByRole("link", { name: "Logs", exact: true }).click();
  await dialog().getByRole("button", { name: "Stay" }).click();
  await save();
  await button("Add a file").click();
  await page.getByLabel("Path of the file").fill("/etc/db.conf");
  await page.getByLabel("Content of /etc/db.conf").fill("fsync = on\n");
  await save();
  await tab("db", "settings");
  await page.getByLabel("Kind of component").click();
  await page.getByTitle("Scheduled job", { exact: true }).click();
  await page.getByLabel("Schedule", { exact: true }).fill("0 25 * * *");
  await page.getByText(/The schedule's hour cannot be "25"/).waitFor();
  await page.getByLabel("Schedule", { exact: true }).fill("30 3 * * *");
  await page.locator("form", { hasText: "Kind of component" }).getByRole("button", { name: "Review changes" }).click();
  await dialog().getByRole("button", { name: /^Save/ }).last().click();
  await dialog().waitFor({ state: "hidden" });
  await page.getByLabel("Only on nodes with these labels").fill("disk=ssd");
  await page.locator("form", { hasText: "Only on nodes" }).getByRole("button", { name: "Review changes" }).click();
  await dialog().getByRole("button", { name: /^Save/ }).last().click();
  await dialog().waitFor({ state: "hidden" });
  const { configuration } = await view(db);
  expect(configuration).toMatchObject({
    kind: "cron",
    schedule: { cron: "30 3 * * *", overlap: "skip" },
    volumes: [{ name: "data", kind: "exclusive", path: "/var/lib/db", sizeMib: 1024, storageClass: null }],
    files: [{ path: "/etc/db.conf", content: "fsync = on\n", executable: false }],
    placement: { nodeLabels: { disk: "ssd" } },
  });
});

inBrowser("P5: a sidecar is added to a component, with its image, command and variables", async () => {
  await tab("web", "containers");
  await eventually("where it cannot run it says so", async () =>
    /cannot run further containers/.test((await button("Add a container").getAttribute("aria-description")) ?? ""),
  );
  await tab("db", "containers");
  await page.getByText("No further containers").waitFor();
  await button("Add a container").click();
  await eventually("an image is asked for", async () =>
    /needs an image/.test((await button("Review changes").getAttribute("aria-description")) ?? ""),
  );
  await page.getByLabel("Image of helper").fill("registry.example.org/exporter:2");
  await page.getByLabel("Command, a word a line: helper").fill("exporter\n--port\n9187");
  await page.getByLabel("Variables: helper").fill("MODE=fast");
  await save();
  expect((await view(db)).configuration.attachments).toEqual([
    {
      name: "helper",
      kind: "sidecar",
      image: "registry.example.org/exporter:2",
      command: ["exporter", "--port", "9187"],
      variables: { MODE: "fast" },
      resources: { memoryMib: 64, cpuMillis: 100 },
    },
  ]);
});

inBrowser("W3: scaling by load and what is set aside are configured where the data center can", async () => {
  const cache = await person.call<Component>("POST", `/v1/applications/${web.application}/components`, {
    name: "cache",
    dataCenter: db.dataCenter,
    source: { kind: "git", url: demo(platform.url, "node") },
  });
  await tab("cache", "scaling");
  await page.getByRole("switch", { name: "Scale by load" }).click();
  await page.getByLabel("At most").fill("6");
  await save();
  await page.getByRole("switch", { name: "Set aside" }).click();
  await save();
  expect((await view(cache)).configuration).toMatchObject({
    scaling: { replicasMin: 1, replicasMax: 6, cpuPercent: 70 },
    requests: { memoryMib: cache.configuration.resources.memoryMib },
  });
});

inBrowser("P9: a component is moved to another data center, by its plan first", async () => {
  await tab("web", "settings");
  await page.getByLabel("Another data center").click();
  await page.getByTitle("east", { exact: true }).click();
  await button("Move").click();
  await dialog().getByText(/east/).first().waitFor();
  await dialog().getByRole("button", { name: "Move", exact: true }).click();
  await eventually("it is moving", async () => (await view(web)).moving?.phase === "starting");
});

inBrowser("P6: one that is not heard of any more can be joined anew; what is refused of it is told", async () => {
  await person.call("POST", `/v1/data-centers/${db.dataCenter}/cordon`);
  await page.route(/\/v1\/data-centers(\?|$)/, async (route) => {
    const answer = await route.fetch();
    const list = (await answer.json()) as { readonly items: readonly { readonly name: string }[] };
    const items = list.items.map((d) => (d.name === "east" ? { ...d, state: "disconnected" } : d));
    await route.fulfill({ response: answer, json: { ...list, items } });
  });
  await page.route("**/uncordon", (route) => route.fulfill({ status: 500, body: "no explanation" }));
  await page.goto(`${platform.url}/data-centers/${db.dataCenter}`);
  await page.getByText("It has not been heard of lately").waitFor();
  await page.getByText("takes the place of the one before", { exact: false }).waitFor();
  await button("New command").click();
  await page.getByText("kubectl apply -f", { exact: false }).waitFor();
  await page.getByText("With a new command the one before is dead.").waitFor();
  await button("Actions").first().click();
  await page.getByRole("menuitem", { name: "Uncordon" }).click();
  await page.locator(".toast-error").waitFor();
  await person.call("POST", "/v1/data-centers", { name: "south" });
  await page.reload();
  await button("Actions").first().click();
  await page.getByRole("menuitem", { name: "Drain" }).click();
  await dialog().getByRole("combobox").click();
  await page.getByTitle("south – Joining", { exact: true }).waitFor();
});
