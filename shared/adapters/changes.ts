import type { ComponentId } from "../contract/id.ts";

/** Changes closer together than this are told as one. */
const tellMs = 5;
/** A listener that takes longer is not waited for. */
const followMaxMs = 1_000;

/** Of these components; undefined: of any. */
type About = ReadonlySet<ComponentId> | undefined;
type Listener = (about: About) => void | Promise<void>;

export interface Changes {
  /** Something of this component has changed; undefined: of any. */
  changed(component?: ComponentId): void;
  onChange(listener: Listener): () => void;
  /** Tells what is untold, and resolves when every listener has followed all changes so far. */
  followed(): Promise<void>;
  close(): void;
}

/** Listeners, told once per burst of changes. */
export function changes(): Changes {
  const listeners = new Set<Listener>();
  const underway = new Set<Promise<unknown>>();
  let timer: NodeJS.Timeout | undefined;
  let about: Set<ComponentId> | undefined = new Set();
  const hear = (listener: Listener, of: About): void => {
    const following = Promise.resolve(listener(of)).finally(() => underway.delete(following));
    underway.add(following);
  };
  const tell = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const of = about;
    about = new Set();
    for (const listener of listeners) hear(listener, of);
  };
  return {
    changed: (component) => {
      if (component === undefined) about = undefined;
      else about?.add(component);
      timer ??= setTimeout(tell, tellMs);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async followed() {
      if (timer) tell();
      let patience: NodeJS.Timeout | undefined;
      const enough = new Promise((resolve) => {
        patience = setTimeout(resolve, followMaxMs);
      });
      await Promise.race([Promise.allSettled(underway), enough]);
      clearTimeout(patience);
    },
    close: () => clearTimeout(timer),
  };
}
