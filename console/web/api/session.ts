import { useQuery } from "@tanstack/react-query";
import { isApiError } from "../../../shared/client/api-error.ts";
import type { Session } from "../../../shared/contract/identity.ts";
import { client, identity } from "./client.ts";
import { queryClient } from "./query-client.ts";

export const sessionKey = ["session"] as const;

export function adoptSession(session: Session | null): void {
  identity.csrf = session?.csrf;
  queryClient.setQueryData(sessionKey, session);
}

async function fetchSession(): Promise<Session | null> {
  try {
    const session = await client.sessionView();
    identity.csrf = session.csrf;
    return session;
  } catch (error) {
    if (isApiError(error, "unauthenticated")) return null;
    throw error;
  }
}

export const sessionQuery = { queryKey: sessionKey, queryFn: fetchSession, staleTime: 300_000 } as const;
export const useSession = () => useQuery(sessionQuery);

export async function signOut(): Promise<void> {
  await client.sessionRemove();
  queryClient.clear();
  adoptSession(null);
}
