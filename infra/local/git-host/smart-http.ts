import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { gitEnvironment } from "../../../shared/adapters/local/git.ts";
import { Fault } from "../../../shared/base/fault.ts";
import { flush, pktLine } from "./pkt-line.ts";

export type GitService = "git-upload-pack" | "git-receive-pack";

/** A push of this many bytes is refused: the same as a source may have. */
const packBytesMax = 2 * 1_024 ** 3;
/** gzip can swell a thousandfold; what comes out of it is bounded like the rest. */
const config: Record<string, string> = {
  "core.hooksPath": "/dev/null",
  "receive.fsckObjects": "true",
  "receive.maxInputSize": String(packBytesMax),
  "receive.denyNonFastForwards": "false",
  "receive.autogc": "false",
  "uploadpack.allowAnySHA1InWant": "false",
  "uploadpack.allowFilter": "true",
  "transfer.hideRefs": "refs/internal",
};
const configArguments = Object.entries(config).flatMap(([key, value]) => ["-c", `${key}=${value}`]);

/** The only values of the header that we pass on; anything else could be meant for something else. */
const protocolOf = (request: IncomingMessage): Record<string, string> => {
  const asked = request.headers["git-protocol"];
  return typeof asked === "string" && /^version=[0-2](:version=[0-2])*$/.test(asked) ? { GIT_PROTOCOL: asked } : {};
};

export function spawnService(
  service: GitService,
  directory: string,
  request: IncomingMessage,
  more: readonly string[] = [],
): ChildProcessWithoutNullStreams {
  const name = service.replace(/^git-/, "");
  return spawn("git", [...configArguments, name, "--stateless-rpc", ...more, directory], {
    env: gitEnvironment(protocolOf(request)),
    stdio: "pipe",
  });
}

const ended = (child: ChildProcessWithoutNullStreams): Promise<number> =>
  new Promise((resolve, reject) => {
    child.on("error", (cause) =>
      reject(
        new Fault("unavailable", "git could not be started where the platform runs.", { next: "Install git there.", cause }),
      ),
    );
    child.on("close", (code, signal) => resolve(code ?? (signal ? 128 : 0)));
  });

const head = (service: GitService, kind: "advertisement" | "result"): Record<string, string> => ({
  "content-type": `application/x-${service}-${kind}`,
  "cache-control": "no-cache, max-age=0, must-revalidate",
});

/** `GET …/info/refs`: what there is. */
export async function advertise(
  service: GitService,
  directory: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const child = spawnService(service, directory, request, ["--advertise-refs"]);
  const end = ended(child);
  child.stderr.resume();
  child.stdin.end();
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await end;
  if (code !== 0)
    throw new Fault("unavailable", "The repository could not be read.", { next: "Try again.", detail: { code, directory } });
  const version2 = protocolOf(request).GIT_PROTOCOL?.includes("version=2") && service === "git-upload-pack";
  const prefix = version2 ? [] : [pktLine(`# service=${service}\n`), Buffer.from(flush)];
  response.writeHead(200, head(service, "advertisement")).end(Buffer.concat([...prefix, ...chunks]));
}

export interface Exchange {
  /** Sees what the client sends. */
  readonly see?: (chunk: Buffer) => void;
  /** Runs when git has done its work and before the answer ends, when the answer can still carry messages. */
  readonly after?: (say: (bytes: Buffer) => void, exitCode: number) => Promise<void>;
}

/** Hands the request to git. git may have heard enough and hang up: what it made of it is in its answer. */
async function feed(request: IncomingMessage, child: ChildProcessWithoutNullStreams, see: Exchange["see"]): Promise<void> {
  const source = request.headers["content-encoding"] === "gzip" ? createGunzip() : new PassThrough();
  if (see) source.on("data", see);
  try {
    await pipeline(request, source, child.stdin);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith("Z_")) throw new Fault("invalid", "The request is not compressed as it says.", { cause: error });
    if (code !== "EPIPE" && code !== "ERR_STREAM_PREMATURE_CLOSE" && code !== "ECONNRESET") throw error;
  }
}

/** `POST …/git-upload-pack` and `…/git-receive-pack`: git talks to git, we listen. */
export async function exchange(
  service: GitService,
  directory: string,
  request: IncomingMessage,
  response: ServerResponse,
  { see, after }: Exchange = {},
): Promise<void> {
  const child = spawnService(service, directory, request);
  const end = ended(child);
  child.stderr.resume();
  response.on("close", () => child.kill());
  response.writeHead(200, head(service, "result"));
  const fed = feed(request, child, see);
  // All are waited for at once: one that fails while another is waited for would end the platform.
  const [flushed, code] = await Promise.all([pass(child, response, after ? flush : ""), end, fed]);
  if (after && flushed) {
    await after((bytes) => response.write(bytes), code);
    response.write(flush);
  }
  response.end();
}

/** Passes git's answer on, but for `tail` at its end, so that more can be said before it. Answers whether it did end so. */
async function pass(child: ChildProcessWithoutNullStreams, response: ServerResponse, tail: string): Promise<boolean> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const all = Buffer.concat([held, chunk]);
    const keep = Math.min(tail.length, all.length);
    if (!response.write(all.subarray(0, all.length - keep)) && !response.destroyed)
      await Promise.race([once(response, "drain"), once(response, "close")]);
    held = all.subarray(all.length - keep);
  }
  const flushed = held.toString("latin1") === tail;
  if (!flushed) response.write(held);
  return flushed;
}
