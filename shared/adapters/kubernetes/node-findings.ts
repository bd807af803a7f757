import type { Preflight } from "../../contract/data-center.ts";
import { preflightFinding } from "../../domain/preflight.ts";
import { pressures } from "./node-conditions.ts";
import { conditionOf, isTrue, msOf, type Node } from "./shapes.ts";

/** When the kubelet's certificate ends, by the node's name; of those that told it. */
export type Certificates = ReadonlyMap<string, Date>;

/** Kubelets tell of themselves at least every 5 minutes (nodeStatusReportFrequency); twice that is no delay any more. */
const silentMs = 10 * 60_000;
const aheadMs = 30_000;
/** Rotation replaces a certificate at 70 to 90 % of its life, which is a year by default: one that gets so near to its end is not rotated. */
const expiryMs = 14 * 24 * 3_600_000;
const namesMax = 10;

const nameOf = (node: Node): string => node.metadata.name;
const listed = (names: readonly string[]): string =>
  names.length <= namesMax ? names.join(", ") : `${names.slice(0, namesMax).join(", ")}, …`;

/**
 * How far a node's clock is off ours, s; 0 when nothing tells. Of one that is ready: a sign of life from the future, or one that is older than any
 * can be. Behind by less than that is not seen.
 */
function skewOf(node: Node, now: number): number {
  const ready = conditionOf(node, "Ready");
  const seen = msOf(ready?.lastHeartbeatTime);
  if (seen === null || !isTrue(ready)) return 0;
  const off = seen - now;
  return off > aheadMs || off < -silentMs ? Math.round(off / 1_000) : 0;
}

function clockFindings(nodes: readonly Node[], now: number): Preflight[] {
  return nodes.flatMap((node) => {
    const seconds = skewOf(node, now);
    if (seconds === 0) return [];
    const direction = seconds > 0 ? "ahead of" : "behind";
    return [preflightFinding("nodes.clock", { node: nameOf(node), seconds: Math.abs(seconds), direction })];
  });
}

function certificateFindings(certificates: Certificates, now: number): Preflight[] {
  return [...certificates].flatMap(([node, end]) => {
    const left = end.getTime() - now;
    const params = { node, date: end.toISOString().slice(0, 10), days: Math.floor(left / (24 * 3_600_000)) };
    if (left <= 0) return [preflightFinding("nodes.certificate-ended", params)];
    return left < expiryMs ? [preflightFinding("nodes.certificate", params)] : [];
  });
}

/** Findings of one kind are few, whatever the number of nodes: those of a whole list fit into one report. */
const findingsMax = 5;

/** What is wrong with the nodes of a cluster, in words. */
export function nodeFindings(nodes: readonly Node[], certificates: Certificates, now: Date): Preflight[] {
  if (nodes.length === 0) return [preflightFinding("nodes.none")];
  const away = nodes.filter((node) => !isTrue(conditionOf(node, "Ready")));
  const found = [
    ...(away.length > 0
      ? [preflightFinding("nodes.not-ready", { names: listed(away.map(nameOf)), count: away.length, nodes: nodes.length })]
      : []),
    ...pressures.flatMap(({ type, ofNodes }) => {
      const pressed = nodes.filter((node) => isTrue(conditionOf(node, type)));
      return pressed.length > 0 ? [preflightFinding(ofNodes, { names: listed(pressed.map(nameOf)) })] : [];
    }),
    ...clockFindings(nodes, now.getTime()).slice(0, findingsMax),
    ...certificateFindings(certificates, now.getTime()).slice(0, findingsMax),
  ];
  return found.length > 0 ? found : [preflightFinding("nodes.ok", { nodes: nodes.length })];
}
