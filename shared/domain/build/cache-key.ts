/** All that decides what an installation makes. */
export interface CacheInputs {
  /** Digest of each file by its path. */
  readonly files: Readonly<Record<string, string>>;
  readonly tools: Readonly<Record<string, string>>;
  readonly machine: string;
  readonly commands: string;
  /** The digest of the whole source where all of it counts, and why it does. */
  readonly everything: { readonly reason: string; readonly digest: string } | null;
}

const changedNames = (
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  words: (name: string, from: string | undefined, to: string | undefined) => string,
): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .flatMap((name) => (before[name] === after[name] ? [] : [words(name, before[name], after[name])]));

const fileWords = (name: string, from: string | undefined, to: string | undefined): string =>
  `${name} ${from === undefined ? "was added" : to === undefined ? "was removed" : "changed"}`;
const toolWords = (name: string, from: string | undefined, to: string | undefined): string =>
  `${name} ${from ?? "absent"} became ${to ?? "absent"}`;

/** Why nothing kept fits, for people: exactly what is different from the last build. */
export const whyMissed = (last: CacheInputs | null, now: CacheInputs): string => {
  if (last === null) return "this is the first build";
  const reasons = [
    ...changedNames(last.files, now.files, fileWords),
    ...changedNames(last.tools, now.tools, toolWords),
    ...(last.machine === now.machine ? [] : ["the machine is of another kind, or the platform was updated"]),
    ...(last.commands === now.commands ? [] : ["the install command changed"]),
    ...(last.everything?.digest === now.everything?.digest
      ? []
      : [
          now.everything === null
            ? "the source no longer counts"
            : `a file of the source changed, and all of them count because ${now.everything.reason}`,
        ]),
  ];
  return reasons.length === 0 ? "what was kept is gone or was never completed" : reasons.join(", ");
};
