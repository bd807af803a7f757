import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { colors, plainLine, spansOf } from "./log-text.ts";

const pieces = [
  "\u001b",
  "[",
  "]",
  "31m",
  "0m",
  "38;5;1m",
  "38;2;1;2;3m",
  "2J",
  "0;title",
  "\u0007",
  "\u009b",
  "\r",
  "\t",
  "\u202e",
  "\u2066",
  "text",
  "\0",
  "\u007f",
  "<script>",
  "日本",
];
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary" }),
);

describe("Logs are inert", () => {
  test("nothing that steers a terminal or reorders text gets through, and colours are names from the palette", () => {
    return fc.assert(
      fc.property(hostile, (line) => {
        for (const span of spansOf(line)) {
          expect(span.text).not.toMatch(/(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
          if (span.color !== undefined) expect(colors).toContain(span.color);
        }
      }),
    );
  });

  test("colours become spans", () => {
    expect(spansOf("\u001b[1;31merror\u001b[0m plain \u001b[32mok\u001b[39m end")).toEqual([
      { text: "error", bold: true, color: "red" },
      { text: " plain " },
      { text: "ok", color: "green" },
      { text: " end" },
    ]);
  });

  test.each([
    ["cursor movement", "a\u001b[2J\u001b[Hb", "ab"],
    ["a window title", "a\u001b]0;owned\u0007b", "ab"],
    ["a link", "\u001b]8;;http://evil\u001b\\here\u001b]8;;\u001b\\", "here"],
    ["text turned around", "a\u202eb", "ab"],
    ["NUL and bell", "a\u0000\u0007b", "ab"],
  ])("%s does nothing", (_, line, shown) => expect(plainLine(line)).toBe(shown));

  test("256 and RGB colours are skipped whole", () => {
    expect(spansOf("\u001b[38;5;31mA\u001b[38;2;1;2;31;1mB")).toEqual([{ text: "A" }, { text: "B", bold: true }]);
  });

  test("a progress bar shows its newest state, a line of Windows ends without its return", () => {
    expect(plainLine("10%\r50%\r100%")).toBe("100%");
    expect(plainLine("done\r")).toBe("done");
  });
});
