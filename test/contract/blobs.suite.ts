import { createHash } from "node:crypto";
import type { BlobStore, BlobWrite } from "../../shared/ports/blob-store.ts";

export interface BlobWorld {
  readonly blobs: BlobStore;
  /** Makes the request: a PUT of the content, or a GET without any. */
  readonly fetch: (request: BlobWrite, content?: Buffer) => Promise<{ status: number; body: Buffer }>;
  close(): Promise<void>;
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const content = Buffer.from("slug of a component");
const digest = digestOf(content);
const expiresSeconds = 60;

/** What every BlobStore promises. `unkept`: what the emulator behind it does not do, though the real store does. */
export function blobStoreSuite(
  name: string,
  open: () => Promise<BlobWorld>,
  { unkept = [] }: { unkept?: readonly ("checksums" | "signatures")[] } = {},
) {
  describe(`BlobStore: ${name}`, () => {
    let world: BlobWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());
    const testIf = (promise: (typeof unkept)[number]) => (unkept.includes(promise) ? test.skip : test);

    const announce = (namespace: string, bytes = content, more: { digest?: string; sizeBytes?: number } = {}) =>
      world.blobs.writeRequest({ namespace, digest: digestOf(bytes), sizeBytes: bytes.length, expiresSeconds, ...more });
    const put = async (namespace: string, bytes = content) => world.fetch(await announce(namespace, bytes), bytes);
    const read = async (namespace: string, wanted = digest) =>
      world.fetch({ url: await world.blobs.readUrl({ namespace, digest: wanted, expiresSeconds }), headers: {} });
    const has = (namespace: string, wanted = digest) => world.blobs.has({ namespace, digest: wanted });

    test("what was put is found by its digest, whole", async () => {
      expect(await has("tnt_a")).toBe(false);
      expect((await put("tnt_a")).status).toBe(200);
      expect(await has("tnt_a")).toBe(true);
      expect(await read("tnt_a")).toEqual({ status: 200, body: content });
    });
    test("another tenant does not find it, nor lose its own when the first removes it", async () => {
      await put("tnt_a");
      expect([await has("tnt_b"), (await read("tnt_b")).status]).toEqual([false, 404]);
      await put("tnt_b");
      await world.blobs.remove({ namespace: "tnt_a", digest });
      expect([await has("tnt_a"), (await read("tnt_a")).status]).toEqual([false, 404]);
      expect([await has("tnt_b"), await read("tnt_b")]).toEqual([true, { status: 200, body: content }]);
    });
    test("a request may be made again, and at once: it is one blob", async () => {
      const request = await announce("tnt_a");
      const answers = await Promise.all([1, 2, 3].map(() => world.fetch(request, content)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await read("tnt_a")).body).toEqual(content);
    });
    test("empty content is a blob", async () => {
      const empty = Buffer.alloc(0);
      expect((await put("tnt_a", empty)).status).toBe(200);
      expect(await read("tnt_a", digestOf(empty))).toEqual({ status: 200, body: empty });
    });
    test("megabytes arrive as they were sent", async () => {
      const large = Buffer.alloc(9_000_001, "0123456789");
      expect((await put("tnt_a", large)).status).toBe(200);
      expect((await read("tnt_a", digestOf(large))).body.equals(large)).toBe(true);
    });
    testIf("checksums")("content that is not what was announced is refused, and not kept", async () => {
      const other = Buffer.from("slug of a componenT");
      expect((await world.fetch(await announce("tnt_a"), other)).status).toBeGreaterThanOrEqual(400);
      expect([await has("tnt_a"), await has("tnt_a", digestOf(other))]).toEqual([false, false]);
    });
    testIf("signatures")("more than was announced is refused, and not kept", async () => {
      const request = await announce("tnt_a", content, { sizeBytes: content.length - 1 });
      expect((await world.fetch(request, content)).status).toBeGreaterThanOrEqual(400);
      expect(await has("tnt_a")).toBe(false);
    });
    testIf("signatures")("a URL to read from does not write, nor one to write to read", async () => {
      const url = await world.blobs.readUrl({ namespace: "tnt_a", digest, expiresSeconds });
      expect((await world.fetch({ url, headers: {} }, content)).status).toBe(403);
      expect((await world.fetch(await announce("tnt_a"))).status).toBe(403);
    });
    test("removing what is not there is fine", () => world.blobs.remove({ namespace: "tnt_a", digest }));
    test.each(["", "sha256:xyz", `sha256:${"../".repeat(22)}`, `md5:${"0".repeat(64)}`])(
      "what is no digest is invalid: %j",
      async (bad) => {
        const blob = { namespace: "tnt_a", digest: bad };
        await expect(world.blobs.has(blob)).rejects.toMatchObject({ code: "invalid" });
        await expect(world.blobs.readUrl({ ...blob, expiresSeconds })).rejects.toMatchObject({ code: "invalid" });
        await expect(announce("tnt_a", content, { digest: bad })).rejects.toMatchObject({ code: "invalid" });
      },
    );
    test.each(["../x", "", ".drafts", "a/b", "a\0"])("a namespace cannot lead out of the store: %j", async (namespace) => {
      await expect(has(namespace)).rejects.toMatchObject({ code: "internal" });
      await expect(announce(namespace)).rejects.toMatchObject({ code: "internal" });
    });
  });
}
