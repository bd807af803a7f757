import type { Finding } from "../../../contract/source.ts";
import type { BuildPlan } from "../build-plan.ts";
import { parseJson, recordOf, textOf } from "../json.ts";
import type { SourceTree } from "../source-tree.ts";
import { type Detector, emptyPlan } from "./detector.ts";

const roots = ["public", "dist", "www", "site", "_site", "docs", "html"] as const;

/** The platform's own server lies beside `app/`; it serves the folder it is started in. */
export const staticCommand = "node ../runtime/static-server.mjs";
export const staticPort = 8080;

/** What a static part of a plan has in common, wherever the files come from. */
export const staticPlan = (from: string): Pick<BuildPlan, "slug" | "command" | "ports"> => ({
  slug: { from, exclude: [], staticServer: true, beside: [], archive: null },
  command: staticCommand,
  ports: [{ port: staticPort, protocol: "http" }],
});

const configuredRoot = (tree: SourceTree): { root: string | null; findings: readonly Finding[] } => {
  const text = tree.read("static.json");
  if (text === undefined) return { root: null, findings: [] };
  const json = parseJson(text);
  if (!json.ok)
    return {
      root: null,
      findings: [
        {
          level: "warning",
          code: "static.invalid",
          message: `static.json is not JSON: ${json.message}.`,
          at: `static.json:${json.line}`,
          advice: "Mend static.json; it is left out until then.",
          params: { problem: json.message },
        },
      ],
    };
  const root = textOf(recordOf(json.value).root)?.replace(/^\.?\/+|\/+$/g, "") ?? null;
  if (root?.split("/").includes(".."))
    return {
      root: null,
      findings: [
        {
          level: "blocks",
          code: "static.root",
          message: `static.json serves ${root}, which is outside of the source.`,
          at: "static.json",
          advice: "Name a folder of the source as root.",
          params: { root },
        },
      ],
    };
  if (root !== null && root !== "" && !tree.has(root))
    return {
      root: null,
      findings: [
        {
          level: "blocks",
          code: "static.root",
          message: `static.json serves the folder ${root}, which is not in the source.`,
          at: "static.json",
          advice: "Commit the folder, or name another one as root.",
          params: { root },
        },
      ],
    };
  return { root, findings: [] };
};

const rootOf = (tree: SourceTree): string | null => {
  if (tree.has("index.html") || tree.has("index.htm")) return "";
  return roots.find((root) => tree.has(`${root}/index.html`)) ?? null;
};

export const staticSite: Detector = {
  language: "static",
  looksFor: "index.html (also in public, dist, www, site, docs) or static.json",
  detect: (tree) => {
    if (tree.has("static.json")) return { confidence: 55, because: "there is a static.json" };
    const root = rootOf(tree);
    return root === null ? null : { confidence: 10, because: `there is ${root === "" ? "an index.html" : `${root}/index.html`}` };
  },
  plan: (tree) => {
    const configured = configuredRoot(tree);
    const root = configured.root ?? rootOf(tree) ?? "";
    return {
      ...emptyPlan,
      ...staticPlan(root),
      language: "static",
      summary: root === "" ? "Static site, served as it is" : `Static site in ${root}, served as it is`,
      about: { code: "plan.static", params: { root } },
      findings: configured.findings,
    };
  },
};
