import type { FaultCode, FieldProblem } from "../base/fault.ts";

/** `unreachable`: no answer came at all. */
export type ApiErrorCode = FaultCode | "unreachable";

/** An operation that the API refused, or that it could not be asked. `message`, `next` and `fields` are for the person who asked. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ApiErrorCode;
  readonly next: string;
  readonly fields: readonly FieldProblem[];
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Under this id the operators find the call; null when no answer came. */
  readonly request: string | null;
  /** The operation in the way, or the one that failed. */
  readonly operation: string | null;
  readonly retryAfterSeconds: number | undefined;
  constructor(
    message: string,
    more: {
      code: ApiErrorCode;
      next: string;
      fields?: readonly FieldProblem[];
      status: number;
      request?: string | null;
      operation?: string | null;
      retryAfterSeconds?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: more.cause });
    this.code = more.code;
    this.next = more.next;
    this.fields = more.fields ?? [];
    this.status = more.status;
    this.request = more.request ?? null;
    this.operation = more.operation ?? null;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

export const isApiError = (error: unknown, code?: ApiErrorCode): error is ApiError =>
  error instanceof ApiError && (code === undefined || error.code === code);

const codeOfStatus = (status: number): FaultCode => {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 409) return "conflict";
  if (status === 413) return "too_large";
  if (status === 429) return "throttled";
  if (status === 502 || status === 503 || status === 504) return "unavailable";
  return status >= 500 ? "internal" : "invalid";
};

interface Body {
  readonly error: {
    readonly code: FaultCode;
    readonly message: string;
    readonly next: string;
    readonly fields: readonly FieldProblem[];
    readonly request: string;
    readonly operation: string | null;
  };
}
/** Enough to trust the fields we show: something between us and the API (a proxy) may answer with anything. */
const isBody = (value: unknown): value is Body => {
  const error = (value as Body | null)?.error;
  return typeof error === "object" && error !== null && typeof error.code === "string" && typeof error.message === "string";
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not ours: an HTML page of a proxy, say; the status speaks for it
  }
};

/** What an answer that is no success means. */
export function apiErrorOf(answer: { status: number; statusText: string; text: string; retryAfter: string | null }): ApiError {
  const body = parsed(answer.text);
  const seconds = answer.retryAfter === null ? Number.NaN : Number(answer.retryAfter);
  const retryAfterSeconds = Number.isFinite(seconds) ? seconds : undefined;
  if (isBody(body)) {
    const { code, message, next, fields, request, operation } = body.error;
    return new ApiError(message, {
      code,
      next: next ?? "",
      fields: fields ?? [],
      status: answer.status,
      request: request ?? null,
      operation: operation ?? null,
      retryAfterSeconds,
    });
  }
  return new ApiError(`The platform answered ${answer.status} ${answer.statusText} without an explanation.`, {
    code: codeOfStatus(answer.status),
    next: "Check that the address is the platform's own, and what stands between you and it.",
    status: answer.status,
    retryAfterSeconds,
  });
}

export const unreachableError = (url: string, cause: unknown): ApiError =>
  new ApiError(
    `The platform at ${url} could not be reached${cause instanceof Error && cause.name === "TimeoutError" ? " in time" : ""}.`,
    {
      code: "unreachable",
      next: "Check that it runs, that the address is right, and your network.",
      status: 0,
      cause,
    },
  );
