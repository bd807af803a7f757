import { describe, expect, test } from "@jest/globals";
import { nodeSignals, nodesOf } from "./nodes.ts";
import type { Node } from "./shapes.ts";

const node = (conditions: readonly (readonly [type: string, status: "True" | "False" | "Unknown"])[]): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "n1", labels: { zone: "a" }, creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { unschedulable: true, taints: [{ key: "gpu", effect: "NoSchedule" }] },
  status: {
    nodeInfo: { kubeletVersion: "v1.35.0" },
    allocatable: { cpu: "1900m", memory: "1Gi", "ephemeral-storage": "10Gi" },
    conditions: conditions.map(([type, status]) => ({ type, status, message: `${type} said` })),
  },
});
const usage = (percent: number) => ({
  name: "n1",
  cpuMillis: 250,
  memoryBytes: 5,
  diskBytes: 1_000,
  diskBytesUsed: percent * 10,
  podNamespaces: ["kube-system", "tnt-1", "kube-system"],
});

const seen = (nodes: Node[], measured: ReturnType<typeof usage>[]) => ({
  nodes,
  pods: [],
  usage: measured,
  namespaces: new Set(["tnt-1"]),
});

describe("W9: what is wrong with a node", () => {
  test.each([
    ["nothing", [["Ready", "True"]], 0, []],
    ["it was never heard of", [], 0, ["node.silent"]],
    ["it is not heard of any more", [["Ready", "Unknown"]], 0, ["node.silent"]],
    ["it says itself that it is not ready", [["Ready", "False"]], 0, ["node.not-ready"]],
    [
      "several things",
      [
        ["Ready", "True"],
        ["MemoryPressure", "True"],
        ["PIDPressure", "True"],
        ["NetworkUnavailable", "True"],
      ],
      0,
      ["node.no-network", "node.memory-pressure", "node.pid-pressure"],
    ],
    ["its disk fills", [["Ready", "True"]], 80, ["node.disk-filling"]],
    [
      "its disk is full, which is said once",
      [
        ["Ready", "True"],
        ["DiskPressure", "True"],
      ],
      97,
      ["node.disk-pressure"],
    ],
  ] as const)("%s", (_, conditions, percent, codes) => {
    expect(nodeSignals(node(conditions), usage(percent)).map((s) => s.code)).toEqual(codes);
  });

  test("comes with what it has, what is used there, and what it is marked with", () => {
    const [told] = nodesOf(seen([node([["Ready", "True"]])], [usage(10)]));
    expect(told).toEqual({
      name: "n1",
      ready: true,
      cordoned: true,
      version: "v1.35.0",
      createdAt: "2026-01-01T00:00:00.000Z",
      cpuMillis: 1_900,
      memoryBytes: 2 ** 30,
      diskBytes: 1_000,
      used: { cpuMillis: 250, memoryBytes: 5, diskBytes: 100 },
      instances: 0,
      otherPods: 2,
      labels: { zone: "a" },
      taints: [{ key: "gpu", value: null, effect: "NoSchedule" }],
      signals: [],
    });
    expect(nodesOf(seen([node([])], []))[0]).toMatchObject({ used: null, otherPods: null, diskBytes: 10 * 2 ** 30 });
  });
});
