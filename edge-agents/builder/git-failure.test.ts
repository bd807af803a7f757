import { gitFailure } from "./git-failure.ts";

const told = (errors: string) => gitFailure(errors, "exited").message;

test("C3: git's own words are told with the address that was asked for", () => {
  const said = told("fatal: repository 'http://localhost:7470/git/demos/nope.git/' not found");
  expect(said).toContain("'http://localhost:7470/git/demos/nope.git/' not found");
});

test("C3: folders of the build machine are not told", () => {
  const said = told("fatal: could not open '/home/pluvia/.pluvia/builds/bld_1/git' for writing");
  expect(said).toContain("the build folder");
  expect(said).not.toContain("/home/pluvia");
});
