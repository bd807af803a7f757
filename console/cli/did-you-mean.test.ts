import { otherNames } from "./did-you-mean.ts";

test("nothing is guessed when nothing is close", () => {
  expect(otherNames("web", ["orders"], "None.")).toBe("There are: orders.");
});

test("G1: what there is is listed, but not without end; where there is nothing, that is said", () => {
  const many = Array.from({ length: 25 }, (_, n) => `component-${n}`);
  expect(otherNames("zzz", many, "None.")).toContain("component-19 and 5 more.");
  expect(otherNames("web", [], "None.")).toBe("None.");
});
