import { Fault } from "../../../shared/base/fault.ts";
import { allOf } from "../../../shared/client/pages.ts";
import type { DataCenter, DataCenterNode, NodeTaint } from "../../../shared/contract/data-center.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import { isKubernetesOwn, taintText } from "../../../shared/domain/node-change.ts";
import type { Context } from "../context.ts";
import { otherNames } from "../did-you-mean.ts";
import { UsageError } from "../failure.ts";
import { confirmOnTerminal } from "../prompt.ts";
import { bytes, cores, inertLine } from "../text.ts";
import { concluded, dataCenterNamed } from "./data-centers.ts";

const share = (used: number | undefined, all: number, text: (n: number) => string): string => {
  if (all === 0) return "-";
  return used === undefined ? text(all) : `${text(used)} of ${text(all)}`;
};
const stateText = (n: DataCenterNode): string => `${n.ready ? "ready" : "not ready"}${n.cordoned ? ", cordoned" : ""}`;
const usageOf = (n: DataCenterNode): string[] => [
  share(n.used?.cpuMillis, n.cpuMillis, cores),
  share(n.used?.memoryBytes, n.memoryBytes, bytes),
  share(n.used?.diskBytes, n.diskBytes, bytes),
];
const nodesOf = async ({ client }: Context, { id }: DataCenter): Promise<readonly DataCenterNode[]> =>
  (await client.dataCenterNodes({ params: { dataCenter: id } })).items;

export async function list(context: Context, _options: object, [name = ""]: string[]): Promise<void> {
  const items = await nodesOf(context, await dataCenterNamed(context, name));
  context.output.rows(
    items,
    ["NODE", "STATE", "VERSION", "INSTANCES", "CPU", "MEMORY", "DISK"],
    items.map((n) => [n.name, stateText(n), n.version, String(n.instances), ...usageOf(n)]),
    "Its agents have not told of any node yet.",
  );
  for (const n of items) for (const a of n.advice) context.output.note(inertLine(`${n.name}: ${a.message} ${a.next}`));
}

/** @throws Fault `not_found` */
async function nodeNamed(context: Context, place: DataCenter, name: string): Promise<DataCenterNode> {
  const all = await nodesOf(context, place);
  const found = all.find((n) => n.name === name);
  if (found) return found;
  const next = otherNames(
    name,
    all.map((n) => n.name),
    "Its agents have not told of any node yet.",
  );
  throw new Fault("not_found", `There is no node "${name}" in ${place.name}.`, { next });
}

export async function show(context: Context, _options: object, [name = "", nodeName = ""]: string[]): Promise<void> {
  const place = await dataCenterNamed(context, name);
  const node = await nodeNamed(context, place, nodeName);
  const components = await allOf((page) => context.client.componentList({ query: { page, limit: 200 } }));
  const here = components
    .filter((c) => c.dataCenter === place.id)
    .flatMap((c) => c.instances.filter((i) => i.node === node.name).map((i) => `  ${c.name} ${i.id}: ${i.state}`));
  const [cpu = "", memory = "", disk = ""] = usageOf(node);
  const others = node.otherPods === null ? "its agents may not see others" : `${node.otherPods} of others`;
  context.output.result(node, () =>
    [
      `${node.name} is ${stateText(node)}, ${node.version}`,
      `CPU ${cpu}, memory ${memory}, disk ${disk}`,
      `${node.instances} instances of Pluvia; ${others}`,
      ...here,
      `labels: ${Object.entries(node.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(", ")}`,
      `taints: ${node.taints.map(taintText).join(", ") || "none"}`,
      ...node.advice.map((a) => inertLine(`! ${a.message} ${a.next}`)),
    ].join("\n"),
  );
}

interface WaitOptions {
  readonly timeout?: string;
}
type Change = (context: Context, params: { dataCenter: DataCenter["id"]; node: string }) => Promise<Operation>;
const change =
  (ask: Change, done: (node: string) => string) =>
  async (context: Context, _options: WaitOptions, [name = "", node = ""]: string[]): Promise<void> => {
    const { id: dataCenter } = await dataCenterNamed(context, name);
    await concluded(context, await ask(context, { dataCenter, node }), done(node));
  };

export const cordon = change(
  ({ client }, params) => client.nodeCordon({ params }),
  (node) => `${node} takes no new instances; what runs there goes on.`,
);
export const uncordon = change(
  ({ client }, params) => client.nodeUncordon({ params }),
  (node) => `${node} takes new instances again.`,
);
export const drain = change(
  async (context, params) => {
    await confirmOnTerminal(context, `This has every instance of Pluvia on ${params.node} start elsewhere.`);
    return context.client.nodeDrain({ params });
  },
  (node) => `${node} is drained. Let it take instances again with: pluvia data-centers nodes uncordon`,
);

const taintPattern = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/;
function taintOf(text: string): NodeTaint {
  const [, key, value, effect] = taintPattern.exec(text) ?? [];
  if (!key) throw new UsageError(`A taint is key=value:NoSchedule, PreferNoSchedule or NoExecute, not "${text}".`);
  return { key, value: value || null, effect: effect as NodeTaint["effect"] };
}
function labelOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`A label is name=value, not "${text}".`);
  return [text.slice(0, at), text.slice(at + 1)];
}

export interface EditOptions extends WaitOptions {
  readonly label?: readonly string[];
  readonly unlabel?: readonly string[];
  readonly taint?: readonly string[];
  readonly untaint?: readonly string[];
}

/** Those of people that it has, without `gone`, and with `more` in place of their like. */
function taintsAfter(node: DataCenterNode, more: readonly NodeTaint[], gone: readonly string[]): NodeTaint[] {
  const like = (a: { key: string; effect: string }) => (b: NodeTaint) => a.key === b.key && a.effect === b.effect;
  const kept = node.taints.filter((t) => !isKubernetesOwn(t.key) && !gone.includes(t.key) && !more.some(like(t)));
  return [...kept.map((t) => ({ ...t, effect: t.effect as NodeTaint["effect"] })), ...more];
}

export async function edit(context: Context, options: EditOptions, [name = "", nodeName = ""]: string[]): Promise<void> {
  const { label = [], unlabel = [], taint = [], untaint = [] } = options;
  if ([label, unlabel, taint, untaint].every((each) => each.length === 0))
    throw new UsageError("Nothing is to be changed.", "Give --label, --unlabel, --taint or --untaint.");
  const labels = Object.fromEntries([...unlabel.map((key) => [key, null]), ...label.map(labelOf)]);
  const more = taint.map(taintOf);
  const place = await dataCenterNamed(context, name);
  const node = await nodeNamed(context, place, nodeName);
  const taints = more.length + untaint.length > 0 ? { taints: taintsAfter(node, more, untaint), taintsSeen: node.taints } : {};
  const params = { dataCenter: place.id, node: node.name };
  const operation = await context.client.nodeUpdate({ params, body: { labels, ...taints } });
  await concluded(context, operation, `${node.name} is changed.`);
}
