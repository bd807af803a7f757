import { expect, test } from "@jest/globals";
import { defaultConfiguration } from "./component.ts";
import { assertRoomFor, assertWithin, defaultQuota, limitChangesFrom, limitsFrom, roomOf, roomOfAll } from "./quota.ts";

const with_ = (replicas: number, more: object = {}) => ({
  ...defaultConfiguration,
  replicas,
  resources: { memoryMib: 1_024, cpuMillis: 100 },
  ...more,
});
const volume = (kind: "exclusive" | "shared" | "memory", sizeMib: number) => ({
  name: "data",
  kind,
  path: "/data",
  sizeMib,
  storageClass: null,
});

test("R1: a quota's refusal names the limit, what is used, and by how much it would be exceeded, and what to do", () => {
  const over = () => assertWithin(defaultQuota, "applications", { used: 99, more: 3 });
  expect(over).toThrow(/is 100, and 99 are used; this would need 102, 2 too many/);
  expect(over).toThrow(
    expect.objectContaining({
      code: "exhausted",
      reason: "quota.applications",
      params: { limit: 100, used: 99, wanted: 102, over: 2 },
      next: expect.stringContaining("ask the platform's operator"),
    }),
  );
  expect(() => assertWithin(defaultQuota, "applications", { used: 99, more: 1 })).not.toThrow();
});

test("R1: what takes less than before fits under any limit, as one may have been lowered meanwhile", () => {
  const quota = { ...defaultQuota, memoryMib: 10 * 1_024 };
  const [a, b] = [with_(8), with_(4)];
  const used = roomOfAll([a, b].map(roomOf));
  expect(() => assertRoomFor(quota, used, { before: roomOf(b), after: roomOf(with_(5)) })).toThrow(
    /12288 MiB are used.*13312 MiB, 3072 MiB too many/,
  );
  expect(() => assertRoomFor(quota, used, { before: roomOf(b), after: roomOf(with_(3)) })).not.toThrow();
  expect(() => assertRoomFor(quota, used, { before: roomOf(b), after: roomOf(b) })).not.toThrow();
});

test("a component takes as much as it may scale to, and each instance of a stateful one its own volumes", () => {
  const volumes = [volume("exclusive", 100), volume("shared", 10), volume("memory", 1)];
  expect(roomOf(with_(2, { volumes }))).toEqual({ instances: 2, memoryMib: 2_048, storageMib: 110 });
  expect(roomOf(with_(2, { volumes, kind: "stateful" }))).toEqual({ instances: 2, memoryMib: 2_048, storageMib: 210 });
  const quota = { ...defaultQuota, storageMib: 110 };
  const more = { before: roomOf(with_(1, { volumes })), after: roomOf(with_(1, { volumes: [volume("shared", 111)] })) };
  expect(() => assertRoomFor(quota, more.before, more)).toThrow(/storage for this team is 110 MiB.*1 MiB too many/);
  expect(roomOf(with_(2, { scaling: { replicasMin: 1, replicasMax: 5, cpuPercent: 70 } })).instances).toBe(5);
});

test("the memory of what runs beside a component counts with it, and of what runs before it where that takes more", () => {
  const attached = (kind: "init" | "sidecar", memoryMib: number) => ({ kind, resources: { memoryMib, cpuMillis: 10 } });
  const memoryOf = (...attachments: ReturnType<typeof attached>[]) => roomOf({ ...with_(2), attachments }).memoryMib;
  expect(memoryOf(attached("sidecar", 100), attached("sidecar", 50))).toBe(2 * (1_024 + 150));
  expect(memoryOf(attached("init", 100), attached("sidecar", 50))).toBe(2 * (1_024 + 50));
  expect(memoryOf(attached("init", 2_000), attached("init", 3_000), attached("sidecar", 50))).toBe(2 * 3_000);
});

test("limits are read as an operator writes them, and what is no limit is named", () => {
  expect(limitsFrom("components=1000, buildsAtOnce=4,")).toEqual({ components: 1_000, buildsAtOnce: 4 });
  expect(limitsFrom("")).toEqual({});
  for (const wrong of [
    "component=5",
    "components",
    "components=-1",
    "components=1.5",
    "buildsAtOnce=0",
    "components=1e99",
    "__proto__=1",
  ])
    expect(() => limitsFrom(`keys=1,${wrong}`)).toThrow(expect.objectContaining({ code: "invalid" }));
  expect(() => limitsFrom("component=5")).toThrow(/component=5 sets no limit/);
  expect(limitChangesFrom("components=7,keys=default")).toEqual({ components: 7, keys: null });
});
