import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { crc32 } from "../base/digest.ts";
import { credentialOf, hintOf, readCredential } from "./credential.ts";

const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
const secret = fc.array(fc.constantFrom(...alphabet), { minLength: 43, maxLength: 43 }).map((all) => all.join(""));
const kind = fc.constantFrom("session" as const, "key" as const, "invite" as const, "join" as const);

describe("Tokens", () => {
  test("CRC-32 is the one of ISO 3309", () => expect(crc32("123456789")).toBe(0xcbf4_3926));
  test("every credential says its kind", () => {
    fc.assert(fc.property(kind, secret, (k, s) => expect(readCredential(credentialOf(k, s))).toBe(k)));
  });
  test("any one character mistyped, missing, doubled or swapped with its neighbour is a typo", () => {
    fc.assert(
      fc.property(kind, secret, fc.nat(), fc.constantFrom(...alphabet), (k, s, at, other) => {
        const whole = credentialOf(k, s);
        const place = 7 + (at % (whole.length - 7));
        const [before, c, after] = [whole.slice(0, place), whole[place] ?? "", whole.slice(place + 1)];
        const swapped = before + (after[0] ?? "") + c + after.slice(1);
        for (const wrong of [before + other + after, before + after, before + c + c + after, swapped])
          expect(readCredential(wrong)).toBe(wrong === whole ? k : "typo");
      }),
    );
  });
  test("what does not begin with pluvia_ is none of ours", () => {
    for (const text of ["", "a.b.c", "Pluvia_key_x", "ghp_0000", " pluvia_key_"]) expect(readCredential(text)).toBe("foreign");
  });
  test("the hint of a key tells no more than four characters of its secret", () => {
    expect(hintOf(credentialOf("key", "abcdefgh".padEnd(43, "x")))).toBe("pluvia_key_abcd…");
  });
});
