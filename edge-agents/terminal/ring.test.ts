import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { ring } from "./ring.ts";

test("a ring keeps the newest pieces, numbered, within its size", () => {
  return fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 20 }), { maxLength: 3_000 }),
      fc.integer({ min: 30, max: 500 }),
      (added, size) => {
        const kept = ring(size);
        for (const data of added) kept.add(data);
        const found: { sequence: number; data: string }[] = [];
        for (let piece = kept.after(0); piece !== undefined; piece = kept.after(piece.sequence)) found.push(piece);
        expect(found.map((piece) => piece.data)).toEqual(added.slice(added.length - found.length));
        expect(found.at(-1)?.sequence ?? 0).toBe(added.length);
        expect(kept.bytesAfter(0)).toBe(found.reduce((sum, piece) => sum + Buffer.byteLength(piece.data), 0));
        expect(kept.bytesAfter(0)).toBeLessThanOrEqual(size);
      },
    ),
    { numRuns: 50 },
  );
});
