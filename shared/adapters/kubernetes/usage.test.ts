import { describe, expect, test } from "@jest/globals";
import { Fault } from "../../base/fault.ts";
import { steppedClock } from "../memory/clock.ts";
import { usageMeter, type UsageMeterParts } from "./usage.ts";

/** What an API server answers, by path; all else is forbidden. */
function meterOf(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const json = async ({ path }: { path: string }) => {
    asked.push(path);
    if (!(path in answers)) throw new Fault("forbidden", `${path} is forbidden`);
    return answers[path];
  };
  const client = { transport: { json } } as unknown as UsageMeterParts["client"];
  const clock = steppedClock();
  const meter = usageMeter({ client, clock, namespaces: () => ["tnt-1"], measured: () => {} });
  return { asked, clock, meter };
}
const kubelet = "/api/v1/nodes/n1/proxy/stats/summary";
const server = "/apis/metrics.k8s.io/v1beta1";
const summary = {
  node: {
    nodeName: "n1",
    cpu: { usageNanoCores: 2e8 },
    memory: { workingSetBytes: 7 },
    fs: { capacityBytes: 100, usedBytes: 30 },
  },
  pods: [
    {
      podRef: { namespace: "tnt-1", name: "web" },
      containers: [
        { cpu: { usageNanoCores: 1e8 }, memory: { workingSetBytes: 3 } },
        { cpu: { usageNanoCores: 2e7 }, memory: { workingSetBytes: 1 } },
      ],
    },
  ],
};
const metrics = {
  [`${server}/nodes`]: { items: [{ metadata: { name: "n1" }, usage: { cpu: "250000000n", memory: "8Ki" } }] },
  [`${server}/namespaces/tnt-1/pods`]: {
    items: [
      {
        metadata: { namespace: "tnt-1", name: "web" },
        containers: [{ usage: { cpu: "100m", memory: "1Mi" } }, { usage: { cpu: "20m", memory: "1Mi" } }],
      },
    ],
  },
};

describe("W9: how much is used", () => {
  test("is told by the kubelets where the agents may ask them; the metrics server is left alone then", async () => {
    const { meter, asked } = meterOf({ [kubelet]: summary, ...metrics });
    meter.refresh(["n1"]);
    await meter.settled();
    expect(meter.pod("tnt-1", "web")).toEqual({ cpuMillis: 120, memoryBytes: 4 });
    expect(meter.nodes()).toEqual([
      { name: "n1", cpuMillis: 200, memoryBytes: 7, diskBytes: 100, diskBytesUsed: 30, podNamespaces: ["tnt-1"] },
    ]);
    expect(asked).toEqual([kubelet]);
  });
  test("else by the metrics server, which knows neither disks nor other pods, and only of our own namespaces", async () => {
    const { meter, asked } = meterOf(metrics);
    meter.refresh(["n1"]);
    await meter.settled();
    expect(meter.pod("tnt-1", "web")).toEqual({ cpuMillis: 120, memoryBytes: 2 * 2 ** 20 });
    expect(meter.nodes()).toEqual([
      { name: "n1", cpuMillis: 250, memoryBytes: 8_192, diskBytes: null, diskBytesUsed: 0, podNamespaces: null },
    ]);
    expect(asked.slice(1)).toEqual([`${server}/nodes`, `${server}/namespaces/tnt-1/pods`]);
  });
  test("is not known where neither answers, which is no trouble", async () => {
    const { meter } = meterOf({});
    meter.refresh(["n1"]);
    await meter.settled();
    expect([meter.nodes(), meter.pod("tnt-1", "web")]).toEqual([[], undefined]);
  });
  test("is not known of a node that answers with nothing, and is of the others", async () => {
    const { meter } = meterOf({ "/api/v1/nodes/odd/proxy/stats/summary": undefined, [kubelet]: summary });
    meter.refresh(["odd", "n1"]);
    await meter.settled();
    expect(meter.nodes().map(({ name }) => name)).toEqual(["n1"]);
  });
  test("is asked for at most twice a minute, however often somebody looks", async () => {
    const { meter, asked, clock } = meterOf({ [kubelet]: summary });
    for (let at = 0; at < 60; at++) {
      meter.refresh(["n1"]);
      await clock.advance(1_000);
    }
    expect(asked).toHaveLength(2);
  });
});
