import { type Job, whyEnded } from "./build-end.ts";
import type { BuildsContext } from "./render/build-job.ts";
import type { Pod } from "./shapes.ts";

const context = {
  dataCenter: "dc_1",
  image: "registry.example.org/builder:1",
  memoryMib: 2_048,
  diskMib: 10_240,
} as unknown as BuildsContext;
const [begunAt, nowMs] = ["2026-01-02T03:00:00Z", Date.parse("2026-01-02T03:10:00Z")];
const job = (reason?: string) =>
  ({ metadata: {}, status: { conditions: reason ? [{ type: "Failed", status: "True", reason }] : [] } }) as unknown as Job;
const pod = (status: object): Pod =>
  ({
    status: { conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: begunAt }], ...status },
  }) as unknown as Pod;
const inState = (state: object) => pod({ containerStatuses: [{ state }] });
const over = job("BackoffLimitExceeded");
const killed = inState({ terminated: { exitCode: 137, reason: "OOMKilled" } });
const pulling = inState({ waiting: { reason: "ImagePullBackOff", message: "pull access denied" } });
const evicted = (message: string) => pod({ reason: "Evicted", message });

describe("C2, C6: a builder that was ended says why", () => {
  test.each([
    ["its memory, and what to raise", over, killed, "build.memory", ["2048 MiB", "builds.memoryMib"]],
    [
      "the disk of all it wrote",
      over,
      evicted("Pod ephemeral local storage usage exceeds the total limit of containers 10Gi. "),
      "build.disk",
      ["10240 MiB", "builds.diskMib"],
    ],
    ["the disk of one folder", over, evicted('Usage of EmptyDir volume "work" exceeds the limit "10Gi". '), "build.disk", []],
    ["its time", job("DeadlineExceeded"), undefined, "build.overtime", ["the time"]],
    ["its image, which nodes cannot pull", job(), pulling, "builder.image", ["pull access denied", "builds.pullSecrets"]],
  ])("%s", (_, of, has, code, said) => {
    const why = whyEnded(of, has ? [has] : [], { context, nowMs });
    expect(why?.code).toBe(code);
    for (const words of said) expect(`${why?.message} ${why?.next}`).toContain(words);
  });

  test("the platform's own setting, where its cluster builds", () => {
    const why = whyEnded(over, [killed], { context: { ...context, dataCenter: null }, nowMs });
    expect(why?.next).toContain("PLUVIA_BUILDS_MEMORY_MIB");
  });

  test.each([
    ["a node that ran low ended it", over, evicted("The node was low on resource: ephemeral-storage. ")],
    ["it ended by itself, without a word", over, inState({ terminated: { exitCode: 1, reason: "Error" } })],
    ["its pod cannot be seen", over, undefined],
    ["it runs", job(), inState({ running: { startedAt: begunAt } })],
  ])("nothing, where %s", (_, of, has) => expect(whyEnded(of, has ? [has] : [], { context, nowMs })).toBeNull());

  test("nothing of its image yet, as a registry may be away for a moment", () =>
    expect(whyEnded(job(), [pulling], { context, nowMs: Date.parse(begunAt) + 60_000 })).toBeNull());
});
