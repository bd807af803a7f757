import { Validator } from "@seriousme/openapi-schema-validator";
import { openApiDocument } from "../../shared/contract/openapi.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { operations } from "../../shared/contract/operations.ts";
import { chartSource } from "../../infra/tools/generate-chart.ts";
import { routesSource } from "../../infra/tools/generate-routes.ts";
import { expectGolden } from "../support/golden.ts";

const document = openApiDocument("0.0.0") as {
  paths: Record<string, Record<string, { operationId: string; security: unknown[]; "x-pluvia-action"?: string }>>;
  components: { schemas: Record<string, unknown> };
};

test("A2: the document is valid OpenAPI 3.1", async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test("A2: every operation of the table is in it, under its own path, method and permission", () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, o]) => [o.operationId, method, path, o["x-pluvia-action"]]),
  );
  const wanted = Object.entries<ApiOperation>(operations).map(([name, o]) => [name, o.method, o.path, o.action]);
  expect(described.sort()).toEqual(wanted.sort());
});

test("every reference in it leads somewhere", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
  const components = document.components as Record<string, Record<string, unknown>>;
  expect(references.filter(([, kind = "", name = ""]) => components[kind]?.[name] === undefined).map(([text]) => text)).toEqual(
    [],
  );
  expect(JSON.stringify(document)).not.toContain("$defs");
});

type Described = Readonly<Record<string, unknown>>;
/** Every schema of an object with named fields within, by reference or not. */
function objectsIn(value: unknown, seen = new Set<unknown>()): Described[] {
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  const { $ref: reference, ...own } = value as Described;
  const named = typeof reference === "string" ? document.components.schemas[reference.split("/").at(-1) ?? ""] : undefined;
  return [...("properties" in own ? [own] : []), ...[named, ...Object.values(own)].flatMap((one) => objectsIn(one, seen))];
}

test("A2: A8: it tells which fields are refused: unknown ones of people's requests, none of agents', and none of answers'", () => {
  const refused = (value: unknown): boolean[] => objectsIn(value).map((o) => o["additionalProperties"] === false);
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((o) => ({ path, ...(o as unknown as { requestBody?: unknown; responses: unknown }) })),
  );
  const [agents, people] = [true, false].map((theirs) => all.filter(({ path }) => path.startsWith("/v1/agent/") === theirs));
  expect(refused(people?.map((o) => o.requestBody)).filter((is) => is).length).toBeGreaterThan(40);
  expect(refused(people?.map((o) => o.requestBody))).not.toContain(false);
  expect(refused(agents?.map((o) => o.requestBody)).length).toBeGreaterThan(20);
  expect(refused([agents?.map((o) => o.requestBody), all.map((o) => o.responses)])).not.toContain(true);
});

test("the document is the one reviewed last (golden)", () =>
  expectGolden("test/golden/openapi.json", `${JSON.stringify(document, null, 2)}\n`));
test("the client's routes are those of the operations table (golden)", () =>
  expectGolden("shared/client/routes.ts", routesSource()));
test("the agents' chart that functions carry is the one in infra/kubernetes (golden)", () =>
  expectGolden("shared/control/data-centers/chart.ts", chartSource("infra/kubernetes/pluvia-agents")));
