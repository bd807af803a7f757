import { describe, expect, test } from "@jest/globals";
import { nodeTasks } from "../../edge-agents/nodes/node-tasks.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { Fault } from "../../shared/base/fault.ts";
import type { NodeTaskReport } from "../../shared/contract/agent.ts";
import type { NodeTask } from "../../shared/contract/data-center.ts";
import type { NodeProgress } from "../../shared/ports/cluster.ts";
import { eventually } from "../support/eventually.ts";

const drain = { operation: "op_0000000000000001", node: "n1", change: { kind: "drain" } } as NodeTask;

/** A cluster in which each look finds the next of these. */
function begin(looks: (NodeProgress | Fault)[], failing = 0) {
  const clock = steppedClock();
  const told: NodeTaskReport[] = [];
  let asked = 0;
  let refusals = failing;
  const tasks = nodeTasks({
    cluster: {
      changeNode: async () => {
        const next = looks[Math.min(asked++, looks.length - 1)];
        if (next instanceof Fault || next === undefined) throw next;
        return next;
      },
    },
    report: async (reports) => {
      if (refusals-- > 0) throw new Fault("unavailable", "away");
      told.push(...reports);
    },
    clock,
    log: () => {},
  });
  return { tasks, told, clock, asked: () => asked };
}
const progress = (left: number, blocked: string[] = []): NodeProgress => ({ done: left === 0, left, blocked });
const states = (told: readonly NodeTaskReport[]) => told.map(({ state, left }) => `${state} ${left}`);

describe("W9: what is asked of a node", () => {
  test("is gone on with until it is done; only what is new is told, and the end once", async () => {
    const it = begin([progress(2), progress(2), progress(1, ["web-0"]), progress(0)]);
    it.tasks.asked([drain]);
    await eventually("it has ended", async () => {
      await it.clock.advance(2_000);
      return it.told.at(-1)?.state === "succeeded";
    });
    const looks = it.asked();
    it.tasks.asked([drain]);
    await it.clock.advance(60_000);
    expect(states(it.told)).toEqual(["running 2", "running 1", "succeeded 0"]);
    expect(it.told[1]?.blocked).toEqual(["web-0"]);
    expect(it.asked()).toBe(looks);
    await it.tasks.stop();
  });
  test("is told again when the platform was away", async () => {
    const it = begin([progress(0)], 2);
    it.tasks.asked([drain]);
    await eventually("it was told", async () => {
      await it.clock.advance(2_000);
      return it.told.length > 0;
    });
    expect(states(it.told)).toEqual(["succeeded 0"]);
    await it.tasks.stop();
  });
  test("is left alone once it is asked for no more", async () => {
    const it = begin([progress(3)]);
    it.tasks.asked([drain]);
    await eventually("it has begun", async () => it.told.length > 0);
    it.tasks.asked([]);
    await it.clock.advance(2_000);
    const looks = it.asked();
    await it.clock.advance(60_000);
    expect(it.asked()).toBe(looks);
    await it.tasks.stop();
  });
  test.each([
    [new Fault("not_found", "gone"), "node.gone"],
    [new Fault("forbidden", "no right"), "node.refused"],
    [new Fault("conflict", "changed", { reason: "node.taints-changed", params: { node: "n1" } }), "node.taints-changed"],
    [new Fault("conflict", "silent", { reason: "node.undrained", params: { node: "n1", left: 2 } }), "node.undrained"],
  ])("ends as failed when it can never be done: %s", async (fault, code) => {
    const it = begin([fault]);
    it.tasks.asked([drain]);
    await eventually("it was told", async () => it.told.length > 0);
    expect(it.told).toMatchObject([{ state: "failed", signal: { code } }]);
    await it.tasks.stop();
  });
  test("is tried again when the cluster does not answer", async () => {
    const it = begin([new Fault("unavailable", "away"), progress(0)]);
    it.tasks.asked([drain]);
    await eventually("it was told", async () => {
      await it.clock.advance(2_000);
      return it.told.length > 0;
    });
    expect(states(it.told)).toEqual(["succeeded 0"]);
    await it.tasks.stop();
  });
});
