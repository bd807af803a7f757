import type { Component } from "../../shared/contract/component.ts";
import type { DataCenter } from "../../shared/contract/data-center.ts";
import type { Release } from "../../shared/contract/release.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { act, demo, deployed, ended, get, httpPort } from "./journey.ts";
import { imageMaker } from "../support/container-image.ts";
import { newHome, type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/ports.ts";

const images = imageMaker();
const env = typeof images === "string" ? {} : { CONTAINERS_CONF: String(images.environment.CONTAINERS_CONF) };
let home: string;
let port: number;
let platform: Platform;
beforeAll(async () => {
  home = await newHome();
  port = await freePorts();
  platform = await startPlatform({ home, port, env });
});
afterAll(async () => {
  await platform.stop();
  await removeHome(home);
  if (typeof images !== "string") images.close();
});

/** Adds a line at each start, and answers with all of them. */
const program = `
const fs = require("node:fs");
fs.appendFileSync("/data/starts", process.env.PLUVIA_RELEASE + "\\n");
require("node:http").createServer((q, s) => s.end(fs.readFileSync("/data/starts"))).listen(process.env.PORT);`;
const volume = { name: "data", kind: "exclusive", path: "/data", sizeMib: 64, storageClass: null };

test("W2: a volume keeps its files over a release, a restart, a rollback, and kill -9 of the platform and a start", async () => {
  const { call } = await signUp(platform.url);
  const [here] = (await call<{ items: DataCenter[] }>("GET", "/v1/data-centers")).items;
  if (!here?.capabilities.some((c) => c.name === "volumes" && c.available))
    return console.warn("skipped: this machine allows no user namespaces");
  const { id, url } = await deployed(call, {
    application: "kept",
    name: "web",
    git: demo(platform.url, "node"),
    variables: { PROGRAM: program },
  });
  const starts = (expected: string[]): Promise<unknown> =>
    eventually(`it was started as ${expected}`, async () => {
      const { status, text } = await get(String(url));
      return status === 200 && text === expected.map((release) => `${release}\n`).join("");
    });
  await call("PATCH", `/v1/components/${id}`, {
    configuration: { command: 'node -e "eval(process.env.PROGRAM)"', volumes: [volume] },
  });
  await act(call, id, "configure");
  await starts(["2"]);
  await act(call, id, "deploy", {});
  await starts(["2", "3"]);
  await act(call, id, "restart");
  await starts(["2", "3", "3"]);
  const { items } = await call<{ items: Release[] }>("GET", `/v1/components/${id}/releases`);
  await act(call, id, "rollback", { release: items.find((r) => r.number === 2)?.id });
  const { release } = await call<Component>("GET", `/v1/components/${id}`);
  const back = String(release?.number);
  await starts(["2", "3", "3", back]);
  await platform.kill();
  platform = await startPlatform({ home, port, env });
  await starts(["2", "3", "3", back]);
  await act(call, id, "stop");
  await act(call, id, "start");
  await starts(["2", "3", "3", back, back]);
});

test("W2: an image's volume keeps its files so, and over a stop of the platform, which gives it its grace; its removal removes them", async () => {
  if (typeof images === "string") return console.warn(`skipped: ${images}`);
  const { call } = await signUp(platform.url);
  const application = await call<{ id: string }>("POST", "/v1/applications", { name: "contained" });
  const { id } = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
    name: "web",
    source: { kind: "image", image: await images.make("volumes-e2e", { user: "app" }) },
    configuration: { ports: [httpPort], volumes: [volume] },
    variables: [{ name: "DATA", kind: "plain", value: "/data" }],
  });
  const { url } = await act(call, id, "deploy", {});
  const lived = (expected: string): Promise<unknown> =>
    eventually(`it lived ${expected}`, async () => (await get(String(url), "/read?path=/data/life")).text === expected);
  await lived("<1");
  await act(call, id, "restart");
  await lived("<1-1><1");
  await act(call, id, "deploy", {});
  await lived("<1-1><1-1><2");
  const { items } = await call<{ items: Release[] }>("GET", `/v1/components/${id}/releases`);
  await act(call, id, "rollback", { release: items.find((r) => r.number === 1)?.id });
  await lived("<1-1><1-1><2-2><3");
  await platform.kill();
  platform = await startPlatform({ home, port, env });
  await lived("<1-1><1-1><2-2><3");
  await platform.stop();
  platform = await startPlatform({ home, port, env });
  await lived("<1-1><1-1><2-2><3-3><3");
  const folder = join(home, "agents", "cluster", "components", id);
  expect(existsSync(folder)).toBe(true);
  const removal = await call<{ id: string }>("DELETE", `/v1/components/${id}`);
  expect((await ended(call, removal.id)).state).toBe("succeeded");
  expect(existsSync(folder)).toBe(false);
});
