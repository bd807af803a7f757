import * as fc from "fast-check";
import { Line, Turns } from "./line.ts";

const op = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("push" as const), member: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.constant({ do: "shift" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), member: fc.nat(30) }) },
);

test("a line is first in, first out, whoever left it meanwhile", () => {
  void fc.assert(
    fc.property(fc.array(op, { maxLength: 200 }), (ops) => {
      const line = new Line<number>();
      let expected: number[] = [];
      for (const one of ops) {
        if (one.do === "shift") expect(line.shift()).toBe(expected.shift());
        if (one.do === "leave") {
          line.leave(one.member);
          expected = expected.filter((member) => member !== one.member);
        }
        if (one.do === "push") {
          line.push(one.member);
          if (!expected.includes(one.member)) expected.push(one.member);
        }
        expect(line.size).toBe(expected.length);
      }
    }),
  );
});
test("tenants take turns, each in its own order; one that has nothing left is passed over", () => {
  const turns = new Turns<{ tenant: string; at: number }>();
  const member = (tenant: string, at: number) => ({ tenant, at });
  const leaving = member("c", 1);
  for (const one of [member("a", 1), member("a", 2), member("a", 3), member("b", 1), leaving, member("b", 2)]) turns.push(one);
  turns.leave(leaving);
  const order = Array.from({ length: 6 }, () => turns.shift());
  expect(order.map((one) => one && `${one.tenant}${one.at}`)).toEqual(["a1", "b1", "a2", "b2", "a3", undefined]);
  expect(turns.size).toBe(0);
});
test("one that comes is next, whoever waits; one that comes again and again takes turns with them", () => {
  const turns = new Turns<{ tenant: string }>();
  const push = (tenant: string) => turns.push({ tenant });
  const taken = () => turns.shift()?.tenant;
  for (let at = 0; at < 100; at++) for (const tenant of ["a", "b"]) push(tenant);
  expect([taken(), taken(), taken()]).toEqual(["a", "b", "a"]);
  push("c");
  expect(taken()).toBe("c");
  const order = Array.from({ length: 9 }, () => {
    push("c");
    return taken();
  });
  expect(order.filter((tenant) => tenant === "c").length).toBeLessThanOrEqual(4);
  expect(new Set(order)).toEqual(new Set(["a", "b", "c"]));
});
