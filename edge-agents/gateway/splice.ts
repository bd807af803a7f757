import type { Duplex } from "node:stream";

/**
 * Joins two connections until both have ended; one side's end is passed on, one side's error ends both. Resolves when it is over.
 */
export function splice(a: Duplex, b: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let open = 2;
  const join = (from: Duplex, to: Duplex) => {
    from.pipe(to);
    // An error here is the peer hanging up; both sides are ended, which is all there is to do about it.
    from.on("error", () => to.destroy());
    from.on("close", () => {
      if (!from.readableEnded) to.destroy();
      if (--open === 0) resolve();
    });
  };
  join(a, b);
  join(b, a);
  return promise;
}
