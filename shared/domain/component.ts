import { Fault } from "../base/fault.ts";
import type { Component, Configuration } from "../contract/component.ts";
import { configurationProblems } from "./configuration.ts";

/**
 * How many of its instances are ready, and of how many where a person says that: `1/2`, `3`. null: none runs of a job, whose instances come
 * and go.
 */
export function readyOf({ instances, configuration }: Pick<Component, "instances" | "configuration">): string | null {
  const ready = instances.filter(({ state }) => state === "ready").length;
  const { kind, replicas, scaling } = configuration;
  if (kind === "job" || kind === "cron") return ready === 0 ? null : `${ready}`;
  return kind === "daemon" || scaling !== null ? `${ready}` : `${ready}/${replicas}`;
}

/** What a person may ask of a component. The console greys out with the same table that the API refuses with. */
export type ComponentCommand =
  | "update"
  | "deploy"
  | "configure"
  | "start"
  | "stop"
  | "restart"
  | "scale"
  | "rollback"
  | "move"
  | "remove"
  | "exec";

type Asked = Pick<Component, "wanted" | "release" | "removing">;
export interface Objection {
  readonly code: (typeof objectionCodes)[number];
  readonly message: string;
}
export const objectionCodes = [
  "component.not-released",
  "component.stopped",
  "component.started-already",
  "component.stopped-already",
  "component.removing",
] as const;

const objection = (applies: boolean, code: Objection["code"], message: string): Objection | null =>
  applies ? { code, message } : null;
const notReleased = (then: string) => (c: Asked) =>
  objection(c.release === null, "component.not-released", `It has no release yet: deploy it first, then ${then}.`);
const isStopped = (then: string) => (c: Asked) =>
  objection(c.wanted === "stopped", "component.stopped", `It is stopped: start it, then ${then}.`);
const isStarted = (c: Asked) =>
  objection(c.wanted === "running", "component.started-already", "It is started already: restart it to replace its instances.");
const isStoppedAlready = (c: Asked) => objection(c.wanted === "stopped", "component.stopped-already", "It is stopped already.");

/** Why not, asked in order; null: nothing against it. A newer command replaces an unfinished one, so that is never a reason. */
const objections: Record<ComponentCommand, readonly ((c: Asked) => Objection | null)[]> = {
  update: [],
  deploy: [],
  configure: [notReleased("change its configuration")],
  start: [notReleased("start it"), isStarted],
  stop: [notReleased("stop it"), isStoppedAlready],
  restart: [notReleased("restart it"), isStopped("restart it")],
  scale: [notReleased("scale it")],
  rollback: [notReleased("roll it back")],
  move: [],
  remove: [],
  exec: [notReleased("open a terminal"), isStopped("open a terminal")],
};

/** Why a command cannot be given now; null: it can. */
export function objectionTo(command: ComponentCommand, component: Asked): Objection | null {
  if (component.removing) return { code: "component.removing", message: "It is being removed." };
  for (const objectionOf of objections[command]) {
    const found = objectionOf(component);
    if (found !== null) return found;
  }
  return null;
}

/** `newest`: the operation to look at for why it is as it is. */
export function assertComponentCan(
  command: ComponentCommand,
  component: Asked & Pick<Component, "name"> & { readonly newest: { readonly id: string } | null },
): void {
  const found = objectionTo(command, component);
  if (found !== null)
    throw new Fault(
      "conflict",
      `${component.name} cannot do this (${command}) now${component.removing ? ": it is being removed" : ""}.`,
      {
        next: component.removing ? "Wait for its end; then the name is free for a new one." : found.message,
        reason: found.code,
        params: { component: component.name },
        detail: { operation: component.newest?.id },
      },
    );
}

/** 256 MiB and half a core run the demo of every language; 60 s start the slowest of them (Java) on a busy machine. */
export const defaultConfiguration: Configuration = {
  command: null,
  ports: [],
  health: { kind: "tcp", path: "/", intervalSeconds: 5, timeoutSeconds: 3, failuresMax: 3, startSeconds: 60 },
  replicas: 1,
  resources: { memoryMib: 512, cpuMillis: 1_000 },
  dependencies: [],
  graceSeconds: 10,
  kind: "stateless",
  schedule: null,
  requests: null,
  volumes: [],
  files: [],
  scaling: null,
  placement: { spread: true, nodeLabels: {}, tolerations: [] },
  attachments: [],
};

/** A changed configuration, whole. @throws Fault `invalid` naming every field that does not fit. */
export function configurationWith(
  current: Configuration,
  changes: { [K in keyof Configuration]?: Configuration[K] | undefined },
) {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const configuration: Configuration = { ...current, ...given };
  const fields = configurationProblems(configuration);
  if (fields.length > 0)
    throw new Fault("invalid", fields.map((f) => f.message).join(" "), {
      fields,
      next: "Mend the fields named and send it again.",
      reason: "fields",
    });
  return configuration;
}

/** A DNS label has at most 63 characters (RFC 1035); 6 are kept for `65535-` of a further port and 7 for a suffix. */
const labelLengthMax = 63 - 6 - 7;
/** The host label a component would like. Whether it is free, only the store knows. */
export const hostLabel = (component: string, application: string, suffix?: string): string => {
  const label = `${component}-${application}`.slice(0, labelLengthMax).replace(/-+$/, "");
  return suffix === undefined ? label : `${label}-${suffix}`;
};

/** The lowest external HTTP port answers at the label itself, a further one at `<port>-<label>`: no component's label begins with a digit. */
export function hostsOf(ports: Configuration["ports"], label: string): { port: number; label: string }[] {
  const open = ports.filter((p) => p.external && p.protocol === "http").map((p) => p.port);
  return open.sort((a, b) => a - b).map((port, at) => ({ port, label: at === 0 ? label : `${port}-${label}` }));
}

/**
 * The address a person opens first: that of the lowest HTTP port, else of the lowest TCP one. Of what is open now: an edit of the
 * ports that is not released yet closes nothing.
 */
export function urlOf(addresses: Component["addresses"]): string | null {
  const rank = (a: { protocol: string; port: number }) => (a.protocol === "http" ? 0 : 100_000) + a.port;
  return [...addresses].sort((a, b) => rank(a) - rank(b))[0]?.url ?? null;
}
