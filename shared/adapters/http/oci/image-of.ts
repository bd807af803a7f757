import { Fault } from "../../../base/fault.ts";
import type { Workload } from "../../../contract/agent.ts";
import { type ImageReference, parseReference, pinned } from "../../../domain/image/reference.ts";
import { runnerShelf } from "../../../domain/image/registry-access.ts";
import type { ImageOf, RunnableImage } from "../../../ports/image-of.ts";
import { repositoryOf } from "../../image-rules.ts";
import { type BuiltImageParts, imageFor, runnable, shortHash } from "./built-image.ts";
import { pinnedDigest } from "./pin.ts";
import type { Registry } from "./registry.ts";

export interface ImageMakerParts extends BuiltImageParts {
  /** The data center's own, where images are pushed. */
  readonly registry: Registry;
  /** What nodes call it: `registry.example.com`, `127.0.0.1:5000`. */
  readonly pullFrom: string;
  /** In front of every repository of ours: `` or `pluvia/`. */
  readonly prefix: string;
  /** Makes sure that nodes may pull the tenant's images; the Secret's name. */
  readonly pullSecret?: (tenant: string) => Promise<string>;
}

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
    const exact = new Map<string, string>();
    for (const { image } of workload.configuration.attachments)
      if (!exact.has(image)) exact.set(image, await ofReference(workload, image, `-${shortHash(image)}`));
    return Object.fromEntries(exact);
  };
  const referenceOf = async (workload: Workload): Promise<string> => {
    const image = imageFor(parts, workload);
    if ("reference" in image) return ofReference(workload, image.reference, "");
    const repository = repositoryFor(workload);
    const to = { registry, pullFrom: parts.pullFrom, repository, shelf: prefix + runnerShelf };
    const present = async () => (await registry.resolve(repository, image.tag)) ?? image.push(to);
    return pinned({ registry: parts.pullFrom, repository }, await single(`${repository}:${image.tag}`, present));
  };

  return async (workload): Promise<RunnableImage> => {
    // One after the other: a registry on a plain disk knows a blob for a moment no more while it is pushed to the same repository again.
    const reference = await referenceOf(workload);
    const attachments = await attachmentsOf(workload);
    const isOurs = [reference, ...Object.values(attachments)].some((each) => each.startsWith(`${parts.pullFrom}/`));
    const pullSecret = isOurs ? await parts.pullSecret?.(workload.tenant) : undefined;
    return { ...runnable(workload, reference), attachments, ...(pullSecret === undefined ? {} : { pullSecret }) };
  };
}
