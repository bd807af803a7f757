import { request } from "node:http";
import { connect } from "node:net";
import type { HealthCheck } from "../../../contract/component.ts";
import type { InstanceRecord, Signal } from "./record.ts";
import type { Listener } from "./proc.ts";

type Endpoint = InstanceRecord["endpoints"][number];

/** Where the declared ports really answer: where we told it to listen, or else at the declared number itself. */
export function endpointsOf(ports: InstanceRecord["ports"], listeners: readonly Listener[]): Endpoint[] {
  return ports.flatMap(({ port, hostPort }) => {
    if (port === 0) return [];
    const at = listeners.find((l) => l.port === hostPort) ?? listeners.find((l) => l.port === port);
    return at ? [{ port, host: hostOf(at), hostPort: at.port }] : [];
  });
}
const hostOf = (l: Listener): string => (l.family === 6 && l.reach === "loopback" ? "::1" : "127.0.0.1");

/** What is odd about where it listens, in terms of the declared ports. */
export function portSignals(ports: InstanceRecord["ports"], listeners: readonly Listener[]): Signal[] {
  const endpoints = endpointsOf(ports, listeners);
  return ports.flatMap(({ port }): Signal[] => {
    if (port === 0) return [];
    const endpoint = endpoints.find((e) => e.port === port);
    if (!endpoint) return [missing(port, endpoints, listeners)];
    const isShut = listeners.filter((l) => l.port === endpoint.hostPort).every((l) => l.reach === "loopback");
    return isShut ? [{ code: "port.loopback-only", detail: { port } }] : [];
  });
}
function missing(port: number, endpoints: readonly Endpoint[], listeners: readonly Listener[]): Signal {
  const other = listeners.find((l) => !endpoints.some((e) => e.hostPort === l.port));
  return other
    ? { code: "port.other", detail: { wanted: port, listening: other.port } }
    : { code: "port.not-listening", detail: { port } };
}

const timedOut = (seconds: number): Signal => ({ code: "health.timeout", detail: { seconds } });
const refused = (port: number): Signal => ({ code: "health.refused", detail: { port } });

function httpCheck(at: Endpoint, health: HealthCheck): Promise<Signal | null> {
  return new Promise((resolve) => {
    const call = request({
      host: at.host,
      port: at.hostPort,
      path: health.path,
      agent: false,
      timeout: health.timeoutSeconds * 1000,
      headers: { host: "localhost", "user-agent": "pluvia-health", connection: "close" },
    });
    const limit = setTimeout(() => call.destroy(new Error("timeout")), health.timeoutSeconds * 1000);
    const end = (signal: Signal | null): void => {
      clearTimeout(limit);
      resolve(signal);
      call.destroy();
    };
    call.on("response", (answer) => {
      const status = answer.statusCode ?? 0;
      answer.resume();
      end(status >= 200 && status < 400 ? null : { code: "health.status", detail: { path: health.path, status } });
    });
    call.on("timeout", () => end(timedOut(health.timeoutSeconds)));
    call.on("error", (error) => end(error.message === "timeout" ? timedOut(health.timeoutSeconds) : refused(at.port)));
    call.end();
  });
}

function tcpCheck(at: Endpoint, health: HealthCheck): Promise<Signal | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: at.host, port: at.hostPort, timeout: health.timeoutSeconds * 1000 });
    const end = (signal: Signal | null): void => {
      socket.destroy();
      resolve(signal);
    };
    socket.on("connect", () => end(null));
    socket.on("timeout", () => end(timedOut(health.timeoutSeconds)));
    socket.on("error", () => end(refused(at.port)));
  });
}

/** null: healthy. */
export const checkHealth = (at: Endpoint, health: HealthCheck): Promise<Signal | null> =>
  health.kind === "http" ? httpCheck(at, health) : tcpCheck(at, health);
