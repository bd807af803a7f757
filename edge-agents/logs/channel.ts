import { Fault, faultOf } from "../../shared/base/fault.ts";
import type { LogLine } from "../../shared/contract/agent.ts";
import { errorFrame } from "../../shared/contract/stream.ts";
import type { Channel, Outlet, Subscribing } from "../runtime/channel.ts";
import type { ComponentLog } from "./component-log.ts";
import type { LogStore } from "./log-store.ts";
import { type Cursor, cursorAfter, droppedAfter, type Entry } from "./read.ts";
import { type Matches, matcher, newestMatches } from "./search.ts";

/** A frame is at most 32 KB; this leaves room for what is around the lines. */
const linesBytesMax = 30_000;

const bytesOf = (line: LogLine): number => Buffer.byteLength(JSON.stringify(line)) + 1;

/** Control characters take six bytes each in JSON: a line of nothing else does not fit a frame. */
function fitting(line: LogLine): LogLine {
  if (bytesOf(line) <= linesBytesMax) return line;
  const kept = line.text.slice(0, Math.floor(linesBytesMax / 8));
  return { ...line, text: `${kept}… (${line.text.length - kept.length} more characters are not shown)` };
}

/** Entries as frames, each as full as it may be. */
function* framesOf(id: string, entries: readonly Entry[]) {
  let lines: LogLine[] = [];
  let bytes = 0;
  const full = () => {
    const data = { kind: "lines" as const, lines };
    const frame = { type: "data" as const, id, sequence: lines.at(-1)?.sequence ?? 0, data };
    lines = [];
    bytes = 0;
    return frame;
  };
  for (const entry of entries) {
    const line = "line" in entry ? fitting(entry.line) : undefined;
    const more = line === undefined ? 0 : bytesOf(line);
    if (lines.length > 0 && (line === undefined || bytes + more > linesBytesMax)) yield full();
    if ("gap" in entry) yield { type: "gap" as const, id, ...entry.gap };
    if (line === undefined) continue;
    lines.push(line);
    bytes += more;
  }
  if (lines.length > 0) yield full();
}

const matching = (entries: readonly Entry[], matches: Matches | undefined): readonly Entry[] =>
  matches === undefined ? entries : entries.filter((entry) => "gap" in entry || matches(entry.line.text));

/** What of it is older than `before`. */
function olderThan(before: number, entry: Entry): Entry[] {
  if ("line" in entry) return entry.line.sequence < before ? [entry] : [];
  const { gap } = entry;
  return gap.from < before ? [{ gap: { ...gap, to: Math.min(gap.to, before - 1) } }] : [];
}

/** Everything after `after` and before `before`; where that begins with what was dropped, all of what was. */
function between(log: ComponentLog, after: number, before: number): readonly Entry[] {
  const cursor = cursorAfter(log, after < log.first() - 1 ? 0 : after);
  const found: Entry[] = [];
  for (let more = cursor.next(); more.length > 0; more = cursor.next()) {
    found.push(...more.flatMap((entry) => olderThan(before, entry)));
    if (cursor.position() >= before - 1) break;
  }
  return found;
}

/** The newest `tail` lines, in order. */
async function newest(log: ComponentLog, frame: Subscribing["frame"], cancelled: () => boolean): Promise<readonly Entry[]> {
  const before = Math.min(frame.before ?? Number.MAX_SAFE_INTEGER, log.last() + 1);
  const limit = frame.tail ?? 100;
  if (!frame.search) return between(log, before - 1 - limit, before);
  const lines = await newestMatches(log, { search: frame.search, before, limit, cancelled });
  const dropped = lines.length < limit ? droppedAfter(log, 0) : undefined;
  return [...(dropped ? olderThan(before, { gap: dropped }) : []), ...lines.map((line) => ({ line }))];
}

/** Where reading goes on after the newest lines were sent, or begins. */
function startOf(log: ComponentLog, frame: Subscribing["frame"]): number {
  // A number from another history than this one: that one is lost with the disk it was on.
  if (frame.after !== undefined) return frame.after > log.last() ? 0 : frame.after;
  return log.last();
}

/** Serves `log/<component>` from disk at the pace of the client. */
export function logChannel(logs: LogStore): Channel {
  return ({ claims, frame, key }, outlet) => {
    if (key !== claims.component)
      throw new Fault("forbidden", `This ticket does not open ${frame.channel}.`, {
        next: "Get a ticket for it.",
        reason: "ticket.other",
      });
    const log = logs.log(key);
    let closed = false;
    let wake = () => {};
    const unlisten = logs.onAppend(key, () => wake());
    const stop = () => {
      closed = true;
      unlisten();
      wake();
    };
    const appended = (cursor: Cursor) =>
      new Promise<void>((resolve) => {
        wake = resolve;
        if (closed || cursor.position() < log.last()) resolve();
      });
    read({ log, frame, outlet, appended, closed: () => closed })
      .catch((error: unknown) => outlet.send(errorFrame(frame.id, faultOf(error))))
      .finally(stop);
    return { close: stop };
  };
}

interface Reading {
  readonly log: ComponentLog;
  readonly frame: Subscribing["frame"];
  readonly outlet: Outlet;
  readonly appended: (cursor: Cursor) => Promise<void>;
  readonly closed: () => boolean;
}

async function send({ frame, outlet, closed }: Reading, entries: readonly Entry[]): Promise<void> {
  for (const each of framesOf(frame.id, entries)) {
    await outlet.ready();
    if (closed()) return;
    outlet.send(each);
  }
}

async function read(reading: Reading): Promise<void> {
  const { log, frame, outlet, appended, closed } = reading;
  const { id } = frame;
  const cursor = cursorAfter(log, startOf(log, frame));
  outlet.send({ type: "subscribed", id, resumed: frame.after !== undefined && frame.after <= log.last() });
  const back = frame.tail !== undefined || frame.before !== undefined;
  if (back && frame.after === undefined) await send(reading, await newest(log, frame, closed));
  const follow = frame.follow && frame.before === undefined;
  const matches = frame.search ? matcher(frame.search) : undefined;
  let told = false;
  while (!closed()) {
    const entries = frame.before === undefined ? cursor.next() : [];
    if (entries.length > 0) {
      await send(reading, matching(entries, matches));
      continue;
    }
    if (!told) outlet.send({ type: "caught-up", id, sequence: cursor.position() });
    told = true;
    if (!follow) return outlet.send({ type: "ended", id, code: "log.end", reason: "This is all there is." });
    await appended(cursor);
  }
}
