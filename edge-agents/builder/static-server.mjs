// The platform's static server. It lies in a slug beside `app/` and serves the folder it is started in. No dependencies.
// static.json there may say: { "spa": true, "error_page": "errors/404.html", "headers": { "/**": { "name": "value" } } }
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";

const root = await realpath(process.cwd());
const types = {
  ".html": "text/html; charset=utf-8",
  ".htm": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".ico": "image/x-icon",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".xml": "application/xml",
  ".pdf": "application/pdf",
  ".wasm": "application/wasm",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".ttf": "font/ttf",
  ".otf": "font/otf",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
  ".mp3": "audio/mpeg",
  ".zip": "application/zip",
};

const readSettings = async () => {
  try {
    const settings = JSON.parse(await readFile(join(root, "static.json"), "utf8"));
    return typeof settings === "object" && settings !== null ? settings : {};
  } catch (error) {
    if (error.code !== "ENOENT") console.error(`static.json is left out: ${error.message}`);
    return {};
  }
};
const settings = await readSettings();
const singlePage = settings.spa === true || settings.routes?.["/**"] === "index.html";
const errorPage = typeof settings.error_page === "string" ? settings.error_page : "404.html";

/** The file a path names, or undefined: nothing outside of the root, nothing whose name begins with a dot except .well-known. */
const find = async (path) => {
  const parts = path.split("/").filter((part) => part !== "");
  if (path.includes("\0") || path.includes("\\") || parts.some((part) => part.startsWith(".") && part !== ".well-known"))
    return undefined;
  for (const candidate of [parts.join("/"), [...parts, "index.html"].join("/"), `${parts.join("/")}.html`]) {
    if (candidate === "static.json" || candidate === ".html") continue;
    const file = await realpath(join(root, candidate)).catch(() => undefined);
    if (file === undefined || !file.startsWith(root + sep)) continue;
    const status = await stat(file).catch(() => undefined);
    if (status?.isFile())
      return {
        file,
        status,
        folder: candidate.endsWith("index.html") && !path.endsWith("/") && parts.length > 0 && parts.at(-1) !== "index.html",
      };
  }
  return undefined;
};

// Files of a slug have one fixed time: the content itself must make the tag.
const tags = new Map();
const tagOf = async (file, status) => {
  const known = tags.get(file);
  if (known) return known;
  const hash = createHash("sha256");
  if (status.size <= 8 * 1024 * 1024) hash.update(await readFile(file));
  else for await (const piece of createReadStream(file)) hash.update(piece);
  const tag = `"${hash.digest("base64url").slice(0, 27)}"`;
  if (tags.size < 50_000) tags.set(file, tag);
  return tag;
};

const rangeOf = (header, size) => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const start = match[1] === "" ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === "" || match[2] === "" ? size - 1 : Math.min(size - 1, Number(match[2]));
  return { start, end, ok: start <= end && start < size };
};

/** A name with a hash in it never changes its content. */
const lasting = (file) =>
  /[.-][A-Za-z0-9_-]{8,}\.(js|css|woff2?|png|jpe?g|svg|webp|avif)$/.test(file) &&
  /[/\\](assets|static|_next|_astro|build)[/\\]/.test(file);

const unchanged = (request, tag) =>
  (request.headers["if-none-match"] ?? "").split(/,\s*/).some((each) => each.replace(/^W\//, "") === tag || each === "*");
const wantedRange = (request, tag, size) =>
  request.headers["if-range"] === undefined || request.headers["if-range"] === tag
    ? rangeOf(request.headers.range, size)
    : undefined;

const send = async (request, response, found, code) => {
  const { file, status } = found;
  const tag = await tagOf(file, status);
  response.setHeader("etag", tag);
  response.setHeader("content-type", types[extname(file).toLowerCase()] ?? "application/octet-stream");
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("cache-control", code === 200 && lasting(file) ? "public, max-age=31536000, immutable" : "no-cache");
  response.setHeader("accept-ranges", "bytes");
  if (code === 200 && unchanged(request, tag)) return response.writeHead(304).end();
  const range = code === 200 ? wantedRange(request, tag, status.size) : undefined;
  if (range && !range.ok) return response.writeHead(416, { "content-range": `bytes */${status.size}` }).end();
  const { start, end } = range ?? { start: 0, end: status.size - 1 };
  if (range) response.setHeader("content-range", `bytes ${start}-${end}/${status.size}`);
  response.writeHead(range ? 206 : code, { "content-length": end - start + 1 });
  if (request.method === "HEAD" || status.size === 0) return response.end();
  createReadStream(file, { start, end })
    .on("error", () => response.destroy())
    .pipe(response);
};

const answer = async (request, response) => {
  if (request.method !== "GET" && request.method !== "HEAD")
    return response.writeHead(405, { allow: "GET, HEAD", "content-type": "text/plain" }).end("Only GET and HEAD.\n");
  const [target, query] = (request.url ?? "/").split("?", 2);
  let path;
  try {
    path = decodeURIComponent(target);
  } catch {
    return response
      .writeHead(400, { "content-type": "text/plain" })
      .end("This address has a % that is not followed by two digits.\n");
  }
  const found = await find(path);
  // Relative links of a folder's page only work below the folder.
  if (found?.folder)
    return response
      .writeHead(308, { location: `${target.replace(/^\/+/, "/")}/${query === undefined ? "" : `?${query}`}` })
      .end();
  if (found) return send(request, response, found, 200);
  const fallback = singlePage && extname(path) === "" ? await find("/index.html") : undefined;
  if (fallback) return send(request, response, fallback, 200);
  const page = await find(`/${errorPage}`);
  if (page) return send(request, response, page, 404);
  response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("There is nothing here.\n");
};

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
    response.end();
  });
});
server.keepAliveTimeout = 65_000;
server.listen(Number(process.env.PORT || 8080), process.env.HOST || undefined, () =>
  console.log(`Serving static files on port ${server.address().port}`),
);
for (const signal of ["SIGTERM", "SIGINT"])
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
