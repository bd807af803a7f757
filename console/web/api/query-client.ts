import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client.ts";

/** Only what may pass by itself is asked again: no answer, or the platform said so. */
const mayPass = (error: unknown) => error instanceof ApiError && (error.status === 0 || error.status >= 502);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, gcTime: 600_000, retry: (failures, error) => failures < 2 && mayPass(error), refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});
