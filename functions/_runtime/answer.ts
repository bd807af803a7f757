import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Fault, FaultCode } from "../../shared/base/fault.ts";
import { OperationId } from "../../shared/contract/id.ts";
import type { ErrorBody } from "../../shared/contract/error-body.ts";

export type Answer = APIGatewayProxyStructuredResultV2 & { headers: Record<string, string> };

/**
 * What each fault is over HTTP.
 *
 * | code | status | a client should |
 * |---|---|---|
 * | invalid | 400 | correct the request; the fields say what |
 * | unauthenticated | 401 | sign in, or use a living key |
 * | forbidden | 403 | ask someone with the role, or send what is missing (csrf) |
 * | not_found | 404 | check the id: it is gone, never was, or belongs to another team |
 * | not_found | 405 | use a method that the path takes (`allow`) |
 * | conflict | 409 | reload and try again |
 * | too_large | 413 | send less |
 * | throttled | 429 | wait `retry-after` seconds |
 * | internal | 500 | try again, then report the request id |
 * | unavailable | 503 | try again, after `retry-after` seconds if it is there |
 * | exhausted | 507 | free something, or ask for a higher quota; the same request will not succeed by itself |
 */
export const statusOf: Readonly<Record<FaultCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  throttled: 429,
  internal: 500,
  unavailable: 503,
  exhausted: 507,
};

const nextOf: Readonly<Record<FaultCode, string>> = {
  invalid: "Correct the request and send it again.",
  unauthenticated: "Sign in, or use an API key that is alive.",
  forbidden: "Ask an owner of the team.",
  not_found: "Check the id, or list what there is.",
  conflict: "Reload, look at what changed, and try again.",
  too_large: "Send less at once.",
  throttled: "Wait, then try again.",
  internal: "Try again; if it happens again, report it with the request id.",
  unavailable: "Try again in a moment.",
  exhausted: "Remove what is no longer needed, or ask for more.",
};

/** For every answer: nothing is cached, sniffed, framed or referred to. No CORS: other sites' pages get nothing. */
const headersFor = (request: string): Record<string, string> => ({
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "pluvia-request": request,
});
const json = { "content-type": "application/json; charset=utf-8" };

export const answerOf = (request: string, status: number, body: unknown): Answer =>
  body === undefined
    ? { statusCode: status, headers: headersFor(request) }
    : { statusCode: status, headers: { ...headersFor(request), ...json }, body: JSON.stringify(body) };

/** An answer that is no JSON: its text, as what it is; what is no text comes in base64. */
export const textAnswer = (request: string, media: string, text: string): Answer => ({
  statusCode: 200,
  headers: { ...headersFor(request), "content-type": media },
  body: text,
  isBase64Encoded: media === "application/gzip",
});

export function faultAnswer(request: string, fault: Fault): Answer {
  const operation = OperationId.safeParse(fault.detail["operation"]).data ?? null;
  const body: ErrorBody = {
    error: {
      code: fault.code,
      ...(fault.reason === undefined ? {} : { reason: fault.reason }),
      ...(fault.params === undefined ? {} : { params: { ...fault.params } }),
      message: fault.message,
      next: fault.next ?? nextOf[fault.code],
      fields: fault.fields.map((field) => ({ ...field, params: field.params && { ...field.params } })),
      request,
      operation,
    },
  };
  const answer = answerOf(request, statusOf[fault.code], body);
  if (fault.retryAfterSeconds !== undefined) answer.headers["retry-after"] = String(Math.ceil(fault.retryAfterSeconds));
  if (fault.code === "unauthenticated") answer.headers["www-authenticate"] = "Bearer";
  return answer;
}
