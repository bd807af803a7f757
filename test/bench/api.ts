import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { temporaryDirectory } from "../temporary-directory.ts";
import { inTurn, perSecond, quantile, rate } from "./ratio.ts";
import { freePorts } from "../support/ports.ts";

const project = path.resolve(import.meta.dirname, "../..");
const measureMs = Number(process.env.PLUVIA_BENCH_MS ?? 4_000);
const connections = 8;

interface Subject {
  readonly url: string;
  readonly process: ChildProcess;
}

/** G16: requests a second of one handler, by our FaaS and by serverless-offline. */
export async function apiBench(): Promise<void> {
  const directory = await temporaryDirectory();
  const started: ChildProcess[] = [];
  try {
    await prepare(directory.path);
    await readiness(path.join(directory.path, "applications.mjs"));
    const ours = await timed("local FaaS", () => startOurs(directory.path));
    started.push(ours.process);
    const theirs = await timed("serverless-offline", () => startOffline(directory.path));
    started.push(theirs.process);
    for (const { url } of [ours, theirs]) await hammer(url, 2 * measureMs);
    const cpu = { ours: [] as number[], theirs: [] as number[] };
    const measure = (subject: Subject, into: number[]) => async () => {
      const before = await cpuMs(subject.process);
      const perSecond = await hammer(subject.url, measureMs);
      into.push((((await cpuMs(subject.process)) - before) * 1_000) / (perSecond * (measureMs / 1_000)));
      return perSecond;
    };
    const result = await inTurn(3, measure(ours, cpu.ours), measure(theirs, cpu.theirs));
    const [ourCpu, theirCpu] = [quantile(cpu.ours, 0.5), quantile(cpu.theirs, 0.5)];
    console.log(
      `CPU of the server per request: ${Math.round(ourCpu)} µs against ${Math.round(theirCpu)} µs: ${(theirCpu / ourCpu).toFixed(1)}×`,
    );
    const [mine, other] = await Promise.all([ours, theirs].map(({ process: one }) => megabytes(one)));
    console.log(
      `GET /v1/health, ${connections} connections: ${rate(result.ours)}, ${mine} MB against serverless-offline's ${rate(result.theirs)}, ${other} MB`,
    );
    console.log(`G16: ${(result.ours / result.theirs).toFixed(1)}× serverless-offline's requests`);
  } finally {
    for (const one of started) await ended(one);
    await directory.remove();
  }
}

const bundled: BuildOptions = {
  absWorkingDir: project,
  bundle: true,
  minify: true,
  platform: "node",
  format: "esm",
  target: "node24",
  outExtension: { ".js": ".mjs" },
  external: ["@aws-sdk/*"],
  splitting: true,
  banner: {
    js: 'import{createRequire as createRequireHere}from"node:module";const require=createRequireHere(import.meta.url);',
  },
  logLevel: "error",
};
/** As hosted functions are: without the adapters of one machine. */
const hosted: Plugin = {
  name: "hosted",
  setup: ({ onLoad }) => onLoad({ filter: /local-deps\.ts$/ }, () => ({ contents: "export const localDeps = undefined;" })),
};

/** The handlers bundled as they are for Lambda, in a project of its own. */
async function prepare(directory: string): Promise<void> {
  await build({ ...bundled, entryPoints: ["test/bench/api/health.ts"], outdir: directory });
  await build({ ...bundled, entryPoints: ["functions/api/applications.ts"], outdir: directory, plugins: [hosted] });
  await copyFile(path.join(import.meta.dirname, "api/serverless.yml"), path.join(directory, "serverless.yml"));
  await writeFile(path.join(directory, "package.json"), '{"type":"module"}');
  await symlink(path.join(project, "node_modules"), path.join(directory, "node_modules"));
}

/** How much longer than Node alone a function takes to be there. */
async function readiness(bundle: string): Promise<void> {
  const run = (script: string) => async () => {
    const begun = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      env: environment(path.dirname(bundle)),
    });
    if (status !== 0) throw new Error(String(stderr));
    return performance.now() - begun;
  };
  const { ours, theirs } = await inTurn(15, run(`await import(${JSON.stringify(pathToFileURL(bundle).href)})`), run(""));
  console.log(`G16: a function is ready ${Math.round(ours - theirs)} ms later than bare Node (${Math.round(theirs)} ms)`);
}

const environment = (directory: string) => ({
  ...process.env,
  NODE_OPTIONS: "",
  PLUVIA_ADAPTERS: "local",
  PLUVIA_HOME: path.join(directory, "home"),
  PLUVIA_LOG: "error",
  SLS_TELEMETRY_DISABLED: "1",
  SLS_NOTIFICATIONS_MODE: "off",
});

async function timed(name: string, start: () => Promise<Subject>): Promise<Subject> {
  const begun = performance.now();
  const subject = await start();
  console.log(`${name} answers after ${Math.round(performance.now() - begun)} ms`);
  return subject;
}

async function startOurs(directory: string): Promise<Subject> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "api/serve.ts"), directory], {
    env: environment(directory),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  return { url: `${String(line).trim()}/v1/health`, process: child };
}

async function startOffline(directory: string): Promise<Subject> {
  const [port, lambdaPort] = [await freePorts(), await freePorts()];
  const program = path.join(project, "node_modules/serverless/bin/serverless.js");
  const child = spawn(
    process.execPath,
    [program, "offline", "--httpPort", String(port), "--lambdaPort", String(lambdaPort), "--noPrependStageInUrl"],
    { cwd: directory, env: environment(directory), stdio: ["ignore", "pipe", "pipe"] },
  );
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => output.push(String(data)));
  const url = `http://127.0.0.1:${port}/v1/health`;
  for (const until = Date.now() + 60_000; !(await answers(url)); await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (Date.now() > until || child.exitCode !== null)
      throw new Error(`serverless-offline did not start:\n${output.join("").slice(-2_000)}`);
  }
  return { url, process: child };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );

/** Requests a second over connections that are kept. Written to sockets directly: a client that parses would be slower than what it measures. */
async function hammer(url: string, ms: number): Promise<number> {
  const started = performance.now();
  let done = 0;
  const client = async () => {
    const ask = await asker(new URL(url));
    for (; performance.now() - started < ms; done++) await ask();
    ask.end();
  };
  await Promise.all(Array.from({ length: connections }, client));
  return perSecond(done, performance.now() - started);
}

/** Asks again and again on one connection; an answer has a length, and status 200. */
async function asker({ hostname, port, host, pathname }: URL) {
  const socket = connect(Number(port), hostname).setNoDelay().setEncoding("latin1");
  await once(socket, "connect");
  const question = `GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  let answer = "";
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  socket.on("data", (text: string) => {
    answer += text;
    const body = answer.indexOf("\r\n\r\n") + 4;
    if (body < 4) return;
    const length = Number(/\ncontent-length: (\d+)/i.exec(answer)?.[1] ?? Number.NaN);
    if (!answer.startsWith("HTTP/1.1 200 ") || Number.isNaN(length))
      settle?.reject(new Error(`it answered ${answer.slice(0, 500)}`));
    else if (answer.length >= body + length) settle?.resolve();
  });
  socket.on("close", () => settle?.reject(new Error("the connection was closed")));
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      answer = "";
      settle = { resolve, reject };
      socket.write(question);
    });
  return Object.assign(ask, { end: () => socket.destroy() });
}

/** Processor time so far, of all threads, where the system tells it (in ticks of 10 ms). */
async function cpuMs({ pid }: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory, where the system tells it. */
async function megabytes({ pid }: ChildProcess): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024).toFixed(0);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
