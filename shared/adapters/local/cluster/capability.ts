import type { Capability } from "../../../contract/data-center.ts";
import type { Sandbox } from "../sandbox.ts";
import type { CpuGroups } from "./cpu-groups.ts";
import type { Podman } from "./podman.ts";
import { hasProc } from "./proc.ts";

const limited = { code: "images.limited", message: "Images run with podman, with their memory and CPU limits." };
const unlimited = {
  code: "images.unlimited",
  message: "Images run with podman, without limits, which need control groups version 2.",
};
const buildsOf = (canBuild: boolean): Capability => ({
  name: "image-builds",
  available: canBuild,
  ...(canBuild
    ? { code: "image-builds.buildah", message: "Dockerfiles are built with buildah." }
    : { code: "image-builds.missing", message: "Dockerfiles cannot be built here: install buildah." }),
});

function imagesOf(podman: Podman | string | undefined): Capability {
  if (podman === undefined)
    return {
      name: "images",
      available: false,
      code: "images.missing",
      message: "Images cannot be run here: install podman.",
    };
  if (typeof podman === "string")
    return {
      name: "images",
      available: false,
      code: "images.broken",
      message: `Images cannot be run here: podman does not work (${podman}).`,
      params: { problem: podman },
    };
  return { name: "images", available: true, ...(podman.limits ? limited : unlimited) };
}

const volumesOf = (canMount: boolean): Capability =>
  canMount
    ? {
        name: "volumes",
        available: true,
        code: "volumes.disk",
        message:
          "Volumes of components built from source are folders of this machine's disk. Only those in memory are held to their size, which comes on top of the instance's memory; the others share the disk.",
      }
    : {
        name: "volumes",
        available: false,
        code: "volumes.forbidden",
        message: "Volumes need isolation, and user namespaces that the machine allows.",
      };
const filesOf = (canMount: boolean): Capability =>
  canMount
    ? {
        name: "files",
        available: true,
        code: "files.mounted",
        message: "Configuration files are shown to components built from source, to be read.",
      }
    : {
        name: "files",
        available: false,
        code: "files.forbidden",
        message: "Configuration files need isolation, and user namespaces that the machine allows.",
      };

interface Found {
  readonly sandbox: Sandbox;
  readonly canMount: boolean;
  readonly cpu: CpuGroups;
  readonly podman: Podman | string | undefined;
  readonly canBuild: boolean;
}
/** What is in force on this machine, and what would be needed for more: shown to people as it stands. */
export const capabilitiesOf = ({ sandbox, canMount, cpu, podman, canBuild }: Found): Capability[] => [
  {
    name: "processes",
    available: true,
    code: "processes.here",
    message: "Components built from source run as processes of this machine.",
  },
  imagesOf(podman),
  buildsOf(canBuild),
  sandbox.capability,
  volumesOf(canMount),
  filesOf(canMount),
  hasProc
    ? {
        name: "memory-limit",
        available: true,
        code: "memory-limit.measured",
        message: "Memory is measured every second; an instance over its limit is ended and started again.",
      }
    : { name: "memory-limit", available: false, code: "memory-limit.linux", message: "Memory limits need Linux." },
  cpu.capability,
  { name: "terminal", available: true, code: "terminal.any", message: "A terminal opens in any running instance." },
];
