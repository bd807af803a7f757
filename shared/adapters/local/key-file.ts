import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { Fault } from "../../base/fault.ts";

/** The content of a file that only we may read, made by `make` the first time. Of several processes that make it at once, one wins and all get its content. */
export function keyFile(file: string, make: () => string = () => randomBytes(32).toString("base64url")): string {
  const found = read(file);
  if (found !== undefined) return found;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  write(draft, make());
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
  return read(file) ?? broken(file);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || broken(file);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function write(file: string, content: string): void {
  const descriptor = openSync(file, "wx", 0o600);
  writeSync(descriptor, `${content}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;
const broken = (file: string): never => {
  throw new Fault("internal", "A key file of the platform is empty.", {
    next: "Restore it from a backup: what was encrypted with it cannot be read without it.",
    detail: { file },
  });
};
