import type { SignedIn } from "../../../shared/control/identity/sign-in.ts";
import { sessionDays } from "../../../shared/control/identity/session.ts";
import { sessionCookie } from "../../_runtime/caller.ts";
import { WithCookies } from "../../_runtime/endpoint.ts";

/** Scripts cannot read it; other sites' pages send it along with links alone. */
const cookieFor = (url: string, value: string, seconds: number): string =>
  `${sessionCookie(url)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${url.startsWith("https:") ? "; Secure" : ""}`;

/** Programs that cannot keep cookies ask for the token itself, by a header that no other site's page can send. */
export function signedIn(
  { session, token }: SignedIn,
  { url, client }: { url: string; client: string | undefined },
): WithCookies<SignedIn["session"]> {
  const cookies = [cookieFor(url, token, sessionDays * 86_400)];
  return new WithCookies(client === "cli" ? { ...session, token } : session, cookies);
}

export const signedOut = (url: string): WithCookies<undefined> => new WithCookies(undefined, [cookieFor(url, "", 0)]);
