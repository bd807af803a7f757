import { Fault } from "../base/fault.ts";
import type { Attachment, Configuration } from "../contract/component.ts";
import { type OwnQuota, Quota, QuotaName } from "../contract/quota.ts";

/**
 * 100 components fill one desired-state page (contract/agent.ts); 64 GiB and 200 instances are what a machine people call a server
 * holds, and a disk of 1 TiB beside it. Builds: one machine has 2 cores at least, a build keeps one busy. A key per pipeline and per
 * person, with room for rotation. 1,000 requests a second are a fence against loops gone wild: one machine answers about this many at
 * all. 2 GiB of log a day are 250 lines each second, of a hundred letters. A hosted platform sets its own.
 */
export const defaultQuota: Quota = {
  applications: 100,
  componentsPerApplication: 100,
  components: 500,
  instances: 200,
  memoryMib: 64 * 1_024,
  storageMib: 1_024 * 1_024,
  members: 200,
  keys: 200,
  dataCenters: 50,
  buildsAtOnce: 2,
  checksAtOnce: 5,
  requestsPerSecond: 1_000,
  logMibPerDay: 2_048,
};

/** A team's own limits win. */
export const quotaWith = (platform: Quota, own: OwnQuota | undefined): Quota => Object.assign({}, platform, own);

/** All variables of one component together, in bytes of UTF-8: sealed, in base64, they must fit a DynamoDB item (400 KB) beside the rest. */
export const variablesBytesMax = 128 * 1_024;

/** What a creation can be too much of; the others are waited for. */
export type Claimed = Exclude<QuotaName, "buildsAtOnce" | "requestsPerSecond" | "logMibPerDay">;
const freed = "Remove or scale down something that is not needed";
const nouns: Record<Claimed, { readonly what: string; readonly unit: string; readonly free: string }> = {
  applications: { what: "applications in this team", unit: "", free: freed },
  componentsPerApplication: { what: "components in this application", unit: "", free: freed },
  components: { what: "components in this team", unit: "", free: freed },
  instances: { what: "instances in this team", unit: "", free: freed },
  memoryMib: { what: "memory for this team", unit: " MiB", free: freed },
  storageMib: { what: "storage for this team", unit: " MiB", free: "Remove a volume, or a component that has one" },
  members: {
    what: "members of this team, open invitations included",
    unit: "",
    free: "Remove a member or withdraw an invitation",
  },
  keys: { what: "living API keys of this team", unit: "", free: "Revoke some that are no longer used" },
  dataCenters: { what: "data centers of this team", unit: "", free: "Remove one that is no longer used" },
  checksAtOnce: { what: "checks of this team at once", unit: "", free: "Wait until one of them has ended" },
};

export const quotaCodes: readonly string[] = Object.keys(nouns).map((name) => `quota.${name}`);

/** @throws Fault `exhausted` naming the limit, what is used of it, and by how much it would be exceeded. */
export function assertWithin(
  quota: Quota,
  name: Claimed,
  { used, more }: { readonly used: number; readonly more: number },
): void {
  const limit = quota[name];
  const wanted = used + more;
  if (more <= 0 || wanted <= limit) return;
  const { what, unit, free } = nouns[name];
  throw new Fault(
    "exhausted",
    `The limit of ${what} is ${limit}${unit}, and ${used}${unit} are used; this would need ${wanted}${unit}, ${wanted - limit}${unit} too many.`,
    {
      next: `${free}, or ask the platform's operator for a higher limit.`,
      detail: { quota: name, limit, used, wanted },
      reason: `quota.${name}`,
      params: { limit, used, wanted, over: wanted - limit },
    },
  );
}

type Sized = Pick<Configuration, "replicas" | "resources" | "volumes" | "scaling" | "kind"> & {
  readonly attachments: readonly Pick<Attachment, "kind" | "resources">[];
};
export const sizeOf = ({ replicas, resources, volumes, scaling, kind, attachments }: Sized) => ({
  replicas,
  resources,
  volumes,
  scaling,
  kind,
  attachments: attachments.map((a) => ({ kind: a.kind, resources: a.resources })),
});
export interface Room {
  readonly instances: number;
  readonly memoryMib: number;
  readonly storageMib: number;
}

/** What a component may come to take: as many instances as it may scale to. */
export function roomOf({ replicas, resources, volumes, scaling, kind, attachments }: Sized): Room {
  const instances = Math.max(replicas, scaling?.replicasMax ?? 0);
  const copies = (of: Configuration["volumes"][number]["kind"]) => (of === "exclusive" && kind === "stateful" ? instances : 1);
  const stored = volumes.filter((volume) => volume.kind !== "memory");
  return {
    instances,
    memoryMib: instances * memoryOf(resources, attachments),
    storageMib: sum(stored.map((volume) => volume.sizeMib * copies(volume.kind))),
  };
}

/** Of one instance: what runs beside it counts with it; what runs before it, one after the other, where that takes more. */
function memoryOf({ memoryMib }: Sized["resources"], attachments: Sized["attachments"]): number {
  const of = (wanted: Attachment["kind"]) =>
    attachments.filter(({ kind }) => kind === wanted).map(({ resources }) => resources.memoryMib);
  return Math.max(memoryMib + sum(of("sidecar")), ...of("init"));
}

export const roomOfAll = (rooms: readonly Room[]): Room => ({
  instances: sum(rooms.map((room) => room.instances)),
  memoryMib: sum(rooms.map((room) => room.memoryMib)),
  storageMib: sum(rooms.map((room) => room.storageMib)),
});
interface Held {
  readonly configuration: Sized;
  /** Of what is released; null: nothing is. */
  readonly releasedSize: Sized | null;
  readonly replicas: number;
}
/** An edit that takes less gives nothing back before it is released. */
export function roomTaken({ configuration, releasedSize, replicas }: Held): Room {
  const wanted = roomOf(configuration);
  if (releasedSize === null) return wanted;
  const released = roomOf({ ...releasedSize, replicas });
  return {
    instances: Math.max(wanted.instances, released.instances),
    memoryMib: Math.max(wanted.memoryMib, released.memoryMib),
    storageMib: Math.max(wanted.storageMib, released.storageMib),
  };
}

/** What takes less than before is always fine, whatever the limit is by now. @throws Fault `exhausted`. */
export function assertRoomFor(
  quota: Quota,
  used: Room,
  { before, after }: { readonly before: Room | undefined; readonly after: Room },
): void {
  for (const name of ["instances", "memoryMib", "storageMib"] as const)
    assertWithin(quota, name, { used: used[name], more: after[name] - (before?.[name] ?? 0) });
}
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Limits as an operator writes them: `components=1000,buildsAtOnce=4`. @throws Fault `invalid` naming what is wrong. */
export const limitsFrom = (text: string): OwnQuota => Object.fromEntries(partsOf(text).map(limitFrom));

/** As `limitsFrom`; `components=default` is null: the platform's again. */
export const limitChangesFrom = (text: string): { readonly [K in QuotaName]?: number | null } =>
  Object.fromEntries(partsOf(text).map((part) => (part.endsWith("=default") ? [nameIn(part), null] : limitFrom(part))));

const partsOf = (text: string): string[] => text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));

function nameIn(part: string): QuotaName {
  const name = QuotaName.safeParse(part.split("=")[0]);
  if (name.success) return name.data;
  throw new Fault("invalid", `${part} sets no limit that there is.`, {
    next: `Write name=number, with one of ${QuotaName.options.join(", ")}.`,
    reason: "limit.unknown",
    params: { part, names: QuotaName.options.join(", ") },
  });
}

function limitFrom(part: string): [QuotaName, number] {
  const name = nameIn(part);
  const number = /^\w+=(\d+)$/.exec(part)?.[1];
  const limit = Quota.shape[name].safeParse(number === undefined ? undefined : Number(number));
  if (limit.success) return [name, limit.data];
  throw new Fault("invalid", `${part} is no limit: it needs a whole number that is neither too small nor too large.`, {
    next: `Write for example ${name}=100.`,
    reason: "limit.number",
    params: { part, name },
  });
}
