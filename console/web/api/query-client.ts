import { QueryClient } from "@tanstack/react-query";

/** The client itself repeats what may pass by itself. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, gcTime: 600_000, retry: false, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});
