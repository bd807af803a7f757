import { type WebSocket, WebSocketServer } from "ws";
import type { ClientFrame, ServerFrame } from "../../shared/contract/stream.ts";
import { Fault } from "../../shared/base/fault.ts";
import { startContractServer } from "../support/contract-server.ts";
import { applicationRecord, componentRecord, operationRecord } from "../support/records.ts";
import { type Cli, newCli } from "./run.ts";

const at = "2026-11-21T12:00:00.000Z";
const web = ["--app", "shop", "--name", "web"];
const expiresAt = "2027-01-01T00:00:00.000Z";
type Heard = (frame: Extract<ClientFrame, { id: string }>, send: (frame: ServerFrame) => void) => void;

let server: Awaited<ReturnType<typeof startContractServer>>;
let sockets: WebSocketServer;
let cli: Cli;
let commands: (string[] | null)[];
const connections: { url: string; authorization: string | undefined }[] = [];
const start = async (heard: Heard, answers: Parameters<typeof startContractServer>[0] = {}): Promise<void> => {
  commands = [];
  connections.length = 0;
  const ticket = (path: string) => ({ url: `${server.url.replace("http", "ws")}${path}`, ticket: "t/1", expiresAt });
  server = await startContractServer({
    applicationList: () => ({ items: [applicationRecord()] }),
    componentList: () => ({ items: [componentRecord()] }),
    componentView: () => componentRecord(),
    componentRestart: () => ({ operation: operationRecord(), component: componentRecord() }),
    // Who only asks here never learns that it ended.
    operationView: () => operationRecord(),
    ticketCreate: () => ticket("/-/streams"),
    terminalCreate: ({ body }) => {
      commands.push(body.command);
      return ticket("/-/streams");
    },
    ...answers,
  });
  sockets = new WebSocketServer({ server: server.server });
  sockets.on("connection", (socket: WebSocket, request) => {
    connections.push({ url: request.url ?? "", authorization: request.headers.authorization });
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as ClientFrame;
      if ("id" in frame) heard(frame, (answer) => socket.send(JSON.stringify(answer)));
    });
  });
  cli = await newCli(server.url);
};
afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  await Promise.all([server.stop(), cli.remove()]);
});

const line = (sequence: number, text: string) => ({ sequence, at, stream: "out" as const, instance: "i1", text });

test("an operation's end is heard over the stream, as the caller", async () => {
  await start((frame, send) => {
    if (frame.type !== "subscribe") return;
    send({ type: "subscribed", id: frame.id, resumed: true });
    send({
      type: "data",
      id: frame.id,
      sequence: 2,
      data: { kind: "operation", operation: operationRecord({ state: "succeeded", generation: 2 }) as never },
    });
  });
  const ran = await cli.run(["restart", ...web, "--wait", "--json"]);
  expect(ran.code).toBe(0);
  expect(connections).toEqual([{ url: "/v1/realtime", authorization: "Bearer pluvia_key_test" }]);
});

test("L5: logs asks for what the flags say, with a one-time ticket, and reports lost lines", async () => {
  let asked: ClientFrame | undefined;
  await start((frame, send) => {
    if (frame.type !== "subscribe") return;
    asked = frame;
    send({ type: "subscribed", id: frame.id, resumed: true });
    send({ type: "gap", id: frame.id, from: 1, to: 4, reason: "retention" });
    send({
      type: "data",
      id: frame.id,
      sequence: 6,
      data: { kind: "lines", lines: [line(5, "hello \u001b[31mred"), line(6, "again")] },
    });
    send({ type: "caught-up", id: frame.id, sequence: 6 });
  });
  const ran = await cli.run(["logs", ...web, "--tail", "10", "--search", "hello"]);
  expect(ran.stdout).toMatch(/^12:00:00.000 i1 hello red\n12:00:00.000 i1 again\n$/);
  expect(ran.stderr).toContain("lines 1 to 4 are missing: retention");
  expect(asked).toMatchObject({ channel: "log/cmp_0000000000000001", tail: 10, search: "hello", follow: false });
  expect(connections[0]?.url).toBe("/-/streams?ticket=t%2F1");
  expect(JSON.parse((await cli.run(["logs", ...web, "--json", "--since", "4"])).stdout)).toHaveLength(2);
  expect(asked).toMatchObject({ after: 4 });
});

test("logs -f goes on until the log ends; with --json every line is a document", async () => {
  await start((frame, send) => {
    if (frame.type !== "subscribe") return;
    send({ type: "subscribed", id: frame.id, resumed: true });
    send({ type: "caught-up", id: frame.id, sequence: 0 });
    send({ type: "data", id: frame.id, sequence: 1, data: { kind: "lines", lines: [line(1, "live")] } });
    send({ type: "ended", id: frame.id, reason: "removed" });
  });
  const ran = await cli.run(["logs", "-f", ...web, "--json"]);
  expect(
    ran.stdout
      .trim()
      .split("\n")
      .map((text) => (JSON.parse(text) as { text: string }).text),
  ).toEqual(["live"]);
});

test("T1: exec runs a command in an instance, passes its output on and ends with its exit code", async () => {
  await start((frame, send) => {
    if (frame.type !== "subscribe") return;
    send({ type: "subscribed", id: frame.id, resumed: true });
    send({ type: "data", id: frame.id, sequence: 1, data: { kind: "output", data: "one\r\ntwo\r\n" } });
    send({ type: "ended", id: frame.id, reason: "it exited", exitCode: 7 });
  });
  const ran = await cli.run(["exec", ...web, "--", "ls", "-l", "--json"]);
  expect(ran).toMatchObject({ code: 7, stdout: "one\ntwo\n" });
  expect(commands).toEqual([["ls", "-l", "--json"]]);
  const asJson = await cli.run(["exec", ...web, "--json", "ls", "-l"]);
  expect(JSON.parse(asJson.stdout)).toEqual({ exitCode: 7, output: "one\ntwo\n" });
  expect(commands[1]).toEqual(["ls", "-l"]);
});

test("a stream that refuses says why", async () => {
  await start((frame, send) => {
    if (frame.type === "subscribe")
      send({ type: "error", id: frame.id, code: "not_found", message: "No instance is running.", next: "Start the component." });
  });
  const ran = await cli.run(["exec", ...web, "--", "ls"]);
  expect(ran.code).not.toBe(0);
  expect(ran.stderr).toContain("No instance is running.\nStart the component.");
});

test("without a terminal, exec wants a command", async () => {
  await start(() => {});
  expect((await cli.run(["exec", ...web])).code).toBe(2);
});

test("T1: exec where nothing runs says so at once, with what to do", async () => {
  await start(() => {}, {
    terminalCreate: () => {
      throw new Fault("conflict", "web cannot do this (exec) now.", { next: "It is stopped: start it." });
    },
  });
  const ran = await cli.run(["exec", ...web, "--", "ls"]);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("web cannot do this (exec) now.\nIt is stopped: start it.");
});

test.each([
  [["--tail", "5001"], "--tail takes at most 5000"],
  [["--search", "x".repeat(201)], "--search takes at most 200"],
])("logs %j: more than a data center takes is refused, instead of waited for", async (flags, told) => {
  await start(() => {});
  const ran = await cli.run(["logs", ...web, ...flags]);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(told)]);
});

const neverEnding: Heard = (frame, send) => {
  if (frame.type !== "subscribe") return;
  send({ type: "subscribed", id: frame.id, resumed: true });
  send({ type: "gap", id: frame.id, from: 1, to: 4, reason: "retention" });
};
test("logs -f that is left with Ctrl-C ends with 130", async () => {
  await start(neverEnding);
  expect((await cli.interrupt(["logs", "-f", ...web], /are missing/)).code).toBe(130);
});

test("an interrupt without a terminal reaches the command also where an older Node starts it", async () => {
  await start(neverEnding);
  const older = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.0.0" } })';
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(older)}` };
  expect((await cli.interrupt(["logs", "-f", ...web], /are missing/, env)).code).toBe(130);
});
