import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { repeatedFields } from "./repeated-fields.ts";

const pathsIn = (json: string) => repeatedFields(json).map((path) => path.join("."));

test.each([
  ['{"a":1,"a":2}', ["a"]],
  ['{"a":1,"b":"a","c":["a","a",{"a":1,"\\u0061":2}],"a":{}}', ["c.2.a", "a"]],
  ['[{},"a",[],{"x":{"y":{},"z":[],"y":"{\\"y\\":1,\\"y\\":2}"}}]', ["3.x.y"]],
  ['{"":1,"":2}', [""]],
  ['{"__proto__":1,"__proto__":2}', ["__proto__"]],
  ['{"a":1,"a":2,"a":3}', ["a", "a"]],
  ["7", []],
])("A8: %s", (json, paths) => expect(pathsIn(json)).toEqual(paths));

test("what a program writes repeats nothing, and a name put in front of its own object is found", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.boolean(), (value, spaced) => {
      const json = JSON.stringify(value, null, spaced ? 2 : undefined);
      expect(repeatedFields(json)).toEqual([]);
      const [name = ""] = Object.keys(value);
      expect(repeatedFields(`{${JSON.stringify(name)}:[[]],${json.slice(1)}`)).toEqual([[name]]);
    }),
  );
});

test("a few are named, however many there are, and however deep they are nested", () => {
  expect(repeatedFields(`{${'"a":1,'.repeat(100_000)}"a":1}`)).toHaveLength(20);
  expect(repeatedFields(`${"[".repeat(500_000)}${"]".repeat(500_000)}`)).toEqual([]);
  expect(repeatedFields(`{"a":"${"\\n".repeat(500_000)}","b":"${"x".repeat(500_000)}"}`)).toEqual([]);
});
