import { nodeFindings } from "./node-findings.ts";
import type { Node } from "./shapes.ts";

const now = new Date("2026-05-01T12:00:00Z");
const at = (seconds: number): string => new Date(now.getTime() + seconds * 1_000).toISOString();
const days = (count: number): Date => new Date(now.getTime() + count * 24 * 3_600_000);
const node = (name: string, { ready = "True", heartbeat = 0, pressure = "" } = {}): Node =>
  ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    status: {
      conditions: [
        { type: "Ready", status: ready, lastHeartbeatTime: at(heartbeat) },
        ...(pressure ? [{ type: pressure, status: "True" }] : []),
      ],
    },
  }) as Node;
const found = (nodes: Node[], certificates: Record<string, Date> = {}) =>
  nodeFindings(nodes, new Map(Object.entries(certificates)), now).map((f) => [f.state, f.code, f.params]);

test("N1: nodes of which nothing is wrong are told as ready", () => {
  expect(found([node("a"), node("b", { heartbeat: -290 })], { a: days(300) })).toEqual([["passed", "nodes.ok", { nodes: 2 }]]);
  expect(found([])).toEqual([["failed", "nodes.none", {}]]);
});
test("N1: nodes that are not ready, or short of something, are named", () => {
  expect(found([node("a"), node("b", { ready: "Unknown" }), node("c", { pressure: "DiskPressure" })])).toEqual([
    ["failed", "nodes.not-ready", { names: "b", count: 1, nodes: 3 }],
    ["warning", "nodes.disk-pressure", { names: "c" }],
  ]);
  expect(found([node("a", { pressure: "MemoryPressure" })])).toEqual([["warning", "nodes.memory-pressure", { names: "a" }]]);
});
test("N1: a clock that is off is found by signs of life that cannot be", () => {
  expect(found([node("a", { heartbeat: 90 }), node("b", { heartbeat: 10 })])).toEqual([
    ["failed", "nodes.clock", { node: "a", seconds: 90, direction: "ahead of" }],
  ]);
  expect(found([node("a", { heartbeat: -3_600 })])).toEqual([
    ["failed", "nodes.clock", { node: "a", seconds: 3_600, direction: "behind" }],
  ]);
  expect(found([node("a", { heartbeat: -3_600, ready: "Unknown" })]).map(([, code]) => code)).toEqual(["nodes.not-ready"]);
});
test("N1: a kubelet's certificate is told two weeks before its end, and when it has ended", () => {
  expect(found([node("a")], { a: days(15), b: days(3), c: days(-1) })).toEqual([
    ["warning", "nodes.certificate", { node: "b", date: "2026-05-04", days: 3 }],
    ["failed", "nodes.certificate-ended", { node: "c", date: "2026-04-30", days: -1 }],
  ]);
});
test("many findings stay few lines", () => {
  const many = Array.from({ length: 40 }, (_, n) => node(`n${n}`, { heartbeat: 90, ready: n < 20 ? "False" : "True" }));
  const told = found(many);
  expect(told).toHaveLength(6);
  expect(told[0]?.[2]).toEqual({ names: "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, …", count: 20, nodes: 40 });
});
