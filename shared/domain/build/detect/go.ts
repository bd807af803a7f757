import type { Finding } from "../../../contract/source.ts";
import { findFiles, type SourceTree } from "../source-tree.ts";
import { type Detector, emptyPlan } from "./detector.ts";

const isMain = (tree: SourceTree, folder: string): boolean =>
  tree
    .list(folder)
    .filter((entry) => entry.kind === "file" && entry.name.endsWith(".go") && !entry.name.endsWith("_test.go"))
    .slice(0, 200)
    .some((entry) => /^package\s+main\b/m.test(tree.read(folder === "" ? entry.name : `${folder}/${entry.name}`) ?? ""));

/** Folders with a main package: the top, `cmd/*`, then any other first-level folder. */
const mainsOf = (tree: SourceTree): readonly string[] => {
  if (isMain(tree, "")) return [""];
  const below = (folder: string): string[] =>
    tree
      .list(folder)
      .filter((entry) => entry.kind === "directory")
      .map((entry) => (folder === "" ? entry.name : `${folder}/${entry.name}`));
  const commands = below("cmd").filter((folder) => isMain(tree, folder));
  return commands.length > 0 ? commands : below("").filter((folder) => isMain(tree, folder));
};

const nameOf = (folder: string): string => (folder === "" ? "server" : (folder.split("/").at(-1) ?? "server"));

/** The one that serves, by its name; else the first. */
const chief = (mains: readonly string[]): string | undefined =>
  mains.find((folder) => /^(server|web|api|app|main|serve)$/.test(nameOf(folder))) ?? mains[0];

const portIn = (tree: SourceTree): number => {
  const texts = findFiles(tree, { depth: 2, accept: (name) => name.endsWith(".go") })
    .slice(0, 50)
    .map((path) => tree.read(path) ?? "");
  const found = texts
    .map((text) => /ListenAndServe\w*\(\s*["'][^"']*:(\d{2,5})/.exec(text)?.[1] ?? /PORT"[^\n]{0,80}?"(\d{2,5})"/.exec(text)?.[1])
    .find((port) => port !== undefined);
  return Number(found ?? 8080);
};

const none: Finding = {
  level: "blocks",
  code: "go.no-main",
  message: "No package main was found at the top, in cmd/ or in a folder of the top.",
  advice: "Set the directory to where the program's main package is.",
};

export const go: Detector = {
  language: "go",
  looksFor: "go.mod or main.go",
  detect: (tree) => {
    if (tree.read("go.mod") !== undefined) return { confidence: 75, because: "there is a go.mod" };
    return tree.has("main.go") ? { confidence: 40, because: "there is a main.go" } : null;
  },
  plan: (tree) => {
    const mains = mainsOf(tree);
    const main = chief(mains);
    const version = /^go\s+(\d+\.\d+)/m.exec(tree.read("go.mod") ?? "")?.[1];
    const variables = {
      CGO_ENABLED: "0",
      // Folders of downloaded modules that cannot be written could not be removed either.
      GOFLAGS: `${tree.has("vendor/modules.txt") ? "-mod=vendor" : "-mod=mod"} -modcacherw`,
      ...(tree.has("go.mod") ? {} : { GO111MODULE: "off" }),
    };
    return {
      ...emptyPlan,
      language: "go",
      summary: `Go program${mains.length > 1 ? `s ${mains.map(nameOf).join(", ")}` : ""}`,
      about: { code: "plan.go", params: { programs: mains.length > 1 ? mains.map(nameOf).join(", ") : "" } },
      tools: [
        { tool: "go", range: version === undefined ? null : `>=${version}`, from: version === undefined ? null : "go.mod" },
      ],
      steps: mains.map((folder) => ({
        name: "build",
        // Nothing of the place or the repository goes into the program: the same source makes the same bytes.
        argv: [
          "go",
          "build",
          "-trimpath",
          "-buildvcs=false",
          "-ldflags=-buildid= -s -w",
          "-o",
          `{out}/bin/${nameOf(folder)}`,
          folder === "" ? "." : `./${folder}`,
        ],
        variables,
      })),
      slug: { ...emptyPlan.slug, beside: ["bin"], exclude: ["vendor/"] },
      command: main === undefined ? null : `../bin/${nameOf(main)}`,
      ports: [{ port: portIn(tree), protocol: "http" }],
      runtime: { PATH: "{slug}/bin" },
      findings: main === undefined ? [none] : [],
    };
  },
};
