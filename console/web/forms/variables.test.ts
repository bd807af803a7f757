import type { Variable } from "../../../shared/contract/component.ts";
import { bothChanged, madeAnew, nameProblem, parseEnv, partsOf, remaining, staged, without } from "./variables.ts";

const known: Variable[] = [
  { name: "A", kind: "plain", value: "1", updatedAt: "2026-01-01T00:00:00.000Z" },
  { name: "S", kind: "secret", value: null, updatedAt: "2026-01-01T00:00:00.000Z" },
];

test("an edit taken back leaves nothing to apply", () => {
  const edited = staged({}, known, "A", { kind: "plain", value: "2" });
  expect(partsOf(edited)).toEqual({ set: { A: { kind: "plain", value: "2" } }, unset: [] });
  expect(staged(edited, known, "A", { kind: "plain", value: "1" })).toEqual({});
});
test("a secret left empty is kept as it is, one typed anew replaces it", () => {
  expect(staged({}, known, "S", { kind: "secret", value: "" })).toEqual({});
  expect(partsOf(staged({}, known, "S", { kind: "secret", value: "x" }))).toEqual({
    set: { S: { kind: "secret", value: "x" } },
    unset: [],
  });
});
test("removing what was only staged leaves nothing to apply", () => {
  expect(staged(staged({}, known, "NEW", { kind: "plain", value: "" }), known, "NEW", null)).toEqual({});
  expect(partsOf(staged({}, known, "A", null))).toEqual({ set: {}, unset: ["A"] });
});
test("an edit of a variable that somebody else has changed since is named, and kept or given up", () => {
  const wanted = { kind: "plain", value: "2" } as const;
  const edits = staged(staged(staged({}, known, "A", wanted), known, "S", null), known, "NEW", wanted);
  const [a, s] = known as [Variable, Variable];
  const later = "2026-01-02T00:00:00.000Z";
  const now: Variable[] = [a, { ...s, updatedAt: later }, { ...a, name: "NEW", updatedAt: later }, { ...a, name: "OTHER" }];
  expect(bothChanged(edits, known)).toEqual([]);
  expect(bothChanged(edits, now)).toEqual(["S", "NEW"]);
  expect(bothChanged(staged(edits, now, "S", { kind: "secret", value: "x" }), now)).toEqual(["S", "NEW"]);
  expect(bothChanged(madeAnew(edits, now), now)).toEqual([]);
  expect(partsOf(without(edits, ["S", "NEW"]))).toEqual({ set: { A: wanted }, unset: [] });
});
test("what somebody else has changed in the same way is no edit any more", () => {
  const edits = staged(staged({}, known, "A", { kind: "plain", value: "2" }), known, "S", null);
  const now: Variable[] = [{ name: "A", kind: "plain", value: "2", updatedAt: "2026-01-02T00:00:00.000Z" }];
  expect(remaining(edits, now)).toEqual({});
});
test("a .env file is read as shells do, and lines that are none are named", () => {
  expect(
    parseEnv(`# comment\nA=1\nexport B="two words"\nC='x # y'\nD=plain # note\n\n1BAD=x\nnonsense\nE=a=b\nPORT=3000`),
  ).toEqual({
    set: { A: "1", B: "two words", C: "x # y", D: "plain", E: "a=b" },
    badLines: [7, 8],
    reserved: ["PORT"],
  });
});
test("a value in quotes may go over lines and have a comment behind it; escaped is only what shells escape", () => {
  const key = "-----BEGIN KEY-----\nMIIE+w==\n# no comment\n-----END KEY-----";
  expect(parseEnv(`KEY="${key}"\r\nCERT='${key}' # whose\nA="1" # one\nB="say \\"hi\\"\\n\\\\n"\n=\nC='`)).toEqual({
    set: { KEY: key, CERT: key, A: "1", B: 'say "hi"\n\\n', C: "'" },
    badLines: [11],
    reserved: [],
  });
  expect(parseEnv(`1KEY="${key}"\nA=1`)).toEqual({ set: { A: "1" }, badLines: [1], reserved: [] });
});
test("what the platform sets itself is no name for a variable of one's own", () => {
  expect(["PORT", "PORT_8080", "PLUVIA_RELEASE"].map(nameProblem)).toEqual(Array(3).fill("variables.reserved"));
  expect(["REPORT", "PORTAL", "PORT_NAME", "DB_PORT", "PLUVIA_URL"].map(nameProblem)).toEqual(Array(5).fill(null));
  expect(nameProblem("1A")).toBe("variables.badName");
});
