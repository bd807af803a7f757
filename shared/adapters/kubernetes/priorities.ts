import { isFault } from "../../base/fault.ts";
import type { Client } from "./client.ts";
import type { RenderContext } from "./render/context.ts";

/** Names of what the chart brings. */
const names = { application: "pluvia-application", job: "pluvia-job" } as const;

/** A pod of a class that is not there would be refused: a chart of before brings none, nor the right to look. */
export async function priorityClasses(client: Pick<Client, "get">): Promise<RenderContext["priorityClasses"]> {
  const look = (name: string) => client.get({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name } });
  try {
    const found = await Promise.all(Object.values(names).map(look));
    return found.includes(null) ? null : names;
  } catch (error) {
    if (isFault(error, "forbidden")) return null;
    throw error;
  }
}
