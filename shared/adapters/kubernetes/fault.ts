import { Fault, type FaultCode } from "../../base/fault.ts";

/** The `Status` that an API server answers instead of what was asked for. */
export interface KubernetesStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
}

const codes: Readonly<Record<number, FaultCode>> = {
  400: "invalid",
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  405: "invalid",
  409: "conflict",
  410: "conflict",
  413: "too_large",
  415: "invalid",
  422: "invalid",
  429: "throttled",
};
const nexts: Partial<Record<FaultCode, string>> = {
  unauthenticated: "Give the agent credentials that the cluster accepts.",
  forbidden: "Give the agent the rights that its installation names.",
  exhausted: "Raise the namespace's quota, or remove something that counts towards it.",
  unavailable: "It is tried again by itself; see whether the cluster's API server is up.",
  throttled: "It is tried again by itself.",
};

/** A quota that is used up is refused as `Forbidden`, like a missing right; only its words differ. */
const isQuota = (message: string): boolean => /exceeded quota|must specify (limits|requests)/.test(message);
const codeOf = (http: number, message: string): FaultCode => {
  if (http === 403 && isQuota(message)) return "exhausted";
  return codes[http] ?? "unavailable";
};

/** An API server's refusal of `what` as a Fault. `detail.kubernetes` keeps its reason, e.g. `AlreadyExists`, `Expired`. */
export function faultFor(what: string, http: number, status: KubernetesStatus): Fault {
  const message = status.message ?? `HTTP ${http}`;
  const code = codeOf(http, message);
  const next = nexts[code];
  return new Fault(code, `The cluster refused ${what}: ${message}`, {
    ...(next && { next }),
    detail: { kubernetes: status.reason, status: http },
    fields: (status.details?.causes ?? []).flatMap((c) => (c.field ? [{ path: c.field, message: c.message ?? "" }] : [])),
    ...(status.details?.retryAfterSeconds && { retryAfterSeconds: status.details.retryAfterSeconds }),
  });
}

/** The API server did not answer. */
export const unreached = (what: string, cause: unknown): Fault =>
  new Fault("unavailable", `The cluster's API server did not answer ${what}.`, {
    next: "It is tried again by itself; see whether the API server is up and can be reached from here.",
    cause,
  });

/** The place in the history that was asked for is no longer kept: everything must be listed anew. */
export const isExpired = (error: unknown): boolean =>
  error instanceof Fault && (error.detail["status"] === 410 || error.detail["kubernetes"] === "Expired");
