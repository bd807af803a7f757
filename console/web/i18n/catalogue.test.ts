import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OperationKind } from "../../../shared/contract/operation.ts";
import { operations } from "../../../shared/contract/operations.ts";
import { stepsFor } from "../../../shared/domain/operation.ts";
import { sourcesOf } from "../../../test/architecture/said.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

const web = fileURLToPath(new URL("..", import.meta.url));
const leaves = (words: object, path = ""): [string, string][] =>
  Object.entries(words).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${path}${key}`, value] as [string, string]] : leaves(value as object, `${path}${key}.`),
  );
const slots = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();
const sources = readdirSync(web, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".tsx") && !file.startsWith("dist"),
);

describe("U1: the console speaks zh and en completely", () => {
  test("both catalogues have the same keys, in the same order, none empty", () => {
    expect(leaves(zh).map(([key]) => key)).toEqual(leaves(en).map(([key]) => key));
    expect([...leaves(en), ...leaves(zh)].filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  test("both say the same facts", () => {
    const chinese = new Map(leaves(zh));
    const different = leaves(en).filter(([key, text]) => slots(text).join() !== slots(chinese.get(key) ?? "").join());
    expect(different.map(([key]) => key)).toEqual([]);
  });

  test("every step of an operation, every capability and every entry of the audit log has words", () => {
    const known = new Set(leaves(en).map(([key]) => key));
    const kinds = OperationKind.options.flatMap((kind) => stepsFor(kind, true).map((step) => `step.${step.name}`));
    const changes = Object.entries(operations).filter(([, o]) => o.method !== "get");
    const did = changes.map(([name]) => `audit.did.${name}`);
    const can = sourcesOf("shared/adapters", "edge-agents").flatMap(({ text }) =>
      [...text.matchAll(/\bname: "([a-z-]+)",\s*available:/g)].map((m) => `capability.${m[1]}`),
    );
    expect(can.length).toBeGreaterThan(5);
    expect([...kinds, ...did, ...can].filter((key) => !known.has(key))).toEqual([]);
  });

  /** Text between tags, and words in the attributes that people read or hear. */
  const literal = />\s*[A-Za-z][A-Za-z ,.'’…-]*\s*<\/|\b(?:title|label|placeholder|aria-label|alt)="[^"]*[a-z]{3}[^"]*"/g;
  /** The same in every language. */
  const allowed = ["https://github.com/you/app.git", ">Pluvia</", "docker.io/library/nginx", `"git"`];
  test.each(sources)("%s has no words of its own", (file) => {
    const found = readFileSync(join(web, file), "utf8").match(literal) ?? [];
    expect(found.filter((text) => !allowed.some((word) => text.includes(word)))).toEqual([]);
  });

  const pages = sources.filter((file) => file.startsWith("pages/"));
  test.each(pages)("a button of %s that cannot be pressed says why", (file) => {
    expect(readFileSync(join(web, file), "utf8").match(/<Button\b[^>]*\bdisabled=[^>]*>/g) ?? []).toEqual([]);
  });

  test.each(sources)("%s asks only for keys there are", (file) => {
    const known = new Set(leaves(en).flatMap(([key]) => [key, key.replace(/_(one|other)$/, "")]));
    const asked = [...readFileSync(join(web, file), "utf8").matchAll(/\bt\("([^"]+)"/g)].map((m) => m[1] ?? "");
    expect(asked.filter((key) => !known.has(key))).toEqual([]);
  });
});
