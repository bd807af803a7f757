import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import type { Component } from "../../shared/contract/component.ts";
import type { DataCenter, DataCenterUsage } from "../../shared/contract/data-center.ts";
import type { Release } from "../../shared/contract/release.ts";
import { joinNamespace } from "../../shared/domain/data-center.ts";
import { type Cli, newCli } from "../cli/run.ts";
import { act, ended, get, httpPort } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { type JoinedCluster, joinCluster } from "./agents.ts";
import { testImage } from "./agent-parts.ts";
import { describeOnKubernetes, page } from "./support.ts";
import { eventually } from "../support/eventually.ts";

const kubeconfig = process.env.PLUVIA_TEST_KUBECONFIG ?? "";
describeOnKubernetes("a cluster that joined, its agents with exactly the chart's rights", () => {
  let platform: Platform;
  let call: Awaited<ReturnType<typeof signUp>>["call"];
  let cli: Cli;
  let cluster: JoinedCluster;
  let component: Component;

  beforeAll(async () => {
    platform = await startPlatform();
    ({ call } = await signUp(platform.url));
    cli = await newCli(
      platform.url,
      (await call<{ secret: string }>("POST", "/v1/keys", { name: "test", role: "owner" })).secret,
    );
    cluster = await joinCluster({ url: platform.url, call }, { name: "cluster", kubeconfig });
  });
  afterAll(async () => {
    await cluster?.leave();
    await cli?.remove();
    await platform?.stop();
    if (platform) await removeHome(platform.home);
  });

  const ok = async <T>(...args: string[]): Promise<T> => {
    const ran = await cli.run([...args, "--json"]);
    if (ran.code !== 0)
      throw new Error(`pluvia ${args.join(" ")}: ${ran.code}\n${ran.stdout}\n${ran.stderr}\n${cluster.agents.log()}`);
    return JSON.parse(ran.stdout) as T;
  };
  const web = ["--app", "shop", "--name", "web"];
  /** Pods that nobody has asked to go. */
  const living = async () =>
    (await cluster.ours("Pod", "v1"))
      .filter((pod) => !("deletionTimestamp" in pod.metadata))
      .map((pod) => pod.metadata.uid)
      .sort();

  test("P6: it tells what it found in the cluster, and what it can do", async () => {
    // Of registries it can tell once the platform has said whether it has one.
    const dataCenter = await eventually("it tells of its registry", async () => {
      const now = await call<DataCenter>("GET", `/v1/data-centers/${cluster.dataCenter.id}`);
      return now.preflight?.checks.some(({ name }) => name === "registry") && now;
    });
    const states = Object.fromEntries((dataCenter.preflight?.checks ?? []).map((c) => [c.code, c.state]));
    expect(states).toMatchObject({
      "cloud.ok": "passed",
      "clock.ok": "passed",
      "version.ok": "passed",
      "rights.ok": "passed",
      "storage.ok": "passed",
      "metrics.none": "warning",
      "image-registry.none": "warning",
    });
    expect(dataCenter.kind).toBe("kubernetes");
    expect(dataCenter.capacity?.cpuMillis).toBeGreaterThan(0);
    expect(dataCenter.capabilities.find((c) => c.name === "volumes")?.available).toBe(true);
  });

  test("P1: an application deployed from the API answers through the gateway", async () => {
    const application = await call<{ id: string }>("POST", "/v1/applications", { name: "shop" });
    const made = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
      name: "web",
      source: { kind: "image", image: testImage },
      dataCenter: cluster.dataCenter.id,
      configuration: { ports: [httpPort], command: page("one"), resources: { memoryMib: 64, cpuMillis: 200 } },
    });
    component = await act(call, made.id, "deploy", {}).catch((error: Error) => {
      throw new Error(`${error.message}\n${cluster.agents.log()}`);
    });
    expect(component).toMatchObject({ status: "running", dataCenter: cluster.dataCenter.id });
    expect(await get(String(component.url))).toEqual({ status: 200, text: "one\n" });
    const [pod] = (await cluster.ours("Pod", "v1")) as (KubernetesObject & { spec: { priorityClassName?: string } })[];
    expect(pod?.spec.priorityClassName).toBe("pluvia-application");
  });

  test("P3, W5: a job that has run is told as finished, a schedule as waiting for its time; neither asks for a look", async () => {
    const resources = { memoryMib: 64, cpuMillis: 100 };
    const schedule = { cron: "0 0 1 1 *", overlap: "skip" };
    const done = async (name: string, configuration: object) => {
      const made = await call<Component>("POST", `/v1/applications/${component.application}/components`, {
        name,
        source: { kind: "image", image: testImage },
        dataCenter: cluster.dataCenter.id,
        configuration: { command: "echo done", ports: [], resources, ...configuration },
      });
      const { status, advice, instances } = await act(call, made.id, "deploy", {});
      await ended(call, (await call<{ id: string }>("DELETE", `/v1/components/${made.id}`)).id);
      return { status, advice, runs: instances.map(({ lastExit, startedAt }) => [lastExit?.code, startedAt !== null]) };
    };
    expect(await done("migrate", { kind: "job" })).toEqual({ status: "succeeded", advice: [], runs: [[0, true]] });
    expect(await done("yearly", { kind: "cron", schedule })).toEqual({ status: "scheduled", advice: [], runs: [] });
  });

  test("W9: what the team uses there is told once the agents may ask the kubelets, and until then why it is not", async () => {
    const usage = () => call<DataCenterUsage>("GET", `/v1/data-centers/${cluster.dataCenter.id}/usage`);
    expect(await usage()).toMatchObject({
      measuring: { available: false, message: expect.stringMatching(/metrics-server.*nodeUsage/) },
      team: { instances: 1, memoryBytes: null, memoryMibMost: 64 },
    });
    const metadata = { name: "pluvia-agents-usage" };
    const group = "rbac.authorization.k8s.io";
    const rules = [{ apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }];
    const role = { apiVersion: `${group}/v1`, kind: "ClusterRole", metadata, rules };
    const subjects = [{ kind: "ServiceAccount", name: "pluvia-agents", namespace: joinNamespace }];
    const roleRef = { apiGroup: group, kind: "ClusterRole", name: metadata.name };
    const binding = { apiVersion: `${group}/v1`, kind: "ClusterRoleBinding", metadata, roleRef, subjects };
    for (const object of [role, binding]) await cluster.client.apply(object);
    try {
      const measured = await eventually("instances are measured", async () => {
        const now = await usage();
        return now.measuring?.available && (now.team.memoryBytes ?? 0) > 0 && now;
      });
      expect(measured.components).toMatchObject([{ component: component.id, memoryBytes: measured.team.memoryBytes }]);
      expect(measured.capacity?.memoryBytesUsed).toBeGreaterThan(measured.team.memoryBytes ?? 0);
    } finally {
      for (const object of [role, binding]) await cluster.client.remove(object, { propagation: "Background" });
    }
  });

  test("L1, T1: its log is read and a command runs in it, from the CLI", async () => {
    await eventually("the log has its line", async () =>
      (await ok<{ text: string }[]>("logs", ...web)).some(({ text }) => text === "serving one"),
    );
    const ran = await cli.run(["exec", ...web, "--", "sh", "-c", "echo $((6*7)); exit 3"]);
    expect(ran).toMatchObject({ stderr: "", code: 3, stdout: expect.stringContaining("42") });
  });

  test("W2: it scales to 2", async () => {
    expect(await ok("scale", "2", ...web, "--wait")).toMatchObject({ replicas: 2, ready: 2 });
  });

  test("W6: a new release replaces the old one, and rolling back brings it back", async () => {
    await call("PATCH", `/v1/components/${component.id}`, { configuration: { command: page("two") } });
    await act(call, component.id, "configure");
    expect((await get(String(component.url))).text).toBe("two\n");
    const { items } = await call<{ items: Release[] }>("GET", `/v1/components/${component.id}/releases`);
    await act(call, component.id, "rollback", { release: items.find((r) => r.number === 1)?.id });
    expect((await get(String(component.url))).text).toBe("one\n");
  });

  test("a killed agent leaves the application alone, and goes on where it was", async () => {
    await cluster.agents.kill();
    const pods = await living();
    await cluster.again();
    await cluster.agents.ready();
    expect(await get(String(component.url))).toEqual({ status: 200, text: "one\n" });
    expect(await living()).toEqual(pods);
    // The lease of the killed one has to run out first.
    expect(await act(call, component.id, "scale", { replicas: 1 })).toMatchObject({ status: "running" });
  });

  test("W2: removed, nothing of it is left in the cluster", async () => {
    const operation = await call<{ id: string }>("DELETE", `/v1/components/${component.id}`);
    expect((await ended(call, operation.id)).state).toBe("succeeded");
    for (const [kind, apiVersion] of [
      ["Pod", "v1"],
      ["Deployment", "apps/v1"],
      ["Service", "v1"],
      ["ConfigMap", "v1"],
    ] as const)
      await eventually(`no ${kind} is left`, async () => (await cluster.ours(kind, apiVersion)).length === 0);
    const secrets = (await cluster.ours("Secret", "v1")).map((each) => each.metadata.name);
    expect(secrets.filter((name) => name.includes("cmp-"))).toEqual([]);
  });

  test("P6: a right that is missing is told in words", async () => {
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "pluvia-agents" } };
    const whole = await cluster.client.get<typeof role & { rules: { resources: string[] }[] }>(role);
    const rules = (whole?.rules ?? []).filter((rule) => !rule.resources.includes("storageclasses"));
    await cluster.client.apply({ ...role, rules } as typeof role);
    await cluster.agents.kill();
    await cluster.again();
    const finding = await eventually("the finding is told", async () =>
      (await call<DataCenter>("GET", `/v1/data-centers/${cluster.dataCenter.id}`)).preflight?.checks.find(
        (c) => c.code === "rights.missing",
      ),
    );
    expect(finding.message).toContain("get, list, watch storageclasses");
    expect(finding.next).toMatch(/administrator/);
  });
});
