import type { ComponentKind, Configuration, Volume } from "../../shared/contract/component.ts";
import { UsageError } from "./failure.ts";

/** Flags that say how a component runs, of `create` and `configure`. */
export interface RunOptions {
  readonly kind?: string;
  readonly schedule?: string;
  readonly overlap?: string;
  readonly port?: string[];
  readonly volume?: string[];
  readonly requestMemory?: string;
  readonly requestCpu?: string;
  readonly scaleBetween?: string;
  readonly cpuTarget?: string;
}

export const integer = (text: string, flag: string): number => {
  if (!/^\d+$/.test(text)) throw new UsageError(`${flag} takes a whole number, not "${text}".`);
  return Number(text);
};

type Port = Configuration["ports"][number];

/** `8080`, `8080/http` or `5432/tcp`: HTTP ports are reachable from outside, TCP ports only by the team's components. `8080/tcp/external` opens one. */
function portOf(text: string): Port {
  const [port = "", protocol = "http", reach] = text.split("/");
  if (protocol !== "http" && protocol !== "tcp") throw new UsageError(`--port takes 8080, 8080/http or 5432/tcp, not "${text}".`);
  if (reach !== undefined && reach !== "external" && reach !== "internal")
    throw new UsageError(`"${reach}" is not a reach of a port.`, "It is internal or external.");
  return {
    port: integer(port, "--port"),
    protocol,
    internal: true,
    external: reach === undefined ? protocol === "http" : reach === "external",
  };
}

/** All that a repeated flag gives, or with `none` nothing. */
function listOf<T>(name: "port" | "volume", given: readonly string[], of: (text: string) => T): T[] {
  if (!given.includes("none")) return given.map(of);
  if (given.length > 1) throw new UsageError(`--${name} none goes with no other ${name}.`);
  return [];
}

const kinds = ["exclusive", "shared", "memory"] as const;
/** For help and refusal alike. */
export const volumeForm = "name:/path:MiB, then :exclusive, :shared or :memory, then :storage-class";
/** `data:/var/lib/data:1024`, and what may follow. */
export function volumeOf(text: string): Volume {
  const [name = "", path = "", size = "", kind = "exclusive", storageClass = null, ...rest] = text.split(":");
  const known = kinds.find((k) => k === kind);
  if (!path || !size || !known || rest.length > 0) throw new UsageError(`--volume takes ${volumeForm}; not "${text}".`);
  return { name, kind: known, path, sizeMib: integer(size, "--volume"), storageClass };
}

function scalingOf({ scaleBetween, cpuTarget }: RunOptions): Configuration["scaling"] | undefined {
  const scales = scaleBetween !== undefined && scaleBetween !== "off";
  if (cpuTarget !== undefined && !scales)
    throw new UsageError("--cpu-target goes with --scale-between, e.g. --scale-between 2-10.");
  if (!scales) return scaleBetween === "off" ? null : undefined;
  const [min, max] = /^(\d+)-(\d+)$/.exec(scaleBetween)?.slice(1) ?? [];
  if (min === undefined || max === undefined) throw new UsageError(`--scale-between takes 2-10, or off, not "${scaleBetween}".`);
  return {
    replicasMin: Number(min),
    replicasMax: Number(max),
    cpuPercent: cpuTarget === undefined ? 70 : integer(cpuTarget, "--cpu-target"),
  };
}

type Before = Pick<Configuration, "requests" | "resources" | "schedule">;

function scheduleOf({ kind, schedule, overlap }: RunOptions, before?: Before): Pick<Partial<Configuration>, "schedule"> {
  const cron = schedule ?? before?.schedule?.cron;
  if (overlap !== undefined && cron === undefined)
    throw new UsageError("--overlap goes with --schedule, e.g. --schedule '0 3 * * *'.");
  const how = (overlap ?? before?.schedule?.overlap ?? "skip") as "allow" | "skip" | "replace";
  if (cron !== undefined && (schedule !== undefined || overlap !== undefined)) return { schedule: { cron, overlap: how } };
  return kind !== undefined && kind !== "cron" ? { schedule: null } : {};
}

/** What the flags give; the API judges what fits together. `before`: what a flag leaves as it is. */
export function runConfiguration(
  options: RunOptions,
  before?: Before,
): Partial<Pick<Configuration, "kind" | "ports" | "schedule" | "volumes" | "requests" | "scaling">> {
  const { kind, port, volume, requestMemory, requestCpu } = options;
  const scaling = scalingOf(options);
  const requests = before?.requests ?? before?.resources ?? { memoryMib: 256, cpuMillis: 250 };
  return {
    ...(kind !== undefined && { kind: kind as ComponentKind }),
    ...scheduleOf(options, before),
    ...(port !== undefined && { ports: listOf("port", port, portOf) }),
    ...(volume !== undefined && { volumes: listOf("volume", volume, volumeOf) }),
    ...((requestMemory !== undefined || requestCpu !== undefined) && {
      requests: {
        memoryMib: requestMemory === undefined ? requests.memoryMib : integer(requestMemory, "--request-memory"),
        cpuMillis: requestCpu === undefined ? requests.cpuMillis : integer(requestCpu, "--request-cpu"),
      },
    }),
    ...(scaling !== undefined && { scaling }),
  };
}
