import type { Configuration, HealthCheck } from "../../../contract/component.ts";
import { checkedPort } from "../../../domain/health-check.ts";

/** Looks at a start at most so often in all: a quick one is seen within a second, a slow one costs little. */
const startLooksMax = 300;
/** An instance that has lost its health is given this long to find it again before it is started anew; as long as its start, if that is longer. */
const patienceSeconds = 30;

type Probe = Record<string, unknown>;

function action(health: HealthCheck, port: number): Probe {
  return health.kind === "http"
    ? // The pod's own address is no name that an application knows.
      { httpGet: { path: health.path, port, httpHeaders: [{ name: "Host", value: "localhost" }] } }
    : { tcpSocket: { port } };
}

/** Startup, readiness and liveness of one health check; none when being alive is enough. */
export function probesFor({ health, ports }: Pick<Configuration, "health" | "ports">): Record<string, Probe> {
  const port = checkedPort({ health, ports });
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
