import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { Fault } from "../../../base/fault.ts";
import type { Workload } from "../../../contract/agent.ts";
import { mainPort } from "../../../domain/main-port.ts";
import { pullSignal } from "../../../domain/pull-failure.ts";
import type { Mount } from "../own-root.ts";
import type { InstancePlace } from "./disk.ts";
import type { Launch } from "./launch.ts";
import { markerOf } from "./mark.ts";
import { containerOf, fileMount, folderMount, passedVariables, type Podman, runArguments, variableFile } from "./podman.ts";
import { loadedImages, type PodmanRun } from "./loaded-images.ts";
import type { InstanceRecord } from "./record.ts";
import type { Artifacts } from "./trees.ts";

/** Of an image that is here. */
export interface ImageFacts {
  /** As the image names it, by number or by a name of its own; null: root. */
  readonly user: string | null;
  /** Folders that it declares as volumes. */
  readonly volumes: readonly string[];
}

/** Runs instances made of images. */
export interface Containers {
  /** Loads or pulls the image. @throws Fault `invalid` when images cannot run here or there is no such image, `unavailable` when it cannot be fetched now. */
  prepare(tenant: string, image: ImageArtifact): Promise<void>;
  /** Removes loaded images that `isUsed` does not name. */
  prune(isUsed: (id: string) => boolean): Promise<void>;
  /** @throws Fault `unavailable`. */
  facts(reference: string): Promise<ImageFacts>;
  /** Gives a folder and all in it to the image's user. Nothing that could change it may run meanwhile. @throws Fault `unavailable`. */
  give(folder: string, reference: string): Promise<void>;
  /** Removes a folder that containers may have written to. @throws when it cannot be. */
  erase(folder: string): Promise<void>;
  /** What to start: a process that lives as long as the container. */
  launch(workload: Workload, instance: InstanceRecord, place: InstancePlace, what: Contained): Launch;
  enter(instance: InstanceRecord, command: readonly string[] | null, marks: readonly string[]): Launch;
  /** Asks the program to end (SIGTERM); false: none runs. */
  ask(instance: InstanceRecord): Promise<boolean>;
  /** Ends the container at once. Fine when there is none. */
  remove(instance: InstanceRecord): Promise<void>;
}

/** What a container is made of. */
export interface Contained {
  readonly reference: string;
  readonly mounts: readonly Mount[];
  /** See `ContainerRun`. */
  readonly declared: readonly string[] | null;
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

const ImageConfig = z.object({ User: z.string().default(""), Volumes: z.record(z.string(), z.unknown()).nullish() });
/** Without a user, or with its number or name; whatever its group. */
const isRoot = (user: string): boolean => /^(root|0+)?(:|$)/.test(user);
const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

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
    if (code === 0) return;
    const { code: signal, detail } = pullSignal(reference, lastLine(err));
    throw new Fault("unavailable", `The image ${reference} cannot be fetched: ${lastLine(err)}`, {
      next: "Check its name, and that this machine can reach its registry.",
      detail: { ...detail, signal },
    });
  };

  /** Something to stand for a program: it is never run. */
  const entry = (): string => {
    const path = join(parts.home, "container-entry");
    if (!existsSync(path)) writeFileSync(path, "#!/bin/sh\n", { mode: 0o555 });
    return path;
  };
  /** podman knows who the image's user is, and as whom the machine sees it: it makes a container ready that is never started. */
  const give = async (folder: string, reference: string): Promise<void> => {
    const name = `pluvia-owner-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`;
    const made = await run([
      ...["create", "--replace", "--name", name, "--pull", "never", "--network", "none", "--log-driver", "none"],
      ...["--image-volume", "ignore", ...folderMount(folder, "/pluvia-volume", "U=true"), ...fileMount(entry(), "/pluvia-entry")],
      ...["--entrypoint", "/pluvia-entry", reference],
    ]);
    const { code, err } = made.code === 0 ? await run(["init", name]) : made;
    await run(["rm", "--force", "--ignore", "--time", "0", name]);
    if (code !== 0)
      throw new Fault("unavailable", `the image's user cannot be given its volumes (${lastLine(err)})`, {
        next: "It is tried again by itself.",
        detail: { signal: "volume.refused" },
      });
  };
  const erase = async (folder: string): Promise<void> => {
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      if (typeof find() !== "object") throw error;
      // Of users that an ordinary user has within containers alone.
      const { code, err } = await run(["unshare", "rm", "-rf", "--", folder]);
      if (code !== 0) throw new Fault("unavailable", `${folder} cannot be removed: ${lastLine(err)}`, { cause: error });
    }
  };

  return {
    give,
    erase,
    async facts(reference) {
      const { code, out, err } = await run(["image", "inspect", "--format", "{{json .Config}}", "--", reference]);
      if (code !== 0)
        throw new Fault("unavailable", `The image ${reference} cannot be looked at: ${lastLine(err)}`, {
          next: "It is tried again by itself.",
        });
      const { User: user, Volumes: volumes } = ImageConfig.parse(JSON.parse(out));
      return { user: isRoot(user) ? null : user, volumes: Object.keys(volumes ?? {}) };
    },
    async prepare(tenant, image) {
      present();
      if (image.archive && image.digest) await loaded.load({ tenant, archive: image.archive, id: runnable(image) });
      else await pull(image.reference);
    },
    prune: async (isUsed) => {
      if (loaded.isEmpty()) return;
      if (typeof find() === "object") await loaded.prune(isUsed);
    },
    launch(workload, instance, place, what) {
      const variables = variablesOf(workload, instance);
      mkdirSync(place.work, { recursive: true, mode: 0o700 });
      const file = join(place.work, "variables");
      writeFileSync(file, variableFile(variables), { mode: 0o600 });
      const args = runArguments({ podman: present(), workload, instance, ...what, variables, variableFile: file });
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
    ask: async (instance) => (await run(["kill", "--signal", "TERM", containerOf(instance)])).code === 0,
    remove: async (instance) => {
      if (typeof find() === "object") await run(["rm", "--force", "--volumes", "--ignore", "--time", "0", containerOf(instance)]);
    },
  };
}
