import { setImmediate } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { steppedClock } from "../memory/clock.ts";
import { type CacheParts, watchCache } from "./cache.ts";
import type { KubernetesObject } from "./object.ts";
import { memoryShelf } from "./shelf.ts";

test("a listing that is answered after the cache was stopped is kept nowhere", async () => {
  const pod: KubernetesObject = { apiVersion: "v1", kind: "Pod", metadata: { name: "late", resourceVersion: "1" } };
  let answer = (): void => {};
  const listed = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const client = { list: () => listed.then(() => ({ items: [pod], resourceVersion: "1" })) } as unknown as CacheParts["client"];
  const told: unknown[] = [];
  const shelf = memoryShelf<KubernetesObject>();
  const parts = { client, clock: steppedClock(), random: () => 0, onError: () => {} };
  const changed = (object: unknown) => void told.push(object);
  const cache = watchCache({ ...parts, changed }, { apiVersion: "v1", kind: "Pod" }, {}, { shelf });
  cache.stop();
  answer();
  await setImmediate();
  expect([shelf.all(), told]).toEqual([[], []]);
});
