import { jest } from "@jest/globals";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Route } from "../../shared/domain/gateway/route.ts";
import { backendPool } from "./backends.ts";
import { chooser } from "./choose.ts";
import { closed, listenAll, portOf } from "./listen.ts";
import { routeTable } from "./table.ts";

/*
 * The machine's clock is set by an hour, either way, while something is waited for.
 */
const hourMs = 3_600_000;
const step = (ms: number): void => {
  const to = Date.now() + ms;
  jest.spyOn(Date, "now").mockReturnValue(to);
};
afterEach(() => void jest.restoreAllMocks());

const backend = { host: "127.0.0.1", hostPort: 1, instance: "i1" };
const route = { key: "k", component: "c", labels: ["a"], condition: "starting", backends: [] } as unknown as Route;
const asker = { destroyed: false, once: () => {}, off: () => {} };

test("a request for an application that is starting waits for it, though the clock is set forward", async () => {
  const pool = backendPool(30_000);
  const table = routeTable(pool);
  table.update([route]);
  const choosing = chooser(table, 60_000).tries({ label: "a" }, asker)();
  step(hourMs);
  table.changed();
  await new Promise((resolve) => setImmediate(resolve));
  table.update([{ ...route, condition: "ready", backends: [backend] }]);
  expect(await choosing).toMatchObject({ upstream: backend });
  pool.close();
});
test("a request for an application that does not come is answered in time, though the clock is set back", async () => {
  const table = routeTable(backendPool(30_000));
  table.update([route]);
  const choosing = chooser(table, 50).tries({ label: "a" }, asker)();
  step(-hourMs);
  expect(await choosing).toMatchObject({ trouble: "starting" });
});
test("an old listing does not bring a place back that was left, though the clock is set forward", async () => {
  const pool = backendPool(30_000);
  const place = pool.at(backend);
  await pool.drained(backend, 0);
  step(hourMs);
  expect(pool.at(backend)).toBe(place);
  expect(place.leaving).toBe(true);
  pool.close();
});
test("a port is waited for, though the clock is set forward", async () => {
  const before = createServer().listen(0, "127.0.0.1");
  await once(before, "listening");
  const port = portOf(before);
  const listening = listenAll(["127.0.0.1"], port, () => createServer(), 60_000);
  step(hourMs);
  await new Promise((resolve) => setImmediate(resolve));
  before.close();
  const { servers } = await listening;
  expect(servers.map(portOf)).toEqual([port]);
  await Promise.all(servers.map(closed));
});
