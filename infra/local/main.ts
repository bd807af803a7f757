import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/**
 * `npm start`: the whole platform on this machine. Standard output gets one line, once everything answers; what people should know meanwhile goes
 * to standard error, the rest to PLUVIA_HOME/logs.
 */
const nodeMajorMin = 24;
const ownNode = path.resolve(import.meta.dirname, "../../node_modules/.bin/node");

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Nothing of ours is imported before the running Node is known to be one that can. */
if (Number(process.versions.node.split(".")[0]) < nodeMajorMin) runOnOwnNode();
else await run();

async function run(): Promise<void> {
  const { settingsOf } = await import("./settings.ts");
  const { strayVariables } = await import("../../shared/domain/environment.ts");
  for (const stray of strayVariables(process.env)) say(stray);
  const { startPlatform } = await import("./platform.ts").catch(async (error: unknown) => {
    await tellStale();
    throw error;
  });
  let stopping = false;
  const whenReady = Promise.withResolvers<Awaited<ReturnType<typeof startPlatform>> | undefined>();
  const stop = async (kill?: () => void) => {
    if (stopping) {
      kill?.();
      process.exit(1);
    }
    stopping = true;
    say("Stopping…");
    const platform = await whenReady.promise;
    await platform?.stop();
    process.exit(0);
  };
  let kill: (() => void) | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(kill).catch(fail));
  try {
    const platform = await startPlatform(settingsOf(process.env), say);
    kill = platform.kill;
    if (!stopping) process.stdout.write(`Pluvia is ready: ${platform.url}\n`);
    whenReady.resolve(platform);
  } catch (error) {
    await tellStale();
    fail(error);
  }
}

/** The likeliest cause of a start that fails after a pull. */
async function tellStale(): Promise<void> {
  const { staleCount } = await import("./installed.ts");
  const count = staleCount(path.resolve(import.meta.dirname, "../.."));
  if (count > 0) say(`${count} installed packages are not those of package-lock.json: run npm ci, then npm start again.`);
}

function fail(error: unknown): never {
  const { message, next, stack, code } = error as { message?: string; next?: string; stack?: string; code?: string };
  const isOurs = error instanceof Error && error.name === "Fault" && code !== "internal";
  say(`Pluvia could not start: ${isOurs ? message : (stack ?? String(error))}`);
  if (next) say(next);
  process.exit(1);
}

function runOnOwnNode(): void {
  if (!existsSync(ownNode)) {
    say(
      `Pluvia needs Node ${nodeMajorMin}; this is ${process.version}, and there is no other in node_modules. Run npm ci, then npm start.`,
    );
    process.exit(1);
  }
  const child = spawn(ownNode, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}
