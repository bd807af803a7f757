import type { Secrets } from "../../shared/ports/secrets.ts";

/** What every Secrets promises. */
export function secretsSuite(name: string, open: () => Promise<{ secrets: Secrets; close(): Promise<void> }>) {
  describe(`Secrets: ${name}`, () => {
    let secrets: Secrets;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ secrets, close } = await open());
    });
    afterEach(() => close());

    test.each(["", "hunter2", "día 日本 \u{1F600}", "x".repeat(40_000)])(
      "what was sealed for a tenant opens for it: %#",
      async (plain) => {
        const sealed = await secrets.seal("tnt_a", plain);
        expect(await secrets.open("tnt_a", sealed)).toBe(plain);
      },
    );
    test("the sealed text does not show the plain one", async () => {
      expect(await secrets.seal("tnt_a", "canary-value")).not.toContain("canary-value");
    });
    test("what was sealed for one tenant does not open for another", async () => {
      await expect(secrets.open("tnt_b", await secrets.seal("tnt_a", "x"))).rejects.toMatchObject({ code: "internal" });
    });
    test.each(["", "nonsense", "s1.k9.AAAA", "s1.k1.AAAA", "s1.k1."])(
      "what we did not seal does not open: %j",
      async (sealed) => {
        await expect(secrets.open("tnt_a", sealed)).rejects.toMatchObject({ code: "internal" });
      },
    );
  });
}
