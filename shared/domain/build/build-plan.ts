import type { WholeSource } from "./cache-key.ts";
import type { About, Finding, Language } from "../../contract/source.ts";

export const toolNames = [
  "node",
  "npm",
  "yarn",
  "pnpm",
  "python",
  "pip",
  "go",
  "java",
  "javac",
  "maven",
  "gradle",
  "php",
  "composer",
  "ruby",
  "bundler",
  "buildah",
  "uidmap",
  // No program: whether the place where it is built lets containers start.
  "containers",
] as const;
export type ToolName = (typeof toolNames)[number];

/** Tools of this machine by name with their versions, e.g. `{ node: "24.1.0" }`. A tool that is absent here is not installed. */
export type ToolVersions = Readonly<Partial<Record<ToolName, string>>>;

export interface ToolNeed {
  readonly tool: ToolName;
  /** A range in npm's notation, or null for any version. */
  readonly range: string | null;
  /** Where the range comes from, e.g. `package.json engines.node`. */
  readonly from: string | null;
}

/**
 * One program to run in the workspace, without a shell unless `script` is given (the user's own text). In arguments and variables
 * `{app}` is the application's folder, `{out}` what goes beside it in the slug, `{cache}` a folder kept between builds.
 */
export interface PlanStep {
  readonly name: string;
  readonly argv: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** What is installed from registries. Kept between builds under a key made of `files` (by content), `tools` (by version) and the machine. */
export interface DependencyPlan {
  readonly files: readonly string[];
  /** The whole source counts, with this reason: an install script may read any of it. */
  readonly everything: WholeSource | null;
  readonly tools: readonly ToolName[];
  readonly steps: readonly PlanStep[];
  /** Folders the steps fill: `app/node_modules` in the application, `python` beside it. They leave the slug's `app` part. */
  readonly folders: readonly string[];
  /** Of these folders, where programs are that name the interpreter they were installed with; `*` stands for a name. */
  readonly programs?: readonly string[];
  /** Run after the build steps, to leave out what only the build needed. */
  readonly prune: readonly PlanStep[];
}

/**
 * `archive`: the executable one below `from` becomes the file `to`. `distribution`: the one folder below `from`, with its archives in `lib/`,
 * becomes the folder `to`, and its start script, whatever it is called, `bin/application`.
 */
export interface JavaOutput {
  readonly kind: "archive" | "distribution";
  readonly from: string;
  readonly to: string;
}

export interface SlugPlan {
  /** The part of the application's folder that becomes `app/`: "" for all of it, `dist` for a built front end. */
  readonly from: string;
  /** Paths below `from` that stay out; a trailing `/` names folders of that name anywhere. */
  readonly exclude: readonly string[];
  /** Serve `app/` with the platform's static server. */
  readonly staticServer: boolean;
  /** Folders that steps fill in `{out}`, packed beside `app/`. */
  readonly beside: readonly string[];
  /** What a Java build made, rewritten without times and user names, and put beside `app/`. */
  readonly archive: JavaOutput | null;
}

export interface VariableProposal {
  readonly name: string;
  readonly value: string;
  readonly required: boolean;
  readonly description?: string;
}

/** Everything a build will do, as data: shown, logged, compared and tested without doing it. */
export interface BuildPlan {
  readonly language: Language;
  readonly summary: string;
  /** What `summary` says, as a stable word with its facts. */
  readonly about: About;
  readonly tools: readonly ToolNeed[];
  readonly dependencies: DependencyPlan | null;
  readonly steps: readonly PlanStep[];
  readonly slug: SlugPlan;
  readonly command: string | null;
  readonly processes: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly port: number; readonly protocol: "http" | "tcp" }[];
  readonly variables: readonly VariableProposal[];
  /** Set at run time; `{slug}` is the folder the slug was unpacked to, and `PATH` is put before the machine's own. */
  readonly runtime: Readonly<Record<string, string>>;
  /** A path that says whether the application is well, when the source tells one. */
  readonly healthPath: string | null;
  readonly findings: readonly Finding[];
}

/** How sure a language is of itself: `because` is shown to people. */
export interface Detection {
  /** 0–100; the highest wins. */
  readonly confidence: number;
  readonly because: string;
}
