import { adviceFor } from "../../shared/domain/advice.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import { type Bench, bench, type Change, programs } from "./bench.ts";
import { describeOnKubernetes, unique } from "./support.ts";
import { eventually } from "../support/eventually.ts";

/** A component of the bench's team, of any kind. */
function component(it: () => Bench, kind: string, script: string, more: object = {}) {
  const id = `cmp_${unique()}0000`;
  const workload = (generation: number, change: Change = {}) =>
    it().workload(script, generation, {
      component: id,
      health: { kind: "none" },
      ...change,
      configuration: { kind, ports: [], graceSeconds: 1, ...more, ...change.configuration },
    });
  return {
    apply: (generation: number, change: Change = {}) => it().cluster.apply(workload(generation, change)),
    phase: (phase: ObservedWorkload["phase"], generation: number) => it().phase(phase, generation, id),
    seen: async () => (await it().cluster.observe()).find((o) => o.component === id),
  };
}

describeOnKubernetes("P3: components that are no servers, on a real cluster", () => {
  let it: Bench;
  const bound = (kind: string, script: string, more: object = {}) => component(() => it, kind, script, more);
  const every = { schedule: { cron: "* * * * *", overlap: "skip" } };
  const cron = bound("cron", "echo run of $PLUVIA_RELEASE", every);
  const failing = bound("job", "echo the database is gone >&2; exit 3");
  beforeAll(async () => {
    it = await bench();
    // These take their time: they begin before the others.
    await Promise.all([cron.apply(1), failing.apply(1)]);
  });
  afterAll(() => it.end());

  test("W2: a worker whose new release ends soon after its start goes on as it was, untouched", async () => {
    const worker = bound("stateless", programs.hangs());
    await worker.apply(1);
    const [first] = (await worker.phase("settled", 1)).instances;
    await worker.apply(2, { configuration: { command: "echo starting; sleep 2; exit 3" } });
    const seen = await worker.phase("failed", 2);
    expect(seen.serving).toBe(`rel_${"1".padStart(16, "0")}`);
    expect(seen.instances.find(({ id }) => id === first?.id)).toMatchObject({ state: "ready", restarts: 0 });
  });

  test("a daemon has one instance on every node, also of its next release; stopped, it has none", async () => {
    const nodes = (await it.client.list({ apiVersion: "v1", kind: "Node" })).items.length;
    const daemon = bound("daemon", programs.hangs());
    await daemon.apply(1);
    await daemon.phase("settled", 1);
    await daemon.apply(2);
    const seen = await daemon.phase("settled", 2);
    expect(seen.instances.map((i) => [i.releaseNumber, i.state])).toEqual(Array.from({ length: nodes }, () => [2, "ready"]));
    await daemon.apply(3, { wanted: "stopped" });
    expect((await daemon.phase("settled", 3)).instances).toEqual([]);
  });

  test("a job that was held runs when it is let go, once per release, and is told as done", async () => {
    const job = bound("job", "echo done");
    await job.apply(1, { wanted: "stopped" });
    expect((await job.phase("settled", 1)).instances).toEqual([]);
    await job.apply(2, { number: 1 });
    const seen = await job.phase("settled", 2);
    expect(seen.serving).toBe(`rel_${"1".padStart(16, "0")}`);
    expect(seen.instances.map((i) => [i.state, i.lastExit?.code])).toEqual([["exited", 0]]);
    // Another wish that changes nothing of it does not run it again; another release does.
    await job.apply(3, { number: 1 });
    expect((await job.phase("settled", 3)).instances.map((i) => i.id)).toEqual(seen.instances.map((i) => i.id));
    await job.apply(4);
    const next = await job.phase("settled", 4);
    expect(next.instances.filter((i) => i.releaseNumber === 4).map((i) => i.state)).toEqual(["exited"]);
  });

  test("W5: a job that fails is told as failed, with what its last lines say", async () => {
    const seen = await failing.phase("failed", 1);
    const signal = seen.signals.find((s) => s.code === "exit.at-once");
    expect(signal?.detail).toMatchObject({ code: 3, lastLines: "the database is gone" });
    expect(signal && adviceFor(signal).message).toContain("exit code 3");
    // A release that works is told as done after it.
    await failing.apply(2, { configuration: {} });
  });

  test("a schedule makes runs, each an instance that ends; a change of the schedule makes none", async () => {
    await cron.phase("settled", 1);
    const ran = await eventually("it ran", async () => (await cron.seen())?.instances.find((i) => i.state === "exited"));
    expect(ran.lastExit?.code).toBe(0);
    await cron.apply(2, { wanted: "stopped" });
    await cron.phase("settled", 2);
    expect((await cron.seen())?.signals).toEqual([]);
  });
});
