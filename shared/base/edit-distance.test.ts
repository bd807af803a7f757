import fc from "fast-check";
import { editDistance } from "./edit-distance.ts";

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "abd", 1],
  ["abc", "ab", 1],
  ["main", "mian", 1],
  ["kitten", "sitting", 3],
])("from %j to %j: %i", (a, b, far) => expect(editDistance(a, b)).toBe(far));

test("is the same both ways, zero for the same word alone, and never more than the longer one's length", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const far = editDistance(a, b);
      expect(editDistance(b, a)).toBe(far);
      expect(far === 0).toBe(a === b);
      expect(far).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
