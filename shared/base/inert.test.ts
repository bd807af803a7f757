import * as fc from "fast-check";
import { inert } from "./inert.ts";

test("nothing that steers a terminal gets through", () => {
  const hostile = fc
    .array(
      fc.constantFrom(
        "\u001b",
        "[",
        "]",
        "31m",
        "2J",
        "0;title",
        "\u0007",
        "\u009b",
        "\r",
        "\n",
        "\t",
        "\u202e",
        "text",
        "\u0000",
        "\u007f",
        "\\",
        "P",
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(""));
  return fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: "binary" })), (text) => {
      expect(inert(text)).not.toMatch(/(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});

test("colours and titles vanish whole, text and line ends stay", () => {
  expect(inert("\u001b[1;31mred\u001b[0m \u001b]0;owned\u0007plain\r\nnext\tcell 世界 ✓")).toBe("red plain\nnext\tcell 世界 ✓");
});
