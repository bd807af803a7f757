import type { Configuration } from "../../../shared/contract/component.ts";

type Placement = Configuration["placement"];

export interface PlacementText {
  readonly spread: boolean;
  /** `name=value`, one a line. */
  readonly nodeLabels: string;
  /** `key` or `key=value`, one a line. */
  readonly tolerations: string;
}

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
const pairOf = (line: string): readonly [string, string | null] => {
  const at = line.indexOf("=");
  return at < 0 ? [line, null] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
};

export const textOf = ({ spread, nodeLabels, tolerations }: Placement): PlacementText => ({
  spread,
  nodeLabels: Object.entries(nodeLabels)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n"),
  tolerations: tolerations.map(({ key, value }) => (value === null ? key : `${key}=${value}`)).join("\n"),
});

/** The first line that says nothing, else the placement. A node's label needs a value; a taint may have none. */
export function placementOf({ spread, ...text }: PlacementText): Placement | { readonly badLine: string } {
  const labels = linesOf(text.nodeLabels).map((line) => ({ line, pair: pairOf(line) }));
  const taints = linesOf(text.tolerations).map((line) => ({ line, pair: pairOf(line) }));
  const bad =
    labels.find(({ pair: [name, value] }) => name === "" || value === null) ?? taints.find(({ pair: [key] }) => key === "");
  if (bad) return { badLine: bad.line };
  return {
    spread,
    nodeLabels: Object.fromEntries(labels.map(({ pair: [name, value] }) => [name, value ?? ""])),
    tolerations: taints.map(({ pair: [key, value] }) => ({ key, value })),
  };
}
