import { once } from "node:events";
import { jest } from "@jest/globals";
import { WebSocket } from "ws";
import { startFixture } from "./fixture.ts";

/** What the hosted plane's services allow, kept here too; the clock is set, nobody waits. Sizes: http.test.ts and sockets.test.ts. */
let fixture: Awaited<ReturnType<typeof startFixture>>;
const real = { setTimeout };
/** Until what is under way between sockets has arrived: the clock stands meanwhile. */
const settled = () => new Promise<void>((resolve) => real.setTimeout(resolve, 20));
beforeEach(async () => {
  fixture = await startFixture();
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate", "performance", "hrtime"] });
});
afterEach(async () => {
  jest.useRealTimers();
  await fixture.stop();
});
const minutes = (count: number) => count * 60_000;
const open = async (): Promise<WebSocket> => {
  const socket = new WebSocket(`${fixture.url.replace("http", "ws")}/v1/realtime`, { headers: { authorization: "Bearer x" } });
  await once(socket, "open");
  return socket;
};
/** A frame that the function has had: whatever it set going by then, it has. */
const send = async (socket: WebSocket, seen: { body?: string }[]): Promise<void> => {
  const before = seen.length;
  socket.send("quick");
  while (seen.length === before) await settled();
};
const live = async () => ((await import("../fixtures/faas/functions/live.mjs" as string)) as { seen: { body?: string }[] }).seen;

test("C6: a function that may take 15 minutes is given up after the 29 seconds that API Gateway waits", async () => {
  let status: number | undefined;
  const { begun } = (await import("../fixtures/faas/functions/slow.mjs" as string)) as { begun: string[] };
  const before = begun.length;
  const answered = fetch(`${fixture.url}/v1/patient`, { method: "POST" }).then((answer) => (status = answer.status));
  while (begun.length === before) await settled();
  await jest.advanceTimersByTimeAsync(28_999);
  await settled();
  expect(status).toBeUndefined();
  await jest.advanceTimersByTimeAsync(1);
  expect(await answered).toBe(503);
});
test("C6: a WebSocket in which nothing is said for 10 minutes is cut; a word begins them anew", async () => {
  const seen = await live();
  const socket = await open();
  const closed = once(socket, "close");
  await jest.advanceTimersByTimeAsync(minutes(9));
  await send(socket, seen);
  await jest.advanceTimersByTimeAsync(minutes(10) - 1);
  await settled();
  expect(socket.readyState).toBe(WebSocket.OPEN);
  await jest.advanceTimersByTimeAsync(1);
  expect((await closed)[0]).toBe(1001);
});
test("C6: a WebSocket is cut after 2 hours, however much is said in it", async () => {
  const seen = await live();
  const socket = await open();
  const closed = once(socket, "close");
  for (let at = 0; at < 13; at++) {
    await jest.advanceTimersByTimeAsync(minutes(9));
    await send(socket, seen);
  }
  await jest.advanceTimersByTimeAsync(minutes(3) - 1);
  await settled();
  expect(socket.readyState).toBe(WebSocket.OPEN);
  await jest.advanceTimersByTimeAsync(1);
  expect((await closed)[0]).toBe(1001);
});
test("C6: a message of more than 32 KB cuts the WebSocket, also when it comes in small frames", async () => {
  const socket = await open();
  const closed = once(socket, "close");
  for (const fin of [false, false, true]) socket.send("x".repeat(16 * 1024), { fin });
  expect((await closed)[0]).toBe(1009);
});
