import type { NodeEdit, NodeTaint } from "../../../shared/contract/data-center.ts";
import { isKubernetesOwn, taintText } from "../../../shared/domain/node-change.ts";
import type * as z from "zod";

interface Marked {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value: string | null; readonly effect: string }[];
}
export interface NodeText {
  /** `name=value`, one a line. */
  readonly labels: string;
  /** `name=value:effect` or `name:effect`, one a line. */
  readonly taints: string;
}
interface BadLine {
  readonly field: keyof NodeText;
  readonly badLine: string;
}

/** Of a node what people may change: the rest is Kubernetes' own. */
const peoples = (node: Marked) => ({
  labels: Object.entries(node.labels).filter(([name]) => !isKubernetesOwn(name)),
  taints: node.taints.filter(({ key }) => !isKubernetesOwn(key)),
});

export function textOf(node: Marked): NodeText {
  const { labels, taints } = peoples(node);
  return { labels: labels.map(([name, value]) => `${name}=${value}`).join("\n"), taints: taints.map(taintText).join("\n") };
}

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
const labelPattern = /^([^=\s]+)=(\S*)$/;
const taintPattern = /^([^=:\s]+)(?:=([^:\s]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/;

/** The first line that says nothing, else what is different: labels that are gone are null, taints are all that are to be there. */
export function editOf(node: Marked, text: NodeText): z.infer<typeof NodeEdit> | BadLine {
  const [labelLines, taintLines] = [linesOf(text.labels), linesOf(text.taints)];
  const badLabel = labelLines.find((line) => !labelPattern.test(line));
  if (badLabel !== undefined) return { field: "labels", badLine: badLabel };
  const badTaint = taintLines.find((line) => !taintPattern.test(line));
  if (badTaint !== undefined) return { field: "taints", badLine: badTaint };
  const wanted = new Map(labelLines.map((line) => labelPattern.exec(line)?.slice(1, 3) as [string, string]));
  const gone = peoples(node).labels.flatMap(([name]) => (wanted.has(name) ? [] : [[name, null] as const]));
  const set = [...wanted].filter(([name, value]) => node.labels[name] !== value);
  const taints = taintLines.map((line): NodeTaint => {
    const [, key = "", value, effect] = taintPattern.exec(line) ?? [];
    return { key, value: value || null, effect: effect as NodeTaint["effect"] };
  });
  const isSame = taints.map(taintText).join() === peoples(node).taints.map(taintText).join();
  return { labels: Object.fromEntries([...gone, ...set]), ...(!isSame && { taints, taintsSeen: [...node.taints] }) };
}
