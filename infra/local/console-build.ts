import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { Fault } from "../../shared/base/fault.ts";
import { project } from "./settings.ts";

const web = path.join(project, "console/web");
const drafts = path.join(project, "dist");
export const builtConsole = path.join(web, "dist");
const sources = ["console/web", "shared/base", "shared/contract", "shared/domain", "shared/client", "package-lock.json"];
const compressible = /\.(js|css|html|svg|json|txt|map)$/;

/** Builds the console when its sources are not those it was built from. `say` tells people what takes so long. */
export async function buildConsole(say: (text: string) => void): Promise<void> {
  const hash = await hashOf(sources.map((name) => path.join(project, name)));
  if ((await markOf(builtConsole)) === hash) return;
  say("Building the console; this is only needed once, and after changes to it…");
  const started = Date.now();
  await mkdir(drafts, { recursive: true });
  const draft = await mkdtemp(path.join(drafts, "console-"));
  try {
    await vite(draft);
    for (const file of await filesBelow(draft)) if (compressible.test(file)) await compress(file);
    await writeFile(path.join(draft, ".sources"), hash);
    await replace(builtConsole, draft, hash);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  say(`The console is built (${((Date.now() - started) / 1_000).toFixed(1)} s).`);
}

const markOf = (directory: string): Promise<string | undefined> =>
  readFile(path.join(directory, ".sources"), "utf8").catch(() => undefined); // no mark is a reason to build, whatever the cause

async function hashOf(roots: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const root of roots)
    for (const file of await filesBelow(root)) hash.update(`${path.relative(project, file)}\0`).update(await readFile(file));
  return hash.digest("hex");
}

async function filesBelow(root: string): Promise<string[]> {
  if (!existsSync(root)) return [];
  const entries = await readdir(root, { withFileTypes: true }).catch(() => undefined); // a file, not a folder
  if (!entries) return [root];
  const names = entries
    .filter((entry) => !/^(dist|node_modules)|[.]tsbuildinfo$|[.]test[.]tsx?$/.test(entry.name))
    .map((entry) => entry.name);
  return (await Promise.all(names.sort().map((name) => filesBelow(path.join(root, name))))).flat();
}

function vite(outDir: string): Promise<void> {
  const program = path.join(project, "node_modules/vite/bin/vite.js");
  if (!existsSync(program))
    throw new Fault("unavailable", "The console is not built, and what builds it is not installed.", {
      next: "Run npm ci (without --omit=dev), then npm start again.",
    });
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, "build", web, "--outDir", outDir, "--emptyOutDir", "--logLevel", "warn"], {
      cwd: project,
      // Vite keeps a NODE_ENV that it finds: in a test run it would build React's development version.
      env: { ...process.env, NODE_ENV: "production" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => output.push(String(data)));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) return resolve();
      reject(
        new Fault("internal", `The console could not be built (vite ended with ${code}).\n${output.join("").slice(-4_000)}`, {
          next: "Mend what it names, then npm start again.",
        }),
      );
    });
  });
}

/** Done once here, so that serving costs nothing. Quality 9 is within 5 % of 11 at a tenth of the time. */
async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  if (content.length < 1_024) return;
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
}

/** Two platforms may build at once: whoever is second finds the same console in place. */
async function replace(target: string, draft: string, hash: string): Promise<void> {
  const old = `${draft}-old`;
  try {
    if (existsSync(target)) await rename(target, old);
    await rename(draft, target);
  } catch (error) {
    if ((await markOf(target)) !== hash) throw error;
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}
