/** no; asked: the person is asked to sign in again; put off: they looked away from it first. */
type SignedOut = "no" | "asked" | "put off";

let state: SignedOut = "no";
/** Milliseconds, as of Date.now(). */
let signedInAt = 0;
const listeners = new Set<() => void>();
const change = (next: SignedOut) => {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
};

export const signedOut = {
  now: (): SignedOut => state,
  listen: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  /** The API knew no session of ours when it was asked; an answer may come when there is one again. */
  noticed: (sentAt: number) => state === "no" && sentAt >= signedInAt && change("asked"),
  ask: () => change("asked"),
  putOff: () => change("put off"),
  over: () => {
    if (state !== "no") signedInAt = Date.now();
    change("no");
  },
};
