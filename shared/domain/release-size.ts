import { Fault } from "../base/fault.ts";
import type { Configuration } from "../contract/component.ts";
import type { OpenVariable } from "./release.ts";

/**
 * A release is kept in one item of 400 KiB (DynamoDB) beside its artifact, whose signed provenance takes up to 20 KiB. The answer to a change of the
 * configuration is kept as well, sealed and in base64: 272 KiB become 363.
 */
export const releaseBytesMax = 368 * 1_024;
export const configurationBytesMax = 272 * 1_024;

interface Content {
  readonly configuration: Configuration;
  readonly variables: readonly OpenVariable[];
}
const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;
/** Sealed, in base64. */
const sealedBytesOf = (variables: readonly OpenVariable[]): number => Math.ceil(bytesOf(variables) / 3) * 4;
const kib = (bytes: number): number => Math.ceil(bytes / 1_024);

/** Enough to see what to make smaller. */
const namedMax = 5;
/** What takes at least a KiB of it, the largest first. */
const largest = ({ files, attachments }: Configuration): string =>
  [...files.map((file) => [file.path, bytesOf(file)] as const), ...attachments.map((each) => [each.name, bytesOf(each)] as const)]
    .filter(([, bytes]) => bytes >= 1_024)
    .sort(([, a], [, b]) => b - a)
    .slice(0, namedMax)
    .map(([name, bytes]) => `${name} ${kib(bytes)} KiB`)
    .join(", ");

/** @throws Fault `exhausted` that names the component and what takes the space: what could be kept in no release is refused when it is asked for. */
export function assertFitsRelease(component: string, { configuration, variables }: Content): void {
  const [own, sealed] = [bytesOf(configuration), sealedBytesOf(variables)];
  if (own <= configurationBytesMax && own + sealed <= releaseBytesMax) return;
  const params = {
    component,
    own: kib(own),
    ownMax: kib(configurationBytesMax),
    parts: largest(configuration),
    sealed: kib(sealed),
    max: kib(releaseBytesMax),
  };
  const parts = params.parts && ` (${params.parts})`;
  throw new Fault(
    "exhausted",
    `${component} is too large for a release: its configuration takes ${params.own} KiB${parts} of at most ${params.ownMax}, its variables, encrypted, ${params.sealed} KiB; together they may take ${params.max} KiB.`,
    { next: "Put what is large into the source, a volume or an external store.", reason: "release.too-large", params },
  );
}
