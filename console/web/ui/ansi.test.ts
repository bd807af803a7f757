import * as fc from "fast-check";
import { plainText, spansOf } from "./ansi.ts";

test("colours are kept, by name", () => {
  expect(spansOf("\u001b[31mred\u001b[0m plain \u001b[1;32mgo\u001b[39m!")).toEqual([
    { text: "red", className: "ansi-red" },
    { text: " plain ", className: "" },
    { text: "go", className: "ansi-green ansi-bold" },
    { text: "!", className: "ansi-bold" },
  ]);
});
test.each([
  ["cursor movement", "a\u001b[2J\u001b[Hb", "ab"],
  ["a window title", "a\u001b]0;owned\u0007b", "ab"],
  ["a link", "\u001b]8;;http://evil\u001b\\here\u001b]8;;\u001b\\", "here"],
  ["a carriage return that overwrites", "safe\rowned", "safe·owned"],
  ["text turned around", "a\u202eb", "a·b"],
  ["NUL and bell", "a\u0000\u0007b", "a··b"],
])("%s does nothing", (_, line, shown) => {
  expect(plainText(line)).toBe(shown);
  expect(
    spansOf(line)
      .map((s) => s.text)
      .join(""),
  ).toBe(shown);
});
test("whatever comes, no control character goes out", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (line) => {
      expect(
        spansOf(line)
          .map((s) => s.text)
          .join(""),
      ).not.toMatch(/(?!\t|\n)\p{Cc}/u);
    }),
  );
});
