import { createHash } from "node:crypto";
import { Fault } from "../../../base/fault.ts";
import type { Workload } from "../../../contract/agent.ts";
import type { Artifact } from "../../../contract/release.ts";
import { type ImageReference, parseReference, pinned } from "../../../domain/image/reference.ts";
import { type RunnerImages, runnerFor } from "../../../domain/image/runner.ts";
import type { ImageOf, RunnableImage } from "../../../ports/image-of.ts";
import { repositoryOf } from "../../image-rules.ts";
import { argvOf } from "../../local/cluster/command.ts";
import type { Artifacts } from "../../local/cluster/trees.ts";
import { readBaseImage } from "./base-image.ts";
import { pinnedDigest } from "./pin.ts";
import { pushArchive } from "./push-archive.ts";
import { pushSlug } from "./push-slug.ts";
import type { Registry } from "./registry.ts";

export interface ImageMakerParts {
  /** The data center's own, where images are pushed. */
  readonly registry: Registry;
  /** What nodes call it: `registry.example.com`, `127.0.0.1:5000`. */
  readonly pullFrom: string;
  /** In front of every repository of ours: `` or `pluvia/`. */
  readonly prefix: string;
  readonly artifacts: Artifacts;
  readonly runners: RunnerImages;
  /** Of the nodes, in Go's words: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Any other registry, by the name that image names have in front. */
  readonly source: (registry: string) => Registry;
  /** Makes sure that nodes may pull the tenant's images; the Secret's name. */
  readonly pullSecret?: (tenant: string) => Promise<string>;
}

type Of<K extends Artifact["kind"]> = Extract<Artifact, { kind: K }>;

/** Grows when the same slug is to give another image. */
const recipe = 1;

const shortHash = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 40);

const sorted = (variables: Readonly<Record<string, string>>) => Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1));

const notYours = (reference: string): Fault =>
  new Fault("not_found", `There is no image ${reference} for this team.`, {
    next: "Check its name.",
    detail: { signal: "artifact.unavailable" },
  });

export function imageMaker(parts: ImageMakerParts): ImageOf {
  const { registry, prefix } = parts;
  const underway = new Map<string, Promise<string>>();
  const repositoryFor = (workload: Workload): string => prefix + repositoryOf(workload.tenant, workload.component);
  const from = (name: ImageReference): Registry => (name.registry === parts.pullFrom ? registry : parts.source(name.registry));

  /** What is asked for twice at the same time is done once. */
  const single = (key: string, work: () => Promise<string>): Promise<string> => {
    const running = underway.get(key) ?? work().finally(() => underway.delete(key));
    underway.set(key, running);
    return running;
  };
  const present = (at: { repository: string; tag: string }, make: () => Promise<string>): Promise<string> =>
    single(`${at.repository}:${at.tag}`, async () => (await registry.resolve(at.repository, at.tag)) ?? make());

  const ofSlug = async (workload: Workload, slug: Of<"slug">): Promise<string> => {
    const repository = repositoryFor(workload);
    const name = parseReference(runnerFor(slug, parts.runners));
    const made = [recipe, slug.digest, name, sorted(slug.variables), parts.architecture];
    const at = { prefix, repository, tag: `slug-${shortHash(made)}` };
    return present(at, async () => {
      const reference = name.digest ?? name.tag ?? "latest";
      const base = await readBaseImage(from(name), { repository: name.repository, reference }, parts.architecture);
      const content = await parts.artifacts.fetch(workload.tenant, slug.digest);
      return pushSlug(registry, at, { base, variables: slug.variables, slug: { content, digest: slug.digest } });
    });
  };
  const ofArchive = (workload: Workload, archive: { digest: string }, id: string): Promise<string> => {
    const at = { repository: repositoryFor(workload), tag: `image-${id.replace("sha256:", "").slice(0, 40)}` };
    return present(at, async () =>
      pushArchive(registry, at, {
        content: await parts.artifacts.fetch(workload.tenant, archive.digest),
        digest: archive.digest,
        id,
      }),
    );
  };
  /** `as`: tells it from other images of the release. */
  const ofReference = async (workload: Workload, reference: string, as: string): Promise<string> => {
    const name = parseReference(reference);
    if (name.registry === parts.pullFrom && !name.repository.startsWith(`${prefix}${workload.tenant}/`))
      throw notYours(reference);
    if (name.digest) return pinned(name, name.digest);
    const find = async (): Promise<string> => {
      const digest = await from(name).resolve(name.repository, name.tag ?? "latest");
      if (digest === undefined) throw notYours(reference);
      return digest;
    };
    const at = {
      repository: repositoryFor(workload),
      tag: `pin-${workload.artifact.pinnedBy ?? workload.release}${as}`,
      reference,
    };
    const digest = await single(`${at.repository}:${at.tag}`, () => pinnedDigest(registry, at, find));
    return pinned(name, digest);
  };
  const attachmentsOf = async (workload: Workload): Promise<RunnableImage["attachments"]> => {
    const images = [...new Set(workload.configuration.attachments.map(({ image }) => image))];
    const exact = images.map(async (image) => [image, await ofReference(workload, image, `-${shortHash(image)}`)]);
    return Object.fromEntries(await Promise.all(exact));
  };
  const referenceOf = async (workload: Workload): Promise<string> => {
    const { artifact } = workload;
    const own = { registry: parts.pullFrom, repository: repositoryFor(workload) };
    if (artifact.kind === "slug") return pinned(own, await ofSlug(workload, artifact));
    if (artifact.archive && artifact.digest) return pinned(own, await ofArchive(workload, artifact.archive, artifact.digest));
    return ofReference(workload, artifact.reference, "");
  };

  return async (workload): Promise<RunnableImage> => {
    const { artifact, configuration, tenant } = workload;
    const [reference, attachments] = await Promise.all([referenceOf(workload), attachmentsOf(workload)]);
    const isOurs = [reference, ...Object.values(attachments)].some((each) => each.startsWith(`${parts.pullFrom}/`));
    const pullSecret = isOurs ? await parts.pullSecret?.(tenant) : undefined;
    return {
      reference,
      command: configuration.command === null ? [] : argvOf(configuration.command),
      variables: artifact.kind === "slug" ? {} : artifact.variables,
      attachments,
      ...(pullSecret === undefined ? {} : { pullSecret }),
    };
  };
}
