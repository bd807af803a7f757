import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "../../shared/base/fault.ts";

/** @throws Fault `unavailable` where nothing can be written. */
export function openHome(home: string): void {
  try {
    // Not `recursive` where the parent is there: below folders such as /proc that never returns.
    if (existsSync(path.dirname(home))) existsSync(home) || mkdirSync(home, { mode: 0o700 });
    else mkdirSync(home, { recursive: true, mode: 0o700 });
    readdirSync(home);
    chmodSync(home, 0o700);
    accessSync(home, constants.W_OK);
  } catch (cause) {
    const reason = reasons[(cause as NodeJS.ErrnoException).code ?? ""] ?? (cause as Error).message;
    throw new Fault("unavailable", `Nothing can be kept in ${home}: ${reason}.`, {
      next: "Choose a folder that you may write to: PLUVIA_HOME=/some/folder npm start.",
      cause,
    });
  }
}
const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "it belongs to another user",
  EROFS: "it is read-only",
  ENOENT: "it cannot be made there",
  ENOTDIR: "it, or what it is in, is a file",
  ENOSPC: "the disk is full",
};

/** Locks end when their connection is collected: these stay. */
const held = new Set<DatabaseSync>();

/**
 * One platform per home. The lock is one of the operating system's on a SQLite file, so it ends with the process however that ends,
 * and a number that another process got later cannot be taken for ours.
 * @throws Fault `conflict` naming the process that holds it.
 */
export function lockHome(home: string, url: string): { release(): void } {
  const file = path.join(home, "lock.db");
  const about = path.join(home, "platform.json");
  const lock = new DatabaseSync(file, { timeout: 500 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new Fault("conflict", `Another platform runs on ${home} already${holderIn(about)}.`, {
      next: "Use that one, stop it first, or choose another place: PLUVIA_HOME=/some/folder PLUVIA_PORT=7080 npm start.",
      cause,
    });
  }
  held.add(lock);
  writeFileSync(about, `${JSON.stringify({ pid: process.pid, startedAt: new Date().toISOString(), url })}\n`, { mode: 0o600 });
  return {
    release: () => {
      rmSync(about, { force: true });
      held.delete(lock);
      lock.close();
    },
  };
}

function holderIn(file: string): string {
  try {
    const { pid, startedAt, url } = JSON.parse(readFileSync(file, "utf8"));
    return `: process ${pid}, since ${startedAt}, at ${url}`;
  } catch {
    return ""; // it has only just started, or is about to end: there is nothing to name yet
  }
}
