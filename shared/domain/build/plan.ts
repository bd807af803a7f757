import { shellQuote } from "../../base/shell-quote.ts";
import type { Finding, Language, Proposal } from "../../contract/source.ts";
import { isReservedVariable } from "../reserved-variable.ts";
import * as advice from "./advice.ts";
import { parseAppJson } from "./app-json.ts";
import type { BuildPlan, Detection, ToolName, ToolVersions, VariableProposal } from "./build-plan.ts";
import type { Detector } from "./detect/detector.ts";
import { dockerfile } from "./detect/dockerfile.ts";
import { go } from "./detect/go.ts";
import { java } from "./detect/java.ts";
import { node } from "./detect/node.ts";
import { php } from "./detect/php.ts";
import { python } from "./detect/python.ts";
import { ruby } from "./detect/ruby.ts";
import { staticSite } from "./detect/static.ts";
import { parseEnvExample } from "./env-example.ts";
import { parseProcfile } from "./procfile.ts";
import type { SourceTree } from "./source-tree.ts";
import { satisfies } from "./version.ts";

/** In the order in which they win when equally sure. */
export const detectors: readonly Detector[] = [dockerfile, go, java, ruby, php, python, node, staticSite];

export interface Detected {
  readonly language: Language;
  readonly detection: Detection;
}

/** All languages of a source, the surest first. */
export const detectLanguages = (tree: SourceTree): readonly Detected[] =>
  detectors
    .flatMap((detector) => {
      const detection = detector.detect(tree);
      return detection === null ? [] : [{ language: detector.language, detection }];
    })
    .sort((a, b) => b.detection.confidence - a.detection.confidence);

export interface PlannedBuild {
  /** null: nothing can be built; the findings say why. */
  readonly plan: BuildPlan | null;
  /** All languages found, the chosen one first. */
  readonly alternatives: readonly Language[];
  readonly findings: readonly Finding[];
}

/** Files and folders of more use to a person than their number. */
const namesShown = 12;

const isEmpty = (tree: SourceTree): boolean =>
  tree.list("").every((entry) => /^(\.git|readme(\..*)?|licen[cs]e(\..*)?)$/i.test(entry.name));

const nothingFound = (tree: SourceTree): Finding =>
  isEmpty(tree)
    ? advice.emptySource()
    : advice.noLanguage(
        tree
          .list("")
          .slice(0, namesShown)
          .map((entry) => (entry.kind === "directory" ? `${entry.name}/` : entry.name)),
        detectors.map((detector) => `${detector.language}: ${detector.looksFor}`),
        foldersWithLanguage(tree),
      );

/** Sources often keep the application in a folder: naming it saves a search. */
const foldersWithLanguage = (tree: SourceTree): readonly string[] =>
  tree
    .list("")
    .filter((entry) => entry.kind === "directory" && entry.name !== ".git" && entry.name !== "node_modules")
    .slice(0, 50)
    .map((entry) => entry.name)
    .filter((name) => detectors.some((detector) => detector.detect(within(tree, name)) !== null));

const within = (tree: SourceTree, folder: string): SourceTree => ({
  has: (path) => tree.has(`${folder}/${path}`),
  read: (path) => tree.read(`${folder}/${path}`),
  list: (path) => tree.list(path === "" ? folder : `${folder}/${path}`),
});

/** What a plan needs and this machine does not have. */
const toolFindings = (plan: BuildPlan, tools: ToolVersions): readonly Finding[] =>
  plan.tools.flatMap((need): readonly Finding[] => {
    const version = tools[need.tool];
    if (version === undefined) return [advice.missingTool(need.tool)];
    return need.range !== null && satisfies(version, need.range) === false ? [advice.otherTool(need, version)] : [];
  });

const mergeVariables = (lists: readonly (readonly VariableProposal[])[]): readonly VariableProposal[] => {
  const merged = new Map<string, VariableProposal>();
  for (const list of lists) for (const variable of list) if (!merged.has(variable.name)) merged.set(variable.name, variable);
  return [...merged.values()].filter((variable) => !isReservedVariable(variable.name));
};

const exampleFiles = [".env.example", ".env.sample", ".env.template", "env.example"] as const;

const complete = (plan: BuildPlan, tree: SourceTree, tools: ToolVersions): BuildPlan => {
  const procfile = parseProcfile(tree.read("Procfile") ?? "");
  const app = parseAppJson(tree.read("app.json") ?? "{}");
  const example = exampleFiles.map((file) => tree.read(file)).find((text) => text !== undefined) ?? "";
  // An image starts as it says itself.
  const command =
    plan.slug.staticServer || plan.language === "dockerfile" ? plan.command : (procfile.processes.web ?? plan.command);
  const findings = plan.findings.filter((finding) => !(finding.code === "command.none" && procfile.processes.web !== undefined));
  const known = tree.has(".gitmodules") ? [advice.submodules()] : [];
  return {
    ...plan,
    command,
    processes: { ...plan.processes, ...procfile.processes },
    variables: mergeVariables([app.variables, parseEnvExample(example), plan.variables]),
    findings: [...findings, ...procfile.findings, ...app.findings, ...known, ...toolFindings(plan, tools)],
  };
};

const missingTools = (plan: BuildPlan, tools: ToolVersions): readonly ToolName[] =>
  plan.tools.map((need) => need.tool).filter((tool) => tools[tool] === undefined);

/**
 * Chooses a language and plans its build. A Dockerfile that this machine cannot build gives way to another language of the source.
 */
export const planBuild = (tree: SourceTree, wanted: { language: Language | null; tools: ToolVersions }): PlannedBuild => {
  const detected = detectLanguages(tree).map((each) => each.language);
  const alternatives =
    wanted.language === null ? detected : [wanted.language, ...detected.filter((language) => language !== wanted.language)];
  const plans = alternatives.flatMap((language) => {
    const detector = detectors.find((each) => each.language === language);
    return detector ? [complete(detector.plan(tree, wanted), tree, wanted.tools)] : [];
  });
  const first = plans[0];
  if (!first) return { plan: null, alternatives, findings: [nothingFound(tree)] };
  const instead =
    first.language === "dockerfile" && wanted.language === null && missingTools(first, wanted.tools).length > 0
      ? plans.find((plan) => missingTools(plan, wanted.tools).length === 0)
      : undefined;
  const chosen = instead ?? first;
  const findings = instead
    ? [advice.dockerfileSkipped(instead.language, missingTools(first, wanted.tools)), ...chosen.findings]
    : chosen.findings;
  return {
    plan: { ...chosen, findings },
    alternatives: [chosen.language, ...alternatives.filter((language) => language !== chosen.language)],
    findings,
  };
};

const shown = (argv: readonly string[]): string =>
  argv.map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : shellQuote(word))).join(" ");

/** A plan in the words of the contract, for a person to confirm. */
export const proposalOf = (
  planned: PlannedBuild,
  source: { name: string; commit: Proposal["commit"]; branches: readonly string[] },
): Proposal | null => {
  const { plan } = planned;
  if (plan === null) return null;
  const steps = [...(plan.dependencies?.steps ?? []), ...plan.steps, ...(plan.dependencies?.prune ?? [])];
  return {
    name: source.name,
    language: plan.language,
    alternatives: [...planned.alternatives],
    summary: plan.summary,
    about: { ...plan.about },
    command: plan.command,
    ports: plan.ports.map((port) => ({ ...port })),
    variables: plan.variables.map((variable) => ({ ...variable })),
    processes: { ...plan.processes },
    commit: source.commit,
    branches: [...source.branches],
    steps: [{ name: "source" }, ...steps.map((step) => ({ name: step.name, command: shown(step.argv) })), { name: "pack" }],
  };
};
