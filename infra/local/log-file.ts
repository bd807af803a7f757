import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { pino, stdSerializers } from "pino";
import type { Log } from "../../shared/control/core.ts";

/** Of one file, and how many older ones are kept: 60 MB per process at most. */
const bytesMax = 10 * 1024 * 1024;
const filesMax = 5;

export interface LogFile {
  write(text: string): void;
  flush(): void;
}

/** Appends to a file and begins a new one when it is full: x.log, then x.log.1 … x.log.5. */
export function logFile(file: string): LogFile {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const destination = pino.destination({ dest: file, sync: true, append: true, mode: 0o600 });
  let sizeBytes = existsSync(file) ? statSync(file).size : 0;
  return {
    write: (text) => {
      if (sizeBytes > bytesMax) {
        shift(file);
        destination.reopen();
        sizeBytes = 0;
      }
      sizeBytes += Buffer.byteLength(text);
      destination.write(text);
    },
    flush: () => destination.flushSync(),
  };
}

function shift(file: string): void {
  for (let at = filesMax - 1; at >= 1; at--) if (existsSync(`${file}.${at}`)) renameSync(`${file}.${at}`, `${file}.${at + 1}`);
  if (existsSync(file)) renameSync(file, `${file}.1`);
}

/** One line of JSON each. */
export const logTo = (file: LogFile, level: string): Log =>
  pino({ level, serializers: { error: stdSerializers.err }, base: null }, file);
