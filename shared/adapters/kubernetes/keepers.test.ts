import type { ComponentId, DataCenterId } from "../../contract/id.ts";
import { steppedClock } from "../memory/clock.ts";
import type { KeeperParts } from "./keeper.ts";
import { keepers } from "./keepers.ts";

const id = (n: number) => `cmp_${String(n).padStart(16, "0")}` as ComponentId;
const components = Array.from({ length: 120 }, (_, n) => id(n));

test("whatever is told of changes, each component is looked at once in an hour, in turns; what is not ours to keep is not", async () => {
  const clock = steppedClock();
  const looked: ComponentId[] = [];
  const ours = new Set(components.slice(1));
  const nothing = {} as Pick<KeeperParts, "client" | "view">;
  const kept = keepers({
    clock,
    components: () => components,
    onError: (error) => {
      throw error;
    },
    partsOf: (component) =>
      ours.has(component)
        ? {
            ...nothing,
            clock,
            random: Math.random,
            component,
            dataCenter: "dc_0000000000000001" as DataCenterId,
            look: () => void looked.push(component),
            manifestsOf: async () => [],
            onError: (error) => {
              throw error;
            },
          }
        : undefined,
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
