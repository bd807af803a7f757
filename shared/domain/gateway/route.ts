import type { Workload } from "../../contract/agent.ts";
import type { Instance } from "../../contract/component.ts";

/** What the gateway must know of a component that runs, or should (an ObservedWorkload is one). */
export interface RunningComponent {
  readonly workload: Pick<Workload, "component" | "componentName" | "applicationName" | "release" | "hosts" | "wanted"> & {
    readonly configuration: Pick<Workload["configuration"], "ports" | "replicas">;
  };
  readonly phase: "progressing" | "settled" | "failed" | "removed";
  readonly instances: readonly (Pick<Instance, "id" | "state" | "release"> & {
    readonly endpoints: readonly { readonly port: number; readonly host: string; readonly hostPort: number }[];
  })[];
}

/** One place that can answer. */
export interface Backend {
  readonly instance: string;
  readonly host: string;
  readonly hostPort: number;
}

/** Why a request finds, or does not find, somebody to answer. */
export type Condition = "ready" | "starting" | "stopped" | "failed";

/** One port of one component. */
export interface Route {
  /** `<component>:<port>` */
  readonly key: string;
  readonly component: string;
  readonly port: number;
  readonly protocol: "http" | "tcp";
  readonly internal: boolean;
  readonly external: boolean;
  /** The first is the address shown to people. */
  readonly labels: readonly string[];
  /** `<application>/<component>`, for people. */
  readonly name: string;
  readonly backends: readonly Backend[];
  readonly condition: Condition;
}

export const routeKey = (component: string, port: number): string => `${component}:${port}`;

const takesTraffic = (running: RunningComponent) => {
  const ready = running.instances.filter((instance) => instance.state === "ready");
  // All sick: a sick answer is better than none.
  return ready.length > 0 ? ready : running.instances.filter((instance) => instance.state === "unhealthy");
};

/**
 * Instances that listen where the port is. While a release that moved the port is not ready yet, the default address goes on
 * to the release before it, wherever that one listens.
 */
function backendsFor(running: RunningComponent, port: number): readonly Backend[] {
  const instances = takesTraffic(running);
  const at = (find: (endpoint: { port: number }) => boolean) =>
    instances.flatMap(({ id, endpoints }) =>
      endpoints
        .filter(find)
        .slice(0, 1)
        .map(({ host, hostPort }) => ({ instance: id, host, hostPort })),
    );
  const here = at((endpoint) => endpoint.port === port);
  if (here.length > 0 || running.workload.hosts[0]?.port !== port) return here;
  return instances.some((instance) => instance.release === running.workload.release) ? here : at(() => true);
}

function conditionOf(running: RunningComponent, backends: readonly Backend[]): Condition {
  if (backends.length > 0) return "ready";
  if (running.workload.wanted === "stopped" || running.workload.configuration.replicas === 0) return "stopped";
  return running.phase === "failed" ? "failed" : "starting";
}

/** Every port that anything may reach, with those that answer there now. */
export const routesFor = (running: readonly RunningComponent[]): readonly Route[] =>
  running.flatMap((each) =>
    each.workload.configuration.ports.map((port) => {
      const backends = backendsFor(each, port.port);
      return {
        key: routeKey(each.workload.component, port.port),
        component: each.workload.component,
        port: port.port,
        protocol: port.protocol,
        internal: port.internal,
        external: port.external,
        labels:
          port.external && port.protocol === "http"
            ? each.workload.hosts.filter((host) => host.port === port.port).map((host) => host.label)
            : [],
        name: `${each.workload.applicationName}/${each.workload.componentName}`,
        backends,
        condition: conditionOf(each, backends),
      };
    }),
  );

/**
 * The label in a Host header: `shop` of `shop.localhost:7071`, `SHOP.localhost.` and, with such a suffix, `shop.apps.example.com`.
 * undefined: the header names no application.
 */
export function labelOf(host: string | undefined, suffixes: readonly string[]): string | undefined {
  const name = host?.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
  const suffix = suffixes.find((each) => name?.endsWith(`.${each}`));
  return suffix === undefined ? undefined : name?.slice(0, -suffix.length - 1);
}
