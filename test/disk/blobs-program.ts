// Keeps a blob while the disk is full, and again when there is room. Prints what happened.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { blobServer } from "../../infra/local/blob-server/blob-server.ts";
import { localBlobs } from "../../shared/adapters/local/blobs.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { fill, told } from "./fill.ts";

const [disk = ""] = process.argv.slice(2);
const content = randomBytes(1_000_000);
const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
const clock = systemClock();
let origin = "";
const blobs = localBlobs({ directory: join(disk, "blobs"), key: "k", origin: () => origin, clock });
const files = blobServer({ blobs, key: "k", clock });
const server = createServer((request, response) => void files.handle(request, response)).listen(0, "127.0.0.1");
await once(server, "listening");
origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const put = () =>
  blobs.put("tnt_a", Readable.from([content.subarray(0, 300_000), content.subarray(300_000)]), { maxBytes: 2_000_000 });
const upload = async () => {
  const url = await blobs.presign({ kind: "put", namespace: "tnt_a", maxBytes: 2_000_000, expiresSeconds: 60 });
  const answer = await fetch(url, { method: "PUT", body: content });
  return { status: answer.status, body: await answer.json() };
};

await blobs.put("tnt_a", Readable.from(["before"]), { maxBytes: 100 });
const free = fill(disk);
const refused = await told(put());
const uploadRefused = await upload();
const left = { drafts: readdirSync(join(disk, "blobs", ".drafts")), has: await blobs.has("tnt_a", digest) };
free();
const kept = await told(put());
const uploaded = await upload();
console.log(JSON.stringify({ digest, refused, uploadRefused, left, kept, uploaded }));
server.closeAllConnections();
server.close();
