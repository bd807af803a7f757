import { meant } from "./meant.ts";

test("G1: a name with a typo is told what was probably meant", () => {
  expect(meant("wep", ["db", "web", "worker"])).toBe("web");
  expect(meant("shpo", ["docs", "shop"])).toBe("shop");
  expect(meant("Payments", ["payment"])).toBe("payment");
});

test("nothing is guessed when nothing is close, nor for what is no name", () => {
  expect(meant("web", ["db", "orders"])).toBeUndefined();
  expect(meant("x".repeat(101), ["x".repeat(100)])).toBeUndefined();
});
