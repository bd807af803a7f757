import { samples } from "../../../test/render/workloads.ts";
import type { ComponentId } from "../../contract/id.ts";
import { steppedClock } from "../memory/clock.ts";
import type { ComponentFacts } from "./observe.ts";
import { newRecord } from "./record.ts";
import { sights } from "./sights.ts";

test("those that time alone makes different are told, and no others", async () => {
  const clock = steppedClock();
  const told: ComponentId[] = [];
  const seen = sights(clock, (component) => told.push(component));
  const { stateless } = samples;
  const held = { ...stateless, component: "cmp_0000000000000002", generation: 4, restart: 1 } as const;
  const look = (workload: ComponentFacts["record"]["workload"], calmAt: number) =>
    seen.of(workload.component, () => ({
      record: { ...newRecord(workload), settled: stateless },
      makers: { deployment: undefined, statefulSet: undefined, daemonSet: undefined, jobs: [], cronJob: undefined },
      pods: [],
      claims: [],
      events: [],
      nodes: [],
      allPods: () => [],
      usage: () => undefined,
      logs: () => [],
      endedLogs: [],
      now: clock.now(),
      calmAt,
    }));
  const calmAt = clock.now().getTime() + 20_000;
  look(stateless, 0);
  expect(look(held, calmAt)?.signals).toHaveLength(1);
  await clock.advance(15_000);
  expect(told).toEqual([held.component]);
  expect(look(held, calmAt)?.signals).toHaveLength(1);
  await clock.advance(15_000);
  expect(told).toEqual([held.component, held.component]);
  expect(look(held, calmAt)?.signals).toEqual([]);
  seen.stop();
  await clock.advance(60_000);
  expect(told).toHaveLength(2);
});
