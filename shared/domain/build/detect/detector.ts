import type { Language } from "../../../contract/source.ts";
import type { BuildPlan, Detection, ToolVersions } from "../build-plan.ts";
import type { SourceTree } from "../source-tree.ts";

export interface PlanContext {
  readonly tools: ToolVersions;
}

/** What a language knows; Procfile, example variables and missing tools are added for all of them in plan.ts. */
export interface Detector {
  readonly language: Language;
  /** What was looked for, for the message when nothing was found. */
  readonly looksFor: string;
  detect(tree: SourceTree): Detection | null;
  plan(tree: SourceTree, context: PlanContext): BuildPlan;
}

export const emptyPlan: Omit<BuildPlan, "language" | "summary" | "about"> = {
  tools: [],
  dependencies: null,
  steps: [],
  slug: { from: "", exclude: [], staticServer: false, beside: [], archive: null },
  command: null,
  processes: {},
  ports: [],
  variables: [],
  runtime: {},
  healthPath: null,
  findings: [],
};

/** The summary of an application in a framework or language, built or equipped by a tool. */
export const applicationPlan = (name: string, tool: string | null = null): Pick<BuildPlan, "summary" | "about"> => ({
  summary: `${name} application${tool === null ? "" : ` with ${tool}`}`,
  about: { code: "plan.application", params: { name, tool: tool ?? "" } },
});
