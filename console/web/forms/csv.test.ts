import { csvOf } from "./csv.ts";

test("A9: quotes, commas and line ends stay in their cell", () => {
  expect(csvOf([["a", 'say "hi"', "x,y", "1\n2"]])).toBe('a,"say ""hi""","x,y","1\n2"');
});
test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])("a spreadsheet does not run %p", (value) => {
  expect(csvOf([[value]])).toBe(`'${value}`);
});
