import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { processCluster } from "../../shared/adapters/local/cluster/cluster.ts";
import { allPids, environmentHas, hasProc, statOf } from "../../shared/adapters/local/cluster/proc.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { type Files, ids, releaseId, serverApp, shelf, slugOf, workloadFor } from "./support.ts";
import { eventually } from "../support/eventually.ts";

interface Agent {
  readonly seen: () => ObservedWorkload | undefined;
  /** Resolves once the agent has acknowledged it. */
  apply(workload: Workload): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let agent: Agent | undefined;
beforeEach(async () => {
  directory = await temporaryDirectory();
  await mkdir(join(directory.path, "slugs"));
});
afterEach(async () => {
  await agent?.kill();
  const last = processCluster({
    home: join(directory.path, "home"),
    artifacts: shelf(),
    traffic: { drained: async () => {} },
    clock: systemClock(),
  });
  await last.halt();
  expect(living()).toEqual([]);
  await directory.remove();
});

async function add(files: Files): Promise<string> {
  const { digest, bytes } = await slugOf(files);
  await writeFile(join(directory.path, "slugs", digest.replace("sha256:", "")), bytes);
  return digest;
}

function startAgent(): Agent {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, "agent.ts"), join(directory.path, "home"), join(directory.path, "slugs")],
    { stdio: ["pipe", "pipe", "inherit"], env: { PATH: process.env.PATH, NODE_NO_WARNINGS: "1" } },
  );
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let last: readonly ObservedWorkload[] = [];
  let applied = 0;
  if (child.stdout)
    createInterface({ input: child.stdout }).on("line", (line) => {
      const told = JSON.parse(line) as readonly ObservedWorkload[] | "applied";
      if (told === "applied") applied++;
      else last = told;
    });
  return {
    seen: () => last[0],
    async apply(workload) {
      const before = applied;
      child.stdin?.write(`${JSON.stringify(workload)}\n`);
      await eventually("it is applied", () => applied > before);
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

const instancesPath = (): string => join(directory.path, "home", "components", ids.component, "instances");
/** Session leaders that carry the mark of an instance that was ever made here, as the machine knows them. */
function living(): string[] {
  const marks = readdirSync(instancesPath()).map((id) => `PLUVIA_INSTANCE=${id}`);
  const leads = (pid: number): boolean => statOf(pid)?.session === pid && statOf(pid)?.state !== "Z";
  return allPids()
    .filter((pid) => leads(pid) && marks.some((mark) => environmentHas(pid, mark)))
    .map(String);
}

async function pids(instances: readonly { id: string }[]): Promise<string[]> {
  return Promise.all(
    instances.map(async ({ id }) =>
      String(JSON.parse(await readFile(join(instancesPath(), id, "instance.json"), "utf8")).process?.pid),
    ),
  );
}
const settled = (generation: number) =>
  eventually(`generation ${generation} settled: ${JSON.stringify(agent?.seen())}`, () => {
    const seen = agent?.seen();
    return seen?.phase === "settled" && seen.generation === generation ? seen : undefined;
  });

const onLinux = hasProc ? test : test.skip;

onLinux("after kill -9 instances run on and are adopted: the same processes, nothing doubled", async () => {
  agent = startAgent();
  await agent.apply(workloadFor(await add(serverApp("one")), 1, { replicas: 2 }));
  const before = await settled(1);
  const processes = (await pids(before.instances)).sort();
  await agent.kill();
  expect(living().sort()).toEqual(processes);
  agent = startAgent();
  const after = await settled(1);
  expect(after.instances.map((i) => i.id).sort()).toEqual(before.instances.map((i) => i.id).sort());
  expect((await pids(after.instances)).sort()).toEqual(processes);
  expect(after.instances.map((i) => i.restarts)).toEqual([0, 0]);
});

onLinux("what ended while nobody watched is noticed and started again", async () => {
  agent = startAgent();
  await agent.apply(workloadFor(await add(serverApp("one")), 1));
  const [pid] = await pids((await settled(1)).instances);
  await agent.kill();
  process.kill(Number(pid), "SIGKILL");
  await eventually("it is gone", () => living().length === 0);
  agent = startAgent();
  const after = await eventually("it runs again", () => {
    const seen = agent?.seen();
    return seen?.phase === "settled" && seen.instances[0]?.restarts === 1 ? seen : undefined;
  });
  expect(after.instances[0]?.lastExit).toMatchObject({ code: null, signal: null });
  // The end of an adopted process is noticed as well.
  await agent.kill();
  agent = startAgent();
  await settled(1);
  process.kill(Number(living()[0]), "SIGKILL");
  await eventually(
    "it runs a third time",
    () => agent?.seen()?.instances[0]?.restarts === 2 && agent.seen()?.phase === "settled",
  );
});

onLinux(
  "W6: killed with -9 at random points of rollouts, nothing acknowledged is lost, doubled or left behind",
  async () => {
    const rounds = 12;
    const digests = [await add(serverApp("even")), await add(serverApp("odd"))];
    for (let generation = 1; generation <= rounds; generation++) {
      agent = startAgent();
      await agent.apply(workloadFor(digests[generation % 2] ?? "", generation, { replicas: 2 }));
      // Early in a rollout, in its middle and after its end, all within reach.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 600));
      await agent.kill();
    }
    agent = startAgent();
    const seen = await settled(rounds);
    expect(seen.serving).toBe(releaseId(rounds));
    expect(seen.instances.map((i) => i.state)).toEqual(["ready", "ready"]);
    expect(living().sort()).toEqual((await pids(seen.instances)).sort());
  },
  90_000,
);
