import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePorts } from "../support/ports.ts";
import { tied } from "../support/tied.ts";

const project = resolve(import.meta.dirname, "../..");

export interface Platform {
  readonly url: string;
  readonly home: string;
  readonly port: number;
  readonly pid: number;
  /** As Ctrl-C does; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** kill -9 of the cloud plane's process. */
  kill(): Promise<void>;
  /** Everything it printed on standard output. */
  printed(): string;
}

export const newHome = () => mkdtemp(join(tmpdir(), "pluvia-"));
export const removeHome = (home: string) => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

/** `npm start` as a person runs it, with its own state and ports; resolves at the line that says it is ready. */
export async function startPlatform(
  options: { home?: string; port?: number; env?: Record<string, string>; folder?: string } = {},
): Promise<Platform> {
  const home = options.home ?? (await newHome());
  const port = options.port ?? (await freePorts());
  const child = spawn(...tied(process.execPath, "infra/local/main.ts"), {
    cwd: options.folder ?? project,
    env: { ...process.env, NODE_OPTIONS: "", PLUVIA_HOME: home, PLUVIA_PORT: String(port), PLUVIA_URL: "", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (data) => {
    out += String(data);
  });
  child.stderr.on("data", (data) => {
    err += String(data);
  });
  const url = await ready(
    child,
    () => out,
    () => err,
  );
  return {
    url,
    home,
    port,
    pid: Number(child.pid),
    printed: () => out,
    stop: () => end(child, "SIGTERM"),
    kill: async () => {
      await end(child, "SIGKILL");
    },
  };
}

async function ready(child: ChildProcess, out: () => string, err: () => string): Promise<string> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const url = /^Pluvia is ready: (\S+)$/m.exec(out())?.[1];
    if (url) return url;
    if (child.exitCode !== null) throw new Error(`the platform ended with ${child.exitCode}\n${out()}\n${err()}`);
    await new Promise((done) => setTimeout(done, 25));
  }
  child.kill("SIGKILL");
  throw new Error(`the platform was not ready in time\n${out()}\n${err()}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}

/** A small API user: signs up, keeps the bearer. */
export async function signUp(url: string, email = `ada-${Date.now()}-${Math.random().toString(36).slice(2, 8)}@example.test`) {
  const answer = await fetch(`${url}/v1/users`, {
    method: "POST",
    headers: { "content-type": "application/json", "pluvia-client": "cli" },
    body: JSON.stringify({ email, password: "correct horse battery", name: "Ada", team: "Ada's team" }),
  });
  const session = (await answer.json()) as { token: string; teams: { id: string }[] };
  if (answer.status !== 201) throw new Error(`sign-up: ${answer.status} ${JSON.stringify(session)}`);
  const call = async <T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${session.token}`, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
  return { email, password: "correct horse battery", session, call };
}
