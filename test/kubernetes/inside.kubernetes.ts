import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { stringify } from "yaml";
import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import type { Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import type { Component } from "../../shared/contract/component.ts";
import type { DataCenter } from "../../shared/contract/data-center.ts";
import { version } from "../../shared/contract/version.ts";
import { joinNamespace } from "../../shared/domain/data-center.ts";
import { type Cli, newCli } from "../cli/run.ts";
import { act, get, httpPort } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { laterVersion } from "../support/later-version.ts";
import { kubernetesTools } from "../support/helm.ts";
import { connected, newDataCenter, servedManifest, takeAway } from "./agents.ts";
import { testImage } from "./agent-parts.ts";
import { describeOnKubernetes, openClient, page } from "./support.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/ports.ts";

const cluster = process.env.PLUVIA_TEST_CLUSTER;
const tool = resolve("..", "shared", "kubernetes", "cluster");
const canLoad = cluster !== undefined && existsSync(tool);
if (!canLoad && process.env.PLUVIA_TEST_KUBECONFIG)
  console.warn(
    "Tests of the agents' image are skipped: they need a cluster of their own, to load it into (unset PLUVIA_TEST_KUBECONFIG).",
  );
const nodePort = 30_080;

interface Node extends KubernetesObject {
  readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
}
/** Nodes of our own clusters are processes of this machine, and so is what runs on them. */
function processOf(replica: string): number {
  const isIt = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`PLUVIA_REPLICA=${replica}\0`);
    } catch {
      return false; // it has ended meanwhile
    }
  };
  const found = readdirSync("/proc").find((name) => /^\d+$/.test(name) && isIt(name));
  if (found === undefined) throw new Error(`there is no process of ${replica}`);
  return Number(found);
}

interface Lease extends KubernetesObject {
  readonly spec: { readonly holderIdentity?: string };
}

(canLoad ? describeOnKubernetes : describe.skip)("agents in the cluster, from the manifest that the platform serves", () => {
  const folder = mkdtempSync(join(tmpdir(), "pluvia-inside-"));
  let platform: Platform;
  let call: Awaited<ReturnType<typeof signUp>>["call"];
  let cli: Cli;
  let client: Client;
  let node: string;
  let dataCenter: DataCenter;
  let component: Component;

  const reached = (port: number) => `http://host.containers.internal:${port}`;
  /** As an operator edits the file: the tests' image runs as root, the cluster's ports are not reached at `localhost`. */
  const edited = (objects: readonly KubernetesObject[]): string => {
    return objects
      .map((object) => stringify(object))
      .join("---\n")
      .replace("value: restricted", "value: baseline")
      .replace(/(name: PLUVIA_PUBLIC_URL\n\s+value:) ""/, `$1 http://${node}:${nodePort}`)
      .replace("targetPort: gateway", `targetPort: gateway\n      nodePort: ${nodePort}`);
  };
  /** Makes the agents' image of a tree, and puts it where the cluster's nodes find it. */
  const loadImage = (tree: string) => {
    const [archive, env] = [join(folder, "agents.tar"), { ...process.env, NODE_OPTIONS: "" }];
    execFileSync(process.execPath, [join(tree, "infra/images/agents.ts"), archive], { stdio: "ignore", env });
    execFileSync(tool, ["load", String(cluster), archive], { stdio: "ignore" });
  };
  beforeAll(async () => {
    loadImage(resolve("."));
    client = openClient();
    const [first] = (await client.list<Node>({ apiVersion: "v1", kind: "Node" })).items;
    node = first?.status.addresses.find((each) => each.type === "InternalIP")?.address ?? "";
    const port = await freePorts();
    platform = await startPlatform({ port, env: { PLUVIA_URL: reached(port) } });
    const url = `http://127.0.0.1:${port}`;
    ({ call } = await signUp(url));
    cli = await newCli(url, (await call<{ secret: string }>("POST", "/v1/keys", { name: "test", role: "owner" })).secret);
    const made = await newDataCenter(call, "inside");
    const { objects } = await servedManifest({
      ...made.join,
      manifestUrl: made.join.manifestUrl.replace("host.containers.internal", "127.0.0.1"),
    });
    writeFileSync(join(folder, "agents.yaml"), edited(objects));
    const kubectl = (await kubernetesTools())?.kubectl ?? "kubectl";
    execFileSync(kubectl, [
      "--kubeconfig",
      String(process.env.PLUVIA_TEST_KUBECONFIG),
      "apply",
      "-f",
      join(folder, "agents.yaml"),
    ]);
    dataCenter = await connected(call, made.dataCenter.id).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await agentsSay()}`);
    });
  });
  afterAll(async () => {
    await takeAway(client, dataCenter?.id);
    client?.transport.close();
    await cli?.remove();
    await platform?.stop();
    if (platform) await removeHome(platform.home);
    rmSync(folder, { recursive: true, force: true });
  });

  const agentPods = async () =>
    (
      await client.list<Pod>(
        { apiVersion: "v1", kind: "Pod" },
        { namespace: joinNamespace, labels: { "app.kubernetes.io/name": "pluvia-agents" } },
      )
    ).items;
  const isReady = (pod: Pod) => pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true;
  const ready = async () => (await agentPods()).filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
  const agentsSay = async (): Promise<string> => {
    const pods = await agentPods();
    const logs = pods.map(async ({ metadata, status }) => {
      const path = `/api/v1/namespaces/${joinNamespace}/pods/${metadata.name}/log`;
      const said = await client.transport.stream({ method: "GET", path }).then(text, (error: unknown) => String(error));
      return `${metadata.name} ${status?.phase}\n${said}`;
    });
    return (await Promise.all(logs)).join("\n");
  };
  const leaseHolder = async () => {
    const metadata = { name: "pluvia-agents", namespace: joinNamespace };
    const lease = await client.get<Lease>({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata });
    return lease?.spec.holderIdentity ?? "";
  };
  const leaderName = async () => {
    const owner = await leaseHolder();
    return (await agentPods()).map((pod) => pod.metadata.name).find((name) => owner.startsWith(name));
  };
  const living = async () =>
    (await client.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { labels: { [labels.dataCenter]: dataCenter.id } })).items
      .filter((pod) => !pod.metadata.deletionTimestamp)
      .map((pod) => pod.metadata.uid)
      .sort();
  const web = ["--app", "shop", "--name", "web"];

  test("P6: one kubectl apply later both replicas are ready, and one leads", async () => {
    await eventually("two are ready", async () => (await ready()).length === 2);
    expect(await eventually("one leads", leaderName)).toMatch(/^pluvia-agents-/);
    expect(dataCenter.preflight?.checks.filter((c) => c.state === "failed")).toEqual([]);
  });

  test("P1: an application answers through the cluster's own gateway", async () => {
    const application = await call<{ id: string }>("POST", "/v1/applications", { name: "shop" });
    const made = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
      name: "web",
      source: { kind: "image", image: testImage },
      dataCenter: dataCenter.id,
      configuration: { ports: [httpPort], command: page("inside"), replicas: 2, resources: { memoryMib: 64, cpuMillis: 200 } },
    });
    component = await act(call, made.id, "deploy", {});
    expect(await get(String(component.url), "/", node)).toEqual({ status: 200, text: "inside\n" });
  });

  test("W4: streams open at whichever replica the Service leads to, and are the leader's", async () => {
    for (let time = 0; time < 6; time++) {
      const ran = await cli.run(["exec", ...web, "--", "sh", "-c", "echo $((6*7)); exit 3"]);
      expect(ran).toMatchObject({ code: 3, stdout: expect.stringContaining("42") });
    }
  });

  test("a leader that is ended is followed by the other replica; nothing is doubled, no request fails", async () => {
    const before = await living();
    const statuses = new Set<number>();
    const asking = new AbortController();
    const asked = (async () => {
      while (!asking.signal.aborted) statuses.add((await get(String(component.url), "/", node)).status);
    })();
    const leader = String(await leaderName());
    const metadata = { name: leader, namespace: joinNamespace };
    await client.remove({ apiVersion: "v1", kind: "Pod", metadata }, { propagation: "Background" });
    await eventually("another one leads", async () => ![undefined, leader].includes(await leaderName()));
    await eventually("two are ready again", async () => (await ready()).length === 2);
    expect(await act(call, component.id, "scale", { replicas: 3 })).toMatchObject({ status: "running" });
    asking.abort();
    await asked;
    expect([...statuses]).toEqual([200]);
    const after = await living();
    expect(after).toHaveLength(3);
    expect(after).toEqual(expect.arrayContaining(before));
  });

  test("so is one that is killed", async () => {
    const before = await living();
    const holder = await leaseHolder();
    process.kill(processOf(String(await leaderName())), "SIGKILL");
    await eventually("another process leads", async () => (await leaseHolder()) !== holder);
    expect(await act(call, component.id, "scale", { replicas: 4 })).toMatchObject({ status: "running" });
    const after = await living();
    expect(after).toHaveLength(4);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(await get(String(component.url), "/", node)).toEqual({ status: 200, text: "inside\n" });
  });

  test("P6: of a later platform, the agents bring themselves to its version when asked; nothing restarts, no request fails", async () => {
    const before = await living();
    const later = laterVersion(join(folder, "later"), "0.9.0");
    loadImage(later);
    const { home, port } = platform;
    await platform.stop();
    platform = await startPlatform({ home, port, folder: later, env: { PLUVIA_URL: reached(port) } });
    const view = () => call<DataCenter>("GET", `/v1/data-centers/${dataCenter.id}`);
    await eventually("they are back", async () => (await view()).state === "connected");
    expect(await view()).toMatchObject({ agentVersion: version, agentUpdate: "0.9.0", agentUpdateAskedAt: null });

    const statuses = new Set<number>();
    const asking = new AbortController();
    const asked = (async () => {
      while (!asking.signal.aborted) statuses.add((await get(String(component.url), "/", node)).status);
    })();
    const updated = await cli.run(["data-centers", "update-agents", "inside", "--wait"]);
    expect(updated).toMatchObject({ code: 0, stderr: expect.stringContaining("They are of version 0.9.0 now.") });
    await eventually("both replicas are of it", async () => {
      const images = (await ready()).map((pod) => pod.spec.containers[0]?.image);
      return images.length === 2 && images.every((image) => image?.endsWith(":0.9.0"));
    });
    expect(await act(call, component.id, "scale", { replicas: 3 })).toMatchObject({ status: "running" });
    asking.abort();
    await asked;
    expect([...statuses]).toEqual([200]);
    expect(before).toEqual(expect.arrayContaining(await living()));
  });
});
