import { ociRegistry, type Registry } from "../../shared/adapters/http/oci/registry.ts";
import type { RegistrySubject } from "../../shared/domain/image/registry-access.ts";
import { pieces, pushImage } from "../support/image.ts";
import { noRegistry } from "../support/oci-registry.ts";
import { startTokenRegistry } from "../support/token-registry.ts";

(noRegistry === "" ? describe : describe.skip)(
  `minted credentials, in a real registry${noRegistry && `: skipped, ${noRegistry}`}`,
  () => {
    let server: Awaited<ReturnType<typeof startTokenRegistry>>;
    let digest = "";
    const as = async (subject: RegistrySubject, ttlSeconds = 60): Promise<Registry> => {
      const minted = await server.tokens.mint(subject, ttlSeconds);
      return ociRegistry({ url: server.url, allowed: ["loopback"], credential: async () => minted });
    };
    const image = { files: { a: "b" } };
    beforeAll(async () => {
      server = await startTokenRegistry("p/");
      digest = await pushImage(await as({ kind: "agent" }), { repository: "p/tnt_a/cmp_1", tag: "1" }, image);
    });
    afterAll(() => server.close());

    test("P5: a team's credential pulls what is the team's; it pushes nothing, and sees nothing of another team", async () => {
      const own = await as({ kind: "pull", tenant: "tnt_a" });
      expect(await own.resolve("p/tnt_a/cmp_1", "1")).toBe(digest);
      await expect(pushImage(own, { repository: "p/tnt_a/cmp_1", tag: "2" }, image)).rejects.toMatchObject({ code: "forbidden" });
      const other = await as({ kind: "pull", tenant: "tnt_b" });
      await expect(other.resolve("p/tnt_a/cmp_1", "1")).rejects.toMatchObject({ code: "forbidden" });
      await expect(other.mountBlob("p/tnt_b/cmp_1", "p/tnt_a/cmp_1", digest)).rejects.toMatchObject({ code: "forbidden" });
    });
    test("a push credential is for its one repository", async () => {
      const push = await as({ kind: "push", tenant: "tnt_a", repository: "tnt_a/cmp_2" });
      await pushImage(push, { repository: "p/tnt_a/cmp_2", tag: "1" }, image);
      const bytes = Buffer.from("x");
      await expect(push.pushBlob("p/tnt_a/cmp_1", pieces(bytes), { bytesMax: 9 })).rejects.toMatchObject({ code: "forbidden" });
    });
    test("a credential that has ended, was made up, or is missing gets nothing", async () => {
      const ended = await as({ kind: "pull", tenant: "tnt_a" }, -1);
      const madeUp = ociRegistry({
        url: server.url,
        allowed: ["loopback"],
        credential: async () => ({ username: "tnt_a", password: "a.b.c" }),
      });
      const none = ociRegistry({ url: server.url, allowed: ["loopback"] });
      for (const registry of [ended, madeUp, none])
        await expect(registry.resolve("p/tnt_a/cmp_1", "1")).rejects.toMatchObject({ code: "forbidden" });
    });
    test("one that was minted before another stays good: replacing it fails no pull", async () => {
      const before = await as({ kind: "pull", tenant: "tnt_a" });
      await as({ kind: "pull", tenant: "tnt_a" });
      expect(await before.resolve("p/tnt_a/cmp_1", "1")).toBe(digest);
    });
  },
);
