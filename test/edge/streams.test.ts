import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import WebSocket from "ws";
import { type Gateway, embeddedGateway } from "../../edge-agents/gateway/gateway.ts";
import { logChannel } from "../../edge-agents/logs/channel.ts";
import { type LogStore, logStore } from "../../edge-agents/logs/log-store.ts";
import { ticketGate } from "../../edge-agents/runtime/ticket.ts";
import { type StreamServer, streamServer } from "../../edge-agents/streams/stream.ts";
import { terminals } from "../../edge-agents/terminal/channel.ts";
import { startTerminal } from "../../shared/adapters/local/cluster/terminal.ts";
import { localDurableText } from "../../shared/adapters/local/durable-text.ts";
import { openStream, type Stream, type StreamHandlers } from "../../shared/client/streams.ts";
import type { LogLine } from "../../shared/contract/agent.ts";
import type { ClientFrame, ServerFrame, StreamData, TicketClaims } from "../../shared/contract/stream.ts";
import { eventually } from "../support/eventually.ts";
import { componentId } from "./workloads.ts";

const component = componentId(1);
const tenant = "tnt_0000000000000001";
const console_ = "http://localhost:7070";
let home: string;
let gateway: Gateway;
let port: number;
let logs: LogStore;
let server: StreamServer;
let terminal: ReturnType<typeof terminals>;
const streams: Stream[] = [];
const keys = await generateKeyPair("EdDSA", { extractable: true });
const cloudKey = (await exportJWK(keys.publicKey)) as { kty: "OKP"; crv: "Ed25519"; x: string };

const ticketFor = async (more: object = {}, key = keys.privateKey, audience = "stream"): Promise<string> => {
  const exp = Math.floor(Date.now() / 1_000) + 60;
  const claims = {
    jti: crypto.randomUUID(),
    tenant,
    component,
    kind: "log",
    instance: null,
    command: null,
    actor: "usr_1",
    exp,
    ...more,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: "EdDSA" }).setIssuer("pluvia").setAudience(audience).sign(key);
};
const gate = () => ticketGate({ used: localDurableText(join(home, "tickets")), key: async () => cloudKey });
const cluster = (program = "/bin/sh") => ({
  exec: async (request: { command: readonly string[] | null; columns: number; rows: number }) => {
    const [first = program, ...rest] = request.command ?? [program];
    return startTerminal({
      program: first,
      arguments: rest,
      directory: home,
      environment: { PATH: process.env.PATH ?? "", PS1: "$ " },
      columns: request.columns,
      rows: request.rows,
    });
  },
});

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "pluvia-streams-"));
  logs = logStore({ home: join(home, "logs") });
  terminal = terminals({ cluster: cluster(), home: join(home, "recordings"), limits: { absentMs: 3_000 } });
  server = streamServer({
    tickets: gate(),
    origins: [console_],
    channels: { log: logChannel(logs), terminal: terminal.channel },
  });
  gateway = embeddedGateway({ port: 0, home: join(home, "gateway") });
  gateway.mount("/-/streams", server.upgrade);
  ({ port } = await gateway.start());
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  terminal.stop();
  server.stop();
  await gateway.stop(0);
  logs.stop();
  rmSync(home, { recursive: true, force: true });
});

/** A connection as a program makes it; resolves with its frames, or the status it was refused with. */
const raw = (ticket: string, headers: Record<string, string> = {}) =>
  new Promise<{ socket: WebSocket; frames: ServerFrame[] } | number>((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/-/streams?ticket=${ticket}`, { headers });
    const frames: ServerFrame[] = [];
    socket.on("message", (data) => frames.push(JSON.parse(String(data))));
    socket.on("open", () => resolve({ socket, frames }));
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
    socket.on("error", reject);
  });
const opened = async (ticket: string) => {
  const answer = await raw(ticket);
  if (typeof answer === "number") throw new Error(`refused with ${answer}`);
  return answer;
};

const open = (more: object = {}, at = () => port): Stream => {
  const stream = openStream({
    url: async () => `ws://127.0.0.1:${at()}/-/streams?ticket=${await ticketFor(more)}`,
    connect: (url) => new WebSocket(url) as unknown as ReturnType<Parameters<typeof openStream>[0]["connect"]>,
  });
  streams.push(stream);
  return stream;
};
const collect = (into: LogLine[], more: Partial<StreamHandlers> = {}): StreamHandlers => ({
  onData: (data: StreamData) => {
    if (data.kind === "lines") into.push(...data.lines);
  },
  ...more,
});

/** Passes connections on, and cuts them all when told to. */
const flaky = async () => {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const target = connect(port, "127.0.0.1");
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    }
    client.pipe(target).pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
};

describe("Tickets (T2)", () => {
  test("open a stream once, also after a restart of the data center", async () => {
    const ticket = await ticketFor();
    const { socket } = await opened(ticket);
    socket.close();
    expect(await raw(ticket)).toBe(401);
    await expect(gate().admit(ticket)).rejects.toThrow("used before");
  });

  test("of another signer, for another purpose, expired or too long-lived open nothing", async () => {
    const now = Math.floor(Date.now() / 1_000);
    const other = await generateKeyPair("EdDSA");
    const bad = [
      "",
      "x",
      await ticketFor({}, other.privateKey),
      await ticketFor({}, keys.privateKey, "build"),
      await ticketFor({ exp: now - 100 }),
      await ticketFor({ exp: now + 3_600 }),
      await ticketFor({ kind: "admin" }),
      `${(await ticketFor()).split(".").slice(0, 2).join(".")}.`,
      `eyJhbGciOiJub25lIn0.${(await ticketFor()).split(".")[1]}.`,
    ];
    for (const ticket of bad) expect(await raw(ticket)).toBe(401);
  });

  test("serve pages of the console and programs, no other page", async () => {
    expect(await raw(await ticketFor(), { origin: "http://shop1.localhost" })).toBe(403);
    expect(await raw(await ticketFor(), { origin: console_ })).not.toBe(403);
  });

  test("open one component and one kind of channel only", async () => {
    const { socket, frames } = await opened(await ticketFor());
    for (const channel of [
      `log/${componentId(2)}`,
      `terminal/${component}`,
      "log/../../x",
      "nothing",
      `terminal/trm_${"0".repeat(32)}`,
    ])
      socket.send(JSON.stringify({ type: "subscribe", id: String(channel.length), channel }));
    await eventually("five answers", () => frames.length === 5);
    expect(frames).toMatchObject(frames.map(() => ({ type: "error", code: "forbidden" })));
    socket.close();
  });

  test("frames that are none get an error, and the connection goes on", async () => {
    const { socket, frames } = await opened(await ticketFor());
    for (const text of [
      "",
      "{",
      "null",
      '{"type":"subscribe"}',
      '{"type":"input","id":"x","sequence":-1,"data":""}',
      '{"type":"ping"}',
    ])
      socket.send(text);
    await eventually("six answers", () => frames.length === 6);
    expect(frames.map((frame) => frame.type)).toEqual(["error", "error", "error", "error", "error", "pong"]);
    socket.close();
  });
});

test("A4: a client that asks on and on and reads nothing is hung up on, before its answers fill the memory", async () => {
  const { socket } = await opened(await ticketFor());
  let isClosed = false;
  socket.on("close", () => {
    isClosed = true;
  });
  socket.pause();
  await eventually("the end", async () => {
    for (let at = 0; at < 1_000; at++) socket.send("no frame");
    await new Promise((resolve) => socket.send("no frame", resolve));
    return isClosed;
  });
});

describe("Logs", () => {
  const say = (count: number, from = 1) => {
    for (let n = from; n < from + count; n++) logs.say(component, `line ${n}`);
  };

  test("come from the start, from a number, or only anew, and then live (L5)", async () => {
    say(500);
    const stream = open();
    const all: LogLine[] = [];
    const later: LogLine[] = [];
    const live: LogLine[] = [];
    const caughtUp: number[] = [];
    stream.subscribe(`log/${component}`, { after: 0 }, collect(all, { onCaughtUp: (sequence) => caughtUp.push(sequence) }));
    stream.subscribe(`log/${component}`, { after: 490 }, collect(later, { onCaughtUp: (sequence) => caughtUp.push(sequence) }));
    stream.subscribe(`log/${component}`, {}, collect(live, { onCaughtUp: (sequence) => caughtUp.push(sequence) }));
    await eventually("all are caught up", () => caughtUp.length === 3);
    say(1, 501);
    await eventually("the live line", () => live.length === 1 && all.length === 501 && later.length === 11);
    expect(all.map((line) => line.sequence)).toEqual(Array.from({ length: 501 }, (_, n) => n + 1));
    expect(live[0]?.text).toBe("line 501");
  });

  test("are searched, read backwards, and read without following", async () => {
    say(300);
    const stream = open();
    const read = (options: object) =>
      new Promise<number[]>((resolve) => {
        const lines: LogLine[] = [];
        stream.subscribe(
          `log/${component}`,
          { follow: false, ...options },
          collect(lines, { onEnded: () => resolve(lines.map((line) => line.sequence)) }),
        );
      });
    expect(await read({ tail: 3 })).toEqual([298, 299, 300]);
    expect(await read({ tail: 3, before: 298 })).toEqual([295, 296, 297]);
    expect(await read({ tail: 2, search: "LINE 1" })).toEqual([198, 199]);
    expect(await read({ tail: 2, search: "LINE 1", before: 199 })).toEqual([197, 198]);
    expect(await read({ after: 0, search: "e 30" })).toEqual([30, 300]);
  });

  test("L6: are read backwards to the first line over one connection, however many pages that takes", async () => {
    say(120);
    const stream = open();
    const page = (before: number) =>
      new Promise<number[]>((resolve, reject) => {
        const lines: LogLine[] = [];
        stream.subscribe(
          `log/${component}`,
          { follow: false, tail: 2, before },
          collect(lines, {
            onEnded: () => resolve(lines.map((line) => line.sequence)),
            onError: ({ message }) => reject(new Error(message)),
          }),
        );
      });
    const read: number[] = [];
    for (let more = await page(121); more.length > 0; more = await page(more[0] ?? 0)) read.unshift(...more);
    expect(read).toEqual(Array.from({ length: 120 }, (_, n) => n + 1));
  });

  test("that were dropped are a gap", async () => {
    logs.stop();
    logs = logStore({ home: join(home, "logs"), limits: { bytesMax: 20_000, segmentBytes: 4_000 } });
    say(2_000);
    server.stop();
    server = streamServer({ tickets: gate(), origins: [], channels: { log: logChannel(logs), terminal: terminal.channel } });
    gateway.mount("/-/streams", server.upgrade);
    const gaps: { from: number; to: number }[] = [];
    const lines: LogLine[] = [];
    open().subscribe(`log/${component}`, { after: 0 }, collect(lines, { onGap: (gap) => gaps.push(gap) }));
    await eventually("the newest line", () => lines.at(-1)?.sequence === 2_000);
    expect(gaps).toMatchObject([{ from: 1, to: (lines[0]?.sequence ?? 0) - 1 }]);

    const first = lines[0]?.sequence ?? 0;
    const back = async (options: object) => {
      const told: unknown[] = [];
      const found: LogLine[] = [];
      const ended = Promise.withResolvers<void>();
      open().subscribe(
        `log/${component}`,
        { follow: false, ...options },
        collect(found, { onGap: ({ from, to, code }) => told.push({ from, to, code }), onEnded: () => ended.resolve() }),
      );
      await ended.promise;
      return { told, found: found.map((line) => line.sequence) };
    };
    const dropped = { from: 1, to: first - 1, code: "gap.dropped" };
    expect(await back({ tail: 5, before: first + 2 })).toEqual({ told: [dropped], found: [first, first + 1] });
    expect(await back({ tail: 1, before: first + 2 })).toEqual({ told: [], found: [first + 1] });
    expect(await back({ tail: 5, before: first + 2, search: "line" })).toEqual({ told: [dropped], found: [first, first + 1] });
    expect(await back({ tail: 2, before: first + 2, search: "line" })).toEqual({ told: [], found: [first, first + 1] });
    expect(await back({ tail: 5, before: 1 })).toEqual({ told: [], found: [] });
  });

  test("lines that no frame can hold are cut, and say so", async () => {
    logs.say(component, "\u0001".repeat(16_000));
    const lines: LogLine[] = [];
    open().subscribe(`log/${component}`, { after: 0 }, collect(lines));
    await eventually("the line", () => lines.length === 1);
    expect(lines[0]?.text).toContain("more characters are not shown");
  });

  test("reach a client that reads slowly without loss, and cost no memory meanwhile", async () => {
    const { socket } = await opened(await ticketFor());
    const seen: number[] = [];
    socket.removeAllListeners("message");
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      if (frame.type === "data" && frame.data.kind === "lines") seen.push(...frame.data.lines.map((line) => line.sequence));
    });
    socket.pause();
    socket.send(JSON.stringify({ type: "subscribe", id: "1", channel: `log/${component}`, after: 0 }));
    const text = "x".repeat(1_000);
    for (let n = 0; n < 20_000; n++) logs.say(component, text);
    socket.resume();
    await eventually("all lines", () => seen.length === 20_000);
    expect(seen).toEqual(Array.from({ length: 20_000 }, (_, n) => n + 1));
    socket.close();
  }, 40_000);

  test("A4: a connection cut at random moments loses no line and doubles none", async () => {
    const proxy = await flaky();
    const lines: LogLine[] = [];
    open({}, () => proxy.port).subscribe(`log/${component}`, { after: 0 }, collect(lines));
    let written = 0;
    const writer = setInterval(() => {
      const count = Math.floor(Math.random() * 300);
      say(count, written + 1);
      written += count;
    }, 3);
    for (let cut = 0; cut < 12; cut++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
      proxy.cut();
    }
    clearInterval(writer);
    await eventually("everything has come", () => (lines.at(-1)?.sequence ?? 0) >= written);
    expect(lines.map((line) => line.text)).toEqual(Array.from({ length: written }, (_, n) => `line ${n + 1}`));
    proxy.close();
  }, 40_000);
});

describe("Terminals (T1, T2)", () => {
  const show = (into: { text: string }, more: Partial<StreamHandlers> = {}): StreamHandlers => ({
    onData: (data) => {
      if (data.kind === "output") into.text += data.data;
    },
    ...more,
  });
  const attach = (more: object = {}, handlers: Partial<StreamHandlers> = {}, at = () => port) => {
    const screen = { text: "" };
    const subscription = open({ kind: "terminal", ...more }, at).subscribe(
      `terminal/${component}`,
      { columns: 100, rows: 30 },
      show(screen, handlers),
    );
    return { screen, subscription };
  };

  test("run a program, take what is typed, follow the size, and tell the exit code", async () => {
    let ended: { exitCode?: number | null | undefined } | undefined;
    const { screen, subscription } = attach({}, { onEnded: (how) => (ended = how) });
    subscription.input("stty size; echo $((6*7))\n");
    await eventually("the answer", () => screen.text.includes("30 100") && screen.text.includes("42"));
    subscription.resize(120, 40);
    subscription.input("stty size\n");
    await eventually("the new size", () => screen.text.includes("40 120"));
    subscription.input("exit 7\n");
    await eventually("the end", () => ended !== undefined);
    expect(ended?.exitCode).toBe(7);
  });

  test("A4: a program that reads nothing of much that is typed holds up nobody else", async () => {
    const deaf = attach({ command: ["/bin/sh", "-c", "stty raw -echo; echo ready; sleep 30"] });
    await eventually("it sleeps", () => deaf.screen.text.includes("ready"));
    deaf.subscription.input("x".repeat(500_000));
    const { screen, subscription } = attach();
    subscription.input("echo $((6*7))\n");
    await eventually("another one answers", () => screen.text.includes("42"));
  });

  test("characters cut between two reads of the terminal arrive whole", async () => {
    const { screen } = attach({ command: ["/bin/sh", "-c", "printf '\\346\\227'; sleep 0.2; printf '\\245!'; sleep 5"] });
    await eventually("the output", () => screen.text.includes("!"));
    expect(screen.text).toBe("日!");
  });

  test("go on after a connection broke: nothing shown or typed is lost or doubled", async () => {
    const proxy = await flaky();
    const { screen, subscription } = attach(
      { command: ["/bin/sh", "-c", "stty -echo; while read x; do echo got $x; done"] },
      {},
      () => proxy.port,
    );
    const total = 200;
    for (let n = 1; n <= total; n++) {
      subscription.input(`${n}\n`);
      if (n % 20 === 0) proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
    }
    await eventually("the last answer", () => screen.text.includes(`got ${total}\r\n`));
    const answers = screen.text.split("\r\n").filter((line) => line.startsWith("got"));
    expect(answers).toEqual(Array.from({ length: total }, (_, n) => `got ${n + 1}`));
    proxy.close();
  }, 40_000);

  test("output of many megabytes reaches a slow client whole where the terminal can be held back, or with gaps that say so", async () => {
    const gaps: unknown[] = [];
    const { screen } = attach({ command: ["/bin/sh", "-c", "seq 1 300000; sleep 5"] }, { onGap: (gap) => gaps.push(gap) });
    await eventually("the last number", () => screen.text.includes("\n300000\r\n"));
    if (gaps.length === 0)
      expect(screen.text.split("\r\n").slice(0, 300_000)).toEqual(Array.from({ length: 300_000 }, (_, n) => String(n + 1)));
  }, 40_000);

  test("are ended when nobody comes back, and say so to who comes too late", async () => {
    terminal.stop();
    terminal = terminals({ cluster: cluster(), home: join(home, "recordings"), limits: { absentMs: 50 } });
    server.stop();
    server = streamServer({ tickets: gate(), origins: [], channels: { log: logChannel(logs), terminal: terminal.channel } });
    gateway.mount("/-/streams", server.upgrade);
    const first = await opened(await ticketFor({ kind: "terminal" }));
    first.socket.send(JSON.stringify({ type: "subscribe", id: "1", channel: `terminal/${component}` }));
    const channel = await eventually(
      "the session",
      () => first.frames.flatMap((frame) => (frame.type === "subscribed" ? [frame.channel] : []))[0],
    );
    first.socket.terminate();
    const late = await eventually("the session is gone", async () => {
      // Who asks comes back by that, and the absence begins anew: ask more seldom than it may last.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { socket, frames } = await opened(await ticketFor({ kind: "terminal" }));
      socket.send(JSON.stringify({ type: "subscribe", id: "1", channel, after: 0 }));
      const answer = await eventually("an answer", () => frames[0]);
      socket.terminate();
      return answer.type === "ended" && answer;
    });
    expect(late).toMatchObject({ reason: expect.stringContaining("gone") });
  });

  test("are resumed by who opened them only", async () => {
    const first = await opened(await ticketFor({ kind: "terminal" }));
    first.socket.send(JSON.stringify({ type: "subscribe", id: "1", channel: `terminal/${component}` }));
    const channel = await eventually(
      "the session",
      () => first.frames.flatMap((frame) => (frame.type === "subscribed" ? [frame.channel] : []))[0],
    );
    for (const more of [{ actor: "usr_2" }, { tenant: "tnt_0000000000000002" }, { component: componentId(2) }]) {
      const { socket, frames } = await opened(await ticketFor({ kind: "terminal", ...more }));
      socket.send(JSON.stringify({ type: "subscribe", id: "1", channel, after: 0 }));
      expect((await eventually("an answer", () => frames[0])).type).toBe("ended");
      socket.close();
    }
    first.socket.close();
  });

  test("end when nothing is typed for too long", async () => {
    terminal.stop();
    terminal = terminals({ cluster: cluster(), home: join(home, "recordings"), limits: { idleMs: 50 } });
    server.stop();
    server = streamServer({ tickets: gate(), origins: [], channels: { log: logChannel(logs), terminal: terminal.channel } });
    gateway.mount("/-/streams", server.upgrade);
    let reason = "";
    attach({}, { onEnded: (how) => (reason = how.reason) });
    await eventually("the end", () => reason.includes("too long"));
  });

  test("are recorded, what is shown and not what is typed, as asciicast v2", async () => {
    let over = false;
    const { subscription, screen } = attach(
      { command: ["/bin/sh", "-c", "stty -echo; echo Password:; read x; echo done"] },
      { onEnded: () => (over = true) },
    );
    await eventually("the prompt", () => screen.text.includes("Password:"));
    subscription.input("hunter2\n");
    await eventually("the end", () => over);
    const folder = join(home, "recordings");
    const [name = ""] = readdirSync(folder);
    const events = await eventually("the recording", () => {
      const text = readFileSync(join(folder, name), "utf8");
      return (
        text.includes("done") &&
        text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
      );
    });
    expect(events[0]).toMatchObject({ version: 2, width: 100, height: 30 });
    expect(JSON.stringify(events)).not.toContain("hunter2");
  });

  test("are no more than they may be, though many are opened at once", async () => {
    let started = 0;
    const starting = { exec: () => new Promise<never>(() => (started += 1)) };
    const { channel } = terminals({ cluster: starting, home });
    const claims = { component, actor: "usr_1" } as TicketClaims;
    const told: ServerFrame[] = [];
    const outlet = { send: (frame: ServerFrame) => told.push(frame), ready: async () => {} };
    for (let at = 0; at < 500; at++) {
      const frame = { type: "subscribe", id: `${at}`, channel: `terminal/${component}` } as ClientFrame & { type: "subscribe" };
      channel({ claims, frame, key: component }, outlet);
    }
    expect(started).toBe(200);
    await eventually("the others are refused", () => told.length === 300);
    expect(told[0]).toMatchObject({ type: "error", code: "exhausted" });
  });

  test("T2: a disk that takes no recording costs the recording, not the terminal", async () => {
    writeFileSync(join(home, "recordings"), "no folder");
    const { screen } = attach({ command: ["/bin/sh", "-c", "echo $((6*7)); sleep 5"] });
    await eventually("the output", () => screen.text.includes("42"));
  });
});
