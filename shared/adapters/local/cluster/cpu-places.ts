import { join } from "node:path";

/** Where a control group that limits processor time may be made, as far as its name tells. */
export interface CpuPlace {
  readonly version: 1 | 2;
  /** Where the hierarchy is mounted. */
  readonly mount: string;
  /** The group to make others in. */
  readonly parent: string;
}

interface Mount {
  readonly path: string;
  readonly kind: string;
  readonly options: readonly string[];
}
const unescaped = (path: string): string =>
  path.replaceAll(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
const mountsIn = (text: string): Mount[] =>
  text
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([, path, kind, options]) =>
      path && kind && options ? [{ path: unescaped(path), kind, options: options.split(",") }] : [],
    );

/** `/a/b`: itself, what it is in, and so on to the root. A name that leads out of what is mounted here stands for the root. */
function outwards(group: string): string[] {
  const names = group.includes("..") ? [] : group.split("/").filter((name) => name !== "");
  return [...names.map((_, at) => names.slice(0, names.length - at).join("/")), ""];
}

/**
 * From the nearest on: the group we are in ourselves, if processes in it do not forbid it (version 2 has them only in leaves), and those around it.
 * Version 1 first: where both are mounted, it has the processors.
 * @param mounts `/proc/self/mounts`
 * @param groups `/proc/self/cgroup`
 */
export function cpuPlaces(mounts: string, groups: string): CpuPlace[] {
  const mounted = mountsIn(mounts);
  const own = groups.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const first = mounted.find((m) => m.kind === "cgroup" && m.options.includes("cpu"));
  const second = mounted.find((m) => m.kind === "cgroup2");
  const placesIn = (version: 1 | 2, mount: string, group: string): CpuPlace[] =>
    outwards(group).map((name) => ({ version, mount, parent: join(mount, name) }));
  const groupOf = (is: (controllers: string) => boolean): string => own.find((line) => line && is(line[1] ?? ""))?.[2] ?? "/";
  return [
    ...(first
      ? placesIn(
          1,
          first.path,
          groupOf((c) => c.split(",").includes("cpu")),
        )
      : []),
    ...(second
      ? placesIn(
          2,
          second.path,
          groupOf((c) => c === ""),
        )
      : []),
  ];
}
