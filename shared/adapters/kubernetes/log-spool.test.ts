import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../../../test/temporary-directory.ts";
import { steppedClock } from "../memory/clock.ts";
import type { Client } from "./client.ts";
import { logSpool } from "./log-spool.ts";

test("L6: the output of what is gone stays for a while, and then goes, though nothing happens to its component any more", async () => {
  const { path: home, remove } = await temporaryDirectory();
  const folder = join(home, "cmp_1");
  mkdirSync(folder);
  for (const end of [".out", ".out.json"]) writeFileSync(join(folder, `web~uid~app${end}`), "");
  const clock = steppedClock();
  const spool = logSpool({ client: {} as Client, clock, random: () => 0, home, onError: () => {} });
  spool.follow("cmp_1", []);
  await clock.advance(14 * 60_000);
  expect(readdirSync(folder)).toHaveLength(2);
  expect(spool.endedOf("cmp_1", [])).toHaveLength(1);
  await clock.advance(10 * 60_000);
  expect(existsSync(folder)).toBe(false);
  expect(spool.components()).toEqual([]);
  spool.stop();
  await remove();
});
