import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { lockHome } from "../../infra/local/home-lock.ts";
import { settingsOf } from "../../infra/local/settings.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

const main = path.resolve(import.meta.dirname, "../../infra/local/main.ts");
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

async function start(env: Record<string, string>): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, NODE_OPTIONS: "", PLUVIA_HOME: directory.path, PLUVIA_URL: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    texts.out += String(data);
  });
  child.stderr.on("data", (data) => {
    texts.err += String(data);
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...texts };
}

test("a taken port is named, with how to choose another", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const { code, out, err } = await start({ PLUVIA_PORT: String(port) });
  other.close();
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(`Port ${port} is taken`);
  expect(err).toContain("PLUVIA_PORT=");
});
test("a variable of ours that is misspelt is told, with the one meant, and does not keep it from starting", async () => {
  const lock = lockHome(directory.path, "http://localhost:7070");
  const { err } = await start({ PLUVIA_PORT: "17071", PLUVIA_BULDS_AT_ONCE: "4" });
  lock.release();
  expect(err).toContain("PLUVIA_BULDS_AT_ONCE is not known and changes nothing. Did you mean PLUVIA_BUILDS_AT_ONCE?");
  expect(err).toContain("Another platform runs");
});
test("a home in use is refused, with what to do", async () => {
  const lock = lockHome(directory.path, "http://localhost:7070");
  const { code, out, err } = await start({ PLUVIA_PORT: "17071" });
  lock.release();
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(new RegExp(`Another platform runs on ${directory.path}.*process ${process.pid}[\\s\\S]*PLUVIA_HOME=`));
});
test("a home that cannot be kept is refused in words", async () => {
  const file = path.join(directory.path, "file");
  writeFileSync(file, "");
  const readOnly = path.join(directory.path, "read-only");
  mkdirSync(readOnly, { mode: 0o500 });
  const homes = [
    file,
    path.join(file, "below"),
    "/proc/pluvia",
    ...(process.getuid?.() === 0 ? [] : [path.join(readOnly, "home")]),
  ];
  for (const home of homes.filter((each) => existsSync("/proc") || !each.startsWith("/proc"))) {
    const { code, out, err } = await start({ PLUVIA_HOME: home, PLUVIA_PORT: "17073" });
    expect({ home, code, out }).toEqual({ home, code: 1, out: "" });
    expect(err).toContain(`Nothing can be kept in ${home}`);
    expect(err).toContain("PLUVIA_HOME=");
    expect(err).not.toContain("    at ");
  }
});
const clusterBuilds = { PLUVIA_BUILDS_KUBECONFIG: "package.json", PLUVIA_BUILDS_IMAGE: "builder:1" };
test.each([
  [{ PLUVIA_PORT: "http" }, "PLUVIA_PORT is http"],
  [{ PLUVIA_PORT: "70000" }, "PLUVIA_PORT is 70000"],
  [{ PLUVIA_PORT: "65535" }, "65536"],
  [{ PLUVIA_URL: "localhost" }, "PLUVIA_URL is localhost"],
  [{ ...clusterBuilds, PLUVIA_BUILDS_MEMORY_MIB: "4Gi" }, "PLUVIA_BUILDS_MEMORY_MIB is 4Gi"],
])("a setting that makes no sense is refused: %j", (env, text) => {
  expect(() => settingsOf(env)).toThrow(text);
});
test("C6: builds in a cluster get what the environment gives them, and trust whom the platform trusts", () => {
  const given = { PLUVIA_BUILDS_MEMORY_MIB: "4096", PLUVIA_BUILDS_PULL_SECRETS: "a,b", NODE_EXTRA_CA_CERTS: "package.json" };
  expect(settingsOf({ ...clusterBuilds, ...given }).builds).toMatchObject({
    memoryMib: 4_096,
    diskMib: 10_240,
    pullSecrets: ["a", "b"],
    certificates: expect.stringContaining("pluvia"),
  });
});
test("applications answer on the next port; all state is below one folder", () => {
  expect(settingsOf({ PLUVIA_PORT: "8000", PLUVIA_HOME: "/x" })).toMatchObject({
    home: "/x",
    host: "127.0.0.1",
    port: 8000,
    gatewayPort: 8001,
    url: "http://localhost:8000",
  });
});
