import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket, { WebSocketServer } from "ws";
import { type Gateway, embeddedGateway } from "../../edge-agents/gateway/gateway.ts";
import { type App, ask, httpApp, serverApp, tcpApp, textOf } from "./apps.ts";
import { componentId, runningOf, workloadOf } from "./workloads.ts";
import { eventually } from "../support/eventually.ts";

let home: string;
let gateway: Gateway;
let port: number;
const apps: App[] = [];
const own = async (app: Promise<App>): Promise<App> => {
  apps.push(await app);
  return app;
};
const named = (name: string) => own(httpApp((_, response) => response.end(name)));
const begin = async (holdMs = 5_000) => {
  gateway = embeddedGateway({
    port: 0,
    home,
    holdMs,
    tcpPorts: { from: 42_100, to: 42_160 },
    internalPorts: { from: 42_200, to: 42_260 },
  });
  ({ port } = await gateway.start());
};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "pluvia-gateway-"));
  await begin();
});
afterEach(async () => {
  await gateway.stop(50);
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await rm(home, { recursive: true, force: true });
});

describe("HTTP", () => {
  test("P1: an application answers at its label, whatever the port and case of the Host header", async () => {
    const app = await named("hello");
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    for (const host of ["shop1.localhost", `shop1.localhost:${port}`, "SHOP1.localhost.:99"])
      expect((await ask(port, host)).body).toBe("hello");
    expect(gateway.addresses(componentId(1))).toEqual([{ port: 3000, protocol: "http", url: `http://shop1.localhost:${port}` }]);
  });

  test("the platform's own answers are its own hosts' alone: below an application's name every path is the application's", async () => {
    const app = await named("hello");
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    gateway.answer("/-/own", async (_, response) => void response.end("own"));
    expect((await ask(port, "gateway.example.org", { path: "/-/own" })).body).toBe("own");
    expect((await ask(port, "shop1.localhost", { path: "/-/own" })).body).toBe("hello");
    expect((await ask(port, "gateway.example.org", { path: "/-/other" })).status).toBe(404);
  });

  test("an application that changes to another protocol unasked is one that does not answer", async () => {
    const app = await own(
      tcpApp(
        (socket) =>
          void socket.once("data", () => socket.write("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")),
      ),
    );
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    for (const method of ["GET", "POST"]) expect((await ask(port, "shop1.localhost", { method })).status).toBe(502);
    await gateway.traffic.drained({ host: "127.0.0.1", hostPort: app.port }, 600_000);
  });

  test("who leaves sends clients away with its answers, and serves them until then", async () => {
    const app = await named("hello");
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const headers = { connection: "keep-alive" };
    expect(await ask(port, "shop1.localhost", { headers })).toMatchObject({ headers: { connection: "keep-alive" } });
    gateway.leave();
    expect(await ask(port, "shop1.localhost", { headers })).toMatchObject({ body: "hello", headers: { connection: "close" } });
  });

  test("addresses are shown as people reach the gateway; ports that nobody reaches have none", async () => {
    const outside = embeddedGateway({
      port: 0,
      home: join(home, "outside"),
      suffixes: ["apps.example.org"],
      publicUrl: "https://gateway.example.org:8443",
      tcpPorts: null,
    });
    outside.update([
      runningOf(
        workloadOf(1, {
          ports: [
            { port: 3000, protocol: "http", internal: true, external: true },
            { port: 5432, protocol: "tcp", internal: true, external: true },
          ],
        }),
        [{ id: "a", hostPort: 1 }],
      ),
    ]);
    expect(outside.addresses(componentId(1))).toEqual([
      { port: 3000, protocol: "http", url: "https://shop1.apps.example.org:8443" },
    ]);
    await outside.stop(0);
  });

  test("ports with the external switch off have no address (E1)", async () => {
    const app = await named("secret");
    gateway.update([
      runningOf(workloadOf(1, { ports: [{ port: 3000, protocol: "http", internal: true, external: false }] }), [
        { id: "a", hostPort: app.port },
      ]),
    ]);
    expect((await ask(port, "shop1.localhost")).status).toBe(404);
    expect(gateway.addresses(componentId(1))).toEqual([]);
  });

  test("the application sees who asked, and nothing a client claims in the gateway's name", async () => {
    const app = await own(httpApp((request, response) => response.end(JSON.stringify(request.headers))));
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const headers = {
      "x-forwarded-for": "6.6.6.6",
      "x-forwarded-proto": "https",
      connection: "x-secret",
      "x-secret": "1",
      "x-mine": "2",
      te: "trailers",
    };
    const seen = JSON.parse((await ask(port, "shop1.localhost", { headers })).body);
    expect(seen).toMatchObject({
      host: "shop1.localhost",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "shop1.localhost",
      "x-mine": "2",
    });
    expect(seen).not.toHaveProperty("x-secret");
    expect(seen).not.toHaveProperty("te");
  });

  test("bodies of both kinds of framing, and repeated response headers, pass unchanged", async () => {
    const app = await own(
      httpApp((request, response) => {
        void textOf(request).then((body) =>
          response
            .writeHead(
              201,
              "Made",
              [
                ["Set-Cookie", "a=1"],
                ["Set-Cookie", "b=2"],
              ].flat(),
            )
            .end(`${request.headers["content-length"] ?? "chunked"} ${body}`),
        );
      }),
    );
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const sized = await ask(port, "shop1.localhost", { method: "POST", body: "12345", headers: { "content-length": "5" } });
    expect(sized).toMatchObject({ status: 201, body: "5 12345" });
    expect(sized.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    const chunked = await ask(port, "shop1.localhost", {
      method: "POST",
      body: "12345",
      headers: { "transfer-encoding": "chunked" },
    });
    expect(chunked.body).toBe("chunked 12345");
  });

  test("a slow upload and an answer in pieces stream through, piece by piece", async () => {
    const app = await own(
      httpApp((request, response) => void request.on("data", (piece) => response.write(piece)).on("end", () => response.end())),
    );
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const sent = request({ port, host: "127.0.0.1", method: "POST", agent: false, headers: { host: "shop1.localhost" } });
    const heard: string[] = [];
    const ended = new Promise<void>((resolve) =>
      sent.on("response", (response) => response.on("data", (piece) => heard.push(String(piece))).on("end", resolve)),
    );
    for (const piece of ["one", "two", "three"]) {
      sent.write(piece);
      await eventually(`${piece} comes back before the next is sent`, () => heard.join("").endsWith(piece));
    }
    sent.end();
    await ended;
  });

  test("headers of an event stream arrive before its first event", async () => {
    const app = await own(
      httpApp((_, response) => response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders()),
    );
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const sent = request({ port, host: "127.0.0.1", agent: false, headers: { host: "shop1.localhost" } }).end();
    const status = await new Promise((resolve) => sent.on("response", (response) => resolve(response.statusCode)));
    expect(status).toBe(200);
    sent.destroy();
  });

  test("an answer that breaks off does not look whole", async () => {
    const app = await own(httpApp((_, response) => void response.write("half", () => response.destroy())));
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    await expect(ask(port, "shop1.localhost")).rejects.toThrow();
  });

  test("a request that the client gives up is given up at the application", async () => {
    let gone = false;
    const app = await own(httpApp((request) => void request.on("close", () => (gone = true))));
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const sent = request({ port, host: "127.0.0.1", agent: false, headers: { host: "shop1.localhost" } }).on("error", () => {});
    sent.end();
    setTimeout(() => sent.destroy(), 50);
    await eventually("the application hears of it", () => gone);
  });

  test.each([
    ["two lengths", "POST / HTTP/1.1\r\nHost: shop1.localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: shop1.localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "chunks that are not last",
      "POST / HTTP/1.1\r\nHost: shop1.localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    ],
    ["an obscured encoding", "POST / HTTP/1.1\r\nHost: shop1.localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"],
    ["two hosts", "GET / HTTP/1.1\r\nHost: shop1.localhost\r\nHost: other.localhost\r\n\r\n"],
    ["no host", "GET / HTTP/1.1\r\n\r\n"],
    ["an absolute target", "GET http://other.localhost/ HTTP/1.1\r\nHost: shop1.localhost\r\n\r\n"],
    ["a folded header", "GET / HTTP/1.1\r\nHost: shop1.localhost\r\nX: a\r\n b\r\n\r\n"],
    ["a bare line feed in a header", "GET / HTTP/1.1\r\nHost: shop1.localhost\nX-Y: 1\r\n\r\n"],
  ])("a request that can be read two ways never reaches an application: %s", async (_, bytes) => {
    let seen = 0;
    const app = await own(httpApp((_request, response) => response.end(String(++seen))));
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const socket = connect(port, "127.0.0.1");
    socket.end(bytes);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).toBe(0);
  });

  test("one connection serves many requests, of several applications", async () => {
    const [one, two] = [await named("one"), await named("two")];
    gateway.update([
      runningOf(workloadOf(1), [{ id: "a", hostPort: one.port }]),
      runningOf(workloadOf(2), [{ id: "b", hostPort: two.port }]),
    ]);
    const socket = connect(port, "127.0.0.1");
    socket.write(
      "GET / HTTP/1.1\r\nHost: shop1.localhost\r\n\r\nGET / HTTP/1.1\r\nHost: shop2.localhost\r\n\r\nGET / HTTP/1.1\r\nHost: shop1.localhost\r\nConnection: close\r\n\r\n",
    );
    const text = await textOf(socket);
    expect(text.match(/\r\n(one|two)|(one|two)\r\n/g)?.map((each) => each.trim())).toEqual(["one", "two", "one"]);
  });
});

describe("Nobody to answer", () => {
  test("an unknown address says so, in the reader's language, as a page or as an error", async () => {
    gateway.update([]);
    const page = await ask(port, "nothing.localhost", { headers: { accept: "text/html", "accept-language": "zh-CN,zh" } });
    expect(page.status).toBe(404);
    expect(page.body).toContain("没有应用使用这个地址");
    const error = await ask(port, "nothing.localhost");
    expect(JSON.parse(error.body).error).toMatchObject({ code: "gateway.unknown", next: expect.stringContaining("pluvia ps") });
  });

  test.each([
    ["stopped", { wanted: "stopped" as const }, "settled" as const],
    ["stopped", { replicas: 0 }, "settled" as const],
    ["failed", {}, "failed" as const],
  ])("a component that is %s says so at once", async (code, more, phase) => {
    gateway.update([runningOf(workloadOf(1, more), [], phase)]);
    const answer = await ask(port, "shop1.localhost");
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([503, `gateway.${code}`]);
  });

  test("a request for a component that is starting waits for it", async () => {
    gateway.update([runningOf(workloadOf(1), [], "progressing")]);
    const answer = ask(port, "shop1.localhost");
    const app = await named("here now");
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    expect((await answer).body).toBe("here now");
  });

  test("a request that waits for a component is let go as soon as its client hangs up", async () => {
    gateway.update([runningOf(workloadOf(1), [], "progressing")]);
    const waiting = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = waiting();
    const client = connect(port, "127.0.0.1");
    client.write("GET / HTTP/1.1\r\nHost: shop1.localhost\r\n\r\n");
    await eventually("it waits", () => waiting() === before + 1);
    client.destroy();
    await eventually("nothing waits", () => waiting() === before);
  });

  test("a request that comes before the gateway knows anything, as after a restart, waits", async () => {
    const answer = ask(port, "shop1.localhost");
    const app = await named("known");
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    expect((await answer).body).toBe("known");
  });

  test("when it takes too long to start, a page says that it is starting and tries again", async () => {
    await gateway.stop(0);
    await begin(50);
    gateway.update([runningOf(workloadOf(1), [], "progressing")]);
    const answer = await ask(port, "shop1.localhost", { headers: { accept: "text/html" } });
    expect(answer.status).toBe(503);
    expect(answer.headers["retry-after"]).toBe("3");
    expect(answer.body).toContain("shop/web1");
  });
});

describe("Moving traffic (W7)", () => {
  test("an instance that refuses connections, or hangs up, costs no repeatable request", async () => {
    const [dead, good] = [await named("dead"), await named("good")];
    await dead.close();
    const rude = await own(tcpApp((socket) => void socket.once("data", () => socket.destroy())));
    const instances = [dead, rude, good].map((app, n) => ({ id: String(n), hostPort: app.port }));
    gateway.update([runningOf(workloadOf(1, { replicas: 3 }), instances)]);
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(port, "shop1.localhost")));
    expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set(["good"]));
  });

  test("a POST goes elsewhere when nobody took it, and is never sent twice when somebody did", async () => {
    let taken = 0;
    const dead = await named("dead");
    await dead.close();
    const good = await own(httpApp((request, response) => void textOf(request).then((body) => response.end(body))));
    gateway.update([
      runningOf(workloadOf(1, { replicas: 2 }), [
        { id: "a", hostPort: dead.port },
        { id: "b", hostPort: good.port },
      ]),
    ]);
    for (let n = 0; n < 6; n++)
      expect((await ask(port, "shop1.localhost", { method: "POST", body: `order ${n}` })).body).toBe(`order ${n}`);

    const rude = await own(
      tcpApp((socket) => void socket.once("data", () => socket.destroy(new Error(String(++taken)))).on("error", () => {})),
    );
    gateway.update([runningOf(workloadOf(1, { replicas: 2 }), [{ id: "c", hostPort: rude.port }])]);
    expect((await ask(port, "shop1.localhost", { method: "POST", body: "order" })).status).toBe(502);
    expect(taken).toBe(1);
  });

  test("drained waits for what is under way, while new requests already go elsewhere", async () => {
    let finish: (() => void) | undefined;
    const old = await own(
      httpApp((_, response) => {
        finish = () => response.end("old");
      }),
    );
    gateway.update([runningOf(workloadOf(1), [{ id: "old", hostPort: old.port }])]);
    const slow = ask(port, "shop1.localhost");
    await eventually("the old instance has the request", () => finish !== undefined);
    const next = await named("next");
    gateway.update([
      runningOf(workloadOf(1), [
        { id: "old", hostPort: old.port },
        { id: "next", hostPort: next.port },
      ]),
    ]);

    let drained = false;
    const draining = gateway.traffic.drained({ host: "127.0.0.1", hostPort: old.port }, 60_000).then(() => (drained = true));
    for (let n = 0; n < 5; n++) expect((await ask(port, "shop1.localhost")).body).toBe("next");
    expect(drained).toBe(false);
    finish?.();
    expect((await slow).body).toBe("old");
    await draining;
  });

  test("a hundred rolling exchanges under keep-alive load fail no request", async () => {
    let current = await named("0");
    const bad: string[] = [];
    let going = true;
    let count = 0;
    const once = async (method: string) => {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/`, { method, ...(method === "POST" ? { body: "x" } : {}) });
        const text = await answer.text();
        if (answer.status !== 200) bad.push(text);
      } catch (error) {
        bad.push(String((error as Error).cause));
      }
      count++;
    };
    const load = async (method: string) => {
      while (going) await once(method);
    };
    await gateway.stop(0);
    gateway = embeddedGateway({ port: 0, home, suffixes: ["0.0.1"], holdMs: 5_000 });
    ({ port } = await gateway.start());
    // fetch cannot set Host: the label is the 127 of 127.0.0.1.
    const workload = workloadOf(1, { label: "127" });
    gateway.update([runningOf(workload, [{ id: "0", hostPort: current.port }])]);
    const loads = ["GET", "GET", "POST", "POST"].map(load);
    for (let n = 1; n <= 100; n++) {
      const before = count;
      await eventually("requests are answered", () => count > before + 5 || bad.length > 0);
      const fresh = await named(String(n));
      gateway.update([
        runningOf(workload, [
          { id: String(n - 1), hostPort: current.port },
          { id: String(n), hostPort: fresh.port },
        ]),
      ]);
      await gateway.traffic.drained({ host: "127.0.0.1", hostPort: current.port }, 10_000);
      await current.close();
      gateway.update([runningOf(workload, [{ id: String(n), hostPort: fresh.port }])]);
      current = fresh;
    }
    going = false;
    await Promise.all(loads);
    expect(bad).toEqual([]);
  });
});

describe("Anything that comes", () => {
  test("every byte a client may send in a request line or header gets an answer, and the gateway goes on", async () => {
    const app = await own(httpApp((request, response) => response.end(request.url)));
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    for (let byte = 0; byte < 256; byte++) {
      const socket = connect(port, "127.0.0.1");
      const text = Buffer.concat([
        Buffer.from("GET /a"),
        Buffer.from([byte]),
        Buffer.from("b HTTP/1.1\r\nHost: shop1.localhost\r\nX: a"),
        Buffer.from([byte]),
        Buffer.from("b\r\nConnection: close\r\n\r\n"),
      ]);
      socket.write(text);
      expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 (200|400) /);
    }
    expect((await ask(port, "shop1.localhost")).status).toBe(200);
  });
});

describe("WebSockets", () => {
  const echo = async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket, asked) => {
      socket.on("message", (data) => socket.send(`${asked.url} ${data}`));
    });
    return own(serverApp(server));
  };
  const open = (path = "/") => new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { host: "shop1.localhost" } });
  const once = (socket: WebSocket, event: string): Promise<unknown> =>
    new Promise((resolve, reject) => socket.once(event, resolve).once("error", reject));

  test("pass both ways", async () => {
    const app = await echo();
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const socket = open("/chat?x=1");
    await once(socket, "open");
    socket.send("hi");
    expect(String(await once(socket, "message"))).toBe("/chat?x=1 hi");
    socket.close();
    await once(socket, "close");
  });

  test("have until the limit when their instance is drained, then end", async () => {
    const app = await echo();
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const socket = open();
    await once(socket, "open");
    const ended = once(socket, "close");
    await gateway.traffic.drained({ host: "127.0.0.1", hostPort: app.port }, 100);
    await ended;
  });

  test("that an application declines get its answer", async () => {
    const app = await own(httpApp((_, response) => response.end("no")));
    const server = createServer().on(
      "upgrade",
      (_, socket) => void socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!"),
    );
    const declining = await own(serverApp(server));
    for (const [hostPort, status] of [
      [app.port, 200],
      [declining.port, 403],
    ] as const) {
      gateway.update([runningOf(workloadOf(1), [{ id: String(hostPort), hostPort }])]);
      const socket = open();
      const answered = await new Promise((resolve) =>
        socket.once("unexpected-response", (_, response) => resolve(response.statusCode)).on("error", () => {}),
      );
      expect(answered).toBe(status);
    }
  });

  test("that nobody takes leave no connection behind", async () => {
    const declining = await own(
      serverApp(
        createServer().on("upgrade", (_, socket) => void socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")),
      ),
    );
    const rude = await own(tcpApp((socket) => void socket.once("data", () => socket.destroy())));
    gateway.update([
      runningOf(workloadOf(1), [{ id: "a", hostPort: declining.port }]),
      runningOf(workloadOf(2), [{ id: "b", hostPort: rude.port }]),
      runningOf(workloadOf(3), [], "failed"),
    ]);
    for (const label of ["shop1", "shop2", "shop3", "nothing"]) {
      const socket = connect(port, "127.0.0.1");
      socket.write(`GET / HTTP/1.1\r\nHost: ${label}.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      socket.once("data", () => socket.write("more, that nobody reads"));
      expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 [45]\d\d /);
    }
    // Waits for every connection that is still there.
    await gateway.stop(600_000);
    await begin();
  });

  test("whose refusal the application breaks off break off, too", async () => {
    const broken = createServer().on("upgrade", (_, socket) => {
      socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nno", () => socket.destroy());
    });
    const app = await own(serverApp(broken));
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: shop1.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    const ended = new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));
    socket.resume();
    await ended;
  });

  test("which the application never answers end, with a page that says so", async () => {
    const silent = createServer().on("upgrade", (_, socket) => void socket.on("error", () => {}).resume());
    const [app, live] = [await own(serverApp(silent)), await echo()];
    const hasty = embeddedGateway({ port: 0, home: `${home}-hasty`, hosts: ["127.0.0.1"], handshakeMs: 500 });
    const { port: at } = await hasty.start();
    hasty.update([
      runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }]),
      runningOf(workloadOf(2), [{ id: "b", hostPort: live.port }]),
    ]);
    const socket = connect(at, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: shop1.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 504 /);
    await hasty.traffic.drained({ host: "127.0.0.1", hostPort: app.port }, 600_000);
    // One that was answered may say nothing for as long as it likes.
    const quiet = new WebSocket(`ws://127.0.0.1:${at}/`, { headers: { host: "shop2.localhost" } });
    await once(quiet, "open");
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    quiet.send("still here");
    expect(String(await once(quiet, "message"))).toBe("/ still here");
    quiet.close();
    await once(quiet, "close");
    await hasty.stop(50);
    await rm(`${home}-hasty`, { recursive: true, force: true });
  });

  test("with a target that is no path are refused, and nothing else happens", async () => {
    gateway.mount("/-/streams", () => {});
    gateway.update([]);
    for (const target of ["//", "http://[", "*", "/-/streams/../x"]) {
      const socket = connect(port, "127.0.0.1");
      socket.end(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 (400|503|404) /);
    }
  });

  test("for a mounted path go to the platform, only where no application is addressed", async () => {
    const app = await echo();
    gateway.update([runningOf(workloadOf(1), [{ id: "a", hostPort: app.port }])]);
    const ours = new WebSocketServer({ noServer: true });
    gateway.mount("/-/streams", (request, socket, head) =>
      ours.handleUpgrade(request, socket, head, (client) => client.send("platform")),
    );
    const platform = new WebSocket(`ws://127.0.0.1:${port}/-/streams?ticket=x`);
    expect(String(await once(platform, "message"))).toBe("platform");
    platform.close();
    const theirs = open("/-/streams");
    await once(theirs, "open");
    theirs.send("mine");
    expect(String(await once(theirs, "message"))).toBe("/-/streams mine");
    theirs.close();
    ours.close();
  });
});

describe("TCP", () => {
  const echo = () => own(tcpApp((socket) => void socket.pipe(socket)));
  const tcp = { port: 5432, protocol: "tcp" as const, internal: true, external: true };
  const say = async (to: number, text: string) => {
    const socket = connect(to, "127.0.0.1");
    socket.end(text);
    return textOf(socket);
  };

  test("an external port gets an address from the pool, the same one after a restart", async () => {
    const app = await echo();
    const running = [runningOf(workloadOf(1, { ports: [tcp] }), [{ id: "a", hostPort: app.port }])];
    gateway.update(running);
    const [address] = await eventually("the port is open", () =>
      gateway.addresses(componentId(1)).length > 0 ? gateway.addresses(componentId(1)) : undefined,
    );
    const at = Number(new URL(address?.url ?? "").port);
    expect(await say(at, "select 1")).toBe("select 1");
    await gateway.stop(0);
    await begin();
    gateway.update(running);
    await eventually("the same address again", () => gateway.addresses(componentId(1))[0]?.url === address?.url);
    expect(await say(at, "select 2")).toBe("select 2");
  });

  test("an external port that was given up while it was being opened opens when it is wanted again", async () => {
    const app = await echo();
    const running = [runningOf(workloadOf(1, { ports: [tcp] }), [{ id: "a", hostPort: app.port }])];
    const addresses = () => gateway.addresses(componentId(1));
    gateway.update(running);
    gateway.update([]);
    // Another one is open: by then the first has been, too.
    gateway.update([runningOf(workloadOf(2, { ports: [tcp] }), [{ id: "b", hostPort: app.port }])]);
    await eventually("the other port is open", () => gateway.addresses(componentId(2)).length > 0);
    gateway.update(running);
    await eventually("the port is open", () => addresses().length > 0);
    expect(await say(Number(new URL(addresses()[0]?.url ?? "").port), "select 1")).toBe("select 1");
  });

  test("components reach each other at an address that outlives restarts, before anything runs there", async () => {
    const database = await echo();
    const cache = await named("cached");
    const to = await gateway.addressFor(componentId(1), 5432);
    const waiting = say(to.port, "early");
    gateway.update([
      runningOf(workloadOf(1, { ports: [tcp] }), [{ id: "a", hostPort: database.port }]),
      runningOf(workloadOf(2), [{ id: "b", hostPort: cache.port }]),
    ]);
    expect(await waiting).toBe("early");
    const other = await gateway.addressFor(componentId(2), 3000);
    expect(other.port).not.toBe(to.port);
    expect((await ask(other.port, "whatever")).body).toBe("cached");
    await gateway.stop(0);
    await begin();
    gateway.update([runningOf(workloadOf(1, { ports: [tcp] }), [{ id: "a", hostPort: database.port }])]);
    expect(await say(to.port, "again")).toBe("again");
    expect(await gateway.addressFor(componentId(1), 5432)).toEqual(to);
  });

  test("clients that hang up while they are being connected are not waited for", async () => {
    const app = await echo();
    gateway.update([runningOf(workloadOf(1, { ports: [tcp] }), [{ id: "a", hostPort: app.port }])]);
    const to = await gateway.addressFor(componentId(1), 5432);
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const socket = connect(to.port, "127.0.0.1");
        await new Promise((resolve) => socket.once("connect", resolve));
        await new Promise((resolve) => setTimeout(resolve, n % 5));
        socket.resetAndDestroy();
      }),
    );
    await gateway.traffic.drained({ host: "127.0.0.1", hostPort: app.port }, 600_000);
  });

  test("a port whose internal switch is off is reached by nobody inside (E1)", async () => {
    const app = await echo();
    gateway.update([runningOf(workloadOf(1, { ports: [{ ...tcp, internal: false }] }), [{ id: "a", hostPort: app.port }])]);
    const to = await gateway.addressFor(componentId(1), 5432);
    await expect(say(to.port, "x")).rejects.toThrow();
  });

  test("a rolling exchange behind an internal HTTP address fails no request of a kept-alive client", async () => {
    let current = await named("0");
    gateway.update([runningOf(workloadOf(1), [{ id: "0", hostPort: current.port }])]);
    const to = await gateway.addressFor(componentId(1), 3000);
    const seen = new Set<string>();
    let going = true;
    const load = (async () => {
      while (going) seen.add(await fetch(`http://127.0.0.1:${to.port}/`).then((answer) => answer.text()));
    })();
    await eventually("the first one answers", () => seen.has("0"));
    for (let n = 1; n <= 10; n++) {
      const fresh = await named(String(n));
      gateway.update([runningOf(workloadOf(1), [{ id: String(n), hostPort: fresh.port }])]);
      await gateway.traffic.drained({ host: "127.0.0.1", hostPort: current.port }, 5_000);
      await current.close();
      current = fresh;
      await eventually("the new one answers", () => seen.has(String(n)));
    }
    going = false;
    await load;
    expect([...seen]).toEqual(Array.from({ length: 11 }, (_, n) => String(n)));
  });
});
