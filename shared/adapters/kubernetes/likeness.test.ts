import fc from "fast-check";
import { likeness } from "./likeness.ts";

test("what is kept by its likeness to others is the same when it is read, whatever it is", () => {
  const words = fc.constantFrom("", "a", '"', "\\", "\0", "\\u0000", "long ".repeat(40));
  const thing = fc.oneof(
    fc.json(),
    fc.dictionary(words, fc.oneof(words, fc.nat(3))).map((o) => JSON.stringify(o)),
  );
  fc.assert(
    fc.property(fc.array(thing, { maxLength: 150 }), (texts) => {
      const { pack, unpack } = likeness();
      expect(texts.map(pack).map(unpack)).toEqual(texts);
    }),
  );
});

test("a text too long to be remembered is not taken for a shorter one of its shape that comes later", () => {
  const { pack, unpack } = likeness();
  const texts = [JSON.stringify({ a: "", b: "x".repeat(20_000) }), JSON.stringify({ a: "1", b: "2" })];
  expect(texts.map(pack).map(unpack)).toEqual(texts);
});

test("more shapes than are remembered are kept as they are", () => {
  const { pack, unpack } = likeness();
  const texts = Array.from({ length: 300 }, (_, n) => JSON.stringify(Array(n).fill("same")));
  expect(texts.map(pack).map(unpack)).toEqual(texts);
  expect(pack(texts[299] ?? "")).toBe(texts[299]);
});

test("objects that are alike take little room", () => {
  const { pack } = likeness();
  const text = (name: string): string =>
    JSON.stringify({ metadata: { name, labels: { "pluvia.io/data-center": "dc_0000000000000001" } } });
  pack(text("one"));
  expect(pack(text("other")).length).toBeLessThan(text("other").length / 3);
});
