import type { LogLine } from "../contract/agent.ts";
import { spoken } from "./log-words.ts";

export const bytesOfMib = 1_024 * 1_024;
export const bytesOf = (lines: readonly LogLine[]): number => lines.reduce((sum, { text }) => sum + text.length + 1, 0);

/**
 * The lines that a team may still log today. What does not fit is replaced by one line, in the place of the first of them, that says how many and why.
 * `dropped`: how many there are fewer; later lines are numbered on from what is kept.
 */
export function withinVolume(
  lines: readonly LogLine[],
  { roomBytes, limitMib }: { roomBytes: number; limitMib: number },
): { readonly kept: LogLine[]; readonly dropped: number } {
  let room = roomBytes;
  const at = lines.findIndex(({ text }) => {
    room -= text.length + 1;
    return room < 0;
  });
  const first = lines[at];
  if (!first) return { kept: [...lines], dropped: 0 };
  const count = lines.length - at;
  const { text, code, params } = spoken("log.volume", { lines: count, limit: limitMib });
  const told: LogLine = { sequence: first.sequence, at: first.at, stream: "platform", instance: null, text, code, params };
  return { kept: [...lines.slice(0, at), told], dropped: count - 1 };
}
