const words: Readonly<Record<string, string>> = { x64: "amd64" };

/** Go's word, which images and nodes use, for the machines that Node's `process.arch` calls so. */
export const architectureOf = (arch: string): string => words[arch] ?? arch;
