import type { DataCenterUsage } from "../../../shared/contract/data-center.ts";
import type { Context } from "../context.ts";
import { ago, bytes, cores, inertLine } from "../text.ts";
import { dataCenterNamed } from "./data-centers.ts";

const bytesOfMib = 1_024 * 1_024;
const known = (value: number | null, text: (n: number) => string): string => (value === null ? "-" : text(value));

function lines({ at, capacity, measuring, team }: DataCenterUsage): string[] {
  return [
    at === null ? "Nothing was told yet." : `Told ${ago(at)}.`,
    ...(capacity
      ? [
          `Its nodes: CPU ${cores(capacity.cpuMillisUsed)} of ${cores(capacity.cpuMillis)}, memory ${bytes(capacity.memoryBytesUsed)} of ${bytes(capacity.memoryBytes)}, by all that runs there.`,
        ]
      : []),
    `The team may have ${team.limits.instances} instances and ${bytes(team.limits.memoryMib * bytesOfMib)} of memory in all.`,
    ...(measuring?.available === false
      ? [inertLine(`${measuring.message} What its nodes use is then what instances have set aside.`)]
      : []),
  ];
}

export async function usage(context: Context, _options: object, [name = ""]: string[]): Promise<void> {
  const { id } = await dataCenterNamed(context, name);
  const told = await context.client.dataCenterUsage({ params: { dataCenter: id } });
  const row = (title: string, of: Omit<DataCenterUsage["team"], "tenant" | "limits">): string[] => [
    title,
    String(of.instances),
    known(of.cpuMillis, cores),
    known(of.memoryBytes, bytes),
    bytes(of.memoryMibMost * bytesOfMib),
  ];
  if (context.output.json) return context.output.result(told, () => "");
  context.output.rows(
    told.components,
    ["COMPONENT", "INSTANCES", "CPU", "MEMORY", "AT MOST"],
    [...told.components.map((each) => row(each.name, each)), row("the whole team", told.team)],
    "Nothing of the team is here.",
  );
  for (const line of lines(told)) context.output.note(line);
}
