import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { OwnRoot } from "../own-root.ts";
import { environmentScript, type Sandbox } from "../sandbox.ts";
import type { InstancePlace } from "./disk.ts";
import { markerOf } from "./mark.ts";
import { numberInside, treeOf } from "./proc.ts";

/** A program with all it needs, ready to be spawned as it stands. */
export interface Launch {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface LaunchRequest {
  readonly sandbox: Sandbox;
  /** What instances must not see, their own place excepted. */
  readonly hide: readonly string[];
  /** What they may look at, but not change. */
  readonly readOnly: readonly string[];
  readonly tenant: string;
  readonly instance: string;
  readonly place: InstancePlace;
  /** The shared tree its dependencies are linked to. */
  readonly tree: string;
  /** Where its volumes lie. */
  readonly volumes: string;
  readonly ownRoot: OwnRoot | null;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The environment goes to a sandboxed program by a file of its owner's, which the program's own shell reads and removes. */
function environmentFile({ sandbox, place, tenant, environment }: LaunchRequest): string {
  const path = join(place.work, `.environment-${randomBytes(6).toString("hex")}`);
  mkdirSync(place.work, { recursive: true });
  writeFileSync(path, environmentScript(environment), { mode: 0o600 });
  const owner = sandbox.owner(tenant);
  if (owner !== null) chownSync(path, owner, owner);
  return path;
}
/** Of the processes around a sandboxed program: our mark, and nothing else. */
const outside = (instance: string, marks: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    ["PATH=/usr/local/bin:/usr/bin:/bin", markerOf(instance), ...marks].map((entry) => entry.split("=") as [string, string]),
  );

const spawnable = (argv: readonly string[], directory: string, environment: Launch["environment"]): Launch => ({
  program: argv[0] ?? "",
  arguments: argv.slice(1),
  directory,
  environment,
});

export function launchOf(request: LaunchRequest): Launch {
  const { sandbox, hide, readOnly, place, tree, tenant, argv, environment, instance, volumes, ownRoot } = request;
  if (sandbox.kind === "none") return spawnable(argv, place.app, environment);
  const show = [
    { path: place.work, writable: true },
    { path: tree, writable: false },
    ...(ownRoot
      ? [
          { path: volumes, writable: true },
          { path: place.mounts, writable: false },
        ]
      : []),
  ];
  const confined = sandbox.wrap(
    { argv, environmentFile: environmentFile(request) },
    { hide, show, readOnly, temporary: place.temporary, directory: place.app, tenant, ...(ownRoot && { ownRoot }) },
  );
  return spawnable(confined, "/", outside(instance, []));
}

/** Starts a program beside the one whose outermost process is `leader`. */
export function entryOf(request: LaunchRequest, leader: number, marks: readonly string[]): Launch {
  const { sandbox, place, tenant, argv, environment, instance, ownRoot } = request;
  const [, inside, first] = treeOf(leader);
  if (sandbox.kind === "none" || inside === undefined) return spawnable(argv, place.app, environment);
  const rooted = ownRoot && first !== undefined ? numberInside(first) : null;
  const entered = sandbox.enter({ argv, environmentFile: environmentFile(request) }, inside, {
    directory: place.app,
    tenant,
    rooted,
  });
  return spawnable(entered, "/", { ...outside(instance, marks), TERM: environment.TERM ?? "xterm" });
}
