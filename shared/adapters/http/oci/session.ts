import * as z from "zod";
import { Fault, isFault } from "../../../base/fault.ts";
import { backoffMs } from "../../../base/retry.ts";
import { guardedRequest, type HttpAnswer, type HttpRequest, readBody } from "../guarded-request.ts";
import { parseChallenge } from "./challenge.ts";

export interface RegistryCredential {
  readonly username: string;
  readonly password: string;
  readonly expiresAt?: Date;
}
export interface RegistryPlace {
  /** `https://registry.example.com` or, for the operator's own, `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Asked for whenever one is needed: it may be short-lived. */
  readonly credential?: (() => Promise<RegistryCredential>) | undefined;
  /** Where we are whom the registry asks: a token for what is to be done. No credential is sent anywhere then. */
  readonly token?: ((scope: string) => Promise<{ token: string; seconds: number }>) | undefined;
  /** Private hosts that it may be at, or send us to (see addressAllowed). */
  readonly allowed: readonly string[];
}

/** Authenticated requests to one registry. */
export interface RegistrySession {
  /** Again while the registry is away; answers any status below 500 but 401 and 429. `path` begins with `/v2/`, or is an absolute URL of an upload. */
  send(
    request: Omit<HttpRequest, "url"> & { path: string; scope: string; once?: boolean; follow?: boolean },
  ): Promise<HttpAnswer>;
}

const attempts = 4;
const redirectsMax = 5;
const Token = z.object({ token: z.string().optional(), access_token: z.string().optional(), expires_in: z.number().optional() });
/** Used anew this long before it ends, which no request outlives by much. */
const marginMs = 10_000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const basic = ({ username, password }: RegistryCredential): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

const isAway = (status: number): boolean => status === 429 || status >= 500;
const awayFault = (host: string, answer: HttpAnswer): Fault =>
  new Fault(answer.status === 429 ? "throttled" : "unavailable", `The registry ${host} answered ${answer.status}.`, {
    next: "It is tried again by itself.",
    retryAfterSeconds: Number(answer.headers["retry-after"]) || 30,
  });

export function registrySession(place: RegistryPlace): RegistrySession {
  const base = new URL(place.url);
  const known = new Map<string, { header: string; untilMs: number }>();

  const keep = (scope: string, header: string, forMs: number): string => {
    known.set(scope, { header, untilMs: Date.now() + forMs - marginMs });
    return header;
  };

  const tokenFor = async (realm: URL, scope: string, service: string | null): Promise<string> => {
    // A registry on https must not make us send its password in the open.
    if (realm.protocol !== "https:" && base.protocol === "https:")
      throw new Fault("invalid", `The registry ${base.host} asks for its password without encryption.`, {
        next: "Use another registry.",
      });
    realm.searchParams.set("scope", scope);
    if (service) realm.searchParams.set("service", service);
    const headers = place.credential ? { authorization: basic(await place.credential()) } : {};
    const answer = await guardedRequest({ method: "GET", url: realm, headers }, place.allowed);
    const text = (await readBody(answer, { bytesMax: 64 * 1024 })).toString("utf8");
    if (isAway(answer.status)) throw awayFault(realm.host, answer);
    if (answer.status !== 200) throw denied(base.host, answer.status);
    const token = Token.safeParse(jsonOf(text)).data;
    const value = token?.token ?? token?.access_token;
    if (value === undefined) throw new Fault("unavailable", `The registry ${base.host} gave no token.`);
    return keep(scope, `Bearer ${value}`, (token?.expires_in ?? 60) * 1_000);
  };

  const authorize = async (challenge: string | undefined, scope: string): Promise<string> => {
    const asked = parseChallenge(challenge);
    if (asked?.scheme === "bearer" && place.token) {
      const { token, seconds } = await place.token(scope);
      return keep(scope, `Bearer ${token}`, seconds * 1_000);
    }
    if (asked?.scheme === "bearer") return tokenFor(new URL(asked.realm, base), scope, asked.service);
    if (asked?.scheme !== "basic" || !place.credential) throw denied(base.host, 401);
    const credential = await place.credential();
    const endsMs = credential.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
    return keep(scope, basic(credential), endsMs - Date.now());
  };

  /** Where blobs really are. The registry's credential stays with the registry. */
  const followed = async (request: HttpRequest, first: HttpAnswer): Promise<HttpAnswer> => {
    let [url, answer] = [request.url, first];
    for (let hop = 0; answer.status >= 301 && answer.status <= 308 && answer.headers.location; hop++) {
      answer.body.destroy();
      const next = new URL(answer.headers.location, url);
      if (hop >= redirectsMax || (url.protocol === "https:" && next.protocol !== "https:"))
        throw new Fault("invalid", `The registry ${base.host} sends us in circles or to an unsafe place.`, {
          next: "Use another registry.",
        });
      const { authorization, ...open } = request.headers ?? {};
      const headers = next.origin === base.origin && authorization !== undefined ? { ...open, authorization } : open;
      url = next;
      answer = await guardedRequest({ ...request, url, headers }, place.allowed);
    }
    return answer;
  };

  const attempt = async (request: HttpRequest, scope: string, follow: boolean): Promise<HttpAnswer> => {
    const kept = known.get(scope);
    const withHeader = (authorization: string | undefined): HttpRequest =>
      authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } };
    const go = async (r: HttpRequest) => {
      const answer = await guardedRequest(r, place.allowed);
      return follow ? followed(r, answer) : answer;
    };
    const isSame = request.url.origin === base.origin;
    const answer = await go(withHeader(isSame && kept && kept.untilMs > Date.now() ? kept.header : undefined));
    if (answer.status !== 401 || !isSame) return answer;
    answer.body.destroy();
    const again = await go(withHeader(await authorize(answer.headers["www-authenticate"], scope)));
    if (again.status !== 401) return again;
    again.body.destroy();
    known.delete(scope);
    throw denied(base.host, 401);
  };

  const unlessAway = async (request: HttpRequest, scope: string, follow: boolean): Promise<HttpAnswer> => {
    const answer = await attempt(request, scope, follow);
    if (!isAway(answer.status)) return answer;
    answer.body.destroy();
    throw awayFault(base.host, answer);
  };

  return {
    async send({ path, scope, once = false, follow = false, ...rest }) {
      const request = { ...rest, url: new URL(path, base) };
      for (let count = 1; ; count++) {
        try {
          return await unlessAway(request, scope, follow);
        } catch (error) {
          if (once || count >= attempts || !passes(error)) throw error;
        }
        await wait(50 + backoffMs(count, { baseMs: 200, maxMs: 5_000 }, Math.random()));
      }
    },
  };
}

const passes = (error: unknown): boolean => isFault(error, "unavailable") || isFault(error, "throttled");

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export const denied = (host: string, status: number): Fault =>
  new Fault("forbidden", `The registry ${host} refused us (${status}).`, {
    next: "Check the image's name, and the registry's user name and password.",
    reason: "registry.denied",
    params: { host },
    detail: { signal: "artifact.unavailable" },
  });
