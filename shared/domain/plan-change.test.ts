import { describe, expect, test } from "@jest/globals";
import type { ComponentId } from "../contract/id.ts";
import { defaultConfiguration } from "./component.ts";
import { changesBetween, contentChanges, releaseEffects, removeEffects, scaleEffects, variableChanges } from "./plan-change.ts";
import { isUndeployed, type OpenVariable } from "./release.ts";

const id = "cmp_0000000000000001" as ComponentId;
const web = { id, name: "web", host: "web-shop", wanted: "running" as const, replicas: 2 };
const v = (name: string, value: string, kind: OpenVariable["kind"] = "plain"): OpenVariable => ({
  name,
  value,
  kind,
  updatedAt: "2026-01-01T00:00:00.000Z",
});
const port = (number: number, more: object = {}) => ({
  port: number,
  protocol: "http" as const,
  internal: true,
  external: true,
  ...more,
});
const content = (more: object = {}) => ({
  configuration: { ...defaultConfiguration, replicas: 2, ...more },
  variables: [],
  artifact: null,
});
const words = (effects: { kind: string; message: string }[]) => effects.map((e) => `${e.kind}: ${e.message}`);

describe("A7: changes", () => {
  test("name each leaf that differs; key order and equal values are no change", () => {
    expect(changesBetween("c", { a: 1, b: { x: 1, y: 2 } }, { b: { y: 3, x: 1 }, a: 1 })).toEqual([
      { path: "c.b.y", before: 2, after: 3 },
    ]);
    expect(contentChanges(content(), content())).toEqual([]);
  });
  test("never tell a secret's value", () => {
    const before = [v("A", "canary-1", "secret"), v("B", "1"), v("C", "canary-2", "secret")];
    const after = [v("A", "canary-3", "secret"), v("B", "2"), v("D", "canary-4", "secret")];
    const changes = variableChanges(before, after);
    expect(changes.map((c) => c.path)).toEqual(["variables.A", "variables.B", "variables.C", "variables.D"]);
    expect(JSON.stringify(changes)).not.toContain("canary");
  });
  test("a secret made plain is told as a change, its old value is not", () => {
    expect(variableChanges([v("A", "canary", "secret")], [v("A", "canary2")])).toEqual([
      { path: "variables.A", before: "(secret)", after: "canary2" },
    ]);
  });
});

describe("A7: effects", () => {
  test("of a new release: who is replaced, started, which addresses come and go, who loses a dependency", () => {
    const dependent = { id: "cmp_0000000000000002" as ComponentId, name: "front", ports: [8080] };
    const before = content({ ports: [port(8080)] });
    const after = content({ ports: [port(9090)], replicas: 3 });
    expect(words(releaseEffects(web, before, after, [dependent]))).toEqual([
      "restart: 2 instances of web will be replaced, one after the other, without interruption.",
      "start: 1 instance more of web will start.",
      "route: The address web-shop (port 9090) will reach web.",
      "route: The address web-shop (port 8080) will no longer reach web.",
      "route: front depends on port 8080, which will no longer be reachable.",
    ]);
  });
  test("what only one instance can have is handed over, and a single stateful one is replaced in place: the plan tells of the gap", () => {
    const volumes = [{ name: "data", kind: "exclusive" as const, path: "/data", sizeMib: 1, storageClass: null }];
    const gap = "restart: 1 instance of web will end before the new release starts: it does not answer in between.";
    const one = { ...web, replicas: 1 };
    const told = (of: typeof web, configuration: object) =>
      words(releaseEffects(of, content(configuration), content(configuration), []));
    expect(told(one, { replicas: 1, volumes })).toEqual([gap]);
    expect(told(one, { replicas: 1, kind: "stateful" })).toEqual([gap]);
    for (const configuration of [{ kind: "stateful" as const, volumes }, {}])
      expect(told(web, { replicas: 2, ...configuration })).toEqual([
        "restart: 2 instances of web will be replaced, one after the other, without interruption.",
      ]);
  });
  test("a stopped component feels nothing until it is started", () => {
    expect(releaseEffects({ ...web, wanted: "stopped" }, content(), content(), []).map((e) => e.kind)).toEqual(["none"]);
  });
  test("scale tells how many more or fewer, removal what is lost", () => {
    expect(words(scaleEffects(web, 1))).toEqual(["stop: 1 instance of web will finish its requests and stop."]);
    expect(scaleEffects(web, 2)).toEqual([]);
    expect(removeEffects({ ...web, volumes: [] }, []).map((e) => e.kind)).toEqual(["remove", "stop"]);
    expect(words(removeEffects({ ...web, volumes: ["data", "files"] }, []))).toContain(
      "remove: The data of web in data, files will be deleted.",
    );
  });
});

test("undeployed: an edit, not a scale, and not an edit taken back", () => {
  const { configuration } = content();
  const released = { configuration: { ...configuration, replicas: 1 }, variables: [v("A", "1")], replicas: 2 };
  const newer = { ...v("A", "1"), updatedAt: "2027-01-01T00:00:00.000Z" };
  expect(isUndeployed({ configuration, variables: [newer], released })).toBe(false);
  expect(isUndeployed({ configuration, variables: [], released })).toBe(true);
  expect(isUndeployed({ configuration: { ...configuration, graceSeconds: 99 }, variables: [newer], released })).toBe(true);
  expect(isUndeployed({ configuration, variables: [], released: null })).toBe(false);
});
