import { Fault, isFault } from "../../../base/fault.ts";
import { parseReference, pinned } from "../../../domain/image/reference.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Registry } from "./registry.ts";

export interface TagPinParts {
  /** By the name that image names have in front: `docker.io` where they have none. */
  readonly source: (registry: string) => Pick<Registry, "resolve">;
  readonly clock: Clock;
  readonly log: (fields: object, message: string) => void;
}

/** Nobody waits longer for a registry that nodes may well reach where we do not. */
const answerMs = 10_000;

/** What a tag means now, by content. A registry that does not tell us (a private one, or one that we cannot reach) leaves the name as it is. */
export function tagPin({ source, clock, log }: TagPinParts): (reference: string) => Promise<string> {
  const resolved = async (reference: string): Promise<string> => {
    const name = parseReference(reference);
    const asking = source(name.registry).resolve(name.repository, name.tag ?? "latest");
    const patience = new AbortController();
    const late = clock.sleep(answerMs, patience.signal).then(() => {
      throw new Fault("unavailable", `The registry ${name.registry} did not answer in time.`);
    });
    late.catch(() => {});
    const digest = await Promise.race([asking, late]).finally(() => patience.abort());
    return digest === undefined ? reference : pinned(name, digest);
  };
  return async (reference) => {
    try {
      return await resolved(reference);
    } catch (error) {
      if (!isFault(error)) throw error;
      log({ error, reference }, "what an image's tag means could not be found; nodes pull it by its tag");
      return reference;
    }
  };
}
