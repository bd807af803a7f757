import { routes } from "virtual:operations";
import type * as z from "zod";
import type { ErrorBody, OperationName, operations } from "../../../shared/contract/operations.ts";

type Table = typeof operations;
type Input<N extends OperationName, K extends "query" | "body"> = z.input<Table[N][K]>;
export type Result<N extends OperationName> = z.infer<Table[N]["result"]>;
export type Body<N extends OperationName> = Input<N, "body">;

export interface CallArgs<N extends OperationName> {
  readonly params?: { readonly [K in keyof z.input<Table[N]["params"]>]: string };
  readonly query?: Input<N, "query">;
  readonly body?: Input<N, "body">;
  readonly signal?: AbortSignal;
}

/** Any answer that is not a success, and no answer at all (`code: "unreachable"`). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly next: string;
  readonly fields: ErrorBody["error"]["fields"];
  readonly request: string | null;
  constructor(status: number, body: { code: string; message: string; next: string; fields?: ErrorBody["error"]["fields"]; request?: string }) {
    super(body.message);
    this.status = status;
    this.code = body.code;
    this.next = body.next;
    this.fields = body.fields ?? [];
    this.request = body.request ?? null;
  }
}

/** What every call carries; set when the session is known and when the team changes. */
export const identity: { csrf: string | null; team: string | null } = { csrf: null, team: null };

const hex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
export const randomKey = (): string => hex(crypto.getRandomValues(new Uint8Array(16)));

function urlOf(path: string, params: Readonly<Record<string, string>>, query: Readonly<Record<string, unknown>>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") search.set(name, String(value));
  return search.size > 0 ? `${filled}?${search}` : filled;
}

function headersOf(method: string, hasBody: boolean): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (identity.team) headers["pluvia-team"] = identity.team;
  if (hasBody) headers["content-type"] = "application/json";
  if (method === "get") return headers;
  headers["idempotency-key"] = randomKey();
  if (identity.csrf) headers["pluvia-csrf"] = identity.csrf;
  return headers;
}

const isErrorBody = (value: unknown): value is ErrorBody => typeof value === "object" && value !== null && "error" in value;

async function failureOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  if (isErrorBody(body)) return new ApiError(response.status, body.error);
  return new ApiError(response.status, { code: `http_${response.status}`, message: response.statusText || `HTTP ${response.status}`, next: "" });
}

/** One call of the operations table, as the signed-in person, for the current team. Throws ApiError. */
export async function call<N extends OperationName>(name: N, args: CallArgs<N> = {}): Promise<Result<N>> {
  const [method, path] = routes[name] ?? ["get", "/"];
  const body = args.body === undefined ? null : JSON.stringify(args.body);
  const url = urlOf(path, (args.params ?? {}) as Record<string, string>, (args.query ?? {}) as Record<string, unknown>);
  const response = await fetch(url, {
    method: method.toUpperCase(),
    headers: headersOf(method, body !== null),
    body,
    credentials: "same-origin",
    signal: args.signal ?? null,
  }).catch((error: unknown) => {
    if (args.signal?.aborted) throw error;
    throw new ApiError(0, { code: "unreachable", message: "", next: "" });
  });
  if (!response.ok) throw await failureOf(response);
  if (response.status === 204) return undefined as Result<N>;
  return (await response.json()) as Result<N>;
}
