import type { ComponentId, DataCenterId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import { steppedClock } from "../memory/clock.ts";
import type { KeeperParts } from "./keeper.ts";
import { keepers } from "./keepers.ts";

const id = (n: number) => `cmp_${String(n).padStart(16, "0")}` as ComponentId;
const components = Array.from({ length: 120 }, (_, n) => id(n));

const failing = (error: unknown) => {
  throw error;
};
/** Of nothing but what `look` sees. */
const lookingAt = (clock: Clock, component: ComponentId, look: KeeperParts["look"]): Omit<KeeperParts, "rested"> => ({
  ...({} as Pick<KeeperParts, "client" | "view">),
  clock,
  random: Math.random,
  component,
  dataCenter: "dc_0000000000000001" as DataCenterId,
  look,
  imageOf: () => Promise.reject(new Error("nothing is made")),
  manifestsOf: async () => [],
  onError: () => {},
});

test("whatever is told of changes, each component is looked at once in an hour, in turns; what is not ours to keep is not", async () => {
  const clock = steppedClock();
  const looked: ComponentId[] = [];
  const ours = new Set(components.slice(1));
  const kept = keepers({
    clock,
    components: () => components,
    onError: failing,
    partsOf: (component) => (ours.has(component) ? lookingAt(clock, component, () => void looked.push(component)) : undefined),
  });
  await clock.advance(60_000);
  expect(looked).toEqual([id(1)]);
  kept.attend(id(7));
  expect(looked).toEqual([id(1), id(7)]);
  for (let minute = 1; minute < 60; minute++) await clock.advance(60_000);
  expect(looked.filter((_, at) => at !== 1)).toEqual([...ours]);
  kept.stop();
  await clock.advance(3_600_000);
  expect(looked).toHaveLength(ours.size + 1);
});

test("one that was to look again later, and found nothing to do when something happened before, looks no more", async () => {
  const clock = steppedClock();
  let looks = 0;
  const look = (): undefined => {
    looks += 1;
    if (looks === 1) throw new Error("the cluster does not answer");
  };
  const kept = keepers({
    clock,
    components: () => [],
    onError: failing,
    partsOf: (component) => lookingAt(clock, component, look),
  });
  kept.attend(id(1));
  await clock.advance(10);
  kept.attend(id(1));
  await clock.advance(10);
  expect(looks).toBe(2);
  await clock.advance(60_000);
  expect(looks).toBe(2);
  kept.stop();
});

test("W4: who does not lead any more looks no more, also where a time to look again was set before", async () => {
  const clock = steppedClock();
  let leads = true;
  let looks = 0;
  const look = (): undefined => {
    looks += 1;
    throw new Error("the cluster does not answer");
  };
  const kept = keepers({
    clock,
    components: () => [],
    onError: failing,
    partsOf: (component) => (leads ? lookingAt(clock, component, look) : undefined),
  });
  kept.attend(id(1));
  await clock.advance(10);
  leads = false;
  await clock.advance(60_000);
  expect(looks).toBe(1);
  kept.stop();
});
