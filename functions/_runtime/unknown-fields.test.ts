import { expect, test } from "@jest/globals";
import * as z from "zod";
import { type ApiOperation, refusesUnknownFields } from "../../shared/contract/api-operation.ts";
import { ComponentCreate } from "../../shared/contract/component.ts";
import { operations } from "../../shared/contract/operations.ts";
import { unknownFields, walkedKinds } from "./unknown-fields.ts";

const pathsIn = (schema: z.ZodType, value: unknown) => unknownFields(schema, value).map(({ path }) => path.join("."));

test("A8: fields are found wherever they are: in objects, lists, records, alternatives, and what may be left out", () => {
  const component = {
    name: "web",
    nmae: "web",
    source: { kind: "git", url: "https://example.org/x.git", reff: "main" },
    credential: { kind: "token", privateKey: "x" },
    configuration: {
      health: { kind: "http", pth: "/" },
      ports: [{ port: 80 }, { port: 81, extrenal: true }],
      scaling: { replicasMin: 1, min: 2 },
      attachments: [{ name: "a", variables: { ANY: "x", other: "y" }, limits: {} }],
    },
    variables: [{ name: "A", vlaue: "x" }],
  };
  expect(pathsIn(ComponentCreate, component)).toEqual([
    "nmae",
    "source.reff",
    "credential.privateKey",
    "configuration.health.pth",
    "configuration.ports.1.extrenal",
    "configuration.scaling.min",
    "configuration.attachments.0.limits",
    "variables.0.vlaue",
  ]);
});

test("what is of another kind than it should be, or names no alternative, is left to parsing", () => {
  for (const value of [undefined, null, 7, "x", [], [{}], { source: [] }, { source: { kind: "svn", at: 1 } }, { variables: {} }])
    expect(pathsIn(ComponentCreate, value)).toEqual([]);
});

test("a schema that takes anything has no unknown field", () => {
  expect(pathsIn(z.looseObject({ a: z.object({}) }), { b: 1, a: { c: 2 } })).toEqual(["a.c"]);
  expect(pathsIn(z.record(z.string(), z.unknown()), { b: { c: 1 } })).toEqual([]);
});

test("names that objects have by themselves are no fields, and parsing would drop them from records too", () => {
  const text = '{"__proto__":{},"constructor":1,"set":{"__proto__":{"kind":"plain"},"toString":{}}}';
  const schema = z.object({ set: z.record(z.string(), z.object({})) });
  expect(pathsIn(schema, JSON.parse(text))).toEqual(["__proto__", "constructor", "set.__proto__"]);
});

test("however many there are, a few are named", () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`field${n}`, n]));
  expect(pathsIn(ComponentCreate, many)).toHaveLength(20);
});

/** Hold no fields. */
const leaves = ["string", "template_literal", "number", "boolean", "enum", "literal", "undefined", "pipe"];
test("A8: people's requests are made of nothing whose fields would be overlooked", () => {
  const kinds = new Set<string>();
  const seen = ({ zodSchema }: { zodSchema: z.core.$ZodTypes }): void => void kinds.add(zodSchema._zod.def.type);
  for (const { body, query } of Object.values<ApiOperation>(operations).filter(refusesUnknownFields))
    for (const schema of [body, query]) z.toJSONSchema(schema, { io: "input", unrepresentable: "any", override: seen });
  expect(kinds).toContain("union");
  expect([...kinds].filter((kind) => ![...walkedKinds, ...leaves].includes(kind))).toEqual([]);
});
