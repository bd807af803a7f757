import { chownSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { Fault } from "../../../base/fault.ts";
import type { Workload } from "../../../contract/agent.ts";
import type { Volume } from "../../../contract/component.ts";
import type { Mount, OwnRoot } from "../own-root.ts";
import type { ComponentPlace, InstancePlace } from "./disk.ts";

type Asking = Pick<Workload, "configuration">;

export const hasMounts = ({ configuration: { volumes, files } }: Asking): boolean => volumes.length > 0 || files.length > 0;

/** Its volumes and files. */
export function mountsOf(workload: Asking, place: ComponentPlace, at: InstancePlace): Mount[] {
  const { volumes, files } = workload.configuration;
  return [
    ...volumes.map(
      (v): Mount =>
        v.kind === "memory"
          ? { kind: "memory", path: v.path, sizeMib: v.sizeMib }
          : { kind: "folder", path: v.path, source: place.volume(v.name) },
    ),
    ...files.map(({ path }, index): Mount => ({ kind: "file", path, source: fileOf(at, index) })),
  ];
}
/** Of a process; null: it has no mounts. */
export const ownRootOf = (workload: Asking, place: ComponentPlace, at: InstancePlace): OwnRoot | null =>
  hasMounts(workload) ? { mounts: mountsOf(workload, place, at), app: at.app, scaffold: at.mounts } : null;
const fileOf = (at: InstancePlace, index: number): string => join(at.mounts, String(index));

const refused = (message: string, next: string): Fault =>
  new Fault("invalid", message, { next, detail: { signal: "volume.refused" } });

/** @throws Fault `invalid`: this cannot be had here. */
export function assertMountable(workload: Workload, canMount: () => boolean): void {
  if (!hasMounts(workload)) return;
  const named = workload.configuration.volumes.find((v) => v.storageClass !== null);
  if (named)
    throw refused(
      `the volume ${named.name} asks for the storage class ${named.storageClass}, and this data center has none`,
      "Leave out the storage class.",
    );
  // Images are mounted into by podman.
  if (workload.artifact.kind === "image") assertOwnPlaces(workload);
  else if (!canMount()) throw refused("the machine allows no user namespaces, which they need", "Allow them on the machine.");
}

/** What a container cannot start without; podman would say no more than that it did not start. */
const needed = /^\/(?:dev|proc(?:\/.*)?)?$/;
function assertOwnPlaces({ configuration: { volumes, files } }: Asking): void {
  const taken = [...volumes, ...files].find(({ path }) => needed.test(posix.normalize(path)));
  if (taken) throw refused(`${taken.path} is the system's own, in every container`, "Choose another path.");
}

/** Makes what the mounts lead to. What a volume holds already stays. `owner`: the user its process runs as, if another than ours. */
export function makeMounts(workload: Workload, place: ComponentPlace, at: InstancePlace, owner: number | null): void {
  if (!hasMounts(workload)) return;
  mkdirSync(place.volumes, { recursive: true, mode: 0o755 });
  for (const { name } of lastingOf(workload)) makeVolume(place.volume(name), name, owner);
  makeFiles(workload, at);
}
const lastingOf = ({ configuration }: Asking): Volume[] => configuration.volumes.filter((v) => v.kind !== "memory");

function makeFiles({ configuration: { files } }: Asking, at: InstancePlace): void {
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

export interface ImageOwner {
  /** As the image names the user its program runs as; null: root, who may read and write all and gives its files away by itself. */
  readonly user: string | null;
  /** Gives a folder and all in it to that user. */
  readonly give: (folder: string) => Promise<void>;
  /** Whether no instance of the component has the volumes: none could lead what is given astray by links. */
  readonly isAlone: boolean;
}

/** As `makeMounts`, of an image. What a volume holds follows the image's user, when a release changes it. */
export async function makeImageMounts(
  workload: Asking,
  place: ComponentPlace,
  at: InstancePlace,
  owner: ImageOwner,
): Promise<void> {
  mkdirSync(place.volumes, { recursive: true, mode: 0o755 });
  for (const { name } of lastingOf(workload)) {
    const path = place.volume(name);
    if (!existsSync(path)) await makeImageVolume(path, owner);
    else if (owner.user !== null && !isGiven(path, owner.user)) {
      if (!owner.isAlone)
        throw refused(
          `the files of the volume ${name} belong to the user of another release, which still runs, and this image runs as ${owner.user}`,
          "Stop the component and start it: its files are given to the image's user then.",
        );
      await owner.give(path);
      noteGiven(path, path, owner.user);
    }
  }
  makeFiles(workload, at);
}

async function makeImageVolume(path: string, { user, give }: ImageOwner): Promise<void> {
  const fresh = `${path}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o755 });
  if (user !== null) {
    await give(fresh);
    noteGiven(path, fresh, user);
  }
  renameSync(fresh, path);
}

/** Beside a volume stands to whom it was given: the image's word, and the number it meant. */
const noteOf = (path: string): string => `${path}.given`;
const givenTo = (folder: string, user: string): string => `${lstatSync(folder).uid} ${user}`;
const noteGiven = (path: string, folder: string, user: string): void =>
  writeFileSync(noteOf(path), givenTo(folder, user), { mode: 0o600 });
const isGiven = (path: string, user: string): boolean =>
  existsSync(noteOf(path)) && readFileSync(noteOf(path), "utf8") === givenTo(path, user);
