import { Fault } from "../../base/fault.ts";
import type { Client } from "./client.ts";

/** What of the API a cluster serves, where that differs from 1.20 on. */
export interface Served {
  /** Of Kubernetes 1.x. */
  readonly minor: number;
  readonly cronJob: string;
  readonly disruptionBudget: string;
  readonly autoscaler: string;
}

/** Group versions by preference; the first that serves the kind is spoken. */
const preferred = {
  cronJob: { kind: "CronJob", versions: ["batch/v1", "batch/v1beta1"] },
  disruptionBudget: { kind: "PodDisruptionBudget", versions: ["policy/v1", "policy/v1beta1"] },
  autoscaler: { kind: "HorizontalPodAutoscaler", versions: ["autoscaling/v2", "autoscaling/v2beta2", "autoscaling/v1"] },
} as const;

export const oldestMinor = 20;
/** What the manifests were last checked against. */
export const newestMinor = 35;

/** Fields that came later than 1.20, by the first version in which they count unless somebody switched them off. Source: the feature gates' reference. */
export const since = {
  /** Schedules name their time zone. Before, they follow the one in which the cluster's controllers live. */
  timeZone: 25,
  /** Daemons start the successor on a node before the old one goes. */
  daemonSurge: 25,
  /** Stateful sets wait for an instance to have been ready for a while. */
  statefulMinReady: 25,
  /** Sidecars start before the component's program and end after it. */
  sidecars: 29,
  /** A pause before a container's end needs no program in its image. */
  sleep: 30,
} as const;

export const serves = ({ minor }: Served, feature: keyof typeof since): boolean => minor >= since[feature];

/** Asks a cluster. @throws Fault `invalid` when it is older than can be spoken to, `unavailable` when it does not answer. */
export async function discover(client: Pick<Client, "kinds" | "transport">): Promise<Served> {
  const version = await client.transport.json<{ major: string; minor: string }>({ method: "GET", path: "/version" });
  // Some say `20+`.
  const minor = Number.parseInt(version.minor, 10);
  if (version.major !== "1" || !(minor >= oldestMinor))
    throw new Fault(
      "invalid",
      `This cluster is Kubernetes ${version.major}.${version.minor}; 1.${oldestMinor} is the oldest that works.`,
      {
        next: "Upgrade the cluster, or join another.",
      },
    );
  const pick = async ({ kind, versions }: (typeof preferred)[keyof typeof preferred]): Promise<string> => {
    for (const apiVersion of versions) if ((await client.kinds(apiVersion)).has(kind)) return apiVersion;
    throw new Fault("invalid", `This cluster serves ${kind} in none of ${versions.join(", ")}.`, {
      next: "Have its administrator enable one of them.",
    });
  };
  const [cronJob, disruptionBudget, autoscaler] = await Promise.all([
    pick(preferred.cronJob),
    pick(preferred.disruptionBudget),
    pick(preferred.autoscaler),
  ]);
  return { minor, cronJob, disruptionBudget, autoscaler };
}
