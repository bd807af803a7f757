import { samples } from "../../../test/render/workloads.ts";
import type { Workload } from "../../contract/agent.ts";
import { type ComponentFacts, heldUntil, judgementOf, observedOf } from "./observe.ts";
import { newRecord } from "./record.ts";
import { labels, nameFor } from "./render/names.ts";
import { revisionOf } from "./revision.ts";
import type { ClusterEvent, DaemonSet, Deployment, Node, Pod, StatefulSet } from "./shapes.ts";

const now = new Date("2026-01-02T03:00:00Z");
const before = "2026-01-02T02:00:00Z";
const ended = (exitCode: number) => ({ terminated: { exitCode, startedAt: before, finishedAt: before } });
const running = { running: { startedAt: before } };

const nodeOf = (name: string, status: "True" | "Unknown" = "True"): Node =>
  ({ metadata: { name }, status: { conditions: [{ type: "Ready", status }] } }) as unknown as Node;

interface How {
  readonly at?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly state?: object;
  readonly nodeName?: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly object[];
}
/** A pod that is ready on the node `up`, unless said otherwise. */
function podOf(w: Workload, name: string, how: How = {}): Pod {
  const { at = before, phase = "Running", ready = true, state = running, nodeName = "up", ...more } = how;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      uid: name,
      creationTimestamp: at,
      labels: { [labels.revision]: revisionOf(w), [labels.release]: w.release, [labels.releaseNumber]: String(w.releaseNumber) },
      ...more,
    },
    spec: { nodeName, containers: [{ name: "app", image: "i" }] },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: before }],
      containerStatuses: [{ name: "app", ready, restartCount: 0, state }],
    },
  } as unknown as Pod;
}
function makerOf<T>(w: Workload, status: object = {}): T {
  const { replicas } = w.configuration;
  const template = { metadata: { labels: { [labels.revision]: revisionOf(w) } } };
  return {
    metadata: { name: "m", generation: 1 },
    spec: { replicas, template },
    status: { observedGeneration: 1, ...status },
  } as T;
}
const makers = { deployment: undefined, statefulSet: undefined, daemonSet: undefined, jobs: [], cronJob: undefined };
/** It has served as wanted, and nothing is wrong, unless said otherwise. */
const factsOf = (w: Workload, more: Partial<ComponentFacts>): ComponentFacts => ({
  record: { ...newRecord(w), settled: w },
  makers,
  pods: [],
  claims: [],
  events: [],
  nodes: [nodeOf("up")],
  allPods: () => [],
  usage: () => undefined,
  logs: () => [],
  endedLogs: [],
  now,
  calmAt: 0,
  ...more,
});
const codes = (facts: ComponentFacts) => observedOf(facts).signals.map(({ code }) => code);
const one = (w: Workload, change: Partial<Workload["configuration"]> = {}): Workload => ({
  ...w,
  configuration: { ...w.configuration, replicas: 1, scaling: null, volumes: [], ...change },
});

describe("W5: what is over is no news", () => {
  const web = one(samples.stateless);
  test("a pod that its node has ended, and that another has replaced, may lie there for days", () => {
    const left = podOf(web, "left", { phase: "Failed", ready: false, state: ended(137) });
    const facts = factsOf(web, { makers: { ...makers, deployment: makerOf<Deployment>(web) }, pods: [left, podOf(web, "new")] });
    expect(codes(facts)).toEqual([]);
    expect(observedOf(facts).phase).toBe("settled");
  });
  const of = (run: string) => ({ ownerReferences: [{ kind: "Job", name: run, uid: run }] });
  const failed = { phase: "Failed", ready: false, state: ended(3) };
  const done = { phase: "Succeeded", ready: false, state: ended(0) };
  test("a job that has ended well in the end tells nothing of its attempts before", () => {
    const { job } = samples;
    expect(codes(factsOf(job, { pods: [podOf(job, "a", { ...failed, ...of("1") })] }))).toEqual(["exit.at-once"]);
    const pods = [podOf(job, "a", { ...failed, ...of("1") }), podOf(job, "b", { ...done, ...of("1") })];
    expect(codes(factsOf(job, { pods }))).toEqual([]);
  });
  test("of a schedule's runs the newest is told", () => {
    const { cron } = samples;
    const first = podOf(cron, "a", { ...failed, ...of("1") });
    const later = (how: How) => podOf(cron, "b", { at: "2026-01-02T02:30:00Z", ...how, ...of("2") });
    expect(codes(factsOf(cron, { pods: [first] }))).toEqual(["exit.at-once"]);
    expect(codes(factsOf(cron, { pods: [first, later(done)] }))).toEqual([]);
    expect(codes(factsOf(cron, { pods: [podOf(cron, "a", { ...done, ...of("1") }), later(failed)] }))).toEqual(["exit.at-once"]);
  });
});

test("W5: why a schedule's run gets no pod is told, until one is made", () => {
  const { cron } = samples;
  const message =
    'Error creating: pods "a" is forbidden: exceeded quota: pluvia, requested: pods=1, used: pods=2, limited: pods=2';
  const involvedObject = { kind: "Job", name: `${nameFor(cron.component)}-1` };
  const event = {
    reason: "FailedCreate",
    message,
    involvedObject,
    firstTimestamp: before,
    lastTimestamp: before,
  } as ClusterEvent;
  const cronJob = { metadata: { name: "m" } } as ComponentFacts["makers"]["cronJob"];
  const facts = factsOf(cron, { makers: { ...makers, cronJob }, events: [event] });
  expect(codes(facts)).toEqual(["quota.exceeded"]);
  expect(codes({ ...facts, pods: [podOf(cron, "a", { at: "2026-01-02T02:30:00Z" })] })).toEqual([]);
});

describe("W2: without a health check a release has to live for a while before it takes the place of the one before", () => {
  const worker = one(samples.stateless, { ports: [] });
  const next = { ...worker, configuration: { ...worker.configuration, command: "exit 3" } };
  const judged = (readySeconds: number, w: Workload = next) => {
    const transition = new Date(now.getTime() - readySeconds * 1_000).toISOString();
    const pod = podOf(w, "new");
    const conditions = [{ type: "Ready", status: "True", lastTransitionTime: transition }];
    return judgementOf(
      factsOf(w, {
        record: { ...newRecord(w), settled: worker },
        makers: { ...makers, deployment: makerOf<Deployment>(w) },
        pods: [{ ...pod, status: { ...pod.status, conditions } } as Pod],
      }),
    );
  };
  test("that its program has been started is not enough", () => {
    expect(judged(1)).toMatchObject({ phase: "progressing", promote: false, wakeAt: now.getTime() + 5_000 });
    expect(judged(6)).toMatchObject({ promote: true, wakeAt: null });
  });
  test("with one, being healthy is", () => {
    const { ports } = samples.stateless.configuration;
    expect(judged(1, { ...next, configuration: { ...next.configuration, ports } })).toMatchObject({ promote: true });
  });
  test("what has lived long enough once need not again", () => {
    expect(judged(1, worker)).toMatchObject({ phase: "settled", wakeAt: null });
  });
});

describe("N2: a node that does not come back", () => {
  const nodes = [nodeOf("up"), nodeOf("lost", "Unknown")];
  /** The cluster has told it to go, which its node does not hear. */
  const stranded = (w: Workload) =>
    podOf(w, "stranded", { ready: false, nodeName: "lost", deletionTimestamp: "2026-01-02T02:30:00Z" });

  test("keeps nothing from being done that others serve instead of its instances", () => {
    const web = one(samples.stateless);
    const deployment = makerOf<Deployment>(web);
    const facts = factsOf(web, { nodes, makers: { ...makers, deployment }, pods: [stranded(web), podOf(web, "new")] });
    expect(observedOf(facts)).toMatchObject({ phase: "settled", signals: [] });
    // Of one that answers it is waited for.
    const heard = { ...facts, nodes: [nodeOf("up"), nodeOf("lost")] };
    expect(observedOf(heard).phase).toBe("progressing");
    // So it is where no node may be looked at.
    expect(observedOf({ ...facts, nodes: [] }).phase).toBe("progressing");
  });
  test("what must not run twice waits for it, and says so", () => {
    const db = one(samples.stateful);
    const statefulSet = makerOf<StatefulSet>(db);
    const facts = factsOf(db, { nodes, makers: { ...makers, statefulSet }, pods: [stranded(db)] });
    const told = [{ code: "instance.stranded", detail: { node: "lost" } }];
    expect(observedOf(facts)).toMatchObject({ phase: "progressing", signals: told });
    const web = one(samples.stateless, {
      volumes: [{ name: "a", kind: "exclusive", path: "/a", sizeMib: 1, storageClass: null }],
    });
    const deployment = makerOf<Deployment>(web);
    expect(observedOf(factsOf(web, { nodes, makers: { ...makers, deployment }, pods: [stranded(web)] }))).toMatchObject({
      phase: "progressing",
      signals: told,
    });
  });
  test("what is to be stopped or removed may run there still, and says so", () => {
    const web = one(samples.stateless);
    const facts = factsOf(web, { nodes, pods: [stranded(web)] });
    const stopped = { ...web, wanted: "stopped" as const };
    for (const record of [
      { ...facts.record, workload: stopped },
      { ...facts.record, removing: true },
    ])
      expect(observedOf({ ...facts, record })).toMatchObject({
        phase: "progressing",
        signals: [{ code: "instance.stranded", detail: { node: "lost" } }],
      });
  });
  test("a release of a daemon is not given up for it", () => {
    const daemon = one(samples.daemon);
    const next = { ...daemon, release: "rel_0123456789abcdee", releaseNumber: 8, generation: 4 } as Workload;
    const daemonSet = makerOf<DaemonSet>(next, { desiredNumberScheduled: 2 });
    const made = podOf(next, "made", { ready: false, state: {}, nodeName: "lost" });
    const facts = factsOf(next, {
      nodes,
      record: { ...newRecord(next), settled: daemon },
      makers: { ...makers, daemonSet },
      pods: [made, podOf(next, "new")],
    });
    expect(judgementOf(facts)).toMatchObject({ promote: true, reject: null });
    // Where none is left it has not been shown to run.
    expect(judgementOf({ ...facts, pods: [made] })).toMatchObject({ promote: false });
  });
});

describe("right after an outage of the API server", () => {
  const calmAt = now.getTime() + 5_000;
  const web = one(samples.stateless);
  const next = (w: Workload): Workload => ({ ...w, restart: w.restart + 1, generation: w.generation + 1 });
  const replaced = (w: Workload, more: Partial<ComponentFacts> = {}) =>
    factsOf(w, { record: { ...newRecord(next(w)), settled: w }, calmAt, ...more });
  test("instances that serve are not replaced, and that is told", () => {
    expect(heldUntil(replaced(web))).toBe(calmAt);
    expect(codes(replaced(web))).toEqual(["cluster.was-away"]);
    expect(heldUntil(replaced(web, { calmAt: now.getTime() }))).toBeNull();
  });
  test("what is new, is as it was, or goes back begins at once", () => {
    const facts = replaced(web);
    for (const change of [
      { settled: null },
      { settled: facts.record.workload },
      { rejected: { code: "x", message: "", signals: [] } },
    ])
      expect(heldUntil({ ...facts, record: { ...facts.record, ...change } })).toBeNull();
  });
  test("nobody asks for what has no ports", () => {
    expect(heldUntil(replaced(one(samples.stateless, { ports: [] })))).toBeNull();
  });
});
