import * as fc from "fast-check";
import { parseAppJson } from "./app-json.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { parseEnvExample } from "./env-example.ts";
import { parseRefs, wantedRef } from "./git-refs.ts";
import { nameOfUrl } from "../name.ts";
import { planBuild } from "./plan.ts";
import { parseProcfile } from "./procfile.ts";
import { memoryTree } from "./source-tree.ts";
import { satisfies } from "./version.ts";

const hostile = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "\n",
        "\r",
        "web:",
        "FROM ",
        "ENV ",
        "A=",
        '"',
        "'",
        "\\",
        "${",
        "}",
        "<<EOF",
        "EOF",
        "#",
        " ",
        "x",
        "EXPOSE ",
        "99999",
        "\0",
        "__proto__",
        "constructor: x",
        "{",
        "[",
        ":",
        ",",
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join("")),
);

describe("Parsers answer anything with a result or a finding that names the line", () => {
  test("Procfile", () => {
    return fc.assert(
      fc.property(hostile, (text) => {
        const { processes, findings } = parseProcfile(text);
        for (const [name, command] of Object.entries(processes)) {
          expect(name).toMatch(/^[\w-]+$/);
          expect(command).toBe(command.trim());
        }
        for (const finding of findings) if (finding.level === "warning") expect(finding.at).toMatch(/^Procfile:\d+$/);
      }),
      { numRuns: 1_000 },
    );
  });
  test("a Procfile comes back as it was written", () => {
    const command = fc.stringMatching(/^[a-z][a-z0-9 .$=/-]{0,40}[a-z]$/);
    return fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/), command, { noNullPrototype: true }),
        (processes) => {
          const text = Object.entries(processes)
            .map(([name, line]) => `${name}:  ${line}  `)
            .join("\r\n");
          expect(parseProcfile(text).processes).toEqual(processes);
        },
      ),
    );
  });
  test("names that objects have of themselves are names like any other", () => {
    expect(Object.entries(parseProcfile("constructor: a\n__proto__: b\nweb: c").processes)).toEqual([
      ["constructor", "a"],
      ["__proto__", "b"],
      ["web", "c"],
    ]);
  });
  test("a line that is no process is named", () => {
    expect(parseProcfile("web: a\n\nworker b\n").findings).toMatchObject([{ code: "procfile.line", at: "Procfile:3" }]);
    expect(parseProcfile("web: a\nweb: b").findings).toMatchObject([{ at: "Procfile:2" }]);
  });
  test(".env.example", async () => {
    await fc.assert(
      fc.property(hostile, (text) => {
        for (const variable of parseEnvExample(text)) expect(variable.name).toMatch(/^[A-Za-z_]\w*$/);
      }),
      { numRuns: 1_000 },
    );
    expect(parseEnvExample("# The mail server\nexport HOST='a b' # more\nKEY=<your key>\nEMPTY=\nX=1 # one")).toEqual([
      { name: "HOST", value: "a b", required: false, description: "The mail server" },
      { name: "KEY", value: "", required: true },
      { name: "EMPTY", value: "", required: true },
      { name: "X", value: "1", required: false },
    ]);
  });
  test("Dockerfile", async () => {
    await fc.assert(
      fc.property(hostile, (text) => {
        const described = parseDockerfile(text);
        for (const { port } of described.ports) expect(port > 0 && port <= 65_535).toBe(true);
        for (const finding of described.findings) expect(finding.line).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
    expect(parseDockerfile("FROM a\n\nRUM x\nEXPOSE 80").findings).toMatchObject([{ line: 3, code: "dockerfile.line" }]);
  });
  test("app.json", async () => {
    await fc.assert(
      fc.property(fc.oneof(hostile, fc.json()), (text) => void parseAppJson(text)),
      { numRuns: 500 },
    );
    expect(parseAppJson("{\n\n x }").findings).toMatchObject([{ code: "app-json.invalid", at: "app.json:3" }]);
  });
  test("refs of a repository", async () => {
    await fc.assert(fc.property(hostile, (text) => void parseRefs(text)));
    const refs = parseRefs(
      `ref: refs/heads/main\tHEAD\n${"a".repeat(40)}\tHEAD\n${"a".repeat(40)}\trefs/heads/main\n${"b".repeat(40)}\trefs/tags/v1\n${"c".repeat(40)}\trefs/tags/v1^{}\n`,
    );
    expect(wantedRef(refs, "v1")).toEqual({ kind: "name", name: "refs/tags/v1", commit: "c".repeat(40) });
    expect(() => wantedRef(refs, "mian")).toThrow("There is no branch or tag mian");
  });
  test("any file of any source is planned or explained", () => {
    const name = fc.constantFrom(
      "package.json",
      "Procfile",
      "Dockerfile",
      "go.mod",
      "main.go",
      "pom.xml",
      "requirements.txt",
      "pyproject.toml",
      "composer.json",
      "Gemfile",
      "static.json",
      "app.json",
      "index.html",
      "angular.json",
      "manage.py",
      ".env.example",
      "vite.config.ts",
      "x/package.json",
    );
    return fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(hostile, fc.json()), { noNullPrototype: true }), (files) => {
        const planned = planBuild(memoryTree(files), { language: null, tools: {} });
        expect(planned.plan !== null || planned.findings.some((finding) => finding.level === "blocks")).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });
  test.each([
    ["24.1.0", ">=20", true],
    ["18.0.0", ">=20", false],
    ["20.5.1", "20.x", true],
    ["21.0.0", "20.x", false],
    ["22.0.0", "18 || 20 || 22", true],
    ["16.9.9", "^16.2", true],
    ["17.0.0", "^16.2", false],
    ["3.11.7", "~=3.10", true],
    ["4.0.0", "~=3.10", false],
    ["3.12.0", "3.12", true],
    ["3.11.0", "3.12", false],
    ["20.0.0", ">=18 <21", true],
    ["21.0.0", ">=18 <21", false],
    ["20.1.0", "18 - 20", true],
    ["8.3.1", "^8.2", true],
    ["0.3.0", "^0.2.1", false],
    ["1.22.0", ">= 1.21", true],
    ["24.0.0", "*", true],
    ["24.0.0", "lts/*", true],
    ["24.0.0", "what", undefined],
    ["3.9.0", ">=3.8,<4.0", true],
    ["20.11.0", "v20.11.0", true],
  ])("%s in %s: %s", (version, range, wanted) => expect(satisfies(version, range)).toBe(wanted));
  test.each([
    ["https://github.com/Owner/My_App.git", "my-app"],
    ["git@host:a/b.git", "b"],
    ["http://h/123", "app"],
    ["x/9lives", "lives"],
    ["https://h/ünï", "n"],
    ["", "app"],
  ])("%s is called %s", (url, name) => expect(nameOfUrl(url)).toBe(name));
});
