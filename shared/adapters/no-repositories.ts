import { Fault } from "../base/fault.ts";
import type { Repositories } from "../ports/repositories.ts";

const refuse = (): never => {
  throw new Fault("invalid", "This platform has no git repositories to push to.", {
    next: "Give the address of a repository that is elsewhere, or upload the source.",
    reason: "push.unavailable",
  });
};

/** A platform that takes no pushes. */
export const noRepositories = (): Repositories => ({
  ensure: async () => refuse(),
  url: refuse,
  publicUrl: refuse,
  remove: async () => {},
});
