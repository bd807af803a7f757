import type { BuildOrder, BuildReport } from "../../shared/contract/agent.ts";
import { version } from "../../shared/contract/version.ts";

type Result = NonNullable<BuildReport["result"]>;

/** The build as a span of what asked for it, where somebody traces; its reports are parts of that span. Nothing is loaded for it elsewhere. */
export async function traced(
  env: NodeJS.ProcessEnv,
  order: BuildOrder,
  run: (order: BuildOrder) => Promise<Result>,
): Promise<Result> {
  if (!env["OTEL_EXPORTER_OTLP_ENDPOINT"]) return run(order);
  const { tracerFor } = await import("../../shared/adapters/http/otlp-tracer.ts");
  const clock = { now: () => new Date() };
  const log = (fields: object, message: string) => console.error(message, fields);
  const tracer = tracerFor(env, { service: "pluvia-builder", version, clock, waits: true, log });
  const span = tracer.begin(order.mode, { kind: "consumer", parent: order.trace });
  const result = await run(span ? { ...order, trace: span.trace } : order);
  span?.end({ tenant: order.tenant, build: order.id }, result.state === "failed" ? result.code : undefined);
  await tracer.flush();
  return result;
}
