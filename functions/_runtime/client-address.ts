import { isIP } from "node:net";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Fault } from "../../shared/base/fault.ts";
import { sameText } from "../../shared/base/digest.ts";
import { headerOf } from "./headers.ts";

/** Proxies of the operator's own, in front of what answers. */
export interface Proxies {
  /** How many, one behind the other: each adds whom it heard from to x-forwarded-for. */
  readonly count: number;
  /** What the nearest one sends as pluvia-proxy, where clients could reach past it; null: they cannot. */
  readonly secret: string | null;
}

type Carried = Pick<APIGatewayProxyEventV2, "headers" | "requestContext">;

/**
 * Where a request comes from. What a header says of that is believed as far as our own proxies wrote it: each added an address at the end, so that what
 * a client wrote there itself stands before them.
 */
export function clientAddress(event: Carried, proxies: Proxies): string {
  const peer = event.requestContext.http?.sourceIp ?? "unknown";
  if (proxies.count === 0 || !isOurs(event, proxies.secret)) return peer;
  const told = (headerOf(event, "x-forwarded-for") ?? "").split(",").flatMap((each) => (each.trim() === "" ? [] : [each.trim()]));
  // API Gateway adds the nearest peer by itself.
  const chain = told.at(-1) === peer ? told : [...told, peer];
  const address = chain.at(-1 - proxies.count);
  return address !== undefined && isIP(address) > 0 ? address : peer;
}

const isOurs = (event: Carried, secret: string | null): boolean =>
  secret === null || sameText(headerOf(event, "pluvia-proxy") ?? "", secret);

/** @throws Fault `invalid`. */
export function proxiesFrom(env: NodeJS.ProcessEnv): Proxies {
  const text = env["PLUVIA_PROXIES"] || "0";
  if (!/^\d$/.test(text))
    throw new Fault("invalid", `PLUVIA_PROXIES is ${text}, which is no number of proxies.`, {
      next: "Set it to how many proxies of yours stand in front, one behind the other, or leave it out.",
      reason: "proxies.number",
      params: { text },
    });
  return { count: Number(text), secret: env["PLUVIA_PROXY_SECRET"] || null };
}
