import type { LogLine } from "../../contract/agent.ts";
import type { ServerFrame } from "../../contract/stream.ts";
import type { Snapshot } from "./channel.ts";

/** API Gateway's 32 KB of UTF-8, less what surrounds the data. */
const dataBytesMax = 31 * 1_024;
const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** What does not fit a frame is fetched: the frame then says only that it changed. */
export function snapshotFrame(id: string, { sequence, data }: Snapshot): ServerFrame {
  const fits = bytesOf(data) <= dataBytesMax;
  return { type: "data", id, sequence, data: fits ? data : { kind: "changed", resource: data.kind, resourceId: idOf(data) } };
}
const idOf = (data: Snapshot["data"]): string => {
  switch (data.kind) {
    case "component":
      return data.component.id;
    case "operation":
      return data.operation.id;
    case "build":
      return data.build.id;
    case "check":
      return data.check.id;
    default:
      return "";
  }
};

/** As many lines to a frame as it takes. A line that fills one alone is cut; the log's own endpoint has it whole. */
export function linesFrames(id: string, lines: readonly LogLine[]): ServerFrame[] {
  const frames: LogLine[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of lines.map(fitting)) {
    const size = bytesOf(line) + 1;
    if (bytes + size > dataBytesMax) {
      frames.push([]);
      bytes = 0;
    }
    frames.at(-1)?.push(line);
    bytes += size;
  }
  return frames.map((part) => ({
    type: "data",
    id,
    sequence: part.at(-1)?.sequence ?? 0,
    data: { kind: "lines", lines: part },
  }));
}

function fitting(line: LogLine): LogLine {
  let text = line.text;
  while (bytesOf({ ...line, text }) > dataBytesMax) text = text.slice(0, Math.floor(text.length / 2));
  return text === line.text ? line : { ...line, text: `${text} …` };
}
