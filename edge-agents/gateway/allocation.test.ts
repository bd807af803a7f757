import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { portAllocation } from "./allocation.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pluvia-ports-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));
const allocation = (inUse: (name: string) => boolean = () => true) =>
  portAllocation({ file: join(home, "ports.json"), from: 100, to: 102, inUse });

test("a name keeps its port over restarts, and two names never share one", () => {
  const first = allocation();
  expect(["a", "b", "a"].map((name) => first.portFor(name))).toEqual([100, 101, 100]);
  expect(allocation().portFor("b")).toBe(101);
});

test("when all are given away, the longest unwanted one is given again; wanted ones never are", () => {
  const ports = allocation((name) => name === "b");
  for (const name of ["a", "b", "c"]) ports.portFor(name);
  expect(ports.portFor("d")).toBe(100);
  expect(ports.portFor("b")).toBe(101);
  const full = allocation();
  expect(() => full.portFor("e")).toThrow("All ports from 100 to 102 are in use.");
});

test("a name whose port is taken by somebody else gets another, for good", () => {
  const ports = allocation();
  ports.portFor("a");
  expect(ports.move("a")).toBe(101);
  expect(allocation().portFor("a")).toBe(101);
});

test("a broken file is not taken for an empty one", () => {
  writeFileSync(join(home, "ports.json"), "{");
  expect(() => allocation()).toThrow("cannot be read");
});
