import { isFault } from "../../base/fault.ts";
import { backoffMs } from "../../base/retry.ts";
import type { Workload } from "../../contract/agent.ts";
import type { ComponentId, DataCenterId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ImageOf, RunnableImage } from "../../ports/image-of.ts";
import { advanced, rejected } from "./advance.ts";
import { makersOf, othersOf, removeAll, titleOf } from "./belongings.ts";
import { fitClaims } from "./claim-size.ts";
import type { Client } from "./client.ts";
import { type Converger, converger } from "./converge.ts";
import { type ComponentFacts, heldUntil, judgementOf } from "./observe.ts";
import { type FoundImage, findImage, imagesWith } from "./known-image.ts";
import type { KubernetesObject } from "./object.ts";
import { isGone, isLeaving, isReady } from "./pod.ts";
import { type ComponentRecord, secretOf } from "./record.ts";
import { labels } from "./render/names.ts";
import { revisionOf } from "./revision.ts";
import { goalOf, type Judgement } from "./rollout.ts";
import type { Pod, Secret } from "./shapes.ts";
import type { TenantView } from "./tenant-view.ts";

export interface KeeperParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  readonly component: ComponentId;
  readonly dataCenter: DataCenterId;
  readonly view: TenantView;
  /** What is known of the component now, and the record it was read from; undefined when there is none. */
  readonly look: () => { readonly facts: ComponentFacts; readonly secret: Secret } | undefined;
  readonly imageOf: ImageOf;
  /** Everything a workload is in the cluster, in the order to apply it. */
  readonly manifestsOf: (workload: Workload, image: RunnableImage) => Promise<readonly KubernetesObject[]>;
  /** There is nothing to do before something happens. */
  readonly rested: () => void;
  readonly onError: (error: unknown) => void;
}

const retry = { baseMs: 500, maxMs: 30_000 };
/** Nothing but another workload helps against these. */
const isRefusal = (error: unknown): boolean =>
  isFault(error, "invalid") || isFault(error, "exhausted") || isFault(error, "too_large");

const isSwept = (judgement: Judgement): boolean =>
  judgement.phase !== "progressing" && judgement.progress.leaving === 0 && judgement.progress.ready >= judgement.progress.wanted;

/**
 * One look at a component: decides what is true, keeps that, and makes the cluster so. Every call can be the last before a crash: the next look, by
 * whomever, begins from what is in the cluster and finishes it. Answers when to look again though nothing happens, ms since the epoch.
 */
export async function lookOnce(parts: KeeperParts, making: Converger): Promise<number | null> {
  const known = parts.look();
  if (!known) return null;
  const { facts, secret } = known;
  if (facts.record.removing) {
    await removeStep(parts, secret);
    return null;
  }
  const judgement = judgementOf(facts);
  const record = advanced(facts, judgement);
  const isDecided = record.settled !== facts.record.settled || record.rejected !== facts.record.rejected;
  if (isDecided) await keep(parts, record, secret);
  const heldTo = heldUntil({ ...facts, record });
  if (heldTo !== null) return heldTo;
  try {
    const { image, doubt } = await make(parts, making, { facts, record, judgement });
    const made = { ...record, images: imagesWith(record, goalOf(record), image), made: [...making.marks()] };
    if (!isDecided && isNews({ facts, record, judgement }, made, making)) await keep(parts, made, secret);
    if (doubt !== null) throw doubt;
  } catch (error) {
    if (!isRefusal(error) || record.rejected || record.settled?.generation === record.workload.generation) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const why = { code: "instance.refused", message: "The cluster makes no instance of it." };
    await keep(parts, rejected(facts, why, [{ code: "cluster.refused", detail: { message } }]), secret);
  }
  return judgement.wakeAt;
}

/** How far it is, is for people: they see it when it is done. And what was made anew is known to whoever comes next. */
const isNews = ({ facts, record, judgement }: Made, { images }: ComponentRecord, making: Converger): boolean =>
  record !== facts.record || (judgement.phase === "settled" && (!making.isKept() || images !== record.images));

/** Fails with a conflict when somebody kept another one since: then that one is what counts. */
async function keep(parts: KeeperParts, record: ComponentRecord, seen: Secret): Promise<void> {
  const secret = secretOf(record, parts.dataCenter, seen);
  parts.view.records.learn(await parts.client.apply(secret));
}

/** Nothing of them runs any more, as their node says; it takes some ten seconds more to let go of the object itself. */
async function dropEnded(client: Client, pods: readonly Pod[]): Promise<void> {
  const at = { propagation: "Background", graceSeconds: 0 } as const;
  await Promise.all(pods.filter(isGone).map((pod) => client.remove(pod, { ...at, uid: pod.metadata.uid })));
}

/** One step of a removal: whatever makes pods, then the pods, then all else, the record last. The end of each is heard of, and is the next one's turn. */
async function removeStep({ client, view, component }: KeeperParts, secret: Secret): Promise<void> {
  const makers = makersOf(view, component);
  await removeAll(client, makers);
  // Pods that have lost what made them go, too; what they use must be there until they have ended.
  const pods = view.pods.of(component);
  if (makers.length === 0) await removeAll(client, pods);
  await dropEnded(client, pods);
  if (makers.length + pods.length > 0) return;
  const rest = [...othersOf(view, component), ...view.claims.of(component)];
  await removeAll(client, rest);
  if (rest.length === 0) await client.remove(secret, { propagation: "Background", uid: secret.metadata.uid });
}

interface Made {
  readonly facts: ComponentFacts;
  readonly record: ComponentRecord;
  readonly judgement: Judgement;
}

async function make(parts: KeeperParts, making: Converger, { facts, record, judgement }: Made): Promise<FoundImage> {
  const goal = goalOf(record);
  const found = await findImage(parts.imageOf, record, goal);
  const manifests = await fitClaims(parts.client, facts.claims, await parts.manifestsOf(goal, found.image));
  await making.converge(manifests, record.made);
  await dropStuck(parts, facts, goal);
  const wanted = new Set(manifests.map(titleOf));
  await sweep(parts, wanted, { judgement, goal });
  return found;
}

/** A stateful set waits for ever for an instance of a former release that does not get ready (kubernetes#67250). */
async function dropStuck({ client }: KeeperParts, { pods }: ComponentFacts, goal: Workload): Promise<void> {
  if (goal.configuration.kind !== "stateful") return;
  const revision = revisionOf(goal);
  const stuck = pods.filter((pod) => pod.metadata.labels?.[labels.revision] !== revision && !isReady(pod) && !isLeaving(pod));
  for (const pod of stuck)
    await client.remove({ ...pod, apiVersion: "v1", kind: "Pod" }, { propagation: "Background", uid: pod.metadata.uid });
}

const isMadeByCron = (o: KubernetesObject): boolean => (o.metadata.ownerReferences ?? []).some((r) => r.kind === "CronJob");

/** Removes what is no longer wanted: what makes pods as soon as its successor serves, all else once nothing uses it any more. */
async function sweep(
  { client, view, component }: KeeperParts,
  wanted: ReadonlySet<string>,
  { judgement, goal }: { judgement: Judgement; goal: Workload },
): Promise<void> {
  const { progress } = judgement;
  const isReplaced = goal.configuration.kind === "job" || progress.ready >= progress.wanted;
  if (!isReplaced) return;
  const all = [...makersOf(view, component), ...(isSwept(judgement) ? othersOf(view, component) : [])];
  const superseded = all.filter((o) => !wanted.has(titleOf(o)) && !isMadeByCron(o));
  await removeAll(client, superseded);
}

export interface Keeper {
  /** Something has changed: look. Resolves when it has looked, and rests. */
  wake(): Promise<void>;
  stop(): void;
}

/** Looks at one component whenever something happens, one look at a time, until it is stopped or there is nothing to do. */
export function keeper(parts: KeeperParts): Keeper {
  const { clock } = parts;
  const making = converger(parts.client, parts.view, clock);
  const stopping = new AbortController();
  let looking = false;
  let again = false;
  let failures = 0;
  let timer = new AbortController();

  /** How long to wait for something to happen; null: for ever. */
  async function look(): Promise<number | null> {
    try {
      const wakeAt = await lookOnce(parts, making);
      failures = 0;
      return wakeAt === null ? null : Math.max(10, wakeAt - clock.now().getTime());
    } catch (error) {
      failures += 1;
      // What we read was old: the newer state is on its way, and will wake us.
      if (!isFault(error, "conflict")) parts.onError(error);
      return 100 + backoffMs(failures, retry, parts.random());
    }
  }
  async function run(): Promise<void> {
    looking = true;
    timer.abort();
    let restMs: number | null = null;
    while (again && !stopping.signal.aborted) {
      again = false;
      restMs = await look();
    }
    looking = false;
    if (stopping.signal.aborted) return;
    if (restMs !== null) rest(restMs);
    else if (making.isKept()) parts.rested();
  }
  function rest(ms: number): void {
    const mine = new AbortController();
    timer = mine;
    void clock.sleep(ms, mine.signal).then(() => {
      if (!mine.signal.aborted) void wake();
    });
  }
  async function wake(): Promise<void> {
    again = true;
    if (!looking && !stopping.signal.aborted) await run();
  }
  return {
    wake,
    stop: () => {
      stopping.abort();
      timer.abort();
    },
  };
}
