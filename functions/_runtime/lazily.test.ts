import { lazily } from "./lazily.ts";

interface Port {
  double(n: number): Promise<number>;
  fail(): Promise<void>;
}
const counted = () => {
  const seen = { loads: 0 };
  const port = lazily<Port>(async () => {
    seen.loads++;
    return {
      double: async (n) => n * 2,
      fail: async () => {
        throw new Error("refused");
      },
    };
  });
  return { seen, port };
};

test("nothing is loaded before it is used, and then once", async () => {
  const { seen, port } = counted();
  expect(seen.loads).toBe(0);
  expect(await Promise.all([port.double(1), port.double(2)])).toEqual([2, 4]);
  expect(seen.loads).toBe(1);
});
test("what the adapter throws is thrown", async () => {
  await expect(counted().port.fail()).rejects.toThrow("refused");
});
test("a promise may be resolved with it, which loads nothing", async () => {
  const { seen, port } = counted();
  expect(await Promise.resolve(port)).toBe(port);
  expect(seen.loads).toBe(0);
});
