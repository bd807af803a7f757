import { describe, expect, test } from "@jest/globals";
import { drainPlan, patchFor } from "./node-change.ts";
import { nodeChanger } from "./node-changer.ts";
import type { Node, Pod } from "./shapes.ts";

const node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "n1", resourceVersion: "7" },
  spec: {
    taints: [
      { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
      { key: "old", value: "yes", effect: "NoExecute" },
    ],
  },
} as Node;
const pod = (name: string, of: { node?: string; owner?: string; phase?: string; leaving?: boolean } = {}) =>
  ({
    metadata: {
      name,
      ownerReferences: [{ kind: of.owner ?? "ReplicaSet", name: "x", uid: "u" }],
      ...(of.leaving && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { nodeName: of.node ?? "n1", containers: [] },
    status: { phase: of.phase ?? "Running" },
  }) as unknown as Pod;
const names = (pods: readonly Pod[]) => pods.map((each) => each.metadata.name);

describe("W9: what a change does to a node", () => {
  test("cordoned it takes nothing new, uncordoned it does; nothing else of it changes", () => {
    expect(patchFor(node, { kind: "cordon" })).toEqual({ spec: { unschedulable: true } });
    expect(patchFor(node, { kind: "drain" })).toEqual({ spec: { unschedulable: true } });
    expect(patchFor(node, { kind: "uncordon" })).toEqual({ spec: { unschedulable: null } });
  });
  test("labels that are not named stay; taints are exactly those asked for and Kubernetes' own, of the node as it was read", () => {
    expect(patchFor(node, { kind: "edit", labels: { zone: "a", rack: null } })).toEqual({
      metadata: { labels: { zone: "a", rack: null } },
    });
    const taints = [{ key: "gpu", value: null, effect: "NoSchedule" as const }];
    expect(patchFor(node, { kind: "edit", labels: {}, taints })).toEqual({
      metadata: { labels: {}, resourceVersion: "7" },
      spec: {
        taints: [
          { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
          { key: "gpu", effect: "NoSchedule" },
        ],
      },
    });
  });
});

describe("W9: taints that were changed since they were looked at", () => {
  const taints = [{ key: "gpu", value: null, effect: "NoSchedule" as const }];
  const old = { key: "old", value: "yes", effect: "NoExecute" };
  const edit = (taintsSeen: (typeof old)[]) => () => patchFor(node, { kind: "edit", labels: {}, taints, taintsSeen });
  test("are not replaced, and told as they are now", () => {
    expect(edit([])).toThrow(/has old=yes:NoExecute now/);
    expect(edit([{ ...old, value: "no" }])).toThrow(/changed the taints of n1/);
  });
  test("are replaced where they are those of people that were seen, or already those asked for", () => {
    expect(edit([old])).not.toThrow();
    const done = { ...node, spec: { taints: [{ key: "gpu", effect: "NoSchedule" }] } };
    expect(() => patchFor(done, { kind: "edit", labels: {}, taints, taintsSeen: [old] })).not.toThrow();
  });
});

describe("W9: what a drain asks to leave", () => {
  test("all that runs on the node, once, but for daemons and what has ended", () => {
    const { left, evict } = drainPlan("n1", [
      pod("web"),
      pod("elsewhere", { node: "n2" }),
      pod("daemon", { owner: "DaemonSet" }),
      pod("done", { phase: "Succeeded" }),
      pod("going", { leaving: true }),
    ]);
    expect(names(left)).toEqual(["web", "going"]);
    expect(names(evict)).toEqual(["web"]);
  });
});

describe("R1: a drain of a node that nothing is heard of", () => {
  const ready = (status: string) => ({ ...node, status: { conditions: [{ type: "Ready", status }] } }) as Node;
  const draining = (status: string, pods: readonly Pod[]) => {
    const asked: string[] = [];
    const json = async ({ method, path }: { method: string; path: string }) => {
      if (method === "POST") asked.push(path.split("/").at(-2) ?? "");
      return ready(status);
    };
    const change = nodeChanger({
      client: { get: async () => ready(status), transport: { json } } as never,
      served: { disruptionBudget: "policy/v1" } as never,
      pods: () => pods,
      learn: () => {},
    });
    return { asked, drained: () => change("n1", { kind: "drain" }) };
  };
  test("asks all to leave, and then waits no longer: it says what to do", async () => {
    const first = draining("Unknown", [pod("web"), pod("going", { leaving: true })]);
    expect(await first.drained()).toEqual({ done: false, left: 2, blocked: [] });
    expect(first.asked).toEqual(["web"]);
    const then = draining("Unknown", [pod("web", { leaving: true }), pod("going", { leaving: true })]);
    await expect(then.drained()).rejects.toMatchObject({ reason: "node.undrained", params: { node: "n1", left: 2 } });
  });
  test("is done where nothing is left; where the node speaks, what leaves is waited for", async () => {
    expect(await draining("Unknown", []).drained()).toMatchObject({ done: true });
    expect(await draining("False", [pod("web", { leaving: true })]).drained()).toMatchObject({ done: false, left: 1 });
  });
});
