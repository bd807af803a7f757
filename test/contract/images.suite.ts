import type { ImageRegistry } from "../../shared/ports/image-registry.ts";

type Opened = {
  images: ImageRegistry;
  /** Pushes an image of this content, as a builder does; answers its digest. */
  push(repository: string, tag: string, content: string): Promise<string>;
  close(): Promise<void>;
};

/** What every ImageRegistry promises. `unkept`: what the emulator behind it does not do, though the real registry does. */
export function imageRegistrySuite(
  name: string,
  open: () => Promise<Opened>,
  { unkept = [] }: { unkept?: readonly "credentials"[] } = {},
) {
  describe(`ImageRegistry: ${name}`, () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    test("a repository is made once, however often it is asked for, and keeps its images", async () => {
      const { repository } = await opened.images.ensureRepository("tnt_a", "cmp_1");
      const digest = await opened.push(repository, "v1", "one");
      expect(await opened.images.ensureRepository("tnt_a", "cmp_1")).toEqual({ repository });
      expect(await opened.images.resolve("tnt_a", repository, "v1")).toBe(digest);
    });
    test("a tag points to what was pushed last; one that was never pushed to nothing", async () => {
      const { repository } = await opened.images.ensureRepository("tnt_a", "cmp_1");
      const first = await opened.push(repository, "v1", "one");
      const second = await opened.push(repository, "v1", "another");
      expect(second).not.toBe(first);
      expect(await opened.images.resolve("tnt_a", repository, "v1")).toBe(second);
      expect(await opened.images.resolve("tnt_a", repository, "v2")).toBeUndefined();
    });
    test("another tenant's repository is not found, by any call", async () => {
      const { repository } = await opened.images.ensureRepository("tnt_a", "cmp_1");
      const digest = await opened.push(repository, "v1", "one");
      for (const call of [
        () => opened.images.resolve("tnt_b", repository, "v1"),
        () => opened.images.pushCredential("tnt_b", repository),
        async () => opened.images.remove("tnt_b", repository),
      ]) {
        await expect((async () => call())()).rejects.toMatchObject({ code: "not_found" });
      }
      expect(await opened.images.resolve("tnt_a", repository, "v1")).toBe(digest);
    });
    const testCredentials = unkept.includes("credentials") ? test.skip : test;
    testCredentials("one pushes to a repository, another one pulls all that a tenant has, and each ends", async () => {
      const [one, two] = await Promise.all(["cmp_1", "cmp_2"].map((name) => opened.images.ensureRepository("tnt_a", name)));
      const credentials = await Promise.all([
        opened.images.pushCredential("tnt_a", String(one?.repository)),
        opened.images.pushCredential("tnt_a", String(two?.repository)),
        opened.images.pullCredential("tnt_a"),
        opened.images.pullCredential("tnt_b"),
      ]);
      expect(new Set(credentials.map(({ password }) => password)).size).toBe(4);
      for (const { issuedAt, expiresAt } of credentials) expect(expiresAt > issuedAt).toBe(true);
    });
    test("a removed repository is gone; removing it again is fine", async () => {
      const { repository } = await opened.images.ensureRepository("tnt_a", "cmp_1");
      await opened.push(repository, "v1", "one");
      await opened.images.remove("tnt_a", repository);
      await opened.images.remove("tnt_a", repository);
      expect(await opened.images.resolve("tnt_a", repository, "v1")).toBeUndefined();
    });
    test.each(["..", "a/b", "", "A", "a/../../b"])("a name cannot lead out of the registry: %j", async (bad) => {
      await expect(opened.images.ensureRepository("tnt_a", bad)).rejects.toMatchObject({ code: "internal" });
      await expect((async () => opened.images.resolve("tnt_a", `tnt_a/${bad}`, "v1"))()).rejects.toMatchObject({
        code: "not_found",
      });
    });
  });
}
