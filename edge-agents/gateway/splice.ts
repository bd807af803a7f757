import type { Duplex } from "node:stream";

/**
 * Joins two connections until both have ended; one side's end is passed on, one side's error ends both. Resolves when it is over.
 */
export function splice(a: Duplex, b: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let open = 2;
  const ended = (from: Duplex, to: Duplex) => {
    if (!from.readableEnded) to.destroy();
    if (--open === 0) resolve();
  };
  const join = (from: Duplex, to: Duplex) => {
    from.pipe(to);
    // An error here is the peer hanging up; both sides are ended, which is all there is to do about it.
    from.on("error", () => to.destroy());
    // It may have closed before anybody listened.
    if (from.closed) ended(from, to);
    else from.on("close", () => ended(from, to));
  };
  join(a, b);
  join(b, a);
  return promise;
}
