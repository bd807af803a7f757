import * as fc from "fast-check";
import { flush, pktLine, readPushRequest, speaksSideBand } from "./pkt-line.ts";

const zero = "0".repeat(40);
const one = "1".repeat(40);
const request = Buffer.concat([
  pktLine(`${zero} ${one} refs/heads/main\0 report-status side-band-64k agent=git/2`),
  pktLine(`${one} ${zero} refs/heads/old`),
  Buffer.from(flush),
  Buffer.from("PACK…"),
]);

test("what is pushed is read however the bytes are cut", () => {
  return fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: request.length })), (cuts) => {
      const reader = readPushRequest();
      const at = [0, ...cuts.toSorted((a, b) => a - b), request.length];
      for (const [i, from] of at.entries()) reader.see(request.subarray(from, at[i + 1]));
      expect(reader.request().updates).toEqual([
        { from: zero, to: one, ref: "refs/heads/main" },
        { from: one, to: zero, ref: "refs/heads/old" },
      ]);
      expect(speaksSideBand(reader.request())).toBe(true);
    }),
  );
});

test("bytes that are no git request are no updates", () => {
  return fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      const reader = readPushRequest();
      reader.see(Buffer.from(bytes));
      expect(reader.request().updates).toEqual([]);
    }),
  );
});
