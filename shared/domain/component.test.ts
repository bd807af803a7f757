import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Component } from "../contract/component.ts";
import { type ComponentCommand, objectionTo, defaultConfiguration, hostLabel, hostsOf, urlOf } from "./component.ts";
import { configurationProblems } from "./configuration.ts";

const commands: ComponentCommand[] = [
  "update",
  "deploy",
  "configure",
  "start",
  "stop",
  "restart",
  "scale",
  "rollback",
  "move",
  "remove",
  "exec",
];
const release = { id: "rel_0000000000000001", number: 1 } as NonNullable<Component["release"]>;
const port = (number: number, more: object = {}) => ({
  port: number,
  protocol: "http" as const,
  internal: true,
  external: true,
  ...more,
});

test("which command each state accepts; a refusal is a sentence", () => {
  const states = {
    "never deployed": { wanted: "running", release: null, removing: false },
    running: { wanted: "running", release, removing: false },
    stopped: { wanted: "stopped", release, removing: false },
    removing: { wanted: "running", release, removing: true },
  } as const;
  const table = Object.entries(states).map(([name, state]) =>
    `${name}: ${commands.filter((c) => objectionTo(c, state) === null).join(" ")}`.trim(),
  );
  expect(table).toEqual([
    "never deployed: update deploy move remove",
    "running: update deploy configure stop restart scale rollback move remove exec",
    "stopped: update deploy configure start scale rollback move remove",
    "removing:",
  ]);
  for (const state of Object.values(states))
    for (const found of commands.map((c) => objectionTo(c, state)))
      if (found !== null) expect(found.message).toMatch(/^[A-Z].*\.$/);
});

describe("addresses", () => {
  test("every label is a DNS label, whatever the names, with a suffix and a port before it too", () => {
    const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/);
    fc.assert(
      fc.property(name, name, fc.option(fc.constant("x9f2"), { nil: undefined }), (component, application, suffix) => {
        const label = hostLabel(component, application, suffix);
        for (const host of hostsOf([port(80), port(65_535)], label))
          expect(host.label).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      }),
    );
  });
  test("the lowest external HTTP port answers at the label itself, others beside it, internal and TCP ones not at all", () => {
    const ports = [port(9090), port(8080), port(70, { external: false }), port(5432, { protocol: "tcp" })];
    expect(hostsOf(ports, "web-shop")).toEqual([
      { port: 8080, label: "web-shop" },
      { port: 9090, label: "9090-web-shop" },
    ]);
  });
  test("the address to open is that of the lowest HTTP port, else of the lowest TCP one, of those that are open now", () => {
    const http = { port: 9090, protocol: "http" as const, url: "http://a" };
    const tcp = { port: 5432, protocol: "tcp" as const, url: "tcp://a" };
    const lower = { port: 8080, protocol: "http" as const, url: "http://b" };
    expect(urlOf([tcp, http, lower])).toBe("http://b");
    expect(urlOf([tcp, http])).toBe("http://a");
    expect(urlOf([tcp])).toBe("tcp://a");
    expect(urlOf([])).toBeNull();
  });
});

test("every thing wrong with a configuration is named with its place", () => {
  const dependency = { component: "cmp_0000000000000001" as Component["id"], port: 1, alias: "DB" };
  const wrong = {
    ...defaultConfiguration,
    ports: [port(80), port(80)],
    dependencies: [dependency, dependency],
    health: { ...defaultConfiguration.health, port: 99 },
  };
  expect(configurationProblems(wrong).map((p) => p.path)).toEqual([
    "configuration.ports.1.port",
    "configuration.dependencies.1.alias",
    "configuration.health.port",
  ]);
  expect(configurationProblems(defaultConfiguration)).toEqual([]);
});
