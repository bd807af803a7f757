import type { Capability } from "../../../contract/data-center.ts";
import type { Sandbox } from "../sandbox.ts";
import type { Podman } from "./podman.ts";
import { hasProc } from "./proc.ts";

const builds = (canBuild: boolean): string =>
  canBuild ? "Dockerfiles are built with buildah." : "Dockerfiles cannot be built here: install buildah.";

function imagesOf(podman: Podman | string | undefined, canBuild: boolean): Capability {
  if (podman === undefined) return { name: "images", available: false, message: "Images cannot be run here: install podman." };
  if (typeof podman === "string")
    return { name: "images", available: false, message: `Images cannot be run here: podman does not work (${podman}).` };
  return { name: "images", available: true, message: `${podman.message} ${builds(canBuild)}` };
}

/** What is in force on this machine, and what would be needed for more: shown to people as it stands. */
export const capabilitiesOf = (sandbox: Sandbox, podman: Podman | string | undefined, canBuild: boolean): Capability[] => [
  { name: "processes", available: true, message: "Components built from source run as processes of this machine." },
  imagesOf(podman, canBuild),
  sandbox.capability,
  hasProc
    ? {
        name: "memory-limit",
        available: true,
        message: "Memory is measured every second; an instance over its limit is ended and started again.",
      }
    : { name: "memory-limit", available: false, message: "Memory limits need Linux." },
  {
    name: "cpu-limit",
    available: false,
    message: "CPU limits are not enforced: applications run at a lower priority than the platform and share what is left.",
  },
  { name: "terminal", available: true, message: "A terminal opens in any running instance." },
];
