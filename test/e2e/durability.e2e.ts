import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "../../shared/contract/component.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type { Release } from "../../shared/contract/release.ts";
import { act, demo, deployed, get } from "./journey.ts";
import { newHome, type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { freePorts } from "../support/ports.ts";

const rounds = Number(process.env.PLUVIA_KILLS ?? 8);

/** Process ids of everything below `pid`, by /proc. */
function childrenOf(pid: number): number[] {
  try {
    const direct = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
    return direct.flatMap((child) => [child, ...childrenOf(child)]);
  } catch {
    return [];
  }
}
const commandOf = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
};
const agentsOf = (pid: number) => childrenOf(pid).find((child) => commandOf(child).includes("edge-agents/main.ts"));

let home: string;
let port: number;
let platform: Platform;
beforeAll(async () => {
  home = await newHome();
  port = await freePorts();
  platform = await startPlatform({ home, port });
});
afterAll(async () => {
  await platform.stop();
  await removeHome(home);
});

test("W6: after kill -9 at random moments nothing acknowledged is lost, nothing is done twice, applications still run", async () => {
  const { call } = await signUp(platform.url);
  const component = await deployed(call, { application: "steady", name: "web", git: demo(platform.url, "node") });
  const url = String(component.url);
  const acknowledged = new Map<string, string>();

  for (let round = 0; round < rounds; round++) {
    const greeting = `round ${round}`;
    await call("PATCH", `/v1/components/${component.id}/variables`, { set: { GREETING: { kind: "plain", value: greeting } } });
    const { operation } = await call<{ operation: Operation }>("POST", `/v1/components/${component.id}/configure`);
    acknowledged.set(operation.id, greeting);
    await new Promise((done) => setTimeout(done, Math.random() * 400));
    if (round % 2 === 0) {
      const instance = await get(url).then(
        (a) => a.status,
        () => 0,
      );
      expect([200, 0]).toContain(instance);
      await platform.kill();
      platform = await startPlatform({ home, port });
    } else {
      const agents = agentsOf(platform.pid);
      if (agents !== undefined) process.kill(agents, "SIGKILL");
    }
    const end = await eventually(`operation of ${greeting} ends`, async () => {
      const now = await call<Operation>("GET", `/v1/operations/${operation.id}`);
      return now.endedAt !== null && now;
    });
    expect(end.state).toBe("succeeded");
    await eventually(`${greeting} is answered`, async () => (await get(url)).text.includes(greeting));
  }

  const { items } = await call<{ items: Release[] }>("GET", `/v1/components/${component.id}/releases?limit=200`);
  expect(items.map((r) => r.number).sort((a, b) => a - b)).toEqual(Array.from({ length: rounds + 1 }, (_, i) => i + 1));
  const final = await eventually("one instance remains", async () => {
    const now = await call<Component>("GET", `/v1/components/${component.id}`);
    return now.status === "running" && now.instances.length === 1 && now;
  });
  expect(final.release?.number).toBe(rounds + 1);
  await act(call, component.id, "stop");
});

test("W6: kill -9 and a clean stop while a slow tool of the machine is asked for its version: the next start finds its ports free, and the tool has ended", async () => {
  const temporary = await temporaryDirectory();
  const slow = join(temporary.path, "gradle");
  await writeFile(slow, "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  const own = { home: await newHome(), port: await freePorts(), env: { PATH: `${temporary.path}:${process.env.PATH}` } };
  let second = await startPlatform(own);
  try {
    await eventually(
      "the tool is asked",
      async () => agentsOf(second.pid) && childrenOf(agentsOf(second.pid) ?? 0).some((pid) => commandOf(pid).startsWith("sleep")),
    );
    await second.kill();
    second = await startPlatform(own);
    await eventually("it is asked again", async () =>
      childrenOf(agentsOf(second.pid) ?? 0).some((pid) => commandOf(pid).startsWith("sleep")),
    );
    const asked = childrenOf(agentsOf(second.pid) ?? 0);
    expect(await second.stop()).toBe(0);
    expect(asked.filter((pid) => commandOf(pid).startsWith("sleep"))).toEqual([]);
  } finally {
    await second.stop();
    await Promise.all([removeHome(own.home), temporary.remove()]);
  }
});
