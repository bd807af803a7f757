import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import type { HttpPart } from "./server.ts";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".woff": "font/woff",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
};
const encodings = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

/** antd writes its styles into the page, hence 'unsafe-inline' for them; streams come from a data center's own address. */
const securityHeaders = {
  "content-security-policy":
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws://localhost:* ws://127.0.0.1:* wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
  readonly content: Buffer;
  readonly encoded: ReadonlyMap<string, Buffer>;
}

/** The built console from memory (a few MB). Paths of pages answer index.html: the page then routes by itself. */
export async function consolePages(directory: string): Promise<HttpPart> {
  const assets = await load(directory);
  return {
    serves: () => true,
    handle: async (request, response) => {
      if (request.method !== "GET" && request.method !== "HEAD") return plain(response, 405, "This address takes GET only.");
      const asset = assetFor(assets, (request.url ?? "/").split("?")[0] ?? "/");
      if (asset) send(request, response, asset);
      else plain(response, 404, "There is nothing here.");
    },
  };
}

async function load(directory: string): Promise<ReadonlyMap<string, Asset>> {
  const names = (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
  const shown = names.filter((name) => types[path.extname(name)] !== undefined && !name.startsWith("."));
  return new Map(
    await Promise.all(
      shown.map(async (name) => [`/${name.split(path.sep).join("/")}`, await assetOf(directory, name, names)] as const),
    ),
  );
}

async function assetOf(directory: string, name: string, names: readonly string[]): Promise<Asset> {
  const content = await readFile(path.join(directory, name));
  const encoded = encodings
    .filter(([, ending]) => names.includes(name + ending))
    .map(async ([encoding, ending]) => [encoding, await readFile(path.join(directory, name + ending))] as const);
  return {
    type: types[path.extname(name)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`,
    // Names below assets/ hold a hash of their content.
    cache: name.startsWith(`assets${path.sep}`) ? "public, max-age=31536000, immutable" : "no-cache",
    content,
    encoded: new Map(await Promise.all(encoded)),
  };
}

function assetFor(assets: ReadonlyMap<string, Asset>, url: string): Asset | undefined {
  const isPage = !path.posix.basename(url).includes(".");
  return assets.get(url) ?? (isPage ? assets.get("/index.html") : undefined);
}

function send(request: IncomingMessage, response: ServerResponse, { type, etag, cache, content, encoded }: Asset): void {
  const accepted = String(request.headers["accept-encoding"] ?? "");
  const [encoding, body] = [...encoded].find(([name]) => new RegExp(`\\b${name}\\b(?!;q=0(?:\\.0*)?(?:,|$))`).test(accepted)) ?? [
    undefined,
    content,
  ];
  const headers = { ...securityHeaders, "cache-control": cache, etag, vary: "accept-encoding" };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    "content-type": type,
    "content-length": body.length,
    ...(encoding === undefined ? {} : { "content-encoding": encoding }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...securityHeaders, "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}
