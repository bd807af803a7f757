import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonProblem } from "./json.ts";

describe("A8: a body that is not JSON is answered with the place", () => {
  test.each([
    ["", "it ends too early at position 0 (line 1, column 1)"],
    ["abc", 'unexpected "a" at position 0 (line 1, column 1)'],
    ['{"a":1,}', 'unexpected "}" at position 7 (line 1, column 8)'],
    ['{"a":\n  x}', 'unexpected "x" at position 8 (line 2, column 3)'],
    ['{"a":1', "it ends too early at position 6 (line 1, column 7)"],
    ["[1 2]", 'unexpected "2" at position 3 (line 1, column 4)'],
    ["[1}", 'unexpected "}" at position 2 (line 1, column 3)'],
    ["1,2", 'unexpected "," at position 1 (line 1, column 2)'],
    ["{'a':1}", `unexpected "'" at position 1 (line 1, column 2)`],
    ['["a\nb"]', 'unexpected "\\"" at position 1 (line 1, column 2)'],
  ])("%j", (text, problem) => expect(jsonProblem(text)).toBe(problem));

  test("the place is never past what a valid beginning allows", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (json, cut) => {
        const beginning = json.slice(0, cut % json.length);
        if (isJson(beginning)) return;
        const at = Number(/position (\d+)/.exec(jsonProblem(beginning))?.[1]);
        expect(at).toBeLessThanOrEqual(beginning.length);
      }),
    );
  });

  test("a hostile text does not make us look for long", () => {
    expect(jsonProblem("[".repeat(1_000_000))).toBe("something is wrong after position 50000");
  });

  test("a place inside a valid text is never named", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(jsonProblem(`${json}?`)).toContain(`at position ${json.length} `);
      }),
    );
  });
});

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
