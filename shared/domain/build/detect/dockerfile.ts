import { parseDockerfile } from "../dockerfile.ts";
import { type Detector, emptyPlan } from "./detector.ts";

const names = ["Dockerfile", "Containerfile"] as const;

export const dockerfile: Detector = {
  language: "dockerfile",
  looksFor: "Dockerfile or Containerfile",
  detect: (tree) => {
    const name = names.find((each) => tree.read(each) !== undefined);
    return name ? { confidence: 90, because: `there is a ${name}` } : null;
  },
  plan: (tree) => {
    const name = names.find((each) => tree.read(each) !== undefined) ?? "Dockerfile";
    const described = parseDockerfile(tree.read(name) ?? "");
    return {
      ...emptyPlan,
      language: "dockerfile",
      summary: `Image built from the ${name}${described.base === null ? "" : `, based on ${described.base}`}`,
      tools: [{ tool: "buildah", range: null, from: null }],
      steps: [
        { name: "build", argv: ["buildah", "build", "--format", "oci", "--file", `{app}/${name}`, "--tag", "{image}", "{app}"] },
      ],
      command: null,
      ports: described.ports,
      variables: described.variables,
      healthPath: described.healthPath,
      findings: described.findings
        .map((finding) => ({ ...finding, at: `${name}:${finding.line}` }))
        .map(({ line: _, ...finding }) => finding),
    };
  },
};
