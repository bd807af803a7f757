import type * as z from "zod";
import { backoffMs } from "../base/retry.ts";
import type { OperationName, operations } from "../contract/operations.ts";
import { type ApiError, apiErrorOf, isApiError, unreachableError } from "./api-error.ts";
import { routes } from "./routes.ts";

type Operations = typeof operations;
type OptionalKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? K : never }[keyof T];
/** Query values as the program has them; on the wire they are text. Optional where a default stands in. */
type Query<N extends OperationName> = {
  [K in keyof z.input<Operations[N]["query"]>]: K extends keyof z.output<Operations[N]["query"]>
    ? z.output<Operations[N]["query"]>[K] | undefined
    : never;
};
/** `{name: T}` when T must be given, `{name?: T}` when all of it may be left out, nothing when there is none. */
type Part<Name extends string, T> = [T] extends [undefined]
  ? unknown
  : keyof T extends never
    ? [T] extends [Record<string, never>]
      ? unknown
      : { [K in Name]: T }
    : [keyof T] extends [OptionalKeys<T>]
      ? { [K in Name]?: T }
      : { [K in Name]: T };

export interface CallOptions {
  /** The same key gives the same answer; mutating calls of a team get one of their own when none is given. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Of one attempt. */
  timeoutMs?: number;
}
export type CallInput<N extends OperationName> = Part<"params", z.input<Operations[N]["params"]>> &
  Part<"query", Query<N>> &
  Part<"body", z.input<Operations[N]["body"]>> &
  CallOptions;
export type CallResult<N extends OperationName> = z.output<Operations[N]["result"]>;
/** One method per public operation. Each throws ApiError, or the signal's reason when it was aborted. */
export type Client = {
  readonly [N in OperationName]: Record<never, never> extends CallInput<N>
    ? (input?: CallInput<N>) => Promise<CallResult<N>>
    : (input: CallInput<N>) => Promise<CallResult<N>>;
};

export interface ClientOptions {
  /** Without a slash at the end; "" for the page's own origin. */
  readonly baseUrl: string;
  /** API key, session or agent token. Absent in browsers: the session cookie speaks. */
  readonly bearer?: () => string | undefined | Promise<string | undefined>;
  /** Of the session, for calls that authenticate by cookie. */
  readonly csrf?: () => string | undefined;
  /** Which team a session acts for. */
  readonly team?: () => string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly attemptsMax?: number;
  readonly fetch?: typeof fetch;
  /** Sees every answer, e.g. to read a session's cookie or to notice that one is signed out. `sentAt`: milliseconds, as of Date.now(). */
  readonly onAnswer?: (answer: { operation: OperationName; status: number; headers: Headers; sentAt: number }) => void;
}

/** The shape behind CallInput, once the types have done their work. */
interface Call extends CallOptions {
  params?: Record<string, string>;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
}

/** First wait 0–200 ms, then 0–400 …, at most 5 s: long enough for a platform on one machine to start again within 6 attempts. */
const backoff = { baseMs: 200, maxMs: 5_000 };
const timeoutMsDefault = 30_000;

const pathOf = (path: string, params: Record<string, string> = {}): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (!value) throw new TypeError(`the parameter ${name} is missing`);
    return encodeURIComponent(value);
  });

const queryOf = (query: Call["query"] = {}): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text && `?${text}`;
};

export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const sleep = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
  });

const isPassing = (error: ApiError): boolean =>
  error.status === 0 ||
  error.status === 502 ||
  error.status === 503 ||
  error.status === 504 ||
  (error.status === 429 && (error.retryAfterSeconds ?? 0) * 1_000 <= backoff.maxMs);
const waitMs = (error: ApiError, attempt: number): number =>
  Math.max((error.retryAfterSeconds ?? 0) * 1_000, backoffMs(attempt, backoff, Math.random()));

interface Request {
  readonly name: OperationName;
  readonly url: string;
  readonly init: RequestInit;
  readonly call: Call;
}

const headersOf = async (
  options: ClientOptions,
  mutates: boolean,
  call: Call,
  idempotencyKey: string | undefined,
): Promise<Record<string, string>> => {
  const bearer = await options.bearer?.();
  const csrf = mutates && !bearer ? options.csrf?.() : undefined;
  const team = options.team?.();
  return {
    accept: "application/json",
    ...options.headers,
    ...(bearer && { authorization: `Bearer ${bearer}` }),
    ...(csrf && { "pluvia-csrf": csrf }),
    ...(team && { "pluvia-team": team }),
    ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
    ...(call.body !== undefined && { "content-type": "application/json" }),
  };
};

async function attempt(options: ClientOptions, { name, url, init, call }: Request): Promise<unknown> {
  const limit = AbortSignal.timeout(call.timeoutMs ?? timeoutMsDefault);
  let answer: Response;
  let text: string;
  const sentAt = Date.now();
  try {
    answer = await (options.fetch ?? fetch)(url, {
      ...init,
      signal: call.signal ? AbortSignal.any([call.signal, limit]) : limit,
    });
    text = await answer.text();
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    throw unreachableError(options.baseUrl || "this address", error);
  }
  options.onAnswer?.({ operation: name, status: answer.status, headers: answer.headers, sentAt });
  if (!answer.ok)
    throw apiErrorOf({
      status: answer.status,
      statusText: answer.statusText,
      text,
      retryAfter: answer.headers.get("retry-after"),
    });
  if (text === "") return undefined;
  if (/yaml/.test(answer.headers.get("content-type") ?? "")) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw apiErrorOf({ status: 502, statusText: "(not JSON)", text: "", retryAfter: null });
  }
}

async function ask(options: ClientOptions, name: OperationName, call: Call): Promise<unknown> {
  const [method, path, audience] = routes[name];
  const mutates = method !== "get";
  const key = call.idempotencyKey ?? (mutates && audience === "tenant" ? newIdempotencyKey() : undefined);
  const request: Request = {
    name,
    call,
    url: `${options.baseUrl}${pathOf(path, call.params)}${queryOf(call.query)}`,
    init: {
      method: method.toUpperCase(),
      headers: await headersOf(options, mutates, call, key),
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      ...(!options.bearer && { credentials: "same-origin" }),
      redirect: "error",
    },
  };
  const mayRepeat = !mutates || key !== undefined;
  for (let count = 1; ; count++) {
    try {
      return await attempt(options, request);
    } catch (error) {
      const again = mayRepeat && count < (options.attemptsMax ?? 4) && isApiError(error) && isPassing(error);
      if (!again) throw error;
      await sleep(waitMs(error, count), call.signal);
    }
  }
}

/** Calls any operation whose name is only known at run time. */
export const callOperation = (options: ClientOptions, name: OperationName, call: Call): Promise<unknown> =>
  ask(options, name, call);

export const createClient = (options: ClientOptions): Client =>
  Object.fromEntries(
    Object.keys(routes).map((name) => [name, (call: Call = {}) => ask(options, name as OperationName, call)]),
  ) as unknown as Client;
