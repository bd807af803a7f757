import { isFault } from "../../base/fault.ts";
import type { BuilderState, BuildRunner } from "../../ports/build-runner.ts";
import type { Capability } from "../../contract/data-center.ts";
import type { Clock } from "../../ports/clock.ts";
import { type Job, whyEnded } from "./build-end.ts";
import { type Surroundings, whyWaiting } from "./build-wait.ts";
import type { Client, Selection } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import {
  buildJob,
  buildJobName,
  type BuildsContext,
  buildSecret,
  buildsNamespaceManifests,
  jobLabels,
  type OrderedBuild,
} from "./render/build-job.ts";
import { type ClusterEvent, conditionOf, isTrue, msOf, type Node, type Pod } from "./shapes.ts";

interface ResourceQuota extends KubernetesObject {
  readonly status?: { readonly hard?: object };
}
/** A quota that was made a moment ago holds nothing back until the cluster has counted for it, which takes it this long at most. */
const isCounted = ({ kind, status }: ResourceQuota): boolean => kind !== "ResourceQuota" || status?.hard !== undefined;
const countedMs = 5_000;

/** Finished jobs are looked for this often, and kept this long: clusters before 1.21 do not remove them by themselves. */
const sweepMs = 10 * 60_000;
const keptMs = 3_600_000;

const dockerfiles = (level: BuildsContext["podSecurity"]): Capability =>
  level === "baseline"
    ? {
        name: "image-builds",
        available: true,
        message: "Dockerfiles are built here, in user namespaces of unprivileged pods.",
        code: "capability.dockerfiles",
      }
    : {
        name: "image-builds",
        available: false,
        message: "Dockerfiles are not built here. The chart's value builds.podSecurity=baseline lets builds start containers.",
        code: "capability.no-dockerfiles",
      };

/** undefined: this data center does not build. */
export const buildsCapabilities = (
  builds: Pick<BuildsContext, "namespace" | "podSecurity"> | undefined,
): readonly Capability[] =>
  builds === undefined
    ? [
        {
          name: "builds",
          available: false,
          message: "Source code is built by the platform. The chart's value builds.image lets this data center build it.",
          code: "capability.no-builds",
        },
      ]
    : [
        {
          name: "builds",
          available: true,
          message: `Source code of the team is built here, as jobs in the namespace ${builds.namespace}.`,
          code: "capability.builds",
          params: { namespace: builds.namespace },
        },
        {
          name: "checks",
          available: true,
          message: "Sources are looked at here, too, before a component is made of them.",
          code: "capability.checks",
        },
        dockerfiles(builds.podSecurity),
      ];

export interface KubernetesBuilds extends BuildRunner {
  start(order: OrderedBuild): Promise<string>;
  /** Ends every other builder of ours that still runs. */
  keepOnly(orders: readonly Pick<OrderedBuild, "id" | "attempt">[]): Promise<void>;
}

/** Builders as Jobs of a cluster; a handle is a job's name. They outlive the platform's own stops. */
export function kubernetesBuilds(options: {
  readonly client: Client;
  readonly context: BuildsContext;
  readonly clock: Clock;
  /** What is known of the cluster without asking it; absent: it is asked. */
  readonly around?: () => Surroundings;
}): KubernetesBuilds {
  const { client, context, clock } = options;
  const { namespace } = context;
  const refOf = (name: string) => ({ apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace } });
  let prepared: Promise<void> | undefined;
  let swept = 0;

  async function prepare(): Promise<void> {
    for (const manifest of buildsNamespaceManifests(context)) {
      const until = clock.now().getTime() + countedMs;
      while (!isCounted(await client.apply<ResourceQuota>(manifest)) && clock.now().getTime() < until) await clock.sleep(100);
    }
  }

  const jobs = async (): Promise<Job[]> =>
    (await client.list<Job>({ apiVersion: "batch/v1", kind: "Job" }, { namespace, labels: jobLabels(context) })).items;
  const removed = (job: Job): Promise<void> => client.remove(job, { propagation: "Background", uid: job.metadata.uid });

  /** None where the role is of a version that did not look at them, or is of the builds' namespace alone. */
  const seen = async <T extends KubernetesObject>(kind: string, selection: Selection): Promise<readonly T[]> => {
    try {
      return (await client.list<T>({ apiVersion: "v1", kind }, selection)).items;
    } catch (error) {
      if (isFault(error, "forbidden")) return [];
      throw error;
    }
  };
  const podsOf = (job: string): Promise<readonly Pod[]> => seen<Pod>("Pod", { namespace, labels: { "job-name": job } });

  async function around(): Promise<Surroundings> {
    const [nodes, pods] = await Promise.all([seen<Node>("Node", {}), seen<Pod>("Pod", {})]);
    return { nodes, pods };
  }
  /** Looked at only while there is nothing of the builder on any node. */
  async function waitOf(handle: string, own: readonly Pod[]): Promise<BuilderState> {
    if (own.some((pod) => pod.spec.nodeName !== undefined)) return "running";
    const [events, known, builders] = await Promise.all([
      seen<ClusterEvent>("Event", { namespace, fields: `involvedObject.kind=Job,involvedObject.name=${handle}` }),
      options.around?.() ?? around(),
      options.around ? seen<Pod>("Pod", { namespace }) : [],
    ]);
    const waiting = whyWaiting({ nodes: known.nodes, pods: [...known.pods, ...builders], own, events }, context);
    return waiting.length > 0 ? { waiting } : "running";
  }

  /** What ended long ago. One that could not be removed is found by the next sweep. */
  async function sweep(): Promise<void> {
    const now = clock.now().getTime();
    if (now - swept < sweepMs) return;
    swept = now;
    for (const job of await jobs()) {
      const endedAt = msOf(job.status?.conditions?.find(isTrue)?.lastTransitionTime);
      if (endedAt !== null && now - endedAt > keptMs) await removed(job);
    }
  }

  /** The job of the order, whoever made it. */
  async function jobFor(order: OrderedBuild): Promise<Job> {
    const there = await client.get<Job>(refOf(buildJobName(order)));
    if (there) return there;
    // First, as the builder does not start without it.
    await client.apply(buildSecret(order, context));
    try {
      return await client.create<Job>(buildJob(order, context) as Job);
    } catch (error) {
      const made = isFault(error, "conflict") && (await client.get<Job>(refOf(buildJobName(order))));
      if (made) return made;
      throw error;
    }
  }

  return {
    async start(order) {
      prepared ??= prepare().catch((error: unknown) => {
        prepared = undefined;
        throw error;
      });
      await prepared;
      await sweep();
      const job = await jobFor(order);
      await client.apply(buildSecret(order, context, { uid: String(job.metadata.uid) }));
      return job.metadata.name;
    },
    async observe(handle): Promise<BuilderState> {
      const job = await client.get<Job>(refOf(handle));
      if (!job || job.metadata.deletionTimestamp) return "lost";
      if (isTrue(conditionOf(job, "Complete"))) return "ended";
      const pods = await podsOf(handle);
      const failure = whyEnded(job, pods, { context, nowMs: clock.now().getTime() });
      if (failure) return { failure };
      return isTrue(conditionOf(job, "Failed")) ? "lost" : waitOf(handle, pods);
    },
    async keepOnly(orders) {
      const kept = new Set(orders.map(buildJobName));
      for (const job of await jobs())
        if (!kept.has(job.metadata.name) && !job.status?.conditions?.some(isTrue)) await removed(job);
    },
    async cancel(handle) {
      await client.remove(refOf(handle), { propagation: "Background" });
    },
  };
}
