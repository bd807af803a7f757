import { barePod } from "./kept.ts";
import { placeSignals, requestsOf } from "./place-signals.ts";
import type { Claim, Node, Pod } from "./shapes.ts";

const nodeOf = (name: string, memory: string, more: object = {}): Node =>
  ({
    metadata: { name, labels: { "kubernetes.io/os": "linux" } },
    status: { allocatable: { cpu: "4", memory }, conditions: [{ type: "Ready", status: "True" }] },
    ...more,
  }) as unknown as Node;
const asking = (memory: string) => ({ name: "c", image: "i", resources: { requests: { memory } } });
/** As it is kept: told from the outside as the API server tells it. */
const unplaced = (message: string, spec: object = {}): Pod =>
  barePod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [asking("2Gi")], ...spec },
    status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }] },
  } as unknown as Pod);
const world = (more: Partial<Parameters<typeof placeSignals>[1]> = {}): Parameters<typeof placeSignals>[1] => ({
  nodes: [nodeOf("one", "1Gi")],
  pods: () => [],
  claims: [],
  eventsOf: () => [],
  ...more,
});

describe("W5: why no node takes an instance", () => {
  const short = "0/3 nodes are available: 1 Insufficient memory, 1 node(s) had taint {control: }, that the pod didn't tolerate.";
  const taints = [{ key: "control", effect: "NoSchedule" }];
  const nodes = [
    nodeOf("worker", "1Gi"),
    nodeOf("control", "8Gi", { spec: { taints } }),
    nodeOf("other", "8Gi", { metadata: { name: "other", labels: {} } }),
  ];
  const nodeSelector = { "kubernetes.io/os": "linux" };

  test("how much is short on the nodes that it may run on: room on others is none", () => {
    const [signal] = placeSignals(unplaced(short, { nodeSelector }), world({ nodes }));
    expect(signal).toEqual({ code: "node.no-memory", detail: { wanted: 2_048, nodes: 1, free: 1_024, short: 1_024 } });
  });
  test.each([
    { key: "control", operator: "Exists" },
    { key: "control", operator: "Equal", value: "", effect: "NoSchedule" },
    { operator: "Exists" },
  ])("a taint that it tolerates keeps it from no node: %j", (toleration) => {
    const [signal] = placeSignals(unplaced(short, { nodeSelector, tolerations: [toleration] }), world({ nodes }));
    expect(signal).toEqual({ code: "node.no-memory", detail: { wanted: 2_048, nodes: 2 } });
  });

  const codes = (message: string, more: Parameters<typeof world>[0] = {}, spec: object = {}) =>
    placeSignals(unplaced(message, spec), world(more)).map(({ code }) => code);
  test("a volume whose data is elsewhere is not taken for labels that no node has", () => {
    expect(codes("0/2 nodes are available: 2 node(s) had volume node affinity conflict.")).toEqual(["volume.elsewhere"]);
    expect(codes("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.")).toEqual(["node.no-match"]);
    expect(codes("0/2 nodes are available: 2 node(s) didn't match node selector.")).toEqual(["node.no-match"]);
  });

  test("what was built for processors that no node has is told as that", () => {
    const on = (...architectures: string[]) =>
      architectures.map((architecture) =>
        nodeOf(architecture, "8Gi", { metadata: { name: architecture, labels: { "kubernetes.io/arch": architecture } } }),
      );
    const built = { nodeSelector: { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" } };
    const unlike = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.";
    const [signal] = placeSignals(unplaced(unlike, built), world({ nodes: on("arm64", "s390x") }));
    expect(signal).toEqual({ code: "node.no-architecture", detail: { architecture: "amd64", there: "arm64, s390x" } });
    expect(codes(unlike, { nodes: on("arm64", "amd64") }, built)).toEqual(["node.no-match"]);
    expect(codes(unlike, { nodes: [] }, built)).toEqual(["node.no-match"]);
  });

  const claims = [{ metadata: { name: "data" }, spec: { storageClassName: "local" }, status: { phase: "Pending" } }] as Claim[];
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  test("a volume that is made once there is a node is not what is waited for", () => {
    expect(codes("0/1 nodes are available: 1 Insufficient memory.", { claims }, { volumes })).toEqual(["node.no-memory"]);
    const unbound = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.";
    expect(codes(unbound, { claims }, { volumes })).toEqual(["volume.pending"]);
  });

  test("what is set aside for a pod: what runs beside its program, from before it on, comes on top", () => {
    const beside = { ...asking("512Mi"), restartPolicy: "Always" };
    const of = (initContainers: object[]) =>
      requestsOf(unplaced("", { containers: [asking("1Gi")], initContainers })).memoryBytes / 2 ** 20;
    expect(of([asking("512Mi")])).toBe(1_024);
    expect(of([beside, beside])).toBe(2_048);
    expect(of([beside, asking("3Gi"), beside])).toBe(3_584);
  });
});
