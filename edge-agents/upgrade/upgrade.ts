import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import type { Preflight } from "../../shared/contract/data-center.ts";
import { preflightFinding } from "../../shared/domain/preflight.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { plan, turnOf, type UpgradeNotes, type UpgradeStep } from "./plan.ts";

export interface UpgradeParts {
  readonly client: Pick<Client, "get" | "apply">;
  readonly namespace: string;
  readonly dataCenter: string;
  /** The version that runs here. */
  readonly own: string;
  readonly clock: Clock;
  readonly log: (fields: object, message: string) => void;
}
export interface Upgrades {
  /** The platform has taken a report; `wanted`: the version it would like. */
  heard(wanted: string | null): void;
  /** Somebody wants that version at once. */
  asked(version: string, at: Date): void;
  /** Does the next step, if there is one now. */
  look(): Promise<void>;
  /** What there is to say of it, as of the last look. */
  finding(): Preflight | undefined;
}

interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
  };
}

const name = "pluvia-agents";
const container = "agents";
const keys = {
  from: "pluvia.io/upgrade-from",
  since: "pluvia.io/upgrade-since",
  refused: "pluvia.io/upgrade-refused",
  refusedAt: "pluvia.io/upgrade-refused-at",
} as const;

const notesOf = ({ metadata: { annotations = {} } }: Deployment): UpgradeNotes => ({
  from: annotations[keys.from],
  since: annotations[keys.since],
  refused: annotations[keys.refused],
  refusedAt: annotations[keys.refusedAt],
});
const annotationsOf = (notes: UpgradeNotes): Record<string, string> =>
  Object.fromEntries(
    Object.entries(keys).flatMap(([note, key]) => {
      const value = notes[note as keyof UpgradeNotes];
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
function isRolledOut({ metadata, spec, status }: Deployment): boolean {
  const wanted = spec.replicas ?? 1;
  const counts = [status?.replicas, status?.updatedReplicas, status?.readyReplicas];
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) && counts.every((count) => count === wanted);
}

const said: Readonly<Record<UpgradeStep["kind"], string>> = {
  begin: "the agents bring themselves to another version",
  back: "the other version of the agents does not work: they go back",
  done: "the agents are of another version now",
};

/** The agents' own Deployment, brought to the version that the platform would like, by whoever leads. */
export function upgrades({ client, namespace, dataCenter, own, clock, log }: UpgradeParts): Upgrades {
  const ref = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace } };
  let wanted: string | null = null;
  let turn = clock.now();
  let isHeard = false;
  let askedFor: { readonly version: string; readonly at: Date } | undefined;
  let notes: UpgradeNotes = {};
  return {
    asked(version, at) {
      askedFor = { version, at };
      wanted = version;
    },
    finding() {
      if (notes.from !== undefined) return preflightFinding("update.running", { since: notes.since ?? "" });
      return notes.refused === undefined ? undefined : preflightFinding("update.refused", { image: notes.refused });
    },
    heard(version) {
      isHeard = true;
      if (version !== wanted) turn = turnOf(dataCenter, clock.now());
      wanted = version;
    },
    async look() {
      const there = await client.get<Deployment>(ref);
      const image = there?.spec.template.spec.containers.find((each) => each.name === container)?.image;
      if (!there || image === undefined) return; // not a Deployment of the chart's: whoever made it upgrades it
      notes = notesOf(there);
      const facts = {
        own,
        wanted,
        turn,
        image,
        askedAt: askedFor?.version === wanted ? (askedFor?.at ?? null) : null,
        notes,
        isRolledOut: isRolledOut(there),
        isHeard,
        now: clock.now(),
      };
      const step = plan(facts);
      if (!step) return;
      log({ ...step, before: image }, said[step.kind]);
      // The image is in every one of our writes: what is left out of one would be taken for unwanted.
      const template = { spec: { containers: [{ name: container, image: step.image }] } };
      const metadata = { ...ref.metadata, annotations: annotationsOf(step.notes) };
      await client.apply({ ...ref, metadata, spec: { template } } as KubernetesObject);
      notes = step.notes;
    },
  };
}
