import { Fault, type FaultCode, type FaultMore, type FieldProblem } from "../base/fault.ts";

/** A call that the API refused, or that it could not be asked (then `status` is 0 and the code `unavailable`). */
export class ApiError extends Fault {
  override readonly name: string = "ApiError";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Under this id the operators find the call; null when no answer came. */
  readonly request: string | null;
  /** The operation in the way, or the one that failed. */
  readonly operation: string | null;
  constructor(
    code: FaultCode,
    message: string,
    more: FaultMore & { status: number; request?: string | null; operation?: string | null },
  ) {
    super(code, message, more);
    this.status = more.status;
    this.request = more.request ?? null;
    this.operation = more.operation ?? null;
  }
}

export const isApiError = (error: unknown, code?: FaultCode): error is ApiError =>
  error instanceof ApiError && (code === undefined || error.code === code);
/** No answer came at all. */
export const isUnreachable = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 0;

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
    readonly reason?: string;
    readonly params?: Readonly<Record<string, string | number>>;
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
  const after = Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {};
  if (isBody(body)) {
    const { code, message, next, fields, request, operation, reason, params } = body.error;
    return new ApiError(code, message, {
      next: next ?? "",
      reason,
      params,
      fields: fields ?? [],
      status: answer.status,
      request: request ?? null,
      operation: operation ?? null,
      ...after,
    });
  }
  const message = `The platform answered ${answer.status} ${answer.statusText} without an explanation.`;
  const next = "Check that the address is the platform's own, and what stands between you and it.";
  const said = { reason: "answer.unexplained", params: { status: answer.status } };
  return new ApiError(codeOfStatus(answer.status), message, { next, status: answer.status, ...said, ...after });
}

export function unreachableError(url: string, cause: unknown): ApiError {
  const late = cause instanceof Error && cause.name === "TimeoutError" ? " in time" : "";
  const next = "Check that it runs, that the address is right, and your network.";
  return new ApiError("unavailable", `The platform at ${url} could not be reached${late}.`, { next, status: 0, cause });
}
