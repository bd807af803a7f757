import { mkdirSync } from "node:fs";
import path from "node:path";

/** Where everything of the one-machine platform is kept below PLUVIA_HOME. */
export interface Home {
  readonly directory: string;
  readonly table: string;
  readonly queues: string;
  readonly leases: string;
  readonly blobs: string;
  /** Bare git repositories that people push to. */
  readonly repositories: string;
  /** Key files, mode 0600. */
  readonly keys: string;
  readonly logs: string;
  /** What was written to people. */
  readonly mail: string;
}

export function localHome(directory: string): Home {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const at = (name: string) => path.join(directory, name);
  return {
    directory,
    table: at("table.db"),
    queues: at("queues.db"),
    leases: at("leases.db"),
    blobs: at("blobs"),
    repositories: at("repositories"),
    keys: at("keys"),
    logs: at("logs"),
    mail: at("mail"),
  };
}
