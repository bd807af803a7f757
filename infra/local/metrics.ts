import { sameText } from "../../shared/base/digest.ts";
import type { PrometheusMetrics } from "../../shared/adapters/local/prometheus-metrics.ts";
import type { HttpPart } from "./server.ts";

/** For operators alone: `/metrics` as Prometheus asks for it, to whoever has the token that the platform was started with. */
export const metricsPart = (metrics: Pick<PrometheusMetrics, "text">, token: string): HttpPart => ({
  serves: (request) => request.url === "/metrics",
  handle: async (request, response) => {
    if (!sameText(request.headers.authorization ?? "", `Bearer ${token}`)) {
      response.writeHead(401, { "www-authenticate": "Bearer", "content-length": 0 }).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(metrics.text());
  },
});
