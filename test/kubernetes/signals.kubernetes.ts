import { adviceFor } from "../../shared/domain/advice.ts";
import { type Bench, bench, type Change, programs } from "./bench.ts";
import { withQuota } from "./agent-parts.ts";
import { describeOnKubernetes, unique } from "./support.ts";
import { eventually } from "../support/eventually.ts";

describeOnKubernetes("W5: what a real cluster says is wrong, in words", () => {
  let it: Bench;
  beforeAll(async () => {
    it = await bench({ namespace: withQuota({ instances: 50, memoryMib: 1_000_000 }) });
  });
  afterAll(() => it.end());

  /** Runs it until it signals this; answers the advice. */
  async function told(code: string, script: string, change: Change = {}, on: Bench = it): Promise<string> {
    const component = `cmp_${unique()}0000`;
    await on.cluster.apply(on.workload(script, 1, { component, ...change }));
    const signal = await eventually(`signal ${code}`, async () =>
      (await on.cluster.observe()).find((o) => o.component === component)?.signals.find((s) => s.code === code),
    ).catch(async (error: Error) => {
      const all = await on.cluster.observe();
      throw new Error(`${error.message} ${JSON.stringify(all.find((o) => o.component === component))}`);
    });
    const { message, next } = adviceFor(signal);
    return `${message} ${next}`;
  }
  const cases: readonly (readonly [string, () => Promise<string>, RegExp])[] = [
    [
      "an image that cannot be fetched",
      () => told("image.unreachable", "true", { image: "127.0.0.1:9/no/such:1" }),
      /^The image 127\.0\.0\.1:9\/no\/such:1 could not be fetched: .*connection refused/s,
    ],
    [
      "more memory than any node has: how much is missing",
      () =>
        told("node.no-memory", "true", { configuration: { resources: { memoryMib: 60_000, cpuMillis: 100 }, requests: null } }),
      /^No node has 60000 MiB of memory free for an instance\. The node with the most room has \d+ MiB free: \d+ MiB too few\./,
    ],
    [
      "more CPU than any node has: how much is missing",
      () =>
        told("node.no-cpu", "true", {
          configuration: { resources: { memoryMib: 16, cpuMillis: 64_000 }, requests: { memoryMib: 16, cpuMillis: 60_000 } },
        }),
      /^No node has 60000 thousandths of a CPU free for an instance\. .* too few\./,
    ],
    [
      "a program that ends again and again: its exit code, and its last lines",
      () => told("exit.at-once", programs.ends()),
      /exit code 3/,
    ],
    [
      "a program that uses more than its memory",
      () =>
        told("killed.memory", "tail /dev/zero", {
          configuration: { ports: [], resources: { memoryMib: 16, cpuMillis: 500 } },
          health: { kind: "none" },
        }),
      /^An instance was stopped because it used more than its 16 MiB of memory\. Raise the memory limit from 16 to 128 MiB/,
    ],
    [
      "a health check that is answered badly",
      () => told("health.status", programs.serves("yes"), { health: { path: "/none" } }),
      /^The health check of \/none answers 404;/,
    ],
    [
      "a health check that nobody answers",
      () => told("health.refused", programs.hangs()),
      /^The health check could not connect to port 3000\./,
    ],
    ["a command that is not in the image", () => told("exit.at-once", "exec /no/such/program"), /exit code 127/],
  ];
  test("each with its next step", async () => {
    // All at once: most of it is waiting.
    const said = await Promise.all(cases.map(async ([name, tell, words]) => ({ name, said: await tell(), words })));
    for (const { name, said: one, words } of said)
      expect({ name, isTold: words.test(one), said: one }).toMatchObject({ name, isTold: true });
  });

  test("a team's quota that is used up: which, and by how much", async () => {
    const small = await bench({ namespace: withQuota({ instances: 1, memoryMib: 48 }) });
    try {
      const words = await told(
        "quota.exceeded",
        programs.serves("yes"),
        { configuration: { resources: { memoryMib: 128, cpuMillis: 100 }, requests: { memoryMib: 16, cpuMillis: 10 } } },
        small,
      );
      expect(words).toMatch(/limits.memory=128Mi.*limits.memory=96Mi/s);
    } finally {
      await small.end();
    }
  });
});
