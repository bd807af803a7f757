import { whyWaiting } from "./build-wait.ts";
import type { ClusterEvent, Node, Pod } from "./shapes.ts";

const context = { dataCenter: "dc_1", memoryMib: 2_048, diskMib: 10_240 } as unknown as Parameters<typeof whyWaiting>[1];
const node = {
  metadata: { name: "one" },
  status: {
    allocatable: { cpu: "2", memory: "3Gi", "ephemeral-storage": "8Gi" },
    conditions: [{ type: "Ready", status: "True" }],
  },
} as unknown as Node;
const asking = { cpu: "500m", memory: "2Gi", "ephemeral-storage": "10Gi" };
const podOf = (more: object): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", image: "i", resources: { requests: asking } }], ...more },
  }) as Pod;
const other = podOf({ nodeName: "one" });
const unplaced = (message: string): Pod => ({
  ...podOf({}),
  status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }] },
});
const refusal = (message: string, at: string) => ({ reason: "FailedCreate", message, lastTimestamp: at }) as ClusterEvent;
const nothing = { nodes: [node], pods: [other], own: [], events: [] };
const why = (seen: Partial<Parameters<typeof whyWaiting>[0]>) => whyWaiting({ ...nothing, ...seen }, context);

describe("C2, C6: a builder that has not begun says what it waits for", () => {
  test("memory and disk: how much it asks for, and how much is short on the node with the most room", () => {
    const own = [unplaced("0/1 nodes are available: 1 Insufficient memory, 1 Insufficient ephemeral-storage.")];
    expect(why({ own })).toMatchObject([
      { code: "builder.no-memory", params: { wanted: 2_048, free: 1_024, short: 1_024, setting: "builds.memoryMib" } },
      { code: "builder.no-disk", params: { wanted: 10_240, free: 0, short: 10_240, setting: "builds.diskMib" } },
    ]);
    expect(why({ own })[0]?.message).toContain("1024 MiB too few");
  });
  test("CPU", () =>
    expect(why({ own: [unplaced("0/1 nodes are available: 1 Insufficient cpu.")] })).toMatchObject([
      { code: "builder.no-cpu", params: { wanted: 500 } },
    ]));
  test("without a sum, where nodes may not be looked at", () => {
    const [advice] = why({ nodes: [], pods: [], own: [unplaced("0/3 nodes are available: 3 Insufficient memory.")] });
    expect(advice?.params).toEqual({ wanted: 2_048, nodes: 0, setting: "builds.memoryMib" });
    expect(advice?.message).toBe("The builder waits: no node has 2048 MiB of memory free for it.");
  });
  test("a node that may take it, in the scheduler's words", () => {
    const said = "0/1 nodes are available: 1 node(s) had taint {for: databases}, that the pod didn't tolerate.";
    expect(why({ own: [unplaced(said)] })).toMatchObject([{ code: "builder.no-node", params: { said } }]);
  });
  test("the quota, as it was last refused, while there is no pod", () => {
    const text = (used: number) =>
      `Error creating: pods "b" is forbidden: exceeded quota: pluvia-builds, requested: pods=1, used: pods=${used}, limited: pods=2`;
    const events = [refusal(text(2), "2026-01-02T03:00:05Z"), refusal("Error creating: before", "2026-01-02T03:00:00Z")];
    expect(why({ events })).toMatchObject([
      { code: "builder.quota", params: { quota: "pluvia-builds", requested: "pods=1", used: "pods=2", limited: "pods=2" } },
    ]);
    expect(why({ events: [refusal("Error creating: webhook denied it", "2026-01-02T03:00:00Z")] })).toMatchObject([
      { code: "builder.refused", params: { said: "Error creating: webhook denied it" } },
    ]);
    expect(why({ events, own: [podOf({})] })).toEqual([]);
  });
  test("nothing, where it is only being begun", () => expect(why({})).toEqual([]));
});
