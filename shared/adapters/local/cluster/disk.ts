import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type * as z from "zod";
import { ComponentRecord, InstanceRecord } from "./record.ts";
import type { Records } from "./machine.ts";

/** Where everything of one component lies below the cluster's home. */
export interface ComponentPlace {
  readonly directory: string;
  /** What its volumes hold: gone with the component only, and with what a removal left behind. */
  readonly volumes: string;
  volume(name: string): string;
  instance(id: string): InstancePlace;
}
export interface InstancePlace {
  readonly directory: string;
  /** Its own, writable copy of the application: the working directory of its command. */
  readonly app: string;
  readonly work: string;
  readonly home: string;
  readonly temporary: string;
  /** What is mounted into it, for it to read: configuration files. */
  readonly mounts: string;
  readonly out: string;
  readonly err: string;
}

export const componentPlace = (home: string, component: string): ComponentPlace => {
  const directory = join(home, "components", component);
  const volumes = join(directory, "volumes");
  return {
    directory,
    volumes,
    // No part of a path is a person's choice.
    volume: (name) => join(volumes, createHash("sha256").update(name).digest("hex").slice(0, 16)),
    instance: (id) => instancePlace(join(directory, "instances", id)),
  };
};
const instancePlace = (directory: string): InstancePlace => ({
  directory,
  work: join(directory, "work"),
  app: join(directory, "work", "app"),
  home: join(directory, "work", "home"),
  temporary: join(directory, "work", "tmp"),
  mounts: join(directory, "mounts"),
  out: join(directory, "out.log"),
  err: join(directory, "err.log"),
});

/** Whole or not at all. `durable`: it also survives a loss of power; without, the end of this process. */
function write(path: string, value: unknown, options: { durable: boolean }): void {
  const fresh = `${path}.new`;
  const file = openSync(fresh, "w", 0o600);
  try {
    writeSync(file, JSON.stringify(value));
    if (options.durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
  if (options.durable) syncDirectory(dirname(path));
}
function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** What is desired must outlive a loss of power; processes do not outlive it, so their records need not. `erase` removes a folder that instances wrote to. */
export function diskRecords(place: ComponentPlace, erase: (folder: string) => Promise<void>): Records {
  return {
    saveComponent(record) {
      mkdirSync(join(place.directory, "instances"), { recursive: true, mode: 0o700 });
      write(join(place.directory, "component.json"), record, { durable: true });
    },
    saveInstance(record) {
      const { directory } = place.instance(record.id);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      write(join(directory, "instance.json"), record, { durable: false });
    },
    removeInstance: (id) => rm(place.instance(id).directory, { recursive: true, force: true }),
    // The record goes first: what is half removed is no component any more.
    removeAll: async () => {
      await rm(join(place.directory, "component.json"), { force: true });
      await erase(place.directory);
    },
  };
}

function read<T extends z.ZodType>(path: string, schema: T): z.infer<T> | undefined {
  if (!existsSync(path)) return undefined;
  return schema.parse(JSON.parse(readFileSync(path, "utf8")));
}
const list = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);

export interface KeptComponent {
  readonly component: ComponentRecord;
  readonly instances: readonly InstanceRecord[];
}

/** Everything kept. A component directory without its record is the rest of a removal and is named in `leftovers`. */
export function readKept(home: string): { kept: KeptComponent[]; leftovers: string[] } {
  const kept: KeptComponent[] = [];
  const leftovers: string[] = [];
  for (const id of list(join(home, "components"))) {
    const place = componentPlace(home, id);
    const component = read(join(place.directory, "component.json"), ComponentRecord);
    if (!component) {
      leftovers.push(id);
      continue;
    }
    const instances = list(join(place.directory, "instances")).flatMap(
      (name) => read(join(place.instance(name).directory, "instance.json"), InstanceRecord) ?? [],
    );
    kept.push({ component, instances });
  }
  return { kept, leftovers };
}
