import { QueryClient } from "@tanstack/react-query";

/** The client itself repeats what may pass by itself. A platform on one machine answers without any network: it is asked whatever the browser says of that. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { networkMode: "always", staleTime: 15_000, gcTime: 600_000, retry: false, refetchOnWindowFocus: true },
    mutations: { networkMode: "always", retry: false },
  },
});
