import { Fault, isFault } from "../../base/fault.ts";
import { firstNumber } from "../../domain/first-number.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Lease } from "../../ports/lease.ts";
import { type Client, fieldManager } from "./client.ts";
import type { KubernetesObject } from "./object.ts";

export interface KubernetesLeaseOptions {
  readonly client: Pick<Client, "get" | "create" | "apply">;
  /** Where the Lease objects are. */
  readonly namespace: string;
  readonly clock: Clock;
}

interface LeaseObject extends KubernetesObject {
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
  };
}

const kind = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" } as const;
/** Writers that meet try again this often; each time one of them has got through. */
const attemptsMax = 4;

/**
 * Leases as objects of coordination.k8s.io/v1. Every write names the resourceVersion it read, so of many one wins. `leaseTransitions` is the
 * fencing token.
 *
 * No clock of another machine is believed, nor what our own is set to: a lease has run out when we saw it unchanged for its whole duration. Who has
 * just started therefore waits a whole duration for a holder that may be dead, unless that one has released it.
 */
export function kubernetesLease({ client, namespace, clock }: KubernetesLeaseOptions): Lease {
  const seen = new Map<string, { spec: string; at: number }>();

  const note = (name: string, lease: LeaseObject, at: number): void => {
    const spec = JSON.stringify(lease.spec);
    if (seen.get(name)?.spec !== spec) seen.set(name, { spec, at });
  };
  const find = async (name: string): Promise<LeaseObject | null> => {
    const lease = await client.get<LeaseObject>({ ...kind, metadata: { name, namespace } });
    if (lease) note(name, lease, clock.monotonicMs());
    return lease;
  };
  const isLive = (name: string, { spec }: LeaseObject): boolean => {
    const since = seen.get(name)?.at ?? Number.NEGATIVE_INFINITY;
    return Boolean(spec.holderIdentity) && clock.monotonicMs() - since < (spec.leaseDurationSeconds ?? 0) * 1_000;
  };
  /** Whether this write was the one that won. It counts from before it was sent: others see it later than that. */
  const write = async (name: string, found: LeaseObject | null, spec: LeaseObject["spec"]): Promise<boolean> => {
    const at = clock.monotonicMs();
    const metadata = { name, namespace, labels: { "app.kubernetes.io/managed-by": fieldManager } };
    try {
      const { resourceVersion } = found?.metadata ?? {};
      const written =
        resourceVersion === undefined
          ? await client.create<LeaseObject>({ ...kind, metadata, spec })
          : await client.apply<LeaseObject>({ ...kind, metadata: { ...metadata, resourceVersion }, spec });
      note(name, written, at);
      return true;
    } catch (error) {
      if (isFault(error, "conflict") || isFault(error, "not_found")) return false;
      throw error;
    }
  };
  const acquireOnce = async (name: string, owner: string, ttlMs: number): Promise<number | "held" | "overtaken"> => {
    const found = await find(name);
    const live = found !== null && isLive(name, found);
    const own = live && found.spec.holderIdentity === owner;
    if (live && !own) return "held";
    // The cluster's owner may delete a Lease.
    const token = own ? tokenOf(found) : Math.max(tokenOf(found) + 1, firstNumber(clock.now()));
    const renewTime = microTime(clock.now());
    const wrote = await write(name, found, {
      holderIdentity: owner,
      leaseDurationSeconds: Math.ceil(ttlMs / 1_000),
      leaseTransitions: token,
      acquireTime: (own && found.spec.acquireTime) || renewTime,
      renewTime,
    });
    return wrote ? token : "overtaken";
  };

  return {
    async acquire(name, owner, ttlMs) {
      for (let attempt = 1; attempt <= attemptsMax; attempt++) {
        const got = await acquireOnce(name, owner, ttlMs);
        if (got === "held") return undefined;
        if (got !== "overtaken") return got;
      }
      return undefined;
    },
    async release(name, owner) {
      for (let attempt = 1; attempt <= attemptsMax; attempt++) {
        const found = await find(name);
        if (found?.spec.holderIdentity !== owner) return;
        if (await write(name, found, { ...found.spec, holderIdentity: "" })) return;
      }
      throw new Fault("unavailable", `The lease ${name} could not be given back: it changed all the time.`);
    },
    async holder(name) {
      const found = await find(name);
      if (!found || !isLive(name, found)) return undefined;
      return { owner: String(found.spec.holderIdentity), token: tokenOf(found) };
    },
  };
}

const tokenOf = (lease: LeaseObject | null): number => lease?.spec.leaseTransitions ?? 0;

/** The API server takes times of a Lease with six digits after the second only. */
const microTime = (time: Date): string => time.toISOString().replace("Z", "000Z");
