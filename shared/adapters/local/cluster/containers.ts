import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../../base/fault.ts";
import type { Workload } from "../../../contract/agent.ts";
import { mainPort } from "../../../domain/main-port.ts";
import type { InstancePlace } from "./disk.ts";
import type { Launch } from "./launch.ts";
import { markerOf } from "./mark.ts";
import { containerOf, passedVariables, type Podman, runArguments, variableFile } from "./podman.ts";
import { loadedImages, type PodmanRun } from "./loaded-images.ts";
import type { InstanceRecord } from "./record.ts";
import type { Artifacts } from "./trees.ts";

/** Runs instances made of images. */
export interface Containers {
  /** Loads or pulls the image. @throws Fault `invalid` when images cannot run here or there is no such image, `unavailable` when it cannot be fetched now. */
  prepare(tenant: string, image: ImageArtifact): Promise<void>;
  /** Removes loaded images that `isUsed` does not name. */
  prune(isUsed: (id: string) => boolean): Promise<void>;
  /** What to start: a process that lives as long as the container. */
  launch(workload: Workload, instance: InstanceRecord, place: InstancePlace, reference: string): Launch;
  enter(instance: InstanceRecord, command: readonly string[] | null, marks: readonly string[]): Launch;
  /** Ends the container at once. Fine when there is none. */
  remove(instance: InstanceRecord): Promise<void>;
}

export type ImageArtifact = Extract<Workload["artifact"], { kind: "image" }>;

/** A large image over a slow line. */
const pullMaxMs = 15 * 60_000;

const unsupported = (reason: string): Fault =>
  new Fault("invalid", `This data center cannot run images: ${reason}.`, {
    next: "Install podman on its machine, or deploy from source.",
    detail: { signal: "image.unsupported" },
  });

const entriesOf = (marks: readonly string[]): Record<string, string> =>
  Object.fromEntries(marks.map((m) => m.split("=") as [string, string]));

/** What a container sees: the image's own variables, then the build's, the user's and the platform's. It listens on the ports it declares. */
function variablesOf(workload: Workload, instance: InstanceRecord): Record<string, string> {
  const { ports } = workload.configuration;
  const main = mainPort(ports);
  return {
    ...workload.artifact.variables,
    ...workload.variables,
    PLUVIA_APPLICATION: workload.applicationName,
    PLUVIA_COMPONENT: workload.componentName,
    PLUVIA_RELEASE: String(workload.releaseNumber),
    PLUVIA_INSTANCE: instance.id,
    ...Object.fromEntries(ports.map((p) => [`PORT_${p.port}`, String(p.port)])),
    ...(main === 0 ? {} : { PORT: String(main) }),
  };
}

/** What podman calls it: an image built here by its id, so that nothing else can be run in its place. */
export const runnable = (image: ImageArtifact): string =>
  image.archive && image.digest ? image.digest.replace("sha256:", "") : image.reference;

export function containers(
  find: () => Podman | string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  parts: { readonly home: string; readonly artifacts: Artifacts },
): Containers {
  /** podman's own surroundings, as the operator set them. */
  const own = Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) =>
        value !== undefined && /^(PATH|HOME|XDG_.*|CONTAINERS_.*|REGISTRY_.*|TMPDIR|USER|https?_proxy|no_proxy)$/i.test(name),
    ),
  ) as Record<string, string>;
  const present = (): Podman => {
    const podman = find();
    if (podman === undefined) throw unsupported("podman is not installed");
    if (typeof podman === "string") throw unsupported(`podman does not work (${podman})`);
    return podman;
  };
  const run: PodmanRun = (args) =>
    new Promise((resolve) => {
      const child = spawn(present().program, args, { env: own, stdio: ["ignore", "pipe", "pipe"], timeout: pullMaxMs });
      let out = "";
      let err = "";
      child.stdout.on("data", (data: Buffer) => {
        out = (out + data.toString("utf8")).slice(0, 1_000_000);
      });
      child.stderr.on("data", (data: Buffer) => {
        err = (err + data.toString("utf8")).slice(-2_000);
      });
      child.once("error", (error) => resolve({ code: null, out, err: error.message }));
      child.once("close", (code) => resolve({ code, out, err }));
    });
  const loaded = loadedImages(run, parts);

  const pull = async (reference: string): Promise<void> => {
    // What begins with a dash would be an option.
    if (!/^[a-z0-9]/i.test(reference))
      throw new Fault("invalid", `${reference} is no name of an image.`, {
        next: "Write it as registry/name:tag.",
        detail: { signal: "artifact.unavailable" },
      });
    if ((await run(["image", "exists", "--", reference])).code === 0) return;
    const { code, err } = await run(["pull", "--quiet", "--", reference]);
    if (code !== 0)
      throw new Fault("unavailable", `The image ${reference} cannot be fetched: ${err.trim().split("\n").at(-1)}`, {
        next: "Check its name, and that this machine can reach its registry.",
      });
  };

  return {
    async prepare(tenant, image) {
      present();
      if (image.archive && image.digest) await loaded.load({ tenant, archive: image.archive, id: runnable(image) });
      else await pull(image.reference);
    },
    prune: async (isUsed) => {
      if (loaded.isEmpty()) return;
      if (typeof find() === "object") await loaded.prune(isUsed);
    },
    launch(workload, instance, place, reference) {
      const variables = variablesOf(workload, instance);
      mkdirSync(place.work, { recursive: true, mode: 0o700 });
      const file = join(place.work, "variables");
      writeFileSync(file, variableFile(variables), { mode: 0o600 });
      const args = runArguments({ podman: present(), workload, instance, reference, variables, variableFile: file });
      return {
        program: present().program,
        arguments: args,
        directory: "/",
        environment: { ...passedVariables(variables), ...own, ...entriesOf([markerOf(instance.id)]) },
      };
    },
    enter: (instance, command, marks) => ({
      program: present().program,
      arguments: ["exec", "--interactive", "--tty", containerOf(instance), ...(command ?? ["/bin/sh"])],
      directory: "/",
      environment: { ...own, TERM: "xterm-256color", ...entriesOf([markerOf(instance.id), ...marks]) },
    }),
    remove: async (instance) => {
      if (typeof find() === "object") await run(["rm", "--force", "--ignore", "--time", "0", containerOf(instance)]);
    },
  };
}
