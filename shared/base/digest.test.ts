import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { sameText, sha256 } from "./digest.ts";

test("SHA-256 is that of FIPS 180-4", async () =>
  expect(await sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
test("texts are the same exactly when they are equal", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => expect(sameText(a, b)).toBe(a === b)));
  fc.assert(fc.property(fc.string(), (a) => expect(sameText(a, a)).toBe(true)));
  for (const [a, b] of [
    ["", "a"],
    ["a", ""],
    ["ab", "abab"],
    ["abab", "ab"],
  ] as const)
    expect(sameText(a, b)).toBe(false);
});
