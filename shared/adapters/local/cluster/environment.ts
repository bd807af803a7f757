import { delimiter } from "node:path";
import type { Workload } from "../../../contract/agent.ts";
import { mainPort } from "../../../domain/main-port.ts";
import type { InstanceRecord } from "./record.ts";

export interface Surroundings {
  /** Of the platform's own process. */
  readonly path: string;
  /** Put in front of the path when the machine's own Node is absent or too old. */
  readonly nodeDirectory: string | null;
  readonly lang: string;
  readonly home: string;
  readonly temporary: string;
  /** The folder the slug was unpacked to: `{slug}` in the build's variables. */
  readonly slug: string;
}

/** The machine's path without what npm put in front of it to run the platform. */
export const machinePath = (path: string): string =>
  path
    .split(delimiter)
    .filter((p) => p !== "" && !p.includes("/node_modules/") && !p.includes("node-gyp-bin"))
    .join(delimiter) || "/usr/local/bin:/usr/bin:/bin";

/** `PORT` and `PORT_<declared>` are the platform's: a user's own would lead traffic astray. */
function portVariables(workload: Workload, ports: InstanceRecord["ports"]): Record<string, string> {
  const main = mainPort(workload.configuration.ports);
  const declared = ports.filter((p) => p.port !== 0).map((p) => [`PORT_${p.port}`, String(p.hostPort)]);
  const chosen = ports.find((p) => p.port === main);
  return { ...Object.fromEntries(declared), ...(chosen ? { PORT: String(chosen.hostPort) } : {}) };
}

/**
 * All that an instance sees of its surroundings; nothing of the platform's own environment gets in. Later ones win: the platform's
 * defaults, the build's variables, the user's, and last the ports.
 */
export function environmentOf(workload: Workload, instance: InstanceRecord, around: Surroundings): Record<string, string> {
  const built = Object.fromEntries(
    Object.entries(workload.artifact.variables).map(([name, value]) => [name, value.replaceAll("{slug}", around.slug)]),
  );
  const path = [built.PATH, around.nodeDirectory, machinePath(around.path)].filter((p) => p).join(delimiter);
  return {
    HOME: around.home,
    TMPDIR: around.temporary,
    LANG: around.lang,
    ...built,
    PATH: path,
    ...workload.variables,
    PLUVIA_APPLICATION: workload.applicationName,
    PLUVIA_COMPONENT: workload.componentName,
    PLUVIA_RELEASE: String(workload.releaseNumber),
    PLUVIA_INSTANCE: instance.id,
    ...portVariables(workload, instance.ports),
  };
}
