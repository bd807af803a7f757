// Builds while the builder's disk is full at its start and in the middle, and again when there is room. Prints what happened.
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startBuilderWorld } from "../support/builder-world.ts";
import { orderFor, runBuilder } from "../support/build.ts";
import { fill } from "./fill.ts";

const [disk = ""] = process.argv.slice(2);
const world = await startBuilderWorld();
const { url } = world.repository({ "index.html": "hello", "large.bin": randomBytes(4_000_000) });
const cache = join(disk, "cache");
const component = "cmp_00000000000000dd" as const;
const build = async (on = cache) => {
  const order = orderFor(world.platform, { source: { kind: "git", url }, component: component as never });
  const ran = await runBuilder(order, { cache: on, environment: { NODE_COMPILE_CACHE: join(world.folder, "compiled") } });
  const reports = world.platform.reportsOf(order.id);
  return { ...ran, result: reports.findLast((report) => report.result !== undefined)?.result };
};

const free = fill(disk);
const atStart = await build();
free();
// Room for what is fetched (4 MB), not for its files beside it.
const freeHalf = fill(disk, 9_000_000);
const atCheckout = await build();
freeHalf();
const good = await build();
const elsewhere = await build(join(world.folder, "cache"));
const folder = join(cache, "components", "tnt_0000000000000001", component);
const left = existsSync(folder) ? readdirSync(folder).filter((name) => /\.new$|^lock$/.test(name)) : [];
console.log(JSON.stringify({ atStart, atCheckout, good, elsewhere, left }));
await world.close();
