import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { kubernetesBuilds } from "../../shared/adapters/kubernetes/builds.ts";
import { buildJobName, type BuildsContext } from "../../shared/adapters/kubernetes/render/build-job.ts";
import type { ClusterEvent, Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import { kubeconfig as accessOf } from "../../shared/adapters/kubernetes/kubeconfig.ts";
import { kubernetesClient } from "../../shared/adapters/kubernetes/client.ts";
import { transport } from "../../shared/adapters/kubernetes/transport.ts";
import { agentRights, type Right } from "../../shared/domain/agent-rights.ts";
import { accountKubeconfig } from "./agents.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { BuildOrder } from "../../shared/contract/agent.ts";
import { isGoingOn } from "../../shared/ports/build-runner.ts";
import { buildRunnerSuite } from "../contract/build-runner.suite.ts";
import { orderFor } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";
import { testImage } from "./agent-parts.ts";
import { describeOnKubernetes, openClient, unique } from "./support.ts";

/** Stands for the builder: notes what it was given, and ends by itself when its order is one of a check. */
const program = `
test -n "$PLUVIA_BUILD_TOKEN" || exit 3
case "$PLUVIA_ORDER_URL" in */chk_*) exit 0;; esac
trap 'exit 1' TERM
while true; do sleep 0.1; done`;
const platform = { url: "http://127.0.0.1:1" } as Parameters<typeof orderFor>[0];
const order = (given: Partial<BuildOrder> = {}): BuildOrder =>
  orderFor(platform, { source: { kind: "git", url: "https://example.com/a.git" }, ...given });
const ending = (): BuildOrder => {
  const { id, ...rest } = order();
  return { ...rest, mode: "check", id: id.replace("bld", "chk") as BuildOrder["id"] };
};

const namespaceRef = { apiVersion: "v1", kind: "Namespace" };

describeOnKubernetes("builds as jobs", () => {
  let client: ReturnType<typeof openClient>;
  let runner: ReturnType<typeof kubernetesBuilds>;
  const context: BuildsContext = {
    dataCenter: null,
    namespace: `builds-${unique()}`,
    image: testImage,
    command: ["/bin/sh", "-c", program],
    podSecurity: "restricted",
    memoryMib: 64,
    cpuMillis: 100,
    diskMib: 64,
    jobsMax: 3,
    reach: [],
  };
  const { namespace } = context;
  beforeAll(() => {
    client = openClient();
    runner = kubernetesBuilds({ client, context, clock: systemClock() });
  });
  const podsOf = async (of: BuildOrder) => {
    const labels = { "job-name": buildJobName(of) };
    return (await client.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace, labels })).items;
  };
  const begun = (of: BuildOrder) =>
    eventually("the builder runs", async () => (await podsOf(of))[0]?.status?.phase === "Running").then(() => undefined);
  afterAll(async () => {
    await client.remove({ ...namespaceRef, metadata: { name: namespace } }, { propagation: "Background" });
    client.transport.close();
  });

  buildRunnerSuite(
    "jobs of Kubernetes",
    async () => ({
      runner,
      lasting: order,
      ending,
      begun,
      ended: (of) =>
        eventually("it ended", async () => (await runner.observe(buildJobName(of))) !== "running").then(() => undefined),
      stop: async () => {},
      starts: async (of) => (await podsOf(of)).length,
      close: async () => {},
    }),
    { outlive: true },
  );

  test("least privilege: builds run under exactly the documented rights, of a data center's agents as of the platform", async () => {
    const at = `builds-${unique()}`;
    const inside = (apiVersion: string, kind: string, name: string, more: object = {}) => ({
      apiVersion,
      kind,
      metadata: { name, namespace: at },
      ...more,
    });
    const rbac = "rbac.authorization.k8s.io/v1";
    const rulesOf = (rights: readonly Pick<Right, "groups" | "resources" | "verbs">[]) =>
      rights.map(({ groups, resources, verbs }) => ({ apiGroups: groups, resources, verbs }));
    const bound = (kind: string) => ({
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: at },
      subjects: [{ kind: "ServiceAccount", name: "runner", namespace: at }],
    });
    const everywhere = [{ groups: [""], resources: ["namespaces"], verbs: ["get", "create", "patch"] }];
    const brought = [
      { ...namespaceRef, metadata: { name: at } },
      inside("v1", "ServiceAccount", "runner"),
      inside(rbac, "Role", at, { rules: rulesOf(agentRights.filter((right) => right.scope === "builds")) }),
      inside(rbac, "RoleBinding", at, bound("Role")),
      { apiVersion: rbac, kind: "ClusterRole", metadata: { name: at }, rules: rulesOf(everywhere) },
      { apiVersion: rbac, kind: "ClusterRoleBinding", metadata: { name: at }, ...bound("ClusterRole") },
    ];
    for (const object of brought) await client.create(object);
    const text = await accountKubeconfig(client, String(process.env.PLUVIA_TEST_KUBECONFIG), { namespace: at, name: "runner" });
    const account = kubernetesClient(transport(accessOf(text)));
    try {
      const dataCenter = "dc_0000000000000001" as BuildsContext["dataCenter"];
      const limited = kubernetesBuilds({
        client: account,
        context: { ...context, namespace: at, dataCenter },
        clock: systemClock(),
      });
      const [kept, other] = [order(), order()];
      const handle = await eventually("rights are known", () => limited.start(kept));
      const second = await limited.start(other);
      await eventually("both run", async () => {
        const { items } = await client.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace: at });
        return items.filter((pod) => pod.status?.phase === "Running").length === 2;
      });
      await limited.keepOnly([kept]);
      expect([await limited.observe(handle), await limited.observe(second)]).toEqual(["running", "lost"]);
      await limited.cancel(handle);
      await eventually("it is gone", async () => (await limited.observe(handle)) === "lost");
      await expect(account.list({ apiVersion: "v1", kind: "Secret" }, { namespace: at })).rejects.toThrow(/forbidden/);
      await expect(account.list({ apiVersion: "v1", kind: "Pod" }, { namespace })).rejects.toThrow(/forbidden/);
      await expect(account.list({ apiVersion: "batch/v1", kind: "Job" }, { namespace })).rejects.toThrow(/forbidden/);
    } finally {
      for (const object of [...brought].reverse()) await client.remove(object, { propagation: "Background" });
      account.transport.close();
    }
  });

  describe("W6: a builder in a cluster", () => {
    test("has no rights, no account's token, no privileges, and a file system that it cannot write", async () => {
      const asked = order();
      await runner.start(asked);
      await begun(asked);
      const [pod] = await podsOf(asked);
      expect(pod?.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          { securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } } },
        ],
      });
      expect(JSON.stringify(pod)).not.toContain(asked.token);
      await runner.cancel(buildJobName(asked));
    });

    test("goes with its token when it is cancelled", async () => {
      const asked = order();
      const handle = await runner.start(asked);
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: handle, namespace } };
      expect(await client.get(secret)).not.toBeNull();
      await begun(asked);
      await runner.cancel(handle);
      await eventually("nothing is left", async () => (await client.get(secret)) === null && (await podsOf(asked)).length === 0);
    });

    test("that fails without a word is lost; another attempt is another job", async () => {
      const first = order({ token: "" });
      const handle = await runner.start(first);
      await eventually("it is lost", async () => (await runner.observe(handle)) === "lost");
      const second = await runner.start({ ...first, attempt: 2, token: "t" });
      expect(second).not.toBe(handle);
      await begun({ ...first, attempt: 2 });
      await runner.cancel(second);
    });

    test.each([
      ["its memory", "exec tail /dev/zero", { code: "build.memory", params: { mib: 64, setting: "builds.memoryMib" } }],
      [
        "its disk",
        "dd if=/dev/zero of=/work/much bs=1M count=80; while true; do sleep 0.1; done",
        { code: "build.disk", params: { mib: 64, setting: "builds.diskMib" } },
      ],
    ])("C2: that is ended for taking more than %s says so, with what to raise", async (_, greedy, failure) => {
      const dataCenter = "dc_0000000000000002" as BuildsContext["dataCenter"];
      const own = { ...context, dataCenter, command: ["/bin/sh", "-c", greedy] };
      const one = kubernetesBuilds({ client, context: own, clock: systemClock() });
      const handle = await one.start(order());
      const state = await eventually("it is over", async () => {
        const now = await one.observe(handle);
        return !isGoingOn(now) && now;
      });
      expect(state).toMatchObject({ failure });
      await one.cancel(handle);
    });

    test("C2: that no node has room for waits, and says of what and how much", async () => {
      const large = { ...context, memoryMib: 4_000_000 };
      const one = kubernetesBuilds({ client, context: large, clock: systemClock() });
      const handle = await one.start(order());
      const state = await eventually("the scheduler has looked", async () => {
        const now = await one.observe(handle);
        return typeof now === "object" && now;
      });
      const params = { wanted: 4_000_000, free: expect.any(Number), short: expect.any(Number) };
      expect(state).toMatchObject({ waiting: [{ code: "builder.no-memory", params }] });
      await one.cancel(handle);
    });

    test("waits while the cluster's share for builds is used up", async () => {
      const narrow = { ...context, namespace: `builds-${unique()}`, jobsMax: 1 };
      const one = kubernetesBuilds({ client, context: narrow, clock: systemClock() });
      const kinds = { pods: { apiVersion: "v1", kind: "Pod" }, events: { apiVersion: "v1", kind: "Event" } };
      const handle = await one.start(order());
      const pods = async () => (await client.list<Pod>(kinds.pods, { namespace: narrow.namespace })).items;
      await eventually("the first runs", async () => (await pods())[0]?.status?.phase === "Running");
      const second = await one.start(order());
      await eventually("the second is refused", async () => {
        const { items } = await client.list<ClusterEvent>(kinds.events, { namespace: narrow.namespace });
        return items.some((e) => e.involvedObject?.name === second && /exceeded quota/.test(e.message ?? ""));
      });
      expect(await pods()).toHaveLength(1);
      const more = expect.stringContaining("pods=1");
      const quota = { quota: "pluvia-builds", requested: more, used: more, limited: more };
      expect(await one.observe(second)).toMatchObject({ waiting: [{ code: "builder.quota", params: quota }] });
      await one.cancel(handle);
      await client.remove({ ...namespaceRef, metadata: { name: narrow.namespace } }, { propagation: "Background" });
    });
  });
});
