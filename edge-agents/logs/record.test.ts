import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { parseRecords, recordsOf, textBytesMax } from "./record.ts";

/** Cuts a source into chunks at the given places and stores it as a reader does, whatever remains at the end being flushed. */
function stored(source: Buffer, cuts: readonly number[]): { text: string; end: number; sequence: number; whole: boolean }[] {
  const segment: Buffer[] = [];
  let position = 0;
  let sequence = 1;
  for (const cut of [...cuts.map((each) => each % (source.length + 1)).sort((a, b) => a - b), source.length]) {
    const last = cut === source.length;
    for (;;) {
      const lines = recordsOf({
        bytes: source.subarray(position, cut),
        offset: position,
        source: 7,
        stream: "out",
        at: 5,
        sequence,
        flush: last,
      });
      if (lines.count === 0) break;
      segment.push(Buffer.from(lines.bytes));
      position += lines.consumed;
      sequence += lines.count;
    }
  }
  const { records } = parseRecords(Buffer.concat(segment));
  return records.map((record) => ({
    text: record.text.toString("latin1"),
    end: record.end,
    sequence: record.sequence,
    whole: record.kind === "o",
  }));
}

describe("Records", () => {
  const bytes = fc
    .array(fc.constantFrom("a", "\n", "\r", " ", "1 2 o 3 4 ", "\0", "\xff", "x".repeat(9_000)))
    .map((parts) => Buffer.from(parts.join(""), "latin1"));

  test("hold a source byte for byte, wherever it is cut, and each says how far it was read", () => {
    return fc.assert(
      fc.property(bytes, fc.array(fc.nat()), (source, cuts) => {
        const records = stored(source, cuts);
        expect(records.map((record) => (record.whole ? `${record.text}\n` : record.text)).join("")).toBe(
          source.toString("latin1"),
        );
        expect(records.map((record) => record.sequence)).toEqual(records.map((_, n) => n + 1));
        expect(records.at(-1)?.end ?? 0).toBe(source.length);
        for (const record of records) expect(record.text.length).toBeLessThanOrEqual(textBytesMax);
      }),
    );
  });

  test("are read as far as they are whole: what a crash left behind is not", () => {
    const lines = recordsOf({
      bytes: Buffer.from("one\ntwo\n"),
      offset: 0,
      source: 1,
      stream: "err",
      at: 1,
      sequence: 1,
      flush: false,
    });
    const all = Buffer.from(lines.bytes);
    for (let cut = 0; cut < all.length; cut++) {
      const { records, length } = parseRecords(all.subarray(0, cut));
      expect(records.length).toBe(cut < all.indexOf(10) + 1 ? 0 : 1);
      expect(length).toBeLessThanOrEqual(cut);
    }
  });

  test("anything else is no record", async () => {
    await fc.assert(
      fc.property(fc.uint8Array(), (noise) => void parseRecords(Buffer.concat([Buffer.from(noise), Buffer.from("\n")]))),
    );
    expect(parseRecords(Buffer.from("not a record\n")).records).toEqual([]);
  });
});
