import { Fault } from "../../base/fault.ts";

/** A full image name: `registry/repository[:tag][@digest]`. */
export interface ImageReference {
  /** Host with its port: `docker.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

const part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
/** Source: distribution/reference, regexp.go. */
const form = new RegExp(
  `^(?:((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9-]+)*|\\[[0-9a-fA-F:]+\\])(?::\\d{1,5})?)/)?(${part}(?:/${part})*)(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);
const longestName = 255;
const partsOf = (text: string): RegExpExecArray | null => (text.length <= longestName + 200 ? form.exec(text) : null);

/** Why a text is none, and what to do: for a person. null: it is one. */
export const referenceProblem = (text: string) => {
  if (partsOf(text)) return null;
  const reference = text.slice(0, 200);
  const next = "Write it as registry/name:tag.";
  return {
    rule: "image.reference",
    message: `${JSON.stringify(reference)} is no name of an image.`,
    next,
    params: { reference },
  };
};

/** What has a dot, a port or is localhost names a registry; all else is Docker Hub's, with `library/` for a single word. */
export function parseReference(text: string): ImageReference {
  const problem = referenceProblem(text);
  if (problem) throw new Fault("invalid", problem.message, { next: problem.next, reason: problem.rule, params: problem.params });
  const [, first, rest = "", tag = null, digest = null] = partsOf(text) ?? [];
  const isHost = first !== undefined && (/[.:[]/.test(first) || first === "localhost");
  const path = isHost || first === undefined ? rest : `${first}/${rest}`;
  const isHub = !isHost || first === "docker.io" || first === "index.docker.io";
  return {
    registry: isHub ? "docker.io" : (first ?? ""),
    repository: isHub && !path.includes("/") ? `library/${path}` : path,
    tag: tag ?? (digest ? null : "latest"),
    digest,
  };
}

/** As nodes pull it: by content. */
export const pinned = (name: { registry: string; repository: string }, digest: string): string =>
  `${name.registry}/${name.repository}@${digest}`;

/** Where the registry of that name answers. */
export const apiHostOf = (registry: string): string => (registry === "docker.io" ? "registry-1.docker.io" : registry);
