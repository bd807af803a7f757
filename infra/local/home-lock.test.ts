import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { temporaryDirectory } from "../../test/temporary-directory.ts";
import { lockHome } from "./home-lock.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

/** A process that holds the lock until it is killed. */
async function holder() {
  const text = `const { lockHome } = await import(${JSON.stringify(path.resolve(import.meta.dirname, "home-lock.ts"))}); lockHome(${JSON.stringify(directory.path)}, "http://localhost:1"); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], {
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

test("a second platform on the same home is refused, and told who is there", async () => {
  const child = await holder();
  try {
    expect(() => lockHome(directory.path, "http://localhost:2")).toThrow(new RegExp(`process ${child.pid}.*http://localhost:1`));
  } finally {
    child.kill("SIGKILL");
  }
});
test("a platform that was killed holds nothing", async () => {
  const child = await holder();
  child.kill("SIGKILL");
  await once(child, "exit");
  lockHome(directory.path, "http://localhost:2").release();
});
test("a released home can be taken again", () => {
  lockHome(directory.path, "http://localhost:1").release();
  lockHome(directory.path, "http://localhost:1").release();
});
