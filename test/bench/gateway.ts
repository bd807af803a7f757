import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, request, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket, { WebSocketServer } from "ws";
import { embeddedGateway } from "../../edge-agents/gateway/gateway.ts";
import { runningOf, workloadOf } from "../edge/workloads.ts";

const deploys = Number(process.env.PLUVIA_DEPLOYS ?? 200);
const clients = 8;
const host = "shop1.localhost";

interface Instance {
  readonly id: string;
  readonly port: number;
  /** Ends as a program does that was asked to: its listener is gone, and every connection with it. */
  end(): void;
}

async function instance(id: string): Promise<Instance> {
  const sockets = new Set<Socket>();
  const server = createServer((asked, answer) => void asked.resume().on("end", () => answer.end(id)));
  new WebSocketServer({ server }).on("connection", (socket) =>
    socket.on("message", (data) => socket.send(data)).on("error", () => socket.terminate()),
  );
  server.on("connection", (socket) => sockets.add(socket.once("close", () => sockets.delete(socket))));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const end = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { id, port: (server.address() as AddressInfo).port, end };
}

interface Tally {
  answered: number;
  failed: number;
  conversations: number;
  /** How often each thing went wrong. */
  readonly wrong: Map<string, number>;
}

const fail = (tally: Tally, why: string): void => {
  tally.failed++;
  tally.wrong.set(why, (tally.wrong.get(why) ?? 0) + 1);
};

/** What went wrong, or undefined. */
const ask = (port: number, agent: Agent, method: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const sent = request(
      { host: "127.0.0.1", port, agent, method, headers: { host, ...(method === "POST" ? { "content-length": 2 } : {}) } },
      (answer) => {
        answer
          .resume()
          .on("end", () => resolve(answer.statusCode === 200 ? undefined : `${method} was answered ${answer.statusCode}`))
          .on("error", (error) => resolve(`${method} broke off: ${error.message}`));
      },
    );
    sent.on("error", (error) => resolve(`${method}: ${error.message}`)).end(method === "POST" ? "ok" : undefined);
  });

/** Clients that ask again and again on kept-alive connections (every fourth posts), and as many that talk on WebSockets. */
function load(port: number, tally: Tally): () => Promise<void> {
  let going = true;
  const agent = new Agent({ keepAlive: true });
  const asking = Array.from({ length: clients }, async (_, n) => {
    while (going) {
      const wrong = await ask(port, agent, n % 4 === 0 ? "POST" : "GET");
      if (wrong === undefined) tally.answered++;
      else fail(tally, wrong);
    }
  });
  const chatting = Array.from({ length: clients }, async () => {
    while (going) {
      const refused = await chat(port, () => going);
      if (refused === undefined) tally.conversations++;
      else fail(tally, `WebSocket: ${refused}`);
    }
  });
  return async () => {
    going = false;
    await Promise.all([...asking, ...chatting]);
    agent.destroy();
  };
}

/** A conversation takes some 100 ms: an old instance has none any more soon after new ones go elsewhere. */
const messages = 5;

/** One WebSocket that says a few things, hears each again, and hangs up. Answers what went wrong, or undefined. */
const chat = (port: number, going: () => boolean): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host } });
    let problem = "ended by the other side";
    let heard = 0;
    const say = () => {
      if (heard < messages && going()) return socket.send("x");
      problem = "";
      socket.close();
    };
    socket.on("open", say);
    socket.on("message", () => {
      heard++;
      setTimeout(say, 20);
    });
    socket.on("error", (error) => {
      problem = error.message;
      socket.terminate();
    });
    socket.on("close", () => resolve(problem || undefined));
  });

/** How traffic gets from one instance to the next, and when the old one may end. */
interface Entrance {
  readonly port: number;
  exchange(old: Instance | undefined, fresh: Instance): Promise<void>;
  stop(): Promise<void>;
}

async function ours(): Promise<Entrance> {
  const home = mkdtempSync(join(tmpdir(), "bench-gateway-"));
  const gateway = embeddedGateway({ port: 0, home });
  const { port } = await gateway.start();
  const at = (each: Instance) => ({ id: each.id, hostPort: each.port });
  return {
    port,
    async exchange(old, fresh) {
      gateway.update([runningOf(workloadOf(1), [...(old ? [at(old)] : []), at(fresh)])]);
      if (old === undefined) return;
      await gateway.traffic.drained({ host: "127.0.0.1", hostPort: old.port }, 10_000);
      gateway.update([runningOf(workloadOf(1), [at(fresh)])]);
    },
    async stop() {
      await gateway.stop(0);
      rmSync(home, { recursive: true });
    },
  };
}

/** The peer: a new configuration and a reload for every exchange, the old instance ending as soon as nginx has taken it in. */
async function nginx(): Promise<Entrance> {
  const home = mkdtempSync(join(tmpdir(), "bench-nginx-"));
  const probe = await instance("probe");
  probe.end();
  const configure = (to: number) =>
    writeFileSync(
      join(home, "nginx.conf"),
      `daemon off; worker_processes 1; pid ${home}/pid; error_log ${home}/error.log; events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${home}/a; proxy_temp_path ${home}/b; fastcgi_temp_path ${home}/c; uwsgi_temp_path ${home}/d; scgi_temp_path ${home}/e;
  server { listen 127.0.0.1:${probe.port}; location / { proxy_pass http://127.0.0.1:${to}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } } }`,
    );
  let child: ReturnType<typeof spawn> | undefined;
  const taken = async (id: string) => {
    const agent = new Agent();
    for (;;) {
      const text = await fetch(`http://127.0.0.1:${probe.port}/`).then(
        (answer) => answer.text(),
        () => "",
      );
      if (text === id) break;
    }
    agent.destroy();
  };
  return {
    port: probe.port,
    async exchange(_, fresh) {
      configure(fresh.port);
      if (child === undefined) child = spawn("nginx", ["-p", home, "-c", join(home, "nginx.conf")], { stdio: "ignore" });
      else child.kill("SIGHUP");
      await taken(fresh.id);
    },
    async stop() {
      const gone = new Promise((resolve) => child?.once("exit", resolve));
      child?.kill("SIGTERM");
      await gone;
      rmSync(home, { recursive: true });
    },
  };
}

async function run(name: string, entrance: Entrance, count: number): Promise<Tally> {
  let current = await instance("0");
  await entrance.exchange(undefined, current);
  const tally: Tally = { answered: 0, failed: 0, conversations: 0, wrong: new Map() };
  const begun = performance.now();
  const stopLoad = load(entrance.port, tally);
  for (let n = 1; n <= count; n++) {
    const before = tally.answered;
    while (tally.answered < before + clients) await new Promise((resolve) => setTimeout(resolve, 1));
    const fresh = await instance(String(n));
    await entrance.exchange(current, fresh);
    current.end();
    current = fresh;
  }
  await stopLoad();
  const seconds = (performance.now() - begun) / 1_000;
  current.end();
  await entrance.stop();
  console.log(
    `  ${name}: ${count} deploys in ${seconds.toFixed(1)} s, ${tally.answered} requests answered, ${tally.conversations} conversations on WebSockets, ${tally.failed} failed`,
  );
  for (const [why, count] of tally.wrong) console.log(`    ${count} × ${why}`);
  return tally;
}

/** Requests a second through the gateway and straight to the application. */
async function overhead(): Promise<void> {
  const app: Server = createServer((_, answer) => answer.end("ok"));
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  const direct = (app.address() as AddressInfo).port;
  const entrance = await ours();
  await entrance.exchange(undefined, { id: "0", port: direct, end: () => app.close() });
  const agent = new Agent({ keepAlive: true });
  const rate = async (port: number) => {
    const begun = performance.now();
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let n = 0; n < 300; n++) await ask(port, agent, "GET");
      }),
    );
    return 4_800_000 / (performance.now() - begun);
  };
  await rate(direct);
  const rates = [await rate(direct), await rate(entrance.port), await rate(direct), await rate(entrance.port)];
  console.log(
    `  requests/s straight ${rates[0]?.toFixed(0)} and ${rates[2]?.toFixed(0)}, through the gateway ${rates[1]?.toFixed(0)} and ${rates[3]?.toFixed(0)} (client, gateway and application in one process)`,
  );
  agent.destroy();
  app.closeAllConnections();
  app.close();
  await entrance.stop();
}

/** G11: deploys under load with keep-alive and WebSockets, no failed request. */
export async function gatewayBench(): Promise<void> {
  console.log("G11 deploys under load");
  await overhead();
  const mine = await run("gateway", await ours(), deploys);
  if (spawnSync("nginx", ["-v"]).error) console.log("  nginx is not installed: no control");
  else await run("nginx reload", await nginx(), Math.min(deploys, 50));
  console.log(`G11 failed requests of ${mine.answered + mine.failed}: ${mine.failed}`);
  if (mine.failed > 0) process.exitCode = 1;
}

if (import.meta.main) await gatewayBench();
