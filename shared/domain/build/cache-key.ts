import type { Params } from "../../contract/id.ts";
import type { Reason } from "../../contract/release.ts";

/** Why all of the source counts for what is installed, and the file or folder that says so. */
export interface WholeSource {
  readonly code: "hook" | "folder" | "workspaces" | "requirements" | "package" | "gemfile" | "composer";
  readonly name: string;
}

/** All that decides what an installation makes. */
export interface CacheInputs {
  /** Digest of each file by its path. */
  readonly files: Readonly<Record<string, string>>;
  readonly tools: Readonly<Record<string, string>>;
  readonly machine: string;
  readonly commands: string;
  /** The digest of the whole source where all of it counts, and why it does. */
  readonly everything: { readonly reason: WholeSource; readonly digest: string } | null;
}

const allCount = "a file of the source changed, and all of them count because";
/** Every reason in words, by code. */
const words = {
  "cache.first": () => "this is the first build",
  "cache.gone": () => "what was kept is gone or was never completed",
  "cache.file-added": (p) => `${p.file} was added`,
  "cache.file-removed": (p) => `${p.file} was removed`,
  "cache.file-changed": (p) => `${p.file} changed`,
  "cache.tool": (p) => `${p.tool} ${p.from} became ${p.to}`,
  "cache.machine": () => "the machine is of another kind, or the platform was updated",
  "cache.command": () => "the install command changed",
  "cache.source-less": () => "the source no longer counts",
  "cache.source.hook": (p) => `${allCount} package.json has a ${p.name} script`,
  "cache.source.folder": (p) => `${allCount} ${p.name} is a folder of the source`,
  "cache.source.workspaces": () => `${allCount} the source has workspaces`,
  "cache.source.requirements": (p) => `${allCount} ${p.name} installs a folder of the source`,
  "cache.source.package": () => `${allCount} the project itself is installed as a package`,
  "cache.source.gemfile": (p) => `${allCount} the ${p.name} names folders of the source`,
  "cache.source.composer": (p) => `${allCount} ${p.name} has scripts or folders of the source`,
} satisfies Record<string, (p: Params) => string>;
type Code = keyof typeof words;
export const cacheCodes = Object.keys(words) as readonly Code[];

const reason = (code: Code, params: Params = {}): Reason => ({ code, params, message: words[code](params) });

const changed = (
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  told: (name: string, from: string | undefined, to: string | undefined) => Reason,
): readonly Reason[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .flatMap((name) => (before[name] === after[name] ? [] : [told(name, before[name], after[name])]));

const fileReason = (file: string, from: string | undefined, to: string | undefined): Reason =>
  reason(from === undefined ? "cache.file-added" : to === undefined ? "cache.file-removed" : "cache.file-changed", { file });
const toolReason = (tool: string, from = "absent", to = "absent"): Reason => reason("cache.tool", { tool, from, to });

/** Why nothing kept fits, for people: exactly what is different from the last build. */
export const whyMissed = (last: CacheInputs | null, now: CacheInputs): readonly Reason[] => {
  if (last === null) return [reason("cache.first")];
  const { everything } = now;
  const reasons = [
    ...changed(last.files, now.files, fileReason),
    ...changed(last.tools, now.tools, toolReason),
    ...(last.machine === now.machine ? [] : [reason("cache.machine")]),
    ...(last.commands === now.commands ? [] : [reason("cache.command")]),
    ...(last.everything?.digest === everything?.digest
      ? []
      : [
          everything === null
            ? reason("cache.source-less")
            : reason(`cache.source.${everything.reason.code}`, { name: everything.reason.name }),
        ]),
  ];
  return reasons.length === 0 ? [reason("cache.gone")] : reasons;
};

export const inWords = (reasons: readonly Reason[]): string => reasons.map((r) => r.message).join(", ");
