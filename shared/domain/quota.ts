import { Fault } from "../base/fault.ts";

/** What one team, application or component may have at most. */
export interface Quota {
  readonly applications: number;
  readonly componentsPerApplication: number;
  readonly components: number;
  /** Sum over all components of replicas × memory limit. */
  readonly memoryMib: number;
  readonly instances: number;
}

/**
 * 100 components fill one desired-state page (contract/agent.ts); 64 GiB and 200 instances are what a machine people call a server
 * holds. A hosted platform sets its own.
 */
export const defaultQuota: Quota = {
  applications: 100,
  componentsPerApplication: 100,
  components: 500,
  memoryMib: 64 * 1_024,
  instances: 200,
};

/** All variables of one component together, in bytes of UTF-8: sealed, in base64, they must fit a DynamoDB item (400 KB) beside the rest. */
export const variablesBytesMax = 128 * 1_024;

const nouns: Record<keyof Quota, { readonly what: string; readonly unit: string }> = {
  applications: { what: "applications in this team", unit: "" },
  componentsPerApplication: { what: "components in this application", unit: "" },
  components: { what: "components in this team", unit: "" },
  memoryMib: { what: "memory for this team", unit: " MiB" },
  instances: { what: "instances in this team", unit: "" },
};

/** @throws Fault `exhausted` naming the limit and by how much it would be exceeded. */
export function assertWithin(quota: Quota, kind: keyof Quota, wanted: number): void {
  const limit = quota[kind];
  if (wanted <= limit) return;
  const { what, unit } = nouns[kind];
  throw new Fault(
    "exhausted",
    `The limit of ${what} is ${limit}${unit}; this would need ${wanted}${unit}, ${wanted - limit}${unit} too many.`,
    {
      next: "Remove or scale down something that is not needed, or ask the platform's operator for a higher limit.",
      detail: { quota: kind, limit, wanted },
      reason: `quota.${kind}`,
      params: { limit, wanted, over: wanted - limit },
    },
  );
}

interface Takes {
  readonly id: string;
  readonly replicas: number;
  readonly resources: { readonly memoryMib: number };
}
/** @throws Fault `exhausted` when the components with the changed one among them take more than a team may have. */
export function assertRoomFor(quota: Quota, others: readonly Takes[], changed: Takes): void {
  const all = [...others.filter((c) => c.id !== changed.id), changed];
  assertWithin(quota, "instances", sum(all.map((c) => c.replicas)));
  assertWithin(quota, "memoryMib", sum(all.map((c) => c.replicas * c.resources.memoryMib)));
}
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
