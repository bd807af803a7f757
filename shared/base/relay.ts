/** Keeps what happens until the first listener comes, so that nothing is lost between start and listening. */
export function relay<T>() {
  let listener: ((value: T) => void) | undefined;
  const kept: T[] = [];
  return {
    tell: (value: T): void => {
      if (listener) listener(value);
      else kept.push(value);
    },
    listen: (to: (value: T) => void): void => {
      listener = to;
      for (const value of kept.splice(0)) to(value);
    },
  };
}
