import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { Fault } from "../../../base/fault.ts";
import { blocksOf } from "./blocks.ts";
import { type HttpAnswer, readBody } from "../guarded-request.ts";
import { denied, jsonOf, type RegistryPlace, type RegistrySession, registrySession } from "./session.ts";

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}
export interface Blob {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** One registry that speaks the OCI distribution protocol, v1.1. All it sends is checked against the digest it is asked for. */
export interface Registry {
  hasBlob(repository: string, digest: string): Promise<boolean>;
  /** Makes a blob of another repository of the same registry known to this one; false when the registry does not do that. */
  mountBlob(repository: string, from: string, digest: string): Promise<boolean>;
  /** @throws Fault `not_found`; the stream ends with `invalid` when it is not what was asked for. */
  readBlob(repository: string, blob: Blob): Promise<Readable>;
  /** Stored whole or not at all. @throws Fault `too_large` over `bytesMax`, `invalid` when it is not `expected`. */
  pushBlob(repository: string, content: AsyncIterable<Buffer>, limits: { bytesMax: number; expected?: string }): Promise<Blob>;
  /** The digest a tag points to; undefined when there is none. */
  resolve(repository: string, reference: string): Promise<string | undefined>;
  /** `reference`: a tag or a digest. @throws Fault `not_found`. */
  readManifest(repository: string, reference: string): Promise<StoredManifest>;
  pushManifest(repository: string, reference: string, manifest: { mediaType: string; bytes: Buffer }): Promise<string>;
  tags(repository: string): Promise<readonly string[]>;
  /** Fine when there is none. @throws Fault `unavailable` when the registry keeps everything. */
  removeManifest(repository: string, digest: string): Promise<void>;
}

/** Manifests of honest images are a few KiB; the spec asks registries to take 4 MiB. */
const manifestBytesMax = 4 * 2 ** 20;
/** Kept in memory, so that a part can be sent again. */
const blockBytes = 8 * 2 ** 20;
const tagsMax = 10_000;

const accepted = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

export const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const wrong = (host: string, what: string): Fault =>
  new Fault("invalid", `The registry ${host} sent something else than ${what}.`, {
    next: "Nothing of it was used. Push the image again, or use another registry.",
    reason: "registry.content",
    params: { host },
    detail: { signal: "artifact.unavailable" },
  });

export function ociRegistry(place: RegistryPlace): Registry {
  const { host } = new URL(place.url);
  const session: RegistrySession = registrySession(place);
  const pulls = (repository: string) => `repository:${repository}:pull`;
  const pushes = (repository: string) => `repository:${repository}:pull,push`;

  const refusal = async (answer: HttpAnswer, what: string): Promise<Fault> => {
    const text = (await readBody(answer, { bytesMax: 64 * 1024 }).catch(() => Buffer.alloc(0))).toString("utf8");
    if (answer.status === 404) return missing(host, what);
    if (answer.status === 401 || answer.status === 403) return denied(host, answer.status);
    const code = (jsonOf(text) as { errors?: { code?: unknown }[] } | undefined)?.errors?.[0]?.code;
    return new Fault(answer.status === 413 ? "too_large" : "invalid", `The registry ${host} refused ${what}: ${answer.status}.`, {
      next: "Check the registry's settings.",
      detail: { code: String(code).slice(0, 100) },
    });
  };
  const expectStatus = async (answer: HttpAnswer, status: readonly number[], what: string): Promise<HttpAnswer> => {
    if (status.includes(answer.status)) return answer;
    throw await refusal(answer, what);
  };
  const head = async (path: string, scope: string, headers: Record<string, string> = {}) => {
    const answer = await session.send({ method: "HEAD", path, scope, headers, follow: true });
    answer.body.resume();
    if (answer.status !== 404 && answer.status !== 200) throw await refusal(answer, path);
    return answer;
  };

  /** Where the next part of an upload goes; a registry may move it with every answer. */
  const placeOf = (answer: HttpAnswer): string => {
    const { location } = answer.headers;
    answer.body.resume();
    if (location === undefined) throw new Fault("unavailable", `The registry ${host} told no place for the upload.`);
    const url = new URL(location, place.url);
    return url.href;
  };
  const beginUpload = async (repository: string): Promise<string> =>
    placeOf(
      await expectStatus(
        await session.send({ method: "POST", path: `/v2/${repository}/blobs/uploads/`, scope: pushes(repository) }),
        [202],
        "an upload",
      ),
    );
  /** After a broken part: whether the registry has it. */
  const arrived = async (repository: string, at: string, range: { from: number; to: number }): Promise<boolean> => {
    const answer = await session.send({ method: "GET", path: at, scope: pushes(repository) });
    answer.body.resume();
    const end = Number(/^0-(\d+)$/.exec(answer.headers.range ?? "")?.[1] ?? -1);
    if (answer.status === 204 && end + 1 === range.to) return true;
    if (answer.status === 204 && (end + 1 === range.from || (end === 0 && range.from === 0))) return false;
    throw new Fault("unavailable", `The registry ${host} lost a part of an upload.`, { next: "It is tried again by itself." });
  };
  const sendBlock = async (repository: string, at: string, block: { from: number; bytes: Buffer }): Promise<string> => {
    const to = block.from + block.bytes.length;
    const request = {
      method: "PATCH" as const,
      path: at,
      scope: pushes(repository),
      headers: { "content-type": "application/octet-stream", "content-range": `${block.from}-${to - 1}` },
      body: block.bytes,
      once: true,
    };
    try {
      return placeOf(await expectStatus(await session.send(request), [202], "a part of an upload"));
    } catch (error) {
      if (!(error instanceof Fault && error.code === "unavailable")) throw error;
      if (await arrived(repository, at, { from: block.from, to })) return at;
      return placeOf(await expectStatus(await session.send(request), [202], "a part of an upload"));
    }
  };
  const withDigest = (at: string, digest: string): string => {
    const url = new URL(at);
    url.searchParams.set("digest", digest);
    return url.href;
  };

  return {
    hasBlob: async (repository, digest) => (await head(`/v2/${repository}/blobs/${digest}`, pulls(repository))).status === 200,
    mountBlob: async (repository, from, digest) => {
      const path = `/v2/${repository}/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
      const scope = `${pushes(repository)} ${pulls(from)}`;
      const answer = await session.send({ method: "POST", path, scope });
      if (answer.status === 201) return answer.body.resume() !== undefined;
      // There are registries that refuse what they do not do, e.g. with 405.
      if (answer.status === 404 || answer.status === 405) return answer.body.resume() === undefined;
      await expectStatus(answer, [202], "a mount");
      // An upload was begun in place of it.
      const cancelled = await session.send({ method: "DELETE", path: placeOf(answer), scope: pushes(repository), once: true });
      cancelled.body.resume();
      return false;
    },
    readBlob: async (repository, { digest, sizeBytes }) => {
      const path = `/v2/${repository}/blobs/${digest}`;
      const answer = await session.send({ method: "GET", path, scope: pulls(repository), follow: true });
      await expectStatus(answer, [200], `the blob ${digest}`);
      return Readable.from(checked(answer.body, { digest, sizeBytes }, () => wrong(host, digest)));
    },
    pushBlob: async (repository, content, { bytesMax, expected }) => {
      const hash = createHash("sha256");
      let at = await beginUpload(repository);
      let from = 0;
      try {
        for await (const bytes of blocksOf(content, blockBytes)) {
          hash.update(bytes);
          if (from + bytes.length > bytesMax) throw tooLarge(bytesMax);
          at = await sendBlock(repository, at, { from, bytes });
          from += bytes.length;
        }
        const digest = `sha256:${hash.digest("hex")}`;
        if (expected !== undefined && digest !== expected) throw wrong(host, expected);
        const put = { method: "PUT" as const, path: withDigest(at, digest), scope: pushes(repository), body: Buffer.alloc(0) };
        (await expectStatus(await session.send(put), [201], "a blob")).body.resume();
        return { digest, sizeBytes: from };
      } catch (error) {
        const gone = await session
          .send({ method: "DELETE", path: at, scope: pushes(repository), once: true })
          // The first failure is the one to tell; the registry drops what is not finished by itself.
          .catch(() => undefined);
        gone?.body.resume();
        throw error;
      }
    },
    resolve: async (repository, reference) => {
      const path = `/v2/${repository}/manifests/${reference}`;
      const answer = await head(path, pulls(repository), { accept: accepted });
      if (answer.status === 404) return undefined;
      const digest = answer.headers["docker-content-digest"];
      if (typeof digest === "string" && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
      return (await readManifest(reference, repository)).digest;
    },
    readManifest: (repository, reference) => readManifest(reference, repository),
    pushManifest: async (repository, reference, { mediaType, bytes }) => {
      const path = `/v2/${repository}/manifests/${reference}`;
      const headers = { "content-type": mediaType };
      const put = await session.send({ method: "PUT", path, scope: pushes(repository), headers, body: bytes });
      (await expectStatus(put, [201], "a manifest")).body.resume();
      return digestOf(bytes);
    },
    tags: async (repository) => {
      const answer = await session.send({ method: "GET", path: `/v2/${repository}/tags/list`, scope: pulls(repository) });
      if (answer.status === 404) return answer.body.resume() ? [] : [];
      await expectStatus(answer, [200], "the list of tags");
      const list = jsonOf((await readBody(answer, { bytesMax: manifestBytesMax })).toString("utf8")) as
        | { tags?: unknown }
        | undefined;
      return Array.isArray(list?.tags) ? list.tags.filter((tag) => typeof tag === "string").slice(0, tagsMax) : [];
    },
    removeManifest: async (repository, digest) => {
      const path = `/v2/${repository}/manifests/${digest}`;
      const answer = await session.send({ method: "DELETE", path, scope: `repository:${repository}:pull,delete` });
      if (answer.status === 405)
        throw new Fault("unavailable", `The registry ${host} does not remove images.`, {
          next: "Allow deletion in its settings.",
        });
      (await expectStatus(answer, [202, 404], "a removal")).body.resume();
    },
  };

  async function readManifest(reference: string, repository: string): Promise<StoredManifest> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const answer = await session.send({
      method: "GET",
      path,
      scope: pulls(repository),
      headers: { accept: accepted },
      follow: true,
    });
    await expectStatus(answer, [200], `${repository}:${reference}`);
    const bytes = await readBody(answer, { bytesMax: manifestBytesMax });
    const digest = digestOf(bytes);
    const told = reference.startsWith("sha256:") ? reference : answer.headers["docker-content-digest"];
    if (told !== undefined && told !== digest) throw wrong(host, String(told));
    return { digest, mediaType: (answer.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "", bytes };
  }
}

const missing = (host: string, what: string): Fault =>
  new Fault("not_found", `The registry ${host} has no ${what}.`, {
    next: "Check its name and tag, or push it first.",
    reason: "registry.missing",
    params: { host, image: what },
    detail: { signal: "artifact.unavailable" },
  });
const tooLarge = (bytesMax: number): Fault =>
  new Fault("too_large", `The image is over the limit of ${bytesMax} bytes.`, { next: "Make the image smaller." });

/** Passes on what is exactly the blob; stops as soon as it cannot be. */
async function* checked(content: AsyncIterable<Buffer>, { digest, sizeBytes }: Blob, fault: () => Fault): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of content) {
    bytes += piece.length;
    if (bytes > sizeBytes) throw fault();
    hash.update(piece);
    yield piece;
  }
  if (bytes !== sizeBytes || `sha256:${hash.digest("hex")}` !== digest) throw fault();
}

/** All of a blob whose size is known to be small. */
export async function readWhole(content: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
