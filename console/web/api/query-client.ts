import { QueryClient, type QueryFilters, type QueryKey } from "@tanstack/react-query";

/** The client itself repeats what may pass by itself. A platform on one machine answers without any network: it is asked whatever the browser says of that. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { networkMode: "always", staleTime: 15_000, gcTime: 600_000, retry: false, refetchOnWindowFocus: true },
    mutations: { networkMode: "always", retry: false },
  },
});

const onceMore = new WeakSet<Promise<unknown>>();

/** What is on its way may have been read before the change that is known of now: once it is there, it is asked for once more. */
export function askOnceMore(filters: QueryFilters): void {
  for (const { queryKey, promise } of queryClient.getQueryCache().findAll({ ...filters, fetchStatus: "fetching" })) {
    if (!promise || onceMore.has(promise)) continue;
    onceMore.add(promise);
    // Without an answer there is nothing that is old.
    void promise.then(
      () => queryClient.invalidateQueries({ queryKey, exact: true }),
      () => {},
    );
  }
}

/** After a change: what is shown of it is fetched anew. That ends a fetch that is on its way, but none that is the first. */
export function refetch(queryKey: QueryKey): void {
  askOnceMore({ queryKey, predicate: ({ state }) => state.data === undefined });
  void queryClient.invalidateQueries({ queryKey });
}

/** After what is there gave way to what is newer: what is on its way may be older. */
export function refetchIfOnItsWay(queryKey: QueryKey): void {
  if (queryClient.isFetching({ queryKey }) > 0) refetch(queryKey);
}
