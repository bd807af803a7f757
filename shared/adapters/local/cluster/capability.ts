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

/** What is mounted is so into components built from source by their own root directory, into images by podman. */
type Mounting = Pick<Found, "canMount" | "podman">;
const theirs = ({ canMount, podman }: Mounting): "all" | "source" | "images" | "none" => {
  const canContain = typeof podman === "object";
  if (canMount) return canContain ? "all" : "source";
  return canContain ? "images" : "none";
};
const volumeWords = {
  all: {
    code: "volumes.all",
    message:
      "Volumes are folders of this machine's disk. Only those in memory are held to their size, which comes on top of the memory of a component built from source and is part of an image's; the others share the disk.",
  },
  source: {
    code: "volumes.disk",
    message:
      "Volumes of components built from source are folders of this machine's disk. Only those in memory are held to their size, which comes on top of the instance's memory; the others share the disk.",
  },
  images: {
    code: "volumes.images",
    message:
      "Volumes are folders of this machine's disk. Only those in memory are held to their size, which is part of the instance's memory; the others share the disk. Images alone have them: components built from source need isolation for it, and user namespaces that the machine allows.",
  },
  none: {
    code: "volumes.forbidden",
    message: "Volumes need isolation, and user namespaces that the machine allows.",
  },
};
const fileWords = {
  all: { code: "files.all", message: "Configuration files are shown to components, to be read." },
  source: { code: "files.mounted", message: "Configuration files are shown to components built from source, to be read." },
  images: {
    code: "files.images",
    message:
      "Configuration files are shown to images, to be read: components built from source need isolation for it, and user namespaces that the machine allows.",
  },
  none: {
    code: "files.forbidden",
    message: "Configuration files need isolation, and user namespaces that the machine allows.",
  },
};
const volumesOf = (found: Mounting): Capability => ({
  name: "volumes",
  available: theirs(found) !== "none",
  ...volumeWords[theirs(found)],
});
const filesOf = (found: Mounting): Capability => ({
  name: "files",
  available: theirs(found) !== "none",
  ...fileWords[theirs(found)],
});

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
  volumesOf({ canMount, podman }),
  filesOf({ canMount, podman }),
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
