import { mkdtemp, rm } from "node:fs/promises";
import { Agent, createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket, { WebSocketServer } from "ws";
import { type Gateway, embeddedGateway } from "../../edge-agents/gateway/gateway.ts";
import { eventually } from "../support/eventually.ts";
import { type App, ask, serverApp, textOf } from "./apps.ts";
import { type DeafApp, deafApp } from "./deaf-app.ts";
import { runningOf, workloadOf } from "./workloads.ts";

let home: string;
let gateway: Gateway;
let port: number;
let deaf: DeafApp;
let other: App;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "pluvia-silent-"));
  gateway = embeddedGateway({
    port: 0,
    home,
    lostMs: 5_000,
    tcpPorts: { from: 24_100, to: 24_160 },
    internalPorts: { from: 24_200, to: 24_260 },
  });
  ({ port } = await gateway.start());
  deaf = await deafApp();
  const server = createServer((_, response) => response.end("other"));
  new WebSocketServer({ server }).on("connection", (socket) => socket.send("other"));
  other = await serverApp(server);
});
afterEach(async () => {
  await gateway.stop(50);
  await Promise.all([deaf.close(), other.close()]);
  await rm(home, { recursive: true, force: true });
});

const both = (more: Parameters<typeof workloadOf>[1] = {}) =>
  gateway.update([
    runningOf(workloadOf(1, { replicas: 2, ...more }), [
      { id: "deaf", hostPort: deaf.port },
      { id: "other", hostPort: other.port },
    ]),
  ]);
const several = <T>(what: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 6 }, what));
const body = async (method = "GET") => (await ask(port, "shop1.localhost", { method })).body;

test("N2: where nothing is heard requests are taken elsewhere, whatever they are, and the next ones do not ask there any more", async () => {
  both();
  await deaf.deafen();
  expect(await several(() => body())).toEqual(Array.from({ length: 6 }, () => "other"));
  expect(await several(() => body("POST"))).toEqual(Array.from({ length: 6 }, () => "other"));
  deaf.hear();
  await eventually("it is asked again once it is heard of", async () => (await body()) === "deaf");
});

test("N2: who waits on a connection that was kept is taken elsewhere, too", async () => {
  gateway.update([runningOf(workloadOf(1, { replicas: 2 }), [{ id: "deaf", hostPort: deaf.port }])]);
  const agent = new Agent({ keepAlive: true });
  const kept = () =>
    new Promise<string>((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, agent, headers: { host: "shop1.localhost" } }, (response) =>
        textOf(response).then(resolve, reject),
      );
      sent.once("error", reject).end();
    });
  expect(await kept()).toBe("deaf");
  await deaf.deafen();
  const waits = kept();
  both();
  expect(await waits).toBe("other");
  agent.destroy();
});

test("N2: WebSockets and TCP connections find their way around it", async () => {
  both();
  await deaf.deafen();
  const greetings = await several(
    () =>
      new Promise<string>((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: "shop1.localhost" } });
        socket.once("error", reject).once("message", (said) => {
          resolve(String(said));
          socket.terminate();
        });
      }),
  );
  expect(greetings).toEqual(Array.from({ length: 6 }, () => "other"));

  both({ ports: [{ port: 3000, protocol: "tcp", internal: true, external: true }] });
  await eventually("its port is open", async () => gateway.addresses(workloadOf(1).component).length === 1);
  const tcp = new URL(gateway.addresses(workloadOf(1).component)[0]?.url ?? "");
  const answers = await several(async () => {
    const socket = connect(Number(tcp.port), "127.0.0.1");
    socket.end("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    return (await textOf(socket)).includes("other");
  });
  expect(answers).toEqual(Array.from({ length: 6 }, () => true));
});

test("N2: what may not be sent twice and waits there is given up after a while, with an answer", async () => {
  gateway.update([runningOf(workloadOf(1), [{ id: "deaf", hostPort: deaf.port }])]);
  const arrived = deaf.posted();
  const waits = ask(port, "shop1.localhost", { method: "POST" });
  await arrived;
  await deaf.deafen();
  expect((await waits).status).toBe(502);
});

test("N2: the only place there is, is asked whether it was heard of or not", async () => {
  gateway.update([runningOf(workloadOf(1), [{ id: "deaf", hostPort: deaf.port }])]);
  await deaf.deafen();
  const waits = body();
  await expect(Promise.race([waits, gateway.reaches({ host: "127.0.0.1", hostPort: deaf.port })])).resolves.toBe(false);
  deaf.hear();
  expect(await waits).toBe("deaf");
});
