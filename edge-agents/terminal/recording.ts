import { createWriteStream, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** What was shown on a terminal, as an asciicast v2 file (docs.asciinema.org/manual/asciicast/v2). What was typed is not kept: passwords are typed. */
export interface Recording {
  output(data: string): void;
  resize(columns: number, rows: number): void;
  close(): void;
}

export interface RecordingLimits {
  /** Of one session: what comes after is not recorded, and the recording says so. */
  readonly bytesMax: number;
  /** Of all. The oldest go first. */
  readonly filesMax: number;
  readonly ageMs: number;
}
/** 200 of 10 MB are 2 GB at worst; usual ones are some 100 KB. */
export const usualRecordingLimits: RecordingLimits = { bytesMax: 10_000_000, filesMax: 200, ageMs: 90 * 24 * 3_600_000 };

export interface RecordingStart {
  readonly home: string;
  readonly session: string;
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
  readonly now: () => number;
  readonly limits: RecordingLimits;
}

/** A disk that is full or broken costs the recording, not the session: that is a warning. */
export function record(start: RecordingStart): Recording {
  const { home, session, title, columns, rows, now, limits } = start;
  const begun = now();
  makeRoom(home, limits, begun);
  const file = createWriteStream(join(home, `${begun}-${session}.cast`), { flags: "a", mode: 0o600 });
  file.on("error", (error) => process.emitWarning(error));
  let bytes = 0;
  const write = (kind: string, data: string) => {
    if (bytes > limits.bytesMax || file.destroyed || file.writableEnded) return;
    const line = `${JSON.stringify([(now() - begun) / 1_000, kind, data])}\n`;
    bytes += line.length;
    file.write(line);
    if (bytes > limits.bytesMax)
      file.write(`${JSON.stringify([(now() - begun) / 1_000, "o", "\r\n[the recording ends here: it is too long]\r\n"])}\n`);
  };
  file.write(`${JSON.stringify({ version: 2, width: columns, height: rows, timestamp: Math.floor(begun / 1_000), title })}\n`);
  return {
    output: (data) => write("o", data),
    resize: (width, height) => write("r", `${width}x${height}`),
    close: () => void file.end(),
  };
}

function makeRoom(home: string, limits: RecordingLimits, now: number): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    prune(home, limits, now);
  } catch (error) {
    process.emitWarning(error as Error);
  }
}

function prune(home: string, limits: RecordingLimits, now: number): void {
  const files = readdirSync(home)
    .filter((name) => name.endsWith(".cast"))
    .sort();
  const tooMany = files.slice(0, Math.max(0, files.length - limits.filesMax + 1));
  const tooOld = files.filter(
    (name) => now - (statSync(join(home, name), { throwIfNoEntry: false })?.mtimeMs ?? now) > limits.ageMs,
  );
  for (const name of new Set([...tooMany, ...tooOld])) rmSync(join(home, name), { force: true });
}
