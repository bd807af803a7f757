import { spawnSync } from "node:child_process";
import type { Workload } from "../../../contract/agent.ts";
import type { Mount } from "../own-root.ts";
import type { InstanceRecord } from "./record.ts";
import { argvOf } from "./command.ts";
import { programOf } from "./program.ts";

/** podman as it is on this machine. */
export interface Podman {
  readonly program: string;
  /** Limits need control groups that are ours to write. */
  readonly limits: boolean;
}

const answerMs = 20_000;

/** undefined when it is not installed; a text when it is but does not work. */
export function findPodman(path: string): Podman | string | undefined {
  const program = programOf("podman", { path, directory: "/" });
  if (!program) return undefined;
  const told = spawnSync(
    program,
    ["info", "--format", "{{.Host.Security.Rootless}} {{.Host.CgroupsVersion}} {{.Host.CgroupManager}}"],
    { encoding: "utf8", timeout: answerMs },
  );
  if (told.status !== 0) return told.stderr.trim().split("\n").at(-1) ?? "it gives no reason";
  const [rootless, version] = told.stdout.trim().split(" ");
  const limits = rootless === "false" || version === "v2";
  return { program, limits };
}

/** Variables that podman would take for itself, were they in its environment. */
const podmansOwn = /^(PATH|HOME|TMPDIR|LD_.*|XDG_.*|CONTAINERS_.*|CONTAINER_.*|STORAGE_.*|REGISTRY_.*|DBUS_.*|PODMAN_.*)$/;
const isPassable = ([name, value]: [string, string]): boolean => value.includes("\n") && !podmansOwn.test(name);

/** A variable of one line goes by a file; one of several lines, which the file cannot hold, through podman's own environment. None is an argument that others could see. */
export const variableFile = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .filter(([, value]) => !value.includes("\n"))
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
export const passedVariables = (variables: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(isPassable));

export interface ContainerRun {
  readonly podman: Podman;
  readonly workload: Workload;
  readonly instance: InstanceRecord;
  readonly reference: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly variableFile: string;
  readonly mounts: readonly Mount[];
  /** Folders that the image declares as volumes, as far as none of the component's covers them; null: podman's own matter. */
  readonly declared: readonly string[] | null;
}

/** Kept names are unique on the machine, since instances are. */
export const containerOf = (instance: InstanceRecord): string => `pluvia-${instance.id}`;

/** One field of a line of comma-separated values, which podman takes a mount for: a path may have any character. */
const fieldOf = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const mountArgument = (fields: readonly string[]): string[] => ["--mount", fields.map(fieldOf).join(",")];
/** `relabel`: where SELinux is in force, containers may use nothing else. Shared, as a private label would shut out the instances that have it already. */
const bound = (source: string, path: string): string[] => [
  "type=bind",
  `source=${source}`,
  `destination=${path}`,
  "relabel=shared",
];
export const folderMount = (source: string, path: string, ...more: readonly string[]): string[] =>
  mountArgument([...bound(source, path), "nosuid", "nodev", ...more]);
export const fileMount = (source: string, path: string): string[] => mountArgument([...bound(source, path), "readonly"]);
/** Empty at first, as on Kubernetes: podman would copy into it what the image has there. */
const memoryMount = (path: string, sizeMib: number): string[] =>
  mountArgument([
    "type=tmpfs",
    `destination=${path}`,
    `tmpfs-size=${sizeMib}m`,
    "notmpcopyup",
    "exec",
    "nosuid",
    "nodev",
    "U=true",
  ]);
/** As podman itself makes it of a declaration: with what the image has there, gone with the container. */
const passingMount = (path: string): string[] => mountArgument(["type=volume", `destination=${path}`]);
function mountArguments(mount: Mount): string[] {
  if (mount.kind === "memory") return memoryMount(mount.path, mount.sizeMib);
  return mount.kind === "folder" ? folderMount(mount.source, mount.path) : fileMount(mount.source, mount.path);
}

/** Arguments of `podman` that run the instance in the foreground: it lives as long as the container, hands on signals and the exit code. */
export function runArguments(run: ContainerRun): string[] {
  const { podman, workload, instance, reference, variables, variableFile: file, mounts, declared } = run;
  const { command, resources, graceSeconds } = workload.configuration;
  const published = instance.ports.filter((p) => p.port !== 0).flatMap((p) => ["--publish", `127.0.0.1:${p.hostPort}:${p.port}`]);
  const limits = podman.limits
    ? [
        "--memory",
        `${resources.memoryMib}m`,
        "--memory-swap",
        `${resources.memoryMib}m`,
        "--cpus",
        String(resources.cpuMillis / 1000),
      ]
    : [];
  const passed = Object.keys(passedVariables(variables)).flatMap((name) => ["--env", name]);
  return [
    "run",
    "--rm",
    "--replace",
    "--name",
    containerOf(instance),
    "--pull",
    "never",
    "--log-driver",
    "none",
    "--init=false",
    "--stop-timeout",
    String(graceSeconds),
    "--security-opt",
    "no-new-privileges",
    "--pids-limit",
    podman.limits ? "4096" : "0",
    ...limits,
    ...published,
    // One of podman's own below a volume of the component's would take what is written there, and be gone with the container.
    ...(declared === null ? [] : ["--image-volume", "ignore", ...declared.flatMap(passingMount)]),
    ...mounts.flatMap(mountArguments),
    "--env-file",
    file,
    ...passed,
    reference,
    ...(command === null ? [] : argvOf(command)),
  ];
}
