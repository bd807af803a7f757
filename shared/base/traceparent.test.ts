import { placeOf, traceparentOf } from "./traceparent.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";

test("a place is read as it is written", () => {
  for (const isSampled of [true, false])
    expect(placeOf(traceparentOf({ trace, span, isSampled }))).toEqual({ trace, span, isSampled });
});
test("later versions may add parts and flags", () => {
  expect(placeOf(`cc-${trace}-${span}-03-what-the-future-brings`)).toEqual({ trace, span, isSampled: true });
});
test.each([
  undefined,
  "",
  "nonsense",
  `00-${trace}-${span}-01-more`,
  `ff-${trace}-${span}-01`,
  `00-${"0".repeat(32)}-${span}-01`,
  `00-${trace}-${"0".repeat(16)}-01`,
  `00-${trace.toUpperCase()}-${span}-01`,
  `00-${trace}-${span}-1`,
])("what is no place is none: %s", (text) => {
  expect(placeOf(text)).toBeUndefined();
});
