import type { Advice } from "../../contract/component.ts";
import { imageNotPulled, outOfDisk, outOfMemory, overtime } from "../../domain/build/ended-builder.ts";
import type { KubernetesObject } from "./object.ts";
import { allowances, type BuildsContext } from "./render/build-job.ts";
import { type Condition, conditionOf, isTrue, msOf, type Pod } from "./shapes.ts";

export interface Job extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** In the kubelet's words. A node that has run low ends pods, too, whatever they did. */
const tookTooMuch = /exceeds the (?:total )?limit|exceeded its local ephemeral storage limit/;
const notPulled = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable)$/;
/** A registry may be away for a moment. */
const pullMs = 2 * 60_000;

type Limits = Pick<BuildsContext, "dataCenter" | "image" | "memoryMib" | "diskMib">;

/** Why a builder cannot end well, going by its job and its pods; null: nothing is known against it. Pods may be gone, or not be ours to see. */
export function whyEnded(
  job: Job,
  pods: readonly Pod[],
  seen: { readonly context: Limits; readonly nowMs: number },
): Advice | null {
  const { memory, disk, image } = allowances(seen.context);
  const failed = conditionOf(job, "Failed");
  if (isTrue(failed) && failed?.reason === "DeadlineExceeded") return overtime;
  if (isTrue(failed)) {
    if (statesOf(pods).some((state) => state?.terminated?.reason === "OOMKilled")) return outOfMemory(memory);
    const isFull = pods.some(({ status }) => status?.reason === "Evicted" && tookTooMuch.test(status.message ?? ""));
    return isFull ? outOfDisk(disk) : null;
  }
  const tried = pods.filter(
    (pod) => seen.nowMs - (msOf(conditionOf(pod, "PodScheduled")?.lastTransitionTime) ?? seen.nowMs) > pullMs,
  );
  const waiting = statesOf(tried).find((state) => notPulled.test(state?.waiting?.reason ?? ""))?.waiting;
  return waiting
    ? imageNotPulled({ image: seen.context.image, said: waiting.message ?? String(waiting.reason), settings: image })
    : null;
}

const statesOf = (pods: readonly Pod[]) =>
  pods.flatMap(({ status }) => status?.containerStatuses ?? []).map(({ state }) => state);
