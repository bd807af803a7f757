import type { Configuration } from "../contract/component.ts";

/** The declared port that `PORT` stands for: the lowest http one, else the lowest. 0 when none is declared. */
export function mainPort(ports: Configuration["ports"]): number {
  const http = ports.filter((p) => p.protocol === "http");
  const from = (http.length > 0 ? http : ports).map((p) => p.port);
  return from.length === 0 ? 0 : Math.min(...from);
}
