/** What is noted on the agents' Deployment while they bring themselves to another version, and after that has failed. */
export interface UpgradeNotes {
  /** The image before; absent: no upgrade is under way. */
  readonly from?: string | undefined;
  readonly since?: string | undefined;
  /** The image that did not work, and since when that is known: it is not tried again by itself. */
  readonly refused?: string | undefined;
  readonly refusedAt?: string | undefined;
}
export interface UpgradeFacts {
  /** The version of the replica that leads. */
  readonly own: string;
  /** What the platform would like the agents to be; null: they are new enough. */
  readonly wanted: string | null;
  /** When this data center's turn is. */
  readonly turn: Date;
  /** When somebody asked for it, not to wait for its turn; null: nobody did. */
  readonly askedAt: Date | null;
  readonly image: string;
  readonly notes: UpgradeNotes;
  /** Whether every replica is of `image`, and ready. */
  readonly isRolledOut: boolean;
  /** Whether the platform has taken a report of the replica that leads. */
  readonly isHeard: boolean;
  readonly now: Date;
}
export type UpgradeStep =
  | { readonly kind: "begin"; readonly image: string; readonly notes: UpgradeNotes }
  | { readonly kind: "back"; readonly image: string; readonly notes: UpgradeNotes }
  | { readonly kind: "done"; readonly image: string; readonly notes: UpgradeNotes };

/** To pull an image over a slow line, and to replace replica after replica. */
const patienceMs = 10 * 60_000;

/** `registry/agents:0.1.0` for another version; undefined when its tag is not that version: somebody chose it for reasons of his own. */
function imageOf(image: string, own: string, version: string): string | undefined {
  const stem = image.slice(0, -own.length);
  return image.endsWith(`:${own}`) ? `${stem}${version}` : undefined;
}

/**
 * The next step of an upgrade, if any. The replicas before stay until those of the new image are ready, so that one of either kind is always there to
 * go back: when the new ones do not get ready, or the platform does not hear of them, in time.
 */
export function plan(facts: UpgradeFacts): UpgradeStep | null {
  const { image, notes, now, own } = facts;
  if (notes.from === undefined) return beginning(facts);
  const isNew = image.endsWith(`:${own}`) && image !== notes.from;
  if (facts.isRolledOut && isNew && facts.isHeard) return { kind: "done", image, notes: {} };
  const isLate = now.getTime() - Date.parse(notes.since ?? "") > patienceMs;
  return isLate ? { kind: "back", image: notes.from, notes: { refused: image, refusedAt: now.toISOString() } } : null;
}

function beginning({ own, wanted, turn, askedAt, image, notes, isRolledOut, now }: UpgradeFacts): UpgradeStep | null {
  const next = wanted === null ? undefined : imageOf(image, own, wanted);
  if (next === undefined || next === image || !isRolledOut) return null;
  const isRefused = next === notes.refused && !(askedAt && askedAt > new Date(notes.refusedAt ?? 0));
  if (isRefused || (askedAt === null && now < turn)) return null;
  return { kind: "begin", image: next, notes: { from: image, since: now.toISOString() } };
}

/** FNV-1a, with an end that spreads what differs in the last letters alone (from MurmurHash3). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
const dayMs = 24 * 3_600_000;
/**
 * The next time of day that is this data center's own: all are upgraded within a day, in an order that is by chance, so that what is wrong with a
 * version shows where it came first. It does not matter which replica asks, or when.
 */
export function turnOf(dataCenter: string, heard: Date): Date {
  const place = hashOf(dataCenter) / 2 ** 32;
  const today = Math.floor(heard.getTime() / dayMs) * dayMs + Math.floor(place * dayMs);
  return new Date(today < heard.getTime() ? today + dayMs : today);
}
