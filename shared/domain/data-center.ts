import type { DataCenter, JoinInstructions } from "../contract/data-center.ts";
import { version } from "../contract/version.ts";
import { isOlder } from "./version.ts";

/** For a person, who copies the command to another machine. */
export const joinTokenMs = 24 * 3_600_000;

/** The version an agent should be brought to; null: it is new enough. */
export const updateFor = (agentVersion: string | null): string | null =>
  agentVersion !== null && isOlder(agentVersion, version) ? version : null;

/** Why nothing new may be placed in a data center; the API refuses with it, the console greys out with it. */
export interface PlacingObjection {
  readonly code: (typeof placingCodes)[number];
  readonly message: string;
  readonly next: string;
}
export const placingCodes = ["data-center.away", "data-center.cordoned", "data-center.revoked", "data-center.leaving"] as const;

export function objectionToPlacing(d: Pick<DataCenter, "name" | "state" | "cordoned">): PlacingObjection | null {
  if (d.state === "leaving")
    return {
      code: "data-center.leaving",
      message: `The data center ${d.name} is being removed.`,
      next: "Choose another data center.",
    };
  if (d.state === "revoked")
    return {
      code: "data-center.revoked",
      message: `The agent of the data center ${d.name} was revoked, so nothing can be started there.`,
      next: "Join it anew with a new token, or choose another data center.",
    };
  if (d.cordoned)
    return {
      code: "data-center.cordoned",
      message: `The data center ${d.name} is cordoned: it takes no new components.`,
      next: "Choose another data center, or uncordon this one.",
    };
  return null;
}

/** Whether its agents make builders. */
export const buildsHere = ({ capabilities }: Pick<DataCenter, "capabilities">): boolean =>
  capabilities.some((c) => c.name === "builds" && c.available);

/** Whether they look at sources, too; older ones only build. */
export const checksHere = (d: Pick<DataCenter, "capabilities">): boolean =>
  buildsHere(d) && d.capabilities.some((c) => c.name === "checks" && c.available);

/** Whether its agents leave their version to whoever runs the cluster; older ones do not say. */
export const updatesByHand = ({ capabilities }: Pick<DataCenter, "capabilities">): boolean =>
  capabilities.some((c) => c.name === "updates" && !c.available);

/** Where the agents live in a joined cluster. */
export const joinNamespace = "pluvia-system";

/** Why nothing can be moved to a data center; what is created may wait for one to connect, what is moved had better not. */
export const objectionToArriving = (d: Pick<DataCenter, "name" | "state" | "cordoned">): PlacingObjection | null =>
  objectionToPlacing(d) ??
  (d.state === "connected"
    ? null
    : {
        code: "data-center.away",
        message: `The data center ${d.name} is not connected, so nothing can be moved there.`,
        next: "Wait until its agent is connected, or choose another data center.",
      });

/** The commands that join a cluster. `url` is the platform's own. */
export function joinInstructions(asked: {
  readonly url: string;
  readonly token: string;
  readonly expiresAt: string;
  readonly dataCenter: string;
}): JoinInstructions {
  const { token, expiresAt, dataCenter } = asked;
  const url = asked.url.replace(/\/+$/, "");
  const manifestUrl = `${url}/v1/join/${token}/agents.yaml`;
  const values = { cloudUrl: url, joinToken: token, dataCenter };
  const flags = Object.entries(values).map(([name, value]) => `--set ${name}=${value}`);
  return {
    token,
    expiresAt,
    manifestUrl,
    commands: {
      helm: `helm install pluvia-agents ${url}/v1/join/pluvia-agents.tgz --namespace ${joinNamespace} --create-namespace ${flags.join(" ")}`,
      kubectl: `kubectl apply -f ${manifestUrl}`,
    },
  };
}
