import { describe, expect, test } from "@jest/globals";
import { setImmediate } from "node:timers/promises";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import type { ReportedNode } from "../../shared/contract/data-center.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import { nodeHealth } from "./node-health.ts";

const component = (
  external: boolean,
  ...instances: { node: string; host: string; state?: string }[]
): Pick<ObservedWorkload, "workload" | "instances"> =>
  ({
    workload: { configuration: { ports: [{ port: 80, external }] } },
    instances: instances.map(({ node, host, state = "ready" }) => ({
      node,
      state,
      endpoints: [{ port: 80, host, hostPort: 80 }],
    })),
  }) as unknown as ObservedWorkload;
const node = (name: string, ready = true) => ({ name, ready, instances: 2, signals: [] }) as unknown as ReportedNode;

/** In which nothing is heard from some hosts. */
function begin(observed: Pick<ObservedWorkload, "workload" | "instances">[]) {
  const clock = steppedClock();
  const deaf = new Set<string>();
  const asked: string[] = [];
  const health = nodeHealth({
    cluster: { observe: async () => observed as ObservedWorkload[] },
    reaches: async ({ host }) => {
      asked.push(host);
      return !deaf.has(host);
    },
    clock,
    log: () => {},
  });
  const rounds = async (count: number) => {
    for (let n = 0; n < count; n++) {
      await clock.advance(20_000);
      await setImmediate();
    }
  };
  const codes = (...nodes: ReportedNode[]) =>
    health.told(nodes).map(({ name, signals }) => `${name} ${signals.map(({ code }) => code)}`);
  return { health, deaf, asked, rounds, codes };
}

describe("N2: a node none of whose instances is heard of", () => {
  test("is told, after two rounds in a row, until one is heard of again", async () => {
    const it = begin([component(true, { node: "a", host: "a1" }, { node: "b", host: "b1" }, { node: "b", host: "b2" })]);
    await it.rounds(1);
    it.deaf.add("b1").add("b2");
    await it.rounds(1);
    expect(it.codes(node("a"), node("b"))).toEqual(["a ", "b "]);
    await it.rounds(1);
    expect(it.codes(node("a"), node("b"))).toEqual(["a ", "b node.unreached"]);
    expect(it.codes(node("b", false))).toEqual(["b "]);
    it.deaf.delete("b2");
    await it.rounds(1);
    expect(it.codes(node("b"))).toEqual(["b "]);
    it.health.stop();
  });

  test("is no such node when one place alone is deaf, and each is asked in its turn", async () => {
    const it = begin([component(true, { node: "b", host: "b1" }, { node: "b", host: "b2" })]);
    it.deaf.add("b1");
    await it.rounds(5);
    expect(it.codes(node("b"))).toEqual(["b "]);
    expect(new Set(it.asked)).toEqual(new Set(["b1", "b2"]));
    it.health.stop();
  });

  test("is not guessed from what its network does not let us reach, nor from what is not ready", async () => {
    const it = begin([
      component(false, { node: "b", host: "inner" }),
      component(true, { node: "b", host: "new", state: "starting" }),
    ]);
    it.deaf.add("inner").add("new");
    await it.rounds(5);
    expect(it.asked).toEqual([]);
    expect(it.codes(node("b"))).toEqual(["b "]);
    it.health.stop();
  });
});
