import type { Advice } from "../../contract/component.ts";
import type { Signal } from "../advice.ts";
import type { Allowance } from "./ended-builder.ts";

type Detail = Signal["detail"];
interface Allowances {
  readonly memory: Allowance;
  readonly disk: Allowance;
}

const room = ({ free, short }: Detail, unit: string): string =>
  free === undefined ? "" : ` The node with the most room has ${free} ${unit} free: ${short} ${unit} too few.`;
const byItself = "It begins by itself once there is room";

const noCpu = (params: Detail): Advice => ({
  code: "builder.no-cpu",
  message: `The builder waits: no node has ${params.wanted} thousandths of a CPU free for it.${room(params, "thousandths")}`,
  next: `${byItself}: stop something else there, or ask the operator for another node.`,
  params,
});
const noMemory = (params: Detail): Advice => ({
  code: "builder.no-memory",
  message: `The builder waits: no node has ${params.wanted} MiB of memory free for it.${room(params, "MiB")}`,
  next: `${byItself}: stop something else there, or ask the operator for another node or a lower ${params.setting}.`,
  params,
});
const noDisk = (params: Detail): Advice => ({
  code: "builder.no-disk",
  message: `The builder waits: no node has ${params.wanted} MiB of disk free for it.${room(params, "MiB")}`,
  next: `${byItself}: ask the operator for another node, a larger disk or a lower ${params.setting}.`,
  params,
});
const noNode = (said: string): Advice => ({
  code: "builder.no-node",
  message: `The builder waits, as no node can take it: ${said}`,
  next: "It begins by itself once one can. Ask the operator to see to what the message names.",
  params: { said },
});
const overQuota = (params: Detail): Advice => ({
  code: "builder.quota",
  message: `The builder waits, as the quota ${params.quota} is used up: requested ${params.requested}, used ${params.used}, limit ${params.limited}.`,
  next: `${byItself}, as when another build ends. If it stays so, ask the operator for a larger quota.`,
  params,
});
const refused = (said: string): Advice => ({
  code: "builder.refused",
  message: `The builder waits, as the cluster does not make its pod: ${said}`,
  next: "The cluster goes on trying. Ask the operator to see to what the message names.",
  params: { said },
});

/** What keeps a builder from its beginning, in words; room may still come. */
export function waitingFor({ code, detail }: Signal, { memory, disk }: Allowances): Advice {
  switch (code) {
    case "node.no-cpu":
      return noCpu(detail);
    case "node.no-memory":
      return noMemory({ ...detail, setting: memory.setting });
    case "node.no-disk":
      return noDisk({ ...detail, setting: disk.setting });
    case "quota.exceeded":
      return overQuota(detail);
    case "instance.refused":
      return refused(String(detail.message));
    default:
      return noNode(String(detail.message ?? code));
  }
}
