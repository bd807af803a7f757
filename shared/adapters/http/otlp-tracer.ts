import { placeOf, traceparentOf } from "../../base/traceparent.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SpanKind, Tracer } from "../../ports/tracer.ts";
import { noTracer } from "../no-tracer.ts";

/** Numbers of OTLP's SpanKind. */
const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
/** Of OTLP's Status: an error. */
const failed = 2;
/** Kept until they are sent; more are dropped, as nothing waits for a collector. */
const spansMax = 1_000;
const timeoutMs = 2_000;

type Value = { stringValue: string } | { intValue: string } | { doubleValue: number } | { boolValue: boolean };
interface Attribute {
  readonly key: string;
  readonly value: Value;
}
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number; readonly message?: string };
}

export interface OtlpOptions {
  /** Of the collector, without `/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The part of the platform that this process is. */
  readonly service: string;
  readonly version: string;
  readonly clock: Pick<Clock, "now">;
  /** A function of Lambda stands still once it has answered, so its spans are sent before; a process that goes on lets nobody wait for them. */
  readonly waits: boolean;
  readonly log: (fields: object, message: string) => void;
}

/** Sends spans by OTLP over HTTP as JSON, as a collector of OpenTelemetry takes them. */
export function otlpTracer({ endpoint, headers, service, version, clock, waits, log }: OtlpOptions): Tracer {
  const url = `${endpoint.replace(/\/$/, "")}/v1/traces`;
  const ended: OtlpSpan[] = [];
  const now = (): string => `${clock.now().getTime()}000000`;
  const resource = { attributes: attributesOf({ "service.name": service, "service.version": version }) };
  const requestOf = (spans: readonly OtlpSpan[]) => ({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "pluvia", version }, spans }] }],
  });
  return {
    begin: (name, { kind, parent }) => {
      const above = placeOf(parent);
      const place = { trace: above?.trace ?? hex(16), span: hex(8), isSampled: above?.isSampled ?? true };
      const startTimeUnixNano = now();
      return {
        trace: traceparentOf(place),
        end: (attributes, failure) => {
          if (!place.isSampled || ended.length >= spansMax) return;
          ended.push({
            traceId: place.trace,
            spanId: place.span,
            ...(above && { parentSpanId: above.span }),
            name,
            kind: kinds[kind],
            startTimeUnixNano,
            endTimeUnixNano: now(),
            attributes: attributesOf(attributes),
            status: failure === undefined ? {} : { code: failed, message: failure },
          });
        },
      };
    },
    flush: async () => {
      const sending = send(ended.splice(0));
      if (waits) await sending;
    },
  };

  async function send(spans: readonly OtlpSpan[]): Promise<void> {
    if (spans.length === 0) return;
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(requestOf(spans)),
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.body?.cancel();
      if (!answer.ok) log({ status: answer.status, spans: spans.length }, "the collector did not take spans");
    } catch (error) {
      log({ error, spans: spans.length }, "the collector of spans cannot be reached");
    }
  }
}

const hex = (bytes: number): string => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex");

const attributesOf = (values: Readonly<Record<string, string | number | boolean>>): Attribute[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: typed(value) }));

function typed(value: string | number | boolean): Value {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** By OpenTelemetry's own variables; without them, nothing is traced. */
export function tracerFor(env: NodeJS.ProcessEnv, options: Omit<OtlpOptions, "endpoint" | "headers">): Tracer {
  const endpoint = env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  if (!endpoint) return noTracer;
  return otlpTracer({ ...options, endpoint, headers: headersIn(env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "") });
}

/** `name=value,…`, values percent-encoded. */
const headersIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(",")
      .filter((pair) => pair.includes("="))
      .map((pair) => [pair.slice(0, pair.indexOf("=")).trim(), decodeURIComponent(pair.slice(pair.indexOf("=") + 1).trim())]),
  );
