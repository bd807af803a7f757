import type { ServerResponse } from "node:http";
import * as z from "zod";
import { Fault, type FaultCode } from "../../../shared/base/fault.ts";
import type { ErrorBody } from "../../../shared/contract/error-body.ts";
import { isOverPayload } from "./payload.ts";

const Structured = z.looseObject({
  statusCode: z.int().min(100).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().default(""),
  isBase64Encoded: z.boolean().default(false),
});

/** What a function returned, sent. A function that answers without a status means 200 and JSON. @throws Fault `internal` when it is no answer or too large. */
export function sendAnswer(response: ServerResponse, returned: unknown): void {
  const structured = typeof returned === "object" && returned !== null && "statusCode" in returned;
  const parsed = Structured.safeParse(
    structured
      ? returned
      : {
          statusCode: 200,
          headers: { "content-type": "application/json" },
          body: typeof returned === "string" ? returned : JSON.stringify(returned ?? null),
        },
  );
  if (!parsed.success) throw new Fault("internal", "The function's answer is not one.", { cause: parsed.error });
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (isOverPayload(returned))
    throw new Fault("internal", "The answer is over 6 MB.", { next: "Ask for less at once, by pages." });
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  if (statusCode !== 204 && statusCode !== 304) response.setHeader("content-length", bytes.length);
  response.end(bytes);
}

const statuses: Partial<Record<FaultCode, number>> = {
  invalid: 400,
  not_found: 404,
  too_large: 413,
  throttled: 429,
  unavailable: 503,
};

/** What the platform answers when no function did. */
export function sendFault(response: ServerResponse, request: string, fault: Fault): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body: ErrorBody = {
    error: {
      code: fault.code,
      message: fault.message,
      next: fault.next ?? "Try again; if it happens again, report it with the request id.",
      fields: [],
      request,
      operation: null,
    },
  };
  response.writeHead(statuses[fault.code] ?? 500, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "pluvia-request": request,
  });
  response.end(JSON.stringify(body));
}
