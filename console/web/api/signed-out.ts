/** no; asked: the person is asked to sign in again; put off: they looked away from it first. */
type SignedOut = "no" | "asked" | "put off";

let state: SignedOut = "no";
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
  /** The API knows no session of ours any more. */
  noticed: () => state === "no" && change("asked"),
  ask: () => change("asked"),
  putOff: () => change("put off"),
  over: () => change("no"),
};
