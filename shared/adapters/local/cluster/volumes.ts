import { chownSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../../base/fault.ts";
import type { Workload } from "../../../contract/agent.ts";
import type { Mount, OwnRoot } from "../own-root.ts";
import type { ComponentPlace, InstancePlace } from "./disk.ts";

type Asking = Pick<Workload, "configuration">;

export const hasMounts = ({ configuration: { volumes, files } }: Asking): boolean => volumes.length > 0 || files.length > 0;

/** Its volumes and files as mounts; null: it has none. */
export function ownRootOf(workload: Asking, place: ComponentPlace, at: InstancePlace): OwnRoot | null {
  if (!hasMounts(workload)) return null;
  const { volumes, files } = workload.configuration;
  const mounts: Mount[] = [
    ...volumes.map(
      (v): Mount =>
        v.kind === "memory"
          ? { kind: "memory", path: v.path, sizeMib: v.sizeMib }
          : { kind: "folder", path: v.path, source: place.volume(v.name) },
    ),
    ...files.map(({ path }, index): Mount => ({ kind: "file", path, source: fileOf(at, index) })),
  ];
  return { mounts, app: at.app, scaffold: at.mounts };
}
const fileOf = (at: InstancePlace, index: number): string => join(at.mounts, String(index));

const refused = (message: string, next: string): Fault =>
  new Fault("invalid", message, { next, detail: { signal: "volume.refused" } });

/** @throws Fault `invalid`: this cannot be had here. */
export function assertMountable(workload: Workload, canMount: () => boolean): void {
  if (!hasMounts(workload)) return;
  if (workload.artifact.kind === "image")
    throw refused(
      "on this data center only components built from source have volumes and configuration files, not images",
      "Deploy from source, or choose a Kubernetes data center.",
    );
  const named = workload.configuration.volumes.find((v) => v.storageClass !== null);
  if (named)
    throw refused(
      `the volume ${named.name} asks for the storage class ${named.storageClass}, and this data center has none`,
      "Leave out the storage class.",
    );
  if (!canMount()) throw refused("the machine allows no user namespaces, which they need", "Allow them on the machine.");
}

/** Makes what the mounts lead to. What a volume holds already stays. `owner`: the user its process runs as, if another than ours. */
export function makeMounts(workload: Workload, place: ComponentPlace, at: InstancePlace, owner: number | null): void {
  if (!hasMounts(workload)) return;
  const { volumes, files } = workload.configuration;
  mkdirSync(place.volumes, { recursive: true, mode: 0o755 });
  for (const v of volumes) if (v.kind !== "memory") makeVolume(place.volume(v.name), v.name, owner);
  rmSync(at.mounts, { recursive: true, force: true });
  mkdirSync(at.mounts, { mode: 0o755 });
  files.forEach(({ content, executable }, index) => {
    writeFileSync(fileOf(at, index), content, { mode: executable ? 0o555 : 0o444 });
  });
}

/** Whole or not at all: never one that belongs to the wrong user because we ended in between. */
function makeVolume(path: string, name: string, owner: number | null): void {
  if (existsSync(path)) {
    assertOwner(path, name, owner);
    return;
  }
  const fresh = `${path}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  if (owner !== null) chownSync(fresh, owner, owner);
  renameSync(fresh, path);
}
function assertOwner(path: string, name: string, owner: number | null): void {
  const { uid } = lstatSync(path);
  if (uid === (owner ?? process.getuid?.())) return;
  throw refused(
    `the files of the volume ${name} belong to the user ${uid}, as whom components no longer run here`,
    `Give ${path} to the user ${owner ?? process.getuid?.()} (chown -R), or start the platform as it was started before.`,
  );
}
