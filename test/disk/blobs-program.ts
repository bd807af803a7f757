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

const announced = { namespace: "tnt_a", digest, sizeBytes: content.length };
const put = async () => {
  await blobs.put(announced, Readable.from([content.subarray(0, 300_000), content.subarray(300_000)]));
  return digest;
};
const upload = async () => {
  const { url, headers } = await blobs.writeRequest({ ...announced, expiresSeconds: 60 });
  const answer = await fetch(url, { method: "PUT", headers, body: content });
  const text = await answer.text();
  return { status: answer.status, ...(text !== "" && { body: JSON.parse(text) as unknown }) };
};

const before = createHash("sha256").update("before").digest("hex");
await blobs.put({ namespace: "tnt_a", digest: `sha256:${before}`, sizeBytes: 6 }, Readable.from(["before"]));
const free = fill(disk);
const refused = await told(put());
const uploadRefused = await upload();
const left = { drafts: readdirSync(join(disk, "blobs", ".drafts")), has: await blobs.has({ namespace: "tnt_a", digest }) };
free();
const kept = await told(put());
const uploaded = await upload();
console.log(JSON.stringify({ digest, refused, uploadRefused, left, kept, uploaded }));
server.closeAllConnections();
server.close();
