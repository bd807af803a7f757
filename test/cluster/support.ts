import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { type ProcessCluster, type ProcessClusterParts, processCluster } from "../../shared/adapters/local/cluster/cluster.ts";
import type { Artifacts } from "../../shared/adapters/local/cluster/trees.ts";
import { Fault } from "../../shared/base/fault.ts";
import { Workload } from "../../shared/contract/agent.ts";
import type { ObservedWorkload, Traffic } from "../../shared/ports/cluster.ts";
import { eventually } from "../support/eventually.ts";

export type Files = Readonly<Record<string, string>>;
/** A gzipped tar of `app/`; the same files give the same digest. */
export async function slugOf(files: Files): Promise<{ digest: string; bytes: Buffer }> {
  const archive = pack();
  for (const [name, text] of Object.entries(files))
    archive.entry({ name: `app/${name}`, mode: name.endsWith(".sh") ? 0o755 : 0o644, mtime: new Date(0) }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = gzipSync(Buffer.concat(chunks));
  return { digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, bytes };
}

export interface Shelf extends Artifacts {
  add(files: Files): Promise<string>;
  /** Answers the digest. */
  put(bytes: Buffer): string;
}
export function shelf(): Shelf {
  const slugs = new Map<string, Buffer>();
  return {
    async add(files) {
      const { digest, bytes } = await slugOf(files);
      slugs.set(digest, bytes);
      return digest;
    },
    put(bytes) {
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      slugs.set(digest, bytes);
      return digest;
    },
    async fetch(_tenant, digest) {
      const bytes = slugs.get(digest);
      if (!bytes) throw new Fault("unavailable", "The artifact cannot be fetched now.");
      return Readable.from([bytes]);
    },
  };
}

export const ids = { tenant: "tnt_0000000000000001", application: "app_0000000000000001", component: "cmp_0000000000000001" };
export const releaseId = (number: number): string => `rel_${String(number).padStart(16, "0")}`;

type Loose = { [K in keyof Workload]?: unknown };
/** A workload of one HTTP port, quick health checks and little patience. */
export function workloadFor(
  digest: string,
  generation: number,
  change: Loose & { health?: object; replicas?: number; number?: number; configuration?: object } = {},
): Workload {
  const { health, replicas, number = generation, configuration, ...rest } = change;
  return Workload.parse({
    version: 1,
    ...ids,
    applicationName: "shop",
    componentName: "web",
    generation,
    release: releaseId(number),
    releaseNumber: number,
    artifact: { kind: "slug", digest, sizeBytes: 1, language: "node", command: "node server.js", processes: {}, variables: {} },
    configuration: {
      command: null,
      ports: [{ port: 3000, protocol: "http", internal: true, external: true }],
      replicas: replicas ?? 1,
      resources: { memoryMib: 512, cpuMillis: 1000 },
      dependencies: [],
      graceSeconds: 5,
      health: { kind: "http", path: "/", intervalSeconds: 1, timeoutSeconds: 2, failuresMax: 3, startSeconds: 20, ...health },
      ...configuration,
    },
    variables: {},
    bindings: [],
    hosts: [],
    restart: 0,
    wanted: "running",
    ...rest,
  });
}

/** Answers with `answer` and its instance; waits `slow` ms for /slow; ends in order on SIGTERM. */
export const serverApp = (answer: string, more = ""): Files => ({
  "server.js": `
const http = require("node:http");
const server = http.createServer((q, s) => {
  const reply = () => s.end(JSON.stringify({ answer: ${JSON.stringify(answer)}, instance: process.env.PLUVIA_INSTANCE, env: process.env }));
  q.url === "/slow" ? setTimeout(reply, 300) : reply();
});
process.on("SIGTERM", () => { console.log("asked to end"); server.close(() => process.exit(0)); server.closeIdleConnections(); });
server.listen(process.env.PORT, () => console.log("listening on " + process.env.PORT));
${more}`,
});

/** A small reverse proxy that follows `observe`, as the gateway does. */
export interface Proxy extends Traffic {
  readonly url: string;
  follow(cluster: ProcessCluster): Promise<void>;
  /** Resolves when it leads traffic by what is observed now. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}
type Endpoint = { readonly host: string; readonly hostPort: number };
const keyOf = (e: Endpoint): string => `${e.host}:${e.hostPort}`;

export async function proxy(): Promise<Proxy> {
  let endpoints: Endpoint[] = [];
  const out = new Set<string>();
  const flying = new Map<string, number>();
  let turn = 0;
  let read = async (): Promise<void> => {};
  const server: Server = createServer((q, s) => {
    const usable = endpoints.filter((e) => !out.has(keyOf(e)));
    const to = usable[turn++ % usable.length];
    if (!to) return void s.writeHead(503).end("nothing is ready");
    const key = keyOf(to);
    flying.set(key, (flying.get(key) ?? 0) + 1);
    s.on("close", () => flying.set(key, (flying.get(key) ?? 1) - 1));
    const forward = request({ host: to.host, port: to.hostPort, path: q.url, method: q.method, agent: false }, (answer) => {
      s.writeHead(answer.statusCode ?? 502);
      answer.pipe(s);
    });
    forward.on("error", (error) => void s.writeHead(502).end(String(error)));
    q.pipe(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caughtUp: () => read(),
    async follow(cluster) {
      read = async (): Promise<void> => {
        const seen = (await cluster.observe())
          .filter((w) => w.component === ids.component)
          .flatMap((w) => w.instances.filter((i) => i.state === "ready").flatMap((i) => i.endpoints));
        endpoints = seen;
        for (const key of out) if (!seen.some((e) => keyOf(e) === key)) out.delete(key);
      };
      cluster.onChange(read);
      await read();
    },
    async drained(endpoint, limitMs) {
      out.add(keyOf(endpoint));
      const end = Date.now() + limitMs;
      await eventually("requests to leave", () => (flying.get(keyOf(endpoint)) ?? 0) === 0 || Date.now() > end, limitMs + 1_000);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Bench {
  readonly home: string;
  readonly shelf: Shelf;
  readonly proxy: Proxy;
  cluster: ProcessCluster;
  /** The one workload, as observed. */
  seen(): Promise<ObservedWorkload>;
  /** Waits for a phase of the generation applied last. */
  phase(phase: ObservedWorkload["phase"], generation?: number): Promise<ObservedWorkload>;
  /** Lets go of the cluster as a restart of the agent does, and starts it anew. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

export async function bench(more: Partial<ProcessClusterParts> = {}): Promise<Bench> {
  const home = await mkdtemp(join(tmpdir(), "pluvia-cluster-"));
  const artifacts = shelf();
  const front = await proxy();
  const make = (): ProcessCluster => processCluster({ home, artifacts, traffic: front, clock: systemClock(), ...more });
  const cluster = make();
  await front.follow(cluster);
  const it: Bench = {
    home,
    shelf: artifacts,
    proxy: front,
    cluster,
    async seen() {
      const [first] = await it.cluster.observe();
      if (!first) throw new Error("nothing is observed");
      return first;
    },
    phase: (phase, generation) =>
      eventually(`phase ${phase}`, async () => {
        const seen = await it.seen();
        if (seen.phase !== phase || (generation !== undefined && seen.generation !== generation)) return undefined;
        await front.caughtUp();
        return seen;
      }).catch(async (error: Error) => {
        throw new Error(`${error.message}\n${JSON.stringify(await it.seen(), null, 1)}`);
      }),
    async restart() {
      it.cluster.close();
      it.cluster = make();
      await front.follow(it.cluster);
    },
    async end() {
      await it.cluster.halt();
      await front.close();
      await rm(home, { recursive: true, force: true });
    },
  };
  return it;
}

export interface Volumed {
  run(number: number, change?: { restart: number; wanted?: "stopped" }): Promise<void>;
  told(what: "add" | "read", path: string, text?: string): Promise<string>;
  /** Resolves when it is as it was wanted last. */
  settled(): Promise<unknown>;
}
/** Writes to a file of a volume, and reads it, over all that happens to a component but its removal. */
export async function expectKept(it: Bench, { run, told, settled }: Volumed, path: string): Promise<void> {
  await run(1);
  expect(await told("add", path, "a")).toBe("a");
  await run(1, { restart: 1 });
  expect(await told("add", path, "b")).toBe("ab");
  await run(2, { restart: 1 });
  expect(await told("add", path, "c")).toBe("abc");
  await run(1, { restart: 1 });
  expect(await told("add", path, "d")).toBe("abcd");
  await run(1, { restart: 1, wanted: "stopped" });
  await run(1, { restart: 1 });
  expect(await told("add", path, "e")).toBe("abcde");
  const before = (await it.seen()).instances.map((i) => i.id);
  await it.restart();
  await settled();
  expect((await it.seen()).instances.map((i) => i.id)).toEqual(before);
  expect(await told("add", path, "f")).toBe("abcdef");
  await it.cluster.halt();
  await it.restart();
  await settled();
  expect(await told("read", path)).toBe("abcdef");
}

export async function ask(url: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(url, { headers: { connection: "close" } });
  return { status: answer.status, body: await answer.text() };
}
