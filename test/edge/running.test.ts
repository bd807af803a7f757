import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, embeddedGateway } from "../../edge-agents/gateway/gateway.ts";
import { type LogStore, logStore } from "../../edge-agents/logs/log-store.ts";
import { cursorAfter } from "../../edge-agents/logs/read.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { type ProcessCluster, processCluster } from "../../shared/adapters/local/cluster/cluster.ts";
import { ids, type Shelf, serverApp, shelf, workloadFor } from "../cluster/support.ts";
import { eventually } from "../support/eventually.ts";

let home: string;
let gateway: Gateway;
let cluster: ProcessCluster;
let logs: LogStore;
let port: number;
let slugs: Shelf;
let unfollow: () => void;
let quiet: () => void;
const hosts = [{ port: 3000, label: "web-shop" }];

const begin = async (at = 0) => {
  gateway = embeddedGateway({ port: at, home: join(home, "gateway") });
  cluster = processCluster({ home: join(home, "cluster"), artifacts: slugs, traffic: gateway.traffic, clock: systemClock() });
  ({ port } = await gateway.start());
  logs = logStore({ home: join(home, "logs") });
  unfollow = gateway.follow(cluster);
  const look = async () => logs.update(await cluster.observe());
  quiet = cluster.onChange(() => void look());
  await look();
};
/** Lets go of everything, as when the agents end; what runs goes on. */
const leave = async () => {
  quiet();
  unfollow();
  cluster.close();
  logs.stop();
  await gateway.stop(0);
};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "pluvia-running-"));
  slugs = shelf();
  await begin();
});
afterEach(async () => {
  await cluster.halt();
  await leave();
  await rm(home, { recursive: true, force: true });
});

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());
const ask = (method = "GET", path = "/", connections: Agent | false = agent): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, path, method, agent: connections, headers: { host: "web-shop.localhost" } },
      (answer) => {
        let body = "";
        answer.on("data", (piece) => {
          body += piece;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body })).on("error", reject);
      },
    );
    sent.on("error", reject).end(method === "POST" ? "x" : undefined);
  });
const settled = (generation: number) =>
  eventually(`generation ${generation} settled`, async () => {
    const [seen] = await cluster.observe();
    return seen?.generation === generation && seen.phase === "settled" && seen;
  });
const texts = (): string[] => {
  const cursor = cursorAfter(logs.log(ids.component), 0);
  const found: string[] = [];
  for (let more = cursor.next(); more.length > 0; more = cursor.next())
    found.push(...more.flatMap((entry) => ("line" in entry ? [entry.line.text] : [])));
  return found;
};

/** Asks without a break; answers what went wrong. */
function load() {
  let going = true;
  const failures: string[] = [];
  const seen = new Set<string>();
  const once = async (method: string, path: string) => {
    try {
      const { status, body } = await ask(method, path);
      if (status === 200) seen.add(JSON.parse(body).answer);
      else failures.push(body);
    } catch (error) {
      failures.push(String(error));
    }
  };
  const run = async (method: string, path: string) => {
    while (going) await once(method, path);
  };
  const all = Promise.all([run("GET", "/"), run("POST", "/"), run("GET", "/slow")]);
  return {
    seen,
    async stop() {
      going = false;
      await all;
      return failures;
    },
  };
}

test("W7: releases that replace each other as processes behind the gateway fail no request, GET or POST, and all of them are heard in the log", async () => {
  await cluster.apply(workloadFor(await slugs.add(serverApp("1")), 1, { hosts }));
  await settled(1);
  const asking = load();
  for (const generation of [2, 3]) {
    await cluster.apply(workloadFor(await slugs.add(serverApp(String(generation))), generation, { hosts, replicas: 2 }));
    await settled(generation);
    await eventually("the new one answers", () => asking.seen.has(String(generation)));
  }
  expect(await asking.stop()).toEqual([]);
  // 1 + 2 + 2 instances; three of them were asked to end.
  await eventually("every instance is heard", () => texts().filter((text) => text.startsWith("listening on")).length === 5);
  await eventually("the last words, too", () => texts().filter((text) => text === "asked to end").length === 3);
}, 60_000);

test("an instance killed under load costs no request that may be repeated", async () => {
  const dies = serverApp("1", `server.on("request", (q) => q.url === "/die" && process.kill(process.pid, "SIGKILL"));`);
  await cluster.apply(workloadFor(await slugs.add(dies), 1, { hosts, replicas: 2 }));
  const { instances } = await settled(1);
  let failed = 0;
  let going = true;
  const asking = Promise.all(
    [1, 2, 3].map(async () => {
      while (going) if ((await ask()).status !== 200) failed++;
    }),
  );
  const before = instances.map((instance) => instance.restarts);
  await ask("POST", "/die").catch(() => {});
  await eventually("it was started again", async () => {
    const [seen] = await cluster.observe();
    const now = seen?.instances ?? [];
    return now.some((instance, n) => instance.restarts > (before[n] ?? 0)) && now.every((instance) => instance.state === "ready");
  });
  going = false;
  await asking;
  expect(failed).toBe(0);
}, 60_000);

test("agents that start again serve what runs from their own disk, at the same addresses, and read on in the log where they were", async () => {
  await cluster.apply(
    workloadFor(
      await slugs.add(serverApp("1", `setInterval(() => console.log("tick " + ++globalThis.n), 10); globalThis.n = 0;`)),
      1,
      { hosts },
    ),
  );
  await settled(1);
  const address = await gateway.addressFor(ids.component, 3000);
  await eventually("it is heard", () => texts().some((text) => text.startsWith("tick")));
  for (let round = 0; round < 3; round++) {
    await leave();
    await begin(port);
    expect((await ask("GET", "/", false)).status).toBe(200);
    expect(await gateway.addressFor(ids.component, 3000)).toEqual(address);
    const before = texts().length;
    await eventually("it is heard again", () => texts().length > before);
  }
  const ticks = texts().flatMap((text) => (text.startsWith("tick") ? [Number(text.slice(5))] : []));
  expect(ticks).toEqual(Array.from({ length: ticks.length }, (_, n) => n + 1));
}, 60_000);
