import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lanes, reconcileOnce } from "../../edge-agents/runtime/control-loop.ts";
import { type Ledger, openLedger } from "../../edge-agents/runtime/ledger.ts";
import { observations } from "../../edge-agents/scheduler/observations.ts";
import { plan } from "../../edge-agents/scheduler/plan.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { type MemoryCluster, type MemoryWorld, memoryCluster, memoryWorld } from "../../shared/adapters/memory/cluster.ts";
import type { DesiredChange, Workload } from "../../shared/contract/agent.ts";
import { defaultConfiguration } from "../../shared/domain/component.ts";
import { randomFrom } from "../support/random.ts";

/*
 * A data center's agent on a fake cluster, clock and network, from a seed: the link loses, repeats and delays what the cloud plane
 * says; the agent is killed between any two steps and started again from its disk. PLUVIA_SEEDS sets how many worlds are tried,
 * PLUVIA_SEED tries one again.
 */
const seeds = process.env.PLUVIA_SEED
  ? [Number(process.env.PLUVIA_SEED)]
  : Array.from({ length: Number(process.env.PLUVIA_SEEDS ?? 60) }, (_, i) => i + 1);
const tenant = "tnt_0000000000000001" as Workload["tenant"];
const components = [1, 2, 3].map((n) => `cmp_000000000000000${n}` as Workload["component"]);

const workloadOf = (component: Workload["component"], generation: number, replicas: number): Workload => ({
  version: 1,
  tenant,
  application: "app_0000000000000001" as Workload["application"],
  applicationName: "a",
  component,
  componentName: "c",
  generation,
  release: `rel_${String(generation).padStart(16, "0")}` as Workload["release"],
  releaseNumber: generation,
  artifact: {
    kind: "slug",
    digest: `sha256:${"0".repeat(64)}`,
    sizeBytes: 1,
    language: "node",
    command: "run",
    processes: {},
    variables: {},
  },
  configuration: {
    ...defaultConfiguration,
    command: "run",
    ports: [{ port: 3000, protocol: "http", internal: true, external: true }],
    health: { kind: "http", path: "/", intervalSeconds: 5, timeoutSeconds: 3, failuresMax: 3, startSeconds: 60 },
    replicas,
    resources: { memoryMib: 128, cpuMillis: 100 },
    dependencies: [],
    graceSeconds: 0,
  },
  variables: {},
  bindings: [],
  hosts: [],
  restart: 0,
  wanted: "running",
});

class World {
  readonly clock = steppedClock();
  readonly machine: MemoryWorld = memoryWorld();
  /** Newest row of each component, as the cloud plane has it. */
  readonly rows = new Map<string, DesiredChange>();
  /** Everything ever said, for stale repeats. */
  readonly said: DesiredChange[] = [];
  /** Newest observation the cloud plane was told of each component. */
  readonly told = new Map<string, { generation: number; phase: string }>();
  readonly home = mkdtempSync(join(tmpdir(), "simulation-"));
  sequence = 0;
  ledger!: Ledger;
  cluster!: MemoryCluster;
  readonly random: () => number;
  /** Every other world never gets a whole listing: there, tombstones alone must do. */
  readonly lists: boolean;
  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.lists = seed % 2 === 0;
  }
  /** Generation by component, as the agent knows it. */
  known = () => new Map([...this.ledger.wanted(), ...this.ledger.tombstones()].map((w) => [w.component, w.generation]));
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }
  async start(): Promise<void> {
    this.ledger = await openLedger(this.home);
    this.cluster = memoryCluster({ clock: this.clock, world: this.machine });
  }
  /** kill -9 and a new start: what is not on disk and is no process is gone. */
  async crash(): Promise<void> {
    this.cluster.close();
    await this.start();
  }
  want(component: Workload["component"]): void {
    const generation = (this.rows.get(component)?.generation ?? 0) + 1;
    this.sequence += 1;
    const workload = this.random() < 0.25 ? null : workloadOf(component, generation, 1 + Math.floor(this.random() * 3));
    const row = { tenant, component, generation, sequence: this.sequence, workload };
    this.rows.set(component, row);
    this.said.push(row);
  }
  private after = (cursor: number) =>
    [...this.rows.values()].filter((r) => r.sequence > cursor).sort((a, b) => a.sequence - b.sequence);
  pull = async () => this.ledger.accept(this.after(this.ledger.cursor()), this.sequence);
  list = async () => {
    await this.ledger.accept(this.after(0), this.ledger.cursor());
    await this.ledger.keepOnly(new Set(this.rows.keys()), this.sequence);
  };
  stale = async () => {
    if (this.said.length > 0) await this.ledger.accept([this.pick(this.said)], 0);
  };
  async look(failing: number): Promise<void> {
    const { done } = await reconcileOnce(
      {
        desired: async () => ({
          wanted: this.ledger.wanted(),
          gone: this.ledger.tombstones().map((t) => t.component),
          complete: this.ledger.complete(),
        }),
        observe: () => this.cluster.observe(),
        plan,
        apply: async (step) => {
          if (this.random() < failing) throw new Error("injected");
          if (step.kind === "remove") return this.cluster.remove(step.component);
          const workload = await this.ledger.workload(step.component);
          if (workload) await this.cluster.apply(workload);
        },
        keyOf: ({ component }) => component,
        report: async () => {},
      },
      undefined,
      lanes(4),
    );
    await Promise.all(done.map(({ ended }) => ended));
    const tell = observations(() => []);
    for (const o of tell(await this.cluster.observe(), { tombstones: this.ledger.tombstones(), held: [] }))
      this.told.set(o.component, o);
  }
}

const events: ((w: World) => unknown)[] = [
  (w) => w.want(w.pick(components)),
  (w) => w.want(w.pick(components)),
  (w) => w.pull(),
  (w) => w.pull(),
  (w) => (w.lists ? w.list() : w.pull()),
  (w) => w.stale(),
  (w) => w.look(0),
  (w) => w.look(0.5),
  (w) => w.crash(),
  (w) => w.clock.advance(Math.floor(w.random() * 5_000)),
  (w) => {
    const running = [...w.machine.processes.keys()];
    if (running.length > 0) w.cluster.crash(w.pick(running), 1);
  },
];

async function live(seed: number): Promise<World> {
  const world = new World(seed);
  await world.start();
  for (let step = 0; step < 25; step++) {
    const before = world.known();
    await world.pick(events)(world);
    for (const [component, generation] of before) expect(world.known().get(component)).toBeGreaterThanOrEqual(generation);
    for (const [component, { generation }] of world.told)
      expect(generation).toBeLessThanOrEqual(world.rows.get(component)?.generation ?? 0);
  }
  // The network heals; nothing new is wanted.
  for (let round = 0; round < 40; round++) {
    await (world.lists ? world.list() : world.pull());
    await world.look(0);
    await world.clock.advance(10_000);
  }
  await world.look(0);
  return world;
}

/** What must run, from the cloud plane's rows alone: release and count of each component. */
const wanted = (world: World) =>
  [...world.rows.values()]
    .flatMap(({ component, workload }) =>
      workload ? Array.from({ length: workload.configuration.replicas }, () => `${component} ${workload.release}`) : [],
    )
    .sort();
const runs = (world: World) =>
  [...world.machine.processes.keys()]
    .map((id) => world.machine.instances.get(id))
    .map((kept) => `${kept?.component} ${kept?.record.release}`)
    .sort();

test("W6: whatever is lost, repeated or killed on the way, in the end exactly what is wanted runs, and the cloud plane knows", async () => {
  for (const seed of seeds) {
    const world = await live(seed);
    try {
      expect({ seed, runs: runs(world) }).toEqual({ seed, runs: wanted(world) });
      for (const [component, row] of world.rows)
        expect({ seed, component, told: world.told.get(component) }).toMatchObject({
          told: { generation: row.generation, phase: row.workload ? "settled" : "removed" },
        });
    } finally {
      world.cluster.close();
      rmSync(world.home, { recursive: true, force: true });
    }
  }
}, 300_000);
