import { once } from "node:events";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { localConnections } from "../../shared/adapters/local/connections.ts";
import { eventually } from "../support/eventually.ts";
import { startFixture } from "./fixture.ts";

interface Seen {
  readonly routeKey: string;
  readonly connectionId: string;
  readonly body?: string;
  readonly query?: Record<string, string>;
  readonly authorization?: string;
  readonly code?: number;
}
let fixture: Awaited<ReturnType<typeof startFixture>>;
let seen: Seen[];
/** What holds connections of team=held up. */
const held = () => import("../fixtures/faas/functions/live.mjs" as string) as Promise<{ gate: { open(): void }; shut(): void }>;
const limits = { idleMs: 60_000, lifeMs: 60_000 };
const start = async (socketLimits = limits) => {
  fixture = await startFixture({ socketLimits });
  ({ seen } = (await import("../fixtures/faas/functions/live.mjs" as string)) as { seen: Seen[] });
  seen.length = 0;
};
afterEach(() => fixture.stop());

const open = async (query = "") => {
  const socket = new WebSocket(`${fixture.url.replace("http", "ws")}/v1/realtime${query}`, {
    headers: { authorization: "Bearer x" },
  });
  const frames: string[] = [];
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  socket.on("message", (data) => frames.push(String(data)));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return { socket, frames, closed };
};
const connection = () => seen.findLast((one) => one.routeKey === "$connect")?.connectionId ?? "";

test("a connection is told to the function with its headers and query, then its frames in order, then its end", async () => {
  await start();
  const { socket, closed } = await open("?team=tnt_1");
  for (const body of ["slow", "2", "3"]) socket.send(body);
  await eventually("three frames are seen", async () => seen.filter((one) => one.routeKey === "$default").length === 3);
  socket.close(4000);
  await closed;
  await eventually("the end is seen", async () => seen.some((one) => one.routeKey === "$disconnect"));
  expect(seen.map((one) => [one.routeKey, one.body])).toEqual([
    ["$connect", undefined],
    ["$default", "slow"],
    ["$default", "2"],
    ["$default", "3"],
    ["$disconnect", undefined],
  ]);
  expect(new Set(seen.map((one) => one.connectionId)).size).toBe(1);
  expect(seen[0]).toMatchObject({ query: { team: "tnt_1" }, authorization: "Bearer x" });
  expect(seen.at(-1)?.code).toBe(4000);
});
test("a function can refuse a connection", async () => {
  await start();
  await expect(open("?team=refused")).rejects.toThrow("403");
  expect(await localConnections().send(connection(), "x")).toBe(false);
});
test("a client that breaks off while it is let in is told to the function as gone", async () => {
  await start();
  const { gate, shut } = await held();
  shut();
  const socket = connect(Number(new URL(fixture.url).port), "127.0.0.1");
  socket.write(
    "GET /v1/realtime?team=held HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  await eventually("it is being let in", async () => seen.length === 1);
  socket.resetAndDestroy();
  await once(socket, "close");
  gate.open();
  await eventually("its end is seen", async () => seen.length === 2);
  expect(seen.map((one) => [one.routeKey, one.code])).toEqual([
    ["$connect", undefined],
    ["$disconnect", 1006],
  ]);
  expect(new Set(seen.map((one) => one.connectionId)).size).toBe(1);
});
test("Connections reaches a live socket, says so when it is gone, and can close it", async () => {
  await start();
  const connections = localConnections();
  const { frames, closed } = await open();
  await eventually("it is sent", () => connections.send(connection(), "hello"));
  await eventually("it arrives", async () => frames.includes("hello"));
  await expect(connections.send(connection(), "x".repeat(32 * 1024 + 1))).rejects.toMatchObject({ code: "too_large" });
  await connections.close(connection());
  await closed;
  expect(await connections.send(connection(), "x")).toBe(false);
  await connections.close(connection());
});
test("A8: a frame whose function fails is answered with an error that hides why; the connection stays", async () => {
  await start();
  const { socket, frames } = await open();
  socket.send("throw");
  await eventually("an error frame comes", async () => frames.length === 1);
  expect(JSON.parse(frames[0] ?? "")).toMatchObject({ type: "error", id: null, code: "internal" });
  expect(frames[0]).not.toContain("secret");
  expect(socket.readyState).toBe(WebSocket.OPEN);
});
test("one connection's slow function does not hold up another's", async () => {
  await start();
  const [one, two] = [await open(), await open()];
  for (let at = 0; at < 5; at++) one.socket.send("slow");
  two.socket.send("quick");
  await eventually("all are seen", async () => seen.filter((s) => s.routeKey === "$default").length === 6);
  expect(seen.findIndex((s) => s.body === "quick")).toBeLessThan(seen.findLastIndex((s) => s.body === "slow"));
});
test("a frame over 32 KB cuts the connection", async () => {
  await start();
  const { socket, closed } = await open();
  socket.send("x".repeat(32 * 1024 + 1));
  expect(await closed).toBe(1009);
});
test("an idle connection is cut, a busy one only after its life", async () => {
  await start({ idleMs: 800, lifeMs: 3_000 });
  const [idle, busy] = [await open(), await open()];
  const keep = setInterval(() => busy.socket.send("x"), 50);
  expect(await idle.closed).toBe(1001);
  expect(busy.socket.readyState).toBe(WebSocket.OPEN);
  expect(await busy.closed).toBe(1001);
  clearInterval(keep);
});
test("a stop cuts every connection and lets the function know", async () => {
  await start();
  const { closed } = await open();
  const other = await startFixture(); // so that afterEach has one to stop
  await fixture.stop();
  fixture = other;
  expect(await closed).toBe(1001);
  expect(seen.some((one) => one.routeKey === "$disconnect")).toBe(true);
});
describe("a stop is held up by none of those who are still there", () => {
  /** Resolves when nothing of it is left. */
  const stopped = async () => {
    const stopping = fixture.stop();
    fixture = await startFixture(); // so that afterEach has one to stop
    return stopping;
  };
  test("who was on the way in is let in and sent away, and the function hears of both", async () => {
    await start();
    const { gate, shut } = await held();
    shut();
    const opening = open("?team=held");
    await eventually("the function is asked", async () => seen.length === 1);
    const stopping = stopped();
    gate.open();
    expect(await (await opening).closed).toBe(1001);
    await stopping;
    expect(seen.map((one) => one.routeKey)).toEqual(["$connect", "$disconnect"]);
  });
  test("who comes meanwhile is refused", async () => {
    await start();
    const slow = await open();
    slow.socket.pause();
    const stopping = stopped();
    await expect(open()).rejects.toThrow();
    await stopping;
    slow.socket.terminate();
  });
  test("who was refused and does not leave is left", async () => {
    await start();
    const client = connect({ port: Number(new URL(fixture.url).port), host: "127.0.0.1", allowHalfOpen: true });
    client.write("GET /v1/realtime?team=refused HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n");
    client.write("sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    const [said] = await once(client, "data");
    expect(String(said)).toContain("403");
    await stopped();
    client.destroy();
  });
});
