import { kubernetesLease } from "../../shared/adapters/kubernetes/lease.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { leaseSuite } from "../contract/lease.suite.ts";
import { describeOnKubernetes, openClient, testNamespace } from "./support.ts";

const process = (namespace: string, clock: Clock = steppedClock()) => kubernetesLease({ client: openClient(), namespace, clock });

describeOnKubernetes("on a real API server", () => {
  leaseSuite("kubernetes", async (clock) => {
    const { namespace, remove } = await testNamespace("lease");
    return { lease: process(namespace, clock), close: remove };
  });
});

describeOnKubernetes("a Lease seen by several processes", () => {
  let namespace: string;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ namespace, remove } = await testNamespace("lease"));
  });
  afterEach(() => remove());

  test("P9: of many processes that ask at once, one gets it", async () => {
    const asked = Array.from({ length: 8 }, (_, at) => process(namespace).acquire("leader", `process ${at}`, 1_000));
    expect((await Promise.all(asked)).filter((token) => token !== undefined)).toHaveLength(1);
  });
  test("P9: a process with another clock takes over only what stood still for the whole duration by its own clock", async () => {
    const [a, b] = [steppedClock(Date.UTC(2026, 0, 1)), steppedClock(Date.UTC(2030, 0, 1))];
    const [first, second] = [process(namespace, a), process(namespace, b)];
    const token = await first.acquire("leader", "a", 2_000);
    expect(await second.acquire("leader", "b", 2_000)).toBeUndefined();
    await Promise.all([a.advance(1_900), b.advance(1_900)]);
    await first.acquire("leader", "a", 2_000);
    expect(await second.acquire("leader", "b", 2_000)).toBeUndefined();
    await b.advance(1_999);
    expect(await second.acquire("leader", "b", 2_000)).toBeUndefined();
    await b.advance(2);
    expect(await second.acquire("leader", "b", 2_000)).toBeGreaterThan(Number(token));
    expect(await first.holder("leader")).toMatchObject({ owner: "b" });
  });
  test("tokens grow on although somebody deleted the Lease object", async () => {
    const clock = steppedClock();
    const lease = process(namespace, clock);
    const token = await lease.acquire("leader", "a", 1_000);
    const ref = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "leader", namespace } };
    await openClient().remove(ref, { propagation: "Background" });
    await clock.advance(600_000);
    expect(await lease.acquire("leader", "b", 1_000)).toBeGreaterThan(Number(token));
  });
});
