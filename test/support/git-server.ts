import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { ServerIdentity } from "./private-authority.ts";

/** Identity and times fixed, no configuration of the machine. */
const environment = {
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_AUTHOR_DATE: "2026-01-02T03:04:05Z",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
  GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z",
};

export const git = (folder: string, ...args: string[]): string =>
  execFileSync("git", args, { cwd: folder, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();

export const writeFiles = (folder: string, files: Readonly<Record<string, string | Buffer>>): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
};

/** A repository with the files as its only commit on `main`. */
export const makeRepository = (folder: string, files: Readonly<Record<string, string | Buffer>>): string => {
  mkdirSync(folder, { recursive: true });
  git(folder, "init", "--quiet", "--initial-branch=main");
  writeFiles(folder, files);
  return commit(folder, "First");
};

export const commit = (folder: string, message: string): string => {
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--allow-empty", "-m", message);
  return git(folder, "rev-parse", "HEAD");
};

export interface GitServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const splitHeaders = (output: Buffer): { status: number; headers: Record<string, string>; body: Buffer } => {
  const end = output.indexOf("\r\n\r\n");
  const headers = Object.fromEntries(
    output
      .subarray(0, end)
      .toString("latin1")
      .split("\r\n")
      .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const { status, ...others } = headers;
  return { status: Number(status?.slice(0, 3) ?? 200), headers: others, body: output.subarray(end + 4) };
};

/** Serves the repositories below `root` by git's own http-backend; with `password`, only to who knows it; with `identity`, over TLS. */
export const startGitServer = async (
  root: string,
  options: {
    password?: string;
    identity?: ServerIdentity;
    intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  } = {},
): Promise<GitServer> => {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (options.intercept?.(request, response)) return;
    const given = Buffer.from((request.headers.authorization ?? "").replace("Basic ", ""), "base64").toString();
    if (options.password !== undefined && given.split(":")[1] !== options.password) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
      return;
    }
    const url = new URL(request.url ?? "/", "http://localhost");
    const child = spawn("git", ["-c", "safe.directory=*", "http-backend"], {
      env: {
        ...environment,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: "1",
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
        PATH_INFO: decodeURIComponent(url.pathname),
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method ?? "GET",
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
        REMOTE_ADDR: "127.0.0.1",
      },
    });
    request.pipe(child.stdin);
    child.stdin.on("error", () => response.destroy());
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("close", () => {
      const { status, headers, body } = splitHeaders(Buffer.concat(chunks));
      response.writeHead(status, headers).end(body);
    });
  };
  const server = options.identity ? createSecureServer(options.identity, answer) : createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.identity ? "https://localhost" : "http://127.0.0.1"}:${port}`,
    port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
