import type { Observation } from "../contract/agent.ts";
import { clusterWords } from "./cluster-advice.ts";
import type { Advice } from "../contract/component.ts";

export type Signal = Observation["signals"][number];
type Detail = Signal["detail"];
interface Words {
  readonly message: (d: Detail) => string;
  readonly next: (d: Detail) => string;
  /** What the words say besides the detail itself. */
  readonly more?: (d: Detail) => Detail;
}

/** Twice the limit, rounded up to a size people use. */
const larger = (mib: unknown): number => 2 ** Math.ceil(Math.log2(Math.max(64, Number(mib) || 256) * 2));

/** Every fact a data center can signal, in words: what happened, and what to do about it. */
const words: Readonly<Record<string, Words>> = {
  ...clusterWords,
  "data-center.disconnected": {
    message: () =>
      "The data center has not been heard from lately, so what is shown is the last that was known. What runs there keeps running.",
    next: () => "Check that its agents run and can reach the platform.",
  },
  "agent.outdated": {
    message: () =>
      "The data center's agent is older than the platform and does not understand this component. What ran before goes on.",
    next: () => "Update the agents: run the join command's helm upgrade, or apply its manifests again.",
  },
  "provenance.missing": {
    message: () => "The team runs only what Pluvia built, and this artifact has no signed provenance. What ran before goes on.",
    next: () => "Let Pluvia build it from source, or let an owner lift the demand in the team's settings.",
  },
  "provenance.forged": {
    message: () => "The artifact's provenance was not signed by this platform, so it is not run. What ran before goes on.",
    next: () => "Deploy again from source. If you did not change anything, tell the operator: someone may have.",
  },
  "provenance.foreign": {
    message: () => "The artifact's provenance is of another artifact or component, so it is not run. What ran before goes on.",
    next: () => "Deploy again from source. If you did not change anything, tell the operator: someone may have.",
  },
  "provenance.attachments": {
    message: (d) =>
      `The team runs only what Pluvia built, and nobody vouches for the images of the further containers: ${d.names}. What ran before goes on.`,
    next: () => "Take these containers out, or let an owner lift the demand in the team's settings.",
  },
  "exit.at-once": {
    message: (d) =>
      `The program ended right after its start with exit code ${d.code ?? "unknown"}${d.restarts === undefined ? "" : `; ${d.restarts} restarts so far`}.`,
    next: () => "Read the last lines of its log; often a variable is missing or the start command is wrong.",
  },
  "exit.repeated": {
    message: (d) =>
      `The program keeps ending: ${d.restarts ?? "several"} restarts so far${d.code === undefined ? "" : `, last exit code ${d.code}`}.`,
    next: () => "Read its log around the last exit, mend the cause and deploy again, or roll back.",
  },
  "killed.memory": {
    message: (d) => `An instance was stopped because it used more than its ${d.limitMib} MiB of memory.`,
    next: (d) => `Raise the memory limit from ${d.limitMib} to ${larger(d.limitMib)} MiB, or find what uses so much.`,
    more: (d) => ({ largerMib: larger(d.limitMib) }),
  },
  "port.not-listening": {
    message: (d) => `Nothing listens on port ${d.port}: the program runs but does not accept connections there.`,
    next: () => "Let it listen on the port in the variable PORT, or correct the component's port.",
  },
  "port.other": {
    message: (d) => `The program listens on port ${d.listening}, but was expected on ${d.wanted} (the variable PORT).`,
    next: (d) =>
      `Let it listen on the port in the variable PORT; with more than one instance a fixed port ${d.listening} cannot work.`,
  },
  "port.taken": {
    message: (d) => `Port ${d.port} is in use by another program, so this one could not listen on it.`,
    next: () => "Let the program listen on the port in the variable PORT, which is always free.",
  },
  "port.loopback-only": {
    message: (d) =>
      `The program listens on 127.0.0.1:${d.port} only. That works on this machine, but in a cluster nobody could reach it.`,
    next: () => "Let it listen on 0.0.0.0.",
  },
  "health.status": {
    message: (d) => `The health check of ${d.path} answers ${d.status}; it must answer 200 to 399.`,
    next: (d) =>
      Number(d.status) === 404
        ? "Set the health check's path to one that exists, or check by TCP."
        : "Read the log for the cause, or correct the health check's path.",
  },
  "health.timeout": {
    message: (d) => `The health check${d.path ? ` of ${d.path}` : ""} got no answer in time.`,
    next: () => "See in the log what the program is doing; raise the health check's timeout if it is only slow.",
  },
  "health.refused": {
    message: (d) => `The health check could not connect${d.port ? ` to port ${d.port}` : ""}.`,
    next: () => "Let the program listen on the port in the variable PORT, or correct the component's port.",
  },
  "start.timeout": {
    message: (d) => `The new release did not become healthy within ${d.seconds} seconds.`,
    next: () => "Read its log; if it only starts slowly, raise the start time of the health check.",
  },
  "command.not-found": {
    message: (d) => `The start command could not be run: ${d.command} was not found.`,
    next: () => "Correct the start command, or add the program to the source.",
  },
  "command.missing": {
    message: () => "There is no start command: neither the source nor the settings name one.",
    next: () => "Set a start command in the settings, or add a Procfile with a line `web: …`.",
  },
  "artifact.unavailable": {
    message: () => "The release's files could not be fetched.",
    next: () => "The data center tries again by itself; if it goes on, deploy again.",
  },
  "image.unsupported": {
    message: () => "This data center cannot run images.",
    next: () => "Install podman on the machine, or choose another data center.",
  },
  "volume.refused": {
    message: (d) => `Volumes or files of this component cannot be had here: ${d.message}.`,
    next: () => "Change them in its storage, or choose another data center.",
  },
  "disk.full": {
    message: () => "The data center's disk is full.",
    next: () => "Free space on the machine; everything goes on by itself then.",
  },
};

export const adviceCodes: readonly string[] = Object.keys(words);

/** A signal we have no words for is shown as it is rather than hidden. */
export function adviceFor(signal: Signal): Advice {
  const known = words[signal.code];
  const params = signal.detail;
  const facts = Object.entries(signal.detail).map(([name, value]) => `${name}: ${value}`);
  if (!known)
    return {
      code: signal.code,
      message: [signal.code, ...facts].join(", "),
      next: "Read the component's log for the cause.",
      params,
    };
  return {
    code: signal.code,
    message: known.message(params),
    next: known.next(params),
    params: { ...params, ...known.more?.(params) },
  };
}
