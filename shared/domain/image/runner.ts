import * as z from "zod";
import { Fault } from "../../base/fault.ts";
import type { Artifact } from "../../contract/release.ts";

type Slug = Extract<Artifact, { kind: "slug" }>;

/** Image per language; `{version}` becomes the version that built it. The operator's own win over `runnerImages`. */
export const RunnerImages = z.partialRecord(
  z.enum(["node", "static", "python", "go", "java", "php", "ruby"]),
  z.string().min(1).max(300),
);
export type RunnerImages = z.infer<typeof RunnerImages>;

export const runnerImages = {
  node: "docker.io/library/node:{version}-bookworm-slim",
  // The static server is a Node program, in the slug itself.
  static: "docker.io/library/node:{version}-bookworm-slim",
  python: "docker.io/library/python:{version}-slim-bookworm",
  go: "docker.io/library/debian:12-slim",
  java: "docker.io/library/eclipse-temurin:{version}-jre",
  php: "docker.io/library/php:{version}-cli-bookworm",
  ruby: "docker.io/library/ruby:{version}-slim-bookworm",
} as const satisfies RunnerImages;

/** Which tool's version decides, how much of it the images' tags name, and what is taken when the build did not say. */
const versions: Readonly<Record<string, { tool: string; parts: 1 | 2; otherwise: string }>> = {
  node: { tool: "node", parts: 1, otherwise: "24" },
  static: { tool: "node", parts: 1, otherwise: "24" },
  python: { tool: "python", parts: 2, otherwise: "3.12" },
  java: { tool: "java", parts: 1, otherwise: "21" },
  php: { tool: "php", parts: 2, otherwise: "8.3" },
  ruby: { tool: "ruby", parts: 2, otherwise: "3.3" },
};

const versionOf = (slug: Pick<Slug, "language" | "tools">): string => {
  const rule = versions[slug.language];
  if (rule === undefined) return "";
  const told = slug.tools?.[rule.tool]?.split(".").slice(0, rule.parts).join(".");
  return told !== undefined && (rule.parts === 1 ? /^\d+$/ : /^\d+\.\d+$/).test(told) ? told : rule.otherwise;
};

/** The image a slug runs in. */
export function runnerFor(slug: Pick<Slug, "language" | "tools">, own: RunnerImages): string {
  const language = slug.language as keyof typeof runnerImages;
  const image = own[language] ?? runnerImages[language];
  if (image === undefined)
    throw new Fault("invalid", `There is no runner image for ${slug.language}.`, {
      next: "Ask the operator to name one in PLUVIA_RUNNER_IMAGES.",
      reason: "runner.none",
      params: { language: slug.language },
      detail: { signal: "artifact.unavailable" },
    });
  return image.replaceAll("{version}", versionOf(slug));
}

/** @throws Fault `invalid` that names the field. */
export function parseRunnerImages(text: string | undefined): RunnerImages {
  if (text === undefined || text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault("invalid", "PLUVIA_RUNNER_IMAGES is not JSON.", {
      next: 'Write it as {"node": "registry.example.com/node:{version}"}.',
      reason: "runner.settings-json",
      cause: error,
    });
  }
  const parsed = RunnerImages.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".") || "the whole";
  throw new Fault("invalid", `PLUVIA_RUNNER_IMAGES: ${field}: ${issue?.message}.`, {
    reason: "runner.settings",
    params: { field },
    next: `It may name ${Object.keys(runnerImages).join(", ")}.`,
  });
}
