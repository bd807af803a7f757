import type { DataCenter, DataCenterNode, DataCenterUsage } from "../../shared/contract/data-center.ts";
import { volumeOf } from "../../console/cli/configuration.ts";
import { startContractServer } from "../support/contract-server.ts";
import { applicationRecord, componentRecord, operationRecord } from "../support/records.ts";
import { type Cli, newCli } from "./run.ts";

const at = "2026-11-21T12:00:00.000Z";
const place = (name: string, digit: string, more: Partial<DataCenter> = {}): DataCenter => ({
  id: `dc_000000000000000${digit}` as DataCenter["id"],
  tenant: "tnt_0000000000000001" as DataCenter["tenant"],
  name,
  kind: "kubernetes",
  state: "connected",
  cordoned: false,
  joinTokenExpiresAt: null,
  preflight: null,
  refusal: null,
  agent: null,
  agentVersion: "0.0.9",
  agentUpdate: "0.1.0",
  agentUpdateAskedAt: null,
  capabilities: [],
  capacity: null,
  streamUrl: null,
  tools: {},
  lastSeenAt: at,
  reportedAt: at,
  createdAt: at,
  generation: 1,
  ...more,
});
const east = place("east", "1");
const west = place("west", "2", { cordoned: true });
const join = (token: string) => ({
  token,
  expiresAt: at,
  manifestUrl: `http://x/v1/join/${token}/agents.yaml`,
  commands: { helm: `helm install --set joinToken=${token}`, kubectl: `kubectl apply -f http://x/v1/join/${token}/agents.yaml` },
});
const drain = operationRecord({
  component: null,
  application: null,
  dataCenter: east.id,
  kind: "drain",
  state: "succeeded",
  generation: 2,
  steps: [
    { name: "cmp_0000000000000001", state: "succeeded", startedAt: at, endedAt: at, message: null, params: { label: "web" } },
  ],
});

type Answers = Parameters<typeof startContractServer>[0];
let server: Awaited<ReturnType<typeof startContractServer>>;
let cli: Cli;
const start = async (answers: Answers) => {
  server = await startContractServer({
    dataCenterList: () => ({ items: [east, west] }),
    applicationList: () => ({ items: [applicationRecord()] }),
    componentList: () => ({ items: [componentRecord()] }),
    componentView: () => componentRecord(),
    ...answers,
  });
  cli = await newCli(server.url, "pluvia_key_test");
};
afterEach(() => Promise.all([server.stop(), cli.remove()]));

const worker: DataCenterNode = {
  name: "n1",
  ready: true,
  cordoned: false,
  version: "v1.35.0",
  createdAt: null,
  cpuMillis: 4_000,
  memoryBytes: 2 ** 33,
  diskBytes: 2 ** 37,
  used: null,
  instances: 2,
  otherPods: 7,
  labels: { zone: "a" },
  taints: [
    { key: "node.kubernetes.io/unschedulable", value: null, effect: "NoSchedule" },
    { key: "gpu", value: "yes", effect: "NoSchedule" },
  ],
  advice: [],
};
const nodeOperation = (kind: "node-drain" | "node-edit") =>
  operationRecord({ component: null, application: null, dataCenter: east.id, node: "n1", kind, state: "succeeded", steps: [] });

test("R1: nodes are listed, shown with what runs there, drained, and a name that is none is answered with those there are", async () => {
  await start({
    dataCenterNodes: () => ({ at, items: [worker] }),
    nodeDrain: () => nodeOperation("node-drain"),
    operationView: () => nodeOperation("node-drain"),
  });
  expect((await cli.run(["data-centers", "nodes", "east"])).stdout).toMatch(/^NODE .*\nn1 +ready +v1\.35\.0 +2 /);
  const shown = await cli.run(["data-centers", "nodes", "show", "east", "n1"]);
  expect(shown.stdout).toContain("2 instances of Pluvia; 7 of others");
  expect(shown.stdout).toContain("gpu=yes:NoSchedule");
  const drained = await cli.run(["data-centers", "nodes", "drain", "east", "n1", "--wait"]);
  expect([drained.code, drained.stdout]).toEqual([0, expect.stringContaining("n1 is drained.")]);
  const unknown = await cli.run(["data-centers", "nodes", "show", "east", "n2"]);
  expect([unknown.code, unknown.stderr]).toEqual([4, expect.stringContaining("n1")]);
});

test("W9: what the team uses there is told by component and in all; where nothing is measured, why", async () => {
  const team = {
    tenant: "tnt_0123456789abcdef" as DataCenterUsage["team"]["tenant"],
    instances: 2,
    cpuMillis: 1_200,
    memoryBytes: 3 * 2 ** 20,
    memoryMibMost: 512,
  };
  const part = { component: "cmp_0123456789abcdef", application: "app_0123456789abcdef", name: "web" } as const;
  const { tenant: _t, ...amounts } = team;
  let measuring: DataCenterUsage["measuring"] = null;
  await start({
    dataCenterUsage: () => ({
      at,
      capacity: east.capacity,
      measuring,
      team: { ...team, limits: { instances: 10, memoryMib: 4_096 } },
      components: [{ ...part, ...amounts }],
    }),
  });
  const told = await cli.run(["data-centers", "usage", "east"]);
  expect(told.stdout).toMatch(/web +2 +1\.2 +3\.0 MiB +512\.0 MiB\nthe whole team +2 +1\.2/);
  expect(told.stderr).toContain("The team may have 10 instances and 4.0 GiB of memory in all.");
  measuring = { name: "usage", available: false, message: "Nothing measures.", code: "capability.no-usage" };
  expect((await cli.run(["data-centers", "usage", "east"])).stderr).toContain("Nothing measures.");
  expect(JSON.parse((await cli.run(["data-centers", "usage", "east", "--json"])).stdout).team.instances).toBe(2);
});

test("R1: an edit names the labels that change, and all taints of people that are to be there", async () => {
  const bodies: unknown[] = [];
  await start({
    dataCenterNodes: () => ({ at, items: [worker] }),
    nodeUpdate: ({ body }) => {
      bodies.push(body);
      return nodeOperation("node-edit");
    },
  });
  const edit = (...words: string[]) => cli.run(["data-centers", "nodes", "edit", "east", "n1", "--no-wait", ...words]);
  expect((await edit("--label", "rack=7", "--unlabel", "zone", "--taint", "slow:NoExecute")).code).toBe(0);
  expect((await edit("--untaint", "gpu")).code).toBe(0);
  expect(bodies).toEqual([
    {
      labels: { rack: "7", zone: null },
      taints: [
        { key: "gpu", value: "yes", effect: "NoSchedule" },
        { key: "slow", value: null, effect: "NoExecute" },
      ],
      taintsSeen: worker.taints,
    },
    { labels: {}, taints: [], taintsSeen: worker.taints },
  ]);
  expect((await edit()).code).toBe(2);
  expect((await edit("--taint", "gpu")).code).toBe(2);
});

test("G1: joining prints the commands alone on standard output; a known name gets a new token", async () => {
  await start({
    dataCenterCreate: () => ({ dataCenter: place("north", "3", { state: "joining" }), join: join("first") }),
    joinTokenCreate: () => ({ dataCenter: east, join: join("second") }),
  });
  const made = await cli.run(["data-centers", "join", "north", "--no-wait"]);
  expect([made.code, made.stdout]).toEqual([
    0,
    "kubectl apply -f http://x/v1/join/first/agents.yaml\n\n# or\nhelm install --set joinToken=first\n",
  ]);
  expect((await cli.run(["data-centers", "join", "east", "--no-wait"])).stdout).toContain("join/second/agents.yaml");
  expect((await cli.run(["data-centers", "join", east.id, "--no-wait"])).stdout).toContain("join/second/agents.yaml");
  expect((await cli.run(["data-centers", "token", "east"])).stdout).toContain("joinToken=second");
});

test("G1: waiting for a join tells what the agent finds, with what to do, until it is connected", async () => {
  const checks = [
    { name: "cloud", state: "passed" as const, code: "cloud.ok", params: {}, message: "The platform answers.", next: "" },
    {
      name: "storage",
      state: "warning" as const,
      code: "storage.none",
      params: {},
      message: "No StorageClass.",
      next: "Install one.",
    },
  ];
  const answers = [
    place("north", "3", { state: "joining", agentVersion: null }),
    place("north", "3", { agent: "agt_0000000000000001" as DataCenter["agent"], preflight: { at, checks } }),
  ];
  await start({
    dataCenterCreate: () => ({ dataCenter: place("north", "3", { state: "joining" }), join: join("first") }),
    dataCenterView: () => (answers.length > 1 ? answers.shift() : answers[0]) as DataCenter,
  });
  const { code, stderr } = await cli.run(["data-centers", "join", "north", "--wait"]);
  expect(code).toBe(0);
  expect(stderr).toContain("✓ cloud: The platform answers.");
  expect(stderr).toContain("! storage: No StorageClass. Install one.");
  expect(stderr).toContain("north is connected.");
});

test("G1: with --json a join that comes to nothing in time is told on standard error: the one document is there already", async () => {
  await start({
    dataCenterCreate: () => ({ dataCenter: place("north", "3", { state: "joining" }), join: join("first") }),
    dataCenterView: () => place("north", "3", { state: "joining", agentVersion: null }),
  });
  const ran = await cli.run(["data-centers", "join", "north", "--wait", "--timeout", "1", "--json"]);
  expect([ran.code, JSON.parse(ran.stdout)]).toMatchObject([5, { join: { token: "first" } }]);
  expect(ran.stderr).toContain("north has not joined yet.");
});

test("G1: lists them with agents that have an update; a typo is answered with the names there are", async () => {
  await start({});
  const { stdout } = await cli.run(["data-centers"]);
  expect(stdout).toMatch(/east\s+kubernetes\s+connected\s+0\.0\.9 \(update: 0\.1\.0\)/);
  expect(stdout).toMatch(/west\s+kubernetes\s+connected, cordoned/);
  const wrong = await cli.run(["data-centers", "show", "eats"]);
  expect([wrong.code, wrong.stderr.includes("east")]).toEqual([4, true]);
});

test("data that a drain would remove takes a yes, also where nobody can be asked", async () => {
  await start({ dataCenterDrain: () => ({ ...drain, state: "running", generation: 1, endedAt: null }) });
  const command = ["data-centers", "drain", "east", "--to", "west"];
  const refused = await cli.run([...command, "--leave-data"]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("Data in volumes stays behind and is removed.")]);
  expect((await cli.run([...command, "--leave-data", "--yes"])).code).toBe(0);
  expect((await cli.run(command)).code).toBe(0);
});

test("A7: a drain shows its plan, is followed to its end by the components' names, and moves name where to", async () => {
  const asked: unknown[] = [];
  const plan = {
    changes: [],
    effects: [
      {
        kind: "move" as const,
        component: componentRecord().id,
        code: "move",
        params: {},
        message: "web will be started in west.",
      },
    ],
    warnings: [{ code: "move.data", message: "web keeps data." }],
  };
  await start({
    dataCenterPlan: () => plan,
    dataCenterDrain: () => ({ ...drain, state: "running", generation: 1, endedAt: null }),
    operationView: () => drain,
    componentMove: ({ body }) => {
      asked.push(body);
      return { operation: operationRecord({ kind: "move" }), component: componentRecord() };
    },
  });
  const planned = await cli.run(["data-centers", "drain", "east", "--to", "west", "--plan"]);
  expect(planned.stdout).toBe("  move: web will be started in west.\n! web keeps data.\n");
  const done = await cli.run(["data-centers", "drain", "east", "--to", "west", "--wait", "--yes"]);
  expect([done.code, done.stdout, done.stderr.includes("✓ web")]).toEqual([0, "east is drained to west.\n", true]);
  expect((await cli.run(["move", "west", "--component", "shop/web", "--no-wait"])).code).toBe(0);
  expect(asked).toEqual([{ dataCenter: west.id, leaveData: false }]);
});

test("giving one up needs a yes where nobody can be asked", async () => {
  await start({ dataCenterLeave: () => ({ ...drain, kind: "leave" }) });
  expect((await cli.run(["data-centers", "leave", "east"])).code).toBe(2);
  expect((await cli.run(["data-centers", "leave", "east", "--keep", "--yes", "--no-wait"])).code).toBe(0);
});

test("a volume is one word", () => {
  expect(volumeOf("data:/var/data:1024")).toEqual({
    name: "data",
    kind: "exclusive",
    path: "/var/data",
    sizeMib: 1024,
    storageClass: null,
  });
  expect(volumeOf("tmp:/tmp:64:memory").kind).toBe("memory");
  expect(volumeOf("a:/a:1:shared:nfs")).toMatchObject({ kind: "shared", storageClass: "nfs" });
  for (const bad of ["a", "a:/a", "a:/a:x", "a:/a:1:odd", "a:/a:1:shared:nfs:more"])
    expect(() => volumeOf(bad)).toThrow(/:exclusive, :shared or :memory.+ not "|whole number, not "/);
});

describe("C6: a check in a data center", () => {
  const looked = async (dataCenter: DataCenter["id"] | null) => {
    let wanted: unknown;
    await start({
      checkCreate: ({ body }) => {
        wanted = body.dataCenter;
        return {
          id: "chk_0000000000000001" as const,
          tenant: east.tenant as NonNullable<DataCenter["tenant"]>,
          source: body.source,
          dataCenter,
          state: "ready" as const,
          findings: [],
          proposal: null,
          createdAt: at,
          endedAt: at,
          generation: 1,
        };
      },
    });
    const ran = await cli.run(["check", "--git", "https://example.com/x.git", "--data-center", "east"]);
    expect([ran.code, wanted]).toEqual([0, east.id]);
    return ran.stderr;
  };
  test("is asked for by the data center's name", async () => {
    expect(await looked(east.id)).not.toContain("The platform looks");
  });
  test("is told to be the platform's where the data center does not look for itself", async () => {
    expect(await looked(null)).toContain("The platform looks");
  });
});
