import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Component } from "../../shared/contract/component.ts";
import { type Cli, newCli } from "../cli/run.ts";
import { act, get, httpPort } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { type JoinedCluster, joinCluster } from "./agents.ts";
import { testImage } from "./agent-parts.ts";
import { describeOnKubernetes, page } from "./support.ts";
import { eventually } from "../support/eventually.ts";

/** The second cluster: one that is named, else one of our own beside the first. */
const given = process.env.PLUVIA_TEST_KUBECONFIG_2;
const ownName = `pluvia-${process.pid}-2`;
const tool = (name: string) => resolve("..", "shared", "kubernetes", name);
const canHave = given !== undefined || process.env.PLUVIA_TEST_CLUSTER !== undefined;
if (!canHave && process.env.PLUVIA_TEST_KUBECONFIG)
  console.warn("Tests of two data centers are skipped: set PLUVIA_TEST_KUBECONFIG_2 to another cluster's kubeconfig.");

function second(): string {
  if (given) return given;
  const archive = join(tmpdir(), `${ownName}-busybox.tar`);
  const said = execFileSync(tool("cluster"), ["up", "node", ownName, "1"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  execFileSync(tool("images"), ["busybox", archive], { stdio: "ignore" });
  execFileSync(tool("cluster"), ["load", ownName, archive], { stdio: "ignore" });
  return /^KUBECONFIG=(.+)$/m.exec(said)?.[1] ?? "";
}

(canHave ? describeOnKubernetes : describe.skip)("two clusters, one platform", () => {
  let platform: Platform;
  let call: Awaited<ReturnType<typeof signUp>>["call"];
  let cli: Cli;
  let east: JoinedCluster;
  let west: JoinedCluster;
  let application: { id: string };
  let api: Component;

  beforeAll(async () => {
    platform = await startPlatform();
    ({ call } = await signUp(platform.url));
    cli = await newCli(
      platform.url,
      (await call<{ secret: string }>("POST", "/v1/keys", { name: "test", role: "owner" })).secret,
    );
    const at = { url: platform.url, call };
    east = await joinCluster(at, { name: "east", kubeconfig: String(process.env.PLUVIA_TEST_KUBECONFIG) });
    west = await joinCluster(at, { name: "west", kubeconfig: second() });
    application = await call("POST", "/v1/applications", { name: "shop" });
  });
  afterAll(async () => {
    await east?.leave();
    await west?.leave();
    await cli?.remove();
    await platform?.stop();
    if (platform) await removeHome(platform.home);
    if (!given) execFileSync(tool("cluster"), ["down", ownName], { stdio: "ignore" });
  });

  const deployed = async (name: string, at: JoinedCluster, configuration: object): Promise<Component> => {
    const made = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
      name,
      source: { kind: "image", image: testImage },
      dataCenter: at.dataCenter.id,
      configuration: { ports: [httpPort], resources: { memoryMib: 64, cpuMillis: 200 }, ...configuration },
    });
    return act(call, made.id, "deploy", {});
  };
  const podsIn = async (cluster: JoinedCluster, component: Component) =>
    (await cluster.ours("Pod", "v1")).filter((pod) => Object.values(pod.metadata.labels ?? {}).includes(component.id));

  test("P10: what runs in one moves to the other, and answers all the while", async () => {
    api = await deployed("api", east, { command: page("hello") });
    const before = String(api.url);
    expect(new URL(before).port).toBe(String(east.agents.gatewayPort));
    const moving = call<{ component: Component }>("POST", `/v1/components/${api.id}/move`, { dataCenter: west.dataCenter.id });
    const arrived = moving.then(() =>
      eventually("it has moved", async () => {
        const now = await call<Component>("GET", `/v1/components/${api.id}`);
        return now.status === "running" && new URL(String(now.url)).port === String(west.agents.gatewayPort) && now;
      }),
    );
    let isThere = false;
    void arrived.then(
      () => {
        isThere = true;
      },
      () => {},
    );
    const seen = new Set<string>();
    while (!isThere) {
      const { url } = await call<Component>("GET", `/v1/components/${api.id}`);
      const { status, text } = await get(String(url));
      seen.add(`${status} ${text.trim()}`);
      if (status !== 200) break;
    }
    api = await arrived;
    expect([...seen]).toEqual(["200 hello"]);
    expect(await get(String(api.url))).toEqual({ status: 200, text: "hello\n" });
    // Whoever still knows the old address has half a minute there.
    await eventually("nothing of it is left where it was", async () => (await podsIn(east, api)).length === 0);
    expect(await podsIn(west, api)).toHaveLength(1);
  });

  test("P10: an application spans both: a component in one reaches one in the other at the address everyone uses", async () => {
    const dependencies = [{ component: api.id, port: httpPort.port, alias: "API" }];
    const front = await deployed("front", east, { command: page("front"), dependencies });
    expect(front.status).toBe("running");
    const { hostname, port } = new URL(String(api.url));
    // Names below localhost lead a pod to itself: the test goes where such a name would lead anywhere else.
    const script =
      'echo "$API_HOST:$API_PORT"; wget -qO- --header "Host: $API_HOST" "http://host.containers.internal:$API_PORT/"';
    const ran = await cli.run(["exec", "--app", "shop", "--name", "front", "--", "sh", "-c", script]);
    expect(ran.stdout.split(/\r?\n/).filter(Boolean)).toEqual([`${hostname}:${port}`, "hello"]);
  });
});
