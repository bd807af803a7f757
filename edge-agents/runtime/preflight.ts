import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Preflight } from "../../shared/contract/data-center.ts";
import { clockSkewMaxSeconds } from "../../shared/domain/join.ts";
import { preflightFinding } from "../../shared/domain/preflight.ts";

export interface Surroundings {
  readonly cloudUrl: string;
  /** Of the platform's scheme; undefined: none. */
  readonly proxyUrl: string | undefined;
  readonly resolve: (host: string) => Promise<unknown>;
  readonly fetch: typeof fetch;
  readonly now: () => Date;
}
export const surroundings = (cloudUrl: string, env: NodeJS.ProcessEnv): Surroundings => ({
  cloudUrl,
  proxyUrl: cloudUrl.startsWith("https:") ? (env["HTTPS_PROXY"] ?? env["https_proxy"]) : (env["HTTP_PROXY"] ?? env["http_proxy"]),
  resolve: (host) => lookup(host),
  fetch,
  now: () => new Date(),
});

const timeoutMs = 10_000;

/** What every agent looks at before it joins, and again when it reports: names, proxy, the platform itself, the clock. */
export async function cloudPreflight(s: Surroundings): Promise<Preflight[]> {
  const [dns, proxy] = await Promise.all([dnsCheck(s), proxyCheck(s)]);
  return [dns, proxy, ...(await cloudCheck(s))];
}

async function dnsCheck({ cloudUrl, proxyUrl, resolve }: Surroundings): Promise<Preflight> {
  const host = new URL(proxyUrl ?? cloudUrl).hostname.replace(/^\[|\]$/g, "");
  if (isIP(host)) return preflightFinding("dns.address", { host });
  try {
    await resolve(host);
    return preflightFinding("dns.ok", { host });
  } catch (error) {
    return preflightFinding("dns.failed", { host, reason: reasonOf(error) });
  }
}

async function proxyCheck({ proxyUrl, fetch }: Surroundings): Promise<Preflight> {
  if (proxyUrl === undefined) return preflightFinding("proxy.none");
  const proxy = new URL(proxyUrl).host;
  try {
    // Whatever it says to a plain request: that it answers is all that counts.
    await fetch(`http://${proxy}/`, { signal: AbortSignal.timeout(timeoutMs), redirect: "manual" });
    return preflightFinding("proxy.used", { proxy });
  } catch (error) {
    return preflightFinding("proxy.failed", { proxy, reason: reasonOf(error) });
  }
}

async function cloudCheck({ cloudUrl: url, fetch, now }: Surroundings): Promise<Preflight[]> {
  const unknown = preflightFinding("clock.unknown");
  try {
    const answer = await fetch(new URL("/v1/health", url), { signal: AbortSignal.timeout(timeoutMs) });
    const body = (await answer.json().catch(() => null)) as { status?: unknown; time?: unknown } | null;
    if (!answer.ok || body?.status !== "ok") return [preflightFinding("cloud.answer", { url, status: answer.status }), unknown];
    return [preflightFinding("cloud.ok", { url }), clockFinding(now(), new Date(String(body.time)))];
  } catch (error) {
    const reason = reasonOf(error);
    const code = /CERT|certificate|SELF_SIGNED/i.test(reason) ? "cloud.certificate" : "cloud.unreachable";
    return [preflightFinding(code, { url, reason }), unknown];
  }
}

function clockFinding(own: Date, theirs: Date): Preflight {
  const seconds = Math.round((own.getTime() - theirs.getTime()) / 1_000);
  if (Number.isNaN(seconds)) return preflightFinding("clock.unknown");
  const direction = seconds < 0 ? "behind" : "ahead of";
  const said = { seconds: Math.abs(seconds), direction };
  return preflightFinding(Math.abs(seconds) > clockSkewMaxSeconds ? "clock.skewed" : "clock.ok", said);
}

/** The innermost code that Node gives, such as ECONNREFUSED, which people can look up. */
export function reasonOf(error: unknown): string {
  const { cause, code, message } = error as { cause?: unknown; code?: string; message?: string };
  if (cause instanceof Error) return reasonOf(cause);
  return code ?? message ?? String(error);
}
