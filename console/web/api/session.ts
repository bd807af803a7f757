import { useQuery } from "@tanstack/react-query";
import { isApiError } from "../../../shared/client/api-error.ts";
import type { Session } from "../../../shared/contract/identity.ts";
import { client, identity } from "./client.ts";
import { queryClient } from "./query-client.ts";
import { signedOut } from "./signed-out.ts";

export const sessionKey = ["session"] as const;
const known = () => queryClient.getQueryData<Session | null>(sessionKey) ?? null;

/** Other tabs of this browser, which share the session's cookie. */
const tabs = new BroadcastChannel("pluvia.session");

function take(session: Session | null): Session | null {
  identity.csrf = session?.csrf;
  if (session) signedOut.over();
  return session;
}

export function adoptSession(session: Session | null): void {
  queryClient.setQueryData(sessionKey, take(session));
  tabs.postMessage("changed");
}

/** Whose session has ended stays on their page, where they are asked to sign in again: what they typed is there. */
async function fetchSession(): Promise<Session | null> {
  try {
    return take(await client.sessionView());
  } catch (error) {
    if (isApiError(error, "unauthenticated")) return known();
    throw error;
  }
}

export const sessionQuery = { queryKey: sessionKey, queryFn: fetchSession, staleTime: 300_000 } as const;
export const useSession = () => useQuery(sessionQuery);

/** Signed in anew in another tab: its session is ours too. As somebody else: nothing of this page is theirs. */
tabs.onmessage = async () => {
  const before = known();
  if (!before) return;
  const now = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => before); // asked again with the next call
  if (now?.user.id !== before.user.id) window.location.assign("/");
};

export async function signOut(): Promise<void> {
  await client.sessionRemove();
  queryClient.clear();
  adoptSession(null);
}
