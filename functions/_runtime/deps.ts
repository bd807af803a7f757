import { Fault } from "../../shared/base/fault.ts";
import type { Core } from "../../shared/control/core.ts";
import type { BlobStore } from "../../shared/ports/blob-store.ts";
import type { BuildRunner } from "../../shared/ports/build-runner.ts";
import type { Connections } from "../../shared/ports/connections.ts";
import type { Passwords } from "../../shared/ports/passwords.ts";
import type { Secrets } from "../../shared/ports/secrets.ts";
import type { Tokens } from "../../shared/ports/tokens.ts";

export interface Settings {
  /** Where people and programs reach the API, e.g. `http://localhost:7070`. */
  readonly url: string;
  readonly version: string;
}

/** Everything a function may need, made once per process. Use cases name the part they use. */
export interface Deps extends Core {
  readonly settings: Settings;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly secrets: Secrets;
  readonly blobs: BlobStore;
  readonly buildRunner: BuildRunner;
  readonly connections: Connections;
}

let current: Deps | undefined;

/** The composition root: the only place that reads the environment and picks adapters. */
export function deps(): Deps {
  current ??= fromEnvironment();
  return current;
}

/** Tests, and a process that has its adapters already, bring their own. */
export function wire(own: Deps): void {
  current = own;
}

function fromEnvironment(): Deps {
  throw new Fault("internal", "No adapters are wired.", { detail: { adapters: process.env["PLUVIA_ADAPTERS"] } });
}
