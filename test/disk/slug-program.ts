// Unpacks a slug while the disk is full, and again when there is room. Prints what happened.
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { slugTrees } from "../../shared/adapters/local/cluster/trees.ts";
import { fill, told } from "./fill.ts";

const [disk = ""] = process.argv.slice(2);
const content = randomBytes(1_000_000);
const archive = pack();
archive.entry({ name: "app/data" }, content);
archive.finalize();
const slug = gzipSync(await buffer(archive));
const digest = `sha256:${createHash("sha256").update(slug).digest("hex")}`;
const trees = slugTrees(disk, { fetch: async () => Readable.from([slug]) });

await told(trees.get("tnt_0", digest));
const free = fill(disk);
const refused = await told(trees.get("tnt_a", digest));
const left = readdirSync(join(disk, "trees", "tnt_a"));
free();
const got = await told(trees.get("tnt_a", digest));
const whole = readFileSync(join(trees.path("tnt_a", digest), "app", "data")).equals(content);
console.log(JSON.stringify({ refused, left, got, whole, path: trees.path("tnt_a", digest) }));
