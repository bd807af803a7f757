/**
 * A port whose adapter is loaded when it is first used, so that a function pays at its start only for what it needs. Its methods all answer promises, as
 * ports' do.
 */
export function lazily<T extends object>(load: () => Promise<T>): T {
  let loading: Promise<T> | undefined;
  const method =
    (name: string) =>
    async (...given: unknown[]): Promise<unknown> => {
      loading ??= load();
      const port = (await loading) as Record<string, (...given: unknown[]) => unknown>;
      return port[name]?.(...given);
    };
  // Whoever resolves a promise with it must not take it for another promise.
  return new Proxy({} as T, { get: (_, name) => (typeof name === "symbol" || name === "then" ? undefined : method(name)) });
}
