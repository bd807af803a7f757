import type { Configuration, HealthCheck } from "../../../contract/component.ts";
import { mainPort } from "../../../domain/main-port.ts";

/** Looks at a start at most so often in all: a quick one is seen within a second, a slow one costs little. */
const startLooksMax = 300;
/** An instance that has lost its health is given this long to find it again before it is started anew; as long as its start, if that is longer. */
const patienceSeconds = 30;

/** Without probes, an instance that has lived this long is taken for well. */
export const steadySeconds = 5;

type Probe = Record<string, unknown>;

function action(health: HealthCheck, port: number): Probe {
  return health.kind === "http"
    ? // The pod's own address is no name that an application knows.
      { httpGet: { path: health.path, port, httpHeaders: [{ name: "Host", value: "localhost" }] } }
    : { tcpSocket: { port } };
}

type Probed = Pick<Configuration, "health" | "ports">;

/** 0: being alive is enough. */
const portOf = ({ health, ports }: Probed): number => (health.kind === "none" ? 0 : (health.port ?? mainPort(ports)));
export const isProbed = (configuration: Probed): boolean => portOf(configuration) !== 0;

/** Startup, readiness and liveness of one health check. */
export function probesFor({ health, ports }: Probed): Record<string, Probe> {
  const port = portOf({ health, ports });
  if (port === 0) return {};
  const { intervalSeconds, timeoutSeconds, failuresMax, startSeconds } = health;
  const look = { ...action(health, port), timeoutSeconds };
  const startPeriod = Math.ceil(startSeconds / startLooksMax);
  const patience = Math.ceil(Math.max(patienceSeconds, startSeconds) / intervalSeconds);
  return {
    startupProbe: { ...look, periodSeconds: startPeriod, failureThreshold: Math.ceil(startSeconds / startPeriod) },
    readinessProbe: { ...look, periodSeconds: intervalSeconds, failureThreshold: failuresMax, successThreshold: 1 },
    livenessProbe: { ...look, periodSeconds: intervalSeconds, failureThreshold: failuresMax + patience },
  };
}
