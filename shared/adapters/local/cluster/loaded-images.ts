import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Fault } from "../../../base/fault.ts";
import { diskFault } from "../../slug-entry.ts";
import type { Artifacts } from "./trees.ts";

export type PodmanRun = (args: readonly string[]) => Promise<{ code: number | null; out: string; err: string }>;

export interface ArchivedImage {
  readonly tenant: string;
  readonly archive: { readonly digest: string; readonly sizeBytes: number };
  /** 64 hexadecimal digits: the image's id, which its content gives. */
  readonly id: string;
}

/** Images that were built here, loaded into podman's storage, each once. */
export interface LoadedImages {
  /** @throws Fault `unavailable`, `not_found`, `exhausted`. */
  load(image: ArchivedImage): Promise<void>;
  prune(isUsed: (id: string) => boolean): Promise<void>;
  isEmpty(): boolean;
}

/** What an archive of 1 GiB may unpack to, far above an honest image; more is a way to fill a disk. */
const unpackedBytesMax = 16 * 2 ** 30;

const attempts = 10;
const againMs = 1_000;

const damaged = (): Fault =>
  new Fault("unavailable", "The image of this release arrived damaged.", { next: "It is fetched again by itself." });

/** Writes the archive to `file` and unpacks it on the way, having checked all that was received. */
async function fetchArchive(artifacts: Artifacts, image: ArchivedImage, file: string): Promise<void> {
  const hash = createHash("sha256");
  let received = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      received += chunk.length;
      done(received > image.archive.sizeBytes ? damaged() : null, chunk);
    },
  });
  await pipeline(await artifacts.fetch(image.tenant, image.archive.digest), counted, createWriteStream(file, { mode: 0o600 }));
  if (`sha256:${hash.digest("hex")}` !== image.archive.digest) throw damaged();
}

/** podman would unpack as much as there is. */
async function checkSize(file: string): Promise<void> {
  let bytes = 0;
  for await (const chunk of createReadStream(file).pipe(createGunzip()) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > unpackedBytesMax)
      throw new Fault("too_large", "The image of this release is too large to unpack.", { next: "Make the image smaller." });
  }
}

export function loadedImages(run: PodmanRun, parts: { readonly home: string; readonly artifacts: Artifacts }): LoadedImages {
  const folder = join(parts.home, "images");
  /** Several platforms of one machine share podman's storage: each names what it uses, and removes its own names alone. */
  const repository = `localhost/pluvia-${createHash("sha256").update(parts.home).digest("hex").slice(0, 12)}`;
  const underway = new Map<string, Promise<void>>();
  const listed = (): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name)) : []);

  const keepName = async (id: string): Promise<void> => {
    await run(["tag", id, `${repository}:${id}`]);
    writeFileSync(join(folder, id), "");
  };
  const make = async (image: ArchivedImage): Promise<void> => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if ((await run(["image", "exists", image.id])).code === 0) return keepName(image.id);
    const file = join(folder, `${image.id}.${process.pid}.${randomBytes(4).toString("hex")}`);
    try {
      await fetchArchive(parts.artifacts, image, file);
      await checkSize(file);
      const { code, err } = await run(["load", "--quiet", "--input", file]);
      if (code !== 0 || (await run(["image", "exists", image.id])).code !== 0)
        throw new Fault("unavailable", `podman cannot load the image of this release: ${err.trim().split("\n").at(-1)}`, {
          next: "It is tried again by itself; if that does not help, build again.",
        });
      await keepName(image.id);
    } catch (error) {
      throw diskFault(error);
    } finally {
      rmSync(file, { force: true });
    }
  };
  /** Without force: what a container uses stays. One that is ending is waited for; others are tried again at the next pruning. */
  const forget = async (id: string, isUsed: (id: string) => boolean): Promise<void> => {
    const name = `${repository}:${id}`;
    for (let attempt = 0; attempt < attempts && !isUsed(id) && !underway.has(id); attempt++) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, againMs).unref());
      const { code } = await run(["rmi", name]);
      if (code === 0 || (await run(["image", "exists", name])).code === 1) return rmSync(join(folder, id), { force: true });
    }
  };
  return {
    async load(image) {
      const running = underway.get(image.id) ?? make(image).finally(() => underway.delete(image.id));
      underway.set(image.id, running);
      await running;
    },
    isEmpty: () => listed().length === 0,
    async prune(isUsed) {
      for (const id of listed()) if (!isUsed(id) && !underway.has(id)) await forget(id, isUsed);
    },
  };
}
