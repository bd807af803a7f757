import { expect, test } from "@jest/globals";
import { readdir, readFile } from "node:fs/promises";
import { type ApiOperation, actions } from "../../shared/contract/api-operation.ts";
import { operations } from "../../shared/contract/operations.ts";
import { version } from "../../shared/contract/version.ts";
import { grants } from "../../shared/domain/authorize.ts";
import { deployed } from "../support/api.ts";

const table = Object.entries<ApiOperation>(operations);
const root = new URL("../../", import.meta.url);

test("A6: every operation is answered by exactly one deployed function, and no function answers anything else", async () => {
  const answered = [...(await deployed()).values()].flatMap((f) => f.operations);
  const nameOf = (o: ApiOperation) => table.find(([, operation]) => operation === o)?.[0] ?? `${o.method} ${o.path}`;
  expect(answered.map(nameOf).sort()).toEqual(table.map(([name]) => name).sort());
});

test("every file beside a resource is one of its endpoints or is used by one", async () => {
  const folder = new URL("functions/api/", root);
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const unused: string[] = [];
  for (const name of folders) {
    const files = await readdir(new URL(`${name}/`, folder));
    const readers = [new URL(`${name}.ts`, folder), ...files.map((file) => new URL(`${name}/${file}`, folder))];
    const text = (await Promise.all(readers.map((file) => readFile(file, "utf8")))).join("\n");
    unused.push(...files.filter((file) => !text.includes(`/${file}"`)).map((file) => `${name}/${file}`));
  }
  expect(unused).toEqual([]);
});

test("an operation has an action exactly when its audience is a team", () => {
  expect(table.filter(([, o]) => (o.action !== undefined) !== (o.audience === "tenant")).map(([name]) => name)).toEqual([]);
});

test("every action is asked for by an operation, and may be done by an owner", () => {
  const asked = new Set(table.map(([, o]) => o.action));
  expect(actions.filter((action) => !asked.has(action) || !grants.owner.includes(action))).toEqual([]);
});

test("a higher role may do all that a lower one may", () => {
  expect(grants.viewer.filter((action) => !grants.developer.includes(action))).toEqual([]);
  expect(grants.developer.filter((action) => !grants.owner.includes(action))).toEqual([]);
});

test("no two operations share a route, and every parameter of a path is parsed", () => {
  const routes = table.map(([, o]) => `${o.method} ${o.path.replaceAll(/\{\w+\}/g, "{}")}`);
  expect(new Set(routes).size).toBe(routes.length);
  const named = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  for (const [, o] of table) expect(Object.keys(o.params.shape).sort()).toEqual(named(o.path).sort());
});

test("what is read has no body; what is answered without one is 204", () => {
  for (const [, o] of table) {
    if (o.method === "get") expect(o.body.safeParse(undefined).success).toBe(true);
    expect(o.status === 204).toBe(o.result.safeParse(undefined).success);
  }
});

test("the platform's version is the package's", async () => {
  const { version: packaged } = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as { version: string };
  expect(version).toBe(packaged);
});
