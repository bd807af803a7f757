import { seededIds } from "../memory/ids.ts";
import { systemIds } from "./ids.ts";

test("ids have the shape of the contract", () => {
  expect(systemIds().next("cmp")).toMatch(/^cmp_[0-9a-z]{16}$/);
  expect(seededIds().next("cmp")).toMatch(/^cmp_[0-9a-z]{16}$/);
});
test("ids of one process sort in the order they were made, also within one ms and when the clock goes back", () => {
  let time = 1_800_000_000_000;
  const ids = systemIds(() => time);
  const made = Array.from({ length: 3_000 }, (_, at) => {
    if (at % 1_000 === 0) time += at === 2_000 ? -5_000 : 1;
    return ids.next("op");
  });
  expect([...made].sort()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
});
test("two processes do not make the same id", () => {
  expect(systemIds(() => 1).next("op")).not.toBe(systemIds(() => 1).next("op"));
});
test("a secret has 256 bits", () => {
  expect(Buffer.from(systemIds().secret(), "base64url")).toHaveLength(32);
});
test("the same seed gives the same ids", () => {
  expect([seededIds(7).next("op"), seededIds(7).secret()]).toEqual([seededIds(7).next("op"), seededIds(7).secret()]);
});
