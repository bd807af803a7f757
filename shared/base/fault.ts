/**
 * The closed set of ways anything can fail. What each means to a client (and its HTTP status) is decided once, in
 * functions/_runtime/endpoint.ts.
 *
 * invalid: the request is wrong, sending it again will not help · unauthenticated: no or dead credentials ·
 * forbidden: known but not allowed · not_found: absent, or not yours to know of · conflict: it changed meanwhile, or its
 * state does not allow this · too_large: over a size limit · throttled: too many requests, wait · exhausted: a quota or
 * a resource is used up · unavailable: try again later · internal: our bug.
 */
export const faultCodes = [
  "invalid",
  "unauthenticated",
  "forbidden",
  "not_found",
  "conflict",
  "too_large",
  "throttled",
  "exhausted",
  "unavailable",
  "internal",
] as const;
export type FaultCode = (typeof faultCodes)[number];

/** Whether asking again may help. */
export const isPassing = (code: FaultCode): boolean => code === "unavailable" || code === "conflict" || code === "throttled";

export interface FieldProblem {
  /** Where in the request: dotted path, e.g. `ports.0.port`. */
  readonly path: string;
  readonly message: string;
  /** Stable word for the rule that was broken, e.g. `too_small`. */
  readonly rule?: string | undefined;
  readonly params?: Said | undefined;
}
type Said = Readonly<Record<string, string | number>>;

export interface FaultMore {
  /** What the reader should do next, as a sentence. */
  readonly next?: string;
  /** Stable word for what exactly was refused; with `params` a client can say it in another language. */
  readonly reason?: string | undefined;
  readonly params?: Said | undefined;
  readonly fields?: readonly FieldProblem[];
  /** For operators only: never shown to a tenant. */
  readonly cause?: unknown;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
}

/** `message`, `next` and `fields` are safe to show a tenant; `cause` and `detail` are for operators only. */
export class Fault extends Error {
  override readonly name: string = "Fault";
  readonly code: FaultCode;
  readonly next: string | undefined;
  readonly reason: string | undefined;
  readonly params: Said | undefined;
  readonly fields: readonly FieldProblem[];
  readonly detail: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;
  constructor(code: FaultCode, message: string, more: FaultMore = {}) {
    super(message, { cause: more.cause });
    this.code = code;
    this.next = more.next;
    this.reason = more.reason;
    this.params = more.params;
    this.fields = more.fields ?? [];
    this.detail = more.detail ?? {};
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** `kind` is the noun a person knows: "component", "application", "team". */
export const notFound = (kind: string, id: string): Fault =>
  new Fault("not_found", `There is no ${kind} ${id} in this team.`, {
    next: `Check the id, or list what there is: it may have been removed, or belong to another team.`,
    reason: "not-found",
    params: { kind, id },
  });

export const conflict = (reason: string, message: string, next = "Reload, look at what changed, and try again."): Fault =>
  new Fault("conflict", message, { next, reason });

/** A state the types cannot rule out but the code does. Reaching it is our bug, never the caller's. */
export function unreachable(value: never): never {
  throw new Fault("internal", "Something that cannot happen did.", { detail: { unreachable: value } });
}

export const isFault = (error: unknown, code?: FaultCode): error is Fault =>
  error instanceof Fault && (code === undefined || error.code === code);

/** Any thrown thing as a Fault; what is not one is our bug and its text stays private. */
export const faultOf = (error: unknown): Fault =>
  error instanceof Fault
    ? error
    : new Fault("internal", "Something went wrong on our side.", {
        next: "Try again; if it happens again, report it with the request id.",
        reason: "internal",
        cause: error,
      });
