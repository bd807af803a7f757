import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCacheFolder } from "../../edge-agents/builder/cache-folder.ts";
import { limitCache, markRunning } from "../../edge-agents/builder/cache-limit.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
let cache: string;
beforeEach(async () => {
  temporary = await temporaryDirectory();
  cache = temporary.path;
});
afterEach(() => temporary.remove());

const mib = 1024 * 1024;

/** A folder of a mebibyte that was used so many hours ago. */
const filled = (path: string, hoursAgo: number): string => {
  const folder = join(cache, path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "content"), Buffer.alloc(mib, 1));
  const time = new Date(Date.now() - hoursAgo * 3600_000);
  utimesSync(path.startsWith("tools/") ? join(folder, "..") : folder, time, time);
  return folder;
};

describe("C7: the build cache is bounded", () => {
  test("what was not used for the longest time goes first, and no more than is needed", async () => {
    filled("components/t1/new", 1);
    filled("components/t1/old", 9);
    filled("components/t2/older", 10);
    filled("tools/t2/npm", 8);
    expect(await limitCache(cache, 10 * mib)).toEqual([]);
    expect(await limitCache(cache, 2.5 * mib)).toEqual(["components/t2/older", "components/t1/old"]);
    expect(await limitCache(cache, 1.5 * mib)).toEqual(["tools/t2/npm"]);
    expect(existsSync(join(cache, "components/t1/new/content"))).toBe(true);
  });

  test("what a running build uses stays, whatever its size", async () => {
    const component = filled("components/t1/old", 9);
    const tool = filled("tools/t1/npm", 9);
    const other = filled("tools/t2/npm", 1);
    // Its builder is another process that lives: the one that started us.
    writeFileSync(join(component, "lock"), String(process.ppid));
    const running = markRunning(cache, "t1");
    expect(await limitCache(cache, 0)).toEqual(["tools/t2/npm"]);
    expect([existsSync(component), existsSync(tool), existsSync(other)]).toEqual([true, true, false]);
    running.end();
    expect(await limitCache(cache, 0)).toEqual(["tools/t1/npm"]);
  });

  test("a component whose cache went is built as for the first time", async () => {
    filled("components/t1/c1", 9);
    expect(await limitCache(cache, 0)).toEqual(["components/t1/c1"]);
    const again = openCacheFolder(cache, { tenant: "t1", component: "c1", id: "b1" });
    expect([again.temporary, existsSync(join(again.root, "content"))]).toEqual([false, false]);
    again.close();
  });

  test("folders of builders that were killed are removed", async () => {
    filled("once/b1", 30);
    filled("once/b2", 1);
    filled("trash/t", 1);
    await limitCache(cache, 10 * mib);
    expect([existsSync(join(cache, "once/b1")), existsSync(join(cache, "once/b2")), existsSync(join(cache, "trash/t"))]).toEqual([
      false,
      true,
      false,
    ]);
  });
});
