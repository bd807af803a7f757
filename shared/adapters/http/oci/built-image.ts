import { createHash } from "node:crypto";
import type { Workload } from "../../../contract/agent.ts";
import type { Artifact } from "../../../contract/release.ts";
import { type ImageReference, parseReference } from "../../../domain/image/reference.ts";
import { type RunnerImages, runnerFor } from "../../../domain/image/runner.ts";
import type { RunnableImage } from "../../../ports/image-of.ts";
import { argvOf } from "../../local/cluster/command.ts";
import type { Artifacts } from "../../local/cluster/trees.ts";
import { readBaseImage } from "./base-image.ts";
import { pushArchive } from "./push-archive.ts";
import { type PushPlace, pushSlug } from "./push-slug.ts";
import type { Registry } from "./registry.ts";

export interface BuiltImageParts {
  readonly artifacts: Artifacts;
  readonly runners: RunnerImages;
  /** Of the nodes, in Go's words (`amd64`, `arm64`), for slugs that do not say what they were built for. */
  readonly architecture: string;
  /** Any other registry, by the name that image names have in front. */
  readonly source: (registry: string) => Registry;
}

/** What was built, as an image that is to be somewhere. */
export interface BuiltImage {
  /** Made of all that decides the content: where it is there, the image is. */
  readonly tag: string;
  /** Puts it there; answers its digest. `pullFrom`: what nodes call that registry. */
  readonly push: (to: PushPlace & { readonly pullFrom: string }) => Promise<string>;
}

type Of<K extends Artifact["kind"]> = Extract<Artifact, { kind: K }>;

/** Grows when the same slug is to give another image. */
const recipe = 1;

export const shortHash = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 40);

const sorted = (variables: Readonly<Record<string, string>>) => Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1));

/** What a workload runs: something that was built, or an image that has a registry already. */
export function imageFor(parts: BuiltImageParts, { artifact, tenant }: Workload): BuiltImage | { readonly reference: string } {
  if (artifact.kind === "slug") return ofSlug(parts, tenant, artifact);
  if (artifact.archive && artifact.digest) return ofArchive(parts, tenant, { ...artifact.archive, id: artifact.digest });
  return { reference: artifact.reference };
}

/** The variables of a slug are in its image. */
export const runnable = ({ artifact, configuration }: Workload, reference: string): RunnableImage => ({
  reference,
  command: configuration.command === null ? [] : argvOf(configuration.command),
  variables: artifact.kind === "slug" ? {} : artifact.variables,
  attachments: {},
});

function ofSlug(parts: BuiltImageParts, tenant: string, slug: Of<"slug">): BuiltImage {
  const { artifacts } = parts;
  const architecture = slug.architecture ?? parts.architecture;
  const name: ImageReference = parseReference(runnerFor(slug, parts.runners));
  return {
    tag: `slug-${shortHash([recipe, slug.digest, name, sorted(slug.variables), architecture])}`,
    async push({ pullFrom, ...to }) {
      const reference = name.digest ?? name.tag ?? "latest";
      const from = name.registry === pullFrom ? to.registry : parts.source(name.registry);
      const base = await readBaseImage(from, { repository: name.repository, reference }, architecture);
      const content = await artifacts.fetch(tenant, slug.digest);
      return pushSlug(to, this.tag, { base, variables: slug.variables, slug: { content, digest: slug.digest } });
    },
  };
}

const ofArchive = ({ artifacts }: BuiltImageParts, tenant: string, image: { digest: string; id: string }): BuiltImage => ({
  tag: `image-${image.id.replace("sha256:", "").slice(0, 40)}`,
  async push({ registry, repository }) {
    const content = await artifacts.fetch(tenant, image.digest);
    return pushArchive(registry, { repository, tag: this.tag }, { content, ...image });
  },
});
