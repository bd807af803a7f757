import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { BlobStore } from "../../shared/ports/blob-store.ts";

const content = Buffer.from("slug of a component");
const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
const stream = (bytes: Buffer = content) => Readable.from([bytes.subarray(0, 5), bytes.subarray(5)]);
const maxBytes = 1_000_000;

/** What every BlobStore promises. */
export function blobStoreSuite(name: string, open: () => Promise<{ blobs: BlobStore; close(): Promise<void> }>) {
  describe(`BlobStore: ${name}`, () => {
    let blobs: BlobStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ blobs, close } = await open());
    });
    afterEach(() => close());

    test("content is found by its digest, whole", async () => {
      expect(await blobs.put("tnt_a", stream(), { maxBytes })).toEqual({ digest, sizeBytes: content.length });
      const found = await blobs.get("tnt_a", digest);
      expect(found.sizeBytes).toBe(content.length);
      expect(await buffer(found.content)).toEqual(content);
      expect(await blobs.has("tnt_a", digest)).toBe(true);
    });
    test("another tenant does not find it, nor lose its own when the first removes it", async () => {
      await blobs.put("tnt_a", stream(), { maxBytes });
      await expect(blobs.get("tnt_b", digest)).rejects.toMatchObject({ code: "not_found" });
      expect(await blobs.has("tnt_b", digest)).toBe(false);
      await blobs.put("tnt_b", stream(), { maxBytes });
      await blobs.remove("tnt_a", digest);
      expect(await blobs.has("tnt_a", digest)).toBe(false);
      expect(await blobs.has("tnt_b", digest)).toBe(true);
    });
    test("the same content twice, at once, is one blob", async () => {
      const kept = await Promise.all([1, 2, 3].map(() => blobs.put("tnt_a", stream(), { maxBytes })));
      expect(kept.map((k) => k.digest)).toEqual([digest, digest, digest]);
      expect(await buffer((await blobs.get("tnt_a", digest)).content)).toEqual(content);
    });
    test("empty content is a blob", async () => {
      const kept = await blobs.put("tnt_a", Readable.from([]), { maxBytes });
      expect(kept.sizeBytes).toBe(0);
      expect(await buffer((await blobs.get("tnt_a", kept.digest)).content)).toHaveLength(0);
    });
    test("over the limit nothing is kept", async () => {
      await expect(blobs.put("tnt_a", stream(), { maxBytes: content.length - 1 })).rejects.toMatchObject({ code: "too_large" });
      expect(await blobs.has("tnt_a", digest)).toBe(false);
      await blobs.put("tnt_a", stream(), { maxBytes: content.length });
    });
    test("content that is not what was expected is not kept", async () => {
      await expect(blobs.put("tnt_a", stream(), { maxBytes, expected: `sha256:${"0".repeat(64)}` })).rejects.toMatchObject({
        code: "invalid",
      });
      expect(await blobs.has("tnt_a", digest)).toBe(false);
    });
    test("a stream that breaks leaves nothing", async () => {
      const broken = Readable.from(
        (function* () {
          yield content;
          throw new Error("connection lost");
        })(),
      );
      await expect(blobs.put("tnt_a", broken, { maxBytes })).rejects.toThrow("connection lost");
      expect(await blobs.has("tnt_a", digest)).toBe(false);
    });
    test("removing what is not there is fine", () => blobs.remove("tnt_a", digest));
    test.each(["", "sha256:xyz", `sha256:${"../".repeat(22)}`, `md5:${"0".repeat(64)}`])(
      "what is no digest is invalid: %j",
      async (bad) => {
        await expect(blobs.get("tnt_a", bad)).rejects.toMatchObject({ code: "invalid" });
      },
    );
  });
}
