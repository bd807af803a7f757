import { spawnSync } from "node:child_process";
import type { Component } from "../../shared/contract/component.ts";
import type { Release } from "../../shared/contract/release.ts";
import { act, demo, deployed, get } from "./journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";

const has = (tool: string, ...args: string[]) => spawnSync(tool, args.length > 0 ? args : ["--version"]).status === 0;

let platform: Platform;
let call: Awaited<ReturnType<typeof signUp>>["call"];
beforeAll(async () => {
  platform = await startPlatform();
  ({ call } = await signUp(platform.url));
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
  await removeHome(platform.home);
});

test("prints one line, and only that", () => {
  expect(platform.printed()).toBe(`Pluvia is ready: ${platform.url}\n`);
});

test("P1: from a repository URL to a reachable URL, then a variable, a redeploy and a rollback", async () => {
  const component = await deployed(call, { application: "hello", name: "web", git: demo(platform.url, "node") });
  expect(component).toMatchObject({ status: "running", release: { number: 1 } });
  const url = String(component.url);
  expect((await get(url)).status).toBe(200);

  await call("PATCH", `/v1/components/${component.id}/variables`, {
    set: { GREETING: { kind: "plain", value: "Bonjour from e2e" } },
  });
  expect(await act(call, component.id, "configure")).toMatchObject({ release: { number: 2 } });
  expect((await get(url)).text).toContain("Bonjour from e2e");

  const { items } = await call<{ items: Release[] }>("GET", `/v1/components/${component.id}/releases`);
  const first = items.find((r) => r.number === 1);
  expect(await act(call, component.id, "rollback", { release: first?.id })).toMatchObject({ release: { number: 3 } });
  expect((await get(url)).text).not.toContain("Bonjour from e2e");
});

test("W2: scale, stop, start, restart", async () => {
  const component = await deployed(call, { application: "scaled", name: "web", git: demo(platform.url, "node") });
  const three = await act(call, component.id, "scale", { replicas: 3 });
  expect(three.instances.filter((i) => i.state === "ready")).toHaveLength(3);
  expect((await act(call, component.id, "stop")).status).toBe("stopped");
  expect((await get(String(component.url))).status).toBe(503);
  expect((await act(call, component.id, "start")).status).toBe("running");
  expect((await get(String(component.url))).status).toBe(200);
  const before = (await call<Component>("GET", `/v1/components/${component.id}`)).instances.map((i) => i.id);
  const after = (await act(call, component.id, "restart")).instances.map((i) => i.id);
  expect(after.filter((id) => before.includes(id))).toEqual([]);
});

test.each([
  ["static", true],
  ["python", has("python3")],
  // Compiling the standard library takes a minute on two busy cores.
  ["go", process.env.PLUVIA_SLOW === "1" && has("go", "version")],
])("C2: the %s demo answers 200", async (name, available) => {
  if (!available) return console.warn(`${name} is not on this machine, or needs PLUVIA_SLOW=1: its demo was not built`);
  const component = await deployed(call, { application: `demo-${name}`, name: "web", git: demo(platform.url, name) });
  expect(component.status).toBe("running");
  expect((await get(String(component.url))).status).toBe(200);
});

test("W2: a removed component is gone, and so is its address", async () => {
  const component = await deployed(call, { application: "gone", name: "web", git: demo(platform.url, "static") });
  const operation = await call<{ id: string }>("DELETE", `/v1/components/${component.id}`);
  const { ended } = await import("./journey.ts");
  expect((await ended(call, operation.id)).state).toBe("succeeded");
  expect((await get(String(component.url))).status).toBe(404);
});
