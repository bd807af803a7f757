/** Where reading stopped: the time of the last line that was kept, in UTC, and how many lines of that very time were. */
export interface LogPosition {
  readonly at: string;
  readonly count: number;
}
export const logStart: LogPosition = { at: "", count: 0 };

const lineFeed = 10;
const space = 32;
/** Container runtimes cut longer lines; before 1.25 a kubelet puts the time before each piece, within the line. */
const pieceBytes = 16_384;
const pieceTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) /;

const timed = /^\d{4}-\d\d-\d\dT/;

/**
 * In UTC, as text that compares: a kubelet passes on what the container runtime wrote, which is in the zone of the node, and without
 * trailing zeros.
 */
function comparable(time: string): string {
  const [, seconds = time, fraction = "", zone = "Z"] = /^([^.]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  const utc = zone === "Z" ? seconds : new Date(`${seconds}${zone}`).toISOString().slice(0, 19);
  return `${utc}.${fraction.padEnd(9, "0")}`;
}

/** A long line without the times within it. */
function joined(text: Buffer): Buffer {
  if (text.length <= pieceBytes) return text;
  const time = pieceTime.exec(text.subarray(pieceBytes, pieceBytes + 40).toString("latin1"))?.[0];
  if (time === undefined) return text;
  return Buffer.concat([text.subarray(0, pieceBytes), joined(text.subarray(pieceBytes + time.length))]);
}

/** Since when to ask, of an API that counts in whole seconds; undefined: from the beginning. */
export const sinceOf = ({ at }: LogPosition): string | undefined => (at === "" ? undefined : `${at.slice(0, 19)}Z`);

/**
 * Takes the bytes of a log with times, as they come, and gives the lines after a position, each once, without their times. Lines of one
 * container come in the order of their times.
 */
export function logLines(from: LogPosition) {
  let rest: Buffer = Buffer.alloc(0);
  let position = from;
  let skipEqual = from.count;

  function isNew(time: string): boolean {
    if (time < from.at) return false;
    if (time === from.at && skipEqual > 0) {
      skipEqual--;
      return false;
    }
    return true;
  }
  function take(line: Buffer): Buffer[] {
    const end = line.indexOf(space);
    const written = line.subarray(0, end < 0 ? line.length : end).toString("latin1");
    // The kubelet itself says in the answer why there is none: "unable to retrieve container logs for …".
    if (!timed.test(written)) return [];
    const time = comparable(written);
    if (!isNew(time)) return [];
    position = { at: time, count: position.at === time ? position.count + 1 : 1 };
    return [joined(line.subarray(end < 0 ? line.length : end + 1)), newLine];
  }
  return {
    push(bytes: Buffer): Buffer {
      let data = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const out: Buffer[] = [];
      for (let end = data.indexOf(lineFeed); end >= 0; end = data.indexOf(lineFeed)) {
        out.push(...take(data.subarray(0, end)));
        data = data.subarray(end + 1);
      }
      rest = data;
      return Buffer.concat(out);
    },
    /** What stopped in the middle of a line, at the end of a container. */
    end(): Buffer {
      const last = rest.length === 0 ? [] : take(rest);
      rest = Buffer.alloc(0);
      return Buffer.concat(last);
    },
    position: (): LogPosition => position,
  };
}
const newLine = Buffer.from("\n");
