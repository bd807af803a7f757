import { createServer, type ServerResponse } from "node:http";

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly value: () => number;
}

export interface HealthOptions {
  /** `host:port`; port 0 takes a free one; without a host every address of the machine. */
  readonly address: string;
  /** Why this replica should get no traffic yet; empty: it should. */
  readonly unready: () => readonly string[];
  readonly metrics: readonly Metric[];
}

/** `/healthz` (the process answers), `/readyz` (it serves; else why not), `/metrics` (text that Prometheus reads). */
export async function healthServer(options: HealthOptions): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const { address, unready, metrics } = options;
  const answers: Readonly<Record<string, () => readonly [status: number, text: string]>> = {
    "/healthz": () => [200, "ok\n"],
    "/readyz": () => {
      const reasons = unready();
      return reasons.length === 0 ? [200, "ok\n"] : [503, reasons.map((reason) => `${reason}\n`).join("")];
    },
    "/metrics": () => [200, metrics.map(prometheus).join("")],
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url?.split("?")[0] ?? ""];
    send(response, ...(answer?.() ?? ([404, "There are /healthz, /readyz and /metrics here.\n"] as const)));
  });
  const at = address.lastIndexOf(":");
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(address.slice(at + 1)), address.slice(0, at).replace(/^\[|\]$/g, ""), () => resolve());
  });
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound ? bound.port : 0,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
}

const prometheus = ({ name, help, type, value }: Metric): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value()}\n`;
