import * as advice from "../advice.ts";
import { parseDockerfile } from "../dockerfile.ts";
import type { SourceTree } from "../source-tree.ts";
import { type Detector, emptyPlan } from "./detector.ts";

const names = ["Dockerfile", "Containerfile"] as const;
/** What the examples of most frameworks listen on. */
const usualPort = 8080;

export const dockerfileName = (tree: Pick<SourceTree, "read">): string =>
  names.find((each) => tree.read(each) !== undefined) ?? "Dockerfile";

export const dockerfile: Detector = {
  language: "dockerfile",
  looksFor: "Dockerfile or Containerfile",
  detect: (tree) => {
    const name = names.find((each) => tree.read(each) !== undefined);
    return name ? { confidence: 90, because: `there is a ${name}` } : null;
  },
  plan: (tree) => {
    const name = dockerfileName(tree);
    const described = parseDockerfile(tree.read(name) ?? "");
    const told = described.findings
      .map((finding) => ({ ...finding, at: `${name}:${finding.line}` }))
      .map(({ line: _, ...finding }) => finding);
    const isPortless = described.base !== null && described.ports.length === 0;
    return {
      ...emptyPlan,
      language: "dockerfile",
      summary: `Image built from the ${name}${described.base === null ? "" : `, based on ${described.base}`}`,
      about: { code: "plan.image", params: { file: name, base: described.base ?? "" } },
      tools: [
        { tool: "buildah", range: null, from: null },
        { tool: "uidmap", range: null, from: null },
        { tool: "containers", range: null, from: null },
      ],
      steps: [{ name: "build", argv: ["buildah", "build", "--file", `{app}/${name}`, "{app}"] }],
      command: null,
      ports: isPortless ? [{ port: usualPort, protocol: "http" }] : described.ports,
      variables: described.variables,
      healthPath: described.healthPath,
      findings: isPortless ? [...told, advice.dockerfileNoPort(usualPort)] : told,
    };
  },
};
