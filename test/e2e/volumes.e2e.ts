import type { Component } from "../../shared/contract/component.ts";
import type { DataCenter } from "../../shared/contract/data-center.ts";
import type { Release } from "../../shared/contract/release.ts";
import { act, demo, deployed, get } from "./journey.ts";
import { freePorts, newHome, type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

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
  platform = await startPlatform({ home, port });
  await starts(["2", "3", "3", back]);
  await act(call, id, "stop");
  await act(call, id, "start");
  await starts(["2", "3", "3", back, back]);
});
