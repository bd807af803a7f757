import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type BuildOrder, type BuildReport, BuildReport as BuildReportSchema } from "../../shared/contract/agent.ts";

/** The cloud as a builder sees it: takes reports, gives upload addresses, keeps what is put. */
export interface BuildPlatform {
  readonly url: string;
  /** In the order they were accepted; a repeated sequence is not counted again. */
  readonly reports: BuildReport[];
  /** Of one build: several may run at once. */
  reportsOf(build: string): readonly BuildReport[];
  readonly blobs: Map<string, Buffer>;
  /** Given to whoever asks by the token. */
  readonly orders: Map<string, BuildOrder>;
  /** Answer the next this many requests with 503. */
  fail(count: number): void;
  /** Gives no upload addresses from now on. */
  refuseBlobs(status: number, body: object): void;
  cancel(): void;
  log(): string;
  result(): BuildReport["result"];
  close(): Promise<void>;
}

export const buildToken = "build-token-0123456789";

export const startBuildPlatform = async (): Promise<BuildPlatform> => {
  const reports: BuildReport[] = [];
  const byBuild = new Map<string, BuildReport[]>();
  const blobs = new Map<string, Buffer>();
  const orders = new Map<string, BuildOrder>();
  let failures = 0;
  let cancelled = false;
  let refusal: { status: number; body: object } | undefined;
  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const keep = ({ url, headers }: IncomingMessage, body: Buffer): number => {
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    if (url !== `/put/${digest}` || headers["x-size"] !== String(body.length)) return 400;
    blobs.set(digest, body);
    return 200;
  };
  const take = (build: string, report: BuildReport): void => {
    const own = byBuild.get(build) ?? [];
    byBuild.set(build, own);
    if (report.sequence <= (own.at(-1)?.sequence ?? 0)) return;
    own.push(report);
    reports.push(report);
  };
  const grant = (response: ServerResponse, body: Buffer): void => {
    const asked = JSON.parse(body.toString("utf8")) as { digest: string; sizeBytes: number };
    const granted = { url: `${url}/put/${asked.digest}`, headers: { "x-size": String(asked.sizeBytes) } };
    answer(response, refusal?.status ?? 200, refusal?.body ?? granted);
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    if (failures > 0) {
      failures -= 1;
      return answer(response, 503, {});
    }
    const path = request.url ?? "";
    if (request.method === "PUT" && path.startsWith("/put")) return answer(response, keep(request, body), {});
    if (request.headers.authorization !== `Bearer ${buildToken}`) return answer(response, 401, {});
    if (path.endsWith("/blob-urls")) return grant(response, body);
    const build = path.split("/").find((part) => /^(bld|chk)_/.test(part)) ?? "";
    if (path.endsWith("/order")) return answer(response, 200, orders.get(build));
    take(build, BuildReportSchema.parse(JSON.parse(body.toString("utf8"))));
    answer(response, 200, { cancelled });
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => answer(response, 400, { error: error.message }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    reports,
    reportsOf: (build) => byBuild.get(build) ?? [],
    blobs,
    orders,
    fail: (count) => {
      failures = count;
    },
    refuseBlobs: (status, body) => {
      refusal = { status, body };
    },
    cancel: () => {
      cancelled = true;
    },
    log: () =>
      reports
        .flatMap((report) => report.lines ?? [])
        .map((line) => line.text)
        .join("\n"),
    result: () => reports.findLast((report) => report.result !== undefined)?.result,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
