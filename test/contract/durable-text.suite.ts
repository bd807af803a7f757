import type { DurableText } from "../../shared/ports/durable-text.ts";

/** What every DurableText promises. `again`: the same text as another process, or a later one, sees it. */
export function durableTextSuite(
  name: string,
  open: () => Promise<{ text: DurableText; again: () => DurableText; close(): Promise<void> }>,
) {
  describe(`DurableText: ${name}`, () => {
    let text: DurableText;
    let again: () => DurableText;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ text, again, close } = await open());
    });
    afterEach(() => close());

    test("nothing is there at first; what was written is there for the next process", async () => {
      expect(await text.read()).toBeUndefined();
      expect(await text.write("ün 1", undefined)).toBe(true);
      expect(await again().read()).toMatchObject({ text: "ün 1" });
    });
    test("of many that write the first text at once, one wins, and its text stays", async () => {
      const wrote = await Promise.all(Array.from({ length: 8 }, (_, at) => text.write(`text ${at}`, undefined)));
      expect(wrote.filter((won) => won)).toHaveLength(1);
      expect((await again().read())?.text).toBe(`text ${wrote.indexOf(true)}`);
    });
    test("who read an older text does not overwrite a newer one", async () => {
      await text.write("one", undefined);
      const before = await text.read();
      expect(await text.write("two", before?.version)).toBe(true);
      expect(await text.write("mine", before?.version)).toBe(false);
      expect(await text.write("mine", undefined)).toBe(false);
      expect((await again().read())?.text).toBe("two");
    });
  });
}
