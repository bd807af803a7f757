import { existsSync, readFileSync } from "node:fs";

/** Backticked words of a document that look like paths of this project. */
const paths = (document: string) =>
  [
    ...readFileSync(document, "utf8").matchAll(
      /`((?:shared|functions|edge-agents|console|infra|test)\/[\w./<>-]*|[\w.-]+\.(?:yml|mjs|json))`/g,
    ),
  ]
    .map((match) => String(match[1]))
    .filter((path) => !path.includes("<"));

test.each(["README.md", "ARCHITECTURE.md", "GLOSSARY.md"])("every path that %s names exists", (document) => {
  expect(paths(document).filter((path) => !existsSync(path))).toEqual([]);
});

test("ARCHITECTURE.md ends in the table from concept to file", () => {
  const text = readFileSync("ARCHITECTURE.md", "utf8");
  expect(text.slice(text.lastIndexOf("\n## "))).toContain("| Concept | File |");
});
