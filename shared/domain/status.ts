import type { Observation } from "../contract/agent.ts";
import type { Advice, ComponentKind, ComponentStatus } from "../contract/component.ts";
import type { Operation } from "../contract/operation.ts";
import type { Build } from "../contract/release.ts";
import { adviceFor } from "./advice.ts";

export interface StatusFacts {
  readonly kind: ComponentKind;
  readonly wanted: "running" | "stopped";
  readonly replicas: number;
  /** Desired generation of the component. */
  readonly generation: number;
  /** The release it should run; null before the first. */
  readonly release: { readonly id: string; readonly number: number } | null;
  /** The newest operation, finished or not. */
  readonly operation: Pick<Operation, "kind" | "state" | "failure"> | null;
  readonly build: Pick<Build, "state"> | null;
  readonly observation: Pick<Observation, "generation" | "phase" | "serving" | "instances" | "signals"> | null;
  /** Whether the data center's agent is heard from. */
  readonly connected: boolean;
}

/** W5: what a person is told, and why. Pure and total: the same facts always give the same words. */
export function statusOf(facts: StatusFacts): { status: ComponentStatus; advice: Advice[] } {
  const status = facts.connected ? connectedStatus(facts) : disconnectedStatus(facts);
  return { status, advice: adviceOf(facts, status) };
}

function disconnectedStatus(facts: StatusFacts): ComponentStatus {
  return facts.release === null && facts.observation === null ? withoutRelease(facts) : "unknown";
}

function connectedStatus(facts: StatusFacts): ComponentStatus {
  if (facts.operation?.kind === "remove" && isOpen(facts.operation)) return "stopping";
  if (facts.release === null) return withoutRelease(facts);
  if (facts.wanted === "stopped" || facts.replicas === 0) return alive(facts) > 0 ? "stopping" : "stopped";
  const { observation } = facts;
  if (observation === null) return isBuilding(facts) ? "building" : "starting";
  if (isBuilding(facts) && observation.serving !== null) return "updating";
  if (observation.generation < facts.generation) return observation.serving === null ? "starting" : "updating";
  return observedStatus(facts, observation);
}

function withoutRelease(facts: StatusFacts): ComponentStatus {
  if (isBuilding(facts)) return "building";
  if (facts.operation?.state === "failed") return "failed";
  return facts.operation && isOpen(facts.operation) ? "starting" : "empty";
}

function observedStatus(facts: StatusFacts, { phase, serving }: NonNullable<StatusFacts["observation"]>): ComponentStatus {
  if (phase === "removed") return "stopped";
  if (phase === "failed") return serving === null ? "failed" : "degraded";
  switch (facts.kind) {
    case "job":
      return phase === "settled" ? "succeeded" : ready(facts) > 0 ? "running" : "starting";
    case "cron":
      return cronStatus(facts);
    default:
      return phase === "settled" ? readyStatus(facts) : progressingStatus(facts, serving);
  }
}

/** Its newest run speaks for it. */
function cronStatus(facts: StatusFacts): ComponentStatus {
  if (alive(facts) > 0) return "running";
  const last = instancesOf(facts).at(-1)?.lastExit;
  return last && last.code !== 0 ? "degraded" : "scheduled";
}

const readyStatus = (facts: StatusFacts): ComponentStatus => (ready(facts) >= facts.replicas ? "running" : "degraded");

function progressingStatus(facts: StatusFacts, serving: string | null): ComponentStatus {
  if (serving === null) return "starting";
  if (serving !== facts.release?.id || hasOtherRelease(facts)) return "updating";
  return readyStatus(facts);
}

const isOpen = (operation: { state: string }): boolean => operation.state === "pending" || operation.state === "running";
const isBuilding = (facts: StatusFacts): boolean =>
  facts.operation !== null && isOpen(facts.operation) && (facts.build?.state === "queued" || facts.build?.state === "running");
const instancesOf = (facts: StatusFacts) => facts.observation?.instances ?? [];
const alive = (facts: StatusFacts): number =>
  instancesOf(facts).filter((i) => i.state !== "exited" && i.state !== "waiting").length;
const ready = (facts: StatusFacts): number =>
  instancesOf(facts).filter((i) => i.state === "ready" && i.release === facts.release?.id).length;
const hasOtherRelease = (facts: StatusFacts): boolean => instancesOf(facts).some((i) => i.release !== facts.release?.id);

/** Old signals are no news once all is well; a failed operation explains itself until a newer one ends. */
function adviceOf(facts: StatusFacts, status: ComponentStatus): Advice[] {
  const offline = facts.connected ? [] : [adviceFor({ code: "data-center.disconnected", detail: {} })];
  const observed = status === "stopped" || status === "empty" ? [] : (facts.observation?.signals ?? []).map(adviceFor);
  const failure = facts.operation?.state === "failed" && facts.operation.failure ? [facts.operation.failure] : [];
  const codes = new Set(observed.map((a) => a.code));
  return [...offline, ...observed, ...failure.filter((f) => !codes.has(f.code))];
}
