import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { run, wakeKeys } from "./control-loop.ts";

test("R1: a change noticed while the loop looks by itself is looked at right after, not at the next time", async () => {
  const clock = steppedClock();
  const wake = wakeKeys<string>();
  const stopping = new AbortController();
  const looked: (readonly string[] | "all")[] = [];
  let during = (): void => {};
  const controller = {
    desired: async () => [],
    observe: async (of: ReadonlySet<string> | undefined) => {
      looked.push(of ? [...of] : "all");
      during();
      during = () => {};
    },
    plan: () => [],
    keyOf: () => "",
    apply: async () => {},
    report: async () => {},
  };
  const running = run(controller, { clock, wake, resyncMs: 15_000, atOnce: 1, signal: stopping.signal });
  await clock.advance(14_999);
  expect(looked).toEqual(["all"]);
  during = () => wake.wake(new Set(["cmp_1"]));
  await clock.advance(1);
  expect(looked).toEqual(["all", "all", ["cmp_1"]]);
  stopping.abort();
  await running;
});
